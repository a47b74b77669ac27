"""Read an archive slice by slice: several files side by side, in order, resumable, with progress."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from peelian.core.errors import InvalidError, Warned
from peelian.ingest.assemble import fingerprint, make_slices, refused_slice
from peelian.ingest.contract import FileKind
from peelian.ingest.database_door import ADDRESS, mark_of
from peelian.ingest.door import Door, answers_to
from peelian.ingest.keys import connect
from peelian.ingest.projection import Projector
from peelian.ingest.quirks import QUIRKS
from peelian.ingest.safe_zip import Inlet, Listing, list_files
from peelian.ingest.shape import Context, FileSeen, Options
from peelian.ingest.shaping import month_number
from peelian.ingest.slice import Counts, Slice
from peelian.ingest.source import Source, file_stem, fill_slice_id
from peelian.ingest.table_door import read_names, read_table

_IN_FLIGHT_BYTES = 512 << 20  # unpacked bytes of files read ahead, beyond the first
_HONEST_S = 1.0  # before so much time and share has passed, what remains is not told
_HONEST_SHARE = 0.02


@dataclass(frozen=True)
class Progress:
    """How far a reading is.

    Parameters
    ----------
    files_done, files_total : int
    bytes_done, bytes_total : int
        Sizes as the archive states them.
    rows : int
        Rows read so far.
    slices_skipped : int
        Slices that the caller had committed before, unchanged.
    seconds : float
        Since the start, whatever the caller did with each slice included.
    remaining_s : float or None
        What is left at the pace so far; None while that would be a guess.
    """

    files_done: int
    files_total: int
    bytes_done: int
    bytes_total: int
    rows: int
    slices_skipped: int
    seconds: float
    remaining_s: float | None

    @property
    def rows_per_s(self) -> float:
        """Return the mean rate since the start."""
        return self.rows / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True)
class Job:
    """One file to read, and what its name says about it."""

    inlet: Inlet
    kind: FileKind | None = None  # None when only the header can tell
    force: str = ""
    month: int | None = None
    slice_id: str = ""

    @property
    def name(self) -> str:
        """Return the file's name, and the part of it that is read: a sheet, a table, a list."""
        return f"{self.inlet.name}!{self.kind.part}" if self.kind and self.kind.part else self.inlet.name


@dataclass(frozen=True)
class _Beside:
    """Another kind of file of the same delivery: what it holds, and the hashes of the files it came from."""

    door: Door
    hashes: tuple[str, ...]


@dataclass(frozen=True)
class _Outcome:
    slices: tuple[Slice, ...] = ()
    n_skipped: int = 0
    unknown: bool = False


