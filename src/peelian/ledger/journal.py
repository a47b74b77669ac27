"""The journal: where entries become durable, before they become a tree.

An entry is *acknowledged* once its frame is synced. Frames are only ever added at the end of the newest *segment*
file; a publication starts a new segment, turns the older ones into tiles, and then removes them.

Several processes append. Whoever holds the lock reads the *mark*, a short line that says how far the journal is
acknowledged; adds a frame there; syncs; writes the mark. The mark itself is not synced: it tells processes of one run
of the machine about each other (the kernel keeps it through ``kill -9``). After a power cut it is void, and the
segments are read through.

Why a mark, when the frames could be counted? Because a frame whose sync *failed* may still be there to read, and may
be gone after the next power cut. What lies beyond the mark was never acknowledged and is cut off before anything is
written there: writing the same place anew is the one thing that makes the page dirty again.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from peelian.core.errors import TamperedError
from peelian.core.time import Micros
from peelian.ledger.disk import Disk, file_lock, make_folders, write_whole

_FRAME = struct.Struct(">4sQQII")  # magic, first index, instant, number of entries, bytes of body
_CRC = struct.Struct(">I")  # over all of the frame before it
_ENTRY = struct.Struct(">HI")  # bytes of leaf, bytes of private part
_MAGIC = b"PLJ1"
_MARK_BYTES = 160


@dataclass(frozen=True)
class Entry:
    """What is logged: a public leaf and, optionally, a private payload that is already sealed."""

    leaf: bytes
    private: bytes = b""


class Kept(NamedTuple):
    """An entry that is in the ledger, with its place and the instant it was acknowledged for."""

    n: int
    at: Micros
    leaf: bytes
    private: bytes


@dataclass(frozen=True)
class Mark:
    """How far the journal is acknowledged, and in which run of the machine that was written."""

    boot: str
    segment: int  # number of the newest segment: the index of its first entry
    length: int  # bytes of it that are acknowledged
    next: int  # index that the next entry will get, which is the number of entries
    at: Micros  # instant of the last entry
    healthy: bool = True  # False from a failed write until the ledger has been verified again


# ---- frames ----


def encode_frame(first: int, at: Micros, entries: Sequence[Entry]) -> bytes:
    """Write entries that are acknowledged together: all of them or none."""
    parts = [part for e in entries for part in (_ENTRY.pack(len(e.leaf), len(e.private)), e.leaf, e.private)]
    body = b"".join(parts)
    frame = _FRAME.pack(_MAGIC, first, at, len(entries), len(body)) + body
    return frame + _CRC.pack(crc32(frame))


def frame_at(data: bytes, at: int) -> int:
    """Say where the whole, undamaged frame that starts here ends; 0 if there is none."""
    if data[at : at + 4] != _MAGIC or len(data) < at + _FRAME.size:
        return 0
    end: int = at + _FRAME.size + _FRAME.unpack_from(data, at)[4]
    if len(data) < end + _CRC.size or _CRC.unpack_from(data, end)[0] != crc32(data[at:end]):
        return 0
    return end + _CRC.size


def decode_frame(data: bytes, at: int) -> Iterator[Kept]:
    """Read the entries of the frame that starts here; the inverse of :func:`encode_frame`."""
    _, first, instant, count, _ = _FRAME.unpack_from(data, at)
    at += _FRAME.size
    for index in range(first, first + count):
        leaf_bytes, private_bytes = _ENTRY.unpack_from(data, at)
        middle = at + _ENTRY.size + leaf_bytes
        yield Kept(index, instant, data[at + _ENTRY.size : middle], data[middle : middle + private_bytes])
        at = middle + private_bytes


def segment_header(first: int) -> bytes:
    """Write a segment's first line."""
    return b"peelian-journal/1 %020d\n" % first


_HEADER_BYTES = len(segment_header(0))


class Scan(NamedTuple):
    """What reading a segment through gave: the index after the last entry, the good bytes, the last instant."""

    next: int
    length: int
    at: Micros


def scan_segment(data: bytes, first: int) -> Scan:
    """Read a segment through, frame by frame, up to the first that is not whole.

    Only the last frame may be torn: the one before was synced before it was begun. A good frame after a bad one
    means that acknowledged bytes were damaged.
    """
    if data[:_HEADER_BYTES] != segment_header(first):
        raise _damaged(first)
    found = Scan(first, _HEADER_BYTES, 0)
    while end := frame_at(data, found.length):
        _, index, at, count, _ = _FRAME.unpack_from(data, found.length)
        if index != found.next:
            raise _damaged(first)
        found = Scan(index + count, end, at)
    if _has_frame_after(data, found.length):
        raise _damaged(first)
    return found


def _has_frame_after(data: bytes, at: int) -> bool:
    while (at := data.find(_MAGIC, at + 1)) >= 0:
        if frame_at(data, at):
            return True
    return False


