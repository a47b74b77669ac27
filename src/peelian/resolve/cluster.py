"""Who is one person: connected components of accepted edges, split where they contradict themselves.

A pure function of the records, edges and verdicts passed in, and of nothing else. So a viewer's clusters are those of
what the viewer may see, whatever else exists; an update equals a batch run; and taking a verdict back gives exactly
the clusters there were before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from peelian.core.errors import InvalidError
from peelian.model.links import NAME_AND_HOME
from peelian.resolve.contradict import AGE_YEARS_MAX, YEAR_DAYS, Summary, births_apart, find_contradiction, summary_of

Ints = NDArray[np.int64]
_Refused = tuple[int, int, int, str]
VERDICT_MBIT = 1_000_000
RIVAL_MBIT = 4_248
"""Two fit about as well when the odds between them are less than 19 to 1: what an edge needs to be accepted."""
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
    """Records that may be of one person and are not joined, and why.

    ``settled`` says that the dates of birth on both sides already answer it. ``asked`` says whether it is a question
    for a reviewer: not where it is settled, nor where another fits the smaller side about as well, for nobody could
    tell which of them it is.
    """

    reasons: tuple[str, ...]
    clusters: tuple[str, str]
    records: tuple[str, ...]
    weight_mbit: int
    asked: bool = True
    settled: bool = False


@dataclass(frozen=True)
class Clusters:
    """Who is one person, and what a reviewer should look at."""

    assignment: pa.Table
    held: tuple[Held, ...]

    def as_dict(self) -> dict[str, str]:
        """Return record id to cluster."""
        return dict(zip(self.assignment["record_id"].to_pylist(), self.assignment["cluster"].to_pylist(), strict=True))

    def questions(self) -> dict[str, int]:
        """Count, by reason, what a reviewer is asked; one question may have several reasons."""
        counts = Counter(reason for held in self.held if held.asked for reason in held.reasons)
        return dict(sorted(counts.items()))


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
    links. A record without a date of birth that fits two people of different dates about as well is joined to neither:
    a father and a son of one name in one home. O(n + e log e).
    """
    ids = _sorted_ids(people)
    seen = sorted((v for v in verdicts if _all_in(v, ids)), key=lambda v: v.id)
    edges, facts = _edges(links, ids), _facts(people, ids)
    accepted = _accepted(edges, facts)
    joined = _with_verdicts(edges, accepted, ids, seen)
    roots = _components(len(ids), joined.a, joined.b)
    sides = _sides(ids, seen)
    torn = _torn(joined, _days(facts, "birth_on", len(ids)))
    refused = _split(roots, joined, facts, sides, torn)
    assignment = pa.table({"record_id": ids, "cluster": ids.take(pa.array(roots))})
    return Clusters(assignment, _held(ids, roots, edges, accepted, refused, facts))


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


def _facts(people: pa.Table, ids: pa.Array) -> pa.Table:
    """Return what the rules read, in order of the ids; a date of birth before the first year is none."""
    facts = people.select(["record_id", *(c for c in FACTS if c in people.column_names)])
    facts = facts.take(pc.index_in(ids, people["record_id"].combine_chunks()))
    if "birth_on" not in facts.column_names:
        return facts
    births = facts["birth_on"].cast(pa.date32())
    sane = pc.greater(births, pa.scalar(date.min, pa.date32()))
    return facts.set_column(facts.column_names.index("birth_on"), "birth_on", pc.if_else(sane, births, None))


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


def _accepted(edges: _Edges, facts: pa.Table) -> NDArray[np.bool_]:
    """Say which edges join: of those that rest on a name and a home, the ones where somebody's date of birth is known.

    It may be that of any record of all that hangs together: a name and a home then add a record to a person who is
    known by more than them.
    """
    accepted: NDArray[np.bool_] = pc.equal(edges.reason, "").to_numpy(zero_copy_only=False)
    homely = pc.equal(edges.reason, NAME_AND_HOME).to_numpy(zero_copy_only=False)
    n, at = len(facts), accepted | homely
    roots = _components(n, edges.a[at], edges.b[at])
    known = np.zeros(n, bool)
    known[roots[~np.isnan(_days(facts, "birth_on", n))]] = True
    return accepted | (homely & known[roots[edges.a]])


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


