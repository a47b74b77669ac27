"""Weighing pairs of records in bulk: the same parts and totals as an explanation of each pair alone would give.

What is dear comes last and as seldom as can be. Names are compared once for each two ways of being called, addresses
only where the rest leaves room for an edge. Nothing of it changes a weight.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from peelian.resolve.layout import compared, side_by_side
from peelian.resolve.release import ModelRelease
from peelian.resolve.score import NO_EDGE, most_mbit, reason_case, total_sql, weighed_sql
from peelian.resolve.shape import LADDERS, NAMES, Ladder

OPEN_EDGES = "CREATE TEMP TABLE edges (n_l INTEGER, n_r INTEGER, weight_mbit BIGINT, reason VARCHAR)"
"""Makes the table that :func:`weigh` adds to."""

_LAST = next(x for x in LADDERS if x.name == "home")
"""The comparison that is made of those pairs alone that can still become an edge."""
_NAMED = [x for x in LADDERS if x.name in NAMES]
_LIGHT = [x for x in LADDERS if x.name not in (*NAMES, _LAST.name)]


def pairs_sql(release: ModelRelease) -> str:
    """Return SQL that puts the two records of each candidate side by side, with what their shared terms would add."""
    return f"SELECT {compared(LADDERS, release)} FROM {side_by_side('candidates', LADDERS)}"


def weigh(con: duckdb.DuckDBPyConnection, release: ModelRelease) -> None:
    """Weigh the pairs of ``candidates`` and add to ``edges`` those that are edges."""
    _weigh_names(con, release)
    beside = (
        f"SELECT n_l, n_r, home_l, home_r, {', '.join(_results(_NAMED))}, {compared(_LIGHT, release)}"
        f" FROM {side_by_side('candidates JOIN named USING (way_l, way_r)', _LIGHT)}"
    )
    done = [*_NAMED, *_LIGHT]
    known = ", ".join(("n_l", "n_r", *_results(done)))  # a table of numbers alone: texts stay behind
    most = f"{total_sql(release, done)} + {most_mbit(_LAST, release)}"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE half AS SELECT {known}, home_l, home_r"
        f" FROM ({weighed_sql(release, beside, _LIGHT)}) WHERE {most} >= {release.review_mbit}"
    )
    left = f"SELECT {known}, {compared([_LAST], release)} FROM {side_by_side('half', [_LAST])}"
    whole = f"SELECT *, ({total_sql(release)})::BIGINT AS weight_mbit FROM ({weighed_sql(release, left, [_LAST])})"
    con.execute(
        f"INSERT INTO edges SELECT n_l, n_r, weight_mbit, {reason_case(release)} AS why FROM ({whole})"
        f" WHERE weight_mbit >= {release.review_mbit} AND why <> '{NO_EDGE}'"
    )


def _weigh_names(con: duckdb.DuckDBPyConnection, release: ModelRelease) -> None:
    """Compare each two ways of being called that meet in ``candidates``, once."""
    met = side_by_side("(SELECT DISTINCT way_l, way_r FROM candidates)", _NAMED)
    weighed = weighed_sql(release, f"SELECT way_l, way_r, {compared(_NAMED, release)} FROM {met}", _NAMED)
    kept = ", ".join(("way_l", "way_r", *_results(_NAMED)))
    con.execute(f"CREATE OR REPLACE TEMP TABLE named AS SELECT {kept} FROM ({weighed})")


def _results(ladders: Sequence[Ladder]) -> list[str]:
    return [f"{kind}_{x.name}" for x in ladders for kind in ("on", "mbit")]
