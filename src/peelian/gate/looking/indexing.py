"""Keeping the search index up to date with what was committed: from the changed records, or all of it anew.

The index follows the last *done* commit and says how far it has come. Bringing it up to date reads rows and shows them
to nobody: it is the gate's own bookkeeping, and nothing of it leaves but how many records changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

import pyarrow as pa

from peelian.core.time import from_micros, to_micros
from peelian.gate.house import House
from peelian.gate.looking.index_entries import INDEXED, KEPT, NUMBERS, columns_of, entries_of, form_of_keys
from peelian.gate.looking.row_packing import packing_sql
from peelian.store.commit import Done
from peelian.store.grant import Grant
from peelian.store.index import IndexEntry, Key
from peelian.store.lake import HISTORY
from peelian.store.locks import exclusive

WHOLE_FROM = 0.2
"""With this share of the records changed, building all of it anew is quicker than taking records out one by one."""

Told = Callable[[int, int], None]

WRITING = "writing"
"""Stands in the index's state as long as it is being written: its rows are of no version then."""

_LEASE_S = 600.0
_LOCK_WAIT_S = 600.0


@dataclass(frozen=True)
class IndexStanding:
    """How far the index has come.

    Parameters
    ----------
    seq : int
        Commit up to which it knows everything; 0 when there is no index.
    behind : bool
        Whether a table that the index is made of was committed since, or the index is of another form.
    at : datetime or None
        When that commit was made.
    """

    seq: int
    behind: bool
    at: datetime | None


@dataclass(frozen=True)
class Indexed:
    """What one bringing up to date did: records written, whether all of it was built anew, and up to which commit."""

    records: int
    whole: bool
    seq: int


def index_standing(house: House) -> IndexStanding:
    """Say how far the index has come."""
    done = house.head.done
    seq, at = _known(house)
    same = done is not None and (seq == done.seq or _searched(house) == _versions(done, INDEXED))
    return IndexStanding(seq, not same if seq else bool(done), None if at is None else from_micros(at))


def versions_known(house: House) -> dict[str, int]:
    """Return the versions of the tables that the index knows; none while it is being written, or is of another form."""
    state = house.index.state() or {}
    return {} if state.get(WRITING) else _versions_noted(state)


def _versions_noted(state: Mapping[str, object]) -> dict[str, int]:
    known = state.get("tables")
    return known if isinstance(known, dict) and state.get("form") == form_of_keys() else {}


def _searched(house: House) -> dict[str, int]:
    known = _versions_noted(house.index.state() or {})
    return {n: v for n, v in known.items() if n.removesuffix(HISTORY) in INDEXED}


def _versions(done: Done, tables: Iterable[str]) -> dict[str, int]:
    """Return the versions of some tables: what no search looks into, a commit of links or plans, makes none late."""
    names = [name for table in tables for name in (table, table + HISTORY)]
    return {name: done.vector[name] for name in names if name in done.vector}


def _known(house: House) -> tuple[int, int | None]:
    state = house.index.state()
    if state is None or state.get("form") != form_of_keys():
        return 0, None
    seq, at = state.get("seq"), state.get("at")
    return (seq, at) if isinstance(seq, int) and isinstance(at, int) else (0, None)


def bring_up_to_date(house: House, *, whole: bool = False, tell: Told = lambda built, of: None) -> Indexed:
    """Bring the index up to the last commit.

    Parameters
    ----------
    whole : bool
        Build all of it anew, whatever it knows already. It finds the same records either way. A build that was
        stopped goes on where it was, if nothing was committed since.
    tell : callable
        Told after each shard of a whole build how many are built, and of how many.
    """
    with index_lock(house), house.leases.hold(_LEASE_S):
        done = house.head.follow().done
        since, _ = _known(house)
        if done is None or (since == done.seq and not whole and versions_known(house) == _versions(done, KEPT)):
            return Indexed(0, False, since)
        grant = house.grant("write", "index", *KEPT)
        reading = _Reading(house, grant, done)
        whole = whole or not since or reading.share_changed(since) >= WHOLE_FROM
        _note_writing(house, grant)
        n = reading.build_all(tell) if whole else reading.follow(since)
        versions = _versions(done, KEPT)
        standing = {"seq": done.seq, "at": to_micros(done.at), "form": form_of_keys(), "tables": versions}
        house.index.note(grant, standing)
        house.index.sweep()
        return Indexed(n, whole, done.seq)


