"""For programs: numbered copies of what is looked up, and what became of them. Part of version 1.

Each copy is looked up anew, entered and numbered before anybody has it; nobody under 18 is in it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Request
from fastapi.responses import Response
from pydantic import Field

from peelian.app.faces import Caller
from peelian.app.finding import find, find_copies, find_files
from peelian.app.finding.find_copies import Download, Downloads
from peelian.app.served import Site
from peelian.web.pages.api import Sent, problems, staff_router
from peelian.web.pages.api_charts import ChartIn, drawn
from peelian.web.pages.api_find import ListIn, NameIn, SearchIn
from peelian.web.pages.find import copy_answer
from peelian.web.visits import require_visit

TableForm = Literal["xlsx", "csv", "json"]

staff = staff_router(401, 403, 413, 422)


def router(site: Site) -> APIRouter:
    """Return the addresses for programs."""
    return staff


class SearchCopyIn(SearchIn):
    """A search, and the form of its file."""

    form: TableForm = "xlsx"


class NameCopyIn(NameIn):
    """Who or what, and the form of the file."""

    form: TableForm = "xlsx"


class ListCopyIn(ListIn):
    """A list to check, and the form of the file."""

    form: TableForm = "xlsx"


class ChartCopyIn(ChartIn):
    """A chart, and the form of its file."""

    form: Literal["csv", "graphml", "svg"] = "csv"


class NumberIn(Sent):
    """A copy, by its number."""

    number: int = Field(ge=0, lt=1 << 31)


def file_answer(*forms: str) -> dict[int | str, dict[str, Any]]:
    """Return the description of an answer that is a file of one of some forms."""
    kinds = {find_files.kind_of(form): {"schema": {"type": "string", "format": "binary"}} for form in forms}
    return {200: {"description": "The file, numbered to you", "content": kinds}} | problems(404)


TABLE = file_answer("xlsx", "csv", "json")


@staff.post("/copies/search", summary="A search as a file", response_class=Response, responses=TABLE)
def copy_search(request: Request, wanted: Annotated[SearchCopyIn, Body()]) -> Response:
    """Search, and take the answer as a numbered copy."""
    caller = _caller(request)
    return copy_answer(caller, find_files.leaving_answer(caller, find.search(caller, wanted.text)), wanted.form)


@staff.post("/copies/profile", summary="A page as a file", response_class=Response, responses=TABLE)
def copy_profile(request: Request, wanted: Annotated[NameCopyIn, Body()]) -> Response:
    """Look a page up, and take it as a numbered copy."""
    caller = _caller(request)
    page = find.profile(caller, wanted.kind, wanted.key)
    return copy_answer(caller, find_files.leaving_profile(caller, page), wanted.form)


@staff.post("/copies/check-list", summary="A checked list as a file", response_class=Response, responses=TABLE)
def copy_check_list(request: Request, wanted: Annotated[ListCopyIn, Body()]) -> Response:
    """Check a list, and take it as a numbered copy; a workbook says on a sheet of its own where it comes from."""
    caller = _caller(request)
    return copy_answer(caller, find_files.leaving_list(caller, find.check_list(caller, wanted.lines)), wanted.form)


@staff.post(
    "/copies/link-chart",
    summary="A chart as a file",
    response_class=Response,
    responses=file_answer("csv", "graphml", "svg"),
)
def copy_link_chart(request: Request, wanted: Annotated[ChartCopyIn, Body()]) -> Response:
    """Draw a chart, and take it as a numbered copy."""
    caller = _caller(request)
    return copy_answer(caller, find_files.leaving_chart(caller, drawn(caller, wanted)), wanted.form)


@staff.get("/copies", summary="Your copies")
def my_copies(request: Request) -> Downloads:
    """Return your numbered copies, newest first, and which of them you are to delete."""
    return find_copies.my_downloads(_caller(request))


@staff.post("/copies/ended", summary="Say that a copy is deleted", responses=problems(404))
def copy_ended(request: Request, wanted: Annotated[NumberIn, Body()]) -> Download:
    """Take your word that a copy of yours is deleted."""
    return find_copies.end_download(_caller(request), wanted.number)


@staff.get("/copies/all", summary="Everybody's copies")
def all_copies(request: Request) -> Downloads:
    """Return them, for those whose duty it is to erase. Recorded."""
    return find_copies.all_downloads(_caller(request))


@staff.post("/copies/recall", summary="Call a copy back", responses=problems(404))
def recall_copy(request: Request, wanted: Annotated[NumberIn, Body()]) -> dict[str, object]:
    """Call one back by hand, for those whose duty it is to erase."""
    return find_copies.recall(_caller(request), wanted.number).as_dict()


def _caller(request: Request) -> Caller:
    return require_visit(request).caller
