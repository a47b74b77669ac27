"""For programs: charts of links, their line of time and places, and charts that are kept. Part of version 1.

A chart is asked for whole each time and judged anew; what is asked for travels in the body, never in the address.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Request
from pydantic import Field

from peelian.app.faces import Caller
from peelian.app.finding import chart_told, find_chart, kept_charts
from peelian.app.finding.chart_told import Changes, ChartFacts, Look, MapFacts, TimelineFacts
from peelian.app.finding.chart_wanted import ENDS, NOTE_LETTERS, NOTES_MAX, OPEN_MAX, PLACED_MAX, Board, Note, Wanted
from peelian.app.finding.find_chart import Around, Name, Shown
from peelian.app.finding.kept_charts import ChartShown
from peelian.app.served import Site
from peelian.web.pages.api import Sent, problems, staff_router
from peelian.web.pages.api_find import Kind, NameIn
from peelian.web.pages.api_standing import Id, StandingIn
from peelian.web.visits import require_visit

Kinds = Annotated[list[Kind], Field(default_factory=list, max_length=5)]
Names = Annotated[list[NameIn], Field(default_factory=list, max_length=200)]
Place = Annotated[int, Field(ge=0, le=99_999)]

staff = staff_router(401, 403, 413, 422)


def router(site: Site) -> APIRouter:
    """Return the addresses for programs."""
    return staff


class OpenIn(NameIn):
    """Whose links to open, and which of them: of these kinds, in this time; all of them where nothing is said."""

    kinds: Kinds
    from_on: date | None = None
    until_on: date | None = None


class ChartNoteIn(Sent):
    """What stands beside a point (one name) or a link (two)."""

    on: list[NameIn] = Field(min_length=1, max_length=ENDS)
    says: str = Field(min_length=1, max_length=NOTE_LETTERS)


class PlacedIn(NameIn):
    """Where a point lies in the picture."""

    x: Place
    y: Place


class ChartIn(Sent):
    """Whose links to open, the first being where the chart begins; what to leave out; how it looks."""

    opened: list[OpenIn] = Field(min_length=1, max_length=OPEN_MAX)
    kinds: Kinds
    from_on: date | None = None
    until_on: date | None = None
    events: bool = False
    without: Names
    way: list[NameIn] = Field(default_factory=list, max_length=ENDS)
    far: bool = Field(default=False, description="Whether pages are opened to find that way, each recorded.")
    notes: list[ChartNoteIn] = Field(default_factory=list, max_length=NOTES_MAX)
    marked: Names
    placed: list[PlacedIn] = Field(default_factory=list, max_length=PLACED_MAX)
    shape: Literal["", "spread", "rings"] = ""
    labels: Literal["", "all", "opened"] = ""
    plain: bool = False


class KeptChartIn(ChartIn):
    """A chart, what it is called, the day on which it ends, and whether others on the operation may open it."""

    name: str = Field(default="", max_length=200)
    until: date
    shared: bool = False


class Kept(Sent):
    """The number of a chart that was kept."""

    id: Id


def drawn(caller: Caller, asked: ChartIn) -> Shown:
    """Look a chart up and draw it."""
    begin, *others = ((_name(one), Around(frozenset(one.kinds), one.from_on, one.until_on)) for one in asked.opened)
    changes = Changes(
        opened=tuple(others),
        without=_names(asked.without),
        kinds=tuple(asked.kinds),
        times=(asked.from_on, asked.until_on),
        events=asked.events,
        way=_names(asked.way),
        far=asked.far,
        notes=tuple(Note(_names(note.on), note.says) for note in asked.notes),
        look=Look(
            asked.shape,
            asked.labels,
            asked.plain,
            _names(asked.marked),
            tuple((_name(one), one.x, one.y) for one in asked.placed),
        ),
    )
    return find_chart.draw(caller, chart_told.changed(caller, Wanted((begin,)), changes))


def _name(one: NameIn) -> Name:
    return one.kind, one.key


def _names(given: list[NameIn]) -> tuple[Name, ...]:
    return tuple(_name(one) for one in given)


@staff.post("/link-chart", summary="A chart of links", responses=problems(404))
def link_chart(request: Request, wanted: Annotated[ChartIn, Body()]) -> ChartFacts:
    """Return points, the ties between them, and the shortest way between two if one is asked for."""
    return chart_told.chart_facts(drawn(require_visit(request).caller, wanted))


@staff.post("/link-chart/timeline", summary="The line of time of a chart", responses=problems(404))
def chart_timeline(request: Request, wanted: Annotated[ChartIn, Body()]) -> TimelineFacts:
    """Return each event once, the newest first, with what each record says of it."""
    return chart_told.timeline_facts(drawn(require_visit(request).caller, wanted))


@staff.post("/link-chart/map", summary="The places of a chart", responses=problems(404))
def chart_map(request: Request, wanted: Annotated[ChartIn, Body()]) -> MapFacts:
    """Return where what a chart rests on happened, those with most events first."""
    return chart_told.map_facts(drawn(require_visit(request).caller, wanted))


@staff.get("/kept-charts", summary="Your kept charts, and those shared with you")
def list_kept_charts(request: Request) -> list[ChartShown]:
    """Return them, newest first; what was in one is gone once it is over."""
    return kept_charts.kept_charts(require_visit(request).caller)


@staff.post("/kept-charts", summary="Keep a chart", responses=problems(404))
def keep_chart(request: Request, wanted: Annotated[KeptChartIn, Body()]) -> Kept:
    """Look it up, and keep it for what you work on, until a day."""
    caller = require_visit(request).caller
    made = chart_told.keep(caller, drawn(caller, wanted), wanted.name, wanted.until, shared=wanted.shared)
    return Kept(id=made)


@staff.post("/kept-charts/open", summary="Open a kept chart", responses=problems(404))
def open_kept_chart(request: Request, wanted: Annotated[StandingIn, Body()]) -> ChartFacts:
    """Return it drawn with what you may see now."""
    caller = require_visit(request).caller
    board: Board = kept_charts.open_chart(caller, wanted.id)
    return chart_told.chart_facts(find_chart.draw(caller, board.now))


@staff.post("/kept-charts/end", summary="End a kept chart", status_code=204, responses=problems(404))
def end_kept_chart(request: Request, wanted: Annotated[StandingIn, Body()]) -> None:
    """End it: what was in it is gone."""
    kept_charts.end_chart(require_visit(request).caller, wanted.id)
