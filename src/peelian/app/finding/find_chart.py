"""A chart of links and a timeline of the same: drawn out of profiles, judged anew each time they are shown."""

from __future__ import annotations

from dataclasses import dataclass

from peelian.app.caller import Caller
from peelian.app.desk import zone_of
from peelian.app.finding import find
from peelian.app.finding.chart_pages import pages_of
from peelian.app.finding.chart_wanted import ENDS, FILTERED, OPEN_MAX, Board, Note, Wanted
from peelian.find.answer import Coverage, Profile
from peelian.find.chart import (
    Around,
    Chart,
    Name,
    draw_chart,
    filter_chart,
    shortest_path,
    with_events,
)
from peelian.find.timeline import Timeline, draw_timeline

__all__ = ["ENDS", "FILTERED", "OPEN_MAX", "Around", "Board", "Name", "Shown", "Wanted", "draw"]


# Drawing


@dataclass(frozen=True)
class Shown:
    """A chart as it is shown now.

    Parameters
    ----------
    profiles : tuple of Profile
        What was looked up for it, in the order of ``wanted.opened``; what there is nothing to show of is left out.
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

    @property
    def written(self) -> tuple[Note, ...]:
        """Return what was written beside points and links that are in the chart."""
        return tuple(note for note in self.wanted.notes if all(self.chart.point(name) for name in note.on))

    def written_on(self, *names: Name) -> str:
        """Return what was written beside a point (one name) or a link (two)."""
        for note in self.written:
            if {self._own(name) for name in note.on} == set(names):
                return note.says
        return ""

    def marked(self, name: Name) -> bool:
        """Say whether a point was made to stand out."""
        return name in {self._own(marked) for marked in self.wanted.style.marked}

    def is_open(self, name: Name) -> bool:
        """Say whether a point's links are open, and can be closed: those of the first cannot."""
        return name != self.first_name and name in {self._own(opened) for opened, _ in self.wanted.opened[1:]}

    def title_of(self, name: Name) -> str:
        """Return a point's title."""
        point = self.chart.point(name)
        return point.title if point else ""

    def _own(self, name: Name) -> Name:
        return self.chart.goes_by.get(name, name)


def draw(caller: Caller, wanted: Wanted) -> Shown:
    """Draw a chart: what it newly opens is looked up, each with an entry, and what was open is judged and read again.

    Raises
    ------
    MissingError
        ``nothing-to-show`` of none of them.
    """
    names = [name for name, _ in wanted.opened]
    opened = [(name, p) for name, p in zip(names, pages_of(caller, names), strict=True) if p is not None]
    if not opened:
        raise find.nothing_to_show()
    today = caller.gate.clock.now().astimezone(zone_of(caller)).date()
    whole = draw_chart(opened, today, around=dict(wanted.opened), without=wanted.without)
    kept = filter_chart(whole, wanted.kinds, wanted.from_on, wanted.until_on)
    chart = with_events(kept) if wanted.events else kept
    profiles = tuple(p for _, p in opened)
    line = draw_timeline(profiles, wanted.from_on, wanted.until_on)
    way = shortest_path(chart, *wanted.way) if len(wanted.way) == ENDS else ()
    return Shown(wanted, profiles, chart, line, way)
