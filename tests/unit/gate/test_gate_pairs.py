"""Leads out of look-ups: whom a colleague looked for, how soon, and how much speaks for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from peelian.gate.looking.pairs import Close, find_leads
from peelian.model.looks import OWN_REACHED, OWN_RECORD, PAIR, RELATION, SELF, LookSeen

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STAFF = {"a": Close(frozenset({"plate:1", "name:2", "address:3"}), frozenset({"person:4", "address:3"}))}
DAYS = timedelta(days=14)


def look(entry, actor, *marks, days=0.0, **more):
    """Make a look-up."""
    at = NOON + timedelta(days=days)
    return LookSeen(entry, at, actor, "search", "", "", frozenset(marks), **more)


ASKED = look(1, "a", "plate:1", refused=True)


def leads(*looks, within=DAYS):
    """Return the leads, oldest first."""
    return find_leads(looks, STAFF, within)[::-1]


@pytest.mark.parametrize(
    ("look_up", "kind"),
    [
        (ASKED, SELF),
        (look(1, "a", own=True), OWN_REACHED),
        (replace(look(1, "a", own=True), what="profile"), OWN_RECORD),
        (look(1, "a", "person:4"), RELATION),
        (look(1, "a", "person:9"), None),
        (look(1, "b", "plate:1"), None),
    ],
)
def test_one_look_up_by_itself(look_up, kind):
    """Nothing is made of what nobody can be asked about."""
    assert [lead.kind for lead in leads(look_up)] == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("marks", "days", "strong"),
    [(("plate:1",), 3, True), (("person:4",), 13.9, True), (("name:2",), 1, False), (("plate:1",), 14.1, None),
     (("person:9",), 1, None), (("plate:1",), -1, None)],
)  # fmt: skip
def test_a_colleague_soon_after(marks, days, strong):
    """Soon after, for the same, and more than a name: that is what makes a lead strong."""
    found = [lead for lead in leads(ASKED, look(2, "b", *marks, days=days)) if lead.kind == PAIR]
    assert [(lead.looker, lead.about, lead.asked_entry, lead.strong) for lead in found] == (
        [] if strong is None else [("b", "a", 1, strong)]
    )


def test_a_colleague_who_had_the_case_before_is_a_weak_lead():
    """Whoever had looked for it before anybody asked has a reason of their own, more likely than not."""
    before, after = look(0, "b", "plate:1", days=-5), look(2, "b", "plate:1", days=1)
    [pair] = [lead for lead in leads(before, ASKED, after) if lead.kind == PAIR]
    assert not pair.strong


def test_asking_for_somebody_close_begins_a_pair_as_well():
    """Not to be refused is no reason to be left out: the colleague does the rest."""
    asked = look(1, "a", "person:4")
    kinds = [lead.kind for lead in leads(asked, look(2, "b", "address:3", days=1))]
    assert kinds == [RELATION, PAIR]


def test_the_order_in_which_the_record_is_read_changes_nothing():
    """Two people who look at the leads see the same."""
    looks = [ASKED, look(2, "b", "plate:1", days=1), replace(look(3, "c", "person:4", days=2), what="profile")]
    assert find_leads(looks, STAFF, DAYS) == find_leads(looks[::-1], STAFF, DAYS)
