"""Progress lines on stderr: what is done, how fast, and how long it will take, when that can honestly be said."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from peelian.cli.output import err, note

_PLAIN_EVERY_S = 10.0
"""Where there is no terminal to write over, a line as often as this."""

_told_at = time.monotonic()


def _show(text: str) -> None:
    global _told_at
    if sys.stderr.isatty():
        err.file.write(f"\r\x1b[K{text}")
        err.file.flush()
    elif time.monotonic() - _told_at >= _PLAIN_EVERY_S:
        _told_at = time.monotonic()
        note(text)


def _clear() -> None:
    if sys.stderr.isatty():
        err.file.write("\r\x1b[K")
        err.file.flush()


@contextmanager
def ingest_progress() -> Iterator[Callable[[Any], None]]:
    """Give a callback for an ingest's progress."""

    def told(progress: Any) -> None:
        left = "" if progress.remaining_s is None else f", about {progress.remaining_s:.0f} s left"
        done = f"{progress.files_done}/{progress.files_total} files, {progress.rows:,} rows"
        _show(f"{done}, {progress.rows_per_s:,.0f}/s{left}")

    yield told
    _clear()


@contextmanager
def step_progress() -> Iterator[Callable[[int, int, str], None]]:
    """Give a callback ``(done, of, what)``."""

    def told(done: int, of: int, what: str) -> None:
        _show(f"{done:,}/{of:,} {what}")

    yield told
    _clear()


@contextmanager
def file_progress() -> Iterator[Callable[[str, int, int], None]]:
    """Give a callback ``(file, done, of)``."""

    def told(name: str, done: int, of: int) -> None:
        _show(f"{done:,}/{of:,} {name}")

    yield told
    _clear()


@contextmanager
def line_progress() -> Iterator[Callable[[str], None]]:
    """Give a callback that is told what is under way."""
    yield _show
    _clear()
