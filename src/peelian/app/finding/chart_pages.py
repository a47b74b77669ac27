"""Pages that are open in a chart, between one of its steps and the next: held for a while, and judged again at each.

A step looks up what it newly opens. What was open already is judged anew and read again by the ids of the records that
are shown, in one look with one entry that names the entries it shows again; a page is shown again only if every one of
those records may still be seen and nothing has changed since on which it could rest: what was delivered, what may be
seen, what was judged, flagged or linked, and the day. Else it is looked up whole, with an entry of its own.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from peelian.app.caller import Caller
from peelian.app.desk import zone_of
from peelian.app.finding import find
from peelian.find.answer import Coverage, Fact, Profile
from peelian.gate.rooms.page_state import page_state
from peelian.gate.rooms.searching import Look, look_room

Name = tuple[str, str]
_RECORD = re.compile("[0-9a-f]{32}")

HELD_MINUTES = 10
"""How long a page is shown again before it is looked up anew: who looked at whom is noted then."""

SESSIONS_MAX = 40
"""Sessions whose pages are held, over everybody: they are in memory alone."""


@dataclass(frozen=True)
class _Held:
    profile: Profile
    rests_on: tuple[object, ...]
    until: datetime


@dataclass
class _Pages:
    """What is held for everybody, in the memory of one process."""

    by_session: dict[str, dict[Name, _Held]] = field(default_factory=dict, repr=False)
    turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def of(self, session: str, now: datetime) -> dict[Name, _Held]:
        with self.turn:
            kept = {s: {n: h for n, h in held.items() if now < h.until} for s, held in self.by_session.items()}
            self.by_session = {s: held for s, held in kept.items() if held}
            return dict(self.by_session.get(session, {}))

    def keep(self, session: str, held: Mapping[Name, _Held]) -> None:
        with self.turn:
            self.by_session.pop(session, None)
            while len(self.by_session) >= SESSIONS_MAX:
                del self.by_session[next(iter(self.by_session))]
            self.by_session[session] = dict(held)


_PAGES = _Pages()


def pages_of(caller: Caller, names: Sequence[Name]) -> list[Profile | None]:
    """Return the pages of whoever is open in a chart, as they are now; None where there is nothing to show.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    """
    session, now = caller.credential.session_id, caller.gate.clock.now()
    held = {name: one for name, one in _PAGES.of(session, now).items() if name in names}
    found: dict[Name, Profile | None] = {}
    if held:
        found |= _again(caller, held)
    fresh = [name for name in names if name not in found]
    if fresh:
        before = _rests_on(caller)
        found |= zip(fresh, find.profiles(caller, fresh), strict=True)
        until = now + timedelta(minutes=HELD_MINUTES)
        if before == _rests_on(caller):  # else something changed while they were looked up
            held |= {n: _Held(p, before, until) for n in fresh if (p := found[n]) is not None}
    _PAGES.keep(session, {name: one for name, one in held.items() if found.get(name) is not None})
    return [found[name] for name in names]


def _again(caller: Caller, held: Mapping[Name, _Held]) -> dict[Name, Profile | None]:
    """Return of pages that were looked up before those that are the same now, judged and read again."""
    entries = sorted({one.profile.coverage.entry for one in held.values()})
    with find.open_look(caller, "chart", (f"entries {', '.join(map(str, entries))}",)) as look:
        rests_on, coverage = _rests_on(caller), find._coverage(look)
        likely = {name: one.profile for name, one in held.items() if one.rests_on == rests_on}
        seen = _seen(look, (fact for profile in likely.values() for fact in facts_in(profile)))
    return {name: _told(p, coverage) for name, p in likely.items() if seen.issuperset(map(_record, facts_in(p)))}


def _told(profile: Profile, coverage: Coverage) -> Profile:
    """Say of a page what it rests on now; the entry stays that of the look-up in which it was noted who was shown."""
    return replace(profile, coverage=replace(coverage, entry=profile.coverage.entry))


def facts_in(profile: Profile) -> Iterable[Fact]:
    """Give every fact that a page shows."""
    yield from (*profile.warnings, *profile.names, *profile.born)
    yield from (fact for section in profile.sections for fact in section.facts)
    yield from (link.fact for link in profile.connections)


def _record(fact: Fact) -> tuple[str, str]:
    return fact.table, fact.record_id


def _seen(look: Look, facts: Iterable[Fact]) -> set[tuple[str, str]]:
    """Return which of the records behind some facts may be seen now: one read a table."""
    wanted: dict[str, set[str]] = {}
    for fact in facts:
        if _RECORD.fullmatch(fact.record_id):
            wanted.setdefault(fact.table, set()).add(fact.record_id)
    return {
        (table, str(record))
        for table, ids in sorted(wanted.items())
        for record in look.read(table, (), ids).column("record_id").to_pylist()
    }


def _rests_on(caller: Caller) -> tuple[object, ...]:
    """Return everything that a page could change by, besides its own records."""
    gate = caller.gate
    mandate = look_room(gate).mandate_for(caller.credential)
    today = gate.clock.now().astimezone(zone_of(caller)).date()
    return (today, *page_state(gate, caller.credential, mandate))
