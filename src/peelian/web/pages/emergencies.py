"""Emergencies that were declared, before a supervisor: each is joined to an operation, or said to be none's."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from peelian.app import desk
from peelian.app.emergencies import NONE, emergencies, settle_emergency
from peelian.app.served import Site
from peelian.web.rendering import render
from peelian.web.visits import require_visit, site_of

Word = Annotated[str, Form(max_length=100)]
Words = Annotated[str, Form(max_length=5_000)]

pages = APIRouter(prefix="/desk/emergencies", include_in_schema=False)


def router(site: Site) -> APIRouter:
    """Return the pages."""
    return pages


@pages.get("")
def show(request: Request, done: str = "") -> Response:
    """Show what was declared in a year, what waits first."""
    return _show(request, done=bool(done))


def _show(
    request: Request, *, done: bool = False, errors: list[tuple[str, str]] | None = None, status: int = 200
) -> Response:
    caller = require_visit(request).caller
    rows = sorted(emergencies(caller), key=lambda r: r.state not in ("late", "waits"))
    facts = {"rows": rows, "done": done, "errors": errors or [], "none": NONE}
    working_on = desk.working_on(caller)
    return render(request, "desk/emergencies.html", status=status, place="", working_on=working_on, **facts)


@pages.post("/{emergency}")
def settle(request: Request, emergency: str, operation: Word = "", reason: Words = "") -> Response:
    """Say what an emergency was."""
    visit = require_visit(request)
    errors = []
    if not operation:
        errors.append(("Choose an operation, or that it belonged to none.", f"operation-{emergency}"))
    if not reason.strip():
        errors.append(("Say in a sentence how you know.", f"reason-{emergency}"))
    if errors:
        return _show(request, errors=errors, status=422)
    settle_emergency(visit.caller, emergency, operation, reason)
    site_of(request).stir()
    return RedirectResponse("/desk/emergencies?done=1", status_code=303)
