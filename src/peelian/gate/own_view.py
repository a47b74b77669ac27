"""Own views as the ledger knows them: who wrote one about which result, whatever becomes of the row in the desk."""

from __future__ import annotations

from peelian.gate.house import House
from peelian.gate.presence import Presence
from peelian.model.paper import subject_of


def has_own_view(house: House, presence: Presence, finding_id: str) -> bool:
    """Say whether the ledger holds an own view that this actor wrote about a finding, for whichever shift."""
    written = house.head.follow().papers.find("own-view", author=presence.actor.id)
    return any(subject_of(paper.about) == finding_id for paper in written)
