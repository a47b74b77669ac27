"""Files of the case: bring one, say what its columns hold, hold it against the holdings, delete it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from peelian.app import desk
from peelian.app.faces import InvalidError, LimitError, RefusedError
from peelian.app.finding import case_files, find_view
from peelian.app.finding.case_files import Drafts
from peelian.app.finding.find_links import links_of
from peelian.app.served import Site
from peelian.web.rendering import render
from peelian.web.visits import require_visit

Text = Annotated[str, Form(max_length=200)]
FileId = Annotated[str, Form(max_length=26)]

PREVIEW = 8
"""Rows that are shown before a file is kept."""

SHOWN = 50
"""Rows of a kept file that are shown."""

pages = APIRouter(prefix="/desk/case-files", include_in_schema=False)
drafts = Drafts()


def router(site: Site) -> APIRouter:
    """Return the pages."""
    return pages


def _page(request: Request, template: str, *, status: int = 200, **facts: Any) -> Response:
    working_on = desk.working_on(require_visit(request).caller)
    return render(request, f"find/{template}.html", status=status, place="search", working_on=working_on, **facts)


@pages.get("")
def files(request: Request, done: str = "") -> Response:
    """Show the files of the case, and a form to bring another; or why what one works on has none."""
    try:
        return _files(request, done=done)
    except RefusedError as error:  # it stands among the ways to look up, whatever one works on
        return _page(request, "case_files", files=(), shut=error.reasons, error="", done="")


def _files(request: Request, *, error: str = "", done: str = "", status: int = 200) -> Response:
    listed = case_files.list_files(require_visit(request).caller)
    return _page(request, "case_files", status=status, files=listed, shut=(), error=error, done=done)


@pages.post("")
def bring(request: Request, file: Annotated[UploadFile | None, File()] = None) -> Response:
    """Read a file and show what its columns may hold; nothing is kept yet."""
    caller = require_visit(request).caller
    case_files.may_keep(caller)
    if file is None or not file.filename:
        return _files(request, error="Choose a file.", status=422)
    try:
        read = case_files.read_for_case(caller, file.filename, file.file.read())
    except (InvalidError, LimitError) as error:
        return _files(request, error=f"{error.what} {error.do}".strip(), status=422)
    return _preview(request, read, case_files.guess_meanings(read))


def _preview(request: Request, read: Any, means: Sequence[str], *, error: str = "") -> Response:
    held = drafts.hold(require_visit(request).caller, read)
    facts = {"read": read, "means": list(means), "draft": held, "rows": read.rows[:PREVIEW], "error": error}
    return _page(request, "case_preview", status=422 if error else 200, meanings=case_files.MEANINGS, **facts)


@pages.post("/keep")
def keep(request: Request, draft: Text = "", means: Annotated[Sequence[str], Form(max_length=100)] = ()) -> Response:
    """Keep the columns that were said to be needed."""
    caller = require_visit(request).caller
    read = drafts.take(caller, draft)
    try:
        kept = case_files.keep(caller, read, tuple(means))
    except (InvalidError, LimitError) as error:
        return _preview(request, read, means, error=f"{error.what} {error.do}".strip())
    return RedirectResponse(f"/desk/case-files/{kept.id}", status_code=303)


@pages.get("/{file_id}")
def one(request: Request, file_id: str) -> Response:
    """Show a file of the case."""
    return _one(request, file_id)


def _one(request: Request, file_id: str, *, error: str = "", joined: Any = None, place: int = -1) -> Response:
    opened = case_files.open_file(require_visit(request).caller, file_id)
    facts: dict[str, Any] = {"titles": {}, "profile_of": {}, "name_of": find_view.name_of}
    if joined is not None:
        links = links_of(require_visit(request))
        facts["titles"] = find_view.titles(joined.table.coverage)
        facts["profile_of"] = find_view.addresses(links, find_view.names_of(joined.table))
    told = {"opened": opened, "rows": opened.rows[:SHOWN], "joined": joined, "place_joined": place, "error": error}
    return _page(request, "case_file", status=422 if error else 200, **told, **facts)


@pages.post("/{file_id}/join")
def join(
    request: Request, file_id: str, column: Annotated[int, Form(ge=0)] = 0, first: Annotated[int, Form(ge=0)] = 0
) -> Response:
    """Hold a column against the holdings: a combination, and a look-up for each thing."""
    try:
        joined = case_files.join(require_visit(request).caller, file_id, column, first)
    except InvalidError as error:
        return _one(request, file_id, error=f"{error.what} {error.do}")
    return _one(request, file_id, joined=joined, place=column)


@pages.post("/{file_id}/delete")
def delete(request: Request, file_id: str) -> Response:
    """Delete a file before its case closes."""
    case_files.remove(require_visit(request).caller, file_id)
    return RedirectResponse("/desk/case-files?done=deleted", status_code=303)
