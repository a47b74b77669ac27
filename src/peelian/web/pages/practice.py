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
    "incident_person": "Looking people and things up in records",
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
def first(request: Request, attempt: str) -> Response:
    """Show the first case."""
    visit = require_visit(request)
    return _case(request, visit, practice.practice_sheet(visit.caller, attempt), {}, 1)


@pages.post("/{attempt}")
def step(request: Request, attempt: str, given: Annotated[FormData, Depends(form_of)]) -> Response:
    """Go from case to case, then over the answers; the form carries what was answered. The last step is marked."""
    visit = require_visit(request)
    shown = practice.practice_sheet(visit.caller, attempt)
    answers, last = _answers(shown, given), len(shown["cases"])  # type: ignore[arg-type]
    at = min(max(_number(given.get("at")), 1), last)
    go = str(given.get("go", "next"))
    if go.startswith("case-"):
        return _case(request, visit, shown, answers, min(max(_number(go.removeprefix("case-")), 1), last))
    if go == "back":
        return _case(request, visit, shown, answers, max(1, at - 1))
    missing = next((n for n in range(1, last + 1) if n not in answers), None)
    if go == "next" and at not in answers:
        return _case(request, visit, shown, answers, at, left_out=True)
    if missing is not None:
        return _case(request, visit, shown, answers, missing if go == "hand-in" or at == last else at + 1)
    if go != "hand-in":
        return _page(request, visit, "practice/check.html", sheet=shown, answers=answers, title=_title(shown))
    outcome = practice.hand_in(visit.caller, attempt, [answers[n] for n in range(1, last + 1)])
    sets = practice.standing(visit.caller)["sets"]
    trained = any(row["trained"] for row in sets if row["subject"] == shown["subject"])  # type: ignore[attr-defined]
    return _page(request, visit, "practice/outcome.html", outcome=outcome, title=_title(shown), trained=trained)


def _answers(shown: dict[str, Any], given: FormData) -> dict[int, str]:
    """Return what was answered, by case; what is no answer that was offered is none."""
    known = {choice["id"] for choice in shown["choices"]}
    found = {case["number"]: given.get(f"case-{case['number']}") for case in shown["cases"]}
    return {number: answer for number, answer in found.items() if isinstance(answer, str) and answer in known}


def _number(text: object) -> int:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 5 else 1


def _title(shown: dict[str, Any]) -> str:
    return title_of(shown["subject"])


def _case(
    request: Request, visit: Visit, shown: dict[str, Any], answers: dict[int, str], at: int, *, left_out: bool = False
) -> Response:
    errors = [(f"Say what you think of case {at}", f"case-{at}")] if left_out else []
    facts = {"sheet": shown, "case": shown["cases"][at - 1], "answers": answers, "errors": errors}
    return _page(request, visit, "practice/case.html", status=422 if left_out else 200, title=_title(shown), **facts)


def _page(request: Request, visit: Visit, template: str, *, status: int = 200, **facts: Any) -> Response:
    working_on = desk.working_on(visit.caller)
    return render(request, template, status=status, place="practice", working_on=working_on, **facts)


def title_of(subject: str) -> str:
    """Return what a set is about, in words."""
    return TITLES.get(subject, subject)
