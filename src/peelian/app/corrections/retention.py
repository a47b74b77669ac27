"""The clocks that delete what is over, every night."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from peelian.app.caller import Caller
from peelian.core.errors import InvalidError
from peelian.gate.rooms.case_files import case_room
from peelian.gate.rooms.retaining import retain_room


def retain(
    caller: Caller, *, dry_run: bool = False, on: date | None = None, tell: Callable[[str], None] = lambda step: None
) -> dict[str, object]:
    """Delete what is over today, or count what would go.

    Parameters
    ----------
    dry_run : bool
        Count only.
    on : date, optional
        Count for a later day; nothing is deleted before its day.
    """
    if on is not None and not dry_run:
        raise InvalidError(
            "retain-on-another-day",
            "Rows are deleted on their day, by the clock, and on no other.",
            why="A day that somebody chooses would delete what the law says is kept, or keep what it says is deleted.",
            do="Leave the day out, or ask for a count with --dry-run.",
        )
    room, mandate = retain_room(caller.gate), caller.mandate("duty", "retain")
    if dry_run:
        return room.count(caller.credential, mandate.id, on).as_dict()
    done = room.retain(caller.credential, mandate.id, tell).as_dict()
    return done | {"case_files": case_room(caller.gate).sweep()}
