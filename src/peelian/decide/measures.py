"""How people alone, the tool alone, and both together did; and who went over when they differed, and who was right.

Agreement and minutes spent say nothing: a good tool is agreed with. What counts is switching. A case here knows no
author, so that no figure can be broken down by officer; figures from few plans or few people are not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from peelian.core.stats import wilson_interval

PEOPLE_MIN = 3
"""Figures rest on at least so many people: with two, each would know the other's."""


@dataclass(frozen=True)
class Case:
    """One decided plan whose month is on record. There is no author in it.

    Parameters
    ----------
    own, tool, chosen : frozenset of str
        Cells that the officer marked first, that the tool named, that the plan had.
    hit : frozenset of str
        Of all those, the cells where at least one offence of the plan's kind was recorded in the forecast's month.
    """

    own: frozenset[str]
    tool: frozenset[str]
    chosen: frozenset[str]
    hit: frozenset[str]

    @property
    def differed(self) -> bool:
        """Say whether own view and tool named different places."""
        return self.own != self.tool

    @property
    def went(self) -> str:
        """Say what became of a difference: ``over`` to the tool, ``stayed``, or ``mixed``."""
        return "over" if self.chosen == self.tool else "stayed" if self.chosen == self.own else "mixed"

    @property
    def right(self) -> str:
        """Say who was right where they differed: ``own``, ``tool`` or ``even``, by share of places that were hit."""
        own, tool = _share(self.own - self.tool, self.hit), _share(self.tool - self.own, self.hit)
        return "own" if own > tool else "tool" if tool > own else "even"


def _share(cells: frozenset[str], hit: frozenset[str]) -> float:
    return len(cells & hit) / len(cells) if cells else 0.0


@dataclass(frozen=True)
class Share:
    """So many of so many, with Wilson's interval; or held back because it rests on too few."""

    part: int
    whole: int
    suppressed: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return value and interval, or that it is held back; never the counts of what is held back."""
        if self.suppressed or not self.whole:
            return {"suppressed": True}
        low, high = wilson_interval(self.part, self.whole)
        return {"value": round(self.part / self.whole, 2), "low": round(low, 2), "high": round(high, 2)}


@dataclass(frozen=True)
class Measures:
    """What is published about decisions: three accuracies and switching, each with its interval."""

    plans: int
    suppressed: bool
    why_suppressed: str
    alone: Share
    tool: Share
    together: Share
    differed: Share
    went_over: Share
    right_to_go_over: Share
    right_to_stay: Share

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for the register."""
        out: dict[str, Any] = {"suppressed": self.suppressed, "why": self.why_suppressed}
        if not self.suppressed:
            out["plans"] = self.plans
        names = ("alone", "tool", "together", "differed", "went_over", "right_to_go_over", "right_to_stay")
        return out | {name: getattr(self, name).as_dict() for name in names}


def measure(cases: Iterable[Case], *, people: int, suppress_below: int, round_to: int = 1) -> Measures:
    """Measure decided plans.

    Parameters
    ----------
    cases : iterable of Case
        Plans whose own view was written blind and whose month is on record.
    people : int
        How many different people decided them.
    suppress_below : int
        A figure that rests on fewer plans than this is held back.
    round_to : int
        The number of plans is rounded to a multiple of this.
    """
    known = list(cases)
    few = _why_suppressed(len(known), people, suppress_below)
    different = [c for c in known if c.differed]
    over = [c for c in different if c.went == "over" and c.right != "even"]
    stayed = [c for c in different if c.went == "stayed" and c.right != "even"]

    def plans(part: Sequence[Case], whole: Sequence[Case]) -> Share:
        return Share(len(part), len(whole), bool(few) or len(whole) < suppress_below)

    return Measures(
        plans=round_to * round(len(known) / round_to),
        suppressed=bool(few),
        why_suppressed=few,
        alone=_places(known, "own", bool(few)),
        tool=_places(known, "tool", bool(few)),
        together=_places(known, "chosen", bool(few)),
        differed=plans(different, known),
        went_over=plans([c for c in different if c.went == "over"], different),
        right_to_go_over=plans([c for c in over if c.right == "tool"], over),
        right_to_stay=plans([c for c in stayed if c.right == "own"], stayed),
    )


def _why_suppressed(plans: int, people: int, suppress_below: int) -> str:
    if plans < suppress_below:
        return f"fewer than {suppress_below} plans"
    if people < PEOPLE_MIN:
        return f"fewer than {PEOPLE_MIN} people"
    return ""


def _places(cases: Sequence[Case], whose: str, suppressed: bool) -> Share:
    """Pool places over plans: of all that were named, how many were hit."""
    named = [(getattr(c, whose), c.hit) for c in cases]
    return Share(sum(len(n & hit) for n, hit in named), sum(len(n) for n, _ in named), suppressed)
