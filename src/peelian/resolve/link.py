"""Which records may be of one person, and how strongly two records say so.

An edge is a pure function of two records and the release. So an update that compares only what was touched gives,
together with the edges it leaves alone, exactly the edges of a batch run; and a viewer's edges do not depend on
records that the viewer may not see.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import duckdb
import numpy as np
import pyarrow as pa

from peelian.resolve.features import connect, make_features
from peelian.resolve.release import ModelRelease
from peelian.resolve.score import check_shape, pair_columns, scored_sql

LINKS = pa.schema(
    [("record_a", pa.string()), ("record_b", pa.string()), ("weight_mbit", pa.int64()), ("reason", pa.string())]
)
"""``record_a < record_b``; weight in thousandths of a bit; ``reason`` says why an edge is
held for review, and is empty for one that is accepted."""


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
        block(con, release, touched)
        con.sql(f"CREATE TEMP VIEW pairs AS {pairs_sql(release)}")
        scored = scored_sql(release, "pairs")
        columns = "record_id_l AS record_a, record_id_r AS record_b, weight_mbit, reason"
        enough = f"weight_mbit >= {release.review_mbit}"
        return con.sql(f"SELECT {columns} FROM ({scored}) WHERE {enough} ORDER BY 1, 2").to_arrow_table()


def find_candidates(people: pa.Table, release: ModelRelease, *, threads: int = 2) -> pa.Table:
    """Return the pairs that blocking compares, whatever they weigh: ``record_a``, ``record_b``."""
    with connect(threads) as con:
        lay_out(con, make_features(people, release.stops, threads=threads), release)
        block(con, release, None)
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


def lay_out(con: duckdb.DuckDBPyConnection, features: pa.Table, release: ModelRelease) -> None:
    """Put features into the engine, numbered in order of record id, and what sharing each term adds."""
    # INVARIANT: the lower number is the lesser record id, so that a pair is told the same way round everywhere.
    con.register("features_in", features.append_column("n", pa.array(np.arange(len(features), dtype=np.int32))))
    con.execute("CREATE TEMP TABLE features AS FROM features_in")
    for column, terms in release.terms.items():
        con.register(
            f"terms_{column}",
            pa.table({"term": pa.array(terms, pa.string()), "mbit": pa.array(terms.values(), pa.int64())}),
        )


def block(con: duckdb.DuckDBPyConnection, release: ModelRelease, touched: Collection[str] | None) -> None:
    """Make the table ``candidates``: each pair of records that share a key, once."""
    con.register("stops", pa.table({"text": pa.array(release.stops.get("key", ()), pa.string())}))
    con.execute(f"CREATE TEMP TABLE keys AS {keys_sql(release.blocking)}")
    con.execute("DELETE FROM keys WHERE key IN (SELECT hash(text) FROM stops)")
    side = "keys"
    if touched is not None:
        con.register("touched", pa.table({"record_id": pa.array(sorted(touched), pa.string())}))
        con.execute(
            "CREATE TEMP TABLE touched_keys AS FROM keys"
            " WHERE n IN (SELECT n FROM features JOIN touched USING (record_id))"
        )
        side = "touched_keys"
    ends, order = ("a.n AS n_l, b.n AS n_r", "a.n < b.n")
    if touched is not None:
        ends, order = ("least(a.n, b.n) AS n_l, greatest(a.n, b.n) AS n_r", "a.n <> b.n")
    con.execute(
        f"CREATE TEMP TABLE candidates AS SELECT DISTINCT {ends} FROM {side} a JOIN keys b ON a.key = b.key AND {order}"
    )


def keys_sql(rules: Iterable[tuple[str, str]]) -> str:
    """Return SQL for the keys of each record, hashed: a chance collision compares two records for nothing, no more."""
    return " UNION ALL ".join(f"SELECT n, hash(unnest({sql})) AS key FROM features" for _, sql in rules)


def pairs_sql(release: ModelRelease) -> str:
    """Return SQL that puts the two records of each candidate side by side, with what their shared terms would add."""
    columns = dict.fromkeys(["record_id", *pair_columns()])
    sides = [f"{side}.{c} AS {c}_{side}" for side in "lr" for c in columns]
    terms = [f"coalesce(terms_{c}.mbit, {t.get('', 0)}) AS term_{c}_l" for c, t in release.terms.items()]
    joins = " ".join(f"LEFT JOIN terms_{c} ON l.{c} = terms_{c}.term" for c in release.terms)
    return (
        f"SELECT {', '.join([*sides, *terms])} FROM candidates"
        f" JOIN features l ON l.n = n_l JOIN features r ON r.n = n_r {joins}"
    )
