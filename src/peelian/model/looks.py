"""A look-up as the record of use has it, and what it may point to: leads for people to look into, never a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

SELF, OWN_RECORD, OWN_REACHED, RELATION, PAIR = "self", "own-record", "own-reached", "relation", "pair"
FLAGGED = "flagged-close"

SEARCHES = frozenset({"search", "check-list", "saved-search"})
"""Looks by words, of which it is noted whether they reached what is about whoever looked."""

LEADS: Final[Mapping[str, str]] = {
    SELF: "Looked for themselves, their own address, phone or plate, or would change or erase it; it was refused.",
    OWN_RECORD: "Opened the page of a record about themselves; it was withheld.",
    OWN_REACHED: "Searched by a pattern or in other words, and reached a record about themselves; it was withheld.",
    FLAGGED: "Set a flag on somebody whom they declared to be close to them, and so learns who looks at them.",
    RELATION: "Looked for somebody whom they declared to be close to them.",
    PAIR: "Looked for what a colleague may not look up, soon after the colleague asked for it.",
}
"""Kind of lead -> what it says."""


@dataclass(frozen=True)
class LookSeen:
    """One look-up.

    Parameters
    ----------
    entry : int
        Position in the ledger.
    actor : str
        Account of whoever looked.
    what : str
        ``search``, ``profile``, ``incident-page``, ``check-list``, ``saved-search``, ...
    marks : frozenset of str
        Digested marks of what was typed and of whom the look showed.
    refused : bool
        Refused because it was about whoever looked.
    own : bool
        All that it would have shown was about whoever looked; of a search also that its pattern reached that.
    """

    entry: int
    at: datetime
    actor: str
    what: str
    purpose: str
    operation: str
    marks: frozenset[str]
    refused: bool = False
    own: bool = False
    emergency: bool = False


@dataclass(frozen=True)
class Lead:
    """Something for professional standards to look into.

    Parameters
    ----------
    kind : str
        One of :data:`LEADS`.
    looker, about : str
        Who looked, and the colleague whom it is about: of a pair the one who asked, else the looker.
    evidence : tuple of str
        Kinds of marks that the look-up shares with what is kept of the colleague: ``person``, ``plate``, ...
    strong : bool
        Whether more than a name speaks for it, and the looker had not looked for the same before.
    asked_entry : int
        Of a pair, where the record has the colleague's own asking; else -1.
    """

    kind: str
    looker: str
    about: str
    entry: int
    at: datetime
    evidence: tuple[str, ...]
    strong: bool
    asked_entry: int = -1
    asked_at: datetime | None = None
