"""What happened to the rules, and how old each source is, are facts of the ledger that every process reads alike."""

from __future__ import annotations

import pyarrow as pa
import pytest

from peelian.core.time import to_micros
from peelian.gate.memory.head import Head
from peelian.gate.stamp import EVENT_ON
from peelian.gate.writing import Delivery
from peelian.store.lake import arrow_schema
from tests.support.gate import FOUNDED_ON, build, burglaries, whole


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Give a deployment in which a source was taken in and a tool stopped."""
    made = build(tmp_path_factory.mktemp("events"))
    made.clock.move(hours=1)
    deliver(made, 5)
    made.clock.move(hours=1)
    made.gate.act_on_mandate(made.at_work("official-1"), "hotspots", "halt", "Too many of us doubt it.")
    yield made
    made.gate.close()


def deliver(made, n: int) -> None:
    """Take in a few rows as a source's engineer would."""
    schema = arrow_schema(made.house.lake.spec("incident"))
    names = [n for n in schema.names if n not in ("label_id", "expires_on", "seq_from")]
    rows = [{k: whole(row, "s").get(k) for k in names} | {EVENT_ON: FOUNDED_ON} for row in burglaries(n)]
    fields = [*(schema.field(n) for n in names), pa.field(EVENT_ON, pa.date32())]
    table = pa.Table.from_pylist(rows, schema=pa.schema(fields))
    delivery = Delivery("s", {"incident": table}, "0" * 64, {"kept": n})
    made.gate.post_rows(made.at_work("data-engineer-1"), "source-incidents", [delivery])


def test_a_source_is_as_old_as_its_last_finished_commit(built):
    """An answer that says "newest: 4 min" must not mean a delivery that failed."""
    head = built.house.head.follow()
    assert set(head.loaded) == {"source-incidents"} and head.arriving == {}
    assert head.loaded["source-incidents"] == to_micros(head.done.at)


def test_a_delivery_that_was_undone_makes_no_source_younger(built, monkeypatch):
    """The disk was full at five; what is on screen at six is still yesterday's."""
    before = dict(built.house.head.follow().loaded)
    built.clock.move(hours=1)
    monkeypatch.setattr(built.house.writer, "step", lambda name: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError):
        deliver(built, 7)
    monkeypatch.undo()
    built.house.writer.recover(built.house.journal())
    assert built.house.head.follow().loaded == before


def test_events_name_what_happened_to_which_mandate_and_the_public_reason(built):
    """The word stopped without why sends an officer to the telephone."""
    events = built.house.head.follow().events
    assert next(e.op for e in events) == "charter-loaded"
    assert (events[-1].op, events[-1].about, events[-1].reason) == ("halt", "hotspots", "Too many of us doubt it.")
    assert {e.about for e in events if e.op == "mandate-adopted"} == set(built.charter.mandates)
    assert [e.entry for e in events] == sorted(e.entry for e in events)


def test_a_head_read_from_the_start_has_the_same_events_and_ages(built):
    """Two processes that disagree on whether a tool is stopped would be worse than none that knows."""
    fresh = Head(built.house.ledger, built.house.keys.log_key()).follow()
    known = built.house.head.follow()
    assert (fresh.events, fresh.loaded, fresh.arriving) == (known.events, known.loaded, known.arriving)
