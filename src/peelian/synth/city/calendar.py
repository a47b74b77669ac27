"""Time in a made-up city: whole minutes of local time since the history began, and how systems write them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from peelian.core.time import month_of, month_start
from peelian.synth.city.columns import glue, pick
from peelian.synth.city.sizes import HISTORY_MONTHS, READ_MONTHS
from peelian.synth.city.streams import Floats, Ints

DAY = 1440
ZONE = "Europe/London"
_EPOCH = date(1970, 1, 1)

_HOURS = {
    "any": (3, 2, 2, 1, 1, 1, 2, 3, 4, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 6, 6, 5, 4),
    "night": (8, 8, 8, 6, 4, 2, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4, 5, 6, 7, 8, 9, 9),
    "day": (0.2, 0.1, 0.1, 0.1, 0.1, 0.3, 1, 3, 6, 8, 9, 9, 9, 9, 9, 9, 8, 6, 4, 2, 1, 1, 0.5, 0.3),
    "evening": (3, 2, 1, 1, 0.5, 0.5, 1, 1, 1, 2, 2, 2, 3, 3, 4, 6, 8, 9, 10, 10, 9, 8, 7, 5),
}


@dataclass(frozen=True)
class Calendar:
    """The days of a history. Minutes count from local midnight of its first day; days from the same.

    Parameters
    ----------
    first, end : date
        First day, and the day after the last.
    """

    first: date
    end: date
    months: tuple[date, ...] = field(init=False)
    n_days: int = field(init=False)

    def __post_init__(self) -> None:
        start = month_of(self.first)
        object.__setattr__(self, "months", tuple(month_start(start + k) for k in range(HISTORY_MONTHS + 1)))
        object.__setattr__(self, "n_days", (self.end - self.first).days)

    @property
    def minutes(self) -> int:
        """Return the length of the history, minutes."""
        return self.n_days * DAY

    def day_of(self, on: date) -> int:
        """Return a date's day."""
        return (on - self.first).days

    def date_of(self, day: int) -> date:
        """Return a day's date."""
        return self.first + timedelta(days=int(day))

    @property
    def epoch_day(self) -> int:
        """Return the first day as days since 1970-01-01."""
        return (self.first - _EPOCH).days

    def read_months(self) -> list[date]:
        """Return the months of which plate reads are kept, first days."""
        return list(self.months[-1 - READ_MONTHS : -1])

    @cached_property
    def _offsets(self) -> Ints:
        zone = ZoneInfo(ZONE)
        noons = (datetime(d.year, d.month, d.day, 12, tzinfo=UTC) for d in map(self.date_of, range(self.n_days + 400)))
        return np.array([int((n.astimezone(zone).utcoffset() or timedelta()).total_seconds()) // 60 for n in noons])

    def offset_minutes(self) -> Ints:
        """Return the offset of local time from UTC at noon of each day of the history and the 400 days after it."""
        return self._offsets

    def draw_minutes(self, rng: np.random.Generator, n: int, profile: str = "any") -> Ints:
        """Draw n minutes over the whole history, hours of the day by profile: any, night, day or evening."""
        return rng.integers(0, self.n_days, n) * DAY + self.draw_hours(rng, n, profile)

    def draw_hours(self, rng: np.random.Generator, n: int, profile: str = "any") -> Ints:
        """Draw n minutes of a day by profile."""
        share = np.array(_HOURS[profile], dtype=float)
        return rng.choice(24, n, p=share / share.sum()) * 60 + rng.integers(0, 60, n)

    def shown(self, minutes: Ints) -> Ints:
        """Return minutes as clocks show them: the hour that a spring clock leaves out is the one after it."""
        offset = self.offset_minutes()
        springs = np.flatnonzero(np.diff(offset, prepend=offset[0]) > 0)
        left_out = np.isin(minutes // DAY, springs) & (minutes % DAY >= 60) & (minutes % DAY < 120)
        return np.where(left_out, minutes + 60, minutes) if left_out.any() else minutes

    def write(self, minutes: Ints, day_form: str, between: str = " ", seconds: Ints | None = None) -> pa.Array:
        """Write minutes as text: the day by a strftime form, then hours and minutes, seconds when given.

        A negative minute is written as nothing.
        """
        none = minutes < 0
        at = self.shown(np.where(none, 0, minutes))
        days = self.write_days(at // DAY, day_form)
        clock = pick(_CLOCK, at % DAY)
        parts = [days, clock] if seconds is None else [days, glue(":", clock, pick(_SIXTY, seconds))]
        return blank(glue(between, *parts), none)

    def write_days(self, days: Ints, form: str) -> pa.Array:
        """Write days of the history (or up to 4,000 days after it began) by a strftime form."""
        table = pa.array([self.date_of(k).strftime(form) for k in range(int(days.max(initial=0)) + 1)])
        return pick(table, days)


def blank(texts: pa.Array, where: np.ndarray) -> pa.Array:
    """Empty texts where a mask says so."""
    import pyarrow.compute as pc

    return pc.if_else(pa.array(where), "", texts) if where.any() else texts


def write_dates(days: Ints, form: str) -> pa.Array:
    """Write days since 1970-01-01 (any, also before) by a strftime form; the smallest 64-bit integer as nothing."""
    none = days == NO_DAY
    kinds, which = np.unique(days[~none] if none.any() else days, return_inverse=True)
    table = pa.array([(_EPOCH + timedelta(days=int(k))).strftime(form) for k in kinds], pa.string())
    if not none.any():
        return pick(table, which)
    at = np.full(len(days), len(kinds))
    at[~none] = which
    return pick(pa.concat_arrays([table, pa.array([""])]), at)


NO_DAY = np.iinfo(np.int64).min
_CLOCK = pa.array([f"{m // 60:02d}:{m % 60:02d}" for m in range(DAY)])
_SIXTY = pa.array([f"{s:02d}" for s in range(60)])


def season(first: date, n_days: int) -> Floats:
    """Return each day's relative weight over a year: a winter peak."""
    day_of_year = first.timetuple().tm_yday + np.arange(n_days)
    return 1 + 0.2 * np.cos(2 * np.pi * (day_of_year - 355.0) / 365.25)
