"""What the pages of looking up show: groups, rows and pictures out of answers. No look-up happens here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from peelian.app.finding.chart_wanted import Wanted, take_around
from peelian.app.finding.find_chart import Shown
from peelian.app.finding.find_links import Links
from peelian.core.errors import PeelianError
from peelian.find.answer import KINDS, Answer, CheckTable, Coverage, Found, IncidentPage, Profile
from peelian.find.chart import KINDS as POINTS
from peelian.find.chart import Around, Chart, Name, Point, Tie, links_of
from peelian.find.layout import lay_out
from peelian.publish.link_chart import ROOM, DrawnPoint, DrawnTie, link_chart, symbol, time_line

OPENED = ("person", "organisation", "vehicle", "phone", "address")
"""Kinds that have a page of their own."""


def groups(answer: Answer) -> list[tuple[str, list[Found]]]:
    """Return what was found by kind, in the order of kinds; within each the strongest first."""
    return [(kind, found) for kind in KINDS if (found := [f for f in answer.found if f.kind == kind])]


def titles(coverage: Coverage) -> dict[str, str]:
    """Return each source's title."""
    return {s.source: s.title for s in coverage.sources}


def names_in(found: Iterable[Found]) -> set[Name]:
    """Return the names of whatever was found that has a page of its own."""
    return {name_of(f) for f in found if f.kind in OPENED}


def name_of(one: Found) -> Name:
    """Return under which name the page of something that was found is asked for: a person's record, a thing itself."""
    if one.kind == "person" or ":" not in one.key:
        return one.kind, one.key
    return one.kind, one.title.partition(",")[0] if one.kind == "vehicle" else one.title


def names_of(page: Answer | Profile | IncidentPage | CheckTable) -> set[Name]:
    """Return everything on a page that has a page of its own."""
    if isinstance(page, Answer):
        return names_in(page.found)
    if isinstance(page, CheckTable):
        return names_in(f for row in page.rows for f in row.found)
    if isinstance(page, Profile):
        return {(link.kind, link.key) for link in links_of(page) if link.kind in OPENED}
    people = {("person", one.key) for one in page.people}
    return people | {(link.kind, link.key) for link in page.vehicles if link.kind in OPENED}


def addresses(links: Links, names: Iterable[Name]) -> dict[Name, str]:
    """Return the address of each page, which says nothing about whose it is."""
    return {name: "/desk/profile/" + links.seal("profile", {"name": list(name)}) for name in sorted(names)}


# The chart


@dataclass(frozen=True)
class Row:
    """Two points of a chart and what ties them, as a row of its table."""

    one: Point
    other: Point
    ties: tuple[Tie, ...]


def rows(shown: Shown) -> list[Row]:
    """Return a chart as a table."""
    points = {p.name: p for p in shown.chart.points}
    return [Row(points[one], points[other], ties) for (one, other), ties in shown.chart.pairs().items()]


def picture(shown: Shown, address_of: Callable[[Wanted], str], sealed: Mapping[Name, str]) -> Markup:
    """Draw a chart; pressing a point leads to the chart with its links open.

    Parameters
    ----------
    address_of : callable
        Gives the address of another chart.
    sealed : mapping of Name to str
        What forms send for a point.
    """
    return _safe(_drawing(shown, address_of, sealed))


def loose_picture(shown: Shown, chart: Chart) -> str:
    """Draw a chart as a picture by itself: nothing in it leads anywhere, and it says nobody's key."""
    return _drawing(shown, lambda wanted: "", {}, leaving=chart)


def _drawing(
    shown: Shown, address_of: Callable[[Wanted], str], sealed: Mapping[Name, str], *, leaving: Chart | None = None
) -> str:
    loose, chart, style = leaving is not None, leaving or shown.chart, shown.wanted.style
    at = lay_out(shown.chart, *ROOM, shape=style.shape, placed=style.placed)  # those who leave lie where they lay
    number = {p.name: i for i, p in enumerate(chart.points)}
    steps = {frozenset(step) for step in pairwise(shown.way)}
    points = [
        DrawnPoint(
            at[p.name], p.kind, p.title, "" if loose else _opening(shown.wanted, p, address_of), p.opened,
            p.child is True, p.name in shown.way, shown.marked(p.name), shown.written_on(p.name),
            style.labels == "all" or p.opened or shown.marked(p.name) or p.name in shown.way, sealed.get(p.name, ""),
        )
        for p in chart.points
    ]  # fmt: skip
    ties = [
        DrawnTie(
            number[one], number[other], len(ties), all(t.fact.basis != "fact" for t in ties), {one, other} in steps,
            shown.written_on(one, other), tuple(t.fact.on for t in ties if t.fact.on),
        )
        for (one, other), ties in chart.pairs().items()
    ]  # fmt: skip
    about = f"{len(points)} points and {len(ties)} lines between them. The table below the picture has the same."
    return link_chart(points, ties, title="Chart of links", about=about, plain=style.plain, loose=loose)


def _opening(wanted: Wanted, point: Point, address_of: Callable[[Wanted], str]) -> str:
    if point.opened or point.kind not in OPENED:
        return ""
    try:
        return address_of(take_around(wanted, point.name, Around()))
    except PeelianError:  # as many are open as can be
        return ""


def symbols() -> list[tuple[str, Markup]]:
    """Return each kind's form, for the legend."""
    return [(kind, _safe(symbol(kind))) for kind in POINTS]


def time_picture(shown: Shown, title_of: Mapping[str, str]) -> Markup:
    """Draw a timeline, a lane a source."""
    lanes = [
        (title_of.get(source, source), [m.on for m in shown.line.moments if m.fact.source == source and m.on])
        for source in shown.line.sources
    ]
    about = f"{len(shown.line.moments)} events in {len(lanes)} rows, a row a source. The list below has the same."
    return _safe(time_line(lanes, title="Timeline", about=about))


def _safe(svg: str) -> Markup:
    # Made by peelian.publish.html alone, which escapes whatever is put into it.
    return Markup(svg)
