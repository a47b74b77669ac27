"""The folder of a made-up city: written beside, then renamed, so that it is whole or not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from peelian.core.errors import InvalidError, MissingError
from peelian.core.time import month_of, month_start
from peelian.synth.city.calendar import Calendar
from peelian.synth.city.calls import calls_export
from peelian.synth.city.courts import courts_export
from peelian.synth.city.crime import crime_export
from peelian.synth.city.custody import custody_export, draw_detentions
from peelian.synth.city.export import Export
from peelian.synth.city.housing import housing_export
from peelian.synth.city.intelligence import intelligence_export
from peelian.synth.city.layout import area_text, parks_text
from peelian.synth.city.life import Life, live
from peelian.synth.city.plates import write_reads
from peelian.synth.city.safeguarding import safeguarding_export
from peelian.synth.city.sizes import HISTORY_MONTHS, SIZES
from peelian.synth.city.stops import stops_export
from peelian.synth.city.truth import write_truth
from peelian.synth.city.world import make_world
from peelian.synth.geography import streets_text

Tell = Callable[[int, int, str], None]

_STEPS = 24


@dataclass(frozen=True)
class CityMade:
    """What was made: how many people and vehicles there are, and rows by system."""

    people: int
    vehicles: int
    events: dict[str, int]
    reads: int


def make_city(
    out: Path, *, seed: int, size: str, today: date, clean: bool = False, tell: Tell | None = None
) -> CityMade:
    """Write a made-up city into a new folder.

    Parameters
    ----------
    out : Path
        Does not exist, or is an empty folder.
    seed : int
        Same seed, size and month of ``today``: same bytes.
    size : str
        A key of :data:`SIZES`.
    today : date
        The history ends where its month begins.
    clean : bool
        No errors: people are written as they are, nothing comes late or goes.
    tell : callable, optional
        Called with steps done, steps in all and what comes next.

    Raises
    ------
    InvalidError
        ``city-size-unknown``, ``city-folder-used``.
    MissingError
        ``city-folder-nowhere`` when the folder above it does not exist.
    """
    if size not in SIZES:
        raise InvalidError("city-size-unknown", "There is no city of that size.", do=f"Use one of: {', '.join(SIZES)}.")
    with _whole_or_nothing(out) as making:
        return _write(making, seed, size, today, clean, _Steps(tell))


class _Steps:
    """Counts steps for whoever watches."""

    def __init__(self, tell: Tell | None) -> None:
        self.told, self.done = tell, 0

    def __call__(self, what: str) -> None:
        if self.told:
            self.told(min(self.done, _STEPS), _STEPS, what)
        self.done += 1


def _write(making: Path, seed: int, size: str, today: date, clean: bool, tell: _Steps) -> CityMade:
    end = month_start(month_of(today))
    calendar = Calendar(month_start(month_of(end) - HISTORY_MONTHS), end)
    tell("people")
    world = make_world(seed, SIZES[size], calendar)
    tell("crimes")
    life = live(world, clean=clean)
    tell("map")
    _write_map(making, life, seed, size)
    exports, counts = [], {}
    for export in _exports(life, tell):
        _hand_over(making, export)
        counts[export.system] = len(export.late)
        exports.append(_light(export))
    reads = write_reads(life, making / "systems" / "anpr", making / "truth" / "reads", tell)
    tell("truth")
    write_truth(making / "truth", life, exports)
    return CityMade(world.people.n, world.vehicles.n, counts, reads)


def _exports(life: Life, tell: _Steps) -> Iterator[Export]:
    """Draw and write one system after the other, so that one at a time is in memory."""
    tell("crime")
    yield crime_export(life)
    tell("custody")
    detentions = draw_detentions(life)
    yield custody_export(life, detentions)
    tell("courts")
    yield courts_export(life, detentions)
    for name, make in (
        ("intelligence", intelligence_export),
        ("command and control", calls_export),
        ("stop and search", stops_export),
        ("safeguarding", safeguarding_export),
        ("housing", housing_export),
    ):
        tell(name)
        yield make(life)


def _hand_over(making: Path, export: Export) -> None:
    export.write(making / "systems" / export.system, export.now())
    export.write(making / "later" / "systems" / export.system, export.a_month_later())


def _light(export: Export) -> Export:
    """Return what the truth needs of an export, without its sheets."""
    return Export(export.system, {}, export.late, export.gone, export.write, export.mentions)


def _write_map(making: Path, life: Life, seed: int, size: str) -> None:
    geography = making / "geography"
    geography.mkdir(parents=True)
    layout = life.world.layout
    (making / "area.geojson").write_text(area_text(layout), encoding="utf-8")
    (geography / "streets.geojson").write_text(streets_text(layout.ground), encoding="utf-8")
    (geography / "parks.geojson").write_text(parks_text(layout), encoding="utf-8")
    (making / "README.md").write_text(_readme(life, seed, size), encoding="utf-8")


def _readme(life: Life, seed: int, size: str) -> str:
    calendar = life.world.calendar
    return (
        f"# A made-up {size}\n\n"
        "Nobody here exists, and nothing in it says anything about a real place. All of it is synthetic.\n"
        f"Seed {seed}, {life.world.people.n:,} people, from {calendar.first} to the day before {calendar.end}"
        f"{', without errors' if life.clean else ''}.\n\n"
        "`systems/` is what each system hands over, `later/systems/` the same a month later, `truth/` what is so and "
        "is never ingested.\nThe format is described in Peelian's documentation under formats, the made-up city.\n"
    )


@contextmanager
def _whole_or_nothing(out: Path) -> Iterator[Path]:
    """Give a folder beside the one wanted, and put it in its place when all has been written."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InvalidError(
            "city-folder-used",
            "The folder for the city is in use: it exists and is not empty.",
            why="A city is written whole or not at all; nothing is written over.",
            do="Name a folder that does not exist yet, or an empty one.",
        )
    if not out.resolve().parent.is_dir():
        raise MissingError("city-folder-nowhere", "The folder above the city's does not exist.", do="Make it first.")
    making = out.resolve().with_name(f".{out.resolve().name}.making-{os.getpid()}")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    try:
        yield making
        making.rename(out.resolve())  # over an empty folder too: one step, all or nothing
    finally:
        shutil.rmtree(making, ignore_errors=True)
