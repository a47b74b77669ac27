"""Making a made-up city: whole, into a folder of its own, with what each system would hand over and the truth apart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from peelian.core.errors import InvalidError
from peelian.core.time import Clock, SystemClock
from peelian.synth.city import make_city

Tell = Callable[[int, int, str], None]

SEED = 1829


def synth_city(
    out: Path,
    *,
    seed: int = SEED,
    size: str = "town",
    clean: bool = False,
    today: str = "",
    clock: Clock | None = None,
    tell: Tell | None = None,
) -> dict[str, object]:
    """Make a city and tell what is in it.

    Parameters
    ----------
    today : str
        ``YYYY-MM-DD``; the clock's day when empty. The history ends where its month begins.

    Raises
    ------
    InvalidError
        ``city-size-unknown``, ``city-folder-used``, ``city-seed-negative``, ``city-day-unreadable``.
    MissingError
        ``city-folder-nowhere``.
    """
    if seed < 0:
        raise InvalidError("city-seed-negative", "A seed is a whole number from 0 on.", do="Name another seed.")
    on = _day(today) if today else (clock or SystemClock()).now().date()
    made = make_city(out, seed=seed, size=size, today=on, clean=clean, tell=tell)
    return {
        "folder": str(out),
        "seed": seed,
        "size": size,
        "today": on.isoformat(),
        "clean": clean,
        "people": made.people,
        "vehicles": made.vehicles,
        "events": made.events,
        "events_in_all": sum(made.events.values()),
        "reads": made.reads,
    }


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not 1980 <= day.year <= 2100:
        raise InvalidError(
            "city-day-unreadable",
            "That is no day from 1980 to 2100.",
            why="The history of a made-up city ends where that day's month begins.",
            do="Write it as YYYY-MM-DD.",
        )
    return day
