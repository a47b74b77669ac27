"""Saved searches and flags at the desk, and who looked at whom for those who watch over use."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from peelian.app import desk
from peelian.app.faces import InvalidError, RefusedError
from peelian.app.finding import find_view, standing, watching
from peelian.app.finding.find_links import links_of
from peelian.app.served import Site
from peelian.web.rendering import render
from peelian.web.visits import require_visit

Text = Annotated[str, Form(max_length=200)]
Token = Annotated[str, Form(max_length=4_000)]

WATCHERS = {"professional-standards", "panel-member"}
"""Who is told what they would have to work on to see who looked; nobody else is."""

pages = APIRouter(prefix="/desk", include_in_schema=False)


def router(site: Site) -> APIRouter:
    """Return the pages."""
    return pages


def _page(request: Request, template: str, *, status: int = 200, place: str = "search", **facts: Any) -> Response:
    working_on = desk.working_on(require_visit(request).caller)
    return render(request, f"find/{template}.html", status=status, place=place, working_on=working_on, **facts)


def _see_other(address: str) -> Response:
    return RedirectResponse(address, status_code=303)


# Saved searches


@pages.get("/saved")
def saved(request: Request) -> Response:
    """List one's own saved searches."""
    return _saved(request)


def _saved(request: Request, *, error: str = "", status: int = 200) -> Response:
    rows = standing.saved_searches(require_visit(request).caller)
    return _page(request, "saved", status=status, rows=rows, error=error, days_max=standing.SAVED_DAYS_MAX)


@pages.post("/saved")
def save(request: Request, search: Token = "", name: Text = "", until: Text = "") -> Response:
    """Save the search of an answer page."""
    visit = require_visit(request)
    asked = str(links_of(visit).open("search", search)["text"])
    try:
        standing.save_search(visit.caller, asked, name, standing.read_day(until))
    except InvalidError as error:
        return _saved(request, error=f"{error.what} {error.do}", status=422)
    return _see_other("/desk/saved")


@pages.post("/saved/{saved_id}/run")
def run(request: Request, saved_id: str) -> Response:
    """Ask one again, and show what was found, what is new first."""
    visit = require_visit(request)
    ran = standing.run_search(visit.caller, saved_id)
    links = links_of(visit)
    facts: dict[str, Any] = {
        "ran": ran,
        "titles": find_view.titles(ran.answer.coverage),
        "profile_of": find_view.addresses(links, find_view.names_of(ran.answer)),
        "name_of": find_view.name_of,
        "found": sorted(ran.answer.found, key=lambda one: one.key not in ran.new),
    }
    return _page(request, "saved_run", **facts)


@pages.post("/saved/{saved_id}/end")
def end(request: Request, saved_id: str) -> Response:
    """End one."""
    standing.end_search(require_visit(request).caller, saved_id)
    return _see_other("/desk/saved")


# Flags


@pages.get("/flags")
def flags(request: Request) -> Response:
    """List one's own flags, each with who looked."""
    return _flags(request)


def _flags(request: Request, *, error: str = "", status: int = 200) -> Response:
    rows = standing.flags(require_visit(request).caller)
    return _page(request, "flags", status=status, rows=rows, error=error)


@pages.get("/flags/new/{token}")
def flag_form(request: Request, token: str) -> Response:
    """Ask what kind of flag, whom to ask, until when. Nothing is looked up for it."""
    return _flag_form(request, token)


def _flag_form(request: Request, token: str, *, error: str = "", status: int = 200, **said: str) -> Response:
    links_of(require_visit(request)).open("profile", token)
    told = {"kind": "overt", "contact": "", "title": "", "review": "", "until": ""} | said
    return _page(request, "flag_form", status=status, token=token, error=error, days_max=standing.FLAG_DAYS_MAX, **told)


@pages.post("/flags/new/{token}")
def set_flag(
    request: Request,
    token: str,
    kind: Text = "",
    contact: Text = "",
    title: Text = "",
    review: Text = "",
    until: Text = "",
) -> Response:
    """Set a flag on whom or what a page is about."""
    visit = require_visit(request)
    about, key = links_of(visit).open("profile", token)["name"]
    try:
        days = {"review_on": standing.read_day(review), "until": standing.read_day(until)}
        standing.set_flag(visit.caller, kind, about, key, contact=contact, title=title, **days)
    except InvalidError as error:
        said = {"kind": kind, "contact": contact, "title": title, "review": review, "until": until}
        return _flag_form(request, token, error=f"{error.what} {error.do}", status=422, **said)
    return _see_other("/desk/flags")


@pages.post("/flags/{flag_id}/end")
def end_flag(request: Request, flag_id: str) -> Response:
    """End one."""
    standing.end_flag(require_visit(request).caller, flag_id)
    return _see_other("/desk/flags")


# Watching over use


@pages.get("/watch")
def watch(request: Request) -> Response:
    """Show what should be looked into, and ask about whom to say who looked; or why not under what one works on."""
    try:
        return _watch(request)
    except RefusedError as error:  # those whose office it is are led here, whatever they work on at the moment
        if not WATCHERS & set(require_visit(request).roles):
            raise
        return _page(request, "watch", place="", shut=error.reasons, error="", asked="", looked=None)


@pages.post("/watch")
def who(request: Request, wanted: Text = "") -> Response:
    """Say who looked; what was typed stands in no address."""
    asked = " ".join(wanted.split())
    try:
        looked = watching.who_looked(require_visit(request).caller, asked)
    except InvalidError as error:
        return _watch(request, error=f"{error.what} {error.do}", status=422)
    return _watch(request, asked=asked, looked=looked)


def _watch(request: Request, *, error: str = "", status: int = 200, asked: str = "", looked: Any = None) -> Response:
    caller = require_visit(request).caller
    facts = {"leads": watching.leads(caller), "days": watching.DAYS, "pair_days": watching.pair_days(caller)}
    return _page(request, "watch", status=status, place="", shut=(), error=error, asked=asked, looked=looked, **facts)
