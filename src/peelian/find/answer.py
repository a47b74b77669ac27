"""What finding hands on: answers, profiles, incident pages and checked lists, as plain values for pages and JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

NOTHING = "Nothing you may see matches."
"""Said in these words whether something is hidden or there is nothing: the two must not be told apart."""

SOME_MAY_BE_HIDDEN = "Some records may not be shown for this purpose."
"""Stands under every answer, always in these words: it tells nothing about whether there are any."""

NO_CONTESTED = "What somebody contests is in no list; it is shown on pages, as contested."
"""Stands under every checked list, whether anything was left out or not."""

NOT_LINKED = "Records have not been linked: each stands for itself, and two of them may be about one person."
"""Said where nobody has asked which records are about the same person."""

KINDS = ("person", "organisation", "vehicle", "phone", "address", "event", "words", "warning")
"""What a hit can be about."""


@dataclass(frozen=True)
class SourceSearched:
    """One source, and whether this answer looked into it.

    Parameters
    ----------
    source, title : str
        Its name, and its title in words.
    searched : bool
        Whether anything of it was looked into.
    why_not : tuple of str
        Reasons, in words, when it was not, or not all of it.
    loaded_at : datetime or None
        When its last delivery came in; None when none ever did.
    """

    source: str
    title: str
    searched: bool
    why_not: tuple[str, ...] = ()
    loaded_at: datetime | None = None


@dataclass(frozen=True)
class Coverage:
    """What an answer rests on: which sources were searched, which were not, how old the newest record is.

    Parameters
    ----------
    newest_at : datetime or None
        When the newest delivery of a source that was searched came in.
    index_behind : bool
        Whether deliveries have come in that the search index does not know yet: what they brought is not found.
    index_at : datetime or None
        Up to when the index knows what came in; None where no index was asked.
    purpose : str
        What for, in the charter's words.
    entry : int
        Position of the look-up in the record of use.
    """

    sources: tuple[SourceSearched, ...] = ()
    newest_at: datetime | None = None
    index_behind: bool = False
    index_at: datetime | None = None
    purpose: str = ""
    entry: int = 0

    @property
    def searched(self) -> tuple[SourceSearched, ...]:
        """Return the sources that were searched."""
        return tuple(s for s in self.sources if s.searched)

    @property
    def not_searched(self) -> tuple[SourceSearched, ...]:
        """Return the sources that were not."""
        return tuple(s for s in self.sources if not s.searched)


@dataclass(frozen=True)
class Fact:
    """One thing that one source says, with where it comes from.

    Parameters
    ----------
    about : str
        What kind of thing it is: ``name``, ``born``, ``address``, ``phone``, ``role``, ``warning``, ...
    says : str
        What is said, in words.
    source : str
        Source id.
    on : date or None
        Day of the event, or from which it holds.
    until_on : date or None
        Day until which it holds, or on which it is to be looked at again.
    grade : str
        Intelligence grade as the system keeps it (``2B``), or empty.
    basis : str
        ``fact`` or ``assessment`` (DPA 2018 s.38).
    role : str
        Role of the person in that event: suspect, convicted, victim, witness, other; or empty.
    event : str
        The event in a few words, with its reference.
    table, record_id : str
        The record it was read from.
    contested : bool
        Whether the person it is about has contested it, and that is not decided yet.
    at_m : tuple of int or None
        Where the event was, easting and northing in metres, when its source says.
    event_ref : str
        The event's number in its system, by which records of one event are known; or empty.
    """

    about: str
    says: str
    source: str
    on: date | None = None
    until_on: date | None = None
    grade: str = ""
    basis: str = "fact"
    role: str = ""
    event: str = ""
    table: str = ""
    record_id: str = ""
    contested: bool = False
    at_m: tuple[int, int] | None = None
    event_ref: str = ""


@dataclass(frozen=True)
class Hit:
    """One record that was found, and why.

    Parameters
    ----------
    kind : str
        One of :data:`KINDS`.
    title : str
        Who or what, as the source words it.
    born_on : date or None
        Birth date, for people.
    details : tuple of (str, str)
        What else the record says, label and value, in the order in which it is shown.
    why : tuple of str
        Reasons in words, the strongest first; never empty.
    strength : int
        Sum of the fixed points of :mod:`peelian.find.ranking`, 0 to 1000: an order, no probability.
    fact : Fact
        Where it comes from: source, day, grade, fact or assessment, role.
    """

    kind: str
    title: str
    table: str
    record_id: str
    why: tuple[str, ...]
    strength: int
    fact: Fact
    born_on: date | None = None
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Found:
    """Somebody or something that was found: one record, or several that are said to be about the same.

    Parameters
    ----------
    key : str
        What :func:`profile` of the same kind takes to show more.
    linked : bool
        Whether several records were put together here because links say that they are about the same.
    maybe_same : tuple of str
        Keys of others in this answer that may be the same, and were left apart.
    """

    kind: str
    key: str
    title: str
    why: tuple[str, ...]
    strength: int
    hits: tuple[Hit, ...]
    born_on: date | None = None
    linked: bool = False
    maybe_same: tuple[str, ...] = ()


@dataclass(frozen=True)
class Understood:
    """What a question was taken for, so that whoever typed it can see it: ``("name", "jhon smyth")``."""

    kind: str
    says: str


@dataclass(frozen=True)
class Answer:
    """The answer to one search.

    Parameters
    ----------
    understood : tuple of Understood
        What the words typed were taken for.
    found : tuple of Found
        The strongest first.
    more : bool
        Whether more records match than were looked at; a longer question finds the right ones.
    linked : bool
        Whether records have been linked for this answer; if not, :data:`NOT_LINKED` is said.
    notes : tuple of str
        What else to say: the constant lines, and whether the index is behind.
    """

    understood: tuple[Understood, ...]
    found: tuple[Found, ...]
    coverage: Coverage
    more: bool = False
    linked: bool = False
    notes: tuple[str, ...] = ()

    @property
    def nothing(self) -> str:
        """Return the words for an empty answer, or none."""
        return "" if self.found else NOTHING


@dataclass(frozen=True)
class Section:
    """A part of a page: a heading and facts under it, in order; ``empty`` is said when there are none."""

    id: str
    title: str
    facts: tuple[Fact, ...] = ()
    empty: str = ""


@dataclass(frozen=True)
class Connection:
    """Another person or thing, and the sentence that connects it.

    Parameters
    ----------
    born_on : date or None
        Birth date on record, for people: children are in no chart that leaves the building.
    """

    kind: str
    key: str
    title: str
    because: str
    fact: Fact
    born_on: date | None = None


@dataclass(frozen=True)
class Flagged:
    """Somebody works on this already, and says whom to ask before anything is done.

    Parameters
    ----------
    about : str
        ``person``, ``vehicle``, ``phone`` or ``address``.
    contact : str
        Whom to ask, in the words of whoever set it.
    operation : str
        Title of the operation it belongs to.
    """

    about: str
    contact: str
    operation: str
    until_on: date


@dataclass(frozen=True)
class Profile:
    """What may be shown of a person, vehicle, phone or address for one purpose.

    Parameters
    ----------
    kind : str
        ``person``, ``vehicle``, ``phone`` or ``address``.
    warnings : tuple of Fact
        First of all, whatever the purpose.
    under_18 : bool
        Whether a birth date says so; then the exploitation view comes first.
    sections : tuple of Section
        In the order in which the purpose wants them.
    names, born : tuple of Fact
        Every name and birth date on record, each with its source.
    """

    kind: str
    key: str
    title: str
    coverage: Coverage
    warnings: tuple[Fact, ...] = ()
    under_18: bool = False
    names: tuple[Fact, ...] = ()
    born: tuple[Fact, ...] = ()
    sections: tuple[Section, ...] = ()
    connections: tuple[Connection, ...] = ()
    linked: bool = False
    notes: tuple[str, ...] = ()
    flags: tuple[Flagged, ...] = ()


@dataclass(frozen=True)
class PersonThere:
    """Somebody who is on record at an address.

    Parameters
    ----------
    last_on : date or None
        Day of the newest record that says so.
    records : int
        How many records say so.
    child : bool
        Under 18 today by a birth date on record.
    says : str
        How sure that is, in words.
    """

    key: str
    title: str
    born_on: date | None
    child: bool
    last_on: date | None
    records: int
    roles: tuple[str, ...]
    says: str
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class IncidentPage:
    """What somebody at a door needs to know, in the order in which they need it.

    Parameters
    ----------
    asked : str
        The address or number, as it was understood.
    address : str
        The address it is about, or empty when nothing was found.
    call : tuple of Fact
        The call itself, when a number was asked for.
    orders : tuple of Fact
        Court orders, bail and warrants on people there, those in force first.
    vehicles : tuple of Connection
        Vehicles connected with the address or with people there.
    concerns : tuple of Fact
        What a partner has shared for safeguarding.
    """

    asked: str
    address: str
    coverage: Coverage
    call: tuple[Fact, ...] = ()
    warnings: tuple[Fact, ...] = ()
    people: tuple[PersonThere, ...] = ()
    orders: tuple[Fact, ...] = ()
    concerns: tuple[Fact, ...] = ()
    calls: tuple[Fact, ...] = ()
    vehicles: tuple[Connection, ...] = ()
    linked: bool = False
    notes: tuple[str, ...] = ()
    flags: tuple[Flagged, ...] = ()

    @property
    def children(self) -> tuple[PersonThere, ...]:
        """Return the children on record there."""
        return tuple(p for p in self.people if p.child)


FOUND, NOT_FOUND, UNSURE, NOT_UNDERSTOOD = "found", "not-found", "unsure", "not-understood"
OUTCOMES = (FOUND, NOT_FOUND, UNSURE, NOT_UNDERSTOOD)


@dataclass(frozen=True)
class CheckRow:
    """One line of a pasted list, and what came of it: one of :data:`OUTCOMES`."""

    number: int
    text: str
    kind: str
    outcome: str
    why: tuple[str, ...] = ()
    found: tuple[Found, ...] = ()


@dataclass(frozen=True)
class CheckTable:
    """A checked list.

    Parameters
    ----------
    cap : int
        How many lines one list may have under this mandate.
    """

    rows: tuple[CheckRow, ...]
    coverage: Coverage
    cap: int
    notes: tuple[str, ...] = field(default=())

    def count(self, outcome: str) -> int:
        """Count the lines with an outcome."""
        return sum(r.outcome == outcome for r in self.rows)
