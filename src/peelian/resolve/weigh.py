"""Weighing pairs of records in bulk: the same parts and totals as an explanation of each pair alone would give.

What is dear comes last and as seldom as can be. Names are compared once for each two ways of being called, addresses
only where the rest leaves room for an edge. Nothing of it changes a weight.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa

from peelian.resolve.features import digest_sql
from peelian.resolve.release import ModelRelease
from peelian.resolve.score import NO_EDGE, most_mbit, reason_case, total_sql, weighed_sql
from peelian.resolve.shape import LADDERS, NAMES, Ladder

LAST = "home"
"""The comparison that is made of those pairs alone that can still become an edge."""


def lay_out(con: duckdb.DuckDBPyConnection, features: pa.Table, release: ModelRelease) -> None:
    """Put features into the engine: numbered in order of record id, with what sharing each term adds."""
    # INVARIANT: the lower number is the lesser record id, so that a pair is told the same way round everywhere.
    con.register("features_in", features.append_column("n", pa.array(np.arange(len(features), dtype=np.int32))))
    for column in release.terms:
        _lay_terms(con, column, release)
    terms = "".join(f", coalesce(shares_{c}.mbit, 0) AS term_{c}" for c in release.terms)
    joins = " ".join(f"LEFT JOIN shares_{c} ON f.{c} = shares_{c}.value" for c in release.terms)
    con.execute(f"CREATE TEMP TABLE features AS SELECT f.*{terms} FROM features_in f {joins}")


def _lay_terms(con: duckdb.DuckDBPyConnection, column: str, release: ModelRelease) -> None:
    """Look up, once for each value that occurs, what sharing it adds: terms stand in a release as digests."""
    mbits = release.terms[column]
    known = pa.table({"term": pa.array(mbits, pa.string()), "mbit": pa.array(mbits.values(), pa.int64())})
    con.register(f"terms_{column}", known)
    con.execute(
        f"CREATE TEMP TABLE shares_{column} AS SELECT value, coalesce(mbit, {mbits.get('', 0)}) AS mbit"
        f" FROM (SELECT DISTINCT {column} AS value FROM features_in WHERE {column} IS NOT NULL)"
        f" LEFT JOIN terms_{column} ON {digest_sql('value')} = term"
    )


def pairs_sql(release: ModelRelease) -> str:
    """Return SQL that puts the two records of each candidate side by side, with what their shared terms would add."""
    both = _columns(LADDERS, release)
    return f"SELECT l.record_id AS record_a, r.record_id AS record_b, {both} FROM {_sides('candidates')}"


def name_ways(con: duckdb.DuckDBPyConnection, release: ModelRelease) -> None:
    """Give each way in which people are called a number: what names are compared by, and nothing else."""
    ladders = _named()
    compared = dict.fromkeys(c for x in ladders for c in x.columns)
    same = " AND ".join(f"f.{c} IS NOT DISTINCT FROM w.{c}" for c in compared)
    listed = ", ".join(compared)
    # What a term adds is a function of the name itself, so the same throughout a group.
    terms = "".join(f", any_value(term_{c}) AS term_{c}" for c in _terms(ladders, release))
    con.execute(
        "CREATE TEMP TABLE ways AS SELECT *, (row_number() OVER ())::INTEGER AS way"
        f" FROM (SELECT {listed}{terms} FROM features GROUP BY {listed})"
    )
    con.execute(f"CREATE TEMP TABLE called AS SELECT n, way FROM features f JOIN ways w ON {same}")


def weigh(con: duckdb.DuckDBPyConnection, release: ModelRelease) -> None:
    """Weigh the pairs of ``candidates`` and add to ``edges`` those that are edges."""
    _weigh_names(con, release)
    light = [x for x in LADDERS if x.name not in (*NAMES, LAST)]
    last = next(x for x in LADDERS if x.name == LAST)
    named = ", ".join(_results(_named()))
    beside = (
        f"SELECT n_l, n_r, {named}, {_columns(light, release)} FROM {_sides('candidates')}"
        " JOIN called cl ON cl.n = n_l JOIN called cr ON cr.n = n_r JOIN named ON way_l = cl.way AND way_r = cr.way"
    )
    known = ", ".join(("n_l", "n_r", *_results([*_named(), *light])))  # a table of numbers alone: texts stay behind
    con.execute(f"CREATE OR REPLACE TEMP TABLE half AS SELECT {known} FROM ({weighed_sql(release, beside, light)})")
    most = f"{total_sql(release, [*_named(), *light])} + {most_mbit(last, release)}"
    left = f"SELECT {known}, {_columns([last], release)} FROM {_sides('half')} WHERE {most} >= {release.review_mbit}"
    all_known = ", ".join(("n_l", "n_r", *_results(LADDERS)))
    con.execute(f"CREATE OR REPLACE TEMP TABLE whole AS SELECT {all_known} FROM ({weighed_sql(release, left, [last])})")
    con.execute(
        f"INSERT INTO edges SELECT n_l, n_r, weight_mbit, {reason_case(release)} AS why"
        f" FROM (SELECT *, ({total_sql(release)})::BIGINT AS weight_mbit FROM whole)"
        f" WHERE weight_mbit >= {release.review_mbit} AND why <> '{NO_EDGE}'"
    )


def _weigh_names(con: duckdb.DuckDBPyConnection, release: ModelRelease) -> None:
    """Compare each two ways of being called that meet in ``candidates``, once."""
    met = "SELECT DISTINCT l.way AS way_l, r.way AS way_r FROM candidates JOIN called l ON l.n = n_l"
    pairs = (
        f"SELECT way_l, way_r, {_columns(_named(), release)} FROM ({met} JOIN called r ON r.n = n_r)"
        " JOIN ways l ON l.way = way_l JOIN ways r ON r.way = way_r"
    )
    kept = ", ".join(("way_l", "way_r", *_results(_named())))
    weighed = weighed_sql(release, pairs, _named())
    con.execute(f"CREATE OR REPLACE TEMP TABLE named AS SELECT {kept} FROM ({weighed})")


def _named() -> list[Ladder]:
    return [x for x in LADDERS if x.name in NAMES]


def _results(ladders: Sequence[Ladder]) -> list[str]:
    return [f"{kind}_{x.name}" for x in ladders for kind in ("on", "mbit")]


def _terms(ladders: Sequence[Ladder], release: ModelRelease) -> list[str]:
    named = dict.fromkeys(s.terms for x in ladders for s in x.steps)
    return [c for c in named if c in release.terms]


def _sides(pairs: str) -> str:
    return f"{pairs} JOIN features l ON l.n = n_l JOIN features r ON r.n = n_r"


def _both_sides(ladders: Sequence[Ladder]) -> list[str]:
    return [f"{c}_{side}" for side in "lr" for c in dict.fromkeys(c for x in ladders for c in x.columns)]


def _columns(ladders: Sequence[Ladder], release: ModelRelease) -> str:
    """Return SQL for what ladders look at of both records, and what a shared term of the left one would add."""
    sides = [f"{name[-1]}.{name[:-2]} AS {name}" for name in _both_sides(ladders)]
    return ", ".join([*sides, *(f"l.term_{c} AS term_{c}_l" for c in _terms(ladders, release))])
