"""Practice: what one is trained for, a set of made-up cases, and what was right in each."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from peelian.app import desk, practice
from peelian.app.served import Site
from peelian.web.rendering import render
from peelian.web.visits import Visit, require_visit

pages = APIRouter(prefix="/desk/practice", include_in_schema=False)

TITLES = {
    "hotspots": "Patrol places",
    "stop_person": "Records of people who were stopped",
    "stop_equality": "Ethnicity and sex of people who were stopped",
}
"""What practice sets are about, in words."""

Word = Annotated[str, Form(max_length=100)]


async def form_of(request: Request) -> FormData:
    """Return the whole form: its fields are the cases, however many there are."""
    return await request.form()


def router(site: Site) -> APIRouter:
    """Return the pages."""
    return pages


@pages.get("")
def overview(request: Request) -> Response:
    """Show what one may practise and how one stands."""
    visit = require_visit(request)
    sets = [row | {"title": title_of(row["subject"])} for row in practice.standing(visit.caller)["sets"]]  # type: ignore[attr-defined]
    return _page(request, visit, "practice/overview.html", sets=sets)


@pages.post("")
def begin(request: Request, subject: Word = "") -> Response:
    """Begin a set, or go on with the one that is begun."""
    sheet = practice.begin_practice(require_visit(request).caller, subject)
    return RedirectResponse(f"/desk/practice/{sheet['attempt']}", status_code=303)


@pages.get("/{attempt}")
def sheet(request: Request, attempt: str) -> Response:
    """Show the cases."""
    visit = require_visit(request)
    return _sheet(request, visit, practice.practice_sheet(visit.caller, attempt), {})


@pages.post("/{attempt}")
def hand_in(request: Request, attempt: str, given: Annotated[FormData, Depends(form_of)]) -> Response:
    """Mark what was handed in; give it back when a case was left out."""
    visit = require_visit(request)
    shown = practice.practice_sheet(visit.caller, attempt)
    answers = {case["number"]: str(given.get(f"case-{case['number']}", "")) for case in shown["cases"]}  # type: ignore[attr-defined]
    known = {choice["id"] for choice in shown["choices"]}  # type: ignore[attr-defined]
    if not set(answers.values()) <= known:
        return _sheet(request, visit, shown, answers, status=422)
    outcome = practice.hand_in(visit.caller, attempt, list(answers.values()))
    title = title_of(str(outcome["subject"]))
    return _page(request, visit, "practice/outcome.html", outcome=outcome, title=title)


def _sheet(
    request: Request, visit: Visit, shown: dict[str, Any], answers: dict[int, str], status: int = 200
) -> Response:
    known = {choice["id"] for choice in shown["choices"]}
    left_out = [n for n, answer in answers.items() if answer not in known]
    errors = [(f"Say what you think of case {n}", f"case-{n}") for n in left_out]
    facts = {"sheet": shown, "answers": answers, "errors": errors, "left_out": left_out}
    return _page(request, visit, "practice/set.html", status=status, title=title_of(shown["subject"]), **facts)


def _page(request: Request, visit: Visit, template: str, *, status: int = 200, **facts: Any) -> Response:
    working_on = desk.working_on(visit.caller)
    return render(request, template, status=status, place="practice", working_on=working_on, **facts)


def title_of(subject: str) -> str:
    """Return what a set is about, in words."""
    return TITLES.get(subject, subject)