def _torn(joined: _Edges, birth: NDArray[np.float64]) -> dict[int, Ints]:
    """Return records without a date of birth whose best fits have dates well apart, with those fits."""
    own, other = np.concatenate([joined.a, joined.b]), np.concatenate([joined.b, joined.a])
    mbit = np.concatenate([joined.mbit, joined.mbit])
    known = np.isnan(birth[own]) & ~np.isnan(birth[other])
    own, other, mbit = own[known], other[known], mbit[known]
    order = np.lexsort((other, -mbit, own))
    own, other, mbit = own[order], other[order], mbit[order]
    first = np.searchsorted(own, own)  # of each record's fits the best
    close = mbit[first] - mbit < RIVAL_MBIT
    rival = close & (np.abs(birth[other] - birth[other[first]]) > YEAR_DAYS)
    close &= np.isin(own, own[rival])
    records, at = np.unique(own[close], return_index=True)
    return dict(zip(records.tolist(), np.split(other[close], at[1:]), strict=False))


def _split(
    roots: Ints, edges: _Edges, facts: pa.Table, sides: dict[int, set[tuple[str, int]]], torn: dict[int, Ints]
) -> list[_Refused]:
    """Part components that contradict themselves, in place; return the edges refused, with the reason."""
    fits = np.unique(np.concatenate([np.zeros(0, np.int64), *torn.values()]))
    suspect = np.union1d(_suspect_records(roots, facts, [*sides, *torn, *fits.tolist()]), fits)
    rows = dict(zip(suspect.tolist(), facts.take(pa.array(suspect)).to_pylist(), strict=True))
    groups = {i: summary_of(row) for i, row in rows.items()}
    for i in sides.keys() & groups.keys():  # whoever stands alone meets nobody
        groups[i].sides |= sides[i]
    born = {i for i, row in rows.items() if row.get("birth_on")}
    parts = _Parts({i: i for i in groups}, groups, {i: own.tolist() for i, own in torn.items()})
    refused: list[_Refused] = []
    for e in _in_order(edges, suspect, torn):
        a, b = int(edges.a[e]), int(edges.b[e])
        x, y = parts.root(a), parts.root(b)
        if x == y:
            continue
        mbit = int(edges.mbit[e])
        reason = _why_not(groups[x], groups[y], mbit, a in born and b in born)
        if not reason and mbit < VERDICT_MBIT:
            reason = parts.undecided(x, y)
        if reason:
            refused.append((a, b, mbit, reason))
        else:
            parts.join(x, y)
    for i in groups:
        roots[i] = parts.root(i)
    return refused


def _in_order(edges: _Edges, suspect: Ints, torn: dict[int, Ints]) -> list[int]:
    """Return edges of components to be looked at: what people said, then by weight; those of torn records last."""
    among = np.flatnonzero(np.isin(edges.a, suspect))
    ends = np.fromiter(torn, np.int64, len(torn))
    late = (np.isin(edges.a[among], ends) | np.isin(edges.b[among], ends)) & (edges.mbit[among] < VERDICT_MBIT)
    found: list[int] = among[np.argsort(late, kind="stable")].tolist()
    return found


