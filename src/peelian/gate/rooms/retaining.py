"""Deleting what is over: rows whose last day has come, and what a partner shared under an agreement that has ended.

What is over is unreadable from its last day on, whoever asks; this takes it from the disk, and with it everything that
was made of it: edges, verdicts, the search index, findings of which no row is left. It goes batch by batch, each one a
commit, so that it can be stopped at any moment and goes on where it was. A record that a hold names stays, unreadable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from peelian.core.canonical import digest
from peelian.core.ids import new_ulid
from peelian.gate import presence as presences
from peelian.gate.amendments import TABLE, holds_in_force, rows_of
from peelian.gate.corrections.erasing import eraser_of
from peelian.gate.corrections.reopening import findings_on_nothing
from peelian.gate.corrections.retaining_keys import destroy_keys, note_unfinished, read_unfinished, subjects_over
from peelian.gate.door import Gate
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.identity import Credential
from peelian.gate.judging import circumstances, insist
from peelian.gate.looking.copies import recall_copies
from peelian.gate.looking.index_entries import KEPT
from peelian.gate.looking.indexing import index_lock, index_standing, keep_up
from peelian.gate.looking.kept_charts import forget_in_charts
from peelian.gate.presence import Presence
from peelian.gate.room import Room
from peelian.gate.rooms.standing import sweep_standing
from peelian.model.amendment import HELD
from peelian.store.compare import Due
from peelian.store.grant import Grant
from peelian.store.lake import HISTORY, quote
from peelian.store.lineage import Lineage, Thing

TOOL = "retain"
FILES_AT_ONCE = 64
"""Files rewritten in one batch: a bucket of a large table each, a second or two of work."""

_UNFINISHED = "retain.unfinished"
"""File in ``tmp/`` from the first deletion until old files are gone, which empties ``tmp/``."""

Told = Callable[[str], None]


@dataclass(frozen=True)
class Counted:
    """How many rows of a table are over, current ones and earlier versions, and how many of those are held."""

    current: int
    past: int
    held: int

    @property
    def all(self) -> int:
        """Return how many would go."""
        return self.current + self.past

    def as_dict(self) -> dict[str, int]:
        """Return the counts as plain data."""
        return {"current": self.current, "past": self.past, "held": self.held}


@dataclass(frozen=True)
class Retained:
    """What a run deleted, or would delete.

    Parameters
    ----------
    on : date
        The day it was counted for.
    counts : mapping of str to Counted
        By table, as counted before anything went.
    ended : tuple of str
        Sources whose sharing agreement is over.
    holds : mapping of str to int
        Mandate for holding -> records that it keeps past their day.
    rows : mapping of str to int
        Rows deleted, by table; empty for a count.
    batches : int
    places : tuple of str
        What was rewritten or cleaned.
    findings : tuple of str
        Findings of whose rows none was left, deleted.
    copies : tuple of int
        Numbered copies that a row went into, recalled.
    charts : tuple of str
        Charts that were kept, written anew without what rested on a row.
    keys_destroyed : int
        Keys to what the record of use says of somebody of whom no row is left.
    reference : str
        The run's number; empty for a count.
    """

    on: date
    counts: Mapping[str, Counted]
    ended: tuple[str, ...]
    holds: Mapping[str, int]
    rows: Mapping[str, int] = field(default_factory=dict)
    batches: int = 0
    places: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    copies: tuple[int, ...] = ()
    charts: tuple[str, ...] = ()
    keys_destroyed: int = 0
    reference: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "on": self.on.isoformat(),
            "counts": {t: c.as_dict() for t, c in self.counts.items()},
            "ended": list(self.ended),
            "holds": dict(self.holds),
            "rows": dict(self.rows),
            "batches": self.batches,
            "places": list(self.places),
            "findings": list(self.findings),
            "copies": list(self.copies),
            "charts": list(self.charts),
            "keys_destroyed": self.keys_destroyed,
            "reference": self.reference,
        }


class RetainRoom(Room):
    """Deleting what is over, at one deployment's gate."""

    def count(self, credential: Credential, mandate_id: str, on: date | None = None) -> Retained:
        """Count what is over, or would be on a later day; nothing is touched and no row is shown.

        Raises
        ------
        RefusedError, ExpiredError
            With every reason; recorded.
        """
        house, met = self._house, presences.meet(self._house, credential)
        _judge(house, met, mandate_id)
        return _count(house, on or house.clock.now().date())

    def retain(self, credential: Credential, mandate_id: str, tell: Told = lambda step: None) -> Retained:
        """Delete what is over today.

        Raises
        ------
        RefusedError, ExpiredError
            With every reason; recorded.
        """
        return retain(self._house, presences.meet(self._house, credential), mandate_id, tell)


