"""What is so now is read from the ledger, by every process alike."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from peelian.core.time import FixedClock
from peelian.gate.memory.head import Head, HeadClock, LedgerJournal
from tests.support.gate import FOUNDED_AT, build, burglaries


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Give a deployment in which something has happened."""
    made = build(tmp_path_factory.mktemp("head"))
    official = made.at_work("official-1")
    made.plant({"s": burglaries(3)})
    made.panel_lifts(made.panel_stops("hotspots", "First."), "Second.")
    made.panel_stops("danger-to-life", "Third.")
    made.gate.act_on_mandate(official, "measure-use", "end-mandate")
    made.plant({"s": burglaries(4)})
    yield made
    made.gate.close()


def facts(head: Head) -> dict[str, object]:
    """Return what a head says."""
    return {k: v for k, v in head.__dict__.items() if k not in ("ledger", "log_key", "_turn")}


def stopped(head: Head) -> set[str]:
    """Return the mandates on which a stop stands."""
    return {s.mandate for s in head.panel.stops.values() if s.stands}


def test_a_head_read_from_the_start_says_what_one_that_followed_says(built):
    """A process that starts now must know every halt that was entered before."""
    fresh = Head(built.house.ledger, built.house.keys.log_key()).follow()
    assert facts(fresh) == facts(built.house.head.follow())
    assert stopped(fresh) == {"danger-to-life"} and "measure-use" not in fresh.adopted
    assert fresh.done is not None and fresh.done.seq == 2 and fresh.intent is None


def test_many_threads_that_follow_see_no_fact_undone(built):
    """Entries taken twice would, for a moment, revive a mandate that has ended."""
    head, wrong = Head(built.house.ledger, built.house.keys.log_key()), []

    def follow():
        for _ in range(20):
            head.follow()
            if "measure-use" in head.adopted or stopped(head) != {"danger-to-life"}:
                wrong.append(facts(head))

    threads = [threading.Thread(target=follow) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_clock_never_runs_behind_the_record(built):
    """Turning the computer's clock back revives nothing; letting it run on is what clocks are for."""
    behind = HeadClock(FixedClock(FOUNDED_AT - timedelta(days=400)), built.house.head)
    ahead = HeadClock(FixedClock(FOUNDED_AT + timedelta(days=1)), built.house.head)
    assert behind.now() >= FOUNDED_AT and ahead.now() == FOUNDED_AT + timedelta(days=1)


def test_an_intent_without_an_end_is_open_until_it_is_abandoned(built):
    """The store asks the ledger what a crash has left; the answer must not depend on memory."""
    journal: LedgerJournal = built.house.journal()
    done = journal.last_done()
    journal.intent({"seq": 3, "base": {}, "tables": []})
    again = Head(built.house.ledger, built.house.keys.log_key()).follow()
    assert again.intent is not None and again.intent["seq"] == 3 and again.done == done
    journal.abandoned({"seq": 3, "reason": "test"})
    assert journal.open_intent() is None and again.follow().intent is None


def test_a_mandate_changed_in_the_folder_is_a_proposal_in_the_states(built):
    """States are for the public register: they must not say in force of what is not."""
    states = built.gate.mandate_states()
    assert states["hotspots"] == "in force"
    assert states["danger-to-life"] == "stopped" and states["measure-use"] == "proposed"
