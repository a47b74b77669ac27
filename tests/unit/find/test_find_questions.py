"""What is typed is taken for what it is, and each fit has its fixed points and its reason in words."""

from __future__ import annotations

from datetime import date

import pytest

from peelian.find.answer import Fact, Hit
from peelian.find.check_list import check_line, lines_of
from peelian.find.compose import beside_each_other, group
from peelian.find.parse import parse_question
from peelian.find.ranking import fit_person, fit_vehicle, fits_pattern, one_off, points_possible, same_birth
from peelian.find.steps import PEOPLE, slips_of, steps_for

TYPED = [
    ("jhon smyth mill rd", {"name": "jhon smyth", "address": "mill road"}),
    ("Smith, John 12/04/1988", {"name": "smith john", "born": "1988-04-12"}),
    ("AB12 CDE", {"plate": "AB12CDE"}),
    ("ab*2cd?", {"plate": "AB*2CD?"}),
    ("07700 900123", {"phone": "+447700900123"}),
    ("Flat 3, 14 Mill Road NM1 4AB", {"address": "flat 3 14 mill road, NM1 4AB"}),
    ("CAD 4471", {"reference": "CAD4471, 4471"}),
    ("900123", {"phone": "ends in 900123", "reference": "900123"}),
    ("Ольга Иванова", {"name": "olga ivanova"}),
    ("?", {}),
    ("*", {}),
]


@pytest.mark.parametrize(("text", "expected"), TYPED)
def test_a_question_is_taken_for_what_it_looks_like(text, expected):
    """An officer types one thing into one box at three in the morning and must not be asked which kind it is."""
    assert {u.kind: u.says for u in parse_question(text).understood} == expected


@pytest.mark.parametrize("text", ["31/02/1988", "99/99/9999 x", "'; DROP TABLE x", "a" * 300, "+", "0" * 50, "\x00"])
def test_nothing_that_can_be_typed_falls_over(text):
    """A search box is typed into in a hurry, and pasted into from anywhere."""
    asked = parse_question(text)
    assert steps_for(asked).limit > 0


ROW = {"forenames": "John Paul", "surname": "Smith", "aliases": "Jacko|Smithy", "birth_on": date(1988, 4, 12),
       "address": "14 Mill Rd", "postcode": "NM1 4AB", "phones": "+447700900123"}  # fmt: skip

FITS = [
    ("john smith", 1000, "surname the same"),
    ("smith john", 1000, "names in the other order"),
    ("jack smith", 925, "first name a short or long form of the same name"),
    ("jon smythe", None, "surname sounds alike"),
    ("john smitk", 825, "surname spelt one letter differently"),
    ("smithy", 1000, "other name the same"),
    ("john 04/12/1988", None, "same birth date with day and month swapped"),
    ("john 12/04/1989", None, "birth date with one digit different"),
    ("john 12/04/1961", None, "born 27 years apart: probably another"),
    ("14 mill road", 1000, "same address"),
    ("07700900123", 1000, "same telephone number"),
]


@pytest.mark.parametrize(("text", "strength", "reason"), FITS)
def test_each_fit_says_why_in_words(text, strength, reason):
    """A hit without a reason cannot be contested, and is not believed."""
    asked = parse_question(text)
    fit = fit_person(asked, ROW)
    assert reason in fit.why
    if strength:
        assert fit.strength(points_possible(asked)) == strength


def test_a_birth_date_far_off_ranks_below_one_that_is_not_known():
    """The wrong John Smith, first in the list, is how the wrong door is knocked on."""
    asked = parse_question("john smith 12/04/1961")
    strengths = [
        fit_person(asked, ROW | {"birth_on": on}).strength(points_possible(asked))
        for on in (date(1961, 4, 12), date(1961, 12, 4), None, date(1988, 4, 12))
    ]
    assert strengths == sorted(strengths, reverse=True) and len(set(strengths)) == 4


@pytest.mark.parametrize(
    ("text", "plate", "reason"),
    [
        ("AB12 CDE", "AB12CDE", "same plate"),
        ("AB12 CDE", "A812CDE", "same plate but for characters that are mistaken for each other"),
        ("AB12 CDE", "AB12CDF", "plate one character off"),
        ("AB*DE", "AB12CDE", "plate fits the pattern"),
    ],
)
def test_a_plate_is_found_misread_or_half_seen(text, plate, reason):
    """Witnesses and cameras get one character wrong more often than none."""
    assert fit_vehicle(parse_question(text), {"plate": plate}).why == (reason,)
    assert fit_vehicle(parse_question(text), {"plate": "ZZ99ZZZ"}).why == ()


def test_patterns_and_slips_are_exact():
    """Wildcards that match too much, or slips that miss, would make half-remembered things useless."""
    assert fits_pattern("A?1*", "AB12") and not fits_pattern("A?1", "AB12") and fits_pattern("*", "")
    assert one_off("john", "jhon") and one_off("john", "jon") and one_off("john", "johan") and not one_off("ab", "ba1")
    assert same_birth(date(1988, 4, 12), date(1988, 12, 4))[0] == 0.75
    assert {"d:1988-12-04", "d:1989-04-12", "y:1988"} <= set(slips_of(date(1988, 4, 12)))


def hit(n: int, strength: int = 500) -> Hit:
    """Make a hit."""
    return Hit(
        "person", f"P{n}", "incident_person", f"r{n}", ("surname the same",), strength, Fact("record", "", "crime")
    )


def test_hits_are_put_together_only_where_edges_say_so():
    """Two people shown as one is the worst thing this page could do; so without links nobody is merged."""
    hits = [hit(1, 900), hit(2), hit(3)]
    assert [len(f.hits) for f in group(hits, [])] == [1, 1, 1]
    found = group(hits, [("r1", "r3"), ("r3", "unseen"), ("unseen", "r2")])
    told = beside_each_other(found, [("r3", "r2"), ("r1", "unseen")])
    assert [f.maybe_same for f in told] == [(told[1].key,), (told[0].key,)], "both are shown apart, and it is said"
    assert [(f.title, len(f.hits), f.linked) for f in found] == [("P1", 2, True), ("P2", 1, False)]


def test_a_name_alone_is_never_called_found():
    """A list of names ticked as found would send somebody after whoever shares one."""
    name, plate = parse_question("John Smith"), parse_question("AB12 CDE")
    found = group([hit(1, 1000)], [])
    assert check_line(1, "John Smith", name, found).outcome == "unsure"
    assert check_line(1, "AB12 CDE", plate, found).outcome == "found"
    assert check_line(1, "AB12 CDE", plate, group([hit(1, 600)], [])).outcome == "unsure"
    assert check_line(1, "AB12 CDE", plate, []).why == ("Nothing you may see matches.",)
    assert check_line(1, "?", parse_question("?"), []).outcome == "not-understood"
    assert lines_of(" AB12CDE,\n\nAB12CDE;\nSmith\n") == ("AB12CDE", "Smith")


def test_one_part_as_it_was_typed_goes_before_all_that_sounds_alike():
    """Where very many sound alike the answer is cut: whoever has the first name that was typed must not be cut away."""
    steps = [step for step in steps_for(parse_question("dragyersmith, johnny")).steps if step.tables == PEOPLE]
    assert [step.name for step in steps] == ["exact", "partly", "partly", "alike", "near"]
    widths = [[len(group.exact) for group in step.all_of] for step in steps[:4]]
    exact, first, second, alike = widths
    assert exact == [1, 1] and first == [exact[0], alike[1]] and second == [alike[0], exact[1]]
