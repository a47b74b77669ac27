"""Own views, comparisons, decisions, references, shifts, outcomes: what is taken and what is sent back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from peelian.core.errors import InvalidError
from peelian.decide.outcome import read_outcome
from peelian.decide.own_view import OwnView, own_view_from, read_own_view
from peelian.decide.plan import Compared, read_decision, read_reference, reference_of, tool_choice, tool_places
from peelian.decide.shift import read_shift, shift_on, shifts_ahead, tonight

KNOWN = [f"c150-{i}-1" for i in range(20)]
BOTH = Compared(own=("a", "b", "c"), tool=("c", "d"))
FILLED = {
    "choice": "mix",
    "picked": ["d", "a"],
    "reason": "both",
    "words": "Both know a part.",
    "wrong_if": "Hits in b.",
}


def code(call, *args, **kwargs) -> str:
    """Return the code of the error that a call ends in."""
    with pytest.raises(InvalidError) as error:
        call(*args, **kwargs)
    return error.value.code


@pytest.mark.parametrize(
    ("cells", "whys", "words", "expected"),
    [
        ([], [], [], "own-view-empty"),
        (KNOWN[:6], ["seen"] * 6, [""] * 6, "own-view-too-long"),
        ([KNOWN[0], KNOWN[0]], ["seen"] * 2, [""] * 2, "place-unknown"),
        (["c150-99-99"], ["seen"], [""], "place-unknown"),
        ([KNOWN[0]], [], [], "why-missing"),
        ([KNOWN[0]], ["no-such-reason"], [""], "why-missing"),
        ([KNOWN[0]], ["other"], [" "], "why-missing"),
        ([KNOWN[0]], ["seen"], ["x" * 121], "words-too-long"),
    ],
)
def test_an_own_view_that_says_too_little_or_too_much_is_sent_back(cells, whys, words, expected):
    """An own view without places or reasons is a click, not a view."""
    assert code(read_own_view, cells, whys, words, KNOWN) == expected


def test_an_own_view_comes_back_from_its_paper_as_it_was_written():
    """Order matters: the first place marked is the one that mattered most."""
    view = read_own_view([KNOWN[3], KNOWN[1]], ["seen", "other"], ["", "dark path"], KNOWN)
    assert own_view_from(view.as_dict()) == view and view.cells == (KNOWN[3], KNOWN[1])
    assert isinstance(view, OwnView)


def test_places_of_both_come_first_and_each_is_somebodys_idea():
    """The page tells three kinds apart, by shape and word."""
    assert BOTH.both == ("c",)
    assert BOTH.either == ("c", "a", "b", "d")
    assert [BOTH.whose(cell) for cell in "abcde"] == ["own", "own", "both", "tool", ""]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"choice": ""}, "choice-missing"),
        ({"picked": []}, "mix-empty"),
        ({"picked": ["e"]}, "mix-unknown"),
        ({"picked": list("abcdef")}, "mix-too-long"),
        ({"reason": ""}, "reason-not-given"),
        ({"words": "yes"}, "words-too-few"),
        ({"wrong_if": ""}, "wrong-if-missing"),
        ({"words": "x" * 501}, "words-too-many"),
    ],
)
def test_a_decision_without_a_reason_is_sent_back(change, expected):
    """A decision that nobody can ask about is a rubber stamp."""
    assert code(read_decision, FILLED | change, BOTH) == expected


def test_a_decision_takes_the_tools_places_ones_own_or_a_mix():
    """Whichever is chosen, the cells on record are the ones that are walked."""
    assert read_decision(FILLED, BOTH).cells == ("a", "d")
    assert read_decision(FILLED | {"choice": "tool"}, BOTH).cells == BOTH.tool
    assert read_decision(FILLED | {"choice": "own", "picked": []}, BOTH).cells == BOTH.own


@pytest.mark.parametrize("typed", ["H-2026-1127-03", "h 2026 1127 03", "h20261127-03", "2026/1127/03"])
def test_a_reference_is_read_as_people_write_it(typed):
    """A reference is copied from a receipt by hand, in the rain."""
    assert read_reference(typed) == reference_of(date(2026, 11, 27), 3) == "H-2026-1127-03"


@pytest.mark.parametrize("typed", ["", "Mill Road", "H-2026-11-27", "H-2026-1127-00003", "<script>"])
def test_what_is_no_reference_is_not_taken_for_one(typed):
    """A street that looks like a number must still be searched for as a street."""
    assert read_reference(typed) == ""


def test_a_shift_is_local_and_runs_over_midnight():
    """People walk by the clock on the wall, in winter and in summer."""
    winter, summer = (shift_on(d, "evening", "Europe/London") for d in (date(2026, 11, 27), date(2026, 7, 1)))
    assert winter.words == "Friday 27 November, 18:00 to 02:00"
    assert winter.begins_at.astimezone(UTC).hour == 18 and summer.begins_at.astimezone(UTC).hour == 17
    assert read_shift(winter.name, "Europe/London") == winter


@pytest.mark.parametrize("name", ["", "2026-11-27", "2026-02-30-day", "2026-11-27-dawn", "9999-12-31-evening", "../x"])
def test_what_is_no_shift_is_sent_back(name):
    """An address typed by hand must not break the page."""
    assert code(read_shift, name, "Europe/London") == "shift-unreadable"


def test_tonight_is_the_evening_that_has_not_ended():
    """At one in the morning tonight is still the shift that people are on."""
    late = datetime(2026, 11, 28, 1, tzinfo=UTC)
    assert tonight(late, "Europe/London").on == date(2026, 11, 27)
    assert tonight(late + timedelta(hours=2), "Europe/London").on == date(2026, 11, 28)
    ahead = shifts_ahead(late, "Europe/London")
    assert all(s.ends_at > late for s in ahead) and len({s.name for s in ahead}) == len(ahead)


def test_the_tools_choice_is_as_many_places_as_a_person_may_mark():
    """Ten of a tool's places beside five of a person's would be no comparison."""
    cells = [
        {"id": f"c{i}", "rank": i, "expected": 1.0, "low": 0.5, "high": 2, "here": [0.5, 0.3], "nearby": [0.1, 0.0],
         "anywhere": 0.1, "sentence": "Because."}
        for i in range(1, 9)
    ]  # fmt: skip
    places = tool_places({"cells": cells[::-1], "periods": ["2026-10", "2026-09"]})
    assert tool_choice(places) == ("c1", "c2", "c3", "c4", "c5")
    assert sum(amount for _, amount in places["c1"].parts) == pytest.approx(places["c1"].expected)


def test_an_outcome_has_an_answer_for_each_place():
    """Half an outcome would make a plan look better or worse than it was."""
    assert read_outcome("ab", {"a": "useful", "b": "no-go"}, "unknown", " ok ").note == "ok"
    assert code(read_outcome, "ab", {"a": "useful"}, "no") == "outcome-incomplete"
    assert code(read_outcome, "a", {"a": "useful"}, "") == "outcome-incomplete"
    assert code(read_outcome, "a", {"a": "useful"}, "no", "x" * 301) == "note-too-long"
