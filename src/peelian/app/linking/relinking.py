"""Links follow what was said of records in the same run: made again at once, or waiting with the reason why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from peelian.app.caller import Caller
from peelian.app.methods import LINKING
from peelian.core.errors import InvalidError, LimitError, MissingError, PeelianError, RefusedError
from peelian.gate.rooms.link_room import link_room
from peelian.model.pole import PERSON_TABLES

MADE, WAITING, NOTHING = "made", "waiting", "nothing-to-make"


def relink(caller: Caller, tables: Iterable[str], record_ids: Iterable[str] = ()) -> dict[str, Any]:
    """Make the links of records again that were just corrected, shut or erased, under the duty to link.

    What was said of the records stands whatever comes of this: cut links are never shown. So a no of the rules, a
    permission that has ended or a worker that fails is told in the receipt, and the next run makes the links.

    Parameters
    ----------
    tables : iterable of str
        Tables that the records are in; nothing is linked but people.
    record_ids : iterable of str
        Records whose links are counted; none for those that are gone.

    Returns
    -------
    dict
        ``state`` (``made``, ``waiting`` or ``nothing-to-make``), ``made`` and ``questions`` (links and open questions
        of these records now), ``compared``, ``entry``, and ``why``: reasons why links wait.
    """
    told: dict[str, Any] = {"state": NOTHING, "made": 0, "questions": 0, "compared": 0, "entry": None, "why": []}
    room, duties = link_room(caller.gate), caller.gate.mandates("duty", "link-people")
    if not set(tables) & set(PERSON_TABLES) or not room.has_linked:
        return told
    if not duties:
        return told | {"state": WAITING, "why": ["The charter has no permission to link records."]}
    try:
        again = room.relink(caller.credential, duties[0].id, LINKING, record_ids)
    except RefusedError as error:
        return told | {"state": WAITING, "why": [reason.what for reason in error.reasons] or [error.what]}
    except (InvalidError, LimitError, MissingError) as error:
        return told | {"state": WAITING, "why": [_in_words(error)]}
    return told | {
        "state": MADE, "made": again.made, "questions": again.questions, "compared": again.compared,
        "entry": again.entry,
    }  # fmt: skip


def _in_words(error: PeelianError) -> str:
    return f"{error.what} ({error.code})"


def say_relinked(told: Any) -> list[str]:
    """Put what a receipt says of links in sentences; none for a receipt that says nothing of them."""
    if told is None:
        return []
    if told["state"] == MADE:
        return [f"links made again: {told['made']}; questions open for reviewers: {told['questions']}"]
    if told["state"] == WAITING:
        return ["links wait for the next run of linking; until then none is shown", *(f"  {w}" for w in told["why"])]
    return []
