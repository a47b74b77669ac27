"""Erasure is physical: rows go from current data and history, then from every file that ever held them.

::

    asked -> 1. tombstones       a source that re-publishes the records does not bring them back
             2. delete           one ordinary commit: files rewritten without the rows, by surrogate id alone
             3. index, lineage   shards built anew; the edges that name the records cut
          -> deleted             gone from every answer; old files still lie on the disk for readers with a lease
             4. leases           wait for readers who may still be on the old files
             5. vacuum(0)        delete every Parquet file the newest version does not use, orphans included
             6. commit           name the versions that the vacuum left, so that nobody needs an older one
             7. log clean-up     checkpoint, then delete the older log entries, by Delta's own functions
             8. rest             spill files; rewrite and truncate the desk; destroy the subjects' ledger keys
          -> finished            the receipt: what was rewritten, what is gone, what cannot be reached from here

Each step can be done twice, so an erasure that was interrupted is finished by asking for it again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from pathlib import Path

import pyarrow as pa

from peelian.core.errors import TamperedError
from peelian.core.time import Clock
from peelian.store.commit import Journal, Writer
from peelian.store.compare import engine
from peelian.store.desk import Desk
from peelian.store.grant import ERASE, Grant, need
from peelian.store.index import Rebuild, SearchIndex
from peelian.store.keys import SubjectKeys
from peelian.store.lake import HISTORY, Lake
from peelian.store.leases import Leases
from peelian.store.lineage import Lineage, Thing
from peelian.store.tombstones import Tombstones

ELSEWHERE = (
    "paper, exports and copies that have left the building: those that are numbered are recalled by number and holder",
    "blocks of the disk that the file system has freed and not yet reused: the volume's encryption covers them",
)
"""What no programme can erase from here, said in every receipt."""


@dataclass(frozen=True)
class Receipt:
    """What an erasure did.

    Parameters
    ----------
    seq : int
        Commit from which on no answer holds the rows.
    rows : mapping of str to int
        Rows gone from each table, history included, whatever label they had.
    records : int
        Different records among those.
    places : tuple of str
        What was rewritten or cleaned.
    dependants : tuple of Thing
        Derived things that rested on the records: to be recomputed without them.
    keys_destroyed : int
        Ledger payload keys destroyed.
    cannot : tuple of str
        What cannot be reached: backups until a day, paper.
    """

    seq: int
    rows: dict[str, int]
    records: int
    places: tuple[str, ...]
    dependants: tuple[Thing, ...] = ()
    keys_destroyed: int = 0
    cannot: tuple[str, ...] = ELSEWHERE

    def as_dict(self) -> dict[str, object]:
        """Return the receipt as plain data, without any id of what was erased."""
        return {
            "seq": self.seq,
            "rows": dict(sorted(self.rows.items())),
            "records": self.records,
            "places": list(self.places),
            "dependants": [{"kind": t.kind, "id": t.id} for t in self.dependants],
            "keys_destroyed": self.keys_destroyed,
            "cannot": list(self.cannot),
        }


@dataclass
class Eraser:
    """Erases subjects or records from everything the store keeps.

    Parameters
    ----------
    writer : Writer
        The one writer of the lake.
    leases : Leases
        Of readers.
    desk, tombstones
        The desk database; the tombstones beside the keys.
    index : SearchIndex, optional
        With ``rebuild``, which gives a shard's entries again from the records.
    keys : SubjectKeys, optional
        Ledger payload keys of subjects.
    tmp : Path, optional
        Where engines spill: files that a killed process left there are deleted (an open one lives on till closed).
    """

    writer: Writer
    leases: Leases
    desk: Desk
    tombstones: Tombstones
    index: SearchIndex | None = None
    rebuild: Rebuild | None = None
    keys: SubjectKeys | None = None
    tmp: Path | None = None
    places: list[str] = field(default_factory=list, init=False)

    def erase(
        self,
        grant: Grant,
        journal: Journal,
        clock: Clock,
        *,
        subject_ids: Collection[str] = (),
        record_ids: Collection[str] = (),
        backups_until: date | None = None,
    ) -> Receipt:
        """Erase every row of some subjects, and some records, from every table that the grant names.

        Parameters
        ----------
        grant : Grant
            To erase; it names every lake table concerned, ``lineage``, and ``index`` where there is one.
        journal : Journal
            The ledger, as the commit protocol sees it.
        clock : Clock
            The gate's.
        subject_ids, record_ids : collection of str
            Surrogate ids; never a name.
        backups_until : date, optional
            Day until which backups made before still hold the rows.
        """
        need(grant, ERASE)
        self.places = []
        tables = [t for t in self.writer.lake.tables if t in grant.tables]
        about = self._rows_of(grant, journal, tables, subject_ids)
        self.tombstones.add([*about, *((r, "") for r in record_ids)])
        records = sorted({*record_ids, *(r for r, _ in about)})
        if self.index is not None:  # first: once the rows are gone nobody knows which shards they were in
            self.index.announce(grant, records)
        seq, rows = self._delete(grant, journal, clock, tables, record_ids, subject_ids)
        dependants = self._forget(grant, records, subject_ids)
        self.scrub(grant, journal, clock)
        destroyed = sum(self.keys.destroy(s) for s in subject_ids) if self.keys else 0
        until = (f"backups made before, until {backups_until.isoformat()}",) if backups_until else ("backups",)
        cannot = (*until, *self.desk.cannot_scrub, *ELSEWHERE)
        return Receipt(seq, rows, len(records), tuple(self.places), dependants, destroyed, cannot)

    def scrub(self, grant: Grant, journal: Journal, clock: Clock) -> None:
        """Make what was deleted unreadable in every file; finishes an erasure that was interrupted after its commit."""
        need(grant, ERASE)
        self.leases.wait()
        lake = self.writer.lake
        with self.writer.begin(grant, journal, clock) as transaction:
            for name in lake.names():
                _vacuum(lake, name)
            transaction.commit()
            self.leases.wait()  # for readers who opened the commit before this one: its log entries go now
            for name in lake.names():
                _clean_log(lake, name)
                self.places.append(f"lake/{name}: files and log")
        lake.forget_versions()
        self._empty_tmp()
        self.places += self.desk.scrub(grant)

    def _empty_tmp(self) -> None:
        left = [p for p in self.tmp.rglob("*") if p.is_file() and p.suffix != ".lock"] if self.tmp else []
        for path in left:
            path.unlink(missing_ok=True)
        if left:
            self.places.append(f"tmp: {len(left)} files")

    def _rows_of(
        self, grant: Grant, journal: Journal, tables: Iterable[str], subject_ids: Collection[str]
    ) -> set[tuple[str, str]]:
        """List (record id, subject id) of the subjects' rows in current data and history."""
        done = journal.last_done()
        found: set[tuple[str, str]] = set()
        if done is None or not subject_ids:
            return found
        lake = self.writer.lake
        with engine(lake.threads) as con:
            con.register("wanted", pa.table({"id": pa.array(sorted(subject_ids), pa.string())}))
            for table, history in product(tables, (False, True)):
                version = done.vector.get(table + HISTORY if history else table)
                scan = lake.scan_sql(grant, table, version, history=history)
                query = (
                    f"SELECT DISTINCT record_id, subject_id FROM ({scan}) WHERE subject_id IN (SELECT id FROM wanted)"
                )
                found |= {(r, s) for r, s in con.sql(query).fetchall()}
        return found

    def _delete(
        self,
        grant: Grant,
        journal: Journal,
        clock: Clock,
        tables: Iterable[str],
        record_ids: Collection[str],
        subject_ids: Collection[str],
    ) -> tuple[int, dict[str, int]]:
        with self.writer.begin(grant, journal, clock) as transaction:
            for table in tables:
                if (self.writer.lake.path(table) / "_delta_log").exists():
                    transaction.erase(table, record_ids=record_ids, subject_ids=subject_ids)
            seq = transaction.commit()
        return seq, {t: c.erased for t, c in transaction.changes.items() if c.erased}

    def _forget(self, grant: Grant, records: Collection[str], subject_ids: Collection[str]) -> tuple[Thing, ...]:
        """Take the records out of lineage and the search index; say what rested on them."""
        things = [*(Thing("record", r) for r in records), *(Thing("subject", s) for s in subject_ids)]
        lineage = Lineage(self.desk)
        dependants = lineage.dependants(grant, things)
        lineage.forget(grant, things)
        if self.index is not None and self.rebuild is not None:
            shards = self.index.erase(grant, records, self.rebuild)
            self.places += [f"index: shard {s}" for s in shards]
        return tuple(dependants)


