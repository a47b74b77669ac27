"""One table in memory, with its history: what the gate's reading sees of a lake, without disks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime
from types import SimpleNamespace

import duckdb
import pyarrow as pa

from peelian.gate import reading
from peelian.gate.engine import settle
from peelian.gate.view import View
from peelian.model.label import Label
from peelian.model.question import Question
from peelian.model.record import TABLES
from peelian.policy.rules import Actor, Circumstances, Rulebook
from peelian.store.commit import Done
from peelian.store.lake import arrow_schema
from tests.support.gate import OPEN_LABEL, whole

Row = Mapping[str, object]
Slices = Mapping[str, Iterable[Row]]

LIVE = 2**60
"""``seq_to`` of a row that nothing has superseded."""


class World:
    """A table after a history of commits, each of which replaces some slices.

    Parameters
    ----------
    commits : mapping, or sequence of them
        Slice id -> its rows from then on; one mapping is one commit.
    labels : mapping of int to Label
        The dictionary.
    """

    name = "incident@1_none"

    def __init__(self, commits: Slices | Sequence[Slices], labels: Mapping[int, Label], threads: int = 1) -> None:
        history = [commits] if isinstance(commits, Mapping) else list(commits)
        self.dictionary = dict(labels)
        self.labels = frozenset({OPEN_LABEL.label_id})
        self.seq = len(history)
        self.rows = pa.Table.from_pylist(_versions(history), schema=_SCHEMA)
        self.connection = duckdb.connect(config={"threads": threads})
        self.connection.register("versions", self.rows)
        self.known: set[str] = set()
        self.relation(None, "incident", None, None)

    def relation(self, grant: object, table: str, done: object, known_at_seq: int | None) -> str:
        """Stand for :meth:`peelian.gate.engine.Engine.relation`: a view of the rows as known at a commit."""
        name = self.name + (f"@{known_at_seq}" if known_at_seq is not None else "")
        if name not in self.known:
            at = self.seq if known_at_seq is None else known_at_seq
            self.connection.execute(
                f'CREATE VIEW "{name}" AS SELECT * EXCLUDE (seq_to) FROM versions '
                f"WHERE seq_from <= {at} AND seq_to > {at}"
            )
            self.known.add(name)
        return name

    def table(self, sql: str) -> pa.Table:
        """Run a statement as it is."""
        return self.connection.sql(sql).to_arrow_table()

    def run(self, sql: str) -> list[dict[str, object]]:
        """Run a statement and return its rows as plain data."""
        return settle(self.table(sql)).to_pylist()

    def house(self, rulebook: Rulebook) -> SimpleNamespace:
        """Return as much of a house as reading asks for."""
        done = Done(self.seq, {}, datetime(2026, 11, 23, tzinfo=UTC))
        head = SimpleNamespace(done=done)
        head.follow = lambda: head
        engine = SimpleNamespace(relation=self.relation, run=lambda sql: settle(self.table(sql)))
        return SimpleNamespace(
            leases=SimpleNamespace(hold=lambda seconds: nullcontext()),
            lake=SimpleNamespace(spec=TABLES.__getitem__),
            grant=lambda *what, **more: None,
            labels=lambda: self.dictionary,
            head=head,
            engine=engine,
            rulebook=rulebook,
            _allowed={},
        )

    def close(self) -> None:
        """Let the engine go."""
        self.connection.close()


def read(house: SimpleNamespace, actor: Actor, now: Circumstances, question: Question) -> View:
    """Read as the gate does once it has judged and recorded: :func:`peelian.gate.reading._read` itself."""
    presence = SimpleNamespace(actor=actor, operation_ref=now.operation_ref)
    return reading._read(house, presence, now, question, 0)


_SCHEMA = arrow_schema(TABLES["incident"], history=True)


def _versions(history: Sequence[Slices]) -> list[dict[str, object]]:
    """Work out which version of which row was current from which commit to which."""
    live: dict[tuple[object, ...], dict[str, object]] = {}
    gone: list[dict[str, object]] = []
    for seq, slices in enumerate(history, 1):
        given = {
            (s, r["record_id"], r.get("subject_id", r["record_id"])): whole(r, s)
            for s, rows in slices.items()
            for r in rows
        }
        for key in [k for k in live if k[0] in slices]:
            kept = given.get(key)
            if kept is None or any(kept[n] != live[key][n] for n in ("row_hash", "label_id", "expires_on")):
                gone.append(live.pop(key) | {"seq_to": seq})
        live |= {k: r | {"seq_from": seq, "seq_to": LIVE} for k, r in given.items() if k not in live}
    return [{n: r.get(n) for n in _SCHEMA.names} for r in [*live.values(), *gone]]


def day(text: str) -> date:
    """Write a day shortly."""
    return date.fromisoformat(text)
