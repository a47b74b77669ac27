"""Half-open intervals: ``start`` is inside, ``end`` is not. An open end is None."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Interval:
    """A half-open span of time, ``[start, end)``; ``end=None`` means until further notice.

    Overlap and containment follow from the half-open form: two intervals that touch do not overlap.
    """

    start: datetime
    end: datetime | None = None

    def __post_init__(self) -> None:
        assert self.end is None or self.start <= self.end, "an interval does not end before it starts"

    def contains(self, at: datetime) -> bool:
        """Say whether an instant lies inside."""
        return self.start <= at and (self.end is None or at < self.end)

    def overlaps(self, other: Interval) -> bool:
        """Say whether the two share any instant."""
        return (self.end is None or other.start < self.end) and (other.end is None or self.start < other.end)
