"""Who is one person: connected components of accepted edges, split where they contradict themselves.

A pure function of the records, edges and verdicts passed in, and of nothing else. So a viewer's clusters are those of
what the viewer may see, whatever else exists; an update equals a batch run; and taking a verdict back gives exactly
the clusters there were before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from peelian.core.errors import InvalidError
from peelian.resolve.contradict import AGE_YEARS_MAX, YEAR_DAYS, Summary, find_contradiction, summary_of

Ints = NDArray[np.int64]
_Refused = tuple[int, int, int, str]
VERDICT_MBIT = 1_000_000
FACTS = ("birth_on", "died_on", "event_at", "at_arrival", "at_release", "suite")
"""Columns of people that rules against chaining read, where they are there."""


@dataclass(frozen=True)
class Verdict:
    """What reviewers found: evidence like any other, taken back by leaving it out.

    Attributes
    ----------
    id : str
        Stable; orders verdicts.
    same : tuple of record ids
        These are of one person.
    apart : tuple of two tuples of record ids
        Nobody of the first is the person of the second.
    """

    id: str
    same: tuple[str, ...] = ()
    apart: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    @property
    def records(self) -> frozenset[str]:
        """Every record it names."""
        return frozenset((*self.same, *self.apart[0], *self.apart[1]))


@dataclass(frozen=True)
class Held:
    """Records that may be of one person and are not joined: one question for a reviewer, and why it is asked."""

    reasons: tuple[str, ...]
    clusters: tuple[str, str]
    records: tuple[str, ...]
    weight_mbit: int


@dataclass(frozen=True)
class Clusters:
    """Who is one person, and what a reviewer should look at."""

    assignment: pa.Table
    held: tuple[Held, ...]

    def as_dict(self) -> dict[str, str]:
        """Return record id to cluster."""
        return dict(zip(self.assignment["record_id"].to_pylist(), self.assignment["cluster"].to_pylist(), strict=True))


@dataclass(frozen=True)
class _Edges:
    a: Ints
    b: Ints
    mbit: Ints
    reason: pa.ChunkedArray | pa.Array


def cluster(links: pa.Table, people: pa.Table, verdicts: Iterable[Verdict] = ()) -> Clusters:
    """Return the clusters of these people.

    Parameters
    ----------
    links : pyarrow.Table
        Edges as :func:`peelian.resolve.link.find_links` gives them; those with an end outside ``people`` are ignored.
    people : pyarrow.Table
        ``record_id`` and, where there are, ``birth_on``, ``died_on``, ``event_at``, ``suite``, ``at_arrival``,
        ``at_release``: what the rules against chaining read. Pass what the viewer may see.
    verdicts : iterable of Verdict
        Only those whose every record is among ``people`` count.

    Returns
    -------
    Clusters
        ``assignment`` (record_id, cluster) in order of record id, a cluster named by its least record id; ``held``,
        the questions left for review, heaviest first.

    Notes
    -----
    In a component with a contradiction, edges are taken from the heaviest to the lightest (ties by record ids), and
    one that would join two groups that contradict each other is held instead: the component parts at its weakest
    links. O(n + e log e).
    """
    ids = _sorted_ids(people)
    seen = sorted((v for v in verdicts if _all_in(v, ids)), key=lambda v: v.id)
    edges = _edges(links, ids)
    accepted = pc.equal(edges.reason, "").to_numpy(zero_copy_only=False)
    joined = _with_verdicts(edges, accepted, ids, seen)
    roots = _components(len(ids), joined.a, joined.b)
    refused = _split(roots, joined, people, ids, seen)
    assignment = pa.table({"record_id": ids, "cluster": ids.take(pa.array(roots))})
    return Clusters(assignment, _held(ids, roots, edges, accepted, refused))


def _sorted_ids(people: pa.Table) -> pa.Array:
    ids = people["record_id"].combine_chunks()
    ids = ids.take(pc.sort_indices(ids))
    if pc.count_distinct(ids).as_py() != len(ids):
        raise InvalidError(
            "record-twice",
            "A record id occurs more than once among the people to cluster.",
            why="Which of the two is meant cannot be told.",
            do="Pass each record once, in its current version.",
        )
    return ids


def _all_in(verdict: Verdict, ids: pa.Array) -> bool:
    names = pa.array(sorted(verdict.records), pa.string())
    return bool(pc.all(pc.is_in(names, ids)).as_py())


def _edges(links: pa.Table, ids: pa.Array) -> _Edges:
    a, b = (pc.index_in(links[c].combine_chunks(), ids) for c in ("record_a", "record_b"))
    both = pc.and_(pc.is_valid(a), pc.is_valid(b))
    return _Edges(
        a.filter(both).to_numpy(zero_copy_only=False).astype(np.int64),
        b.filter(both).to_numpy(zero_copy_only=False).astype(np.int64),
        links["weight_mbit"].filter(both).to_numpy().astype(np.int64),
        links["reason"].filter(both),
    )


def _with_verdicts(edges: _Edges, accepted: NDArray[np.bool_], ids: pa.Array, verdicts: Sequence[Verdict]) -> _Edges:
    """Return accepted edges, with an edge of the greatest weight between records that reviewers found to be one."""
    pairs = [pair for v in verdicts for pair in pairwise(sorted(v.same))]
    ends = [
        pc.index_in(pa.array([p[i] for p in pairs], pa.string()), ids).to_numpy(zero_copy_only=False) for i in (0, 1)
    ]
    a, b = (
        np.concatenate([e[accepted], more.astype(np.int64)]) for e, more in zip((edges.a, edges.b), ends, strict=True)
    )
    mbit = np.concatenate([edges.mbit[accepted], np.full(len(pairs), VERDICT_MBIT)])
    order = np.lexsort((b, a, -mbit))
    return _Edges(a[order], b[order], mbit[order], pa.array([], pa.string()))


def _components(n: int, a: Ints, b: Ints) -> Ints:
    """Return for each record the least record that it hangs together with."""
    graph = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(n, n))
    _, labels = connected_components(graph, directed=False)
    first = np.full(labels.max() + 1 if n else 0, n, np.int64)
    np.minimum.at(first, labels, np.arange(n))
    return first[labels]


def _split(roots: Ints, edges: _Edges, people: pa.Table, ids: pa.Array, verdicts: Sequence[Verdict]) -> list[_Refused]:
    """Part components that contradict themselves, in place; return the edges refused, with the reason."""
    facts = people.select(["record_id", *(c for c in FACTS if c in people.column_names)])
    facts = facts.take(pc.index_in(ids, people["record_id"].combine_chunks()))
    sides = _sides(ids, verdicts)
    suspect = _suspect_records(roots, facts, sides)
    rows = dict(zip(suspect.tolist(), facts.take(pa.array(suspect)).to_pylist(), strict=True))
    groups = {i: summary_of(row) for i, row in rows.items()}
    for i in sides.keys() & groups.keys():  # whoever stands alone meets nobody
        groups[i].sides |= sides[i]
    born = {i for i, row in rows.items() if row.get("birth_on")}
    parent = {i: i for i in groups}
    refused: list[_Refused] = []
    for e in np.flatnonzero(np.isin(edges.a, suspect)).tolist():
        a, b = int(edges.a[e]), int(edges.b[e])
        x, y = _root(parent, a), _root(parent, b)
        reason = _why_not(groups[x], groups[y], int(edges.mbit[e]), a in born and b in born) if x != y else ""
        if reason:
            refused.append((a, b, int(edges.mbit[e]), reason))
        elif x != y:
            parent[max(x, y)] = min(x, y)
            groups[min(x, y)].merge(groups[max(x, y)])
    for i in parent:
        roots[i] = _root(parent, i)
    return refused


def _why_not(a: Summary, b: Summary, mbit: int, compared_births: bool) -> str:
    """Name the contradiction; a reviewer's word that two are one is only outdone by another's that they are not."""
    reason = find_contradiction(a, b, compared_births=compared_births)
    return reason if mbit < VERDICT_MBIT or reason == "kept-apart" else ""


def _sides(ids: pa.Array, verdicts: Sequence[Verdict]) -> dict[int, set[tuple[str, int]]]:
    found: dict[int, set[tuple[str, int]]] = {}
    for verdict in verdicts:
        for side, records in enumerate(verdict.apart):
            for i in pc.index_in(pa.array(records, pa.string()), ids).to_pylist():
                found.setdefault(i, set()).add((verdict.id, side))
    return found


def _suspect_records(roots: Ints, facts: pa.Table, sides: dict[int, Any]) -> Ints:
    """Return the records of components in which a contradiction is at all possible: the rest need no rules."""
    n = len(roots)
    bad = np.zeros(n, bool)
    births = _days(facts, "birth_on", n)
    low, high = _spread(roots, births)
    with np.errstate(invalid="ignore"):
        bad |= high - low > YEAR_DAYS
    met_low, met_high = _spread(roots, _days(facts, "event_at", n))
    died_low, _ = _spread(roots, _days(facts, "died_on", n))
    with np.errstate(invalid="ignore"):
        bad |= (met_low < high) | (met_high - low > AGE_YEARS_MAX * 365.2) | (met_high > died_low)
    if "suite" in facts.column_names:
        bad[roots[pc.is_valid(facts["suite"]).to_numpy(zero_copy_only=False)]] = True
    bad[roots[np.fromiter(sides, np.int64, len(sides))]] = True
    several = np.bincount(roots, minlength=n)[roots] > 1
    return np.flatnonzero(bad[roots] & several).astype(np.int64)


def _days(facts: pa.Table, column: str, n: int) -> NDArray[np.float64]:
    if column not in facts.column_names or not n:
        return np.full(n, np.nan)
    days = facts[column].cast(pa.date32()).cast(pa.int32())
    return days.to_numpy(zero_copy_only=False).astype(np.float64)


def _spread(roots: Ints, days: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return, under each root, the earliest and the latest day of its component; infinities where there is none."""
    low, high = np.full(len(roots), np.inf), np.full(len(roots), -np.inf)
    known = ~np.isnan(days)
    np.minimum.at(low, roots[known], days[known])
    np.maximum.at(high, roots[known], days[known])
    return low, high


