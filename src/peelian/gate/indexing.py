"""Keeping the search index up to date with what was committed: from the changed records, or all of it anew.

The index follows the last *done* commit and says how far it has come. Bringing it up to date reads rows and shows them
to nobody: it is the gate's own bookkeeping, and nothing of it leaves but how many records changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

import pyarrow as pa

from peelian.core.time import from_micros, to_micros
from peelian.gate.house import House
from peelian.gate.index_entries import INDEXED, NUMBERS, columns_of, entries_of, form_of_keys
from peelian.store.commit import Done
from peelian.store.grant import Grant
from peelian.store.index import IndexEntry, Key
from peelian.store.lake import HISTORY
from peelian.store.locks import exclusive

WHOLE_FROM = 0.2
"""With this share of the records changed, building all of it anew is quicker than taking records out one by one."""

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
    state = house.index.state() or {}
    behind = bool(done) if not seq else done is None or (seq != done.seq and state.get("tables") != _versions(done))
    return IndexStanding(seq, behind, None if at is None else from_micros(at))


def _versions(done: Done) -> dict[str, int]:
    """Return the versions of the tables that the index is made of; a commit of links or plans moves none of them."""
    names = [name for table in INDEXED for name in (table, table + HISTORY)]
    return {name: done.vector[name] for name in names if name in done.vector}


def _known(house: House) -> tuple[int, int | None]:
    state = house.index.state()
    if state is None or state.get("form") != form_of_keys():
        return 0, None
    seq, at = state.get("seq"), state.get("at")
    return (seq, at) if isinstance(seq, int) and isinstance(at, int) else (0, None)


def bring_up_to_date(house: House, *, whole: bool = False) -> Indexed:
    """Bring the index up to the last commit.

    Parameters
    ----------
    whole : bool
        Build all of it anew, whatever it knows already. It finds the same records either way.
    """
    with index_lock(house), house.leases.hold(_LEASE_S):
        done = house.head.follow().done
        since, _ = _known(house)
        if done is None or (since == done.seq and not whole):
            return Indexed(0, False, since)
        grant = house.grant("write", "index", *INDEXED)
        reading = _Reading(house, grant, done)
        whole = whole or not since or reading.share_changed(since) >= WHOLE_FROM
        n = reading.build_all() if whole else reading.follow(since)
        standing = {"seq": done.seq, "at": to_micros(done.at), "form": form_of_keys(), "tables": _versions(done)}
        house.index.note(grant, standing)
        house.index.sweep()
        return Indexed(n, whole, done.seq)


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

    def build_all(self) -> int:
        index = self.house.index
        return sum(index.build(self.grant, shard, self.of_shard(shard)) for shard in range(index.n_shards))

    def of_shard(self, shard: int) -> Iterator[IndexEntry]:
        last = f"CAST('0x' || right(record_id, 2) AS INTEGER) % {self.house.index.n_shards} = {int(shard)}"
        return chain.from_iterable(entries_of(t, self._rows(t, last)) for t in INDEXED)

    def follow(self, since: int) -> int:
        """Take over what changed after a commit: new and changed rows from now, changed and gone ones from history."""
        gone: list[Key] = []
        changed: list[IndexEntry] = []
        for table in INDEXED:
            ids = self._changed_sql(table, since)
            found = self._run(ids).column("record_id").to_pylist()
            if found:
                gone += [(NUMBERS[table], record_id) for record_id in found]
                changed += entries_of(table, self._rows(table, f"record_id IN ({ids})"))
        self.house.index.update(self.grant, gone, changed)
        return len(gone)

    def share_changed(self, since: int) -> float:
        changed = sum(self._count(self._changed_sql(t, since)) for t in INDEXED)
        return changed / max(1, sum(self._count(f'SELECT 1 FROM "{self._name(t)}"') for t in INDEXED))

    def _changed_sql(self, table: str, since: int) -> str:
        version = self.done.vector.get(table + HISTORY)
        past = self.house.lake.scan_sql(self.grant, table, version, history=True)
        return (
            f'SELECT record_id FROM "{self._name(table)}" WHERE seq_from > {int(since)} '
            f"UNION SELECT record_id FROM ({past}) WHERE seq_to > {int(since)}"
        )

    def _rows(self, table: str, where: str) -> pa.Table:
        names = ", ".join(f'"{c}"' for c in columns_of(table))
        return self._run(f'SELECT {names} FROM "{self._name(table)}" WHERE {where}')

    def _count(self, sql: str) -> int:
        return int(self._run(f"SELECT count(*) AS n FROM ({sql})").column("n")[0].as_py())

    def _name(self, table: str) -> str:
        return self.house.engine.relation(self.grant, table, self.done, None)

    def _run(self, sql: str) -> pa.Table:
        return self.house.engine.run(sql)
