"""What people ask about one record of theirs: to contest, restrict or correct it, or to keep it."""

from __future__ import annotations

from peelian.app.caller import Caller
from peelian.app.linking.relinking import relink
from peelian.core.errors import InvalidError
from peelian.gate.rooms.amending import Said, amend_room
from peelian.model.amendment import CORRECTED, HELD
from peelian.model.label import CONTESTED, RESTRICTED

LIFT = "lift"
VALUE_MAX = 10_000


def contest(caller: Caller, key: str, reason: str) -> dict[str, object]:
    """Pull a record from every method, machine and list while an objection to it is open."""
    return _amend(caller, key, Said(CONTESTED, reason))


def restrict(caller: Caller, key: str, reason: str) -> dict[str, object]:
    """Shut a record to everybody but those whose duty it is to review it."""
    return _amend(caller, key, Said(RESTRICTED, reason))


def correct(caller: Caller, key: str, column: str, value: str | None, reason: str) -> dict[str, object]:
    """Put the right value in the place of a wrong one; an objection to the record is decided by it."""
    if value is not None and len(value) > VALUE_MAX:
        raise InvalidError(
            "value-too-long",
            f"A corrected value has at most {VALUE_MAX} characters.",
            why="One column of one record is corrected at a time.",
            do="Shorten it.",
        )
    return _amend(caller, key, Said(CORRECTED, reason, column, value))


def hold(caller: Caller, key: str, under: str, reason: str) -> dict[str, object]:
    """Keep a record past its day under a mandate for it; it stays unreadable."""
    return _amend(caller, key, Said(HELD, reason, under=under))


def lift(caller: Caller, key: str, reason: str) -> dict[str, object]:
    """Take back that a record is contested, restricted or held; what was corrected stays."""
    return _amend(caller, key, Said(LIFT, reason))


def objections(caller: Caller) -> list[dict[str, object]]:
    """Return the objections that are open: by when each is to be decided, which are late, which the caller entered."""
    found = amend_room(caller.gate).objections(caller.credential, caller.mandate("duty", "erase").id)
    return [
        {
            "key": one.key,
            "entered_on": one.entered_on.isoformat(),
            "due_on": one.due_on.isoformat(),
            "late": one.late,
            "mine": one.mine,
        }
        for one in found
    ]


def _amend(caller: Caller, key: str, said: Said) -> dict[str, object]:
    mandate = caller.mandate("duty", "erase")
    receipt = amend_room(caller.gate).amend(caller.credential, mandate.id, key, said)
    if said.kind == HELD:
        return receipt
    table, _, record = key.partition(":")
    return receipt | {"relinked": relink(caller, [table], [record])}


ACTS = ("contest", "restrict", "correct", "hold", "lift")
"""What can be said of a record."""


def answer(
    caller: Caller, act: str, key: str, reason: str, column: str = "", value: str = "", under: str = ""
) -> dict[str, object]:
    """Say of a record what a form asks; an empty value means that nothing is to stand there."""
    if act == "correct":
        return correct(caller, key, column, value.strip() or None, reason)
    if act == "hold":
        return hold(caller, key, under, reason)
    return {"contest": contest, "restrict": restrict, "lift": lift}[act](caller, key, reason)


def holds(caller: Caller) -> list[tuple[str, str]]:
    """Return the charter's mandates for holding records, with their titles."""
    return [(m.id, m.title) for m in caller.gate.mandates("duty", "hold")]