def _root(parent: dict[int, int], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


def _held(
    ids: pa.Array, roots: Ints, edges: _Edges, accepted: NDArray[np.bool_], refused: Sequence[_Refused]
) -> tuple[Held, ...]:
    """Put together what is to be asked about each pair of clusters."""
    asked: dict[tuple[int, int], tuple[int, set[str]]] = {}
    middle = np.flatnonzero(~accepted & (roots[edges.a] != roots[edges.b]))
    reasons = edges.reason.take(pa.array(middle)).to_pylist()
    open_edges = [
        *zip(edges.a[middle].tolist(), edges.b[middle].tolist(), edges.mbit[middle].tolist(), reasons, strict=True),
        *refused,
    ]
    for a, b, mbit, reason in open_edges:
        x, y = sorted((int(roots[a]), int(roots[b])))
        if x != y:
            most, why = asked.get((x, y), (mbit, set()))
            asked[x, y] = max(most, mbit), why | {reason}
    members = _members(roots, {i for pair in asked for i in pair})
    found = [
        Held(
            tuple(sorted(why)),
            (ids[x].as_py(), ids[y].as_py()),
            tuple(sorted(ids.take(pa.array([*members[x], *members[y]])).to_pylist())),
            most,
        )
        for (x, y), (most, why) in asked.items()
    ]
    return tuple(sorted(found, key=lambda h: (-h.weight_mbit, h.clusters)))


def _members(roots: Ints, wanted: set[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {i: [] for i in wanted}
    for i in np.flatnonzero(np.isin(roots, np.fromiter(wanted, np.int64, len(wanted)))).tolist():
        found[int(roots[i])].append(i)
    return found