def retain_room(gate: Gate) -> RetainRoom:
    """Return the room beside a gate in which what is over is deleted."""
    return RetainRoom(gate._house)


def retain(house: House, presence: Presence, mandate_id: str, tell: Told = lambda step: None) -> Retained:
    """Delete what is over today, from every table, history, index and log that the deployment keeps."""
    purpose = _judge(house, presence, mandate_id)
    sweep_standing(house, presence)
    counted = _count(house, house.clock.now().date())
    unfinished = house.deployment.tmp / _UNFINISHED
    if not any(c.all for c in counted.counts.values()) and not unfinished.exists():
        return counted
    reference = new_ulid(house.clock)
    body = presence.who() | {"mandate": mandate_id, "retention": reference}
    body |= {"counts": {t: c.as_dict() for t, c in counted.counts.items()}, "holds": dict(counted.holds)}
    [entry] = house.recorder.record([Act("erasure", TOOL, purpose, "allow", body, presence.reason)])
    house.ready()
    over = _over(_due(house, counted.on))
    done = _Deleted(whose=read_unfinished(unfinished) | subjects_over(house, counted.counts, over))
    note_unfinished(unfinished, done.whose)
    _take_back(house, presence, mandate_id, counted, done)
    _delete(house, counted, entry, done, tell)
    unfinished.unlink(missing_ok=True)
    made = replace(
        counted, rows=done.rows, batches=done.batches, places=done.places, findings=done.findings, copies=done.copies,
        charts=done.charts, keys_destroyed=done.keys_destroyed, reference=reference,
    )  # fmt: skip
    told = {"retention": reference, "receipt": digest(made.as_dict())}
    house.recorder.record([Act("erasure", TOOL, purpose, "record", told)])
    return made


@dataclass
class _Deleted:
    rows: dict[str, int] = field(default_factory=dict)
    batches: int = 0
    places: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    copies: tuple[int, ...] = ()
    charts: tuple[str, ...] = ()
    keys_destroyed: int = 0
    whose: set[str] = field(default_factory=set)


def _take_back(house: House, presence: Presence, mandate_id: str, counted: Retained, made: _Deleted) -> None:
    """Recall numbered copies and write charts anew that rest on what is over: before nobody knows it any more."""
    grant, lineage = house.grant("write", "lineage"), Lineage(house.desk)
    known = lineage.named(grant, "record")
    if not known:
        return
    over, listed = _over(_due(house, counted.on)), ", ".join(quote(r) for r in known)
    found: set[str] = set()
    for table in counted.counts:
        for scan in _scans(house, house.grant("read", table), table):
            rows = house.engine.run(f"SELECT record_id FROM ({scan}) WHERE {over} AND record_id IN ({listed})")
            found |= set(rows.column("record_id").to_pylist())
    gone = sorted(found - _due(house, counted.on).held)
    made.copies = tuple(c.number for c in recall_copies(house, presence, mandate_id, "over", gone))
    made.charts = tuple(forget_in_charts(house, gone))
    lineage.forget(grant, [Thing("record", r) for r in gone])


def _delete(house: House, counted: Retained, entry: int, made: _Deleted, tell: Told) -> None:
    grant = house.grant("erase", *house.lake.tables, "lineage", "findings", "erasures", "index", entry=entry)
    due = _due(house, counted.on)
    eraser, was = eraser_of(house, grant), index_standing(house)
    with index_lock(house):
        for table, count in counted.counts.items():
            if table in KEPT and count.all:
                house.index.announce(grant, _ends(house, grant, table, due))
        for table in [t for t, c in counted.counts.items() if c.all]:
            _delete_from(house, grant, table, due, made, tell)
        made.keys_destroyed = destroy_keys(house, made.whose)
        made.findings = tuple(findings_on_nothing(house))
        for finding_id in made.findings:
            house.desk.delete_finding(grant, finding_id)
        tell("index")
        shards = house.index.erase(grant, (), eraser.rebuild) if eraser.rebuild else []
        tell("old files")
        eraser.scrub(grant, house.journal(), house.clock)
    house.head.follow()
    house.engine.forget()
    keep_up(house, was)
    made.places = (*(f"index: shard {s}" for s in shards), *eraser.places, *(f"finding {f}" for f in made.findings))


