"""Practice sets: what is sound in them is sound, what is wrong is wrong in the stated way, and no two are alike."""

from __future__ import annotations

import os
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.core.errors import InvalidError, MissingError
from peelian.decide.practice import KINDS, SOUND, Examiner, PracticeSet, make_set, mark_set
from peelian.decide.practice_draw import Case, Draw
from peelian.gate.examiner import Recipe

ON = date(2026, 11, 23)
SEEDS = st.binary(min_size=32, max_size=32)
SUBJECTS = st.sampled_from(sorted(KINDS))


def made(subject: str, seed: bytes, cases: int = 20) -> PracticeSet:
    """Make a set of the usual form."""
    return make_set(subject, Recipe(cases, 0.3, seed, ON))


def hundredths(text: str) -> int:
    """Read a decimal."""
    return round(100 * float(text)) if text else 0


def place_faults(case: Case) -> set[str]:
    """Find what is wrong with a case about a place by looking at what is shown, as a person must."""
    facts, found = dict(case.facts), set()
    months = "January February March April May June July August September October November December".split()

    def number(words: str) -> int:
        month, year = words.split()[-2:]
        return 12 * int(year) + months.index(month)

    expected = hundredths(facts["Expected here"])
    if sum(hundredths(x) for row in case.rows for x in row[2:]) != expected:
        found.add("parts-do-not-add-up")
    low, high = (hundredths(x) for x in facts["Range, 80 times in 100"].split(" to "))
    if not low <= expected <= high:
        found.add("range-misses-figure")
    if abs(float(facts["Times the average"]) - expected / hundredths(facts["Average place"])) > 0.051:
        found.add("average-wrong")
    if "outside" in facts["Allowed area"]:
        found.add("outside-area")
    if any(number(row[0]) >= number(facts["Forecast for"]) for row in case.rows[:-1]):
        found.add("month-ahead")
    if number(facts["Permission ends"]) < number(facts["Forecast for"]):
        found.add("permission-over")
    if any(word in facts["Offences counted"].lower() for word in ("drugs", "weapons", "public order")):
        found.add("police-initiated")
    if not case.says.endswith("times the average."):
        found.add("about-a-person")
    return found


def people_faults(case: Case) -> set[str]:
    """The same for a case about stop records."""
    facts, found = dict(case.facts), set()
    counts = [int(row[1]) for row in case.rows]
    if sum(counts) != int(case.total[1]):
        found.add("total-wrong")
    if min(counts) < int(facts["Smallest count that may be shown"]):
        found.add("small-count")
    if "said of themselves" in case.says:
        found.add("officer-view")
    if "offend most" in case.says:
        found.add("no-denominator")
    if "was stopped in" in case.says:
        found.add("one-person")
    if facts["Asked for"].split()[0] in ("ranking", "finding", "listing"):
        found.add("wrong-use")
    return found


def record_faults(case: Case) -> set[str]:
    """The same for a case about looking somebody up."""
    facts, found = dict(case.facts), set()
    _, born, roles, bases = zip(*case.rows, strict=True)
    if len(set(born)) > 1:
        found.add("other-person")
    if "suspected" in case.says and set(roles) != {"suspect"}:
        found.add("role-mixed-up")
    if "that is a fact" in case.says and set(bases) != {"fact"}:
        found.add("opinion-as-fact")
    if facts["Warning: carries a knife"].split()[-1] < facts["Today"]:
        found.add("review-overdue")
    if facts["Sources not searched"] != "none":
        found.add("nothing-known")
    return found


FINDERS = {"hotspots": place_faults, "incident_person": record_faults}


@given(SUBJECTS, SEEDS)
def test_every_case_has_the_fault_it_is_marked_for_and_no_other(subject: str, seed: bytes):
    """A trainee who looks at what is shown must be able to find it, and must not be marked down for a second one."""
    practice = made(subject, seed)
    find = FINDERS.get(subject, people_faults)
    for case, fault in zip(practice.cases, practice.truth, strict=True):
        assert find(case) == ({fault} - {SOUND}), case


@given(SUBJECTS, SEEDS, st.integers(4, 40), st.floats(0.05, 0.9))
def test_the_stated_share_is_wrong_and_every_way_comes_up_before_any_comes_twice(
    subject: str, seed: bytes, cases: int, share: float
):
    """A set in which one fault never appears trains nobody to see it."""
    practice = make_set(subject, Recipe(cases, share, seed, ON))
    wrong = [fault for fault in practice.truth if fault != SOUND]
    assert len(practice.cases) == cases and len(wrong) == max(1, round(cases * share))
    assert len(set(wrong)) == min(len(wrong), len(KINDS[subject].faults))


def test_a_set_can_be_made_again_from_its_seed_and_from_nothing_else():
    """Marks must be checkable afterwards; cases must not be known before."""
    seed = os.urandom(32)
    assert made("hotspots", seed) == made("hotspots", seed)
    assert made("hotspots", seed).cases != made("hotspots", os.urandom(32)).cases
    assert made("hotspots", bytes(32)).truth[:3] == made("hotspots", bytes(32)).truth[:3]


def test_the_sheet_does_not_hold_the_answers():
    """Nobody sees what is wrong before they hand in: two sheets of one form differ only in what is shown."""
    practice = made("hotspots", os.urandom(32))
    sheet = practice.sheet()
    assert set(sheet) == {"subject", "asks", "choices", "cases"}
    shown = {"number", "title", "facts", "caption", "head", "rows", "total", "says"}
    assert all(set(case) == shown for case in sheet["cases"])
    assert not any(fault in str(sheet["cases"]) for fault in KINDS["hotspots"].faults)


def test_marks_count_what_was_caught_and_what_was_cried_wolf():
    """Calling everything wrong catches nothing: the fault has to be named, and sound cases count too."""
    practice = made("hotspots", os.urandom(32))
    right = list(practice.truth)
    assert mark_set(practice, right) == {"cases": 20, "right": 20, "wrong_shown": 6, "caught": 6, "false_alarms": 0}
    trusting = mark_set(practice, [SOUND] * 20)
    assert (trusting["right"], trusting["caught"], trusting["false_alarms"]) == (14, 0, 0)
    one_fault = next(fault for fault in practice.truth if fault != SOUND)  # which six of eight are shown is drawn
    crying = mark_set(practice, [one_fault] * 20)
    assert crying["caught"] == 1 and crying["false_alarms"] == 14


@pytest.mark.parametrize("answers", [[], [SOUND] * 19, [SOUND] * 19 + ["guessed"], [SOUND] * 21])
def test_a_set_with_a_case_left_out_is_not_marked(answers: list[str]):
    """Leaving a case out would be an answer too."""
    with pytest.raises(InvalidError) as caught:
        mark_set(made("hotspots", bytes(32)), answers)
    assert caught.value.code == "answers-incomplete"


def test_there_is_no_training_for_what_has_no_practice_set():
    """Training that nobody can fail is none."""
    with pytest.raises(MissingError) as caught:
        Examiner().sheet("mind-reading", Recipe(20, 0.3, bytes(32), ON))
    assert caught.value.code == "practice-missing"


def test_draws_are_even():
    """A case that comes up more often than others would be learnt by heart."""
    draw = Draw(bytes(32))
    seen = [draw.below(5) for _ in range(5_000)]
    assert all(900 < seen.count(n) < 1_100 for n in range(5))
