"""Pages that no user meets: every component on one page, every frame, everything that can go wrong. For tests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from peelian.app.pages import make_environment
from peelian.app.served import Site
from peelian.core.errors import ExpiredError, LimitError, Reason, RefusedError, TamperedError
from peelian.web.rendering import TEMPLATES
from peelian.web.visits import require_visit

SECRET = "Mary Example, 12 Mill Road"
"""What an error's own message might hold."""


def router(site: Site) -> APIRouter:
    """Return the pages."""
    return pages


pages = APIRouter(include_in_schema=False)
_environment = make_environment(Path(__file__).parent, TEMPLATES)


def _show(request: Request, template: str) -> HTMLResponse:
    visit = request.state.visit
    facts = {"force": "Northmere Police", "demonstration": True, "visit": visit, "csrf": visit.csrf if visit else ""}
    working_on = {"title": "Patrol planning, Eastgate", "purpose": "burglary-prevention", "until": "18:00"}
    html = _environment.get_template(template).render(facts | {"working_on": working_on, "place": "desk"})
    return HTMLResponse(html)


@pages.get("/gallery")
def components(request: Request) -> Response:
    """Show every component."""
    return _show(request, "components_page.html")


@pages.get("/gallery/desk")
def desk(request: Request) -> Response:
    """Show the desk's frame."""
    return _show(request, "desk_page.html")


@pages.get("/gallery/panel")
def panel(request: Request) -> Response:
    """Show the panel room's frame."""
    return _show(request, "panel_page.html")


@pages.get("/gallery/members")
def members(request: Request) -> Response:
    """Show who is signed in."""
    return HTMLResponse(require_visit(request).account)


@pages.post("/gallery/act")
def act(request: Request, word: Annotated[str, Form()]) -> Response:
    """Do something in somebody's name."""
    return HTMLResponse(f"{require_visit(request).account} did it")


@pages.get("/gallery/stopped")
@pages.get("/api/gallery/stopped")
def stopped() -> Response:
    """Be stopped by two rules."""
    raise RefusedError(
        "refused-by-rule",
        "You asked for a forecast from drugs offences. Nothing was opened.",
        why="2 rules said no. The refusal is recorded.",
        reasons=[
            Reason(
                "police-initiated-offence",
                "Red line 3. Offences that police activity itself discovers are never forecast from.",
                "the oversight panel, by a published and signed ruling",
                "Choose an offence that people report: burglary, robbery, vehicle crime.",
            ),
            Reason(
                "outside-mandate",
                "The permission for patrol places covers burglary only.",
                "the force's senior responsible officer",
                "Ask for a permission that covers it, with its test.",
            ),
        ],
    )


@pages.get("/gallery/expired")
def expired() -> Response:
    """Come too late."""
    reason = Reason(
        "mandate-expired", "The permission for patrol places ended on 3 March 2027.", "the elected body", ""
    )
    raise ExpiredError("authority-ended", "Patrol places are off.", reasons=[reason])


@pages.get("/gallery/limit")
def limit() -> Response:
    """Ask for too much."""
    raise LimitError(
        "too-many", "You asked for more than 200 at once.", why="A sweep is not a look-up.", do="Ask for fewer."
    )


@pages.get("/gallery/tampered")
def tampered() -> Response:
    """Meet evidence that does not agree with itself."""
    raise TamperedError("root-mismatch", "The record does not agree with itself.", do="Tell the oversight panel.")


@pages.get("/gallery/broken")
@pages.get("/api/gallery/broken")
def broken() -> Response:
    """Break, with a name in the message."""
    raise ValueError(SECRET)
