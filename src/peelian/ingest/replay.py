"""Try again what was set aside: quarantine holds no values, so the source itself is read again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from peelian.core.errors import MissingError
from peelian.ingest.run import Job, Reading
from peelian.ingest.shape import Options
from peelian.ingest.slice import Slice
from peelian.ingest.source import Source


class Replay:
    """Quarantined lines read again; iterate it for the slices to commit.

    Whole slices come out, since a mended line may share its key with others. Rows that were good before get the
    ids they had.

    Attributes
    ----------
    n_asked : int
        Lines of quarantine that were asked about.
    n_mended : int
        Those that no longer belong there. Complete after iteration, as is ``n_still``.
    n_still : int
        Those that were turned away again.
    """

    def __init__(self, source: Source, path: Path, rows: Iterable[Mapping[str, object]], options: Options) -> None:
        self._asked = {(str(r["file_sha256"]), int(str(r["line"]))) for r in rows}
        self._names = {str(r["file_name"]): str(r["file_sha256"]) for r in rows}
        self.n_asked = len(self._asked)
        self.n_mended = 0
        self.n_still = 0
        self._reading = Reading(source, path, options, choose=self._choose)

    def __iter__(self) -> Iterator[Slice]:
        still: set[tuple[str, int]] = set()
        found: set[str] = set()
        for part in self._reading:
            if self._names.get(part.file_name) != part.file_sha256:
                raise _other_file(part.file_name)
            found.add(part.file_sha256)
            lines = part.quarantine.column("line").to_pylist()
            still |= {(part.file_sha256, line) for line in lines}
            yield part
        self.n_still = len(self._asked & still)
        self.n_mended = len({(sha, line) for sha, line in self._asked - still if sha in found})

    def _choose(self, jobs: list[Job]) -> list[Job]:
        chosen = [job for job in jobs if job.name in self._names]
        missing = set(self._names) - {job.name for job in chosen}
        if missing:
            raise _other_file(min(missing))
        return chosen


def replay_quarantine(source: Source, path: Path, rows: Iterable[Mapping[str, object]], options: Options) -> Replay:
    """Read again the files that quarantine names, and only those.

    Parameters
    ----------
    rows : iterable of mapping
        Rows of the quarantine table: ``file_name file_sha256 line`` are looked at.

    Raises
    ------
    MissingError
        ``quarantine-source-gone`` when the archive no longer holds the same file, byte for byte.
    """
    return Replay(source, path, list(rows), options)


def _other_file(name: str) -> MissingError:
    return MissingError(
        "quarantine-source-gone",
        "The archive does not hold the file that was quarantined, byte for byte.",
        why="Line numbers mean nothing in another version of a file.",
        do="Point at the archive that was read then, or read the new one in as usual.",
        facts={"file": name},
    )
