"""Leases: how long a reader may go on reading files that an erasure wants to delete.

A lease is a locked file with an expiry. A reader takes one **before** it asks the ledger which versions to open, so
whoever takes a lease after an erasure's *done* already reads files without the erased rows. The eraser waits for the
leases that are there at that moment: until they are let go, their process dies (the system drops the lock), or they
run out, at which point the files go and a reader that overstayed meets an error rather than old data.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from peelian.core.ids import new_ulid
from peelian.core.time import Clock, Micros, to_micros


class Leases:
    """The leases of one deployment.

    Parameters
    ----------
    folder : Path
        One small file a lease.
    clock : Clock
        Says when a lease runs out.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self.clock = clock
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def hold(self, seconds: float) -> Iterator[Micros]:
        """Hold a lease; gives the instant at which it runs out. Take it before reading the last *done*."""
        until = to_micros(self.clock.now() + timedelta(seconds=seconds))
        path = self.folder / f"{new_ulid(self.clock)}-{until}"
        handle = _make_locked(path)
        try:
            yield until
        finally:
            path.unlink(missing_ok=True)
            os.close(handle)

    def live(self) -> list[str]:
        """List leases that are held and have not run out; forget the others."""
        return [p.name for p in sorted(self.folder.iterdir()) if self._is_live(p)]

    def wait(self, sleep: Callable[[float], None] = time.sleep) -> int:
        """Wait for the leases that are live now; returns how many those were."""
        waiting = set(self.live())
        n = len(waiting)
        while waiting:
            sleep(0.02)
            waiting &= set(self.live())
        return n

    def _is_live(self, path: Path) -> bool:
        if int(path.name.rpartition("-")[2]) <= to_micros(self.clock.now()):
            return False
        try:
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        # Nobody holds it: its reader died, or is only just making it and will notice that it is gone.
        with suppress(FileNotFoundError):
            path.unlink()
        return False


def _make_locked(path: Path) -> int:
    """Make a lease file and lock it; again, if somebody took it for a dead one's before it was locked."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(handle, fcntl.LOCK_SH)
        if path.exists() and os.fstat(handle).st_nlink:
            return handle
        os.close(handle)
