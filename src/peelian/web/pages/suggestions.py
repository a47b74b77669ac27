"""What the words on a page may name: suggestions, each with its span, until a person says what it is."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from peelian.app import desk
from peelian.app.finding import find_view, suggestions
from peelian.app.finding.find_links import links_of
from peelian.app.finding.suggestions import SpanRef
from peelian.app.served import Site
from peelian.web.rendering import render
from peelian.web.visits import require_visit

Word = Annotated[str, Form(max_length=64)]
Place = Annotated[int, Form(ge=0, le=1_000_000)]

pages = APIRouter(prefix="/desk/profile", include_in_schema=False)


def router(site: Site) -> APIRouter:
    """Return the pages."""
    return pages


@pages.get("/{token}/suggestions")
def shown(request: Request, token: str) -> Response:
    """Show what the words on a page may name."""
    visit = require_visit(request)
    links = links_of(visit)
    kind, key = links.open("profile", token)["name"]
    told = suggestions.suggest(visit.caller, kind, key)
    names = find_view.names_in(f for one in told.suggestions for f in one.known)
    facts: dict[str, Any] = {
        "told": told,
        "token": token,
        "reasons": suggestions.REASONS,
        "titles": find_view.titles(told.coverage),
        "profile_of": find_view.addresses(links, names),
        "name_of": find_view.name_of,
        "working_on": desk.working_on(visit.caller),
    }
    return render(request, "find/suggestions.html", place="search", **facts)


@pages.post("/{token}/suggestions")
def judge(
    request: Request,
    token: str,
    table: Word,
    record: Word,
    start: Place,
    end: Place,
    kind: Word,
    said: Word = "",
    who: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Take what somebody says of one: a verdict and a reason for it, chosen together."""
    verdict, _, reason = said.partition(":")
    suggestions.judge(require_visit(request).caller, SpanRef(table, record, start, end, kind), verdict, reason, who)
    return RedirectResponse(f"/desk/profile/{token}/suggestions", status_code=303)