def _vacuum(lake: Lake, name: str) -> None:
    """Delete every data file the newest version does not use: superseded, abandoned and orphaned ones."""
    table = lake.open(name)
    table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)
    used = set(lake.snapshot(name, table.version()).paths)
    for path in lake.path(name).glob("bucket=*/*"):
        if path.relative_to(lake.path(name)).as_posix() not in used:
            path.unlink()  # a file from a time when the computer's clock was ahead: vacuum takes it for a new one


def _clean_log(lake: Lake, name: str) -> None:
    """Leave one checkpoint and the newest entry in Delta's log.

    Entries keep per-file statistics and the predicates of deletes. Ours hold surrogates only, which an erasure takes
    out all the same: an id of an erased row is still about somebody.
    """
    table = lake.open(name)
    table.create_checkpoint()
    table.cleanup_metadata()
    newest = table.version()
    left = [p.name for p in (lake.path(name) / "_delta_log").iterdir() if _version_of(p) not in (None, newest)]
    if left:
        raise TamperedError(
            "log-not-cleaned",
            f'{len(left)} old log entries of table "{name}" could not be removed.',
            why="Until they are gone the erasure is not finished: they name files and bounds of the time before.",
            do="Check who owns the files of the lake, then ask for the same erasure again.",
        )


def _version_of(path: Path) -> int | None:
    digits = path.name.split(".", 1)[0]
    return int(digits) if digits.isdigit() else None