def _delete_from(house: House, grant: Grant, table: str, due: Due, made: _Deleted, tell: Told) -> None:
    """Delete from one table, so many files a commit; a run that is stopped loses the commit under way and no other."""
    more = True
    while more:
        with house.writer.begin(grant, house.journal(), house.clock) as transaction:
            change, more = transaction.expire(table, due, files_max=FILES_AT_ONCE)
            transaction.commit()
        house.head.follow()
        made.rows[table] = made.rows.get(table, 0) + change.erased
        made.batches += 1
        tell(f"{table}: {made.rows[table]:,} rows")


def _judge(house: House, presence: Presence, mandate_id: str) -> str:
    now = circumstances(house, presence, mandate_id)
    verdict = house.rulebook.judge_act(presence.actor, now, "retain")
    insist(house, presence, verdict, "delete what is over", TOOL, {"mandate": mandate_id})
    return now.purpose


def _count(house: House, on: date) -> Retained:
    due = _due(house, on)
    counts = {t: _counted(house, t, due) for t in house.lake.tables}
    return Retained(
        on,
        {t: c for t, c in counts.items() if c.all or c.held},
        _ended(house, on),
        {m: len(r) for m, r in sorted(_held(house, on).items())},
    )


def _due(house: House, on: date) -> Due:
    """Say what is over on a day: by the rows' own last days, and by agreements that have ended."""
    sources = set(_ended(house, on))
    labels = frozenset(i for i, label in house.labels().items() if label.source in sources)
    held = frozenset(r for records in _held(house, on).values() for r in records)
    return Due(on, labels, held)


def _ended(house: House, on: date) -> tuple[str, ...]:
    """Name the partners whose every agreement is over on a day: past its end, or ended in the record before."""
    house.head.follow()
    shared = [m for m in house.charter.mandates.values() if m.subject == "sharing" and m.label]
    stands = {m.target for m in shared if m.id in house.head.adopted and on < m.ends_at.date()}
    return tuple(sorted({m.target for m in shared} - stands))


def _held(house: House, on: date) -> dict[str, frozenset[str]]:
    """Return which records each hold that is in force on a day keeps past their day."""
    done = house.head.follow().done
    if done is None or TABLE not in done.vector:
        return {}
    stands = holds_in_force(house, on)
    found: dict[str, set[str]] = {}
    for row in rows_of(house, TABLE, f"kind = {quote(HELD)}"):
        if row["under"] in stands:
            found.setdefault(str(row["under"]), set()).update((str(row["record"]), str(row["record_id"])))
    return {under: frozenset(records) for under, records in found.items()}


def _counted(house: House, table: str, due: Due) -> Counted:
    over = _over(due)
    held = f"record_id IN ({', '.join(quote(r) for r in sorted(due.held)) or 'NULL'})"
    n = []
    for scan in _scans(house, house.grant("read", table), table):
        sql = f"SELECT count(*) FILTER (WHERE {held}) AS held, count(*) AS n FROM ({scan}) WHERE {over}"
        [row] = house.engine.run(sql).to_pylist()
        n.append((row["n"] - row["held"], row["held"]))
    return Counted(n[0][0], n[1][0], n[0][1] + n[1][1])


def _over(due: Due) -> str:
    ended = ", ".join(str(i) for i in sorted(due.label_ids)) or "NULL"
    return f"(expires_on <= DATE '{due.on.isoformat()}' OR label_id IN ({ended}))"


def _scans(house: House, grant: Grant, table: str) -> list[str]:
    """Return statements for a table's current rows and for its earlier versions."""
    done = house.head.follow().done
    vector = done.vector if done else {}
    names = {False: table, True: table + HISTORY}
    return [house.lake.scan_sql(grant, table, vector.get(names[past]), history=past) for past in (False, True)]


def _ends(house: House, grant: Grant, table: str, due: Due) -> list[str]:
    """Return one record id for each shard of the index that may know a row that goes: its last two digits count."""
    over, scans = _over(due), _scans(house, grant, table)
    sql = " UNION ALL ".join(f"SELECT record_id FROM ({s}) WHERE {over}" for s in scans)
    rows = house.engine.run(f"SELECT min(record_id) AS r FROM ({sql}) GROUP BY right(record_id, 2)")
    return [str(r) for r in rows.column("r").to_pylist()]
