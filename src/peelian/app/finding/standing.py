"""What stands for longer than a page: saved searches and flags, for whoever set them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from peelian.app.caller import Caller
from peelian.app.desk import zone_of
from peelian.app.finding import find
from peelian.app.finding.watching import Looked, looked_in_words
from peelian.core.errors import InvalidError
from peelian.core.local_time import near_words
from peelian.find.answer import Answer
from peelian.gate.memory.watch_record import COVERT, OVERT, Saved
from peelian.gate.rooms.searching import look_room
from peelian.gate.rooms.standing import (
    FLAG_DAYS_MAX,
    NOT_NOW,
    SAVED_DAYS_MAX,
    STANDS,
    FlagSet,
    FlagTerms,
    SavedSearch,
    standing_room,
)

__all__ = [
    "COVERT",
    "FLAG_DAYS_MAX",
    "OVERT",
    "SAVED_DAYS_MAX",
    "FlagShown",
    "Ran",
    "SavedShown",
    "end_flag",
    "end_search",
    "flags",
    "run_search",
    "save_search",
    "saved_searches",
    "set_flag",
]

DECONFLICT = ("duty", "deconflict")

STATES = {
    "stands": "Stands",
    "expired": "Its time is over",
    "ended": "Ended",
    "operation-over": "The operation is over, or its owner is no longer on it",
    "mandate-over": "Its permission is not in force",
    "not-now": "Who looked is told while you work on its operation, under its permission",
}
"""State -> what it is called."""


@dataclass(frozen=True)
class SavedShown:
    """A saved search in words; ``name`` and ``text`` are empty once it is over: what it was for is gone."""

    id: str
    name: str
    text: str
    stands: bool
    state: str
    operation: str
    operation_id: str
    purpose: str
    until_on: date
    ran_at: str


@dataclass(frozen=True)
class Ran:
    """What a saved search found now.

    Parameters
    ----------
    new : tuple of str
        Keys of what was found of which some record was not there the last time.
    first : bool
        Whether it was the first run: nothing is called new then.
    """

    saved: SavedShown
    answer: Answer
    new: tuple[str, ...]
    first: bool


@dataclass(frozen=True)
class FlagShown:
    """A flag in words, and who looked since it was set; ``told``: whether that may be said now."""

    id: str
    kind: str
    about: str
    on: str
    stands: bool
    state: str
    contact: str
    operation: str
    review_on: date
    review_due: bool
    until_on: date
    looked: tuple[Looked, ...]
    told: bool = True


# Saved searches


def save_search(caller: Caller, text: str, name: str, until: date) -> SavedShown:
    """Save a search for oneself, for what one works on, until the end of a day.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    InvalidError
        ``standing-malformed``, ``question-empty``.
    """
    find.parsed(text)
    mandate = look_room(caller.gate).mandate_for(caller.credential)
    saved = standing_room(caller.gate).save(caller.credential, mandate, text, name, end_of(caller, until))
    return next(one for one in saved_searches(caller) if one.id == saved.id)


def end_of(caller: Caller, day: date) -> datetime:
    """Return the end of a day as people there count it."""
    return datetime.combine(day, time(23, 59), zone_of(caller))


def read_day(text: str) -> date:
    """Read a day as a form or a command has it.

    Raises
    ------
    InvalidError
        ``day-not-understood``.
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidError("day-not-understood", "That is no day.", do="Write it as 2026-11-22.") from None


def saved_searches(caller: Caller) -> list[SavedShown]:
    """Return one's own saved searches, newest first."""
    return [_saved(caller, one) for one in standing_room(caller.gate).searches(caller.credential)]


def run_search(caller: Caller, saved_id: str) -> Ran:
    """Ask a saved search again, with the rights that one has now; say what is new since the last time.

    Raises
    ------
    MissingError
        ``saved-search-missing``.
    RefusedError, ExpiredError
        With every reason; recorded.
    """
    room = standing_room(caller.gate)
    shown = room.to_run(caller.credential, saved_id)
    answer = find.search(caller, shown.text, what="saved-search")
    records = {f"{hit.table}:{hit.record_id}": one.key for one in answer.found for hit in one.hits}
    new = room.note_run(caller.credential, saved_id, records)
    keys = tuple(dict.fromkeys(key for record, key in records.items() if new and record in new))
    return Ran(_saved(caller, shown), answer, keys, new is None)


def end_search(caller: Caller, saved_id: str) -> None:
    """End one's own saved search."""
    standing_room(caller.gate).end_search(caller.credential, saved_id)


def work_of(caller: Caller, saved: Saved) -> tuple[str, str]:
    """Return the operation and the purpose that a search or a chart was saved for, by their titles."""
    charter = caller.gate.charter
    operation, purpose = charter.operations.get(saved.operation), charter.purposes.get(saved.purpose)
    return (operation.title if operation else saved.operation, purpose.title if purpose else saved.purpose)


def _saved(caller: Caller, one: SavedSearch) -> SavedShown:
    zone, saved = zone_of(caller), one.saved
    operation, purpose = work_of(caller, saved)
    return SavedShown(
        id=saved.id,
        name=one.name,
        text=one.text,
        stands=one.state == STANDS,
        state=STATES[one.state],
        operation=operation,
        operation_id=saved.operation,
        purpose=purpose,
        until_on=saved.expires_at.astimezone(zone).date(),
        ran_at=near_words(saved.run_at, caller.gate.clock.now(), zone) if saved.run_at else "",
    )


# Flags


def set_flag(
    caller: Caller, kind: str, about: str, key: str, *, contact: str, review_on: date, until: date, title: str = ""
) -> FlagShown:
    """Set a flag on a person (by the key of a record), vehicle, phone or address.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    InvalidError
        ``standing-malformed``.
    MissingError
        ``nothing-to-show``.
    """
    room, mandate = standing_room(caller.gate), caller.mandate(*DECONFLICT).id
    terms = FlagTerms(" ".join(contact.split()), review_on, end_of(caller, until), title)
    made = room.set_flag(caller.credential, mandate, kind, (about, key), terms)
    return _flag(caller, FlagSet(made, STANDS, title or key))


def may_flag(caller: Caller) -> bool:
    """Say whether the caller could set a flag, for what they work on and in their role; opens nothing."""
    met = caller.gate.who(caller.credential)
    return any(met.purpose in m.purposes and m.roles & met.actor.roles for m in caller.gate.mandates(*DECONFLICT))


def flags(caller: Caller) -> list[FlagShown]:
    """Return one's own flags with who looked, newest first; reading it is in the record."""
    return [_flag(caller, one) for one in standing_room(caller.gate).flags(caller.credential)]


def end_flag(caller: Caller, flag_id: str) -> None:
    """End one's own flag."""
    standing_room(caller.gate).end_flag(caller.credential, flag_id)


def _flag(caller: Caller, one: FlagSet) -> FlagShown:
    zone, flag = zone_of(caller), one.flag
    operation = caller.gate.charter.operations.get(flag.operation)
    review = date.fromisoformat(flag.review_on)
    return FlagShown(
        id=flag.id,
        kind=flag.kind,
        about=flag.about,
        on=one.on,
        stands=one.state in (STANDS, NOT_NOW),
        told=one.state == STANDS,
        state=STATES[one.state],
        contact=flag.contact,
        operation=operation.title if operation else flag.operation,
        review_on=review,
        review_due=caller.gate.clock.now().astimezone(zone).date() >= review,
        until_on=flag.expires_at.astimezone(zone).date(),
        looked=tuple(looked_in_words(caller, one.looked)),
    )
