"""Emergencies before a supervisor: which were declared, what was looked at in them, and to what they belong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from peelian.core.errors import MissingError, Reason, RefusedError
from peelian.gate.entries import Act, read_body
from peelian.gate.house import House
from peelian.gate.judging import circumstances, insist
from peelian.gate.memory.emergency_record import Emergency
from peelian.gate.presence import Presence
from peelian.model.stop import clean_reason

TOOL = "emergencies"
"""What entries about emergencies name."""

YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Declared:
    """An emergency, whether it is the caller's own, and how many look-ups were made in it (None where not asked)."""

    emergency: Emergency
    mine: bool
    look_ups: int | None = None


def declared(house: House, presence: Presence, *, look_ups: bool = False) -> list[Declared]:
    """Return the emergencies of a year, newest first.

    With ``look_ups`` the log is read for how many look-ups were made in each; that is entered.

    Raises
    ------
    RefusedError
        For anybody who does not supervise.
    """
    verdict = house.rulebook.judge_act(presence.actor, circumstances(house, presence, ""), "see-emergencies")
    insist(house, presence, verdict, "see declared emergencies", TOOL, {})
    since = house.clock.now() - YEAR
    found = [e for e in house.head.follow().emergencies.known.values() if e.opened_at >= since]
    if look_ups:
        house.recorder.record([Act("consultation", TOOL, presence.purpose, "allow", presence.who(), presence.reason)])
    mine = presence.actor.id
    return [Declared(e, e.account == mine, _look_ups(house, e) if look_ups else None) for e in reversed(found)]


def _look_ups(house: House, emergency: Emergency) -> int:
    """Count what its holder looked at in its session until it ended, out of the log."""
    log_key, size = house.keys.log_key(), house.ledger.size()
    ends = emergency.due_at
    positions = house.own.positions(emergency.account, emergency.opened_at.date())
    count = 0
    for index in (i for i in positions if emergency.entry < i < size):
        [(_, leaf, private)] = house.ledger.read(index, index + 1)
        body = read_body(private, log_key, leaf=leaf)
        at, in_it = body["at"], body.get("session") == emergency.session and body.get("emergency") is True
        assert isinstance(at, int)
        in_it = in_it and not isinstance(body.get("look"), list)  # says more about a look-up before it
        count += in_it and b'"consultation"' in leaf and at <= int(ends.timestamp() * 1_000_000)
    return count


def settle(house: House, presence: Presence, emergency_id: str, operation_id: str, reason: str) -> Emergency:
    """Say what an emergency belonged to: an operation that was open then, or none of them.

    Parameters
    ----------
    operation_id : str
        ``""`` for none: the reason says what it was.

    Raises
    ------
    MissingError
        ``emergency-missing``.
    RefusedError
        ``emergency-settled``; with the rules' reasons for one's own, and for an operation that was not open then.
    InvalidError
        ``reason-missing``, ``reason-too-long``.
    """
    words = clean_reason(reason)
    found = house.head.follow().emergencies.known.get(emergency_id)
    if found is None:
        raise MissingError("emergency-missing", "No such emergency was declared.", do="Choose one from the list.")
    operation = house.charter.operations.get(operation_id)
    named = operation_id if operation else "unknown" if operation_id else ""
    verdict = house.rulebook.judge_emergency(
        presence.actor,
        circumstances(house, presence, ""),
        mine=found.account == presence.actor.id,
        named=bool(operation_id),
        open_then=bool(operation and operation.is_open(found.opened_at)),
    )
    detail = {"settles": emergency_id, "joined": named}
    insist(house, presence, verdict, "say what an emergency was", TOOL, detail)
    if found.settled is not None:
        raise _settled_before(house, presence, detail)
    role = min(presence.actor.roles & SUPERVISORS, default=min(presence.actor.roles))
    body = presence.who() | detail | {"role": role, "words": words}
    house.recorder.record([Act("emergency-settled", TOOL, found.purpose, "record", body, presence.reason)])
    return house.head.follow().emergencies.known[emergency_id]


SUPERVISORS = frozenset({"response-sergeant", "official"})
"""Roles that say what an emergency was; the rule ``grant-settle-emergency`` decides, this names which role did."""


def _settled_before(house: House, presence: Presence, detail: dict[str, str]) -> RefusedError:
    what = "A supervisor has said what this emergency was; that stands."
    body = presence.who() | detail | {"asked": "say what an emergency was", "reasons": ["emergency-settled"]}
    house.recorder.record([Act("refusal", TOOL, presence.purpose, "refuse", body, presence.reason)])
    return RefusedError(
        "emergency-settled",
        what,
        why="What was said of it is in the record, and is not written over.",
        do="Tell the panel if it was wrong.",
        reasons=[Reason("emergency-settled", what, "the oversight panel", "Tell the panel.")],
    )


def late_emergencies(house: House) -> int:
    """Count the emergencies of a year that no supervisor judged within a day; it leaves through disclosure control."""
    now = house.clock.now()
    known = house.head.follow().emergencies.known.values()
    return sum(e.is_late(now) for e in known if e.opened_at >= now - YEAR)
