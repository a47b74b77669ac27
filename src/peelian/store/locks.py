"""One writer at a time: an exclusive lock on a file, let go by the system when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from peelian.core.errors import LimitError


@contextmanager
def exclusive(path: Path, *, wait_s: float) -> Iterator[None]:
    """Hold an exclusive lock on a file, waiting for it at most so long.

    Raises
    ------
    LimitError
        ``writer-busy`` when somebody else holds it all that time.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(handle, until=time.monotonic() + wait_s)
        yield
    finally:
        os.close(handle)  # closing the descriptor releases the lock


def _acquire(handle: int, *, until: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= until:
                raise LimitError(
                    "writer-busy",
                    "Another process is writing to this deployment.",
                    why="Writes go one at a time, so that every reader sees one consistent state.",
                    do="Try again when it has finished; a writer that died lets go by itself.",
                ) from None
            time.sleep(0.01)
