"""The desk: what staff meet in the morning, what they work on, what the record says of them, hand-over."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from peelian.app import desk
from peelian.app.faces import InvalidError
from peelian.app.finding import find_copies
from peelian.app.served import Site
from peelian.web.rendering import render as _render
from peelian.web.visits import require_visit

Word = Annotated[str, Form(max_length=100)]
Words = Annotated[str, Form(max_length=5_000)]

pages = APIRouter(prefix="/desk", include_in_schema=False)


def router(site: Site) -> APIRouter:
    """Return the pages."""
    return pages


def render(request: Request, template: str, *, status: int = 200, **facts: Any) -> Response:
    """Answer with a page of the desk, with what the visitor works on above it."""
    if "working_on" not in facts:
        facts["working_on"] = desk.working_on(require_visit(request).caller)
    return _render(request, template, status=status, **facts)


@pages.get("")
def today(request: Request) -> Response:
    """Show the morning page."""
    caller = require_visit(request).caller
    shown, to_delete = desk.morning(caller), len(find_copies.my_downloads(caller).waiting)
    facts: dict[str, Any] = {"today": shown, "working_on": shown.working_on, "to_delete": to_delete}
    return render(request, "desk/morning.html", place="desk", **facts)


@pages.get("/context")
def context(request: Request) -> Response:
    """Show what one may work on."""
    return _context(request)


def _context(request: Request, *, error: str = "", status: int = 200) -> Response:
    visit = require_visit(request)
    choices = desk.choices(visit.caller)
    facts = {"choices": choices, "working_on": choices.working_on, "error": error}
    return render(request, "desk/context.html", status=status, place="context", **facts)


@pages.post("/context")
def change(request: Request, choose: Word = "") -> Response:
    """Work on something else from now on: an operation, or an emergency. The rules decide."""
    visit = require_visit(request)
    kind, _, name = choose.partition(":")
    if not name:
        return _context(request, error="Choose what you are working on", status=422)
    if kind == "emergency":
        desk.declare_emergency(visit.caller, name)
    else:
        desk.choose(visit.caller, name)
    return RedirectResponse("/desk", status_code=303)


@pages.post("/context/ask")
def ask(request: Request, purpose: Word = "") -> Response:
    """Ask to work for another purpose; the rules answer."""
    desk.ask_purpose(require_visit(request).caller, purpose)
    return RedirectResponse("/desk/context", status_code=303)


@pages.get("/look-ups")
def look_ups(request: Request, page: int = 1) -> Response:
    """Show what the record says of the visitor."""
    mine = desk.my_look_ups(require_visit(request).caller)
    shown = min(max(page, 1), mine.pages())
    return render(request, "desk/look_ups.html", place="look-ups", mine=mine, page=shown, working_on=mine.working_on)


@pages.get("/hand-over")
def hand_over(request: Request, done: str = "") -> Response:
    """Show the last notes of the operation, and the form for the next."""
    return _hand_over(request, done=bool(done))


def _hand_over(request: Request, *, done: bool = False, said: str = "", error: str = "", status: int = 200) -> Response:
    visit = require_visit(request)
    notes = desk.hand_over_notes(visit.caller)
    facts = {"notes": notes, "done": done, "said": said, "error": error}
    return render(request, "desk/hand_over.html", status=status, place="hand-over", **facts)


@pages.post("/hand-over")
def handed_over(request: Request, note: Words = "") -> Response:
    """Keep a note for those who come next."""
    visit = require_visit(request)
    try:
        desk.hand_over(visit.caller, note)
    except InvalidError as error:
        return _hand_over(request, said=note, error=error.what, status=422)
    return RedirectResponse("/desk/hand-over?done=1", status_code=303)
