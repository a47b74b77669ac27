"""What cannot be true of one person: used to keep a chain of links from making one person out of two.

A summary says of a group of records what the rules need, and two summaries merge into one. Every rule looks at two
groups that an edge would join, and names its reason or stays silent. Rules never see records outside the groups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

AGE_YEARS_MAX = 120
YEAR_DAYS = 366
GRACE_DAYS = 30
"""A person is met this long after a recorded death before it counts: reports are written late."""

REASONS = {
    "two-birth-dates": "two dates of birth well apart",
    "impossible-age": "met before birth, or at an age beyond 120",
    "alive-after-death": "met after the recorded death",
    "two-suites-at-once": "in two custody suites at the same time",
    "kept-apart": "a reviewer found that these are different people",
    "another-candidate": "no date of birth, and two people of different dates fit about as well",
}
"""Reason codes, and how they are said."""


@dataclass
class Summary:
    """What the rules need to know of a group of records."""

    births: Counter[date] = field(default_factory=Counter)
    first_met: date | None = None
    last_met: date | None = None
    died_on: date | None = None
    stays: list[tuple[datetime, datetime, str]] = field(default_factory=list)
    sides: set[tuple[str, int]] = field(default_factory=set)
    """Verdict and side on which one of the records stands."""

    def merge(self, other: Summary) -> None:
        """Take in another group."""
        self.births += other.births
        self.first_met = _least(self.first_met, other.first_met)
        self.last_met = _most(self.last_met, other.last_met)
        self.died_on = _least(self.died_on, other.died_on)
        self.stays += other.stays
        self.sides |= other.sides

    @property
    def birth(self) -> date | None:
        """Return the date of birth that most records give."""
        return usual_birth(self.births)


def summary_of(row: Mapping[str, Any]) -> Summary:
    """Summarise one record: ``birth_on``, ``died_on``, ``event_at``, and a stay when it is of custody."""
    met = row.get("event_at")
    on = met.date() if isinstance(met, datetime) else None
    stay = (row.get("at_arrival"), row.get("at_release"), row.get("suite"))
    whole = isinstance(stay[0], datetime) and isinstance(stay[1], datetime) and bool(stay[2])
    return Summary(
        births=Counter([row["birth_on"]] if row.get("birth_on") else []),
        first_met=on,
        last_met=on,
        died_on=row.get("died_on"),
        stays=[stay] if whole else [],  # type: ignore[list-item]
    )


def find_contradiction(a: Summary, b: Summary, *, compared_births: bool = False) -> str:
    """Name the first reason why two groups cannot be one person, or nothing.

    ``compared_births`` says that the edge between them joins two records with dates of birth, which its weight has
    taken into account; then only dates that two records on each side give are a contradiction.
    """
    if any((verdict, 1 - side) in b.sides for verdict, side in a.sides):
        return "kept-apart"
    if births_apart(a.births, b.births, firm=compared_births):
        return "two-birth-dates"
    for one, other in ((a, b), (b, a)):
        if _impossible_age(one, other):
            return "impossible-age"
        if one.died_on and other.last_met and other.last_met > one.died_on + timedelta(days=GRACE_DAYS):
            return "alive-after-death"
    return "two-suites-at-once" if _two_places(a.stays, b.stays) else ""


def births_apart(a: Counter[date], b: Counter[date], *, firm: bool = False) -> bool:
    """Say whether the dates that most records of two groups give are well apart; ``firm``: two records on each side."""
    one, other = usual_birth(a), usual_birth(b)
    if one is None or other is None or (firm and min(a[one], b[other]) < 2):
        return False
    return well_apart(one, other)


def usual_birth(births: Counter[date]) -> date | None:
    """Return the date of birth that most records give, the earliest of several."""
    return min(births, key=lambda d: (-births[d], d)) if births else None


def well_apart(one: date, other: date) -> bool:
    """Say whether two dates of birth differ by more than slips of the pen explain.

    Not well apart: within a year, day and month swapped, or at most one character changed, or two neighbours swapped.
    """
    if abs((one - other).days) <= YEAR_DAYS or (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return False
    return not one_slip(one.isoformat(), other.isoformat())


def one_slip(a: str, b: str) -> bool:
    """Say whether two texts of one length differ in one character or in two neighbours that changed places."""
    at = [i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
    return len(at) <= 1 or (len(at) == 2 and at[1] == at[0] + 1 and a[at[0]] == b[at[1]] and a[at[1]] == b[at[0]])


def _impossible_age(a: Summary, b: Summary) -> bool:
    birth = a.birth
    if birth is None or b.first_met is None or b.last_met is None:
        return False
    return b.first_met < birth or b.last_met.year - birth.year > AGE_YEARS_MAX


def _two_places(a: Sequence[tuple[datetime, datetime, str]], b: Sequence[tuple[datetime, datetime, str]]) -> bool:
    return any(x[2] != y[2] and x[0] < y[1] and y[0] < x[1] for x in a for y in b)


def _least(a: date | None, b: date | None) -> date | None:
    return min((d for d in (a, b) if d is not None), default=None)


def _most(a: date | None, b: date | None) -> date | None:
    return max((d for d in (a, b) if d is not None), default=None)
