"""Charts of links, and the timeline and the map of the same selection.

A chart's address holds, sealed, what is wanted and the steps that led there: nothing of it is kept on the server until
somebody keeps it, and each change leads to another address. Showing one judges everything in it anew, and
looks up what it newly opens.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from peelian.app.faces import InvalidError, LimitError
from peelian.app.finding import chart_wanted, find_chart, find_files, find_map, find_view, find_ways, kept_charts
from peelian.app.finding.chart_wanted import Board, Wanted
from peelian.app.finding.find_chart import Around, Name, Shown
from peelian.app.finding.find_links import TOKEN_MAX, Links
from peelian.app.served import Site
from peelian.web.pages import find as lookups
from peelian.web.pages.practice import form_of
from peelian.web.visits import require_visit

pages = APIRouter(prefix="/desk", include_in_schema=False)


def router(site: Site) -> APIRouter:
    """Return the pages."""
    return pages


# Showing


@pages.get("/chart/{token}")
def chart(request: Request, token: str) -> Response:
    """Draw a chart of links."""
    return _chart(request, board_of(lookups._links(request), token), token)


def board_of(links: Links, token: str) -> Board:
    """Return what an address stands for."""
    return Board.of_dict(links.open("chart", token))


def address_of(links: Links, board: Board, page: str = "chart") -> str:
    """Return the address of a chart; of one with more steps than an address holds the oldest are forgotten.

    Raises
    ------
    LimitError
        ``chart-too-large``.
    """
    while len(token := links.seal("chart", board.as_dict())) > TOKEN_MAX:
        if not (board.before or board.after):
            raise LimitError(
                "chart-too-large",
                "There is more in this chart than can be worked on at once.",
                why="What was looked up stands sealed in the page's address, which has an end.",
                do="Take notes away, or begin another chart with whoever matters now.",
            )
        board = replace(board, before=board.before[1:], after=board.after[:-1])
    return f"/desk/{page}/{token}"


def _chart(request: Request, board: Board, token: str, error: Any = None) -> Response:
    links = lookups._links(request)
    shown = find_chart.draw(require_visit(request).caller, board.now)
    points = [p for p in shown.chart.points if p.kind in find_view.OPENED]
    sealed = {p.name: links.seal("profile", {"name": list(p.name)}) for p in points}
    facts: dict[str, Any] = _same(links, board, shown, token) | {
        "choices": [(sealed[p.name], p.title) for p in points],
        "rows": find_view.rows(shown),
        "picture": find_view.picture(shown, lambda other: address_of(links, board.step(other)), sealed),
        "symbols": find_view.symbols(),
        "profile_of": find_view.addresses(links, {p.name for p in points} | {shown.first_name}),
        "until": kept_charts.until_words(require_visit(request).caller),
        "error": f"{error.what} {error.do}" if error else "",
        "field": _FIELDS.get(error.code, "") if error else "",
    }
    return lookups._page(request, "chart", status=422 if error else 200, **facts)


def _same(links: Links, board: Board, shown: Shown, token: str) -> dict[str, Any]:
    """Return what the three pages of one selection need: chart, timeline and map."""
    ways = {page: f"/desk/{page}/{token}" for page in ("chart", "timeline", "chart-map")}
    titles = find_view.titles(shown.coverage)
    return {"board": board, "shown": shown, "token": token, "ways": ways, "titles": titles, "profile_of": {}}


_FIELDS = {
    "point-not-chosen": "point",
    "chart-begins-there": "point",
    "chart-open-max": "point",
    "chart-note-max": "note",
    "ends-not-chosen": "start",
    "way-not-found": "start",
    "day-not-understood": "since",
    "standing-malformed": "until",
    "chart-too-large": "name",
}
"""Error -> the field that it is about."""


@pages.get("/timeline/{token}")
def timeline(request: Request, token: str) -> Response:
    """Show what a chart rests on by day."""
    links = lookups._links(request)
    board = board_of(links, token)
    shown = find_chart.draw(require_visit(request).caller, board.now)
    facts = _same(links, board, shown, token)
    picture = find_view.time_picture(shown, facts["titles"]) if shown.line.moments else ""
    return lookups._page(request, "timeline", line=shown.line, picture=picture, **facts)


@pages.get("/chart-map/{token}")
def chart_map(request: Request, token: str) -> Response:
    """Show where what a chart rests on happened."""
    links, caller = lookups._links(request), require_visit(request).caller
    board = board_of(links, token)
    shown = find_chart.draw(caller, board.now)
    return lookups._page(
        request, "chart_map", map=find_map.draw_map(caller, shown), **_same(links, board, shown, token)
    )


# Changing


@dataclass(frozen=True)
class Sent:
    """What the forms of a chart send."""

    links: Links
    given: FormData

    def word(self, name: str, most: int = 200) -> str:
        """Return what is in a field."""
        value = self.given.get(name, "")
        return value[:most] if isinstance(value, str) else ""

    def words(self, name: str) -> list[str]:
        """Return what is ticked."""
        return [value for value in self.given.getlist(name) if isinstance(value, str)][:10]

    def day(self, name: str) -> Any:
        """Return a day."""
        return chart_wanted.take_day(self.word(name))

    def name(self, field: str = "point") -> Name:
        """Return who or what was chosen."""
        return self.opened(self.word(field, 4_000), "point-not-chosen" if field == "point" else "ends-not-chosen")

    def ends(self) -> tuple[Name, Name]:
        """Return two who were chosen."""
        return self.name("start"), self.name("end")

    def opened(self, sealed: str, missing: str) -> Name:
        """Open a sealed name."""
        if not sealed and missing == "point-not-chosen":
            raise InvalidError("point-not-chosen", "Choose whom or what.", do="Choose somebody or something.")
        if not sealed:
            raise InvalidError("ends-not-chosen", "A way or a link has two ends.", do="Choose both.")
        kind, key = self.links.open("profile", sealed)["name"]
        return kind, key

    def placed(self) -> list[tuple[Name, int, int]]:
        """Return which points were moved, and where to: a line each."""
        found = []
        for line in self.word("placed", 30_000).split("\n")[: chart_wanted.PLACED_MAX]:
            sealed, x, y = [*line.split(" "), "", ""][:3]
            if sealed and x.isdigit() and y.isdigit():
                found.append((self.opened(sealed, "point-not-chosen"), int(x[:5]), int(y[:5])))
        return found


@pages.post("/chart/{token}")
def change_chart(request: Request, token: str, given: Annotated[FormData, Depends(form_of)]) -> Response:
    """Change a chart in one way; the answer is another chart, from which the step can be undone."""
    links = lookups._links(request)
    board, sent = board_of(links, token), Sent(links, given)
    act, page = sent.word("act"), "timeline" if sent.word("page") == "timeline" else "chart"
    try:
        if act in ("undo", "redo"):
            changed = board.undo() if act == "undo" else board.redo()
        elif act == "far-way":
            changed = board.step(find_ways.find_way(require_visit(request).caller, board.now, *sent.ends()))
        else:
            begun = chart_wanted.take_places(board.now, sent.placed())
            changed = board.step(_CHANGES.get(act, _filtered)(begun, sent))
        address = address_of(links, changed, page)
    except (InvalidError, LimitError) as error:
        return _chart(request, board, token, error)
    return lookups._see_other(address)


def _opened(wanted: Wanted, sent: Sent) -> Wanted:
    around = Around(frozenset(sent.words("kinds")), sent.day("around_since"), sent.day("around_to"))
    return chart_wanted.take_around(wanted, sent.name(), around)


def _filtered(wanted: Wanted, sent: Sent) -> Wanted:
    between = sent.day("since"), sent.day("to")
    return chart_wanted.take_filter(wanted, sent.words("keep"), *between, events=bool(sent.word("events")))


def _styled(wanted: Wanted, sent: Sent) -> Wanted:
    return chart_wanted.take_style(wanted, sent.word("shape"), sent.word("labels"), plain=bool(sent.word("plain")))


_CHANGES = {
    "open": _opened,
    "close": lambda wanted, sent: chart_wanted.close_links(wanted, sent.name()),
    "out": lambda wanted, sent: chart_wanted.take_out(wanted, sent.name()),
    "mark": lambda wanted, sent: chart_wanted.take_mark(wanted, sent.name()),
    "note": lambda wanted, sent: chart_wanted.take_note(wanted, (sent.name(),), sent.word("note", 1_000)),
    "link-note": lambda wanted, sent: chart_wanted.take_note(wanted, sent.ends(), sent.word("link_note", 1_000)),
    "way": lambda wanted, sent: chart_wanted.take_way(wanted, *sent.ends()),
    "times": lambda wanted, sent: chart_wanted.take_times(wanted, sent.day("since"), sent.day("to")),
    "style": _styled,
    "place": lambda wanted, sent: wanted,
    "all": lambda wanted, sent: chart_wanted.all_back(wanted),
}
"""What a form asks for -> how a chart changes; anything else filters it."""


# Keeping


@pages.post("/chart/{token}/keep")
def keep(
    request: Request,
    token: str,
    name: Annotated[str, Form(max_length=200)] = "",
    until: Annotated[str, Form(max_length=20)] = "",
    shared: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Keep a chart, drawn once more so that it is known what it rests on."""
    links, caller = lookups._links(request), require_visit(request).caller
    board = board_of(links, token)
    try:
        day = chart_wanted.take_day(until)
        if day is None:
            raise InvalidError("standing-malformed", "A kept chart ends on a day.", do="Choose one.")
        shown = find_chart.draw(caller, board.now)
        kept = kept_charts.keep_chart(caller, board, shown, name, day, shared=bool(shared))
    except (InvalidError, LimitError) as error:
        return _chart(request, board, token, error)
    return lookups._see_other(address_of(links, kept))


@pages.get("/charts")
def kept(request: Request) -> Response:
    """List charts that are kept."""
    return lookups._page(request, "charts", charts=kept_charts.kept_charts(require_visit(request).caller))


@pages.get("/charts/{chart_id}")
def open_kept(request: Request, chart_id: str) -> Response:
    """Open a kept chart with what may be seen now."""
    board = kept_charts.open_chart(require_visit(request).caller, chart_id)
    return lookups._see_other(address_of(lookups._links(request), board))


@pages.post("/charts/{chart_id}/end")
def end_kept(request: Request, chart_id: str) -> Response:
    """End one's own chart."""
    kept_charts.end_chart(require_visit(request).caller, chart_id)
    return lookups._see_other("/desk/charts")


@pages.post("/chart/{token}/file")
def chart_file(request: Request, token: str, form: Annotated[str, Form(max_length=20)] = "csv") -> Response:
    """Hand a chart over as a file, drawn once more, without children."""
    caller = require_visit(request).caller
    shown = find_chart.draw(caller, board_of(lookups._links(request), token).now)
    return lookups.copy_answer(caller, find_files.leaving_chart(caller, shown), form)
