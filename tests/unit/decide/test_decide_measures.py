"""People alone, the tool alone, both together; who went over and who was right; and what is held back."""

from __future__ import annotations

from dataclasses import fields

import pytest

from peelian.decide.measures import GROUPS, OUTCOMES, SHARES, Case, measure


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
    counts = measure([OVER_RIGHTLY] * 6 + [STAYED_RIGHTLY] * 4, people=4, suppress_below=8).counts
    assert (counts["alone_hit"], counts["alone_named"]) == (4, 20)
    assert (counts["tool_hit"], counts["tool_named"]) == (6, 20)
    assert (counts["together_hit"], counts["together_named"]) == (10, 20)


def test_switching_counts_only_where_views_differed_and_somebody_was_right():
    """Agreement says nothing: a good tool is agreed with."""
    cases = [OVER_RIGHTLY] * 9 + [OVER_WRONGLY] * 3 + [STAYED_RIGHTLY] * 8 + [AGREED] * 20
    counts = measure(cases, people=5, suppress_below=8).counts
    assert (counts["differed"], counts["plans"]) == (20, 40)
    assert counts["went_over"] == 12
    assert (counts["over_right"], counts["over_decided"]) == (9, 12)
    assert (counts["stayed_right"], counts["stayed_decided"]) == (8, 8)


def test_a_case_where_neither_was_better_proves_nobody_right():
    """Two misses are no evidence for either."""
    assert case("ab", "cd", "cd", "").right == "even"
    assert case("ab", "bc", "ab", "b").right == "even", "what both named is nobody's lead"
    counts = measure([case("ab", "cd", "cd", "")] * 9, people=3, suppress_below=8).counts
    assert (counts["went_over"], counts["over_decided"]) == (9, 0)


def test_groups_say_truly_which_of_them_lie_inside_which():
    """Disclosure control works out small groups from how the groups overlap; said wrongly, it would look elsewhere."""
    cases = [
        OVER_RIGHTLY,
        OVER_WRONGLY,
        STAYED_RIGHTLY,
        AGREED,
        case("ab", "cd", "ac", "a"),
        case("ab", "cd", "cd", ""),
    ]
    assert {c.outcome for c in cases} <= OUTCOMES
    for group in (g for g in GROUPS if g.about == "plans"):
        for one in cases:
            assert measure([one], people=1, suppress_below=8).counts[group.name] == (one.outcome in group.of)
    named = {g.name for g in GROUPS}
    assert all({part, whole} <= named for part, whole in SHARES.values())


@pytest.mark.parametrize(("plans", "people", "why"), [(7, 5, "fewer than 8 plans"), (30, 2, "fewer than 3 people")])
def test_figures_from_few_plans_or_few_people_are_held_back(plans, people, why):
    """With two officers each would know the other's figures."""
    out = measure([OVER_RIGHTLY] * plans, people=people, suppress_below=8)
    assert out.suppressed and out.why_suppressed == why
