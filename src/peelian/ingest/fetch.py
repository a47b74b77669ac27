"""Download a force's files from a police.uk archive: only what is asked for, resumable, checked, politely.

An archive holds all forces and three years, well over a gigabyte. Its table of contents stands at the end, so the
members of one force can be read by HTTP ranges (RFC 9110 section 14) without the rest.
"""

from __future__ import annotations

import email.utils
import hashlib
import http.client
import io
import os
import re
import time
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path, PurePosixPath

from peelian.core.errors import InvalidError, LimitError, MissingError
from peelian.core.time import Clock, SystemClock
from peelian.ingest.shaping import month_number, month_text

SUMS = "SHA256SUMS"
_MONTHS_AN_ARCHIVE = 36
_BLOCK = 1 << 18
_FORCE = re.compile(r"^[a-z][a-z0-9-]*$")
_MEMBER_MAX = 1 << 30
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_TRANSIENT = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)


@dataclass(frozen=True)
class Manners:
    """How to treat the publisher's server.

    Parameters
    ----------
    tries : int
        Attempts for one request.
    wait_s, wait_s_max : float
        First pause after a failure, doubled each time, and the longest one. A ``Retry-After`` is obeyed up to the
        longest.
    timeout_s : float
    sleep : callable
        Waits some seconds.
    clock : Clock
        For a ``Retry-After`` that names a date.
    """

    tries: int = 5
    wait_s: float = 1.0
    wait_s_max: float = 120.0
    timeout_s: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    clock: Clock = field(default_factory=SystemClock)


@dataclass(frozen=True)
class Fetched:
    """What a download did.

    Parameters
    ----------
    folder : Path
    files : mapping of str to str
        File below the folder -> SHA-256; the same as in its ``SHA256SUMS``.
    n_new, n_kept : int
        Files downloaded now, and files that were there already and right.
    bytes_read : int
        Bytes that came over the network.
    """

    folder: Path
    files: Mapping[str, str]
    n_new: int
    n_kept: int
    bytes_read: int