def take_out(house: House, grant: Grant, table: str, record_ids: Collection[str]) -> None:
    """Take records out of the index that were erased from the lake with their past, so that no commit tells of them.

    What is left of them in the index's files goes with the next erasure.
    """
    if record_ids and index_standing(house).seq:
        with index_lock(house):
            house.index.announce(grant, record_ids)
            house.index.update(grant, [(NUMBERS[table], r) for r in record_ids], ())


def keep_up(house: House, was: IndexStanding) -> None:
    """Bring the index up to date after a small change, where it was up to date before."""
    if was.seq and not was.behind:
        bring_up_to_date(house)


def _note_writing(house: House, grant: Grant) -> None:
    """Note that the index is being written: its rows are of no version of any table until it is whole again."""
    state = house.index.state()
    if state is not None:
        house.index.note(grant, state | {WRITING: True})


@contextmanager
def index_lock(house: House) -> Iterator[None]:
    """Be the only one who writes the index."""
    with exclusive(house.deployment.tmp / "index.lock", wait_s=_LOCK_WAIT_S):
        yield


def shard_entries(house: House, grant: Grant, shard: int) -> Iterator[IndexEntry]:
    """Give the entries of one shard from the records as they are now."""
    done = house.head.follow().done
    return _Reading(house, grant, done).of_shard(shard) if done else iter(())


@dataclass(frozen=True)
class _Reading:
    """The indexed tables at one commit."""

    house: House
    grant: Grant
    done: Done

    def build_all(self, tell: Told) -> int:
        index, n = self.house.index, 0
        as_of = {"seq": self.done.seq, "form": form_of_keys()}
        state = index.state() or {}
        before = state.get("building")
        built = list(before["shards"]) if isinstance(before, dict) and before | as_of == before else []
        for shard in [s for s in range(index.n_shards) if s not in built]:
            n += index.build(self.grant, shard, self.of_shard(shard))
            built.append(shard)
            index.note(self.grant, state | {WRITING: True, "building": as_of | {"shards": built}})
            tell(len(built), index.n_shards)
        return n

    def of_shard(self, shard: int) -> Iterator[IndexEntry]:
        n_shards, lake = self.house.index.n_shards, self.house.lake
        last = f"CAST('0x' || right(record_id, 2) AS INTEGER) % {n_shards} = {int(shard)}"
        scans = ((t, lake.part_sql(self.grant, t, self.done.vector.get(t), shard, n_shards)) for t in KEPT)
        return chain.from_iterable(entries_of(t, self._rows(t, f"({scan})", last)) for t, scan in scans)

    def follow(self, since: int) -> int:
        """Take over what changed after a commit: new and changed rows from now, changed and gone ones from history."""
        gone: list[Key] = []
        changed: list[IndexEntry] = []
        for table in self._moved():
            ids = self._changed_sql(table, since)
            found = self._run(ids).column("record_id").to_pylist()
            if found:
                gone += [(NUMBERS[table], record_id) for record_id in found]
                changed += entries_of(table, self._rows(table, f'"{self._name(table)}"', f"record_id IN ({ids})"))
        self.house.index.update(self.grant, gone, changed)
        return len(gone)

    def share_changed(self, since: int) -> float:
        changed = sum(self._count(self._changed_sql(t, since)) for t in self._moved())
        return changed / max(1, sum(self._count(f'SELECT 1 FROM "{self._name(t)}"') for t in KEPT)) if changed else 0.0

    def _moved(self) -> list[str]:
        """Return the tables of which the index knows another version."""
        known = versions_known(self.house)
        return [t for t in KEPT if _versions(self.done, [t]) != {n: known[n] for n in (t, t + HISTORY) if n in known}]

    def _changed_sql(self, table: str, since: int) -> str:
        version = self.done.vector.get(table + HISTORY)
        past = self.house.lake.scan_sql(self.grant, table, version, history=True)
        return (
            f'SELECT record_id FROM "{self._name(table)}" WHERE seq_from > {int(since)} '
            f"UNION SELECT record_id FROM ({past}) WHERE seq_to > {int(since)}"
        )

    def _rows(self, table: str, source: str, where: str) -> pa.Table:
        names = ", ".join(f'"{c}"' for c in columns_of(table))
        return self._run(f"SELECT {names}, {packing_sql(table, NUMBERS[table])} FROM {source} WHERE {where}")

    def _count(self, sql: str) -> int:
        return int(self._run(f"SELECT count(*) AS n FROM ({sql})").column("n")[0].as_py())

    def _name(self, table: str) -> str:
        return self.house.engine.relation(self.grant, table, self.done, None)

    def _run(self, sql: str) -> pa.Table:
        return self.house.engine.run(sql)
