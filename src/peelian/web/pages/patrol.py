"""Patrol places: mark your own, see the tool's, decide, hand out, say what you found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from peelian.app import desk
from peelian.app.caller import Caller
from peelian.app.faces import InvalidError, RefusedError
from peelian.app.patrol import decide, patrol_view
from peelian.app.served import Site
from peelian.web.rendering import render
from peelian.web.visits import require_visit

HOME = "/desk/patrol-places"

FIELDS = {
    "choice-missing": "choice",
    "mix-empty": "picked",
    "mix-too-long": "picked",
    "mix-unknown": "picked",
    "reason-not-given": "reason",
    "words-too-few": "words",
    "words-too-many": "words",
    "wrong-if-missing": "wrong_if",
    "recipient-missing": "recipient",
    "outcome-incomplete": "found1",
    "note-too-long": "note",
}
"""Error -> the field that it is about."""

NOTHING_FILLED: dict[str, Any] = {"choice": "", "picked": (), "reason": "", "words": "", "wrong_if": ""}

Texts = Annotated[Sequence[str], Form()]
Text = Annotated[str, Form()]
Ticked = Annotated[Sequence[str], Query()]


def router(site: Site) -> APIRouter:
    """Return the pages."""
    pages = APIRouter(prefix=HOME, include_in_schema=False)
    for add in (_add_queue, _add_plans, _add_marking, _add_deciding):
        add(pages)
    return pages


def _add_queue(pages: APIRouter) -> None:
    @pages.get("")
    @_or_fallback
    def queue(request: Request, shift: str = "") -> Response:
        shown = decide.queue(_caller(request), shift)
        if not shown.tool.running:
            return _fallback(request, shown.tool)
        working_on = desk.working_on_of(_caller(request), shown.met)
        shifts = [(s.name, s.words) for s in shown.shifts]
        return _page(request, "queue", queue=shown, shifts=shifts, working_on=working_on)


def _add_marking(pages: APIRouter) -> None:
    @pages.get("/{finding}/{shift}")
    @_or_fallback
    def choose(
        request: Request, finding: str, shift: str, q: str = "", letter: str = "", place: Ticked = ()
    ) -> Response:
        caller = _caller(request)
        job = decide.job_of(caller, finding, shift)
        if job.state.name != "ready":
            return _next_step(caller, job)
        return _choose(request, caller, job, q, letter, place)

    @pages.get("/{finding}/{shift}/why")
    @_or_fallback
    def why(request: Request, finding: str, shift: str, place: Ticked = ()) -> Response:
        caller = _caller(request)
        job = decide.job_of(caller, finding, shift)
        if job.state.name != "ready":
            return _next_step(caller, job)
        try:
            decide.check_ticked(caller, job, place)
        except InvalidError as error:
            return _choose(request, caller, job, "", "", place, error=error)
        return _why(request, caller, job, place)

    @pages.post("/{finding}/{shift}/own-view")
    @_or_fallback
    def mark(
        request: Request, finding: str, shift: str, place: Texts = (), why: Texts = (), words: Texts = ()
    ) -> Response:
        caller = _caller(request)
        try:
            decide.mark(caller, finding, shift, place, why, words)
        except InvalidError as error:
            job = decide.job_of(caller, finding, shift)
            return _why(request, caller, job, place, whys=why, words=words, error=error)
        return _see_other(f"{HOME}/{finding}/{shift}/compare")

    @pages.get("/{finding}/{shift}/squares.geojson")
    @_or_fallback
    def squares(request: Request, finding: str, shift: str) -> Response:
        caller = _caller(request)
        ground = decide.ground_of(caller, decide.job_of(caller, finding, shift))
        body = {"squares": patrol_view.squares_geojson(ground)} | patrol_view.lines_geojson(ground)
        return JSONResponse(body, media_type="application/geo+json")


def _add_deciding(pages: APIRouter) -> None:
    @pages.get("/{finding}/{shift}/compare")
    @_or_fallback
    def compare(request: Request, finding: str, shift: str) -> Response:
        caller = _caller(request)
        shown = decide.reveal(caller, finding, shift)
        if shown.job.state.name != "marked":
            return _next_step(caller, shown.job)
        return _compare(request, shown, NOTHING_FILLED)

    @pages.post("/{finding}/{shift}/decide")
    @_or_fallback
    def decide_plan(
        request: Request,
        finding: str,
        shift: str,
        step: Text = "check",
        choice: Text = "",
        picked: Texts = (),
        reason: Text = "",
        words: Text = "",
        wrong_if: Text = "",
    ) -> Response:
        caller = _caller(request)
        filled = {"choice": choice, "picked": picked, "reason": reason, "words": words, "wrong_if": wrong_if}
        if step == "change":
            return _compare(request, decide.reveal(caller, finding, shift), filled)
        try:
            if step == "confirm":
                paper = decide.decide(caller, finding, shift, filled)
                return _see_other(f"{HOME}/plans/{paper.body['reference']}?done=decided")
            shown, decision = decide.prepare(caller, finding, shift, filled)
        except InvalidError as error:
            return _compare(request, decide.reveal(caller, finding, shift), filled, error=error)
        facts: dict[str, Any] = {
            "filled": filled,
            "rows": _chosen(shown, decision),
            "who": decide.person_words(caller, shown.job.account),
        }
        return _page(request, "check", shown=shown, decision=decision, **facts)


def _add_plans(pages: APIRouter) -> None:
    @pages.get("/plans/{reference}")
    @_or_fallback
    def plan(request: Request, reference: str, done: str = "") -> Response:
        return _plan(request, reference, done=done)

    @pages.post("/plans/{reference}/copies")
    @_or_fallback
    def issue(request: Request, reference: str, form: Text = "", recipient: Text = "") -> Response:
        try:
            copy = decide.issue(_caller(request), reference, form, recipient)
        except InvalidError as error:
            return _plan(request, reference, error=error, recipient=recipient, form=form)
        return _see_other(f"{HOME}/plans/{reference}/copies/{copy.number}")

    @pages.get("/plans/{reference}/copies/{number}")
    @_or_fallback
    def copy(request: Request, reference: str, number: int) -> Response:
        caller = _caller(request)
        product, copied = decide.copy_of(caller, reference, number)
        if copied.form != "print":
            body, kind, name = decide.copy_file(caller, reference, number)
            return Response(body, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
        facts = patrol_view.print_facts(caller, product, copied)
        return _page(request, "print", product=product, copy=copied, **facts)

    @pages.post("/plans/{reference}/outcome")
    @_or_fallback
    def report(
        request: Request,
        reference: str,
        cell: Texts = (),
        found1: Text = "",
        found2: Text = "",
        found3: Text = "",
        found4: Text = "",
        found5: Text = "",
        wrong: Text = "",
        note: Text = "",
    ) -> Response:
        said = dict(zip(cell, (found1, found2, found3, found4, found5), strict=False))
        try:
            decide.report(_caller(request), reference, said, wrong, note)
        except InvalidError as error:
            return _plan(request, reference, error=error, said=said, wrong=wrong, note=note)
        return _see_other(f"{HOME}/plans/{reference}?done=reported")


# Parts


def _caller(request: Request) -> Caller:
    return require_visit(request).caller


def _or_fallback(handler: Callable[..., Response]) -> Callable[..., Response]:
    """Show the fallback card whenever the tool may not run, whatever page was asked for and whoever said no."""

    @wraps(handler)
    def guarded(*args: Any, **kwargs: Any) -> Response:
        request: Request = kwargs["request"]
        try:
            return handler(*args, **kwargs)
        except RefusedError:
            tool = decide.tool_of(_caller(request))  # the gate may have met a stop that came after our own look
            if tool.running:
                raise
            return _fallback(request, tool)

    return guarded


def _see_other(address: str) -> Response:
    return RedirectResponse(address, status_code=303)


def _page(request: Request, name: str, *, error: InvalidError | None = None, status: int = 0, **facts: Any) -> Response:
    caller = _caller(request)
    shared = {"place": "patrol-places", "view": patrol_view, "symbols": patrol_view.symbols(), "home": HOME}
    shared |= {"when": patrol_view.clock_words(caller)}
    if "working_on" not in facts:
        shared["working_on"] = desk.working_on(caller)
    shared |= {"error": error, "field": FIELDS.get(error.code, "") if error else ""}
    return render(request, f"patrol/{name}.html", status=status or (422 if error else 200), **(shared | facts))


def _fallback(request: Request, tool: decide.Tool) -> Response:
    facts: dict[str, Any] = dict(patrol_view.stop_facts(_caller(request), tool))
    return _page(request, "fallback", status=403, tool=tool, **facts)


def _next_step(caller: Caller, job: decide.Job) -> Response:
    """Lead on to where a plan stands; nothing is written twice."""
    if job.state.name == "marked":
        return _see_other(f"{HOME}/{job.lead.id}/{job.shift.name}/compare")
    reference = decide.reference_about(caller, job)
    return _see_other(f"{HOME}/plans/{reference}" if reference else HOME)


def _choose(
    request: Request,
    caller: Caller,
    job: decide.Job,
    asked: str,
    letter: str,
    ticked: Sequence[str],
    error: InvalidError | None = None,
) -> Response:
    ground = decide.ground_of(caller, job)
    choice = patrol_view.choice_of(ground, asked, letter, ticked)
    picture = patrol_view.places_map(ground, choice)
    no = job.why_not("mark")
    facts = {"job": job, "choice": choice, "picture": picture, "no": no, "named": ground.named}
    return _page(request, "choose", error=error, **facts)


def _why(
    request: Request,
    caller: Caller,
    job: decide.Job,
    cells: Sequence[str],
    *,
    whys: Sequence[str] = (),
    words: Sequence[str] = (),
    error: InvalidError | None = None,
) -> Response:
    ground = decide.ground_of(caller, job)
    rows = [
        {"cell": cell, "name": ground.name(cell), "why": _at(whys, i), "words": _at(words, i)}
        for i, cell in enumerate(dict.fromkeys(cells))
    ]
    return _page(request, "why", error=error, job=job, rows=rows, no=job.why_not("mark"))


def _at(texts: Sequence[str], i: int) -> str:
    return texts[i] if i < len(texts) else ""


def _compare(
    request: Request, shown: decide.Revealed, filled: dict[str, Any], error: InvalidError | None = None
) -> Response:
    picture = patrol_view.compared_map(shown)
    facts: dict[str, Any] = {"shown": shown, "rows": patrol_view.compared_rows(shown), "picture": picture}
    facts |= {"filled": filled, "no": shown.job.why_not("decide"), "told": patrol_view.told_of(shown)}
    facts |= {"sources": desk.source_ages(_caller(request))}
    return _page(request, "compare", error=error, **facts)


def _chosen(shown: decide.Revealed, decision: Any) -> list[Any]:
    return [row for row in patrol_view.compared_rows(shown) if row.cell in decision.cells]


def _plan(
    request: Request, reference: str, *, done: str = "", error: InvalidError | None = None, **filled: Any
) -> Response:
    caller = _caller(request)
    page = decide.plan_page(caller, reference)
    ground = decide.ground_under(caller, page)
    facts: dict[str, Any] = {"who": decide.person_words(caller, page.paper.author)}
    facts |= {"page": page, "picture": patrol_view.plan_map(page, ground), "done": done}
    facts |= {"filled": {"said": {}, "wrong": "", "note": "", "recipient": "", "form": "print"} | filled}
    facts |= {"no_issue": page.why_not("issue"), "no_report": page.why_not("report"), "state": page.situation.state}
    return _page(request, "plan", error=error, public_from=page.public_from, **facts)
