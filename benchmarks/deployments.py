"""Deployments to measure: made as any is made, with the example charter, in a temporary folder."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from peelian.app.caller import Caller, Place, at_door
from peelian.app.practice import show_training
from peelian.app.session import set_context, sign_in
from peelian.app.start import Founding, init

ANALYST, PLANNING = "analyst-1", "op-patrol-planning"
ENGINEER, LOADING = "data-engineer-1", "op-loading"


def found(folder: Path) -> None:
    """Make a deployment and sign in the two people that the benchmarks act as."""
    place = place_of(folder, None)
    init(place, Founding())
    show_training(place, {ANALYST: ("hotspots",)})
    for person, operation in ((ANALYST, PLANNING), (ENGINEER, LOADING)):
        with at_door(place_of(folder, person)) as caller:
            sign_in(caller, person)
            set_context(caller, operation)


def place_of(folder: Path, person: str | None) -> Place:
    """Name the place in which somebody acts; keys lie beside the deployment."""
    return Place(folder, folder.parent / f"{folder.name}-keys", person)


@contextmanager
def opened(folder: Path, person: str) -> Iterator[Caller]:
    """Open a deployment's door for somebody."""
    with at_door(place_of(folder, person)) as caller:
        yield caller


def timed(work: Callable[[], object]) -> float:
    """Return how long something takes, seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def taking_turns(works: dict[str, Callable[[], object]], runs: int, warm: int = 2) -> dict[str, list[float]]:
    """Time several works in turn, so that whatever else the machine does meets them all alike."""
    for work in list(works.values()) * warm:
        work()
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            taken[name].append(timed(work))
    return taken


def ratio_of(ours: list[float], theirs: list[float]) -> float:
    """Return the median of the ratios taken run by run."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def sync_s(folder: Path, runs: int = 30) -> float:
    """Return the median time of one fsync of a few hundred bytes appended to a file, seconds."""
    path, taken = folder / "sync-probe", []
    with path.open("wb") as out:
        for _ in range(runs):
            out.write(bytes(400))
            out.flush()
            taken.append(timed(lambda: os.fsync(out.fileno())))
    path.unlink()
    return statistics.median(taken)
