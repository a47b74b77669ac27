"""Who is one person, for one viewer: clusters of what an open look may show, and why two records are linked.

Everything here works on what the look gives: nothing that its viewer may not see takes part in a cluster, gives it
its name or splits it. Nothing waits for a reviewer: what is in question is shown unmerged, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pyarrow as pa

from peelian.core.errors import InvalidError, MissingError
from peelian.gate.rooms.link_verdicts import Judged, counting
from peelian.gate.rooms.linked import LinkedRecords, have_been_linked, linked_in
from peelian.gate.rooms.searching import Look
from peelian.model.links import COMPARED
from peelian.model.pole import PERSON_TABLES
from peelian.resolve.cluster import Clusters, Held, Verdict, cluster

EVENT_TIMES: Mapping[str, tuple[str, str]] = {
    "incident_person": ("incident", "at_start"),
    "custody_person": ("custody", "at_arrival"),
    "intelligence_person": ("intelligence", "at"),
    "call_person": ("call", "at"),
    "stop_person": ("stop", "at"),
    "missing_person": ("missing", "at"),
}
"""Table of people -> the table of its events, and when one was. A court order is no meeting with anybody."""

_NUMBER = re.compile("[0-9a-f]{32}")
_STAY = ("suite", "at_arrival", "at_release")
_PERSON = ("event_ref", "birth_on", "died_on")

WANTED: dict[str, tuple[str, ...]] = {table: ("record_id", *_PERSON) for table in PERSON_TABLES} | {
    event: ("record_id", "source_ref", at, *(_STAY if event == "custody" else ())) for event, at in EVENT_TIMES.values()
}
"""What clusters rest on: table -> columns that a look should ask for. What it does not open takes no part."""

_INSTANT = pa.timestamp("us")
_FACTS = pa.schema(
    [
        ("record_id", pa.string()),
        ("birth_on", pa.date32()),
        ("died_on", pa.date32()),
        ("event_at", _INSTANT),
        ("suite", pa.string()),
        ("at_arrival", _INSTANT),
        ("at_release", _INSTANT),
    ]
)


@dataclass(frozen=True)
class Entities:
    """Clusters around some records.

    Parameters
    ----------
    clusters : mapping of str to tuple of str
        Cluster, named by the least record id that the viewer may see of it -> its records.
    of : mapping of str to str
        Record -> its cluster.
    tables : mapping of str to str
        Record -> its table.
    held : tuple of Held
        What is not joined and may be one person, with the reasons: both are shown unmerged.
    verdicts : tuple of Judged
        What people judged about any of them.
    links : pa.Table
        ``record_a record_b weight_mbit reason``.
    """

    clusters: Mapping[str, tuple[str, ...]]
    of: Mapping[str, str]
    tables: Mapping[str, str]
    held: tuple[Held, ...]
    verdicts: tuple[Judged, ...]
    links: pa.Table

    def edges(self) -> list[tuple[str, str, str]]:
        """Return pairs of records, with the reason why the edge waits or ``""``."""
        columns = (self.links.column(c).to_pylist() for c in ("record_a", "record_b", "reason"))
        return list(zip(*columns, strict=True))


def entities_in(look: Look, record_ids: Iterable[str]) -> Entities:
    """Return the clusters around some records, from what an open look may show.

    Parameters
    ----------
    look : Look
        Open over tables of people, and over as much of :data:`WANTED` as its mandate covers.
    """
    found = linked_in(look, record_ids)
    made = clusters_of(found, _facts(look, found.tables))
    by_cluster: dict[str, list[str]] = {}
    of = made.as_dict()
    for record, name in of.items():
        by_cluster.setdefault(name, []).append(record)
    clusters = {name: tuple(sorted(records)) for name, records in sorted(by_cluster.items())}
    asked = {of[record] for record in found.members}  # what is in question between two others is theirs to be asked
    held = tuple(h for h in made.held if asked & set(h.clusters))
    return Entities(clusters, of, found.tables, held, found.verdicts, found.links)


def clusters_of(found: LinkedRecords, people: pa.Table) -> Clusters:
    """Put what hangs together into clusters, with the verdicts that count as evidence."""
    evidence = [
        Verdict(v.id, same=v.one) if v.found == "same" else Verdict(v.id, apart=(v.one, v.other))
        for v in counting(found.verdicts)
    ]
    return cluster(found.links, people, evidence)


def _facts(look: Look, tables: Mapping[str, str]) -> pa.Table:
    """Read what rules against chaining go by, one row a record."""
    rows: dict[str, dict[str, object]] = {}
    for table in sorted(set(tables.values())):
        wanted = [r for r, t in tables.items() if t == table]
        for row in look.read(table, _PERSON, wanted).to_pylist():
            rows.setdefault(row["record_id"], row | {"table": table})
    events = {table: _events(look, table, rows.values()) for table in set(tables.values()) & EVENT_TIMES.keys()}
    facts = [_fact(row, events.get(str(row["table"]), {})) for row in rows.values()]
    known = {str(f["record_id"]) for f in facts}
    facts += [{"record_id": r} for r in tables if r not in known]
    return pa.Table.from_pylist([{n: f.get(n) for n in _FACTS.names} for f in facts], schema=_FACTS)


Event = Mapping[str, Any]


def _events(look: Look, table: str, rows: Iterable[Mapping[str, object]]) -> dict[tuple[str, str], Event]:
    event, at = EVENT_TIMES[table]
    refs = tuple(sorted({str(r["event_ref"]) for r in rows if r["table"] == table and r.get("event_ref")}))
    columns = tuple(c for c in ("source_ref", at, *_STAY) if c in look.columns.get(event, frozenset()))
    if not refs or "source_ref" not in columns:
        return {}
    columns = tuple(dict.fromkeys(columns))
    found = look.among(event, columns, "source_ref", refs).to_pylist()
    return {(str(e["_source"]), str(e["source_ref"])): e | {"met": e.get(at)} for e in found}


def _fact(row: Mapping[str, Any], events: Mapping[tuple[str, str], Event]) -> dict[str, object]:
    event = events.get((str(row["_source"]), str(row.get("event_ref"))), {})
    stay = {"at_arrival": _instant(event.get("at_arrival")), "at_release": _instant(event.get("at_release"))}
    plain = {"record_id": row["record_id"], "birth_on": row.get("birth_on"), "died_on": row.get("died_on")}
    return plain | {"event_at": _instant(event.get("met")), "suite": event.get("suite")} | stay


def _instant(micros: object) -> datetime | None:
    return datetime.fromtimestamp(micros / 1e6, UTC).replace(tzinfo=None) if isinstance(micros, int) else None


def record_number(text: str) -> str:
    """Return the number of a record, given by itself or in the key of a page (``table:number``).

    Raises
    ------
    InvalidError
        ``record-number-malformed``.
    """
    number = text.strip().rpartition(":")[2]
    if not _NUMBER.fullmatch(number):
        raise InvalidError(
            "record-number-malformed",
            "That is not the number of a record.",
            why="A record's number is 32 digits and letters from a to f; a name is none, since many people share one.",
            do="Take it from a page that shows you the record.",
        )
    return number


def compared_rows(look: Look, record_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Read of some records what they are compared by, for an explanation; those that may not be seen are missing."""
    found: dict[str, dict[str, Any]] = {}
    for table in PERSON_TABLES:
        for row in look.read(table, (*COMPARED, "event_ref", "role", "died_on"), record_ids).to_pylist():
            found.setdefault(row["record_id"], row | {"table": table, "source": row["_source"]})
    return found


