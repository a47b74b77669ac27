"""For programs: what the words on a page may name, and what is said of one record. Part of version 1."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Request
from pydantic import Field

from peelian.app.corrections import amend
from peelian.app.finding import suggestions
from peelian.app.finding.suggestions import SpanRef, Suggested
from peelian.app.served import Site
from peelian.web.pages.api import Sent, problems, staff_router
from peelian.web.pages.api_find import NameIn
from peelian.web.visits import require_visit, site_of

staff = staff_router(401, 403, 413, 422)


def router(site: Site) -> APIRouter:
    """Return the addresses for programs."""
    return staff


class SpanIn(Sent):
    """A span of a text as a suggestion gives it, what you find of it, and why."""

    table: Literal["incident_text", "intelligence_text", "call_text"]
    record: str = Field(pattern="^[0-9a-f]{32}$")
    start: int = Field(ge=0, le=1_000_000)
    end: int = Field(ge=1, le=1_000_000)
    kind: Literal["plate", "phone", "address", "name"]
    verdict: Literal["confirmed", "rejected"]
    reason: str = Field(max_length=40)
    who: str = Field(default="", max_length=200, description="Key of whom a name means.")


class RecordIn(Sent):
    """What is to be said of a record, and why: see the commands under ``peelian record``."""

    act: Literal["contest", "restrict", "correct", "hold", "lift"]
    key: str = Field(min_length=1, max_length=100)
    reason: str = Field(min_length=10, max_length=2_000)
    column: str = Field(default="", max_length=100)
    value: str = Field(default="", max_length=12_000)
    under: str = Field(default="", max_length=64)


@staff.post("/suggestions", summary="What the words on a page may name", responses=problems(404))
def suggest(request: Request, wanted: Annotated[NameIn, Body()]) -> Suggested:
    """Return suggestions by pattern, each with its span and why; each thing is looked up, and recorded."""
    return suggestions.suggest(require_visit(request).caller, wanted.kind, wanted.key)


@staff.post("/suggestions/judged", summary="Say of a suggestion that it is so, or not", status_code=204,
            responses=problems(404))  # fmt: skip
def judge_suggestion(request: Request, wanted: Annotated[SpanIn, Body()]) -> None:
    """Enter what you found of it, and why."""
    ref = SpanRef(wanted.table, wanted.record, wanted.start, wanted.end, wanted.kind)
    suggestions.judge(require_visit(request).caller, ref, wanted.verdict, wanted.reason, wanted.who)


@staff.post("/records/said", summary="Contest, restrict, correct, hold or lift one record", responses=problems(404))
def say_of_record(request: Request, wanted: Annotated[RecordIn, Body()]) -> dict[str, Any]:
    """Do it under your duty, and return the receipt: what became of the record and of all that rested on it."""
    caller = require_visit(request).caller
    receipt = amend.answer(caller, wanted.act, wanted.key, wanted.reason, wanted.column, wanted.value, wanted.under)
    site_of(request).stir()
    return receipt
