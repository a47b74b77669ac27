"""A person may always read what the record says of them, and never what it says of anybody else."""

from __future__ import annotations

import inspect
from datetime import timedelta

import pytest

from peelian.core.errors import ExpiredError, RefusedError
from peelian.gate.door import Gate
from peelian.gate.memory.own_index import OPENED_MAX, OwnIndex
from peelian.model.question import Question
from tests.support.gate import FOUNDED_AT, build, burglaries

MONTHS = Question("incident", ("month",))
PEOPLE = Question("stop_person", ("age_band",))


@pytest.fixture
def built(tmp_path):
    """Give a deployment in which two people looked things up and one was refused."""
    made = build(tmp_path)
    made.plant({"s": burglaries(9)})
    for person in ("analyst-1", "neighbourhood-officer-1"):
        made.gate.view(made.at_work(person), "hotspots", MONTHS)
    with pytest.raises(RefusedError):
        made.gate.view(made.at_work("analyst-1"), "hotspots", PEOPLE)
    yield made
    made.gate.close()


def mine(built, person: str, gate: Gate | None = None):
    """Return what somebody reads of themselves."""
    return (gate or built.gate).own_entries(built.at_work(person), FOUNDED_AT - timedelta(hours=1))


def test_people_read_their_own_look_ups_and_refusals_newest_first(built):
    """A look-up in my name that was not mine is noticed by nobody else."""
    told = [(e.op, e.tool, e.decision) for e in mine(built, "analyst-1")]
    assert told[:2] == [("refusal", "hotspots", "refuse"), ("consultation", "hotspots", "allow")]
    assert {op for op, _, _ in told} >= {"refusal", "consultation", "context-opened", "session-opened"}
    first = mine(built, "analyst-1")[1]
    assert first.operation == "op-patrol-planning" and first.purpose == "burglary-prevention"
    assert first.body["question"]["table"] == "incident"


def test_nobody_reads_the_entries_of_anybody_else(built):
    """The record of look-ups is no tool for watching colleagues; the panel has its own door to it."""
    for person in ("analyst-1", "neighbourhood-officer-1", "panel-member-1", "official-1"):
        assert {e.body.get("actor") for e in mine(built, person)} == {person}


def test_an_entry_that_was_read_before_is_the_same_as_one_read_anew(built):
    """Entries are kept opened so that the desk stays quick: what is kept must be what stands in the record."""
    first, again = mine(built, "analyst-1"), mine(built, "analyst-1")
    assert [e.index for e in first] == [e.index for e in again] and first == again
    built.gate._house.own.opened.clear()
    assert mine(built, "analyst-1") == first


def test_few_entries_are_kept_opened():
    """What a process keeps in memory is bounded, however long it runs."""
    index = OwnIndex(ledger=None, log_key=b"")
    for position in range(OPENED_MAX + 10):
        index.keep_opened(position, position)
    assert len(index.opened) == OPENED_MAX and min(index.opened) == 10


def test_there_is_no_way_to_name_whose_entries_are_wanted():
    """What cannot be asked cannot be answered by mistake."""
    assert set(inspect.signature(Gate.own_entries).parameters) == {"self", "credential", "since"}


def test_reading_ones_own_entries_is_entered_once_a_session_and_does_not_lengthen_the_list(built):
    """A list that grows by being looked at says nothing after a day."""
    size, first = built.house.ledger.size(), mine(built, "analyst-1")
    again = mine(built, "analyst-1")
    assert [e.index for e in first] == [e.index for e in again]
    assert built.house.ledger.size() == size + 1
    assert (built.leaves()[-1]["op"], built.leaves()[-1]["tool"]) == ("consultation", "own-entries")
    anew = built.sign_in("analyst-1")
    built.gate.own_entries(anew, FOUNDED_AT)
    assert built.leaves()[-1]["tool"] == "own-entries"


def test_it_takes_no_working_context_and_goes_on_when_everything_is_stopped(built):
    """Whoever wants to know what was done in their name should not first have to say what for."""
    plain = built.sign_in("system-administrator-1")
    assert [e.op for e in built.gate.own_entries(plain, FOUNDED_AT)] == ["session-opened"]


def test_a_session_that_has_ended_reads_nothing(built):
    """Somebody else may be sitting there by now."""
    held = built.at_work("analyst-1")
    built.clock.move(hours=13)
    with pytest.raises(ExpiredError):
        built.gate.own_entries(held, FOUNDED_AT)


def test_the_day_begins_where_it_is_asked_to(built):
    """Today is today, in a log of years."""
    for _ in range(3):
        built.clock.move(days=1)
        held = built.sign_in("analyst-1")
        built.gate.set_context(held, "op-patrol-planning")
        built.gate.view(held, "hotspots", MONTHS)
    since = built.clock.now() - timedelta(hours=1)
    assert [e.op for e in built.gate.own_entries(held, since)] == ["consultation", "context-opened", "session-opened"]
    week = built.gate.own_entries(held, FOUNDED_AT - timedelta(hours=1))
    assert [e.op for e in week].count("consultation") == 4


def test_an_index_that_follows_knows_what_one_from_the_start_knows(built):
    """Another process has written meanwhile; its entries are mine too."""
    house = built.house
    fresh = OwnIndex(house.ledger, house.keys.log_key())
    for person in ("analyst-1", "official-1", "nobody-7"):
        assert house.own.positions(person, FOUNDED_AT.date()) == fresh.positions(person, FOUNDED_AT.date())
    later = FOUNDED_AT.date() + timedelta(days=1)
    assert (
        fresh.positions("analyst-1", later) != []
        and OwnIndex(house.ledger, house.keys.log_key()).positions("analyst-1", later) == []
    )


def test_published_and_unpublished_entries_are_read_alike(built):
    """The log is published every minute; nobody's list may blink."""
    before = mine(built, "analyst-1")
    built.house.ledger.publish()
    after = mine(built, "analyst-1")
    assert [(e.index, e.at, e.op, e.body) for e in before] == [(e.index, e.at, e.op, e.body) for e in after]


def test_people_are_told_when_they_last_signed_in_before(built):
    """Changed since you last looked needs a last."""
    first = built.sign_in("official-2")
    assert built.gate.attendance(first).before is None
    at = built.clock.now()
    built.clock.move(hours=2)
    assert built.gate.attendance(built.sign_in("official-2")).before == at
