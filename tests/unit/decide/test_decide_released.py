"""Was my area on a plan: by street and by reference, from what the delay lets be told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from peelian.core.errors import InvalidError
from peelian.decide.released import ask_about_area, known_streets, near_streets, public_part, released_plan

NOW = datetime(2026, 12, 30, tzinfo=UTC)
PLANS = [
    released_plan(public_part(reference, shift, ["burglary"], streets, "hotspots"))
    for reference, shift, streets in (
        ("H-2026-1127-03", "2026-11-27-evening", ["Mill Road", "Kiln Lane"]),
        ("H-2026-1128-01", "2026-11-28-day", ["St Mary's Road"]),
    )
]


def ask(text):
    """Ask, and give the references found."""
    return [p.reference for p in ask_about_area(PLANS, text, now=NOW, delay_days=28).plans]


@pytest.mark.parametrize("typed", ["Mill Road", "mill rd", "  MILL   road ", "mill", "Mill R", "h20261127 03"])
def test_a_street_is_found_as_people_type_it(typed):
    """Somebody who was stopped does not know how our files spell their street."""
    assert ask(typed) == ["H-2026-1127-03"]


def test_saint_is_no_street_and_other_streets_are_not_found():
    """A wrong yes is as bad as a wrong no."""
    assert ask("St Mary's Road") == ask("st marys") == ["H-2026-1128-01"]
    assert ask("Hill Road") == ask("ill") == ask("H-2026-1127-04") == []


STREETS = ("Mill Road", "Kiln Lane", "St Mary's Road", "Kilnwood Lane", "Mill Road")


def test_a_street_that_is_on_no_plan_is_told_from_one_that_is_on_no_map():
    """A "No" to a name that nobody here lives in is read as "no" for the street that was meant."""
    assert known_streets(STREETS, "mill rd") == ["Mill Road"]
    assert known_streets(STREETS, "Mile Road") == []


@pytest.mark.parametrize(("typed", "meant"), [("Mil Rd", "Mill Road"), ("kiln lain", "Kiln Lane")])
def test_near_spellings_are_offered_likest_first(typed, meant):
    """People type what they heard, in the cold, on a phone."""
    assert near_streets(STREETS, typed)[0] == meant
    assert near_streets(STREETS, "Zzyzx Boulevard") == []


def test_the_answer_says_up_to_when_it_can_be_told():
    """No plan found is no promise about last week."""
    answer = ask_about_area(PLANS, "Hill Road", now=NOW, delay_days=28)
    assert not answer.found and answer.told_until == NOW - timedelta(days=28)


@pytest.mark.parametrize("typed", ["", "ab", "%%%%", "x" * 81])
def test_what_cannot_be_searched_for_is_sent_back(typed):
    """A blank search must not list every plan there was."""
    with pytest.raises(InvalidError) as error:
        ask(typed)
    assert error.value.code == "area-not-asked"


def test_what_is_told_has_no_names_ranks_or_words_in_it():
    """The public part is built from nothing that could name who decided, or why."""
    assert set(PLANS[0].as_dict()) == {"reference", "shift", "offences", "streets", "tool"}
    assert PLANS[0].streets == ("Kiln Lane", "Mill Road"), "in the order of the alphabet"