def both_rows(look: Look, a: str, b: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read two records to be compared.

    Raises
    ------
    MissingError
        ``records-missing``: one of them does not exist, or may not be seen; the two are told the same.
    """
    rows = compared_rows(look, [a, b])
    if a == b or not {a, b} <= rows.keys():
        raise MissingError(
            "records-missing",
            "There are no two records of those numbers that you may see.",
            why="One does not exist, is not open to you for what you work on, or the two are one; no word on which.",
            do="Take the numbers from a page that shows you both.",
        )
    return rows[a], rows[b]


@dataclass(frozen=True)
class Joined:
    """Pairs of records: of one person, and of two that may be one and are kept apart, one record of each."""

    same: tuple[tuple[str, str], ...]
    maybe: tuple[tuple[str, str], ...]


def joined_in(look: Look, record_ids: Iterable[str]) -> Joined | None:
    """Return which of these records are, or may be, of one person for this viewer; None when none were ever linked."""
    if not have_been_linked(look):
        return None
    wanted = frozenset(record_ids)
    found = entities_in(look, wanted)
    here = {name: sorted(wanted & set(members)) for name, members in found.clusters.items()}
    open_ones = [[here[name] for name in held.clusters] for held in found.held if not held.settled]
    return Joined(
        tuple(pair for members in here.values() for pair in pairwise(members)),
        tuple((one[0], other[0]) for one, other in open_ones if one and other),
    )


def members_in(look: Look, record_ids: Iterable[str]) -> dict[str, tuple[str, ...]] | None:
    """Return for each record those that are of one person with it for this viewer; None when none were ever linked."""
    if not have_been_linked(look):
        return None
    wanted = frozenset(record_ids)
    found = entities_in(look, wanted)
    return {record: found.clusters.get(found.of.get(record, ""), ()) for record in wanted}
