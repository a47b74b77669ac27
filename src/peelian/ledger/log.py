"""The ledger: entries go in durably, come out with proof, and none is ever changed or taken away.

``append`` acknowledges into the journal; ``publish`` turns what was acknowledged into tiles, signs a checkpoint and
asks the witnesses. Any number of threads and processes may do both. The order of every write is such that a power cut
between any two leaves a log that verifies and has lost nothing acknowledged:

1. a frame in the journal, synced: the entry is acknowledged;
2. a new journal segment, so that what is being published stands still;
3. bundles, private payloads and tiles, synced with their folders;
4. the checkpoint that promises them, renamed into place and synced;
5. only then the published segments and outgrown partial tiles are removed.

After a write or sync that failed, this process stops (``ledger-stopped``) and never tries again: what the kernel still
shows may not be what the disk holds. Opening the ledger anew reads and verifies everything from disk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from peelian.core.errors import InvalidError, LimitError, MissingError, RefusedError, StoppedError, TamperedError
from peelian.core.time import Clock, from_micros, to_micros
from peelian.ledger import tree
from peelian.ledger.checkpoint import add_cosignatures, sign_checkpoint
from peelian.ledger.cosign import WitnessAnswer, Witnesses, ask_witnesses
from peelian.ledger.disk import Disk, file_lock, make_folders, sync_folders, write_whole
from peelian.ledger.fetch import folder_fetch
from peelian.ledger.journal import Entry, Journal, Kept, Mark
from peelian.ledger.note import Signer
from peelian.ledger.shelf import Shelf
from peelian.ledger.tree import TILE_WIDTH, Edge
from peelian.ledger.verify import (
    Checkpoint,
    Receipt,
    Verifier,
    VerifyResult,
    open_checkpoint,
    read_vkey,
    verify_log,
    verify_receipt,
    witnessed_by,
)

__all__ = ["Entry", "Kept", "Ledger", "Witnesses"]

LEAF_BYTES_MAX = 65535  # tlog-tiles, "Log entries": the length is a uint16
PRIVATE_BYTES_MAX = 1 << 24


class _Ticket:
    """Entries waiting to be acknowledged with others in one sync."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self.first: int | None = None
        self.error: BaseException | None = None

    @property
    def settled(self) -> bool:
        """Acknowledged, or refused."""
        return self.first is not None or self.error is not None


