"""What every look meets, by whatever way it came: nobody looks for themselves, and what it was about is noted.

A question for oneself, one's own address, phone or plate is refused and recorded; rows about oneself are withheld from
one's own looks whether there are any or not, in the same words as what does not exist. What a look was about is entered
as keyed digests, always and for everybody, so that who looked at whom can be found out later without any look being
treated differently. Flags that others set are asked for the overt ones alone; a covert one changes nothing here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from peelian.core.errors import LimitError, Reason, RefusedError
from peelian.core.marks import NAMES_MAX, TEXT_MAX, Typed, kind_of, read_typed, row_marks, thing_marks
from peelian.gate.acts.office import mandate_states
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.memory.watch_record import OVERT, Flag
from peelian.gate.presence import Presence
from peelian.model.looks import SEARCHES
from peelian.model.pole import PERSON_TABLES

SELF_SEARCH = "self-search"
"""The reason that stands in the record when somebody looked for themselves."""

TOOL = "look-up"

NOTED = frozenset({"profile", "incident-page"})
"""Looks of which it is noted whom they showed."""

NOTED_WHOLE = frozenset({"entity", "review", "explain", "unmerge"})
"""Looks at a few records side by side: everybody in them is noted."""

MARKS_MAX = 400
"""Marks that one entry holds."""

_PERSON = ("forenames", "surname", "aliases", "birth_on", "address", "postcode", "phones")
_VEHICLES = ("incident_vehicle", "intelligence_vehicle", "call_vehicle", "stop_vehicle", "plate_read")
_TEXTS = ("incident_text", "intelligence_text", "call_text")
_PLACES = ("incident", "intelligence", "call", "stop", "missing")

IDENTITY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(PERSON_TABLES, _PERSON),
    **dict.fromkeys(_VEHICLES, ("plate",)),
    **dict.fromkeys(_PLACES, ("place",)),
    "warning": ("address", "plate"),
    "tenancy": ("address", "postcode"),
    **dict.fromkeys(_TEXTS, ("text",)),
}
"""Table -> the columns that say whom or what a row is about."""


def digested(house: House, marks: Iterable[str]) -> frozenset[str]:
    """Turn marks into what the record holds: their kind, and a keyed digest."""
    return frozenset(f"{kind_of(m)}:{house.keys.mark(m)}" for m in marks)


def own_marks(house: House, account: str) -> frozenset[str]:
    """Return the digested marks of a member of staff, none where nobody has entered any."""
    known = house.head.watch.details.get(account)
    return known.own if known else frozenset()


@dataclass
class Watched:
    """One look, as it is watched.

    Parameters
    ----------
    what : str
        As in :class:`~peelian.gate.rooms.searching.Asked`.
    own : frozenset of str
        Digested marks of whoever looks.
    typed : tuple of frozenset of str
        Digested marks of what was typed, one set for each thing asked.
    """

    house: House = field(repr=False)
    what: str
    own: frozenset[str] = field(repr=False)
    typed: tuple[frozenset[str], ...] = field(repr=False)
    asked_persons: int = 0
    shown: set[str] = field(default_factory=set, repr=False)
    pages: int = 0
    withheld: bool = False
    others: bool = False
    wildcard: bool = False
    _quiet: bool = False
    _page: frozenset[str] = field(default=frozenset(), repr=False)
    _seen: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)
    _known: dict[tuple[object, ...], frozenset[str]] = field(default_factory=dict, repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)  # a page reads two tables at once

    def columns(self, table: str) -> tuple[str, ...]:
        """Return the columns that a read of a table needs beside what was asked for; none for most looks."""
        wanted = bool(self.own) or self.what in NOTED_WHOLE
        return IDENTITY.get(table, ()) if wanted else ()

    def sift(self, table: str, rows: pa.Table) -> pa.Table:
        """Take note of rows, and leave out those about whoever looks."""
        told = [c for c in (*IDENTITY.get(table, ()), "subject_id") if c in rows.column_names]
        noted = not self._quiet and self.what in NOTED | NOTED_WHOLE and table in PERSON_TABLES
        if not told or not rows.num_rows or not (self.own or noted):
            return rows
        marks = [self._marks(tuple(one.items())) for one in rows.select(told).to_pylist()]
        keep = [not (m & self.own) for m in marks]
        if noted:
            subjects = rows.column("subject_id").to_pylist() if "subject_id" in told else [""] * len(marks)
            self._see((s, m) for s, m, kept in zip(subjects, marks, keep, strict=True) if kept)
        self.others |= any(keep)
        if all(keep):
            return rows
        self.withheld |= table not in _TEXTS  # whoever meets their own number in a text did not ask for it
        return rows.filter(pa.array(keep))

    @contextmanager
    def unnoted(self) -> Iterator[None]:
        """Read without noting whom: what is only worked with is not shown. Rows about whoever looks stay out."""
        self._quiet, before = True, self._quiet
        try:
            yield
        finally:
            self._quiet = before

    def _see(self, rows: Iterable[tuple[str, frozenset[str]]]) -> None:
        with self._turn:
            for subject, about in rows:
                self._seen[subject] = self._seen.get(subject, frozenset()) | about

    def _marks(self, row: tuple[tuple[str, object], ...]) -> frozenset[str]:
        if row not in self._known:
            self._known[row] = digested(self.house, row_marks(dict(row)))
        return self._known[row]

    def show(self, subject_ids: Iterable[str]) -> None:
        """Take note of whom a page is about."""
        self._page = frozenset(subject_ids)
        self.shown |= self._page
        self.pages += bool(self._page)

    def about(self) -> frozenset[str]:
        """Return the digested marks of whom the look showed; of what was typed as well."""
        seen = self._seen if self.what in NOTED_WHOLE else {s: m for s, m in self._seen.items() if s in self.shown}
        return frozenset[str]().union(*seen.values())

    def flags(self, nth: int, now: datetime, *, person: bool) -> list[Flag]:
        """Return the overt flags on what a page is about, oldest first. Covert ones are not asked for here.

        Parameters
        ----------
        nth : int
            Which of the things asked it answers, from 0.
        person : bool
            Whether it is about the people noted last; else about what was typed alone.
        """
        marks = self.typed[nth].union(*(self._seen.get(s, frozenset()) for s in self._page if person))
        overt = (f for f in self.house.head.watch.flags.values() if f.kind == OVERT and f.stands(now))
        operations = self.house.charter.operations
        known = [f for f in overt if f.marks & marks and f.operation in operations]
        states = mandate_states(self.house) if known else {}
        return [f for f in known if operations[f.operation].is_open(now) and states.get(f.mandate) == "in force"]

    def note(self, presence: Presence, purpose: str, mandate_id: str, entries: Sequence[int]) -> None:
        """Enter whom the look showed, before it is shown: one entry for every look of these kinds, also for nobody.

        Of a search by somebody of whom it is known who they are: whether it reached themselves, also if it did not.
        """
        reaching = self.what in SEARCHES and bool(self.own)
        if self.what not in NOTED | NOTED_WHOLE and not reaching:
            return
        subjects = tuple(sorted(self.shown))
        own = self._reached_own() if reaching else self._nothing_but_own(subjects)
        body = presence.who() | {"mandate": mandate_id, "look": list(entries), "what": self.what}
        marks = sorted(self.about())
        parts = [marks[n : n + MARKS_MAX] for n in range(0, max(1, len(marks)), MARKS_MAX)]
        acts = [
            Act("consultation", TOOL, purpose, "allow", body | {"marks": part, "own": own}, presence.reason, subjects)
            for part in parts
        ]
        self.house.recorder.record(acts)

    def _reached_own(self) -> bool:
        """Say whether a search was for oneself in other words: by a pattern, or with nobody else to be found.

        A search for others that has oneself among many is none: the record is left out, and nothing follows.
        """
        return self.withheld and (self.wildcard or not self.others)

    def _nothing_but_own(self, subjects: Sequence[str]) -> bool:
        return self.withheld and (self.pages < self.asked_persons or (self.what != "profile" and not subjects))


def watch(house: House, presence: Presence, what: str, words: Sequence[str]) -> tuple[Watched, int]:
    """Begin to watch a look; say which of the things asked is about whoever asks, from 1, or 0 for none.

    Raises
    ------
    LimitError
        ``question-too-long``.
    """
    own = own_marks(house, presence.actor.id)
    read = [_read(what, word) for word in words]
    if not all(one.whole for one in read):
        raise _too_long()
    typed = tuple(digested(house, one.marks) for one in read)
    mine = (n for n, (one, marks) in enumerate(zip(read, typed, strict=True), 1) if _is_self(one, marks & own))
    persons = sum(what == "profile" and word.startswith("person ") for word in words)
    wildcard = any(sign in word for word in words for sign in "*?")
    return Watched(house, what, own, typed, persons, wildcard=wildcard), next(mine, 0)


def _read(what: str, word: str) -> Typed:
    typed = read_typed(word)
    kind, _, key = word.partition(" ")
    if what != "profile":
        return typed
    more = {f"record:{key}"} if kind == "person" else thing_marks(kind, key)
    return Typed(typed.marks | more, typed.dated, typed.whole)


def of_others(house: House, presence: Presence, words: Iterable[str]) -> list[str]:
    """Leave out what is about whoever asks, of words that a page would look up by itself.

    Nobody is refused, nor is anything looked into, for what somebody else wrote into a text.
    """
    own = own_marks(house, presence.actor.id)
    read = ((word, read_typed(word)) for word in words)
    return [word for word, one in read if not (own and _is_self(one, digested(house, one.marks) & own))]


def _too_long() -> LimitError:
    return LimitError(
        "question-too-long",
        f"One question has at most {NAMES_MAX} different words and {TEXT_MAX} letters.",
        why="It is noted whom each look-up is about; in a longer one somebody could be hidden behind other words.",
        do="Ask for less at once, or in several questions.",
    )


def _is_self(typed: Typed, shared: frozenset[str]) -> bool:
    """Say whether it is about oneself: a name alone may be, a name beside another birth date is somebody else's."""
    return any(kind_of(m) != "name" or not typed.dated for m in shared)


