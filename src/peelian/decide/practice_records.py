"""Practice cases about looking somebody up: what a colleague reads out of records, right or wrong in one way.

Everything on a case is made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from peelian.decide.practice_draw import Case, Draw

RECORD_FAULTS: Mapping[str, str] = {
    "other-person": "The records are about two people: their birth dates are years apart",
    "role-mixed-up": "It calls somebody an offender who was the victim or a witness",
    "opinion-as-fact": "It says as a fact what is only an assessment",
    "review-overdue": "It relies on a warning that should have been looked at again by now",
    "nothing-known": "It says that nothing is known, though a source was not searched",
}
"""Fault id -> the words under which it can be chosen."""

_NAMES = ("A. Kettle", "B. Marrow", "C. Thistle", "D. Lantern", "E. Quill")
_SOURCES = ("crime", "custody", "intelligence", "calls")
_HARMLESS = ("victim", "witness")


def record_case(draw: Draw, number: int, fault: str, on: date) -> Case:
    """Make a case about looking somebody up, with one fault of :data:`RECORD_FAULTS` or, with ``""``, none."""
    born = date(draw.between(1960, 2000), draw.between(1, 12), draw.between(1, 28))
    other = born.replace(year=born.year + draw.between(8, 15)) if fault == "other-person" else born
    roles = [draw.pick(_HARMLESS) if fault == "role-mixed-up" else "suspect" for _ in range(2)]
    bases = ["assessment" if fault == "opinion-as-fact" else "fact"] * 2
    review = on + timedelta(days=draw.between(20, 200) * (-1 if fault == "review-overdue" else 1))
    left = draw.pick(("custody", "calls")) if fault == "nothing-known" else "none"
    facts = (
        ("Looked up", draw.pick(_NAMES)),
        ("Today", on.isoformat()),
        ("Sources not searched", left),
        ("Warning: carries a knife", f"to be looked at again by {review.isoformat()}"),
    )
    shown = zip((born, other), roles, bases, strict=True)
    rows = tuple((draw.pick(_SOURCES), day.isoformat(), role, basis) for day, role, basis in shown)
    head = ("Source", "Born", "Role", "Fact or assessment")
    total = ("Records", "", "", str(len(rows)))
    return Case(number, f"Look-up {number}", facts, "Records", head, rows, total, _says(fault))


def _says(fault: str) -> str:
    if fault == "nothing-known":
        return "Nothing else is known about this person anywhere."
    return "One person, twice suspected of an offence, that is a fact; there is a warning that is in date."
