"""Deliveries: exports of several systems taken in one after the other, and a folder watched for new ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from peelian.app.caller import Caller
from peelian.app.intake.sources import Tell, ingest, own_sources
from peelian.core.errors import InvalidError, PeelianError
from peelian.gate.rooms.searching import look_room
from peelian.ingest.catalogue import find_sources

Announce = Callable[[str, dict[str, Any]], None]
"""Called with a system's name and what became of it."""


def ingest_systems(
    caller: Caller,
    folder: Path,
    *,
    without: Collection[str] = (),
    threads: int = 2,
    progress: Tell | None = None,
    told: Announce | None = None,
) -> dict[str, object]:
    """Take in a folder with a sub-folder for each system, in its turn; what one refuses does not stop the others.

    Parameters
    ----------
    folder : Path
        Holds folders named as sources are, or a folder ``systems`` that does.
    without : collection of str
        Sources whose folders are passed over.

    Returns
    -------
    dict
        ``systems``: name -> what :func:`~peelian.app.intake.sources.ingest` says, or ``refused`` with code and reasons;
        ``unknown``: folders that no source answers to; ``seconds``.

    Raises
    ------
    InvalidError
        ``nothing-to-read`` when no folder is named as a source.
    """
    started = time.perf_counter()
    inner = folder / "systems" if (folder / "systems").is_dir() else folder
    known = find_sources(own_sources(caller.deployment.folder))
    names = sorted(p.name for p in inner.iterdir() if _is_delivered(p)) if inner.is_dir() else []
    if not set(names) & set(known):
        raise _no_system()
    done: dict[str, Any] = {}
    try:
        for name in (n for n in names if n in known and n not in without):
            done[name] = _one(caller, name, inner / name, threads, progress)
            if told:
                told(name, done[name])
    finally:  # once for all of them: what an interrupted run has taken in is found as well
        look_room(caller.gate).bring_up_to_date()
    unknown = [n for n in names if n not in known]
    return {"systems": done, "unknown": unknown, "seconds": round(time.perf_counter() - started, 3)}


def _is_delivered(path: Path) -> bool:
    """Say whether a folder came with the delivery: one that is a link leads wherever whoever made it wished."""
    return path.is_dir() and not path.is_symlink() and not path.name.startswith(".")


def _one(caller: Caller, name: str, folder: Path, threads: int, progress: Tell | None) -> dict[str, Any]:
    try:
        return ingest(caller, name, folder, threads=threads, progress=progress, index=False)
    except PeelianError as error:
        reasons = [r.as_dict() for r in getattr(error, "reasons", ())]
        return {"refused": error.code, "what": error.what, "reasons": reasons}


def watch(
    take: Callable[[], dict[str, object]],
    folder: Path,
    *,
    every_s: float,
    rounds: int | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[dict[str, object]]:
    """Take in what a folder holds whenever it has changed and is still: a file that is being written is left alone.

    What was taken in before is not read again, here or after a restart: each slice's fingerprint says so.

    Parameters
    ----------
    take : callable
        Takes in the whole folder.
    every_s : float
        How often to look, seconds. A folder is still when two looks see the same files, sizes and times.
    rounds : int or None
        Look so many times; None for ever.
    """
    taken: tuple[Any, ...] | None = None
    before: tuple[Any, ...] | None = None
    looked = 0
    while rounds is None or looked < rounds:
        now = _look(folder)
        if now and now == before and now != taken:
            taken = now
            yield take()
        before = now
        looked += 1
        if rounds is None or looked < rounds:
            sleep(every_s)


def _look(folder: Path) -> tuple[Any, ...]:
    """Return name, size and time of every file."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".")):
        try:
            stat = path.stat()
        except FileNotFoundError:  # taken away while we looked
            continue
        found.append((str(path), stat.st_size, stat.st_mtime_ns))
    return tuple(found)


def _no_system() -> InvalidError:
    return InvalidError(
        "nothing-to-read",
        "The folder holds no folder that is named as a source.",
        why="Each system's export stands in a folder of its own, so that its contract is found.",
        do="Name the folders as `peelian source list` names the sources, or name one source and its file.",
    )
