"""Weighing pairs of records in bulk: the same parts and totals as an explanation of each pair alone would give.

What is dear comes last and as seldom as can be. Names are compared once for each two ways of being called, addresses
only where the rest leaves room for an edge. Nothing of it changes a weight.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from peelian.resolve.layout import HOME, compared, side_by_side
from peelian.resolve.release import ModelRelease
from peelian.resolve.score import NO_EDGE, most_mbit, reason_case, total_sql, weighed_sql
from peelian.resolve.shape import LADDERS, NAMES, Ladder

_NAMED = [x for x in LADDERS if x.name in NAMES]
_LAST = next(x for x in LADDERS if x.name == HOME)
"""The comparison that is made of those pairs alone that can still become an edge."""
_LIGHT = [x for x in LADDERS if x.name not in (*NAMES, HOME)]


def pairs_sql(release: ModelRelease) -> str:
    """Return SQL that puts the two records of each candidate side by side, with what their shared terms would add."""
    return f"SELECT {compared(LADDERS, release)} FROM {side_by_side('candidates', LADDERS)}"


def weigh(con: duckdb.DuckDBPyConnection, release: ModelRelease) -> None:
    """Weigh the pairs of ``candidates`` and add to ``edges`` those that are edges."""
    _weigh_names(con, release)
    named = ", ".join(_results(_NAMED))
    beside = (
        f"SELECT n_l, n_r, {named}, {compared(_LIGHT, release)} FROM {side_by_side('candidates', _LIGHT)}"
        " JOIN named ON way_l = l.way AND way_r = r.way"
    )
    known = ", ".join(("n_l", "n_r", *_results([*_NAMED, *_LIGHT])))  # a table of numbers alone: texts stay behind
    most = f"{total_sql(release, [*_NAMED, *_LIGHT])} + {most_mbit(_LAST, release)}"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE half AS SELECT {known} FROM ({weighed_sql(release, beside, _LIGHT)})"
        f" WHERE {most} >= {release.review_mbit}"
    )
    left = f"SELECT {known}, {compared([_LAST], release)} FROM {side_by_side('half', [_LAST])}"
    all_known = ", ".join(("n_l", "n_r", *_results(LADDERS)))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE whole AS SELECT {all_known} FROM ({weighed_sql(release, left, [_LAST])})"
    )
    con.execute(
        f"INSERT INTO edges SELECT n_l, n_r, weight_mbit, {reason_case(release)} AS why"
        f" FROM (SELECT *, ({total_sql(release)})::BIGINT AS weight_mbit FROM whole)"
        f" WHERE weight_mbit >= {release.review_mbit} AND why <> '{NO_EDGE}'"
    )


def _weigh_names(con: duckdb.DuckDBPyConnection, release: ModelRelease) -> None:
    """Compare each two ways of being called that meet in ``candidates``, once."""
    met = "SELECT DISTINCT l.way AS way_l, r.way AS way_r FROM candidates JOIN records l ON l.n = n_l"
    pairs = (
        f"SELECT way_l, way_r, {compared(_NAMED, release, alone=True)} FROM ({met} JOIN records r ON r.n = n_r)"
        " JOIN ways l ON l.way = way_l JOIN ways r ON r.way = way_r"
    )
    kept = ", ".join(("way_l", "way_r", *_results(_NAMED)))
    weighed = weighed_sql(release, pairs, _NAMED)
    con.execute(f"CREATE OR REPLACE TEMP TABLE named AS SELECT {kept} FROM ({weighed})")


def _results(ladders: Sequence[Ladder]) -> list[str]:
    return [f"{kind}_{x.name}" for x in ladders for kind in ("on", "mbit")]
