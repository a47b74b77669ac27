"""Notes from one shift to the next: written and read by the people on an operation, while it is open, and by no others.

Writing one is a paper (:mod:`peelian.gate.acts.papers`). Reading is judged by the operation that one works on and
takes no argument that names another. Which notes a session was shown is entered once; showing them again to it is not.
"""

from __future__ import annotations

from itertools import islice

from peelian.gate.acts.papers import words_of
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.judging import circumstances, insist
from peelian.gate.presence import Presence
from peelian.model.paper import Paper

KIND = "hand-over"


def handed_over(house: House, presence: Presence, limit: int = 10) -> list[Paper]:
    """Return the newest notes of the operation that the caller works on, newest first, less those whose time is over.

    Raises
    ------
    RefusedError
        With every reason; recorded.
    """
    verdict = house.rulebook.judge_act(presence.actor, circumstances(house, presence, ""), "read-hand-over")
    insist(house, presence, verdict, "read the notes of a shift", KIND, {})
    known = list(islice(house.head.papers.find(KIND, about=presence.operation_ref), limit))
    shown = house.leads.shown.setdefault((presence.session_id, KIND), set())
    fresh = sorted({p.digest for p in known} - shown)
    if fresh:
        body = presence.who() | {"asked": "read the notes of a shift", "papers": fresh}
        house.recorder.record([Act("consultation", KIND, presence.purpose, "allow", body, presence.reason)])
        shown.update(fresh)
    now = house.clock.now()
    return [p for p in words_of(house, known) if not p.expired(now)]
