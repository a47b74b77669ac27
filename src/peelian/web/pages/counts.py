"""Counts on their way out: proposed by an official, checked by two others, released; each act after a look at it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from peelian.app import desk
from peelian.app.faces import Caller, InvalidError, MissingError, RefusedError
from peelian.app.publishing.releases import check_counts, release_counts
from peelian.app.publishing.releases_waiting import propose, waiting, waiting_one
from peelian.app.served import Site
from peelian.web.rendering import render
from peelian.web.visits import require_visit, site_of

Word = Annotated[str, Form(max_length=100)]
Words = Annotated[str, Form(max_length=5_000)]

NOT_YET = frozenset({"nothing-new", "measure-missing", "count-unknown"})
"""What a page says in place: there is nothing to lay before anybody."""

HELD_BACK = frozenset({"disclosure-by-difference", "release-unchecked", "release-outdated", "own-release"})
"""Refusals of a table, not of a person: said beside it, with every reason. The rules' own refusals have their page."""

pages = APIRouter(prefix="/desk/counts", include_in_schema=False)


def router(site: Site) -> APIRouter:
    """Return the pages."""
    return pages


def _render(request: Request, template: str, *, status: int = 200, **facts: Any) -> Response:
    caller = require_visit(request).caller
    shown = {"error": None, "place": "", "working_on": desk.working_on(caller)} | facts
    return render(request, f"desk/{template}.html", status=status, **shown)


@pages.get("")
def show(request: Request, done: str = "") -> Response:
    """Show what was proposed and where it stands."""
    return _list(request, done=done)


def _list(request: Request, *, done: str = "", error: Any = None, status: int = 200) -> Response:
    rows = waiting(require_visit(request).caller)
    return _render(request, "counts", status=status, rows=rows, done=done, error=error)


@pages.post("")
def count(request: Request, kind: Word = "") -> Response:
    """Count, and lay the table before the checkers."""
    try:
        number = propose(require_visit(request).caller, kind)
    except (InvalidError, MissingError, RefusedError) as error:
        if error.code not in NOT_YET | HELD_BACK:
            raise
        return _list(request, error=error, status=422 if error.code in NOT_YET else 403)
    return RedirectResponse(f"/desk/counts/{number}", status_code=303)


@pages.get("/{proposal}")
def one(request: Request, proposal: str) -> Response:
    """Show a table, and what can be done with it now."""
    return _one(request, require_visit(request).caller, proposal)


def _one(request: Request, caller: Caller, proposal: str, *, status: int = 200, **facts: Any) -> Response:
    shown = {"agree": "", "words": "", "errors": []} | facts
    return _render(request, "count", status=status, it=waiting_one(caller, proposal), **shown)


@pages.post("/{proposal}/check")
def check(request: Request, proposal: str, agree: Word = "", words: Words = "", sure: Word = "") -> Response:
    """Say whether a table may go out: answers first shown, then kept."""
    caller = require_visit(request).caller
    given: dict[str, Any] = {"agree": agree, "words": words}
    errors = [] if agree in ("yes", "no") else [("Say whether it may go out.", "agree")]
    if agree == "no" and not words.strip():
        errors.append(("Say what is wrong with it.", "words"))
    if errors or sure == "change":
        return _one(request, caller, proposal, status=422 if errors else 200, errors=errors, **given)
    if sure != "yes":
        return _render(request, "count_check", it=waiting_one(caller, proposal), act="check", **given)
    try:
        check_counts(caller, proposal, agreed=agree == "yes", words=words)
    except RefusedError as error:
        return _refused(request, caller, proposal, error)
    site_of(request).stir()
    return RedirectResponse("/desk/counts?done=checked", status_code=303)


@pages.post("/{proposal}/release")
def release(request: Request, proposal: str, sure: Word = "") -> Response:
    """Make a checked table public: shown once more, then released."""
    caller = require_visit(request).caller
    if sure != "yes":
        return _render(request, "count_check", it=waiting_one(caller, proposal), act="release", agree="", words="")
    try:
        release_counts(caller, proposal)
    except RefusedError as error:
        return _refused(request, caller, proposal, error)
    site_of(request).stir()
    return RedirectResponse("/desk/counts?done=released", status_code=303)


def _refused(request: Request, caller: Caller, proposal: str, error: RefusedError) -> Response:
    if error.code not in HELD_BACK:
        raise error
    return _one(request, caller, proposal, status=403, error=error)
