"""Which records hang together, for one viewer: edges that they may see, between records that they may see, and no more.

Everything hidden is left out before anything is put together, so a viewer's clusters, their ids and their questions
are what they would be if nothing else existed (DESIGN section 5, non-interference). An edge whose records are not what
they were when it was made is not shown to anybody; the next run makes it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from peelian.core.search_keys import CLUSTER, JOINED
from peelian.gate.looking.kept_rows import Found
from peelian.gate.rooms.link_verdicts import Judged, verdicts_about
from peelian.gate.rooms.searching import Look
from peelian.model.links import JOINING, PERSON_LINK
from peelian.model.pole import PERSON_TABLES

_ROUNDS_MAX = 20
"""A verdict can join what hangs together with something else, which brings its own verdicts; it ends, or stops here."""

_COLUMNS = ("record_a", "record_b", "weight_mbit", "reason", "hash_a", "hash_b")


@dataclass(frozen=True)
class LinkedRecords:
    """What hangs together with some records, as one viewer may know it.

    Parameters
    ----------
    links : pa.Table
        ``record_a record_b weight_mbit reason``, by record ids.
    tables : mapping of str to str
        Record id -> its table: every record found, those asked for among them.
    members : frozenset of str
        Those that hang together with what was asked for; the others are what may be joined to them.
    verdicts : tuple of Judged
        What reviewers found about any of them.
    """

    links: pa.Table
    tables: Mapping[str, str]
    members: frozenset[str]
    verdicts: tuple[Judged, ...]


def linked_in(look: Look, record_ids: Iterable[str]) -> LinkedRecords:
    """Return what hangs together with some records, within an open look over tables of people.

    Records that this look does not open, or that its viewer may not see, are passed over without a word.
    """
    look._go_on()
    wanted = frozenset(record_ids)
    for _ in range(_ROUNDS_MAX):
        edges = _edges_of(look, wanted)
        seen = _visible(look, wanted | {e[0] for e in edges} | {e[1] for e in edges})
        fresh = [e for e in edges if e[4] in seen.get(e[0], _NONE).hashes and e[5] in seen.get(e[1], _NONE).hashes]
        members, near = _around(wanted & seen.keys(), fresh)
        judged = verdicts_about(look, members)
        more = {r for v in judged for r in v.records} - members
        if not more or not _visible(look, more):
            break
        wanted = wanted | more
    known = members | near
    links = [e for e in fresh if {e[0], e[1]} <= known and (e[3] in JOINING or members & {e[0], e[1]})]
    return LinkedRecords(_as_table(links), {r: seen[r].table for r in sorted(known)}, members, judged)


def _around(start: Iterable[str], edges: Iterable[Edge]) -> tuple[frozenset[str], frozenset[str]]:
    """Return what may hang together with some records, and what waits to be joined to that."""
    known = tuple(edges)
    accepted = [e for e in known if e[3] in JOINING]
    members = _reached(start, accepted)
    waiting = [e for e in known if e[3] not in JOINING]
    beside = {other for e in waiting for own, other in ((e[0], e[1]), (e[1], e[0])) if own in members}
    return members, _reached(beside - members, accepted)


def have_been_linked(look: Look) -> bool:
    """Say whether records were linked here at all: without it nothing can be said of what hangs together."""
    return look.house.head.follow().links.made is not None


def waiting_in(look: Look, limit: int) -> tuple[str, ...]:
    """Return a record of each edge that waits for a reviewer: reason by reason in turn, within a reason by edge id.

    In no order that says how strong it is, and what is asked for one reason does not crowd out the others.
    Edges that the viewer may not see, or whose records changed, do not count towards the limit or are passed over.
    """
    look._go_on()
    labels, table = look._labels(), PERSON_LINK.name
    if not labels:
        return ()
    name = look.house.engine.relation(look._grant(table), table, look.done, None)
    rows = look.house.engine.run(
        "SELECT record_a, row_number() OVER (PARTITION BY reason ORDER BY record_id) AS turn "
        f"FROM \"{name}\" WHERE reason <> '' AND label_id IN ({', '.join(map(str, sorted(labels)))}) "
        f"AND expires_on > DATE '{look.now.now.date().isoformat()}' ORDER BY turn, record_id LIMIT {int(limit)}"
    )
    return tuple(dict.fromkeys(str(r) for r in rows.column("record_a").to_pylist()))


@dataclass(frozen=True)
class _Row:
    table: str
    hashes: frozenset[str]


_NONE = _Row("", frozenset())
Edge = tuple[str, str, int, str, str, str]


def _edges_of(look: Look, record_ids: frozenset[str]) -> list[Edge]:
    """Return the visible edges in and between the widest clusters of some records and of what waits beside them.

    By the index: an edge that the viewer may not see leads nowhere, which changes nothing, since what hangs together
    for them does so over edges that they may see.
    """
    table = PERSON_LINK.name
    if not record_ids or not look._labels():
        return []
    kept = look.kept(table)
    own = kept.by([table], [JOINED + r for r in sorted(record_ids)])
    near = None if own is None else kept.by([table], [CLUSTER + k for k in sorted(_clusters(own))])
    clusters = frozenset(() if near is None else _clusters(near))
    rows = None if near is None else kept.by([table], [CLUSTER + k for k in sorted(clusters)])
    if rows is None:
        return _edges_in_lake(look, record_ids)
    within = [row for _, row in rows if {row["widest_a"], row["widest_b"]} <= clusters]
    return sorted(
        (r["record_a"], r["record_b"], r["weight_mbit"], r["reason"], r["hash_a"], r["hash_b"]) for r in within
    )


def _clusters(edges: Iterable[Found]) -> set[str]:
    return {str(row[c]) for _, row in edges for c in ("widest_a", "widest_b")}


def _edges_in_lake(look: Look, record_ids: frozenset[str]) -> list[Edge]:
    table = PERSON_LINK.name
    name = look.house.engine.relation(look._grant(table), table, look.done, None)
    ids, today = _listed(record_ids), look.now.now.date().isoformat()
    rows = look.house.engine.run(
        f'WITH own AS (SELECT widest_a AS k FROM "{name}" WHERE record_a IN ({ids}) UNION '
        f'SELECT widest_b FROM "{name}" WHERE record_b IN ({ids})), '
        f'near AS (SELECT unnest([widest_a, widest_b]) AS k FROM "{name}" '
        "WHERE widest_a IN (FROM own) OR widest_b IN (FROM own)) "
        f'SELECT {", ".join(_COLUMNS)} FROM "{name}" WHERE widest_a IN (FROM near) AND widest_b IN (FROM near) '
        f"AND label_id IN ({', '.join(map(str, sorted(look._labels())))}) AND expires_on > DATE '{today}' "
        "ORDER BY record_a, record_b"
    )
    return list(zip(*(rows.column(c).to_pylist() for c in _COLUMNS), strict=True))


def _visible(look: Look, record_ids: Iterable[str]) -> dict[str, _Row]:
    """Return the records that the viewer may see now, with what they are like; records about themselves are not."""
    tables, ids = [t for t in PERSON_TABLES if look.opens(t)], frozenset(record_ids)
    if not ids or not look._labels() or not tables:
        return {}
    rows = look.kept(*tables).of(tables, sorted(ids))
    if rows is None:
        rows = _visible_in_lake(look, tables, ids)
    found: dict[str, _Row] = {}
    for record, table, row_hash in sorted((r["record_id"], t, r["row_hash"]) for t, r in rows):
        known = found.get(record, _Row(table, frozenset()))
        found[record] = _Row(known.table, known.hashes | {row_hash})
    return _of_others(look, found)


def _of_others(look: Look, found: dict[str, _Row]) -> dict[str, _Row]:
    """Leave out records about whoever looks: what they are told of a cluster must not rest on those either."""
    if not look.watched.own:
        return found
    with look.watched.unnoted():
        read = [look.read(t, (), [r for r, row in found.items() if row.table == t]) for t in PERSON_TABLES]
    others = {str(r) for rows in read for r in rows.column("record_id").to_pylist()}
    return {record: row for record, row in found.items() if record in others}


def _visible_in_lake(look: Look, tables: Sequence[str], ids: frozenset[str]) -> list[Found]:
    grant, engine = look._grant(*tables), look.house.engine
    today, listed = look.now.now.date().isoformat(), ", ".join(map(str, sorted(look._labels())))
    parts = [
        f"SELECT record_id, row_hash, '{t}' AS of FROM \"{engine.relation(grant, t, look.done, None)}\" "
        f"WHERE record_id IN ({_listed(ids)}) AND label_id IN ({listed}) AND expires_on > DATE '{today}'"
        for t in tables
    ]
    return [(str(row.pop("of")), row) for row in engine.run(" UNION ALL ".join(parts)).to_pylist()]


def _reached(start: Iterable[str], edges: Iterable[Edge]) -> frozenset[str]:
    """Return the records that can be reached from some over edges, those among them."""
    beside: dict[str, set[str]] = {}
    for a, b, *_ in edges:
        beside.setdefault(a, set()).add(b)
        beside.setdefault(b, set()).add(a)
    reached = set(start)
    left = list(reached)
    while left:
        for other in beside.get(left.pop(), ()):
            if other not in reached:
                reached.add(other)
                left.append(other)
    return frozenset(reached)


def _listed(record_ids: Iterable[str]) -> str:
    ids = sorted(record_ids)
    assert all(len(r) == 32 and set(r) <= set("0123456789abcdef") for r in ids), "surrogate ids"
    return ", ".join(f"'{r}'" for r in ids)


def _as_table(edges: Iterable[Edge]) -> pa.Table:
    names = _COLUMNS[:4]
    columns = list(zip(*(e[:4] for e in edges), strict=True)) or [()] * len(names)
    kinds = (pa.string(), pa.string(), pa.int64(), pa.string())
    return pa.table({n: pa.array(c, k) for n, c, k in zip(names, columns, kinds, strict=True)})