@dataclass
class _Parts:
    """Groups that are being put together, by their least record; ``torn`` is kept by group, with all that fits it."""

    parent: dict[int, int]
    groups: dict[int, Summary]
    torn: dict[int, list[int]]

    def root(self, i: int) -> int:
        """Return the group that a record is in."""
        while self.parent[i] != i:
            self.parent[i] = self.parent[self.parent[i]]
            i = self.parent[i]
        return i

    def join(self, x: int, y: int) -> None:
        """Make one group of two."""
        low, high = min(x, y), max(x, y)
        self.parent[high] = low
        self.groups[low].merge(self.groups[high])
        fits = [*self.torn.pop(x, ()), *self.torn.pop(y, ())]
        if fits and not self.groups[low].births:
            self.torn[low] = fits

    def undecided(self, x: int, y: int) -> str:
        """Say that a group without a date of birth is not to be joined to one with: another fits about as well."""
        own = x if x in self.torn else y
        other = y if own == x else x
        if not self.groups[other].births or own not in self.torn:
            return ""
        fits = sorted({self.root(d) for d in self.torn[own]})
        return "" if _agree([self.groups[i] for i in fits]) else "another-candidate"


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


def _suspect_records(roots: Ints, facts: pa.Table, named: Sequence[int]) -> Ints:
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
    bad[roots[np.array(named, np.int64)]] = True
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


def _agree(groups: Sequence[Summary]) -> bool:
    return not any(find_contradiction(a, b) for a, b in combinations(groups, 2))


def _held(
    ids: pa.Array, roots: Ints, edges: _Edges, accepted: NDArray[np.bool_], refused: Sequence[_Refused], facts: pa.Table
) -> tuple[Held, ...]:
    """Put together what is to be asked about each pair of clusters."""
    doubts: dict[tuple[int, int], tuple[int, set[str]]] = {}
    middle = np.flatnonzero(~accepted & (roots[edges.a] != roots[edges.b]))
    reasons = edges.reason.take(pa.array(middle)).to_pylist()
    open_edges = [
        *zip(edges.a[middle].tolist(), edges.b[middle].tolist(), edges.mbit[middle].tolist(), reasons, strict=True),
        *refused,
    ]
    for a, b, mbit, reason in open_edges:
        x, y = sorted((int(roots[a]), int(roots[b])))
        if x != y:
            most, why = doubts.get((x, y), (mbit, set()))
            doubts[x, y] = max(most, mbit), why | {reason}
    members = _members(roots, {i for pair in doubts for i in pair})
    births = {x: _births(facts, rows) for x, rows in members.items()}
    unsettled = {pair: most for pair, (most, _) in doubts.items() if not births_apart(*(births[x] for x in pair))}
    asked = _asked(unsettled, members)
    found = [
        Held(
            tuple(sorted(why)),
            (ids[x].as_py(), ids[y].as_py()),
            tuple(sorted(ids.take(pa.array([*members[x], *members[y]])).to_pylist())),
            most,
            (x, y) in asked,
            (x, y) not in unsettled,
        )
        for (x, y), (most, why) in doubts.items()
    ]
    return tuple(sorted(found, key=lambda h: (-h.weight_mbit, h.clusters)))


def _asked(doubts: Mapping[tuple[int, int], int], members: Mapping[int, list[int]]) -> set[tuple[int, int]]:
    """Return the doubts that a person could settle: see :class:`Held`."""
    beside: dict[int, list[int]] = {}
    for pair, mbit in doubts.items():
        for x in pair:
            beside.setdefault(x, []).append(mbit)

    def rivalled(x: int, mbit: int) -> bool:
        return sum(other > mbit - RIVAL_MBIT for other in beside[x]) > 1

    return {
        pair
        for pair, mbit in doubts.items()
        if not any(rivalled(x, mbit) for x in pair if len(members[x]) == min(len(members[i]) for i in pair))
    }


def _births(facts: pa.Table, rows: Sequence[int]) -> Counter[date]:
    """Count the dates of birth that some records give."""
    if "birth_on" not in facts.column_names:
        return Counter()
    return Counter(facts["birth_on"].take(pa.array(rows)).drop_null().to_pylist())


def _members(roots: Ints, wanted: set[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {i: [] for i in wanted}
    for i in np.flatnonzero(np.isin(roots, np.fromiter(wanted, np.int64, len(wanted)))).tolist():
        found[int(roots[i])].append(i)
    return found
