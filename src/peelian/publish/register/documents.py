"""Assessments of impact: what they were written about, held against what runs.

A document about data protection, equality or human rights is only worth something for the tool it was written about.
Its facts are not typed into it: they are taken from the running configuration and compared with those it was written
for. One more column, role or source, and the document is out of date and says by what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FACTS = {
    "purposes": "purpose",
    "roles": "role that may use it",
    "offences": "type of crime",
    "reads": "column read",
    "may_open": "table it may open",
    "equality_tables": "tables on protected groups",
    "sources": "source of data",
    "retention": "time limit on data",
    "regions": "region where data may be",
    "shared_with": "recipient outside the force",
}
"""What is compared, and what one item of it is called."""


@dataclass(frozen=True)
class Difference:
    """One way in which what runs is not what a document was written about."""

    fact: str
    item: str
    added: bool

    @property
    def words(self) -> str:
        """Say it in a sentence."""
        return f"{FACTS[self.fact]}: {self.item} {'was added' if self.added else 'is gone'}"


def differences(described: Mapping[str, Any], running: Mapping[str, Any]) -> list[Difference]:
    """Compare what documents were written about with what runs; empty when they are the same.

    Parameters
    ----------
    described, running : mapping
        Each of :data:`FACTS`: a list of names, or yes and no.
    """
    found = []
    for fact in FACTS:
        then, now = _names(described[fact]), _names(running[fact])
        found += [Difference(fact, item, True) for item in sorted(now - then)]
        found += [Difference(fact, item, False) for item in sorted(then - now)]
    return found


def _names(value: Any) -> set[str]:
    if isinstance(value, bool):
        return {"yes" if value else "no"}
    return {str(v) for v in value}