def insist_of_others(
    house: House, presence: Presence, mandate_id: str, rows: Iterable[Mapping[str, object]], what: str
) -> None:
    """Refuse to have anybody correct, shut, hold or erase what is about themselves; entered, and a lead.

    Raises
    ------
    RefusedError
        ``own-record``.
    """
    own = own_marks(house, presence.actor.id)
    shared = own and frozenset[str]().union(*(digested(house, row_marks(row)) & own for row in rows))
    if not shared:
        return
    body = presence.who() | {"asked": what, "reasons": [SELF_SEARCH], "mandate": mandate_id, "what": what}
    body |= {"marks": sorted(shared)[:MARKS_MAX]}
    house.recorder.record([Act("refusal", TOOL, presence.purpose, "refuse", body, presence.reason)])
    do = "Ask somebody else whose duty it is. What is held about you, ask for like anybody."
    raise RefusedError(
        "own-record",
        "Nobody decides about a record of themselves, their own address, phone or plate.",
        why="Whoever could would be able to take away what speaks against them. It is recorded, and professional "
        "standards see it. Nothing was changed.",
        do=do,
        reasons=[Reason("own-record", "The record is about yourself.", "the data protection officer", do)],
    )


def refuse_self(
    house: House, presence: Presence, mandate_id: str, watched: Watched, words: Sequence[str], nth: int
) -> None:
    """Enter that somebody looked for themselves, and refuse it.

    Raises
    ------
    RefusedError
        ``self-search``.
    """
    what = "This is your own name, address, phone or plate."
    owner, do = "professional standards", "If you mean somebody else of your name, add their birth date."
    body = presence.who() | {"asked": "look something up", "reasons": [SELF_SEARCH], "mandate": mandate_id}
    body |= {"what": watched.what, "asked_for": list(words), "marks": sorted(watched.typed[nth - 1])[:MARKS_MAX]}
    house.recorder.record([Act("refusal", TOOL, presence.purpose, "refuse", body, presence.reason)])
    line = f" It is line {nth} of the list; take it out." if len(words) > 1 else ""
    raise RefusedError(
        "self-search",
        f"Nobody looks up themselves, their own address, phone or plate.{line}",
        why="It is recorded, and professional standards see it. Nothing was searched.",
        do=f"{do} What is held about you, ask for like anybody: it is your right. A case that touches you is "
        "somebody else's: tell your supervisor.",
        reasons=[Reason(SELF_SEARCH, what, owner, do)],
        facts={"line": nth} if len(words) > 1 else {},
    )
