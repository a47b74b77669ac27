"""Looking things up: one box, a page for each that is found, an address at the door, a list, a chart of links.

What somebody looks for is typed into a form and comes back sealed: no address, and so no history and no log, says a
name, a plate or a number (:mod:`peelian.app.finding.find_links`). Showing such an address again is another look-up.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from peelian.app import desk
from peelian.app.faces import Caller, InvalidError, LimitError, MissingError
from peelian.app.finding import find, find_copies, find_files, find_view, standing, uploads
from peelian.app.finding.find_chart import Board
from peelian.app.finding.find_links import Links, links_of
from peelian.app.served import Site
from peelian.web.rendering import render
from peelian.web.visits import require_visit

Text = Annotated[str, Form(max_length=200)]
Lines = Annotated[str, Form(max_length=60_000)]
Brought = Annotated[UploadFile | None, File()]

pages = APIRouter(prefix="/desk", include_in_schema=False)


def router(site: Site) -> APIRouter:
    """Return the pages."""
    return pages


def _page(request: Request, template: str, *, status: int = 200, **facts: Any) -> Response:
    facts.setdefault("working_on", desk.working_on(require_visit(request).caller))
    return render(request, f"find/{template}.html", status=status, place="search", **facts)


def _links(request: Request) -> Links:
    return links_of(require_visit(request))


def _see_other(address: str) -> Response:
    return RedirectResponse(address, status_code=303)


# Searching


@pages.get("/search")
def search(request: Request) -> Response:
    """Show the box."""
    return _box(request)


def _box(request: Request, *, error: str = "", status: int = 200, **facts: Any) -> Response:
    told = {"asked": "", "named": None, "named_asked": ""} | facts
    return _page(request, "search", status=status, error=error, **told)


@pages.post("/search")
def ask(request: Request, wanted: Text = "") -> Response:
    """Take what was typed, and lead to the answer under an address that does not say it."""
    asked = " ".join(wanted.split())
    if not asked:
        return _box(request, error="Type what you are looking for.", status=422)
    return _see_other("/desk/search/" + _links(request).seal("search", {"text": asked}))


@pages.post("/search/named")
def ask_named(request: Request, wanted: Text = "") -> Response:
    """Find what the desk itself knows by name or reference: no look-up in any source."""
    return _box(request, named=desk.find(require_visit(request).caller, wanted), named_asked=wanted)


@pages.get("/search/{token}")
def answer(request: Request, token: str) -> Response:
    """Search, and show what was found."""
    links = _links(request)
    asked = str(links.open("search", token)["text"])
    try:
        found = find.search(require_visit(request).caller, asked)
    except InvalidError as error:
        return _box(request, asked=asked, error=error.what, status=422)
    facts: dict[str, Any] = {"asked": asked, "answer": found, "groups": find_view.groups(found)}
    facts["names"] = {f.key: f.title for f in found.found}
    facts |= {"file": f"/desk/search/{token}/file", "token": token}
    return _page(request, "answer", **facts, **_told(links, found))


def _told(links: Links, page: Any) -> dict[str, Any]:
    """Return what every page with facts needs: titles of sources, and where each thing named has its page."""
    profile_of = find_view.addresses(links, find_view.names_of(page))
    return {"titles": find_view.titles(page.coverage), "profile_of": profile_of, "name_of": find_view.name_of}


# One person, vehicle, phone or address


@pages.get("/profile/{token}")
def profile(request: Request, token: str) -> Response:
    """Show what may be shown of one of them."""
    links = _links(request)
    kind, key = links.open("profile", token)["name"]
    shown = find.profile(require_visit(request).caller, kind, key)
    begun = links.seal("chart", Board.begin((kind, key)).as_dict())
    ways: dict[str, Any] = {"chart": f"/desk/chart/{begun}", "timeline": f"/desk/timeline/{begun}"}
    ways |= {"file": f"/desk/profile/{token}/file"}
    ways["flag"] = f"/desk/flags/new/{token}" if standing.may_flag(require_visit(request).caller) else ""
    ways["words_named"] = f"/desk/profile/{token}/suggestions"
    return _page(request, "profile", profile=shown, **ways, **_told(links, shown))


# At an address


@pages.get("/incident")
def door(request: Request) -> Response:
    """Ask for an address or the number of a call."""
    return _page(request, "incident_ask", asked="", error="")


@pages.post("/incident")
def ask_door(request: Request, what: Text = "") -> Response:
    """Take it, and lead to the page under an address that does not say it."""
    asked = " ".join(what.split())
    if not asked:
        error = "Type an address or an incident number."
        return _page(request, "incident_ask", asked="", error=error, status=422)
    return _see_other("/desk/incident/" + _links(request).seal("incident", {"what": asked}))


@pages.get("/incident/{token}")
def incident(request: Request, token: str) -> Response:
    """Show what somebody at that door needs to know."""
    links = _links(request)
    asked = str(links.open("incident", token)["what"])
    try:
        shown = find.incident_page(require_visit(request).caller, asked)
    except InvalidError as error:
        return _page(request, "incident_ask", asked=asked, error=error.what, status=422)
    return _page(request, "incident", page=shown, **_told(links, shown))


# A list


@pages.get("/check-list")
def list_form(request: Request) -> Response:
    """Ask for a list."""
    return _list(request)


def _list(request: Request, *, asked: str = "", error: str = "", table: Any = None, status: int = 200) -> Response:
    told = _told(_links(request), table) if table is not None else {}
    return _page(request, "list", status=status, asked=asked, error=error, table=table, **told)


@pages.post("/check-list")
def check_list(
    request: Request, lines: Lines = "", form: Text = "", file: Brought = None, column: Text = ""
) -> Response:
    """Check a list, pasted or brought as a file, each line a look-up of its own; show it, or hand it over as a file."""
    caller, wanted = require_visit(request).caller, [line.strip() for line in lines.splitlines() if line.strip()]
    try:
        if file is not None and file.filename:
            wanted = uploads.list_in(file.filename, file.file.read(), column)
            lines = "\n".join(wanted[: uploads.SHOWN_MAX])
        if not wanted:
            return _list(request, error="Write at least one line.", status=422)
        table = find.check_list(caller, wanted)
    except (InvalidError, LimitError, MissingError) as error:
        return _list(request, asked=lines, error=f"{error.what} {error.do}".strip(), status=422)
    if form:
        return copy_answer(caller, find_files.leaving_list(caller, table), form)
    return _list(request, asked=lines, table=table)


def copy_answer(caller: Caller, leaving: find_files.Leaving, form: str) -> Response:
    """Hand over a numbered copy; no browser and no proxy keeps another."""
    made = find_files.hand_over(caller, leaving, form)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"', "Cache-Control": "no-store"}
    return Response(made.body, media_type=made.kind, headers=headers)


@pages.post("/search/{token}/file")
def answer_file(request: Request, token: str, form: Text = "xlsx") -> Response:
    """Search once more, and hand the answer over as a file."""
    caller = require_visit(request).caller
    found = find.search(caller, str(_links(request).open("search", token)["text"]))
    return copy_answer(caller, find_files.leaving_answer(caller, found), form)


@pages.post("/profile/{token}/file")
def profile_file(request: Request, token: str, form: Text = "xlsx") -> Response:
    """Look a page up once more, and hand it over as a file."""
    caller = require_visit(request).caller
    kind, key = _links(request).open("profile", token)["name"]
    return copy_answer(caller, find_files.leaving_profile(caller, find.profile(caller, kind, key)), form)


# My downloads


@pages.get("/downloads")
def downloads(request: Request) -> Response:
    """Show the caller's own copies and what became of them."""
    return _downloads(request)


def _downloads(request: Request, *, said: int = 0) -> Response:
    shown = find_copies.my_downloads(require_visit(request).caller)
    return _page(request, "downloads", downloads=shown, said=said)


@pages.post("/downloads")
def end_download(request: Request, number: Annotated[int, Form(ge=0)]) -> Response:
    """Take the holder's word that a copy is deleted."""
    find_copies.end_download(require_visit(request).caller, number)
    return _downloads(request, said=number)
