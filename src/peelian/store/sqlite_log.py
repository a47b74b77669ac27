"""SQLite's write-ahead log keeps what was deleted until it is truncated."""

from __future__ import annotations

from typing import Any, Protocol

from peelian.core.errors import LimitError


class _Cursor(Protocol):
    def execute(self, sql: str, /) -> object: ...

    def fetchone(self) -> Any: ...


def truncate_log(cursor: _Cursor) -> None:
    """Copy the log into the database and cut it to nothing, waiting for readers as long as the connection waits.

    Raises
    ------
    LimitError
        ``log-in-use`` when a reader stays in the way: what was deleted is still in the log then.
    """
    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if cursor.fetchone()[0]:
        raise LimitError(
            "log-in-use",
            "The write-ahead log of a database could not be truncated.",
            why="Somebody is reading the database, and what was deleted is still in its log.",
            do="Ask for the same erasure again when the other process has finished.",
        )
