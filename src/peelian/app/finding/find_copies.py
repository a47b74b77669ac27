"""My downloads: what one took out of look-ups, until when it may be held, and what was called back."""

from __future__ import annotations

from dataclasses import dataclass

from peelian.app.caller import Caller
from peelian.app.desk import zone_of
from peelian.core.local_time import instant_words
from peelian.core.time import iso
from peelian.gate.looking.copies import NumberedCopy, Recalled
from peelian.gate.rooms.copy_room import copy_room

__all__ = ["Download", "Downloads", "all_downloads", "end_download", "my_downloads", "recall"]

SHOWN = 200


@dataclass(frozen=True)
class Download:
    """One copy in words. ``state``: ``held``, ``expired``, ``recalled`` or ``ended``."""

    number: int
    holder: str
    what: str
    form: str
    rows: int
    purpose: str
    taken: str
    taken_at: str
    delete_by: str
    delete_by_at: str
    state: str
    cause: str
    recalled: str
    ended: str

    @property
    def waits(self) -> bool:
        """Whether its holder has to do something: delete it, and say so."""
        return self.state in ("recalled", "expired")


@dataclass(frozen=True)
class Downloads:
    """Somebody's copies, newest first; ``more``: how many older ones are not shown."""

    rows: tuple[Download, ...]
    more: int = 0

    @property
    def waiting(self) -> tuple[Download, ...]:
        """Return those that are to be deleted now."""
        return tuple(row for row in self.rows if row.waits)


def my_downloads(caller: Caller) -> Downloads:
    """Return the caller's own copies; those that are to be deleted are never left out."""
    return _shown(caller, copy_room(caller.gate).mine(caller.credential))


def all_downloads(caller: Caller) -> Downloads:
    """Return everybody's copies, for those whose duty it is to erase; entered."""
    mandate = caller.mandate("duty", "erase")
    return _shown(caller, copy_room(caller.gate).all(caller.credential, mandate.id))


def end_download(caller: Caller, number: int) -> Download:
    """Take the holder's word that a copy is deleted.

    Raises
    ------
    MissingError
        ``copy-not-yours``.
    """
    return _download(caller, copy_room(caller.gate).end(caller.credential, number))


def recall(caller: Caller, number: int) -> Recalled:
    """Call a copy back by hand, under the duty to erase.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    MissingError
        ``copy-unknown``.
    """
    return copy_room(caller.gate).recall(caller.credential, caller.mandate("duty", "erase").id, number)


def _shown(caller: Caller, copies: list[NumberedCopy]) -> Downloads:
    told = [_download(caller, copy) for copy in copies]
    kept = [d for place, d in enumerate(told) if d.waits or place < SHOWN]
    return Downloads(tuple(kept), len(told) - len(kept))


def _download(caller: Caller, copy: NumberedCopy) -> Download:
    zone, purpose = zone_of(caller), caller.gate.charter.purposes.get(copy.purpose)
    return Download(
        number=copy.number,
        holder=copy.holder,
        what=copy.what,
        form=copy.form,
        rows=copy.rows,
        purpose=purpose.title if purpose else copy.purpose,
        taken=instant_words(copy.taken_at, zone),
        taken_at=iso(copy.taken_at),
        delete_by=instant_words(copy.expires_at, zone),
        delete_by_at=iso(copy.expires_at),
        state=copy.state,
        cause=copy.cause,
        recalled=instant_words(copy.recalled_at, zone) if copy.recalled_at else "",
        ended=instant_words(copy.ended_at, zone) if copy.ended_at else "",
    )
