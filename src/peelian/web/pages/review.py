"""Judging links: what is in question, one question a page without any weight, and the weights once it is answered."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import Response

from peelian.app import desk
from peelian.app.faces import InvalidError
from peelian.app.linking import resolve
from peelian.app.served import Site
from peelian.web.rendering import render
from peelian.web.visits import require_visit

pages = APIRouter(prefix="/desk/links", include_in_schema=False)

Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Word = Annotated[str, Form(max_length=20)]
Text = Annotated[str, Form(max_length=4000)]
ANSWERS = ("same", "not-same", "cannot-tell")


def router(site: Site) -> APIRouter:
    """Return the pages."""
    return pages


@pages.get("")
def queue(request: Request) -> Response:
    """List what is in question."""
    caller = require_visit(request).caller
    asked = resolve.questions(caller) if resolve.may_judge(caller) else None
    return _page(request, "review/queue.html", questions=asked)


@pages.get("/{one}/{other}")
def question(request: Request, one: Id, other: Id) -> Response:
    """Show one question."""
    return _question(request, resolve.hypothesis(require_visit(request).caller, one, other))


@pages.post("/{one}/{other}")
def answer(request: Request, one: Id, other: Id, found: Word = "", reason: Text = "") -> Response:
    """Enter an answer, and show the weights that it was given without."""
    caller = require_visit(request).caller
    errors = [] if found in ANSWERS else [("Say whether they are one person", "found")]
    if not errors:
        try:
            given = resolve.judge(caller, one, other, found, reason)
            return _page(request, "review/outcome.html", given=given)
        except InvalidError as error:
            if error.code != "verdict-malformed":
                raise
            errors = [("Give your reason in 10 to 2,000 characters", "reason")]
    shown = resolve.hypothesis(caller, one, other)
    return _question(request, shown, errors=errors, found=found, reason=reason, status=422)


def _question(
    request: Request,
    shown: dict[str, Any],
    *,
    errors: list[tuple[str, str]] | None = None,
    found: str = "",
    reason: str = "",
    status: int = 200,
) -> Response:
    sides = [[r for r in shown["records"] if r["cluster"] == side] for side in (shown["one"], shown["other"])]
    facts = {"shown": shown, "sides": sides, "errors": errors or [], "found": found, "reason": reason}
    return _page(request, "review/question.html", status=status, **facts)


def _page(request: Request, template: str, *, status: int = 200, **facts: Any) -> Response:
    working_on = desk.working_on(require_visit(request).caller)
    return render(request, template, status=status, place="links", working_on=working_on, **facts)
