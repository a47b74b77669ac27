"""Comparing rows with what is stored: which are new, which changed, which are gone, and where those lie."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from peelian.store.lake import quote
from peelian.store.parts import all_differ, buckets_of
from peelian.store.twin import Twin

Rows = npt.NDArray[np.int64]

KEY = ("slice_id", "record_id", "subject_id")
"""What makes a row the same row: one record, as published in one slice, about one subject (a shared record has a row
for each person, and erasing one of them leaves the others)."""

_DIFFERENCE = """
SELECT n.i AS i, c.filename AS path, c.file_row_number AS r
FROM (SELECT * FROM given) n FULL JOIN (
    SELECT slice_id, record_id, subject_id, row_hash, label_id, expires_on, filename, file_row_number
    FROM {stored} WHERE slice_id IN (SELECT slice_id FROM slices)
) c ON n.slice_id = c.slice_id AND n.record_id = c.record_id AND n.subject_id = c.subject_id
WHERE n.i IS NULL OR c.filename IS NULL
   OR n.row_hash <> c.row_hash OR n.label_id <> c.label_id OR n.expires_on <> c.expires_on
"""

_FOUND = """
SELECT filename AS path, file_row_number AS r FROM {stored}
WHERE record_id IN (SELECT id FROM records) OR subject_id IN (SELECT id FROM subjects)
"""

_DUE = """
SELECT filename AS path, file_row_number AS r FROM {stored}
WHERE (expires_on <= $on OR label_id IN (SELECT id FROM ended)) AND record_id NOT IN (SELECT id FROM held)
"""


@dataclass(frozen=True)
class Difference:
    """What is to be written (row numbers of what was given) and what leaves current data (row numbers by file)."""

    fresh: Rows
    leaving: Mapping[str, Rows]
    n_changed: int

    @property
    def n_leaving(self) -> int:
        """Rows that leave current data: changed and deleted."""
        return sum(len(r) for r in self.leaving.values())


def engine(threads: int) -> duckdb.DuckDBPyConnection:
    """Open an in-memory DuckDB with a stated number of threads."""
    return duckdb.connect(config={"threads": threads})


def count_repeats(rows: pa.Table, threads: int) -> int:
    """Count the records that come more than once, about one subject, in one slice."""
    if all_differ(rows["record_id"]):
        return 0
    with engine(threads) as con:
        con.register("given", rows.select(list(KEY)))
        query = (
            "SELECT count(*) FROM (SELECT 1 FROM given GROUP BY slice_id, record_id, subject_id HAVING count(*) > 1)"
        )
        return int(con.sql(query).fetchall()[0][0])


def compare(twin: Twin, rows: pa.Table, slice_ids: Collection[str]) -> Difference:
    """Compare the rows of some slices with those slices' current rows, by :data:`KEY`.

    Slices are re-published whole, so what a table holds is a function of each slice's latest
    content alone, whatever order they came in.
    """
    if not twin.parts:
        return Difference(np.arange(rows.num_rows, dtype=np.int64), {}, 0)
    keys = [*KEY, "row_hash", "label_id", "expires_on"]
    given = rows.select(keys).append_column("i", pa.array(np.arange(rows.num_rows, dtype=np.int64)))
    with engine(twin.lake.threads) as con:
        con.register("given", given)
        con.register("slices", pa.table({"slice_id": pa.array(sorted(slice_ids), pa.string())}))
        found = con.sql(_DIFFERENCE.format(stored=_stored(twin, list(twin.parts)))).to_arrow_table()
    fresh = found["i"].drop_null().to_numpy()
    changed = found.num_rows - found["i"].null_count - found["path"].null_count
    return Difference(np.sort(fresh), _by_path(twin, found), changed)


def find(twin: Twin, record_ids: Collection[str], subject_ids: Collection[str]) -> Mapping[str, Rows]:
    """Find the stored rows of some records or subjects: row numbers by file."""
    paths = list(twin.parts)
    if not subject_ids:  # a record's bucket is known from its id; a subject's rows may lie in any
        ids = pa.chunked_array([pa.array(sorted(record_ids), pa.string())])
        there = set(buckets_of(ids, twin.lake.n_buckets).tolist())
        paths = [p for p in paths if twin.parts[p].bucket in there]
    if not paths:
        return {}
    with engine(twin.lake.threads) as con:
        con.register("records", pa.table({"id": pa.array(sorted(record_ids), pa.string())}))
        con.register("subjects", pa.table({"id": pa.array(sorted(subject_ids), pa.string())}))
        return _by_path(twin, con.sql(_FOUND.format(stored=_stored(twin, paths))).to_arrow_table())


@dataclass(frozen=True)
class Due:
    """Which rows are over: those whose last day has come, and those of a label whose agreement has ended.

    Parameters
    ----------
    on : date
        A row is readable while its ``expires_on`` is later than that day.
    label_ids : frozenset of int
        Labels of which every row is over, whatever its day.
    held : frozenset of str
        Records that somebody's mandate holds: they stay, and stay unreadable.
    """

    on: date
    label_ids: frozenset[int] = frozenset()
    held: frozenset[str] = frozenset()


def find_due(twin: Twin, due: Due) -> Mapping[str, Rows]:
    """Find the stored rows that are over: row numbers by file."""
    if not twin.parts:
        return {}
    with engine(twin.lake.threads) as con:
        con.register("ended", pa.table({"id": pa.array(sorted(due.label_ids), pa.int64())}))
        con.register("held", pa.table({"id": pa.array(sorted(due.held), pa.string())}))
        found = con.sql(_DUE.format(stored=_stored(twin, list(twin.parts))), params={"on": due.on})
        return _by_path(twin, found.to_arrow_table())


def _stored(twin: Twin, paths: Collection[str]) -> str:
    listed = ", ".join(quote(str(twin.folder / p)) for p in paths)
    options = "union_by_name = true, hive_partitioning = false, filename = true, file_row_number = true"
    return f"read_parquet([{listed}], {options})"


def _by_path(twin: Twin, found: pa.Table) -> Mapping[str, Rows]:
    """Group row numbers by file; files are spelt as the table's folder spells them."""
    stored = found.filter(found["path"].is_valid())
    coded = stored["path"].combine_chunks().dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    codes, numbers = coded.indices.to_numpy(), stored["r"].to_numpy().astype(np.int64)
    names = [str(p).removeprefix(f"{twin.folder}/") for p in coded.dictionary.to_pylist()]
    return {name: np.sort(numbers[codes == code]) for code, name in enumerate(names)}
