"""Was my area on a plan? Answered from plans whose stated delay has passed, which then tell areas and no names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any

from peelian.core.errors import InvalidError
from peelian.decide.plan import read_reference

ASKED_MIN, ASKED_MAX = 3, 80
ANSWERS_MAX = 100


@dataclass(frozen=True)
class ReleasedPlan:
    """What the public may know of a plan: when, where, about what. Who decided, and why, is not in it."""

    reference: str
    shift: str
    offences: tuple[str, ...]
    streets: tuple[str, ...]
    tool: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "reference": self.reference,
            "shift": self.shift,
            "offences": list(self.offences),
            "streets": list(self.streets),
            "tool": self.tool,
        }


def public_part(
    reference: str, shift: str, offences: Iterable[str], streets: Iterable[str], tool: str
) -> dict[str, Any]:
    """Return the part of a plan that becomes public: streets in alphabetical order, since ranks tell more."""
    plan = ReleasedPlan(reference, shift, tuple(sorted(offences)), tuple(sorted(set(streets))), tool)
    return plan.as_dict()


def released_plan(body: Mapping[str, Any]) -> ReleasedPlan:
    """Build a released plan from what :func:`public_part` returned; anything else in it is left behind."""
    return ReleasedPlan(
        str(body["reference"]),
        str(body["shift"]),
        tuple(map(str, body["offences"])),
        tuple(map(str, body["streets"])),
        str(body.get("tool", "")),
    )


def public_from(ends_at: datetime, delay_days: int) -> datetime:
    """Return the instant from which a plan's areas are public: so many days after its shift."""
    return ends_at + timedelta(days=delay_days)


@dataclass(frozen=True)
class AreaAnswer:
    """The answer to "was my area on a plan": which plans, and from when on nothing can be said yet."""

    asked: str
    by: str  # "reference" or "street"
    plans: tuple[ReleasedPlan, ...]
    told_until: datetime
    more: bool = False

    @property
    def found(self) -> bool:
        """Say whether any released plan fits."""
        return bool(self.plans)


def ask_about_area(plans: Sequence[ReleasedPlan], asked: str, *, now: datetime, delay_days: int) -> AreaAnswer:
    """Answer whether an area was on a plan, by street or by a plan's reference.

    Parameters
    ----------
    plans : sequence of ReleasedPlan
        Those whose delay has passed.
    asked : str
        A street's name or part of it, or a reference from a stop receipt. Not kept.
    now : datetime
    delay_days : int
        Days between a shift and the day its areas are told.

    Raises
    ------
    InvalidError
        ``area-not-asked``.
    """
    tidy = " ".join(asked.split())
    if not ASKED_MIN <= len(tidy) <= ASKED_MAX or not any(c.isalnum() for c in tidy):
        raise InvalidError(
            "area-not-asked",
            "Type a street, or the reference on the receipt.",
            why=f"We search for what you type, from {ASKED_MIN} to {ASKED_MAX} characters.",
            do='For example "Mill Road" or "H-2026-1127-03".',
        )
    reference = read_reference(tidy)
    found = [p for p in plans if p.reference == reference] if reference else _by_street(plans, tidy)
    found = sorted(found, key=lambda p: (p.shift, p.reference), reverse=True)
    by = "reference" if reference else "street"
    told_until = now - timedelta(days=delay_days)
    return AreaAnswer(reference or tidy, by, tuple(found[:ANSWERS_MAX]), told_until, len(found) > ANSWERS_MAX)


_SHORT = {"rd": "road", "st": "street", "ave": "avenue", "av": "avenue", "ln": "lane", "cl": "close", "dr": "drive",
          "gdns": "gardens", "cres": "crescent", "pl": "place", "terr": "terrace"}  # fmt: skip


def _words(street: str) -> list[str]:
    words = re.findall(r"[^\W_]+", street.casefold().replace("'", "").replace("\u2019", ""))
    # "St" is Saint at the start of a name and Street at its end.
    return [_SHORT.get(w, w) if i or len(words) == 1 else w for i, w in enumerate(words)]


NEAR_MAX = 5
"""Other spellings that are offered."""

_ALIKE = 0.7
"""How alike two names must be for one to be offered for the other, from 0 to 1 (difflib's ratio)."""


def known_streets(streets: Iterable[str], asked: str) -> list[str]:
    """Return the streets of the published map that what was asked for may mean, in alphabetical order."""
    wanted = _words(" ".join(asked.split()))
    return sorted({s for s in streets if wanted and _within(wanted, _words(s))})


def near_streets(streets: Iterable[str], asked: str) -> list[str]:
    """Return streets of the published map that are spelt much like what was asked for, the likest first."""
    spelt = {" ".join(_words(s)): s for s in sorted(set(streets)) if s}
    return [spelt[near] for near in get_close_matches(" ".join(_words(asked)), spelt, n=NEAR_MAX, cutoff=_ALIKE)]


def _by_street(plans: Sequence[ReleasedPlan], asked: str) -> list[ReleasedPlan]:
    wanted = _words(asked)
    return [p for p in plans if wanted and any(_within(wanted, _words(street)) for street in p.streets)]


def _within(wanted: Sequence[str], words: Sequence[str]) -> bool:
    """Say whether the words asked for stand in the street's name, in order; the last may be a beginning."""
    for start in range(len(words) - len(wanted) + 1):
        part = words[start : start + len(wanted)]
        if part[:-1] == list(wanted[:-1]) and part[-1].startswith(wanted[-1]):
            return True
    return False
