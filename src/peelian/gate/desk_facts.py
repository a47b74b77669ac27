"""What the first page of the desk rests on, in one call: who is there is proved once, and what is opened is entered.

Each part is judged and entered as if it had been asked for by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from peelian.gate.house import House
from peelian.gate.lead import Lead
from peelian.gate.leads import list_findings
from peelian.gate.own_entries import Attendance, OwnEntry, attendance, own_entries
from peelian.gate.presence import Presence
from peelian.gate.source_ages import SourceAge, source_ages


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
        leads=tuple(list_findings(house, presence)),
        own=tuple(own_entries(house, presence, min(day_began, here.opened_at))),
    )
