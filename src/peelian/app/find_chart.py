"""A chart of links and a timeline of the same: drawn out of profiles, looked up anew each time they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from peelian.app import find
from peelian.app.caller import Caller
from peelian.app.desk import zone_of
from peelian.core.errors import InvalidError, LimitError
from peelian.find.answer import Coverage, Profile
from peelian.find.chart import (
    KINDS,
    Around,
    Chart,
    Name,
    Point,
    Tie,
    draw_chart,
    filter_chart,
    shortest_path,
    with_events,
)
from peelian.find.timeline import Timeline, draw_timeline

__all__ = [
    "ENDS",
    "FILTERED",
    "OPEN_MAX",
    "Around",
    "ChartFacts",
    "Name",
    "Shown",
    "Wanted",
    "draw",
    "facts",
    "take_around",
    "take_day",
    "take_filter",
    "take_times",
    "take_way",
]

FILTERED = tuple(kind for kind in KINDS if kind != "event")
"""Kinds to filter by; events are drawn or not."""

ENDS = 2
"""A way has two ends."""

OPEN_MAX = 12
"""Profiles that are open in one chart: each is a look-up of its own, whenever the chart is shown."""


@dataclass(frozen=True)
class Wanted:
    """What somebody wants a chart of: everything that is needed to draw it again.

    Parameters
    ----------
    opened : tuple of (Name, Around)
        Whose links are open, and which of them; the first is where it began.
    kinds : frozenset of str
        What is shown; everything when empty.
    way : tuple of Name
        The two ends of the way that is asked for, or none.
    """

    opened: tuple[tuple[Name, Around], ...]
    kinds: frozenset[str] = frozenset()
    from_on: date | None = None
    until_on: date | None = None
    events: bool = False
    way: tuple[Name, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for an address that says nothing."""
        opened = [[*name, sorted(a.kinds), _iso(a.from_on), _iso(a.until_on)] for name, a in self.opened]
        return {
            "opened": opened,
            "kinds": sorted(self.kinds),
            "times": [_iso(self.from_on), _iso(self.until_on)],
            "events": self.events,
            "way": [list(name) for name in self.way],
        }

    @staticmethod
    def of_dict(told: Mapping[str, Any]) -> Wanted:
        """Read what :meth:`as_dict` wrote."""
        return Wanted(
            tuple(((k, key), Around(frozenset(ks), _day(f), _day(u))) for k, key, ks, f, u in told["opened"]),
            frozenset(told["kinds"]),
            _day(told["times"][0]),
            _day(told["times"][1]),
            bool(told["events"]),
            tuple((kind, key) for kind, key in told["way"]),
        )

    @staticmethod
    def begin(name: Name) -> Wanted:
        """Begin with somebody or something."""
        return Wanted(((name, Around()),))


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


# Changing what is wanted


def take_around(wanted: Wanted, name: Name, around: Around) -> Wanted:
    """Open the links of one more, or others of somebody whose links are open already.

    Raises
    ------
    InvalidError
        ``chart-kind-unknown``: an event has no links of its own, or the kind is none.
    LimitError
        ``chart-open-max``.
    """
    if name[0] not in KINDS or name[0] == "event":
        raise InvalidError(
            "chart-kind-unknown", "Links are opened of a person, vehicle, phone or address.", do="Choose one of those."
        )
    opened = {**dict(wanted.opened), name: around}
    if len(opened) > OPEN_MAX:
        raise LimitError(
            "chart-open-max",
            f"The links of at most {OPEN_MAX} are open in one chart.",
            why="Each is looked up and recorded whenever the chart is shown; and more cannot be read.",
            do="Begin another chart with whoever matters now.",
        )
    return replace(wanted, opened=tuple(opened.items()))


def take_filter(
    wanted: Wanted, kinds: Sequence[str], from_on: date | None, until_on: date | None, *, events: bool
) -> Wanted:
    """Show some kinds and some time only; every kind, or none, is no filter."""
    kept = frozenset(kinds) & frozenset(FILTERED)
    kept = frozenset() if len(kept) == len(FILTERED) else kept
    return replace(wanted, kinds=kept, from_on=from_on, until_on=until_on, events=events, way=())


