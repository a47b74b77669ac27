"""Emergencies at the desk and in the panel's room: declared, looked at by a supervisor, late where they were not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from peelian.app.caller import Caller
from peelian.core.local_time import near_words
from peelian.gate.acts.emergencies import Declared
from peelian.gate.memory.emergency_record import Emergency
from peelian.policy.charter import Operation

NONE = "none"
"""What the form sends for an emergency that belonged to no operation."""


@dataclass(frozen=True)
class Row:
    """One emergency, for a page.

    Parameters
    ----------
    state : str
        ``waits late joined none``.
    tag : str
        Which tag shows it.
    joined : str
        The operation's title, once said.
    """

    id: str
    who: str
    purpose: str
    at: str
    due: str
    state: str
    tag: str
    was_late: bool
    mine: bool
    look_ups: int
    joined: str
    reason: str
    by: str
    entry: int
    operations: tuple[tuple[str, str], ...]


def emergencies(caller: Caller) -> list[Row]:
    """Return the emergencies of a year for a supervisor, newest first; reading how much was looked up is entered."""
    return [_row(caller, d) for d in caller.gate.emergencies(caller.credential, look_ups=True)]


def settle_emergency(caller: Caller, emergency_id: str, operation: str, reason: str) -> None:
    """Say what an emergency was: the operation that it belonged to, or :data:`NONE`."""
    named = "" if operation == NONE else operation
    caller.gate.settle_emergency(caller.credential, emergency_id, named, reason)


def _row(caller: Caller, told: Declared) -> Row:
    charter, e, now = caller.gate.charter, told.emergency, caller.gate.clock.now()
    zone, person = ZoneInfo(charter.jurisdiction.timezone), charter.people.get(e.account)
    state, tag = _state(e, now)
    said = e.settled
    operation = charter.operations.get(said.operation) if said else None
    role = charter.roles.get(said.role) if said else None
    purpose = charter.purposes.get(e.purpose)
    return Row(
        id=e.id,
        who=person.display_name if person else e.account,
        purpose=purpose.title if purpose else e.purpose,
        at=near_words(e.opened_at, now, zone),
        due=near_words(e.due_at, now, zone),
        state=state,
        tag=tag,
        was_late=e.is_late(now),
        mine=told.mine,
        look_ups=told.look_ups or 0,
        joined=operation.title if operation else "",
        reason=said.reason if said else "",
        by=role.title if role else "",
        entry=said.entry if said else e.entry,
        operations=tuple((o.id, o.title) for o in _open_then(charter.operations.values(), e.opened_at)),
    )


def _state(e: Emergency, now: datetime) -> tuple[str, str]:
    if e.settled is None:
        return ("late", "stopped") if e.is_late(now) else ("waits", "wait")
    return ("joined", "done") if e.settled.operation else ("none", "plain")


def _open_then(operations: Iterable[Operation], at: datetime) -> list[Operation]:
    return sorted((o for o in operations if o.is_open(at)), key=lambda o: (o.title, o.id))


@dataclass(frozen=True)
class LateEmergency:
    """An emergency that was not judged within a day, as the panel may know it: by role, never by name."""

    role: str
    opened_at: datetime
    settled_at: datetime | None
    entry: int


def late_ones(caller: Caller) -> list[LateEmergency]:
    """Return the emergencies of a year that no supervisor judged in time, for the panel's room."""
    charter, now = caller.gate.charter, caller.gate.clock.now()
    late = [d.emergency for d in caller.gate.emergencies(caller.credential) if d.emergency.is_late(now)]
    out = []
    for e in late:
        person = charter.people.get(e.account)
        titles = sorted(charter.roles[r].title for r in person.roles if r in charter.roles) if person else []
        out.append(LateEmergency(", ".join(titles), e.opened_at, e.settled.at if e.settled else None, e.entry))
    return out