def _damaged(segment: int) -> TamperedError:
    return TamperedError(
        "journal-damaged",
        "Entries that were acknowledged but not yet published have been damaged.",
        why="The journal's own checks fail in its middle, which no interrupted write can do.",
        do="Stop, keep the folder as it is, and compare it with a backup; do not publish from it.",
        facts={"segment": segment},
    )


def _cut_short(segment: int) -> TamperedError:
    return TamperedError(
        "journal-cut",
        "Entries that were acknowledged but not yet published are gone.",
        why="The journal ends before the place it was acknowledged to, or does not reach the checkpoint.",
        do="Stop, keep the folder as it is, and compare it with a backup; do not publish from it.",
        facts={"segment": segment},
    )


# ---- the mark ----


def encode_mark(mark: Mark) -> bytes:
    """Write a mark as one line of fixed length."""
    health = "ok" if mark.healthy else "stopped"
    text = f"{mark.boot or '-'} {mark.segment} {mark.length} {mark.next} {mark.at} {health}".encode()
    return b"%s %08x" % (text, crc32(text)) + b" " * (_MARK_BYTES - len(text) - 10) + b"\n"


def decode_mark(data: bytes) -> Mark | None:
    """Read a mark; None for anything but a whole one."""
    text, _, crc = data.rstrip().rpartition(b" ")
    fields = text.decode("ascii", "replace").split(" ")
    if len(data) != _MARK_BYTES or crc != b"%08x" % crc32(text) or len(fields) != 6:
        return None
    segment, length, following, at = map(int, fields[1:5])
    return Mark("" if fields[0] == "-" else fields[0], segment, length, following, at, fields[5] == "ok")


# ---- the journal ----


