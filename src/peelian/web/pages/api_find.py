"""For programs: looking things up, through the same use-cases and the same gate as the pages. Part of version 1.

What is asked for travels in the body, never in the address: an address ends in logs. Each call is a look-up and is
recorded as one.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Request
from pydantic import Field

from peelian.app.finding import find
from peelian.app.finding.find import Answer, CheckTable, IncidentPage, Profile
from peelian.app.served import Site
from peelian.web.pages.api import Sent, problems, staff_router
from peelian.web.visits import require_visit

Kind = Literal["person", "organisation", "vehicle", "phone", "address"]
Key = Annotated[str, Field(min_length=1, max_length=200)]

staff = staff_router(401, 403, 413, 422)


def router(site: Site) -> APIRouter:
    """Return the addresses for programs."""
    return staff


class SearchIn(Sent):
    """What to look for, as one would type it into the box."""

    text: str = Field(min_length=1, max_length=200)


class NameIn(Sent):
    """Who or what: the kind and the key of something that was found."""

    kind: Kind
    key: Key


class IncidentIn(Sent):
    """An address, or the number of a call."""

    what: str = Field(min_length=1, max_length=200)


class ListIn(Sent):
    """Plates, phone numbers, names or references, one an item."""

    lines: list[Annotated[str, Field(max_length=200)]] = Field(min_length=1, max_length=1_000)


@staff.post("/search", summary="Look for people, organisations, vehicles, phones, addresses, events and words")
def search(request: Request, wanted: Annotated[SearchIn, Body()]) -> Answer:
    """Return what may match with the reason and the source, and what was not searched."""
    return find.search(require_visit(request).caller, wanted.text)


@staff.post("/profile", summary="One person, organisation, vehicle, phone or address", responses=problems(404))
def profile(request: Request, wanted: Annotated[NameIn, Body()]) -> Profile:
    """Return what may be shown of it for what you work on, warnings first."""
    return find.profile(require_visit(request).caller, wanted.kind, wanted.key)


@staff.post("/incident-page", summary="What somebody at a door needs to know", responses=problems(404))
def incident_page(request: Request, wanted: Annotated[IncidentIn, Body()]) -> IncidentPage:
    """Return warnings, people and children, orders, calls and vehicles of an address or a call."""
    return find.incident_page(require_visit(request).caller, wanted.what)


@staff.post("/check-list", summary="Check a list, each line a look-up of its own")
def check_list(request: Request, wanted: Annotated[ListIn, Body()]) -> CheckTable:
    """Return for each line whether it was found, and why."""
    return find.check_list(require_visit(request).caller, wanted.lines)
