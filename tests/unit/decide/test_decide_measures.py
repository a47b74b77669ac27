"""People alone, the tool alone, both together; who went over and who was right; and what is held back."""

from __future__ import annotations

from dataclasses import fields

import pytest

from peelian.core.stats import wilson_interval
from peelian.decide.measures import Case, measure


def case(own, tool, chosen, hit):
    """Write a case as letters, one a cell."""
    return Case(*(frozenset(cells) for cells in (own, tool, chosen, hit)))


OVER_RIGHTLY = case("ab", "cd", "cd", "c")
OVER_WRONGLY = case("ab", "cd", "cd", "ab")
STAYED_RIGHTLY = case("ab", "cd", "ab", "a")
AGREED = case("ab", "ab", "ab", "a")


def test_a_case_has_no_room_for_an_author():
    """Officers are never ranked: what is measured does not know whose it is."""
    assert {f.name for f in fields(Case)} == {"own", "tool", "chosen", "hit"}


def test_accuracy_is_told_alone_for_the_tool_and_together():
    """A tool that makes people worse than they were alone is found only when all three are told."""
    out = measure([OVER_RIGHTLY] * 6 + [STAYED_RIGHTLY] * 4, people=4, suppress_below=8)
    assert (out.alone.part, out.alone.whole) == (4, 20)
    assert (out.tool.part, out.tool.whole) == (6, 20)
    assert (out.together.part, out.together.whole) == (10, 20)
    low, high = wilson_interval(10, 20)
    assert out.as_dict()["together"] == {"value": 0.5, "low": round(low, 2), "high": round(high, 2)}


def test_switching_counts_only_where_views_differed_and_somebody_was_right():
    """Agreement says nothing: a good tool is agreed with."""
    cases = [OVER_RIGHTLY] * 9 + [OVER_WRONGLY] * 3 + [STAYED_RIGHTLY] * 8 + [AGREED] * 20
    out = measure(cases, people=5, suppress_below=8)
    assert (out.differed.part, out.differed.whole) == (20, 40)
    assert (out.went_over.part, out.went_over.whole) == (12, 20)
    assert (out.right_to_go_over.part, out.right_to_go_over.whole) == (9, 12)
    assert (out.right_to_stay.part, out.right_to_stay.whole) == (8, 8)


def test_a_case_where_neither_was_better_proves_nobody_right():
    """Two misses are no evidence for either."""
    assert case("ab", "cd", "cd", "").right == "even"
    assert case("ab", "bc", "ab", "b").right == "even", "what both named is nobody's lead"


@pytest.mark.parametrize(("plans", "people", "why"), [(7, 5, "fewer than 8 plans"), (30, 2, "fewer than 3 people")])
def test_figures_from_few_plans_or_few_people_are_held_back(plans, people, why):
    """With two officers each would know the other's figures."""
    told = measure([OVER_RIGHTLY] * plans, people=people, suppress_below=8).as_dict()
    assert told["suppressed"] and told["why"] == why and "plans" not in told
    assert all(told[name] == {"suppressed": True} for name in ("alone", "tool", "together", "went_over"))


def test_a_share_of_few_plans_is_held_back_by_itself():
    """Many plans, few differences: the few must not be read off beside the many."""
    told = measure([AGREED] * 30 + [OVER_RIGHTLY] * 3, people=6, suppress_below=8, round_to=5).as_dict()
    assert told["plans"] == 35
    assert told["went_over"] == {"suppressed": True} and "value" in told["differed"]
