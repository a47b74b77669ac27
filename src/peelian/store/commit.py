"""The commit protocol: ledger *intent*, Delta commits, ledger *done* with the commit number and the version vector.

::

    lock -> recover -> INTENT in the ledger -> part files -> Delta commit a table -> DONE in the ledger -> unlock
                          |                        |                |
                          +---- a kill here leaves an intent without done: the next writer puts every table back
                                to the last done vector and enters the intent as ABANDONED

Readers open exactly the versions that the last *done* names, never "latest": they see a whole commit or nothing of
it. The ledger is not this package's business; the gate hands in a :class:`Journal` that writes there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from peelian.core.errors import PeelianError, TamperedError
from peelian.core.time import Clock, from_micros, to_micros
from peelian.store.compare import Due
from peelian.store.draft import Change, Draft
from peelian.store.grant import ERASE, WRITE, Grant, need
from peelian.store.lake import Lake
from peelian.store.locks import exclusive
from peelian.store.tombstones import Tombstones

Step = Callable[[str], None]
"""Called with the name of each step as it is done; tests stop, copy or kill there. Does nothing in service."""


@dataclass(frozen=True)
class Done:
    """The last finished commit: its number, the Delta version of every stored table, and when."""

    seq: int
    vector: Mapping[str, int]
    at: datetime

    def as_dict(self) -> dict[str, object]:
        """Return the body of the ledger's *done* entry."""
        return {"seq": self.seq, "vector": dict(sorted(self.vector.items())), "at": to_micros(self.at)}


def done_from_dict(body: Mapping[str, object]) -> Done:
    """Build a Done from the body of a *done* entry."""
    vector = body["vector"]
    assert isinstance(vector, Mapping)
    at, seq = body["at"], body["seq"]
    assert isinstance(at, int) and isinstance(seq, int)
    return Done(seq, {str(t): int(v) for t, v in vector.items()}, from_micros(at))


class Journal(Protocol):
    """Where the protocol writes down what it does; durable when each call returns. The gate's is the ledger."""

    def intent(self, body: dict[str, object]) -> None:
        """Enter that a commit begins."""
        ...

    def done(self, body: dict[str, object]) -> None:
        """Enter that it is finished: from now on readers open its vector."""
        ...

    def abandoned(self, body: dict[str, object]) -> None:
        """Enter that it was given up and undone."""
        ...

    def last_done(self) -> Done | None:
        """Return the newest finished commit."""
        ...

    def open_intent(self) -> dict[str, object] | None:
        """Return the intent that has neither done nor abandoned after it, if there is one."""
        ...


@dataclass
class Transaction:
    """One commit in the making. Made by :meth:`Writer.begin`; nobody sees any of it before its *done*."""

    grant: Grant
    lake: Lake
    clock: Clock
    base: Done | None
    journal: Journal
    step: Step
    tombstones: Tombstones | None = None
    seq: int = field(init=False)
    finished: bool = field(default=False, init=False)
    changes: dict[str, Change] = field(default_factory=dict, init=False)
    _drafts: dict[str, Draft] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.seq = 1 if self.base is None else self.base.seq + 1

    def replace_slices(self, table: str, rows: pa.Table, slice_ids: Collection[str]) -> Change:
        """Make the rows of some slices what the source now says they are.

        Rows come without ``seq_from``. By slice, record and subject: a new one is inserted; one whose ``row_hash``,
        ``label_id`` or ``expires_on`` differs supersedes the old version, which moves to history; one that is gone
        is a deletion and moves to history; one that is the same is left alone, ``recorded_at`` included.

        Raises
        ------
        InvalidError
            ``rows-not-as-declared``, ``row-outside-slice``, ``record-repeated`` or ``record-id-malformed``.
        """
        need(self.grant, WRITE, table)
        return self._count(table, self._draft(table).replace_slices(rows, slice_ids))

    def append(self, table: str, rows: pa.Table) -> Change:
        """Add rows that the caller knows to be new, without comparing them to what is there."""
        need(self.grant, WRITE, table)
        return self._count(table, self._draft(table).append(rows))

    def erase(self, table: str, *, record_ids: Collection[str] = (), subject_ids: Collection[str] = ()) -> Change:
        """Take rows out of a table and its history, by surrogate ids alone; no version of them stays behind."""
        need(self.grant, ERASE, table)
        return self._count(table, self._draft(table).erase(record_ids, subject_ids))

    def expire(self, table: str, due: Due, *, files_max: int) -> tuple[Change, bool]:
        """Take rows that are over out of a table and its history, from so many files at most; say whether more are."""
        need(self.grant, ERASE, table)
        change, more = self._draft(table).expire(due, files_max)
        return self._count(table, change), more

    def amend(self, table: str, rows: pa.Table, relabel: Mapping[int, int]) -> Change:
        """Put a new version in the place of records' rows; earlier versions take the labels that follow."""
        need(self.grant, ERASE, table)
        return self._count(table, self._draft(table).amend(rows, relabel))

    def commit(self) -> int:
        """Finish: Delta commits, then *done*. Returns the commit number."""
        assert not self.finished, "a commit is finished once"
        for draft in self._drafts.values():
            draft.commit()
        # INVARIANT: everything the vector names is on the disk before the ledger says done.
        done = Done(self.seq, self._vector(), self.clock.now())
        self.step("before-done")
        self.journal.done(done.as_dict() | {"changes": {t: c.as_dict() for t, c in sorted(self.changes.items())}})
        self.step("done")
        self.finished = True
        return self.seq

    def discard(self) -> None:
        """Delete what was written; the tables themselves are put back by :func:`_recover`."""
        for draft in self._drafts.values():
            draft.discard()

    def _draft(self, table: str) -> Draft:
        assert not self.finished, "the commit is finished"
        if table not in self._drafts:
            self._drafts[table] = Draft(self.lake, table, self.seq, self.clock, self.step, self.tombstones)
        return self._drafts[table]

    def _vector(self) -> dict[str, int]:
        """Name every stored table's newest version; :func:`recover` made sure that nothing else is in there."""
        return {name: self.lake.open(name).version() for name in self.lake.names()}

    def _count(self, table: str, change: Change) -> Change:
        self.changes[table] = self.changes.get(table, Change()) + change
        return change


