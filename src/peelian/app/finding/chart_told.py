"""A chart as a command or a program asks for it and is told it: what to change, and its links, line of time and places.

Everything that a page can do to a chart is one :class:`Changes`, so that no face knows another chart than the next.
Undoing is the page's: whoever writes a command or a program still has what they asked before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from peelian.app.caller import Caller
from peelian.app.finding import chart_wanted, find_ways, kept_charts
from peelian.app.finding.chart_wanted import ENDS, FILTERED, LABELS, SHAPES, Board, Note, Wanted
from peelian.app.finding.find_chart import Around, Name, Shown
from peelian.core.errors import InvalidError
from peelian.find.answer import Coverage
from peelian.find.chart import Point, Tie
from peelian.find.spots import Spot, gather_spots
from peelian.find.timeline import Moment

__all__ = [
    "LABELS",
    "SHAPES",
    "Changes",
    "ChartFacts",
    "Look",
    "MapFacts",
    "TimelineFacts",
    "changed",
    "chart_facts",
    "keep",
    "map_facts",
    "read_name",
    "read_note",
    "read_opening",
    "timeline_facts",
]


# Asking


@dataclass(frozen=True)
class Look:
    """How a chart is to look; what is empty stays as it is. See :class:`~peelian.app.finding.chart_wanted.Style`."""

    shape: str = ""
    labels: str = ""
    plain: bool | None = None
    marked: tuple[Name, ...] = ()
    placed: tuple[tuple[Name, int, int], ...] = ()


@dataclass(frozen=True)
class Changes:
    """What to change of a chart; what is not said stays as it is.

    Parameters
    ----------
    opened : tuple of (Name, Around)
        Whose links to open, and which of them.
    without : tuple of Name
        Points to take out.
    kinds : tuple of str
        What is shown; everything when empty.
    times : tuple of (date or None, date or None), optional
        From which day to which; None leaves the time as it is.
    way : tuple of Name
        Two ends of the shortest way to show; none when empty.
    far : bool
        Whether pages are opened to find that way: each is a look-up of its own.
    """

    opened: tuple[tuple[Name, Around], ...] = ()
    without: tuple[Name, ...] = ()
    kinds: tuple[str, ...] = ()
    times: tuple[date | None, date | None] | None = None
    events: bool | None = None
    way: tuple[Name, ...] = ()
    far: bool = False
    notes: tuple[Note, ...] = ()
    look: Look = Look()


def changed(caller: Caller, wanted: Wanted, changes: Changes) -> Wanted:
    """Return a chart with changes made to it.

    Raises
    ------
    InvalidError
        ``chart-kind-unknown``, ``chart-begins-there``, ``chart-look-unknown``.
    LimitError
        ``chart-open-max``, ``chart-note-max``, ``way-not-found``.
    RefusedError, ExpiredError
        Of a far way, with every reason; recorded.
    """
    for name, around in changes.opened:
        wanted = chart_wanted.take_around(wanted, name, around)
    for name in changes.without:
        wanted = chart_wanted.take_out(wanted, name)
    wanted = _filtered(wanted, changes)
    for note in changes.notes:
        wanted = chart_wanted.take_note(wanted, note.on, note.says)
    wanted = _looking(wanted, changes.look)
    if len(changes.way) != ENDS:
        return wanted
    start, end = changes.way
    return find_ways.find_way(caller, wanted, start, end) if changes.far else chart_wanted.take_way(wanted, start, end)


def _filtered(wanted: Wanted, changes: Changes) -> Wanted:
    if not changes.kinds and changes.times is None and changes.events is None:
        return wanted
    for kind in changes.kinds:
        _known_kind(kind)
    times = changes.times or (wanted.from_on, wanted.until_on)
    events = wanted.events if changes.events is None else changes.events
    return chart_wanted.take_filter(wanted, changes.kinds or tuple(wanted.kinds), *times, events=events)


def _looking(wanted: Wanted, look: Look) -> Wanted:
    if (look.shape or SHAPES[0]) not in SHAPES or (look.labels or LABELS[0]) not in LABELS:
        raise InvalidError(
            "chart-look-unknown",
            "A chart has no such form.",
            why="Forms and labels are of a few kinds, so that a kept chart looks the same on every face.",
            do=f"Forms: {', '.join(SHAPES)}. Labels: {', '.join(LABELS)}.",
        )
    plain = wanted.style.plain if look.plain is None else look.plain
    wanted = chart_wanted.take_style(wanted, look.shape, look.labels, plain=plain)
    marked = tuple(dict.fromkeys((*wanted.style.marked, *look.marked)))
    return chart_wanted.take_places(replace(wanted, style=replace(wanted.style, marked=marked)), look.placed)


def read_name(text: str) -> Name:
    """Read ``KIND:KEY``.

    Raises
    ------
    InvalidError
        ``chart-kind-unknown``.
    """
    kind, _, key = text.strip().partition(":")
    return _known_kind(kind.strip()), key.strip()


def read_opening(text: str) -> tuple[Name, Around]:
    """Read whose links to open: ``KIND:KEY``, then if wanted a bar and kinds, a bar and days.

    Raises
    ------
    InvalidError
        ``chart-kind-unknown``, ``day-not-understood``.
    """
    name, kinds, days = (part.strip() for part in [*text.split("|"), "", ""][:3])
    around = frozenset(_known_kind(kind.strip()) for kind in kinds.split(",") if kind.strip())
    since, _, until = days.partition("..")
    return read_name(name), Around(around, chart_wanted.take_day(since), chart_wanted.take_day(until))


def read_note(text: str) -> Note:
    """Read ``KIND:KEY=WORDS``; of a link both ends, with a bar between them."""
    ends, _, says = text.partition("=")
    return Note(tuple(read_name(end) for end in ends.split("|")[:ENDS]), says.strip())


def _known_kind(kind: str) -> str:
    if kind not in FILTERED:
        raise chart_wanted.kind_unknown()
    return kind


# Telling


@dataclass(frozen=True)
class OpenLinks:
    """Whose links are open in a chart, and which of them."""

    name: Name
    kinds: tuple[str, ...]
    from_on: date | None
    until_on: date | None


@dataclass(frozen=True)
class ChartFacts:
    """A chart as plain data.

    Parameters
    ----------
    points, ties
        Who and what is in it, and the record and the sentence behind each link.
    way : tuple of Name
        The shortest way that was asked for; empty when there is none in what is shown.
    way_asked : bool
        Whether one was.
    cut : int
        Points that were left out because there were too many.
    opened : tuple of OpenLinks
        Whose links are open.
    written : tuple of Note
        What was written beside points and links.
    """

    points: tuple[Point, ...]
    ties: tuple[Tie, ...]
    way: tuple[Name, ...]
    way_asked: bool
    cut: int
    opened: tuple[OpenLinks, ...]
    written: tuple[Note, ...]
    coverage: Coverage
    notes: tuple[str, ...]


@dataclass(frozen=True)
class TimelineFacts:
    """The line of time of a chart: an event once, the newest first, and how many records say no day."""

    moments: tuple[Moment, ...]
    undated: int
    coverage: Coverage
    notes: tuple[str, ...]


@dataclass(frozen=True)
class MapFacts:
    """The places of a chart, those with most events first; how many were left out, how many records say no place."""

    spots: tuple[Spot, ...]
    left_out: int
    nowhere: int
    coverage: Coverage
    notes: tuple[str, ...]


def chart_facts(shown: Shown) -> ChartFacts:
    """Tell a chart's links."""
    opened = tuple(OpenLinks(name, tuple(sorted(a.kinds)), a.from_on, a.until_on) for name, a in shown.wanted.opened)
    chart = shown.chart
    return ChartFacts(
        chart.points,
        chart.ties,
        shown.way,
        shown.way_asked,
        chart.cut,
        opened,
        shown.written,
        shown.coverage,
        shown.notes,
    )


def timeline_facts(shown: Shown) -> TimelineFacts:
    """Tell a chart's line of time."""
    return TimelineFacts(shown.line.moments, shown.line.undated, shown.coverage, shown.notes)


def map_facts(shown: Shown) -> MapFacts:
    """Tell a chart's places."""
    found = gather_spots(shown.line)
    return MapFacts(found.spots, found.left_out, found.nowhere, shown.coverage, shown.notes)


def keep(caller: Caller, shown: Shown, name: str, until: date, *, shared: bool = False) -> str:
    """Keep a chart until the end of a day; return its number. See ``keep_chart``."""
    return kept_charts.keep_chart(caller, Board(shown.wanted), shown, name, until, shared=shared).saved
