"""How good links are, against a truth that resolving never sees: overall, and by group of people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from peelian.resolve.cluster import Clusters
from peelian.resolve.features import connect


@dataclass(frozen=True)
class Rates:
    """Pairs of records counted.

    Attributes
    ----------
    true, found, right : int
        Pairs of one person; pairs that were joined; pairs that were joined and are of one person.
    """

    true: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        """Share of joined pairs that are right; 1 when none was joined."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of true pairs that were joined; 1 when there is none."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return counts and shares, four digits."""
        return {
            "pairs_true": self.true,
            "pairs_joined": self.found,
            "pairs_right": self.right,
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
            "false_merge_rate": round(1 - self.precision, 4),
            "missed_merge_rate": round(1 - self.recall, 4),
        }


@dataclass(frozen=True)
class LinkMeasures:
    """What :func:`measure_links` found."""

    blocking_recall: float
    pairwise: Rates
    clustered: Rates
    groups: Mapping[str, Mapping[str, Rates]]

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        groups = {g: {v: r.as_dict() for v, r in rates.items()} for g, rates in self.groups.items()}
        both = {"pairwise": self.pairwise.as_dict(), "clustered": self.clustered.as_dict()}
        return {"blocking_recall": round(self.blocking_recall, 4), **both, "groups": groups}


def reviewed(found: Clusters) -> dict[str, Any]:
    """Return how many pairs of clusters stay in doubt, on how many of them a person is asked, and why."""
    asked = sum(held.asked for held in found.held)
    return {"doubts": len(found.held), "questions": asked, "held_for_review": found.questions()}


def measure_links(
    truth: pa.Table, assignment: pa.Table, links: pa.Table, candidates: pa.Table, *, threads: int = 2
) -> LinkMeasures:
    """Compare links and clusters with the truth.

    Parameters
    ----------
    truth : pyarrow.Table
        ``record_id``, ``person``, and any further columns: groups by which false and missed merges are told apart
        (name origin, sex, age band). A pair counts in a group when at least one of its records is in it.
    assignment : pyarrow.Table
        ``record_id``, ``cluster``.
    links : pyarrow.Table
        As :func:`peelian.resolve.link.find_links` gives them; accepted ones are the pairwise result.
    candidates : pyarrow.Table
        ``record_a``, ``record_b``: pairs that blocking compares.
    """
    with connect(threads) as con:
        for name, table in (("t", truth), ("c", assignment), ("l", links), ("k", candidates)):
            con.register(name, table)
        con.execute(_PAIRS)
        (blocked,) = con.execute("SELECT coalesce(avg(compared::INT), 1) FROM truly").fetchone() or (1.0,)
        pairwise = Rates(*con.execute("SELECT " + _COUNTS.format("linked", "true")).fetchone())  # type: ignore[misc]
        clustered = Rates(*con.execute("SELECT " + _COUNTS.format("joined", "true")).fetchone())  # type: ignore[misc]
        groups = {g: _by_group(con, g) for g in truth.column_names if g not in ("record_id", "person")}
    return LinkMeasures(float(blocked), pairwise, clustered, groups)


def _by_group(con: Any, group: str) -> dict[str, Rates]:
    values = [
        v for (v,) in con.execute(f'SELECT DISTINCT "{group}" FROM t WHERE "{group}" IS NOT NULL ORDER BY 1').fetchall()
    ]
    within = (
        f'(a IN (SELECT record_id FROM t WHERE "{group}" = $v) OR b IN (SELECT record_id FROM t WHERE "{group}" = $v))'
    )
    sql = "SELECT " + _COUNTS.format("joined", within)
    return {str(v): Rates(*con.execute(sql, {"v": v}).fetchone()) for v in values}


_COUNTS = """(SELECT count(*) FROM truly WHERE {1}), (SELECT count(*) FROM {0} WHERE {1}),
    (SELECT count(*) FROM {0} WHERE right_one AND {1})"""

_PAIRS = """
CREATE TEMP TABLE joined AS
    SELECT x.record_id AS a, y.record_id AS b, tx.person = ty.person AS right_one
    FROM c x JOIN c y ON x.cluster = y.cluster AND x.record_id < y.record_id
    JOIN t tx ON tx.record_id = x.record_id JOIN t ty ON ty.record_id = y.record_id;
CREATE TEMP TABLE linked AS
    SELECT record_a AS a, record_b AS b, tx.person = ty.person AS right_one
    FROM l JOIN t tx ON tx.record_id = record_a JOIN t ty ON ty.record_id = record_b WHERE l.reason = '';
CREATE TEMP TABLE truly AS
    SELECT x.record_id AS a, y.record_id AS b, k.record_a IS NOT NULL AS compared
    FROM t x JOIN t y ON x.person = y.person AND x.record_id < y.record_id
    LEFT JOIN k ON k.record_a = x.record_id AND k.record_b = y.record_id;
"""
