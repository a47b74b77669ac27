"""Archives opened with suspicion: bombs, archives in archives, path tricks, damage. Everything stays in memory.

No member is ever extracted to a path, so a name like ``../../etc/passwd`` could do nothing here; it is refused all the
same, because an honest publisher does not write it.
"""

from __future__ import annotations

import gzip
import io
import stat
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from peelian.core.errors import InvalidError, LimitError, MissingError, Warned

_CHUNK = 1 << 20
_SMALL = 10 << 20  # below this size the ratio says nothing: a month of empty cells packs very well


@dataclass(frozen=True)
class Limits:
    """How far an archive may expand.

    Parameters
    ----------
    file_bytes_max, total_bytes_max : int
        Unpacked size of one file, and of all together.
    ratio_max : float
        Unpacked over packed size of one file beyond 10 MiB. CSV packs 4 to 20 times.
    depth_max : int
        Archives inside archives: 0 none, 1 one level, and so on.
    files_max : int
        Members over all levels.
    """

    file_bytes_max: int = 2 << 30
    total_bytes_max: int = 64 << 30
    ratio_max: float = 200.0
    depth_max: int = 2
    files_max: int = 100_000


@dataclass(frozen=True)
class Inlet:
    """One file that can be read: its name inside the archive, its expected size, and how to get its bytes."""

    name: str
    size_bytes: int
    crc: int | None
    read: Callable[[], bytes] = field(repr=False, compare=False)

    @property
    def base_name(self) -> str:
        """Return the last part of the name."""
        return PurePosixPath(self.name.replace("!", "/")).name


@dataclass(frozen=True)
class Listing:
    """The files of an archive, in order of name, and what was odd about it. ``holders`` are closed at the end."""

    files: tuple[Inlet, ...]
    warnings: tuple[Warned, ...]
    holders: tuple[zipfile.ZipFile, ...] = ()

    def close(self) -> None:
        """Close what was opened."""
        for holder in self.holders:
            holder.close()