class Reading:
    """An archive being read. Iterate it once; stop between two slices whenever you like.

    Parameters
    ----------
    source : Source
    path : Path or Listing
        Zip archive, folder, or single file; or files in memory (:func:`~peelian.ingest.safe_zip.list_memory`).
    options : Options
    seen : mapping of str to str, optional
        Slice id -> fingerprint of its **last** commit. A slice whose fingerprint is the same is skipped.
    progress : callable, optional
        Called with :class:`Progress` after each file whose slices the caller has taken.
    timer : callable, optional
        Seconds since any fixed point.
    choose : callable, optional
        Picks some of the files, e.g. the first of each kind for a preview.

    Attributes
    ----------
    warnings : list of Warned
        What is odd about the archive as a whole.
    counts : Counts
        Sum over the slices handed out so far.
    slices_skipped : int
    files_listed : int
        Files that could be read, before ``choose``.

    Raises
    ------
    InvalidError
        ``nothing-to-read``, ``slice-claimed-twice``, ``archive-damaged``; for a single file, whatever is wrong with
        it. A bad file *inside* an archive does not stop the others: it comes out as a refused slice.
    """

    def __init__(
        self,
        source: Source,
        path: Path | Listing,
        options: Options,
        *,
        seen: Mapping[str, str] | None = None,
        progress: Callable[[Progress], None] | None = None,
        timer: Callable[[], float] = time.perf_counter,
        choose: Callable[[list[Job]], list[Job]] | None = None,
    ) -> None:
        self.source = source
        self.options = options
        self.counts = Counts()
        self.slices_skipped = 0
        self._seen = dict(seen or {})
        self._progress = progress
        self._timer = timer
        self._projector = Projector(source.epsg, options.epsg)
        self._single = isinstance(path, Path) and path.is_file() and path.suffix.lower() != ".zip"
        self._listing = list_files(path, options.limits) if isinstance(path, Path) else path
        self.warnings: list[Warned] = list(self._listing.warnings)
        self._local = threading.local()
        self._engines: list[duckdb.DuckDBPyConnection] = []
        self._jobs = self._planned = plan_jobs(source, self._listing, options, self.warnings)
        self._beside: dict[str, _Beside] = {}
        self._beside_lock = threading.Lock()
        self.files_listed = len(self._jobs)
        if choose:
            self._jobs = choose(self._jobs)

    @property
    def files_total(self) -> int:
        """Return how many files will be read."""
        return len(self._jobs)

    def __iter__(self) -> Iterator[Slice]:
        started = self._timer()
        claimed: dict[str, str] = {job.slice_id: "" for job in self._jobs if job.slice_id}
        done = Counter[str]()
        pool = ThreadPoolExecutor(max(self.options.threads, 1))
        try:
            for job, future in self._read_ahead(pool):
                outcome = future.result()
                for part in outcome.slices:
                    if job.slice_id or self._claim(part, claimed):
                        self.counts += part.counts
                        yield part
                self.slices_skipped += outcome.n_skipped
                done.update(files=1, bytes=job.inlet.size_bytes, unknown=outcome.unknown)
                self._tell(done, self._timer() - started)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            self.close()
        if done["unknown"]:
            self.warnings.append(Warned("file-not-known", QUIRKS["file-not-known"], done["unknown"]))

    def close(self) -> None:
        """Close archives and engines."""
        self._listing.close()
        while self._engines:
            self._engines.pop().close()

    def _read_ahead(self, pool: ThreadPoolExecutor) -> Iterator[tuple[Job, Future[_Outcome]]]:
        """Yield files in order while the next ones are being read, within a bound on memory."""
        waiting = deque(self._jobs)
        flying: deque[tuple[Job, Future[_Outcome]]] = deque()
        while waiting or flying:
            while waiting and len(flying) <= self.options.threads:
                ahead = sum(job.inlet.size_bytes for job, _ in flying) + waiting[0].inlet.size_bytes
                if flying and ahead > _IN_FLIGHT_BYTES:
                    break
                job = waiting.popleft()
                flying.append((job, pool.submit(self._read, job)))
            yield flying.popleft()

    def _read(self, job: Job) -> _Outcome:
        """Read one file, in a worker thread."""
        file = FileSeen(job.name, "", job.force, job.month, job.slice_id)
        try:
            data = job.inlet.read()
            kind = job.kind or find_kind(self.source, job.inlet.base_name, data)
            if kind is None:
                return self._unknown()
            hashes = self._other(kind.joined.file).hashes if kind.joined else ()
            file = replace(file, sha256=self._hash(job, kind, data), beside=hashes)
            if job.slice_id and self._has(job.slice_id, file):
                return _Outcome(n_skipped=1)
            door = read_table(job.inlet.base_name, data, kind, threads=self._threads())
            del data
            context = self._context(kind, file)
            slices = make_slices(self.source.shape(door, context), door, context)
        except InvalidError as error:
            if self._single:
                raise
            return _Outcome((refused_slice(error, file, self.source.contract.source, self.options),))
        fresh = tuple(s for s in slices if not (s.tables and self._seen.get(s.slice_id) == s.fingerprint))
        return _Outcome(fresh, len(slices) - len(fresh))

    def _hash(self, job: Job, kind: FileKind, data: bytes) -> str:
        """Hash a file; behind an address what counts is whether the table has changed, or else that it is read now."""
        if job.inlet.base_name.lower().endswith(ADDRESS):
            data += mark_of(data, kind) or str(self.options.read_at).encode()
        return hashlib.sha256(data).hexdigest()

    def _other(self, name: str) -> _Beside:
        """Read what another kind of file of this delivery holds, once for all files that need it."""
        with self._beside_lock:
            if name not in self._beside:
                jobs = [job for job in self._planned if job.kind and job.kind.name == name]
                self._beside[name] = self._read_beside(self.source.contract.kind(name), jobs)
            return self._beside[name]

    def _read_beside(self, kind: FileKind, jobs: list[Job]) -> _Beside:
        if not jobs:
            raise InvalidError(
                "file-beside-missing",
                f'The delivery has no file of the kind "{kind.name}", which others need.',
                why="Rows about people carry no date of their own: it stands with the event.",
                do="Deliver the files of one export together.",
                facts={"kind": kind.name},
            )
        doors, hashes = [], []
        for job in jobs:
            data = job.inlet.read()
            hashes.append(self._hash(job, kind, data))
            doors.append(read_table(job.inlet.base_name, data, kind, threads=self.options.threads))
        whole = replace(doors[0], table=pa.concat_tables([door.table for door in doors]))
        return _Beside(whole, tuple(hashes))

    def _has(self, slice_id: str, file: FileSeen) -> bool:
        mark = fingerprint(slice_id, file, self.source.contract.hash, self.source.mapping_hash, self.options)
        return self._seen.get(slice_id) == mark

    def _unknown(self) -> _Outcome:
        if self._single:
            raise _nothing_to_read(1)
        return _Outcome(unknown=True)

    def _context(self, kind: FileKind, file: FileSeen) -> Context:
        source = self.source
        return Context(
            source.contract,
            kind,
            self.options,
            file,
            self._engine(),
            self._projector,
            source.name,
            source.mapping_hash,
            lambda name: self._other(name).door,
        )

    def _engine(self) -> duckdb.DuckDBPyConnection:
        """Return this thread's own engine."""
        if not hasattr(self._local, "con"):
            self._local.con = connect(self._threads())
            self._engines.append(self._local.con)
        con: duckdb.DuckDBPyConnection = self._local.con
        return con

    def _threads(self) -> int:
        """Share the threads: one for each of several files, or all for a single one."""
        return self.options.threads if len(self._jobs) == 1 else 1

    def _claim(self, part: Slice, claimed: dict[str, str]) -> bool:
        """Note that a file holds a slice; the same bytes again are passed over, other bytes are an error."""
        before = claimed.setdefault(part.slice_id, part.file_sha256)
        if before == part.file_sha256 or not part.tables:
            return True
        raise _claimed_twice(part.slice_id)

    def _tell(self, done: Counter[str], seconds: float) -> None:
        if self._progress:
            total = sum(job.inlet.size_bytes for job in self._jobs)
            share = done["bytes"] / total if total else 1.0
            told = seconds >= _HONEST_S and share >= _HONEST_SHARE
            self._progress(
                Progress(
                    files_done=done["files"],
                    files_total=len(self._jobs),
                    bytes_done=done["bytes"],
                    bytes_total=total,
                    rows=self.counts.read,
                    slices_skipped=self.slices_skipped,
                    seconds=seconds,
                    remaining_s=seconds * (1 - share) / share if told else None,
                )
            )


