"""A way between two through the records: pages near both are opened, each recorded, until one leads to the other.

It goes from both ends at once, the nearest first and from the side with fewer open ends, and stops at a limit: opening
everybody's page to find that two people once reported the same street is no investigation. What was opened and is not
on the way is not shown.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from itertools import pairwise

from peelian.app.caller import Caller
from peelian.app.desk import zone_of
from peelian.app.finding import find
from peelian.app.finding.chart_wanted import Wanted, take_around, take_way
from peelian.core.errors import LimitError
from peelian.find.answer import Profile
from peelian.find.chart import Around, Chart, Name, draw_chart, neighbours, shortest_path

PAGES_MAX = 36
"""Pages that are opened to find one way."""

AT_ONCE = 12


def find_way(caller: Caller, wanted: Wanted, start: Name, end: Name) -> Wanted:
    """Return the chart with a way between two, and the links open that it goes over.

    Raises
    ------
    LimitError
        ``way-not-found``: none within :data:`PAGES_MAX` pages; ``chart-open-max``.
    RefusedError, ExpiredError
        With every reason; recorded.
    """
    today = caller.gate.clock.now().astimezone(zone_of(caller)).date()
    opened: dict[Name, Profile] = {}
    asked: list[Name] = []
    waiting = [start, end]
    while waiting:
        asked += waiting
        found = zip(waiting, find.profiles(caller, waiting), strict=True)
        opened |= {name: profile for name, profile in found if profile is not None}
        whole = _whole(opened, today)
        way = shortest_path(whole, start, end)
        if way:
            return take_way(_opened_along(wanted, whole, way), way[0], way[-1])
        waiting = _next(whole, (start, end), asked)[: min(AT_ONCE, PAGES_MAX - len(asked))]
    raise LimitError(
        "way-not-found",
        f"No way between the two was found over {len(asked)} pages near them.",
        why=f"At most {PAGES_MAX} pages are opened to find one, and each is recorded. There may be a longer one.",
        do="Open the links of somebody whom you think to be between them.",
    )


def _whole(opened: dict[Name, Profile], today: date) -> Chart:
    return draw_chart(list(opened.items()), today, most=None)


def _next(chart: Chart, ends: tuple[Name, Name], asked: Collection[Name]) -> list[Name]:
    """Return whose pages to open next: the nearest that are not open, of the side that has fewer of them first."""
    sides = [_open_ends(chart, end, frozenset(asked)) for end in ends]
    first, second = sorted(sides, key=lambda side: (not side, len(side)))
    return list(dict.fromkeys((*first, *second)))


def _open_ends(chart: Chart, end: Name, asked: frozenset[Name]) -> list[Name]:
    """Return who can be reached from one end and has not been opened, the nearest first."""
    near, begin = neighbours(chart), chart.goes_by.get(end, end)
    met = dict.fromkeys([begin]) if begin in near else {}
    for here in (walk := list(met)):
        fresh = [there for there in near[here] if there not in met]
        met.update(dict.fromkeys(fresh))
        walk.extend(fresh)
    known = {p.name for p in chart.points if p.opened} | asked
    return [name for name in met if name not in known and name[0] != "event"]


def _opened_along(wanted: Wanted, chart: Chart, way: tuple[Name, ...]) -> Wanted:
    """Open as few links as show every step of a way; of somebody of whom only some are open, all."""
    shown = {chart.goes_by.get(name, name) for name, around in wanted.opened if around == Around()}
    for step in pairwise(way):
        if shown.isdisjoint(step):
            point = next(p for p in map(chart.point, reversed(step)) if p is not None and p.opened)
            wanted = take_around(wanted, point.name, Around())
            shown.add(point.name)
    return wanted
