"""What the first page of the desk rests on, in one call: who is there is proved once, and what is opened is entered.

Each part is judged and entered as if it had been asked for by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from peelian.gate.acts.own_entries import Attendance, OwnEntry, attendance, own_entries
from peelian.gate.acts.papers import read_papers
from peelian.gate.acts.source_ages import SourceAge, source_ages
from peelian.gate.findings.leads import list_findings
from peelian.gate.house import House
from peelian.gate.lead import Lead
from peelian.gate.presence import Presence
from peelian.model.paper import Paper

LEADS_LISTED = 20
"""Findings that the first page of the desk rests on, the newest."""


@dataclass(frozen=True)
class DeskFacts:
    """Who is there, since when, what they may read, what the record says of them today."""

    presence: Presence
    attendance: Attendance
    ages: tuple[SourceAge, ...]
    leads: tuple[Lead, ...]
    own: tuple[OwnEntry, ...]


def desk_facts(house: House, presence: Presence, day_began: datetime) -> DeskFacts:
    """Gather the facts; own entries of the day, and of this session if it began before.

    Raises
    ------
    RefusedError
        With every reason; recorded.
    TamperedError
        ``finding-altered``.
    """
    here = attendance(house, presence)
    return DeskFacts(
        presence=presence,
        attendance=here,
        ages=tuple(source_ages(house, presence)),
        leads=tuple(list_findings(house, presence, limit=LEADS_LISTED)),
        own=tuple(own_entries(house, presence, min(day_began, here.opened_at))),
    )


@dataclass(frozen=True)
class QueueFacts:
    """Who is there, which findings of a method they may read, and what they wrote about them, by kind."""

    presence: Presence
    leads: tuple[Lead, ...]
    papers: dict[str, list[Paper]]


def queue_facts(
    house: House, presence: Presence, mandate_id: str, method: str, kinds: Sequence[str], limit: int
) -> QueueFacts:
    """Gather what a queue of decisions rests on; no method asks for no findings.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    TamperedError
        ``finding-altered``, ``paper-altered``.
    """
    leads = list_findings(house, presence, method, limit) if method else []
    papers = {k: read_papers(house, presence, mandate_id, k, mine=True) for k in kinds}
    return QueueFacts(presence, tuple(leads), papers)
