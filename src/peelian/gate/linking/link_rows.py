"""Edges as rows: the records that they join, the labels and expiries that follow, the widest cluster of each."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from peelian.gate.house import House
from peelian.model.label import combine_labels
from peelian.model.links import COMPARED, JOINING, PERSON_LINK
from peelian.model.pole import PERSON_TABLES
from peelian.store.commit import Done

TABLE = PERSON_LINK.name

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Edges = NDArray[Any]
_SYSTEM = ("record_id", "row_hash", "label_id", "expires_on", "recorded_at", "seq_from")


@dataclass(frozen=True)
class People:
    """Every record of a person that linking may read, by record id, each once."""

    rows: pa.Table
    sources: pa.Array

    @property
    def size(self) -> int:
        """Return how many there are."""
        return int(self.rows.num_rows)

    @property
    def ids(self) -> pa.Array:
        """Return the record ids, in order."""
        return _whole(self.rows.column("record_id"))

    @property
    def compared(self) -> pa.Table:
        """Return what a worker is given: id, source and the columns that are compared; no label, no expiry."""
        return self.rows.select(["record_id", *COMPARED]).append_column("source", self.sources)

    def with_which(self, more: tuple[str, ...]) -> pa.Table:
        """Return what is compared, with its table and further columns that were read."""
        return self.rows.select(["record_id", "of", *more, *COMPARED]).append_column("source", self.sources)

    def ints(self, name: str) -> Ints:
        """Return a column of whole numbers."""
        found: Ints = self.rows.column(name).to_numpy().astype(np.int64)
        return found


@dataclass(frozen=True)
class Kept:
    """Edges over places of rows, in order, with the reason why each waits."""

    a: Ints
    b: Ints
    mbit: Ints
    reason: NDArray[np.object_]

    @property
    def columns(self) -> tuple[NDArray[Any], ...]:
        """Return the columns, in the order of the fields."""
        return self.a, self.b, self.mbit, self.reason

    def where(self, wanted: NDArray[Any]) -> Kept:
        """Return some of them: those that a mask marks, or those at some places, in that order."""
        return Kept(self.a[wanted], self.b[wanted], self.mbit[wanted], self.reason[wanted])


@dataclass(frozen=True)
class EdgeRows:
    """Rows for the table of edges, and how many of them are not accepted, by reason."""

    table: pa.Table
    waiting: Mapping[str, int]

    @property
    def accepted(self) -> int:
        """Return how many wait for nobody."""
        return int(self.table.num_rows) - sum(self.waiting.values())


def read_people(
    house: House, done: Done | None, allowed: frozenset[int], today: date, entry: int, more: tuple[str, ...] = ()
) -> People:
    """Read the records that may be compared. One that came in two slices counts once, the first by slice."""
    grant = house.grant("read", *PERSON_TABLES, entry=entry)
    kept = (*_SYSTEM, *COMPARED, *more)
    names = ", ".join((*kept, "slice_id", "subject_id"))
    listed = ", ".join(map(str, sorted(allowed))) or "NULL"
    parts = [
        f"SELECT {names}, '{table}' AS of FROM \"{house.engine.relation(grant, table, done, None)}\" "
        f"WHERE label_id IN ({listed}) AND expires_on > DATE '{today.isoformat()}'"
        for table in PERSON_TABLES
    ]
    sql = (
        f"SELECT {', '.join(kept)}, of FROM ({' UNION ALL '.join(parts)}) QUALIFY row_number() OVER "
        "(PARTITION BY record_id ORDER BY slice_id, subject_id) = 1 ORDER BY record_id"
    )
    rows = house.engine.run(sql)
    labels = house.labels()
    ids = _whole(rows.column("label_id")).dictionary_encode()
    sources = pa.array([labels[i].source for i in ids.dictionary.to_pylist()], pa.string()).take(ids.indices)
    return People(rows, sources)


def touched_since(people: People, seq: int, labels: frozenset[int]) -> Mask:
    """Say which records have come or changed since a commit, or could not be read then."""
    known = np.isin(people.ints("label_id"), np.fromiter(labels, np.int64, len(labels)))
    return (people.ints("seq_from") > seq) | ~known


def kept_edges(house: House, done: Done | None, people: People, touched: Mask, entry: int) -> Kept:
    """Read the edges of the last run whose two records are both there and untouched."""
    name = house.engine.relation(house.grant("read", TABLE, entry=entry), TABLE, done, None)
    rows = house.engine.run(f'SELECT record_a, record_b, weight_mbit, reason FROM "{name}"')
    a, b = (pc.index_in(_whole(rows.column(c)), people.ids) for c in ("record_a", "record_b"))
    both = pc.and_(pc.is_valid(a), pc.is_valid(b))
    rows = rows.filter(both)
    at = [side.filter(both).to_numpy(zero_copy_only=False).astype(np.int64) for side in (a, b)]
    stays = ~(touched[at[0]] | touched[at[1]])
    mbit, reason = rows.column("weight_mbit").to_numpy(), rows.column("reason").to_numpy(zero_copy_only=False)
    return Kept(at[0][stays], at[1][stays], mbit[stays].astype(np.int64), reason[stays])


def edge_rows(house: House, people: People, edges: Kept, release: str, purpose: str, threads: int) -> EdgeRows:
    """Put label, expiry and hashes to edges. An edge that serves nothing but linking itself is not kept."""
    label_ids = _labels(house, people, edges, purpose)
    serves = label_ids > 0
    edges = edges.where(serves)
    ids, hashes = people.ids, _whole(people.rows.column("row_hash"))
    expires, recorded = people.rows.column("expires_on").cast(pa.int32()), people.rows.column("recorded_at")
    widest = _widest(ids, edges.where(np.isin(edges.reason.astype(str), JOINING)))
    days, at = expires.to_numpy().astype(np.int32), recorded.to_numpy()
    raw = pa.table(
        {
            "record_a": ids.take(pa.array(edges.a)),
            "record_b": ids.take(pa.array(edges.b)),
            "weight_mbit": pa.array(edges.mbit),
            "reason": pa.array(edges.reason, pa.string()),
            "hash_a": hashes.take(pa.array(edges.a)),
            "hash_b": hashes.take(pa.array(edges.b)),
            "widest_a": widest.take(pa.array(edges.a)),
            "widest_b": widest.take(pa.array(edges.b)),
            "label_id": pa.array(label_ids[serves]),
            "expires_on": pa.array(np.minimum(days[edges.a], days[edges.b])).cast(pa.date32()),
            "recorded_at": pa.array(np.maximum(at[edges.a], at[edges.b])),
        }
    )
    waiting = {str(r): n for r, n in sorted(Counter(edges.reason.tolist()).items()) if r}
    return EdgeRows(_with_ids(raw, release, threads), waiting)


def _labels(house: House, people: People, edges: Kept, purpose: str) -> Ints:
    """Return each edge's label: the combination of its records' labels, zero where it would serve nobody."""
    known, own = house.labels(), people.ints("label_id")
    pairs = np.stack([own[edges.a], own[edges.b]], axis=1)
    kinds, which = np.unique(pairs, axis=0, return_inverse=True)
    combined = [combine_labels([known[a], known[b]]) for a, b in kinds.tolist()]
    serving = [label if label and label.purposes - {purpose} else None for label in combined]
    fresh = {label.label_id: label for label in serving if label and label.label_id not in known}
    if fresh:
        house.desk.put_labels(house.grant("write", "labels"), fresh)
        house.forget_labels()
    found = np.array([label.label_id if label else 0 for label in serving], np.int64)
    return found[which.reshape(-1)] if len(found) else np.zeros(0, np.int64)


def _widest(ids: pa.Array, accepted: Kept) -> pa.Array:
    """Name for each record the widest cluster that it is in, by a key of its own from which no record can be told."""
    n = len(ids)
    graph = coo_matrix((np.ones(len(accepted.a), np.int8), (accepted.a, accepted.b)), shape=(n, n))
    _, labels = connected_components(graph, directed=False)
    first = np.full(labels.max() + 1 if n else 0, n, np.int64)
    np.minimum.at(first, labels, np.arange(n))
    names = pa.array([_hash(f"widest|{i}") for i in ids.take(pa.array(first)).to_pylist()], pa.string())
    return names.take(pa.array(labels))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _with_ids(raw: pa.Table, release: str, threads: int) -> pa.Table:
    """Give each edge its id, from the two records, and its row hash, from everything it says."""
    with duckdb.connect(":memory:", config={"threads": threads, "enable_external_access": False}) as connection:
        connection.register("raw", raw)
        return connection.sql(_WITH_IDS, params={"release": release, "slice": TABLE}).to_arrow_table()


_WITH_IDS = """
SELECT record_a, record_b, weight_mbit, reason, $release AS release, hash_a, hash_b, widest_a, widest_b,
    edge AS record_id, edge AS subject_id, $slice AS slice_id,
    sha256(concat_ws('|', weight_mbit, reason, $release, hash_a, hash_b, widest_a, widest_b))[1:32] AS row_hash,
    label_id, expires_on, recorded_at
FROM (SELECT *, sha256(concat_ws('|', 'edge', record_a, record_b))[1:32] AS edge FROM raw)
ORDER BY record_a, record_b
"""


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
