"""For programs: the facts of the pages as JSON, through the same use-cases and the same gate. Version 1.

Sign in as for the pages and send the cookie, or send the same secret as ``Authorization: Bearer``. What changes
something takes the form token of the session in ``X-CSRF-Token`` with the cookie; a bearer needs none, because no
browser sends one by itself. Every no is ``application/problem+json`` with code, what, why, do and reasons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Request
from fastapi.routing import APIRoute
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from peelian.app import desk
from peelian.app.faces import Caller
from peelian.app.publishing import program_facts as facts
from peelian.app.served import Site
from peelian.web.errors import page_missing
from peelian.web.visits import require_visit, site_of

PREFIX = "/api/v1"

Id = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Name = Annotated[str, Query(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


_TEXT = {"type": "string"}

PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "description": "Why something did not happen (RFC 9457), with every reason and what to do.",
    "required": ["type", "title", "status", "family", "code", "what"],
    "properties": {name: _TEXT for name in ("type", "title", "family", "code", "what", "why", "do")}
    | {"status": {"type": "integer"}, "reasons": {"type": "array", "items": {"type": "object"}}},
}


def problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Return the description of each way in which something may not happen."""
    words = {401: "Nobody is signed in", 403: "Stopped by a rule", 404: "There is no such thing, or not for you"}
    words |= {413: "Too large", 422: "Not of the form it should have", 429: "Too often"}
    shape = {"application/problem+json": {"schema": PROBLEM}}
    return {code: {"description": words[code], "content": shape} for code in codes}


cookie = APIKeyCookie(name="peelian", scheme_name="session", description="`__Host-peelian` over TLS.", auto_error=False)
bearer = HTTPBearer(scheme_name="bearer", description="The secret that the cookie holds.", auto_error=False)


def operation_name(route: APIRoute) -> str:
    """Return what the description calls an operation: the name of its function."""
    return route.name


public = APIRouter(prefix=PREFIX, tags=["public"], generate_unique_id_function=operation_name)


def staff_router(*refusals: int) -> APIRouter:
    """Return a router for people who are signed in, each answer of which may be one of these refusals."""
    return APIRouter(
        prefix=PREFIX,
        tags=["staff"],
        generate_unique_id_function=operation_name,
        responses=problems(*refusals),
        dependencies=[Depends(cookie), Depends(bearer)],
    )


class Sent(BaseModel):
    """What a program sends: nothing that is not declared."""

    model_config = ConfigDict(extra="forbid")


staff = staff_router(401, 403, 422)


def router(site: Site) -> APIRouter:
    """Return the addresses for programs."""
    both = APIRouter()
    both.include_router(public)
    both.include_router(staff)
    both.add_api_route(PREFIX + "/{rest:path}", _nothing_here, include_in_schema=False)
    return both


def _nothing_here(rest: str) -> None:
    raise page_missing()


def _caller(request: Request) -> Caller:
    return require_visit(request).caller


# For anybody


@public.get("/status", summary="What is so this minute")
def status(request: Request) -> facts.Status:
    """Return force, rules, the record's head, the state of each permission, and every stop."""
    return facts.status(site_of(request).gate)


@public.get("/permissions", summary="Every permission of the charter")
def permissions(request: Request) -> list[facts.Permission]:
    """Return permissions, in force or not, with the fallback for when they are off."""
    return facts.permissions(site_of(request).gate)


@public.get("/stops", summary="Every stop there was")
def stops(request: Request) -> list[facts.StopFacts]:
    """Return stops, newest first, with their public reasons."""
    return facts.stops(site_of(request).gate)


@public.get("/record/head", summary="The record's signed head")
def record_head(request: Request) -> dict[str, Any]:
    """Return the published checkpoint, the log's public key, and each witness with who runs it."""
    return facts.record_head(site_of(request).gate)


# For whoever is signed in


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in, and the token that changes take beside the cookie."""

    account: str
    roles: list[str]
    trained: list[str]
    until: str
    working_on: dict[str, Any] | None
    csrf: str


@staff.get("/session", summary="Who is signed in")
def session(request: Request) -> SignedIn:
    """Return the session's account, roles, end, working context and form token."""
    visit = require_visit(request)
    return SignedIn(**asdict(facts.session(visit.caller)), csrf=visit.csrf)


class WorkOn(BaseModel):
    """What to work on from now on: an operation, or an emergency with its purpose."""

    model_config = ConfigDict(extra="forbid")

    operation: str = Field("", max_length=64)
    emergency: str = Field("", max_length=64)


@staff.get("/context", summary="What one may work on")
def choices(request: Request) -> desk.Choices:
    """Return the operations one is on, emergencies, and every purpose of the charter."""
    return desk.choices(_caller(request))


@staff.put("/context", summary="Work on something else")
def work_on(request: Request, wanted: Annotated[WorkOn, Body()]) -> desk.WorkingOn | None:
    """Set the working context. The rules decide; a no is recorded and says why."""
    return desk.work_on(_caller(request), wanted.operation, wanted.emergency)


@staff.get("/tools", summary="Tools as they stand now")
def tools(request: Request) -> list[desk.ToolNow]:
    """Return tools that are on, off or stopped, with what to do instead."""
    return desk.tools_now(_caller(request))


@staff.get("/sources", summary="How old sources are, and what would not be searched")
def sources(request: Request) -> desk.Searched:
    """Return each source, whether an answer would rest on it, and every reason why not."""
    return desk.source_ages(_caller(request))


@staff.get("/findings", summary="Results that are open to you")
def findings(
    request: Request, method: Name | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 20
) -> facts.FindingList:
    """Return the newest results that you may read for what you work on, and what they could rest on."""
    return facts.findings(_caller(request), method, limit)


@staff.get("/findings/{id}", summary="One result, whole", responses=problems(404))
def finding(request: Request, id: Id) -> dict[str, Any]:
    """Return a result with its reasons, known error and digest; a look-up, and recorded as one."""
    return facts.finding(_caller(request), id)


@staff.get("/plans", summary="Your own patrol plans")
def plans(request: Request) -> list[facts.PlanHead]:
    """Return your plans, newest first, and where each stands."""
    return facts.plans(_caller(request))


@staff.get("/plans/{reference}", summary="One plan of yours", responses=problems(404))
def plan(request: Request, reference: Id) -> facts.PlanFacts:
    """Return a plan with its places, known error, end and fallback; nobody else's."""
    return facts.plan(_caller(request), reference)


@staff.get("/look-ups", summary="What the record says of you today")
def look_ups(request: Request) -> desk.LookUps:
    """Return your own entries of today, newest first; nobody else's."""
    return desk.my_look_ups(_caller(request))


@staff.get("/why", summary="Why you may or may not open a table", responses=problems(404))
def why(request: Request, purpose: Name, table: Name) -> dict[str, Any]:
    """Return, for each permission, yes or no with every reason. Nothing is opened."""
    return facts.why(_caller(request), purpose, table)


class NoteIn(BaseModel):
    """A note for the next shift."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field(max_length=5_000)


@staff.get("/hand-over", summary="Notes of earlier shifts")
def notes(request: Request) -> list[desk.Note]:
    """Return the notes of the operation you work on, newest first."""
    return desk.hand_over_notes(_caller(request))


@staff.post("/hand-over", summary="Leave a note for the next shift", status_code=201)
def hand_over(request: Request, said: Annotated[NoteIn, Body()]) -> list[desk.Note]:
    """Leave a note for those who come next on the operation you work on; returns the notes as they now stand."""
    caller = _caller(request)
    desk.hand_over(caller, said.note)
    return desk.hand_over_notes(caller)
