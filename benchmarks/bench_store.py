"""Writing slices beside plain Delta; deletes and merges in the bucketed lake beside the same in an unbucketed table."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from peelian.core.time import FixedClock
from peelian.store.commit import Done, Writer, done_from_dict
from peelian.store.grant import ERASE, READ, WRITE, Mint
from peelian.store.lake import Lake

MILLION = 1_000_000
LARGE = 3_000_000
BUCKETS = 64
RUNS = 3

_ROWS = """
SELECT 'metropolitan' AS force, ['burglary', 'robbery', 'vehicle-crime'][i % 3 + 1] AS offence,
    24228 + i * 36 // {n} AS month, 1550000000000000 AS at_start, 1552419200000000 AS at_end, 'month' AS "precision",
    (i * 7919 % 1000003) / 10.0 AS easting_m, (i * 104729 % 1000003) / 10.0 AS northing_m,
    'On or near ' || (i % 5000) AS place, 'E0' || (i % 4800) AS area_code, ['a', 'b', 'c'][i % 3 + 1] AS outcome,
    '' AS mo, md5('ref' || i) AS source_ref, md5(i::VARCHAR) AS record_id, md5(i::VARCHAR) AS subject_id,
    'month-' || (i * 36 // {n}) AS slice_id, md5('{version}' || i) AS row_hash, 1234567::BIGINT AS label_id,
    DATE '2032-01-01' AS expires_on, 1750000000000000 AS recorded_at
FROM range({start}, {end}) t(i)
"""


class MemoryJournal:
    """A journal that costs nothing, so that what is measured is the lake."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, dict[str, object]]] = []

    def intent(self, body: dict[str, object]) -> None:
        """Enter that a commit begins."""
        self.entries.append(("intent", body))

    def done(self, body: dict[str, object]) -> None:
        """Enter that it is finished."""
        self.entries.append(("done", body))

    def abandoned(self, body: dict[str, object]) -> None:
        """Enter that it was given up."""
        self.entries.append(("abandoned", body))

    def last_done(self) -> Done | None:
        """Return the newest finished commit."""
        bodies = [b for k, b in self.entries if k == "done"]
        return done_from_dict(bodies[-1]) if bodies else None

    def open_intent(self) -> dict[str, object] | None:
        """Return the intent that nothing followed."""
        return self.entries[-1][1] if self.entries and self.entries[-1][0] == "intent" else None


class Bench:
    """A lake to measure."""

    def __init__(self, folder: Path, n_buckets: int = 16) -> None:
        self.clock = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
        self.lake = Lake(folder / "lake", n_buckets=n_buckets, threads=2)
        self.writer = Writer(self.lake, folder / "lock")
        self.journal = MemoryJournal()

    def replace(self, rows: pa.Table) -> None:
        """Replace the slices that the rows belong to."""
        slices = set(rows["slice_id"].unique().to_pylist())
        grant = Mint().grant(WRITE, ["incident"])
        with self.writer.begin(grant, self.journal, self.clock) as transaction:
            transaction.replace_slices("incident", rows, slices)

    def erase(self, record_id: str) -> None:
        """Take one record out of current data and history."""
        grant = Mint().grant(ERASE, ["incident"])
        with self.writer.begin(grant, self.journal, self.clock) as transaction:
            assert transaction.erase("incident", record_ids=[record_id]).erased >= 1

    def count(self) -> int:
        """Count the current rows."""
        done = self.journal.last_done()
        assert done is not None
        scan = self.lake.scan_sql(Mint().grant(READ, ["incident"]), "incident", done.vector["incident"])
        with duckdb.connect(config={"threads": 2}) as con:
            return int(con.sql(f"SELECT count(*) FROM ({scan})").fetchall()[0][0])


def make_rows(n: int, *, version: str = "v", start: int = 0, end: int | None = None) -> pa.Table:
    """Make rows of the incident table, of three years in thirty-six slices."""
    sql = _ROWS.format(n=n, version=version, start=start, end=n if end is None else end)
    with duckdb.connect(config={"threads": 2}) as con:
        return con.sql(sql).to_arrow_table()


def timed(act: Callable[[], object]) -> float:
    """Time one act, in seconds."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def row(name: str, ours: list[float], theirs: list[float], beside: str, aim: str, ok: bool | None) -> dict[str, object]:
    """Put one line of the table together: medians of the runs, and of the ratios taken run by run."""
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return {
        "name": name,
        "value": statistics.median(ours),
        "unit": "s",
        "ratio": statistics.median(ratios),
        "beside": beside,
        "aim": aim,
        "ok": ok,
    }


def writing(folder: Path) -> list[dict[str, object]]:
    """Measure a first load, an unchanged re-run and a small commit, each beside plain Delta."""
    rows, few = make_rows(MILLION), make_rows(MILLION, end=10)
    first, plain, again, small, small_plain = [], [], [], [], []
    for run in range(RUNS):
        bench = Bench(folder / f"load-{run}")
        first.append(timed(lambda b=bench: b.replace(rows)))
        path = str(folder / f"plain-{run}")
        plain.append(timed(lambda p=path: write_deltalake(p, rows)))
        again.append(timed(lambda b=bench: b.replace(rows)))
        assert bench.count() == MILLION
        new = few.set_column(few.schema.get_field_index("slice_id"), "slice_id", pa.array(["new"] * 10))
        small.append(timed(lambda b=bench, n=new: b.replace(n)))
        small_plain.append(timed(lambda p=path, n=new: write_deltalake(p, n, mode="append")))
    beside = "write_deltalake of the same rows"
    return [
        row("1 M rows into an empty table", first, plain, beside, "<= 2", _within(first, plain, 2)),
        row("1 M rows again, nothing changed", again, plain, beside, "<= 1.5", _within(again, plain, 1.5)),
        row("a commit of 10 rows", small, small_plain, "write_deltalake, appending them", "", None),
    ]


def rewriting(folder: Path) -> list[dict[str, object]]:
    """Measure a delete and a merge in the bucketed lake, beside Delta's own in an unbucketed table."""
    rows = make_rows(LARGE)
    bench = Bench(folder / "bucketed", BUCKETS)
    bench.replace(rows)
    path = str(folder / "unbucketed")
    write_deltalake(path, rows)
    ids = [make_rows(LARGE, start=i, end=i + 1)["record_id"][0].as_py() for i in range(0, LARGE, LARGE // RUNS)]
    deletes = [timed(lambda i=i: bench.erase(i)) for i in ids]
    plain = [timed(lambda i=i: DeltaTable(path).delete(f"record_id = '{i}'")) for i in ids]
    name = f"delete one record of {LARGE // MILLION} M"
    out = [row(name, deletes, plain, "Delta's delete, unbucketed", "<= 0.5", _within(deletes, plain, 0.5))]
    merges, plain = [], []
    for number in range(RUNS):
        few = _own_slice(make_rows(LARGE, version=f"m{number}", end=20))
        merges.append(timed(lambda f=few: bench.replace(f)))
        plain.append(timed(lambda f=few: _merge(path, f)))
    name = f"merge 20 rows into {LARGE // MILLION} M"
    return [*out, row(name, merges, plain, "Delta's merge, unbucketed", "<= 0.5", _within(merges, plain, 0.5))]


def _within(ours: list[float], theirs: list[float], aim: float) -> bool:
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True)) <= aim


def _own_slice(rows: pa.Table) -> pa.Table:
    return rows.set_column(rows.schema.get_field_index("slice_id"), "slice_id", pa.array(["small"] * rows.num_rows))


def _merge(path: str, rows: pa.Table) -> None:
    """Merge as somebody would who had no buckets: by the key, new values over old ones."""
    matched = "t.record_id = s.record_id AND t.slice_id = s.slice_id"
    merger = DeltaTable(path).merge(rows, matched, source_alias="s", target_alias="t")
    merger.when_matched_update_all().when_not_matched_insert_all().execute()


def run() -> list[dict[str, object]]:
    """Measure, on the disk that holds the temporary folder."""
    with tempfile.TemporaryDirectory() as name:
        return [*writing(Path(name)), *rewriting(Path(name))]


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
