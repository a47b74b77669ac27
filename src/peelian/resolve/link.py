"""Which records may be of one person, and how strongly two records say so.

An edge is a pure function of two records and the release. So an update that compares only what was touched gives,
together with the edges it leaves alone, exactly the edges of a batch run; and a viewer's edges do not depend on
records that the viewer may not see.
"""

from __future__ import annotations

from collections.abc import Collection

import duckdb
import pyarrow as pa

from peelian.resolve.features import connect, digest_sql, make_features
from peelian.resolve.release import ModelRelease
from peelian.resolve.score import check_shape
from peelian.resolve.shape import sql_of_names
from peelian.resolve.weigh import lay_out, name_ways, weigh

LINKS = pa.schema(
    [("record_a", pa.string()), ("record_b", pa.string()), ("weight_mbit", pa.int64()), ("reason", pa.string())]
)
"""``record_a < record_b``; weight in thousandths of a bit; ``reason`` says why an edge is
held for review, and is empty for one that is accepted."""

BATCH = 500_000
"""Records whose pairs are weighed at a time: what is held in memory at once; the edges are the same for any number."""


def find_links(
    people: pa.Table, release: ModelRelease, *, threads: int = 2, touched: Collection[str] | None = None
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

    Raises
    ------
    InvalidError
        ``release-of-other-code`` when this code compares otherwise than the release was trained.

    Notes
    -----
    Time grows with the keys that records share. O(records + pairs) memory.
    """
    return link_features(make_features(people, release.stops, threads=threads), release, threads, touched)


def link_features(
    features: pa.Table, release: ModelRelease, threads: int = 2, touched: Collection[str] | None = None
) -> pa.Table:
    """Return the edges between records whose features are made already; see :func:`find_links`."""
    check_shape(release)
    with connect(threads) as con:
        lay_out(con, features, release)
        name_ways(con, release)
        lay_keys(con, release, touched)
        con.execute("CREATE TEMP TABLE edges (n_l INTEGER, n_r INTEGER, weight_mbit BIGINT, reason VARCHAR)")
        for first in range(0, max(1, features.num_rows), BATCH):
            pair_up(con, first, first + BATCH)
            weigh(con, release)
        return con.sql(
            "SELECT l.record_id AS record_a, r.record_id AS record_b, weight_mbit, reason FROM edges"
            " JOIN features l ON l.n = n_l JOIN features r ON r.n = n_r ORDER BY n_l, n_r"
        ).to_arrow_table()


def find_candidates(people: pa.Table, release: ModelRelease, *, threads: int = 2) -> pa.Table:
    """Return the pairs that blocking compares, whatever they weigh: ``record_a``, ``record_b``."""
    with connect(threads) as con:
        lay_out(con, make_features(people, release.stops, threads=threads), release)
        lay_keys(con, release, None)
        pair_up(con, 0, people.num_rows)
        return con.sql(
            "SELECT l.record_id AS record_a, r.record_id AS record_b FROM candidates"
            " JOIN features l ON l.n = n_l JOIN features r ON r.n = n_r"
        ).to_arrow_table()


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


def lay_keys(con: duckdb.DuckDBPyConnection, release: ModelRelease, touched: Collection[str] | None) -> None:
    """Make the table ``keys``: record, key, and whether the record is to be compared with all others."""
    names = pa.array([] if touched is None else sorted(touched), pa.string())
    con.register("touched", pa.table({"record_id": names}))
    con.register("stops", pa.table({"stop": pa.array(release.stops.get("key", ()), pa.string())}))
    fresh = "true" if touched is None else "record_id IN (SELECT record_id FROM touched)"
    con.execute(f"CREATE TEMP TABLE lies AS SELECT *, {fresh} AS fresh FROM features")
    rules = [keys_sql(sql, "lies", stopped=sql_of_names(sql)) for _, sql in release.blocking]
    con.execute(f"CREATE TEMP TABLE keys AS {' UNION ALL '.join(rules)}")


def pair_up(con: duckdb.DuckDBPyConnection, first: int, end: int) -> None:
    """Make the table ``candidates``: each pair that shares a key, once, for one run of fresh records.

    Two fresh records meet in the run of the lesser one; a fresh record and another in the run of the fresh one.
    """
    con.execute(
        "CREATE OR REPLACE TEMP TABLE candidates AS SELECT DISTINCT least(a.n, b.n) AS n_l, greatest(a.n, b.n) AS n_r"
        " FROM keys a JOIN keys b ON a.key = b.key AND a.n <> b.n AND (a.n < b.n OR NOT b.fresh)"
        f" WHERE a.fresh AND a.n >= {first} AND a.n < {end}"
    )


def keys_sql(rule: str, features: str, *, stopped: bool) -> str:
    """Return SQL for the keys of a rule, hashed: a chance collision compares two records for nothing, no more."""
    keys = f"SELECT n, fresh, unnest({rule}) AS text FROM {features}"
    kept = f" WHERE {digest_sql('text')} NOT IN (SELECT stop FROM stops)" if stopped else ""
    return f"SELECT n, fresh, hash(text) AS key FROM ({keys}){kept}"
