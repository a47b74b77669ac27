"""A small lake with its writer and journal, and rows to put into it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from peelian.core.time import Clock
from peelian.model.record import TABLES, TableSpec
from peelian.store.commit import Transaction, Writer
from peelian.store.draft import Change
from peelian.store.grant import ERASE, READ, WRITE, Grant, Mint
from peelian.store.lake import Lake, arrow_schema
from tests.support.journals import FileJournal

LABEL, EXPIRES = 1234567, date(2032, 1, 1)


def hex_id(*parts: object) -> str:
    """Make an id of the form that ids have: 32 hex digits."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:32]


def make_rows(
    spec: TableSpec,
    numbers: Sequence[int],
    slice_id: str,
    *,
    values: Mapping[str, Callable[[int], object]] | None = None,
    label_id: int = LABEL,
    version: object = 0,
    subject: Callable[[int], str] | None = None,
) -> pa.Table:
    """Make rows of a table as the gate hands them over: one a number, the same numbers the same records."""
    schema = arrow_schema(spec).remove(arrow_schema(spec).get_field_index("seq_from"))
    made = {"text": str, "int": int, "float": float, "bool": lambda i: i % 2 == 0, "instant": int}
    columns: dict[str, list[object]] = {
        c.name: [date(2026, 1, 1) if c.kind == "day" else made[c.kind](i) for i in numbers] for c in spec.columns
    }
    columns |= {name: [f(i) for i in numbers] for name, f in (values or {}).items()}
    columns["record_id"] = [hex_id(i) for i in numbers]
    columns["subject_id"] = [subject(i) if subject else hex_id(i) for i in numbers]
    columns["slice_id"] = [slice_id] * len(numbers)
    columns["row_hash"] = [hex_id(i, version) for i in numbers]
    columns["label_id"] = [label_id] * len(numbers)
    columns["expires_on"] = [EXPIRES] * len(numbers)
    columns["recorded_at"] = [1_750_000_000_000_000] * len(numbers)
    return pa.table({f.name: pa.array(columns[f.name], f.type) for f in schema}, schema=schema)


@dataclass
class Small:
    """A lake, its writer and a journal in a folder."""

    folder: Path
    clock: Clock
    tables: Mapping[str, TableSpec] = field(default_factory=lambda: TABLES)
    n_buckets: int = 4
    step: Callable[[str], None] = lambda name: None

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lake = Lake(self.folder / "lake", n_buckets=self.n_buckets, threads=2, tables=self.tables)
        self.writer = Writer(self.lake, self.folder / "writer.lock", wait_s=0.2, step=self.step)
        self.journal = FileJournal(self.folder / "journal")

    def grant(self, what: str) -> Grant:
        """Grant something on all tables, as the gate would."""
        return Mint().grant(what, self.tables)

    def post(self, act: Callable[[Transaction], Change]) -> Change:
        """Do something in a commit of its own."""
        with self.writer.begin(self.grant(WRITE), self.journal, self.clock) as transaction:
            return act(transaction)

    def replace(self, table: str, rows: pa.Table, slices: Iterable[str]) -> Change:
        """Replace slices in a commit of its own."""
        return self.post(lambda t: t.replace_slices(table, rows, set(slices)))

    def erase(self, table: str, **ids: Iterable[str]) -> Change:
        """Erase rows in a commit of its own."""
        with self.writer.begin(self.grant(ERASE), self.journal, self.clock) as transaction:
            return transaction.erase(table, **{k: list(v) for k, v in ids.items()})

    @property
    def vector(self) -> Mapping[str, int]:
        """The version vector of the last done."""
        done = self.journal.last_done()
        return done.vector if done else {}

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Run a query."""
        with duckdb.connect(config={"threads": 2}) as con:
            return con.sql(sql).fetchall()

    def current(self, table: str, columns: str = "slice_id, record_id, row_hash, seq_from") -> list[tuple[object, ...]]:
        """Return a table's current rows, in order."""
        scan = self.lake.scan_sql(self.grant(READ), table, self.vector.get(table))
        return self.query(f"SELECT {columns} FROM ({scan}) ORDER BY ALL")

    def known_at(
        self, table: str, seq: int, columns: str = "slice_id, record_id, row_hash"
    ) -> list[tuple[object, ...]]:
        """Return a table's rows as known at a commit, in order."""
        scan = self.lake.known_at_sql(self.grant(READ), table, self.vector, seq)
        return self.query(f"SELECT {columns} FROM ({scan}) ORDER BY ALL")
