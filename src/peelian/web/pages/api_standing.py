"""For programs: saved searches, flags, and who looked at whom, through the same use-cases and gate as the pages.

Part of version 1. What is asked for travels in the body, never in the address.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Request
from pydantic import Field

from peelian.app.finding import standing, watching
from peelian.app.finding.standing import FlagShown, Ran, SavedShown
from peelian.app.finding.watching import LeadShown, Looked
from peelian.app.served import Site
from peelian.web.pages.api import Sent, problems, staff_router
from peelian.web.visits import require_visit

Id = Annotated[str, Field(pattern="^[0-9A-HJKMNP-TV-Z]{26}$")]
Days = Annotated[int, Field(ge=1, le=366)]

staff = staff_router(401, 403, 413, 422)


def router(site: Site) -> APIRouter:
    """Return the addresses for programs."""
    return staff


class SavedSearchIn(Sent):
    """What to look for, what you call it, and the day on which it ends."""

    text: str = Field(min_length=2, max_length=200)
    name: str = Field(default="", max_length=200)
    until: date


class StandingIn(Sent):
    """A saved search or a flag, by its number."""

    id: Id


class FlagIn(Sent):
    """A flag: what kind, on whom or what, whom to ask, when to look at it again and when it ends."""

    kind: Literal["overt", "covert"]
    about: Literal["person", "vehicle", "phone", "address"]
    key: str = Field(min_length=1, max_length=200)
    contact: str = Field(default="", max_length=200)
    title: str = Field(default="", max_length=200)
    review_on: date
    until: date


class WhoLookedIn(Sent):
    """Somebody or something, as one would type it, and how many days back."""

    text: str = Field(min_length=2, max_length=200)
    days: Days = watching.DAYS


class LeadsIn(Sent):
    """How many days back."""

    days: Days = watching.DAYS


@staff.get("/saved-searches", summary="Your saved searches")
def saved_searches(request: Request) -> list[SavedShown]:
    """Return them, newest first; what one was for is gone once it is over."""
    return standing.saved_searches(require_visit(request).caller)


@staff.post("/saved-searches", summary="Save a search")
def save_search(request: Request, wanted: Annotated[SavedSearchIn, Body()]) -> SavedShown:
    """Save it for what you work on, until a day."""
    return standing.save_search(require_visit(request).caller, wanted.text, wanted.name, wanted.until)


@staff.post("/saved-searches/run", summary="Ask a saved search again", responses=problems(404))
def run_search(request: Request, wanted: Annotated[StandingIn, Body()]) -> Ran:
    """Return what it finds with the rights that you have now, and what of it is new."""
    return standing.run_search(require_visit(request).caller, wanted.id)


@staff.post("/saved-searches/end", summary="End a saved search", status_code=204, responses=problems(404))
def end_search(request: Request, wanted: Annotated[StandingIn, Body()]) -> None:
    """End it: what it was for is destroyed."""
    standing.end_search(require_visit(request).caller, wanted.id)


@staff.get("/flags", summary="Your flags, and who looked")
def flags(request: Request) -> list[FlagShown]:
    """Return them, newest first, each with the look-ups of others since it was set. Recorded."""
    return standing.flags(require_visit(request).caller)


@staff.post("/flags", summary="Set a flag", responses=problems(404))
def set_flag(request: Request, wanted: Annotated[FlagIn, Body()]) -> FlagShown:
    """Set a deconfliction flag for the operation that you work on."""
    return standing.set_flag(
        require_visit(request).caller,
        wanted.kind,
        wanted.about,
        wanted.key,
        contact=wanted.contact,
        review_on=wanted.review_on,
        until=wanted.until,
        title=wanted.title,
    )


@staff.post("/flags/end", summary="End a flag", status_code=204, responses=problems(404))
def end_flag(request: Request, wanted: Annotated[StandingIn, Body()]) -> None:
    """End it."""
    standing.end_flag(require_visit(request).caller, wanted.id)


@staff.post("/who-looked", summary="Who looked for somebody or something")
def who_looked(request: Request, wanted: Annotated[WhoLookedIn, Body()]) -> list[Looked]:
    """Return it for professional standards and the panel, newest first. Recorded; opens no source."""
    return watching.who_looked(require_visit(request).caller, wanted.text, wanted.days)


@staff.post("/leads", summary="What should be looked into")
def leads(request: Request, wanted: Annotated[LeadsIn, Body()]) -> list[LeadShown]:
    """Return it for professional standards and the panel, newest first. A lead proves nothing. Recorded."""
    return watching.leads(require_visit(request).caller, wanted.days)
