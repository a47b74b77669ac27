"""What is on record in the order in which it happened: the same facts as profiles and charts, an event once, by day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from peelian.find.answer import Fact, Profile
from peelian.find.chart import in_time
from peelian.find.material import event_table


@dataclass(frozen=True)
class Moment:
    """One event on its day: what one record says of it, and what others of the same event say, under it.

    Parameters
    ----------
    whose : str
        Title of the profile that it is from.
    fact : Fact
        The first that the record says there.
    says : tuple of str
        Everything that it says there, each thing once.
    parts : tuple of Moment
        What other records of the same event say: who else was in it and how, vehicles, words.
    """

    whose: str
    fact: Fact
    says: tuple[str, ...]
    parts: tuple[Moment, ...] = ()

    @property
    def on(self) -> date | None:
        """Return its day."""
        return self.fact.on


@dataclass(frozen=True)
class Timeline:
    """Events by day, the newest first, and how many records there are that no day is known of."""

    moments: tuple[Moment, ...]
    undated: int = 0

    @property
    def first_on(self) -> date | None:
        """Return the day of the oldest."""
        return self.moments[-1].on if self.moments else None

    @property
    def last_on(self) -> date | None:
        """Return the day of the newest."""
        return self.moments[0].on if self.moments else None

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the sources that facts here come from, by name."""
        return tuple(sorted({m.fact.source for m in self.moments}))


def draw_timeline(
    profiles: Sequence[Profile], from_on: date | None = None, until_on: date | None = None, source: str = ""
) -> Timeline:
    """Put what profiles rest on in order of its days; each event once, and in it each record once.

    Parameters
    ----------
    source : str
        Only facts of this source; every one where empty.
    """
    told: dict[tuple[str, str, date | None], list[tuple[str, Fact]]] = {}
    for profile in profiles:
        for fact in facts_of(profile):
            if (not source or fact.source == source) and in_time(fact, from_on, until_on):
                told.setdefault((fact.table, fact.record_id, fact.on), []).append((profile.title, fact))
    said = [_said(facts) for _, facts in sorted(told.items(), key=lambda item: item[0][:2])]
    dated = _by_event(m for m in said if m.on is not None)
    dated.sort(key=lambda m: m.on or date.min, reverse=True)
    return Timeline(tuple(dated), sum(m.on is None for m in said))


def _said(facts: Sequence[tuple[str, Fact]]) -> Moment:
    whose, first = facts[0]
    return Moment(whose, first, tuple(dict.fromkeys(fact.says for _, fact in facts)))


def _by_event(said: Iterable[Moment]) -> list[Moment]:
    """Put what records say of one event together, under the part in it of whoever's page is open."""
    events: dict[tuple[object, ...], list[Moment]] = {}
    for one in said:
        fact = one.fact
        event = (event_table(fact.table), fact.event_ref) if fact.event_ref else (fact.table, fact.record_id)
        events.setdefault((fact.source, *event, fact.on), []).append(one)
    made = []
    for records in events.values():
        first, *parts = sorted(records, key=_place_in_event)
        made.append(replace(first, parts=tuple(parts)))
    return made


def _place_in_event(one: Moment) -> tuple[bool, bool]:
    """Order records of one event: the part of whoever's page is open first, then what says most of the event."""
    return not one.fact.role, one.fact.about != "event"


def facts_of(profile: Profile) -> Iterable[Fact]:
    """Give every fact of a profile that happened: warnings, sections and what its links rest on.

    What a link rests on says who was in which part: it is told of somebody else than the page is about.
    """
    yield from profile.warnings
    for section in profile.sections:
        yield from section.facts
    for link in profile.connections:
        yield replace(link.fact, says=f"{link.title}: {link.because}", role="")
