"""The shift a plan is for: a local day and one of three times of day, written as ``2026-11-27-evening``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from peelian.core.errors import InvalidError

HOURS = {"day": (10, 18), "evening": (18, 26), "night": (22, 30)}
"""Local hours of each shift; past 24 is the next day."""

AHEAD_DAYS = 7
"""A plan is made at most so many days ahead: what is known grows old."""

_FORM = re.compile(r"(\d{4}-\d{2}-\d{2})-(day|evening|night)")


@dataclass(frozen=True)
class Shift:
    """A local day, a time of day, and the instants it begins and ends at, half-open."""

    on: date
    kind: str
    begins_at: datetime
    ends_at: datetime

    @property
    def name(self) -> str:
        """Return the shift's name, e.g. ``2026-11-27-evening``."""
        return f"{self.on.isoformat()}-{self.kind}"

    @property
    def words(self) -> str:
        """Say it as people on the spot would: ``Friday 27 November, 18:00 to 02:00``."""
        return f"{self.on:%A} {self.on.day} {self.on:%B}, {self.begins_at:%H:%M} to {self.ends_at:%H:%M}"


def shift_on(on: date, kind: str, timezone: str) -> Shift:
    """Return the shift of a kind that begins on a local day; a change of clocks inside it changes its length."""
    begin, end = HOURS[kind]
    zone = ZoneInfo(timezone)

    def at(hour: int) -> datetime:
        return datetime.combine(on + timedelta(days=hour // 24), time(hour % 24), zone)

    return Shift(on, kind, at(begin), at(end))


def read_shift(name: str, timezone: str) -> Shift:
    """Read a shift's name.

    Raises
    ------
    InvalidError
        ``shift-unreadable``.
    """
    found = _FORM.fullmatch(name)
    try:
        if found:
            return shift_on(date.fromisoformat(found[1]), found[2], timezone)
    except (ValueError, OverflowError):
        pass
    raise InvalidError(
        "shift-unreadable",
        "This is not the name of a shift.",
        why="A shift is a day and one of day, evening and night, for example 2026-11-27-evening.",
        do="Choose a shift from the list.",
    )


def shifts_ahead(now: datetime, timezone: str, days: int = 2) -> list[Shift]:
    """Return the shifts that have not ended yet, of today and the next days, soonest first."""
    today = now.astimezone(ZoneInfo(timezone)).date()
    found = [shift_on(today + timedelta(days=d), kind, timezone) for d in range(-1, days) for kind in HOURS]
    return sorted((s for s in found if s.ends_at > now), key=lambda s: (s.begins_at, s.name))


def tonight(now: datetime, timezone: str) -> Shift:
    """Return the shift that most people mean: this evening's, or the next one to come when it has ended."""
    return next(s for s in shifts_ahead(now, timezone) if s.kind == "evening")