def take_times(wanted: Wanted, from_on: date | None, until_on: date | None) -> Wanted:
    """Show another time, and leave the rest as it is."""
    return replace(wanted, from_on=from_on, until_on=until_on)


def take_way(wanted: Wanted, start: Name, end: Name) -> Wanted:
    """Ask for the shortest way between two."""
    return replace(wanted, way=(start, end))


def take_day(text: str) -> date | None:
    """Read a day as a browser's field sends it; none when nothing was filled in.

    Raises
    ------
    InvalidError
        ``day-not-understood``.
    """
    try:
        return _day(text.strip())
    except ValueError:
        raise InvalidError(
            "day-not-understood", "That is no day.", do="Write it as 2026-11-22, or choose it from the calendar."
        ) from None


# Drawing


@dataclass(frozen=True)
class Shown:
    """A chart as it is shown now.

    Parameters
    ----------
    profiles : tuple of Profile
        What was looked up for it, in the order of ``wanted.opened``.
    chart : Chart
        What the filter leaves, events as points if wanted.
    way : tuple of Name
        The shortest way that was asked for; empty when there is none.
    """

    wanted: Wanted
    profiles: tuple[Profile, ...]
    chart: Chart
    line: Timeline
    way: tuple[Name, ...] = ()

    @property
    def first(self) -> Profile:
        """Return the profile that it began with."""
        return self.profiles[0]

    @property
    def first_name(self) -> Name:
        """Return the name of the profile that it began with."""
        return self.first.kind, self.first.key

    @property
    def way_asked(self) -> bool:
        """Say whether a way was asked for."""
        return bool(self.wanted.way)

    @property
    def coverage(self) -> Coverage:
        """Return what it rests on: that of the look-up made last."""
        return self.profiles[-1].coverage

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what else to say, each thing once."""
        return tuple(dict.fromkeys(note for p in self.profiles for note in p.notes))

    def title_of(self, name: Name) -> str:
        """Return a point's title."""
        point = self.chart.point(name)
        return point.title if point else ""


def draw(caller: Caller, wanted: Wanted) -> Shown:
    """Look up whatever is open in a chart, and draw it: each profile is judged and recorded like any look-up."""
    opened = tuple((name, find.profile(caller, *name)) for name, _ in wanted.opened)
    today = caller.gate.clock.now().astimezone(zone_of(caller)).date()
    whole = draw_chart(opened, today, around=dict(wanted.opened))
    kept = filter_chart(whole, wanted.kinds, wanted.from_on, wanted.until_on)
    chart = with_events(kept) if wanted.events else kept
    profiles = tuple(p for _, p in opened)
    line = draw_timeline(profiles, wanted.from_on, wanted.until_on)
    return Shown(wanted, profiles, chart, line, _way(chart, wanted, opened))


def _way(chart: Chart, wanted: Wanted, opened: Sequence[tuple[Name, Profile]]) -> tuple[Name, ...]:
    if not wanted.way:
        return ()
    known_as = {asked: (p.kind, p.key) for asked, p in opened}
    start, end = (known_as.get(name, name) for name in wanted.way)
    return shortest_path(chart, start, end)


@dataclass(frozen=True)
class ChartFacts:
    """A chart as plain data: points, the ties between them, the way that was asked for, and what it rests on."""

    points: tuple[Point, ...]
    ties: tuple[Tie, ...]
    way: tuple[Name, ...]
    cut: int
    coverage: Coverage
    notes: tuple[str, ...]


def facts(caller: Caller, wanted: Wanted) -> ChartFacts:
    """Draw a chart for a program."""
    shown = draw(caller, wanted)
    return ChartFacts(shown.chart.points, shown.chart.ties, shown.way, shown.chart.cut, shown.coverage, shown.notes)