def fetch_police_uk(
    force: str,
    first: str,
    last: str,
    into: Path,
    base_url: str,
    *,
    archive: str = "",
    manners: Manners | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Fetched:
    """Download a force's files for some months.

    Parameters
    ----------
    force : str
        Force id as in the archive's file names, e.g. ``metropolitan``.
    first, last : str
        Months, both included, e.g. ``2022-01`` and ``2024-12``.
    into : Path
        Folder for ``<month>/<month>-<force>-*.csv`` and ``SHA256SUMS``. Outside the deployment.
    base_url : str
        Where ``<month>.zip`` archives lie; the contract's ``address``.
    archive : str, optional
        Month of the newest archive to take the files from; the last month asked for when not given. A newer archive
        holds the months as they were revised since.
    manners : Manners, optional
    progress : callable, optional
        ``progress(file name, files done, files wanted)``.

    Raises
    ------
    InvalidError
        ``fetch-asks-nothing`` for an impossible force or span; ``fetch-damaged`` when what arrives fails its checks.
    MissingError
        ``fetch-not-found`` when there is no such archive, or nothing of the force in it.
    LimitError
        ``fetch-gave-up`` after the last attempt.
    """
    manners = manners or Manners()
    months = _months_between(force, first, last)
    known = _read_sums(into)
    n_new, bytes_read, wanted = 0, 0, dict[str, str]()
    for month, span in _archives(months, archive or last):
        remote = RemoteFile(f"{base_url.rstrip('/')}/{month}.zip", manners)
        with _open_remote(remote) as holder:
            members = list(_members(holder, force, span))
            for i, info in enumerate(members):
                name = _target_name(info)
                if not _is_there(into, name, known):
                    known[name] = _save(holder, info, into / name)
                    _write_sums(into, known)
                    n_new += 1
                wanted[name] = known[name]
                if progress:
                    progress(name, i + 1, len(members))
        bytes_read += remote.bytes_read
    if not wanted:
        raise _not_found(f"The archives hold nothing of the force for {first} to {last}.")
    return Fetched(into, wanted, n_new, len(wanted) - n_new, bytes_read)


class RemoteFile(io.RawIOBase):
    """A file on a web server, read by ranges, as if it were local. Failed requests are repeated, with pauses."""

    def __init__(self, url: str, manners: Manners) -> None:
        super().__init__()
        if not url.startswith(("https://", "http://")):
            raise InvalidError(
                "fetch-asks-nothing",
                "The address is not a web address.",
                do="Give one that begins with https://.",
            )
        self.url = url
        self.bytes_read = 0
        self._manners = manners
        self._at = 0
        self._size = self._ask_size()

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can be read from anywhere."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move the position."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(start + offset, 0)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read into a buffer, as much as it holds."""
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        data = self._read_range(self._at, wanted)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _ask_size(self) -> int:
        with self._request(0, 1) as answer:
            self.bytes_read += len(answer.read(1))
            return _total_size(answer)

    def _read_range(self, start: int, length: int) -> bytes:
        """Read exactly so many bytes; after a cut connection go on where it broke off."""
        parts: list[bytes] = []
        got = 0
        for attempt in range(self._manners.tries):
            with self._request(start + got, length - got) as answer:
                if _total_size(answer) != self._size:
                    raise _damaged("The archive changed its length while it was read.")
                data = _read_what_comes(answer, length - got)
            parts.append(data)
            got += len(data)
            self.bytes_read += len(data)
            if got == length:
                return b"".join(parts)
            self._pause(attempt)
        raise _gave_up("The connection was cut again and again.")

    def _request(self, start: int, length: int) -> http.client.HTTPResponse:
        headers = {
            "Range": f"bytes={start}-{start + length - 1}",
            "User-Agent": "peelian",
            "Accept-Encoding": "identity",
        }
        for attempt in range(self._manners.tries):
            try:
                request = urllib.request.Request(self.url, headers=headers)
                answer: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=self._manners.timeout_s)
                return answer
            except urllib.error.HTTPError as error:
                with error:
                    if error.code not in _TRY_AGAIN:
                        raise _refused_by_server(error.code) from error
                    self._pause(attempt, error.headers.get("Retry-After"))
            except _TRANSIENT:
                self._pause(attempt)
        raise _gave_up("The server did not answer properly.")

    def _pause(self, attempt: int, retry_after: str | None = None) -> None:
        manners = self._manners
        wait_s = min(manners.wait_s * 2**attempt, manners.wait_s_max)
        asked_s = _retry_after_s(retry_after, manners.clock)
        if asked_s > manners.wait_s_max:
            raise _gave_up(f"The server asks for a pause of {asked_s:.0f} seconds.")
        if attempt + 1 < manners.tries:
            manners.sleep(max(wait_s, asked_s))


def _read_what_comes(answer: http.client.HTTPResponse, length: int) -> bytes:
    try:
        return answer.read(length)
    except http.client.IncompleteRead as error:
        return bytes(error.partial)
    except (*_TRANSIENT, OSError):
        return b""


def _total_size(answer: http.client.HTTPResponse) -> int:
    """Read the whole length from ``Content-Range: bytes 0-0/123`` (RFC 9110 section 14.4)."""
    match = re.fullmatch(r"bytes \d+-\d+/(\d+)", answer.headers.get("Content-Range", ""))
    if answer.status != 206 or not match:
        raise InvalidError(
            "fetch-needs-ranges",
            "The server does not hand out parts of a file.",
            why="Without ranges a download can neither be resumed nor kept to one force.",
            do="Download the whole archive with a browser and point `peelian ingest police-uk` at it.",
        )
    return int(match[1])


def _retry_after_s(value: str | None, clock: Clock) -> float:
    """Read ``Retry-After``: seconds, or a date (RFC 9110 section 10.2.3)."""
    if not value:
        return 0.0
    if value.strip().isdigit():
        return float(value)
    try:
        at = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max((aware - clock.now()).total_seconds(), 0.0)


def _open_remote(remote: RemoteFile) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BufferedReader(remote, _BLOCK))
    except (zipfile.BadZipFile, ValueError) as error:
        raise _damaged("What the server holds is no zip archive, or is cut off.") from error


def _members(holder: zipfile.ZipFile, force: str, months: range) -> Iterator[zipfile.ZipInfo]:
    name = re.compile(rf"(\d{{4}}-\d{{2}})-{re.escape(force)}-(street|outcomes|stop-and-search)\.csv")
    for info in sorted(holder.infolist(), key=lambda i: i.filename):
        match = name.fullmatch(PurePosixPath(info.filename).name)
        if match and month_number(match[1]) in months:
            yield info


def _target_name(info: zipfile.ZipInfo) -> str:
    """Build the local name from the matched parts only: what the archive says about folders is not used."""
    base = PurePosixPath(info.filename).name
    return f"{base[:7]}/{base}"


def _save(holder: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> str:
    """Write one member beside its place, check it, and move it there: a file with its name is a whole file."""
    if info.file_size > _MEMBER_MAX:
        raise _damaged("A member of the archive is far too large.")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    digest = hashlib.sha256()
    try:
        with holder.open(info) as stream, part.open("wb") as out:
            while chunk := stream.read(_BLOCK):  # the last read checks the CRC
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        part.unlink(missing_ok=True)
        raise _damaged("A member of the archive fails its checksum.") from error
    part.replace(target)
    return digest.hexdigest()


def _is_there(into: Path, name: str, known: Mapping[str, str]) -> bool:
    path = into / name
    return name in known and path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == known[name]


def _read_sums(into: Path) -> dict[str, str]:
    path = into / SUMS
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    pairs = (line.split("  ", 1) for line in lines if "  " in line)
    return {name: digest for digest, name in pairs}


def _write_sums(into: Path, sums: Mapping[str, str]) -> None:
    """Write the list that ``sha256sum --check`` reads."""
    part = into / f"{SUMS}.part"
    part.write_text("".join(f"{sums[name]}  {name}\n" for name in sorted(sums)), encoding="utf-8")
    part.replace(into / SUMS)


def _months_between(force: str, first: str, last: str) -> range:
    start, end = month_number(first), month_number(last)
    if not _FORCE.match(force) or start is None or end is None or end < start:
        raise _asks_nothing()
    return range(start, end + 1)


def _archives(months: range, newest: str) -> Iterator[tuple[str, range]]:
    """Yield the archives that cover the months: each holds the three years that end with its own month."""
    end = (month_number(newest) or 0) + 1
    if end < months.stop:
        raise _asks_nothing()
    while end > months.start:
        span = range(max(months.start, end - _MONTHS_AN_ARCHIVE), min(months.stop, end))
        if span:
            yield month_text(end - 1), span
        end -= _MONTHS_AN_ARCHIVE


def _asks_nothing() -> InvalidError:
    return InvalidError(
        "fetch-asks-nothing",
        "The force or the months make no sense.",
        why="A request is put together from them.",
        do="Name the force as in the archive's files, e.g. metropolitan, and months such as 2022-01, in order.",
    )


def _refused_by_server(status: int) -> MissingError:
    if status in (404, 410):
        return _not_found("There is no such archive on the server.")
    return _not_found(f"The server refuses with status {status}.")


def _not_found(what: str) -> MissingError:
    return MissingError(
        "fetch-not-found",
        what,
        why="The newest month is about two months old, and old archives are taken away.",
        do="Try another last month, and check the force's id on the publisher's site.",
    )


def _damaged(what: str) -> InvalidError:
    return InvalidError(
        "fetch-damaged",
        what,
        why="A damaged file must not pass for the publisher's word.",
        do="Run the same command again: whole files are kept, the others are downloaded anew.",
    )


def _gave_up(what: str) -> LimitError:
    return LimitError(
        "fetch-gave-up",
        what,
        why="Hammering a public server helps nobody.",
        do="Run the same command again later: it goes on where it stopped.",
    )
