"""How people alone, the tool alone, and both together did; and who went over when they differed, and who was right.

Agreement and minutes spent say nothing: a good tool is agreed with. What counts is switching. A case here knows no
author, so that no figure can be broken down by officer; figures from few plans or few people are not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PEOPLE_MIN = 3
"""Figures rest on at least so many people: with two, each would know the other's."""


RIGHT = ("own", "tool", "even")
"""Who was right where own view and tool differed."""


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

    @property
    def outcome(self) -> str:
        """Return which of :data:`OUTCOMES` the case is; each case is one of them."""
        return f"{self.went} {self.right}" if self.differed else SAME


def _share(cells: frozenset[str], hit: frozenset[str]) -> float:
    return len(cells & hit) / len(cells) if cells else 0.0


SAME = "same"
OUTCOMES = frozenset({SAME, *(f"{went} {right}" for went in ("over", "stayed", "mixed") for right in RIGHT)})
"""What may become of a plan: own view and tool were the same, or where it went and who was right."""

HIT, MISSED = "hit", "missed"


@dataclass(frozen=True)
class Group:
    """A group of plans, or of places on them, that is counted.

    Parameters
    ----------
    name : str
        What the count is called.
    about : str
        What is counted: ``plans``, or whose places.
    of : frozenset of str
        The outcomes that the group holds; groups about the same thing overlap by these alone.
    """

    name: str
    about: str
    of: frozenset[str]


PLACES = {"alone": "own", "tool": "tool", "together": "chosen"}
"""Name of an accuracy -> whose places it pools."""


def _places_groups() -> tuple[Group, ...]:
    parts = (("named", frozenset({HIT, MISSED})), ("hit", frozenset({HIT})))
    return tuple(Group(f"{name}_{part}", f"places {name}", of) for name in PLACES for part, of in parts)


GROUPS = (
    *_places_groups(),
    Group("plans", "plans", OUTCOMES),
    Group("differed", "plans", OUTCOMES - {SAME}),
    Group("went_over", "plans", frozenset(f"over {right}" for right in RIGHT)),
    Group("over_decided", "plans", frozenset({"over own", "over tool"})),
    Group("over_right", "plans", frozenset({"over tool"})),
    Group("stayed_decided", "plans", frozenset({"stayed own", "stayed tool"})),
    Group("stayed_right", "plans", frozenset({"stayed own"})),
)
"""What is counted, what matters most first: where all cannot be told safely, the last are held back."""

SHARES: Mapping[str, tuple[str, str]] = {
    **{name: (f"{name}_hit", f"{name}_named") for name in PLACES},
    "differed": ("differed", "plans"),
    "went_over": ("went_over", "differed"),
    "right_to_go_over": ("over_right", "over_decided"),
    "right_to_stay": ("stayed_right", "stayed_decided"),
}
"""What is told: so many of so many, by the names of two counts."""


@dataclass(frozen=True)
class Measures:
    """True counts of every group, and why nothing of them is told, if so. They leave through disclosure control."""

    counts: Mapping[str, int]
    why_suppressed: str

    @property
    def suppressed(self) -> bool:
        """Say whether nothing is told."""
        return bool(self.why_suppressed)


def measure(cases: Iterable[Case], *, people: int, suppress_below: int) -> Measures:
    """Count decided plans.

    Parameters
    ----------
    cases : iterable of Case
        Plans whose own view was written blind and whose month is on record.
    people : int
        How many different people decided them.
    suppress_below : int
        From fewer plans than this nothing is told.
    """
    known = list(cases)
    counts = {g.name: _count(g, known) for g in GROUPS}
    return Measures(counts, _why_suppressed(len(known), people, suppress_below))


def _count(group: Group, cases: Sequence[Case]) -> int:
    if group.about == "plans":
        return sum(c.outcome in group.of for c in cases)
    places: list[tuple[frozenset[str], frozenset[str]]] = [_places(c, group) for c in cases]
    return sum(len(named) if MISSED in group.of else len(named & hit) for named, hit in places)


def _places(case: Case, group: Group) -> tuple[frozenset[str], frozenset[str]]:
    whose: Any = getattr(case, PLACES[group.about.removeprefix("places ")])
    return whose, case.hit


def _why_suppressed(plans: int, people: int, suppress_below: int) -> str:
    if plans < suppress_below:
        return f"fewer than {suppress_below} plans"
    if people < PEOPLE_MIN:
        return f"fewer than {PEOPLE_MIN} people"
    return ""