class _Spent:
    """Bytes unpacked so far, over all files and threads."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._total = 0
        self._files = 0
        self._lock = threading.Lock()

    def add_bytes(self, n: int) -> None:
        with self._lock:
            self._total += n
            if self._total > self.limits.total_bytes_max:
                raise _too_large("all files together", self.limits.total_bytes_max)

    def add_file(self) -> None:
        self._files += 1
        if self._files > self.limits.files_max:
            raise LimitError(
                "archive-has-too-many-files",
                f"The archive holds more than {self.limits.files_max} files.",
                why="An honest archive of monthly files does not.",
                do="Look into the archive; raise files_max if it is genuine.",
            )


def list_files(path: Path, limits: Limits | None = None) -> Listing:
    """List the readable files of a zip archive, a folder, or a single file.

    Raises
    ------
    MissingError
        ``archive-missing``.
    InvalidError
        ``archive-damaged`` when it is no zip archive after all, or cut off.
    LimitError
        ``archive-has-too-many-files``, ``archive-too-deep``.
    """
    limits = limits or Limits()
    spent = _Spent(limits)
    if not path.exists():
        raise MissingError(
            "archive-missing",
            "There is no such file or folder to read.",
            why=f"Of its path only {_deepest_there(path)} is there.",
            do="Check the path. `peelian fetch police-uk` downloads open data; ask for the force's own files.",
        )
    if path.is_dir():
        listing = _join([_open_file(p, str(p.relative_to(path)), spent) for p in _walk(path)])
    else:
        listing = _open_file(path, path.name, spent)
    return Listing(tuple(sorted(listing.files, key=lambda f: f.name)), listing.warnings, listing.holders)


def _deepest_there(path: Path) -> Path:
    """Return the part of a path that exists: it says where was looked, and gives back no word that may be a name."""
    return next(parent for parent in path.absolute().parents if parent.exists())


def list_memory(files: Mapping[str, bytes]) -> Listing:
    """List files that are in memory already: name -> bytes."""
    made = [Inlet(name, len(data), zlib.crc32(data), partial(bytes, data)) for name, data in files.items()]
    return Listing(tuple(sorted(made, key=lambda f: f.name)), ())


def list_packed(data: bytes, limits: Limits) -> Listing:
    """List the members of an archive that is in memory: a workbook is one.

    Raises
    ------
    InvalidError
        ``archive-damaged``.
    LimitError
        ``archive-has-too-many-files``, ``archive-too-deep``.
    """
    return _open_zip(io.BytesIO(data), "", _Spent(limits), 0)


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        # A link may lead out of the folder that the user named: it is not followed.
        if path.is_file() and not path.is_symlink() and folder.resolve() in path.resolve().parents:
            yield path


def _open_file(path: Path, name: str, spent: _Spent) -> Listing:
    spent.add_file()
    if path.suffix.lower() == ".zip":
        return _open_zip(path, "" if name == path.name else f"{name}!", spent, depth=0)
    packed = path.stat().st_size
    if path.suffix.lower() == ".gz":
        return Listing((Inlet(name, packed, None, lambda: _read_gzip(path, packed, spent)),), ())
    return Listing((Inlet(name, packed, None, lambda: _read_plain(path, packed, spent)),), ())


def _open_zip(source: Path | IO[bytes], prefix: str, spent: _Spent, depth: int) -> Listing:
    try:
        holder = zipfile.ZipFile(source)
        members = holder.infolist()
    except (zipfile.BadZipFile, OSError, EOFError, ValueError) as error:
        raise InvalidError(
            "archive-damaged",
            "The zip archive cannot be opened: its table of contents is missing or broken.",
            why="It was probably cut off while it was copied or downloaded.",
            do="Copy or download it again; `peelian fetch police-uk` checks what it downloads.",
            facts={"inside": prefix},
        ) from error
    parts = [_open_member(holder, info, prefix, spent, depth) for info in members if not info.is_dir()]
    joined = _join(parts)
    return Listing(joined.files, joined.warnings, (holder, *joined.holders))


def _open_member(holder: zipfile.ZipFile, info: zipfile.ZipInfo, prefix: str, spent: _Spent, depth: int) -> Listing:
    spent.add_file()
    problem = _member_problem(info)
    if problem:
        return Listing((), (Warned("archive-member-refused", f"A member of the archive was left out: {problem}."),))

    def read() -> bytes:
        return _read_member(holder, info, spent)

    name = prefix + info.filename
    if not info.filename.lower().endswith(".zip"):
        return Listing((Inlet(name, info.file_size, info.CRC, read),), ())
    if depth >= spent.limits.depth_max:
        raise LimitError(
            "archive-too-deep",
            f"Archives are packed inside archives more than {spent.limits.depth_max} deep.",
            why="Nesting without end is how a small file fills a large disk.",
            do="Unpack the outer archives yourself and point at the inner ones.",
        )
    return _open_zip(io.BytesIO(read()), f"{name}!", spent, depth + 1)


def _member_problem(info: zipfile.ZipInfo) -> str:
    name = info.filename
    # ZipInfo cuts the name at a NUL and turns \ into / where the system does so; look at what was written.
    written = info.orig_filename
    if "\0" in written or "\\" in written or "!" in written:
        return "its name holds a character that hides a path"
    if name.startswith("/") or name[1:2] == ":" or ".." in PurePosixPath(name).parts:
        return "its name leads out of the archive"
    if info.flag_bits & 0x1:
        return "it is encrypted"
    mode = info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "it is a link or a device"
    return ""


def _join(parts: list[Listing]) -> Listing:
    return Listing(
        tuple(f for p in parts for f in p.files),
        tuple(w for p in parts for w in p.warnings),
        tuple(h for p in parts for h in p.holders),
    )


def _read_member(holder: zipfile.ZipFile, info: zipfile.ZipInfo, spent: _Spent) -> bytes:
    try:
        with holder.open(info) as stream:
            # The last read checks the CRC, so a damaged member is never handed on.
            return _read_stream(stream, info.compress_size, spent)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise _damaged() from error


def _read_gzip(path: Path, packed: int, spent: _Spent) -> bytes:
    try:
        with gzip.open(path) as stream:
            return _read_stream(stream, packed, spent)
    except (gzip.BadGzipFile, zlib.error, EOFError, OSError) as error:
        raise _damaged() from error


def _read_plain(path: Path, size: int, spent: _Spent) -> bytes:
    with path.open("rb") as stream:
        return _read_stream(stream, size, spent)


def _read_stream(stream: IO[bytes] | gzip.GzipFile, packed: int, spent: _Spent) -> bytes:
    """Read to the end in steps, checking the bounds at each: what a header claims about sizes is only a claim."""
    limits = spent.limits
    parts: list[bytes] = []
    size = 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        spent.add_bytes(len(chunk))
        if size > limits.file_bytes_max:
            raise _too_large("one file", limits.file_bytes_max)
        if size > _SMALL and size > limits.ratio_max * max(packed, 1):
            raise LimitError(
                "archive-expands-too-far",
                f"A packed file grows more than {limits.ratio_max:g} times when it is unpacked.",
                why="That is how a small file fills a large memory (a zip bomb).",
                do="Look into the archive; raise ratio_max if it is genuine.",
            )
        parts.append(chunk)
    return b"".join(parts)


def _too_large(what: str, limit: int) -> LimitError:
    return LimitError(
        "archive-too-large",
        f"Unpacked, {what} would exceed {limit >> 20} MiB.",
        why="Files are read in memory, so that nothing undeclared touches the disk.",
        do="Split the archive, or raise the limit on a machine with the memory.",
    )


def _damaged() -> InvalidError:
    return InvalidError(
        "file-damaged",
        "A packed file cannot be read to its end, or its checksum does not fit.",
        why="Half a file is not a re-publication: rows that are missing would look as if they were withdrawn.",
        do="Copy or download the archive again.",
    )