class Journal:
    """The journal of one ledger, for one process; its methods may be called from one thread at a time.

    Parameters
    ----------
    folder : Path
        The ledger's ``journal/`` folder.
    disk : Disk
        What writes.
    """

    def __init__(self, folder: Path, disk: Disk) -> None:
        self.folder, self.disk = folder, disk
        self._boot = disk.boot()
        self._open_segment: tuple[int, int, int] | None = None  # process, segment, file
        self._left_off = (-1, 0, 0)  # segment, index and offset of the frame after the last one read

    def create(self) -> None:
        """Make an empty journal."""
        make_folders(self.disk, self.folder, mode=0o700)
        self.disk.sync_folder(self.folder.parent)
        with file_lock(self._lock_path):
            self._make_segment(0)
            self._write_mark(Mark(self._boot, 0, _HEADER_BYTES, 0, 0))

    def append(self, entries: Sequence[Entry], now: Micros) -> int:
        """Add entries; give the index of the first. They are durable on return."""
        with file_lock(self._lock_path):
            mark = self.mark()
            file = self._segment_file(mark.segment)
            self._cut_unacknowledged(file, mark)
            at = max(now, mark.at)  # instants never run backwards along the log
            frame = encode_frame(mark.next, at, entries)
            self.disk.write(file, frame, mark.length)
            self.disk.sync(file)  # this is the acknowledgement: before it nothing is promised, after it all is
            self._write_mark(replace(mark, length=mark.length + len(frame), next=mark.next + len(entries), at=at))
            return mark.next

    def mark(self) -> Mark:
        """Read how far the journal is acknowledged. Takes no lock."""
        for _ in range(100):  # a reader without the lock may meet a mark half written
            mark = self._read_mark()
            if mark is not None and mark.boot == self._boot:
                return mark
        raise _damaged(-1)

    def rotate(self) -> int:
        """Start a new segment, unless the newest is empty; give the number of entries in all the older ones."""
        with file_lock(self._lock_path):
            mark = self.mark()
            if mark.next == mark.segment:
                return mark.next
            file = self._segment_file(mark.segment)
            if self._cut_unacknowledged(file, mark):
                self.disk.sync(file)  # or a power cut could bring the cut bytes back, under indices given out anew
            self._remove_segments([s for s in self._segments() if s > mark.segment])
            self._make_segment(mark.next)
            self._write_mark(replace(mark, segment=mark.next, length=_HEADER_BYTES))
            return mark.next

    def read(self, start: int, end: int, mark: Mark | None = None) -> Iterator[Kept]:
        """Yield acknowledged entries; FileNotFoundError when they were published meanwhile."""
        mark = mark or self.mark()
        segments = [s for s in self._segments() if s <= mark.segment]
        following = [*segments[1:], mark.next]
        assert end <= mark.next, "only acknowledged entries are read"
        for segment, next_segment in zip(segments, following, strict=True):
            if segment <= start < min(end, next_segment):
                yield from self._read_segment(segment, next_segment, start, end)
                start = next_segment
        if start < end:
            raise FileNotFoundError(str(self.folder))

    def _read_segment(self, segment: int, following: int, start: int, end: int) -> Iterator[Kept]:
        # Acknowledged frames never move: a reader that follows goes on from the frame it left off at.
        left_off = self._left_off if self._left_off[0] == segment and self._left_off[1] <= start else None
        _, index, offset = left_off or (segment, segment, _HEADER_BYTES)
        with self._path(segment).open("rb") as file:
            file.seek(offset)
            data = file.read()
        at = 0
        while index < min(following, end):
            frame_end = frame_at(data, at)
            if not frame_end:
                raise _damaged(segment)
            for kept in decode_frame(data, at):
                if kept.n != index:
                    raise _damaged(segment)
                if start <= kept.n < end:
                    yield kept
                index += 1
            at = frame_end
            if index <= end:
                self._left_off = (segment, index, offset + at)

    def drop_before(self, size: int) -> None:
        """Remove the segments whose every entry is below a size that is published for good."""
        with file_lock(self._lock_path):
            chain = [s for s in self._segments() if s <= self.mark().segment]
            self._remove_segments([s for s, following in pairwise(chain) if following <= size])

    # ---- recovery ----

    def recover(self, published: int) -> Mark:
        """Bring the journal to its acknowledged state after whatever happened; the first thing a writer does."""
        with file_lock(self._lock_path):
            mark = self.trusted_mark()
            if mark is None:
                mark = self._rebuild_mark(published)
                self._write_mark(mark)
            if mark.next < published:
                raise _cut_short(mark.segment)
            self._cut_unacknowledged(self._segment_file(mark.segment), mark)
            return mark

    def trusted_mark(self) -> Mark | None:
        """Read the mark, if it was written in this run of the machine."""
        mark = self._read_mark()
        if mark is None or not self._boot or mark.boot != self._boot:
            return None
        if not self._path(mark.segment).exists():
            raise _cut_short(mark.segment)
        return mark

    def scan(self, published: int) -> Mark:
        """Work the mark out from the segments, without changing anything."""
        segments = self._segments()
        if not segments or segments[0] > published:
            raise _cut_short(-1)
        mark = Mark(self._boot, -1, 0, segments[0], 0, healthy=False)
        for first in segments:
            found = scan_segment(self._path(first).read_bytes(), first)
            if first != mark.next:
                if found.next > first or first > mark.next:
                    raise _damaged(first)
                continue  # an empty segment, left by a publication that was killed before it was taken into use
            mark = Mark(self._boot, first, found.length, found.next, max(found.at, mark.at), healthy=False)
        return mark

    def _rebuild_mark(self, published: int) -> Mark:
        mark = self.scan(published)
        self._remove_segments([s for s in self._segments() if s > mark.segment])
        return mark

    def set_healthy(self, healthy: bool, *, at_least: Micros = 0) -> None:
        """Note that the ledger was verified, or that a write failed and it must be."""
        with file_lock(self._lock_path):
            mark = self.mark()
            self._write_mark(replace(mark, healthy=healthy, at=max(mark.at, at_least)))

    # ---- files ----

    @property
    def _lock_path(self) -> Path:
        return self.folder / "lock"

    def _path(self, segment: int) -> Path:
        return self.folder / f"{segment:020d}"

    def _segments(self) -> list[int]:
        return sorted(int(name) for name in os.listdir(self.folder) if name.isdigit())

    def _make_segment(self, first: int) -> None:
        write_whole(self.disk, self._path(first), segment_header(first))
        self.disk.sync_folder(self.folder)

    def _remove_segments(self, segments: Sequence[int]) -> None:
        for segment in segments:
            self.disk.remove(self._path(segment))
        if segments:
            self.disk.sync_folder(self.folder)

    def _segment_file(self, segment: int) -> int:
        """Give the open file of a segment; a forked child opens its own."""
        key = (os.getpid(), segment)
        if self._open_segment is None or self._open_segment[:2] != key:
            self.close()
            if not self._path(segment).exists():
                raise _cut_short(segment)
            self._open_segment = (*key, self.disk.open(self._path(segment)))
        return self._open_segment[2]

    def _cut_unacknowledged(self, file: int, mark: Mark) -> bool:
        """Cut off what a process left that died, or failed, before it could acknowledge."""
        length = os.fstat(file).st_size
        if length < mark.length:
            raise _cut_short(mark.segment)
        if length > mark.length:
            self.disk.cut(file, mark.length)
        return length > mark.length

    def _read_mark(self) -> Mark | None:
        try:
            return decode_mark((self.folder / "mark").read_bytes())
        except FileNotFoundError:
            return None

    def _write_mark(self, mark: Mark) -> None:
        file = self.disk.open(self.folder / "mark")
        try:
            self.disk.write(file, encode_mark(mark), 0)
        finally:
            self.disk.close(file)

    def close(self) -> None:
        """Close the segment's file."""
        if self._open_segment is not None:
            if self._open_segment[0] == os.getpid():
                self.disk.close(self._open_segment[2])
            self._open_segment = None
