"""Which records may be of one person, and how strongly two records say so.

An edge is a pure function of two records and the release. So an update that compares only what was touched gives,
together with the edges it leaves alone, exactly the edges of a batch run; and a viewer's edges do not depend on
records that the viewer may not see.

The work is done in portions, so that what is held at once grows with records and pairs only as numbers do. Keys are
parted by their hash, and two records that share keys in several parts still meet once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from peelian.resolve.features import connect, digest_sql, make_features
from peelian.resolve.layout import lay_out, lay_pairs
from peelian.resolve.release import ModelRelease
from peelian.resolve.score import check_shape
from peelian.resolve.shape import sql_of_names
from peelian.resolve.weigh import OPEN_EDGES, weigh

LINKS = pa.schema(
    [("record_a", pa.string()), ("record_b", pa.string()), ("weight_mbit", pa.int64()), ("reason", pa.string())]
)
"""``record_a < record_b``; weight in thousandths of a bit; ``reason`` says why an edge is
held for review, and is empty for one that is accepted."""


@dataclass(frozen=True)
class Portions:
    """How much is worked on at a time. The edges are the same for any.

    Attributes
    ----------
    records : int
        Records whose features are made at a time; keys are parted into as many parts as there are portions.
    pairs : int
        Pairs that are weighed at a time, about.
    """

    records: int = 1_000_000
    pairs: int = 4_000_000


PORTIONS = Portions()


@dataclass(frozen=True)
class Edges:
    """Edges by number, in order: ``ids`` are the record ids in order, ``a < b`` are places among them."""

    ids: pa.ChunkedArray
    a: NDArray[np.int32]
    b: NDArray[np.int32]
    mbit: NDArray[np.int64]
    reason: pa.ChunkedArray

    def as_table(self) -> pa.Table:
        """Return them as :data:`LINKS`, by record ids."""
        ends = [self.ids.take(pa.chunked_array([pa.array(x)])) for x in (self.a, self.b)]
        return pa.table([*ends, pa.array(self.mbit), self.reason], schema=LINKS)


def find_links(
    people: pa.Table,
    release: ModelRelease,
    *,
    threads: int = 2,
    touched: Collection[str] | None = None,
    portions: Portions = PORTIONS,
) -> pa.Table:
    """Return the edges between records of people, those apart left out, in order of the record ids.

    Parameters
    ----------
    people : pyarrow.Table
        ``record_id``, ``source`` and the columns of a person table.
    release : ModelRelease
        What decides.
    threads : int
        Threads of the engine; the result is the same for any number.
    touched : collection of record ids, optional
        Only edges with at least one end among these: new or changed records. Unknown ids are ignored.
    portions : Portions
        How much is worked on at a time; the result is the same for any.

    Raises
    ------
    InvalidError
        ``release-of-other-code`` when this code compares otherwise than the release was trained.

    Notes
    -----
    Time grows with the keys that records share. O(records + pairs) memory, of which pairs take eight bytes each.
    """
    return find_edges(people, release, threads=threads, touched=touched, portions=portions).as_table()


def find_edges(
    people: pa.Table,
    release: ModelRelease,
    *,
    threads: int = 2,
    touched: Collection[str] | None = None,
    portions: Portions = PORTIONS,
) -> Edges:
    """Return the edges that :func:`find_links` returns, by number: for millions of records, whose ids take room."""
    made = (make_features(part, release.stops, threads=threads) for part in _in_order(people, portions.records))
    return _link(_ahead(made), people.num_rows, release, threads, touched, portions)


def link_features(
    features: pa.Table,
    release: ModelRelease,
    threads: int = 2,
    touched: Collection[str] | None = None,
    portions: Portions = PORTIONS,
) -> pa.Table:
    """Return the edges between records whose features are made already; see :func:`find_links`."""
    parts = _in_order(features, portions.records)
    return _link(parts, features.num_rows, release, threads, touched, portions).as_table()


def find_candidates(
    people: pa.Table, release: ModelRelease, *, threads: int = 2, portions: Portions = PORTIONS
) -> pa.Table:
    """Return the pairs that blocking compares, whatever they weigh: ``record_a``, ``record_b``."""
    made = (make_features(part, release.stops, threads=threads) for part in _in_order(people, portions.records))
    with connect(threads) as con:
        ids, _ = _lay_all(con, made, people.num_rows, release, None, portions)
        pairs = con.sql("SELECT DISTINCT n_l, n_r FROM pairs").to_arrow_table()
    return pa.table({f"record_{end}": ids.take(pairs[side]) for end, side in (("a", "n_l"), ("b", "n_r"))})


def update_links(
    links: pa.Table, people: pa.Table, release: ModelRelease, *, touched: Collection[str], threads: int = 2
) -> pa.Table:
    """Return the edges after records were inserted, changed or deleted: equal to a batch run on ``people``.

    Parameters
    ----------
    links : pyarrow.Table
        Edges before, under the same release.
    people : pyarrow.Table
        All people as they are now.
    touched : collection of record ids
        Records inserted, changed or deleted since.
    """
    fresh = find_links(people, release, threads=threads, touched=touched)
    with connect(threads) as con:
        con.register("links", links)
        con.register("fresh", fresh)
        con.register("touched", pa.table({"record_id": pa.array(sorted(touched), pa.string())}))
        return con.sql(
            "SELECT * FROM fresh UNION ALL SELECT * FROM links l WHERE NOT EXISTS (FROM touched t"
            " WHERE t.record_id = l.record_a OR t.record_id = l.record_b) ORDER BY record_a, record_b"
        ).to_arrow_table()


def _in_order(rows: pa.Table, portion: int) -> Iterator[pa.Table]:
    """Cut rows into portions, in order of the record ids; one without rows where there are none."""
    ids = rows["record_id"]
    if not pc.all(pc.less_equal(ids[:-1], ids[1:])).as_py():
        rows = rows.take(pc.sort_indices(ids))
    for first in range(0, max(1, rows.num_rows), portion):
        yield rows.slice(first, portion)


def _ahead(parts: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Give parts in order, with the next being made while one is used: much of the making is Python's, of one core."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = pool.submit(next, parts, None)
            yield part


def _link(
    features: Iterable[pa.Table],
    size: int,
    release: ModelRelease,
    threads: int,
    touched: Collection[str] | None,
    portions: Portions,
) -> Edges:
    check_shape(release)
    with connect(threads) as con:
        ids, numbers = _lay_all(con, features, size, release, touched, portions)
        con.execute(OPEN_EDGES)
        ((pairs,),) = con.execute("SELECT count(*) FROM pairs").fetchall()
        parts = max(1, -(-pairs // portions.pairs))
        for part in range(parts):
            met = con.sql(f"SELECT DISTINCT n_l, n_r FROM pairs WHERE n_l % {parts} = {part}").to_arrow_table()
            lay_pairs(con, numbers, met["n_l"].to_numpy(), met["n_r"].to_numpy())
            weigh(con, release)
        found = con.sql("FROM edges ORDER BY n_l, n_r").to_arrow_table()
    a, b, mbit = (found[c].to_numpy() for c in ("n_l", "n_r", "weight_mbit"))
    return Edges(ids, a, b, mbit, found["reason"])


def _lay_all(
    con: duckdb.DuckDBPyConnection,
    features: Iterable[pa.Table],
    size: int,
    release: ModelRelease,
    touched: Collection[str] | None,
    portions: Portions,
) -> tuple[pa.ChunkedArray, pa.Table]:
    """Lay out all records and make the table ``pairs`` of those that share a key.

    Returns
    -------
    tuple
        The record ids in order, and the numbers of what each record says.
    """
    parts = max(1, -(-size // portions.records))
    open_keys(con, release, parts, touched)
    ids: list[pa.Array] = []
    numbers: list[pa.Table] = []
    for portion in features:
        numbers.append(lay_out(con, portion, release, sum(x.num_rows for x in numbers)))
        lay_keys(con, release, parts, everything=touched is None)
        ids += portion["record_id"].chunks
    con.execute("CREATE TEMP TABLE pairs (n_l INTEGER, n_r INTEGER)")
    for part in range(parts):
        pair_up(con, part)
    return pa.chunked_array(ids, pa.string()), pa.concat_tables(numbers)


def open_keys(
    con: duckdb.DuckDBPyConnection, release: ModelRelease, parts: int, touched: Collection[str] | None
) -> None:
    """Make the tables of keys, in parts, and tell the engine what :func:`lay_keys` goes by."""
    con.register("touched", pa.table({"record_id": pa.array([] if touched is None else sorted(touched), pa.string())}))
    con.register("stops", pa.table({"stop": pa.array(release.stops.get("key", ()), pa.string())}))
    for part in range(parts):
        con.execute(f"CREATE TEMP TABLE keys_{part} (n INTEGER, fresh BOOLEAN, key UBIGINT)")


def lay_keys(con: duckdb.DuckDBPyConnection, release: ModelRelease, parts: int, *, everything: bool) -> None:
    """Add the keys of a portion to the tables of keys: record, whether it is to be compared with all others, key."""
    fresh = "true" if everything else "record_id IN (SELECT record_id FROM touched)"
    con.execute(f"CREATE OR REPLACE TEMP VIEW lies AS SELECT *, {fresh} AS fresh FROM portion")
    rules = [keys_sql(sql, "lies", stopped=sql_of_names(sql)) for _, sql in release.blocking]
    con.execute(f"CREATE TEMP TABLE portion_keys AS {' UNION ALL '.join(rules)}")
    for part in range(parts):
        con.execute(f"INSERT INTO keys_{part} SELECT n, fresh, key FROM portion_keys WHERE key % {parts} = {part}")
    con.execute("DROP TABLE portion_keys")


def pair_up(con: duckdb.DuckDBPyConnection, part: int) -> None:
    """Add to ``pairs`` each pair that shares a key of one part and of which one record is fresh, and drop the keys."""
    con.execute(
        "INSERT INTO pairs SELECT DISTINCT least(a.n, b.n), greatest(a.n, b.n) FROM"
        f" keys_{part} a JOIN keys_{part} b ON a.key = b.key AND a.n <> b.n AND (a.n < b.n OR NOT b.fresh)"
        " WHERE a.fresh"
    )
    con.execute(f"DROP TABLE keys_{part}")


def keys_sql(rule: str, features: str, *, stopped: bool) -> str:
    """Return SQL for the keys of a rule, hashed: a chance collision compares two records for nothing, no more."""
    keys = f"SELECT n, fresh, unnest({rule}) AS text FROM {features}"
    kept = f" WHERE {digest_sql('text')} NOT IN (SELECT stop FROM stops)" if stopped else ""
    return f"SELECT n, fresh, hash(text) AS key FROM ({keys}){kept}"
