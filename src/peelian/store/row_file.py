"""Rows as they are, in one file beside a shard of the search index: added at the end, read by where they stand.

The file is plain text and is never compressed, so that whoever looks for what should be gone can read all of it. What
was superseded stays in it until its shard is built anew, as its terms stay in the index.
"""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from types import TracebackType

ROWS = "rows.bin"

NOWHERE = 0
"""Where a row stands that was not kept."""

_LENGTH_BITS = 24


class RowWriter:
    """Adds rows to the file of one shard; they are on the disk when it closes, before the index speaks of them."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / ROWS).open("ab", buffering=1 << 20)
        self._end = self._file.tell()

    def __enter__(self) -> RowWriter:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._file.close()

    def add(self, row: bytes) -> int:
        """Add a row; returns where it stands: its first byte and its length in one number."""
        assert len(row) < 1 << _LENGTH_BITS, "a row is shorter than 16 megabytes"
        if not row:
            return NOWHERE
        at, self._end = self._end, self._end + len(row)
        self._file.write(row)
        return at << _LENGTH_BITS | len(row)

    def settle(self) -> None:
        """Put everything added on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())


class RowReader:
    """Reads rows of one shard by where they stand."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / ROWS, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(
            self, os.close, self._file
        )  # whoever is reading keeps it open; a shard that is no more frees it

    def read(self, at: int) -> bytes:
        """Return the row that stands somewhere."""
        return os.pread(self._file, at & (1 << _LENGTH_BITS) - 1, at >> _LENGTH_BITS)