class Ledger:
    """A tamper-evident log in one folder. Made by :meth:`create` or :meth:`open`.

    Attributes
    ----------
    witness_report : tuple of WitnessAnswer
        What each witness said at this process's last publication.
    """

    def __init__(
        self,
        folder: Path,
        *,
        log: Verifier,
        origin: str,
        signer: Signer | None,
        clock: Clock,
        disk: Disk,
        witnesses: Witnesses,
    ) -> None:
        self.folder, self.origin, self.clock, self.disk, self.witnesses = folder, origin, clock, disk, witnesses
        self.witness_report: tuple[WitnessAnswer, ...] = ()
        self._log, self._signer = log, signer
        self._journal = Journal(folder / "journal", disk)
        self._shelf = Shelf(folder, disk)
        self._waiting: list[_Ticket] = []
        self._leading = False  # a thread is syncing for all who waited when it began
        self._queue = threading.Condition()  # guards the two above
        self._publish_turn = threading.Lock()
        self._stopped = False
        self._read_mark: Mark | None = None  # set when this process only reads a folder it may not write
        self._head_cache: tuple[bytes, Checkpoint] | None = None

    # ---- making and opening ----

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        origin: str,
        signer: Signer,
        clock: Clock,
        disk: Disk | None = None,
        witnesses: Witnesses | None = None,
    ) -> Ledger:
        """Make an empty ledger; the folder may exist but must not hold one.

        Parameters
        ----------
        folder : Path
            Where to make it.
        origin : str
            The log's identity for ever: its address without the scheme, such as ``log.force.example/ledger``.
        signer : Signer
            The log's key; its name should be the origin.
        clock : Clock
            Gives the instants of entries.
        disk : Disk, optional
            What writes.
        witnesses : Witnesses, optional
            Whom to ask at each publication.
        """
        disk = disk or Disk()
        make_folders(disk, folder)
        if (folder / "checkpoint").exists():
            raise InvalidError(
                "ledger-exists",
                "The folder already holds a ledger.",
                why="A ledger is never started over.",
                do="Open it, or choose another folder.",
            )
        self = cls(
            folder,
            log=signer.verifier,
            origin=origin,
            signer=signer,
            clock=clock,
            disk=disk,
            witnesses=witnesses or Witnesses(),
        )
        with self._stop_on_failure(), file_lock(folder / "lock"):
            make_folders(disk, folder / "private", mode=0o700)
            self._journal.create()
            write_whole(disk, folder / "vkey", (signer.vkey + "\n").encode())
            self._replace_checkpoint(None, sign_checkpoint(origin, 0, tree.EMPTY_ROOT, signer))
            sync_folders(disk, [folder.parent])
        return self

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        signer: Signer | None,
        clock: Clock,
        disk: Disk | None = None,
        witnesses: Witnesses | None = None,
        vkey: str | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Ledger:
        """Open a ledger, to append and publish with a signer, or only to read without.

        The first opening after a stop, a power cut or a move to another machine verifies every entry; any other
        verifies the checkpoint and the edge of the tree.

        Parameters
        ----------
        folder : Path
            The ledger's folder.
        signer : Signer or None
            The log's key; None opens for reading only.
        clock, disk, witnesses
            As for :meth:`create`.
        vkey : str, optional
            The key to hold the folder against; the signer's, or the folder's own ``vkey`` file, by default.
        progress : callable, optional
            Called with entries checked and entries in all, when every entry is verified.

        Raises
        ------
        TamperedError
            ``ledger-damaged`` with the first problem found; ``journal-cut``; ``journal-damaged``;
            ``signature-missing``; ``signature-wrong``; ``origin-wrong``.
        MissingError
            ``ledger-missing``.
        """
        if not (folder / "checkpoint").exists() or not (folder / "vkey").exists():
            raise MissingError(
                "ledger-missing",
                "The folder holds no ledger.",
                why="There is no checkpoint or no public key in it.",
                do="Check the folder. If a ledger was here, its checkpoint was removed: restore it from a witness.",
            )
        log = signer.verifier if signer and not vkey else read_vkey(vkey or (folder / "vkey").read_text())
        origin = (folder / "checkpoint").read_text().partition("\n")[0]
        self = cls(
            folder,
            log=log,
            origin=origin,
            signer=signer,
            clock=clock,
            disk=disk or Disk(),
            witnesses=witnesses or Witnesses(),
        )
        self._settle(progress)
        return self

    def _settle(self, progress: Callable[[int, int], None] | None) -> None:
        """Bring the folder to its acknowledged state and verify it."""
        head = self.checkpoint()
        if self._signer is None:
            self._read_mark = None if self._journal.trusted_mark() else self._journal.scan(head.size)
            self._check_edge(head)
            return
        with self._stop_on_failure():
            mark = self._journal.recover(head.size)
            if mark.healthy:
                self._check_edge(head)
                return
            with file_lock(self.folder / "lock"):
                head = self.checkpoint()
                _raise_first(
                    verify_log(folder_fetch(self.folder), vkey=self._log.vkey, origin=self.origin, progress=progress)
                )
                self._journal.set_healthy(True, at_least=self._last_published_instant(head))

    def _check_edge(self, head: Checkpoint) -> None:
        if self._shelf.edge(head.size).root() != head.root:
            raise _damaged("root-mismatch", "checkpoint")

    # ---- appending ----

    def append(self, entries: Sequence[Entry]) -> list[int]:
        """Add entries; give their indices. They are durable on return, all of them or none.

        Threads that append at the same time share one sync.

        Raises
        ------
        StoppedError
            ``ledger-stopped`` when the disk failed; nothing is promised about these entries.
        LimitError
            ``entry-too-long``.
        RefusedError
            ``ledger-read-only``.
        """
        self._require_writer()
        if not entries:
            return []
        _check_lengths(entries)
        ticket = _Ticket(entries)
        with self._queue:
            self._waiting.append(ticket)
            while self._leading and not ticket.settled:
                self._queue.wait()
            lead = not ticket.settled
            self._leading = self._leading or lead
        if lead:
            self._commit_waiting()
        if ticket.error is not None:
            raise ticket.error
        assert ticket.first is not None, "a ticket is either acknowledged or refused"
        return list(range(ticket.first, ticket.first + len(entries)))

    def _commit_waiting(self) -> None:
        """Commit for all who wait now; those who come meanwhile wait for the next leader."""
        with self._queue:
            tickets, self._waiting = self._waiting, []
        try:
            with self._stop_on_failure():
                together = [entry for ticket in tickets for entry in ticket.entries]
                first = self._journal.append(together, to_micros(self.clock.now()))
            for ticket in tickets:
                ticket.first, first = first, first + len(ticket.entries)
        except BaseException as error:
            for ticket in tickets:
                ticket.error = error
        finally:
            with self._queue:
                self._leading = False
                self._queue.notify_all()

    # ---- publishing ----

    def publish(self, *, ask: bool = False) -> Checkpoint:
        """Turn what is acknowledged into tiles, sign a checkpoint, ask the witnesses; give what is now published.

        Parameters
        ----------
        ask : bool
            Ask the witnesses even when nothing is new and all have signed: they may have seen more than is here.

        Raises
        ------
        StoppedError
            ``ledger-stopped``.
        TamperedError
            When the folder is not what this ledger wrote: ``ledger-damaged``, ``journal-cut``, ``journal-damaged``.
        """
        signer = self._require_writer()
        with self._publish_turn, self._stop_on_failure(), file_lock(self.folder / "lock"):
            old = self.checkpoint()
            size = self._journal.rotate()
            if size == old.size and self._fully_cosigned(old) and not ask:
                return old
            edge = self._shelf.grow(old.size, self._journal.read(old.size, size) if size > old.size else iter(()))
            self._check_growth(old, edge)
            new = self._cosigned(old, sign_checkpoint(self.origin, edge.size, edge.root(), signer))
            self._replace_checkpoint(old, new)
            self._journal.drop_before(new.size)
            self._shelf.sweep(old.size, new.size)
            return new

    def _check_growth(self, old: Checkpoint, edge: Edge) -> None:
        """Prove to ourselves, from the files just written, that the new tree contains the old one."""
        # INVARIANT: a checkpoint never shrinks.
        assert edge.size >= old.size, "a checkpoint never shrinks"
        read = self._shelf.reader(edge.size).node
        if tree.tree_hash(edge.size, read) != edge.root() or tree.tree_hash(old.size, read) != old.root:
            raise _damaged("log-forked", "tile")  # tlog-checkpoint, "Signatures": never sign what is inconsistent

    def _cosigned(self, old: Checkpoint, new: Checkpoint) -> Checkpoint:
        """Ask the witnesses; keep the cosignatures that the same tree head already has."""
        had = [] if old.text != new.text or old.note is None else list(old.note.signatures)
        read = self._shelf.reader(new.size).node
        seen = {w.vkey for w in witnessed_by(old, self.witnesses.vkeys)[0]}
        lines, self.witness_report = ask_witnesses(
            self.witnesses,
            new,
            lambda witness: old.size if witness.vkey in seen else 0,
            lambda size: tree.prove_consistency(size, new.size, read),
            self.clock.now(),
        )
        return add_cosignatures(add_cosignatures(new, had), lines)

    def _fully_cosigned(self, checkpoint: Checkpoint) -> bool:
        return len(witnessed_by(checkpoint, self.witnesses.vkeys)[0]) == len(self.witnesses.addresses)

    def _replace_checkpoint(self, old: Checkpoint | None, new: Checkpoint) -> None:
        # INVARIANT: a checkpoint never shrinks.
        assert old is None or new.size >= old.size, "a checkpoint never shrinks"
        assert new.note is not None, "only a signed checkpoint is published"
        write_whole(self.disk, self.folder / "checkpoint", new.note.content.encode())
        self.disk.sync_folder(self.folder)
        assert self.checkpoint() == new, "what was written reads back"

    # ---- reading ----

    def checkpoint(self) -> Checkpoint:
        """Read the published checkpoint and check the log's signature."""
        content = (self.folder / "checkpoint").read_bytes()
        if self._head_cache is None or self._head_cache[0] != content:
            self._head_cache = (content, open_checkpoint(content, self._log, origin=self.origin))
        return self._head_cache[1]

    def root_at(self, size: int) -> bytes | None:
        """Give the root over the first ``size`` published entries; None when there are not so many."""
        head = self.checkpoint()
        return tree.tree_hash(size, self._shelf.reader(head.size).node) if 0 < size <= head.size else None

    def begins_with(self, size: int, root: bytes) -> bool:
        """Prove from the signed checkpoint whether the log began with a tree of this size and root."""
        head = self.checkpoint()
        if not 0 < size <= head.size:
            return False
        try:
            proof = tree.prove_consistency(size, head.size, self._shelf.reader(head.size).node)
            tree.verify_consistency(size, head.size, root, head.root, proof)
        except TamperedError:
            return False
        return True

    def size(self) -> int:
        """Give the number of durable entries, the journal's and other processes' included."""
        return (self._read_mark or self._journal.mark()).next

    def read(self, start: int = 0, end: int | None = None) -> Iterator[tuple[int, bytes, bytes]]:
        """Yield index, leaf and private payload of durable entries ``start`` to ``end`` (to the last by default)."""
        for kept in self.read_kept(start, end):
            yield kept.n, kept.leaf, kept.private

    def read_kept(self, start: int = 0, end: int | None = None) -> Iterator[Kept]:
        """Yield durable entries with the instants they were acknowledged for, each held against the tree."""
        end = self.size() if end is None else min(end, self.size())
        while start < end:
            chunk = self._read_some(start, end)
            yield from chunk
            start += len(chunk)

    def _read_some(self, start: int, end: int) -> list[Kept]:
        """Read up to the end of a bundle, or of the journal; again if a publication moved things meanwhile."""
        for _ in range(10):
            head = self.checkpoint()
            try:
                if start >= head.size:
                    return list(self._journal.read(start, end, self._read_mark))
                bundle = self._shelf.read_bundle(start // TILE_WIDTH, head.size)
                return [kept for kept in bundle[start % TILE_WIDTH :] if kept.n < end]
            except (FileNotFoundError, MissingError) as error:
                lost = error
                if self.checkpoint().size == head.size:
                    break
        if isinstance(lost, MissingError):
            raise lost
        raise _damaged("journal-cut", f"entry {start}") from lost

    def receipt(self, index: int) -> str:
        """Give proof that an entry is in the published log (c2sp.org/tlog-proof), to keep and check offline.

        Raises
        ------
        InvalidError
            ``not-yet-published`` for an entry that no checkpoint covers, or none at all.
        """
        head = self.checkpoint()
        if not 0 <= index < head.size:
            raise InvalidError(
                "not-yet-published",
                f"Entry {index} is not covered by the published checkpoint of {head.size} entries.",
                why="A receipt proves that an entry is in a checkpoint that others have seen.",
                do="Publish first (`publish`), then ask again.",
            )
        assert head.note is not None, "an opened checkpoint keeps its note"
        proof = tree.prove_inclusion(index, head.size, self._shelf.reader(head.size).node)
        content = Receipt(index, tuple(proof), head.note.content.encode()).content
        ((_, leaf, _),) = self.read(index, index + 1)
        verify_receipt(content, leaf, vkey=self._log.vkey, origin=self.origin)  # never hand out one that fails
        return content

    def last_instant(self) -> datetime:
        """Give the latest instant the ledger knows of: its last entry's, or its last cosignature's."""
        mark = self._read_mark or self._journal.mark()
        seen = [w.at for w in witnessed_by(self.checkpoint(), self.witnesses.vkeys)[0]]
        last = from_micros(max(mark.at, self._last_published_instant(self.checkpoint()) if self._read_mark else 0))
        return max([last, *seen])

    def _last_published_instant(self, head: Checkpoint) -> int:
        with suppress(MissingError):  # private payloads may be gone: the log goes on without their instants
            if head.size:
                return self._shelf.read_bundle((head.size - 1) // TILE_WIDTH, head.size)[-1].at
        return 0

    # ---- stopping ----

    def _require_writer(self) -> Signer:
        if self._stopped:
            raise _stopped()
        if self._signer is None:
            raise RefusedError(
                "ledger-read-only",
                "This ledger was opened for reading only.",
                why="Without the log's key nothing is appended or published.",
                do="Open it with its key.",
            )
        return self._signer

    @contextmanager
    def _stop_on_failure(self) -> Iterator[None]:
        """Turn a failed write or sync into the end of this process's ledger: never retry, read anew from disk."""
        if self._stopped:
            raise _stopped()
        try:
            yield
        except OSError as error:
            self._stopped = True
            with suppress(Exception):  # best effort: whoever opens next verifies every entry
                self._journal.set_healthy(False)
            raise _stopped() from error

    def close(self) -> None:
        """Close the files. Nothing is lost without it."""
        self._stopped = True
        with file_lock(self.folder / "journal" / "lock"):
            self._journal.close()


def _check_lengths(entries: Sequence[Entry]) -> None:
    if any(len(e.leaf) > LEAF_BYTES_MAX or len(e.private) > PRIVATE_BYTES_MAX for e in entries):
        raise LimitError(
            "entry-too-long",
            f"A log entry's leaf is longer than {LEAF_BYTES_MAX} bytes, or its payload than {PRIVATE_BYTES_MAX}.",
            why="The format of public log entries has no room for more (c2sp.org/tlog-tiles).",
            do="Log a digest of the long part and keep the part itself elsewhere.",
        )


def _raise_first(result: VerifyResult) -> None:
    for problem in result.problems:
        raise _damaged(problem.code, problem.where)


def _damaged(problem: str, where: str) -> TamperedError:
    return TamperedError(
        "ledger-damaged",
        f"The ledger's folder is not what the ledger wrote: {problem} at {where}.",
        why="Entries were changed, removed or lost after they were published.",
        do="Stop, keep the folder as it is, run `peelian ledger verify` on it, and compare it with a backup.",
        facts={"problem": problem, "where": where},
    )


def _stopped() -> StoppedError:
    return StoppedError(
        "ledger-stopped",
        "The ledger's disk did not do as told, so this process writes no more to it.",
        why="What was acknowledged stands; what was being written may or may not be on the disk.",
        do="Look at the disk, then start again: the ledger is read and verified from disk when it is opened.",
    )
