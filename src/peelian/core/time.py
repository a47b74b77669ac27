"""Time as a value that is passed in: instants are integer microseconds UTC, days are dates, clocks are objects.

Nothing in Peelian asks the operating system for the time except :class:`SystemClock`. The gate wraps it so that
*now* never runs behind the ledger (an operator cannot turn time back to revive an expired mandate).
"""

from __future__ import annotations

import time as _time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

Micros = int
"""An instant: microseconds since 1970-01-01T00:00:00Z."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Whatever tells the time."""

    def now(self) -> datetime:
        """Return an aware instant in UTC."""
        ...


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """Return the current instant, UTC."""
        return from_micros(_time.time_ns() // 1000)


@dataclass
class FixedClock:
    """A clock that stands still until it is moved; for replays, simulations and tests."""

    at: datetime

    def now(self) -> datetime:
        """Return the instant it was set to."""
        return self.at

    def move(self, **delta: float) -> None:
        """Move by a :class:`datetime.timedelta`, e.g. ``clock.move(days=1)``."""
        self.at += timedelta(**delta)


@dataclass(frozen=True)
class FloorClock:
    """A clock that never runs behind a known instant.

    now = max(system, last checkpoint, last ledger entry): turning the computer's clock back does not turn
    Peelian's back.
    """

    inner: Clock
    floor: datetime

    def now(self) -> datetime:
        """Return the inner clock's instant, or the floor if that is later."""
        return max(self.inner.now(), self.floor)


def to_micros(at: datetime) -> Micros:
    """Turn an aware instant into integer microseconds UTC. A naive one is a bug."""
    assert at.tzinfo is not None, "an instant has a time zone"
    return (at - _EPOCH) // timedelta(microseconds=1)


def from_micros(at: Micros) -> datetime:
    """Turn integer microseconds into an aware instant, UTC."""
    return _EPOCH + timedelta(microseconds=at)


def iso(at: datetime) -> str:
    """Write an instant as RFC 3339, UTC, whole seconds when there is no fraction."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def month_of(on: date) -> int:
    """Give a day's month a number, counted from year 0 so that months subtract: ``12 * year + month - 1``."""
    return 12 * on.year + on.month - 1


def month_start(month: int) -> date:
    """Return the first day of a month numbered by :func:`month_of`."""
    return date(month // 12, month % 12 + 1, 1)
