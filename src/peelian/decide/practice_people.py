"""Practice cases about records of people who were stopped: an answer someone hands on, right or wrong in one way.

Everything on a case is made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from peelian.core.time import month_of
from peelian.decide.practice_draw import Case, Draw, month_words

PEOPLE_FAULTS: Mapping[str, str] = {
    "total-wrong": "The rows do not add up to the total",
    "small-count": "It shows a count so small that somebody could be recognised",
    "officer-view": "It gives what the officer saw as what people said of themselves",
    "no-denominator": "It concludes how much a group offends from how often it was stopped",
    "one-person": "It lets one person be picked out",
    "wrong-use": "It is used for something that the records may not be used for",
}
"""Fault id -> the words under which it can be chosen."""

SMALL = 8
"""Counts below this are not shown: see ``publication.yml``."""

_GROUPS = ("Asian", "Black", "Mixed", "White", "Other")
_USES = (
    "testing whether patrol places burden some groups more than others",
    "answering a request to erase a record",
    "a statement to the oversight panel",
)
_REFUSED = (
    "ranking officers by how many people they stop",
    "finding people who may have no leave to stay",
    "listing who should be stopped again",
)


def people_case(draw: Draw, number: int, fault: str, on: date) -> Case:
    """Make a case about stop records, with one fault of :data:`PEOPLE_FAULTS` or, with ``""``, none."""
    counts = [draw.between(SMALL + 3, 240) for _ in _GROUPS]
    if fault == "small-count":
        counts[draw.below(len(counts))] = draw.between(1, SMALL - 1)
    total = sum(counts)
    if fault == "total-wrong":
        total += draw.pick((-1, 1)) * draw.between(11, 60)
    said_by = "what each person said of themselves" if fault == "officer-view" else "the officer who stopped them"
    month = month_of(on) - draw.between(2, 12)
    facts = (
        ("Asked for", draw.pick(_REFUSED if fault == "wrong-use" else _USES)),
        ("Table", "people stopped, one row a stop"),
        ("Column", "ethnicity as the officer who made the stop saw it"),
        ("Month", month_words(month)),
        ("Smallest count that may be shown", str(SMALL)),
    )
    rows = tuple((group, str(count)) for group, count in zip(_GROUPS, counts, strict=True))
    says = _says(draw, fault, counts, said_by)
    title = f"Stops in {month_words(month)}"
    return Case(number, title, facts, "Stops by group", ("Group", "Stops"), rows, ("All", str(total)), says)


def _says(draw: Draw, fault: str, counts: list[int], said_by: str) -> str:
    most = _GROUPS[counts.index(max(counts))]
    if fault == "no-denominator":
        return f"{most} people were stopped most often, so they offend most. Group according to {said_by}."
    if fault == "one-person":
        street = draw.pick(("Kiln Street", "Priory Walk", "Canal Reach"))
        hour = draw.between(9, 20)
        return f"One of them, aged 18 to 24, was stopped in {street} on the 12th at {hour}:40. Group by {said_by}."
    return f"{most} people were stopped most often, by count. This says nothing about who offends. Group by {said_by}."