def read_slices(
    source: Source,
    path: Path | Listing,
    options: Options,
    *,
    seen: Mapping[str, str] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Reading:
    """Open an archive for reading; iterate the result for its slices. See :class:`Reading`."""
    return Reading(source, path, options, seen=seen, progress=progress)


def plan_jobs(source: Source, listing: Listing, options: Options, warnings: list[Warned]) -> list[Job]:
    """Decide which files to read and what their names say; each slice comes from one file.

    Raises
    ------
    InvalidError
        ``nothing-to-read``; ``slice-claimed-twice`` when two different files claim one slice.
    """
    found = [_recognise(source, inlet, options) for inlet in listing.files]
    jobs = [job for of_file in found for job in of_file]
    n_ignored = sum(not of_file for of_file in found)
    if n_ignored:
        warnings.append(Warned("file-not-known", QUIRKS["file-not-known"], n_ignored))
    if not jobs:
        raise _nothing_to_read(n_ignored)
    first: dict[str, Job] = {}
    for job in jobs:
        before = first.setdefault(job.slice_id or job.name, job)
        if before is not job:
            if job.inlet.crc is None or before.inlet.crc != job.inlet.crc:
                raise _claimed_twice(job.slice_id)
            warnings.append(Warned("file-repeated", QUIRKS["file-repeated"]))
    return list(first.values())


def _recognise(source: Source, inlet: Inlet, options: Options) -> list[Job]:
    """Return what is to be read of a file: all of it once, or each part that the contract declares."""
    if not source.reads(inlet.base_name):
        return []
    jobs = [job for kind in source.contract.files if (job := _job(source, inlet, kind, options))]
    whole = [job for job in jobs if job.kind and not job.kind.part]
    return [*whole[:1], *(job for job in jobs if job.kind and job.kind.part)] or [Job(inlet)]


def _job(source: Source, inlet: Inlet, kind: FileKind, options: Options) -> Job | None:
    match = re.fullmatch(kind.file_name, inlet.base_name, re.IGNORECASE) if kind.file_name else None
    if kind.file_name and not match:
        return None
    known = {"name": source.name, "file": file_stem(inlet.base_name), "force": options.force}
    known |= {k: v.lower() for k, v in (match.groupdict() if match else {}).items() if v}
    slice_id = fill_slice_id(kind, known | {"kind": kind.name})
    return Job(inlet, kind, known["force"], month_number(known.get("month", "")), slice_id)


def find_kind(source: Source, base_name: str, data: bytes) -> FileKind | None:
    """Tell a file's kind by its header, for files whose name does not say."""
    names = read_names(base_name, data)
    return next((kind for kind in source.contract.files if answers_to(names, kind.columns)), None)


def knows_file(source: Source, inlet: Inlet) -> bool:
    """Say whether a source knows a file, by its name if the contract declares names, else by its header."""
    if not source.reads(inlet.base_name):
        return False
    named = [k for k in source.contract.files if k.file_name]
    if any(re.fullmatch(kind.file_name, inlet.base_name, re.IGNORECASE) for kind in named):
        return True
    return find_kind(source, inlet.base_name, inlet.read()) is not None


def _nothing_to_read(n_ignored: int) -> InvalidError:
    return InvalidError(
        "nothing-to-read",
        "No file of a declared kind was found.",
        why=f"{n_ignored} files have neither the name nor the header of a kind in the contract.",
        do="Check the source's name and the archive; `peelian source preview` shows what is expected.",
        facts={"files": n_ignored},
    )


def _claimed_twice(slice_id: str) -> InvalidError:
    return InvalidError(
        "slice-claimed-twice",
        f"Two different files say that they are {slice_id}.",
        why="One would silently replace the other.",
        do="Keep the newer of the two in the archive.",
        facts={"slice": slice_id},
    )