class Writer:
    """The one writer of a lake.

    Parameters
    ----------
    lake : Lake
        What is written to.
    lock : Path
        File whose lock says who is writing.
    tombstones : Tombstones, optional
        Records that were erased and are not taken again, whoever brings them.
    wait_s : float
        How long to wait for another writer before ``writer-busy``.
    step : callable
        Told the name of each step; for tests.
    """

    def __init__(
        self,
        lake: Lake,
        lock: Path,
        *,
        tombstones: Tombstones | None = None,
        wait_s: float = 30.0,
        step: Step = lambda name: None,
    ) -> None:
        self.tombstones = tombstones
        self.lake = lake
        self.lock = lock
        self.wait_s = wait_s
        self.step = step

    @contextmanager
    def begin(self, grant: Grant, journal: Journal, clock: Clock) -> Iterator[Transaction]:
        """Begin a commit; leaving the block without an error finishes it, leaving it with one undoes it."""
        need(grant, WRITE)
        with exclusive(self.lock, wait_s=self.wait_s):
            _recover(self.lake, journal, "found-at-start", self.step)
            transaction = Transaction(grant, self.lake, clock, journal.last_done(), journal, self.step, self.tombstones)
            base = dict(transaction.base.vector) if transaction.base else {}
            journal.intent({"seq": transaction.seq, "base": base, "tables": sorted(grant.tables), "for": grant.entry})
            try:
                self.step("intent")
                yield transaction
                if not transaction.finished:
                    transaction.commit()
            except Exception as error:
                if (
                    journal.open_intent() is not None
                ):  # asked, not assumed: *done* may have been written and then failed
                    transaction.discard()
                    _recover(self.lake, journal, _reason(error), self.step)
                raise

    def recover(self, journal: Journal) -> bool:
        """Undo a commit that was begun and never finished; says whether there was one."""
        with exclusive(self.lock, wait_s=self.wait_s):
            return _recover(self.lake, journal, "found-at-start", self.step)


def _reason(error: Exception) -> str:
    return error.code if isinstance(error, PeelianError) else type(error).__name__


def _recover(lake: Lake, journal: Journal, reason: str, step: Step) -> bool:
    """Put every table back to the last done vector, then enter the open intent as abandoned.

    Doing it twice does no harm, so a kill in the middle of it needs no care of its own.
    """
    done = journal.last_done()
    vector = dict(done.vector) if done else {}
    intent = journal.open_intent()
    for name in lake.names():
        _put_back(lake, name, vector.get(name), undo=intent is not None)
        step(f"put-back:{name}")
    if intent is None:
        return False
    journal.abandoned({"seq": intent.get("seq"), "reason": reason})
    step("abandoned")
    return True


def _put_back(lake: Lake, name: str, version: int | None, *, undo: bool) -> None:
    """Make the newest Delta version hold the same files as the committed one, by Delta's own *restore*."""
    newest = lake.open(name)
    if newest.version() == version:
        return
    wanted = set(lake.snapshot(name, version).paths) if version is not None else set()
    if set(lake.snapshot(name, newest.version()).paths) == wanted:
        return
    if not undo:
        raise TamperedError(
            "lake-moved",
            f'Table "{name}" holds files that no commit in the ledger accounts for.',
            why="Every write is announced in the ledger first; this one was made around Peelian.",
            do="Stop, find out who wrote to the lake folder, and restore the lake from a backup.",
        )
    # A table that was first made by the undone commit goes back to version 0, which is empty.
    newest.restore(0 if version is None else version)
