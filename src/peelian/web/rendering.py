"""From facts to a page: one function that every handler ends with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from peelian.app.pages import make_environment
from peelian.app.served import Site

TEMPLATES = Path(__file__).parent / "templates"


class Renderer:
    """The templates of one deployment's pages."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.environment = make_environment(TEMPLATES)

    def html(self, template: str, facts: dict[str, Any]) -> str:
        """Return a page's text."""
        law = self.site.charter
        shared = {"force": law.force.name, "demonstration": law.force.demonstration}
        shared |= {"real_parts": law.force.real_parts}
        shared |= {"papers_public_days": law.publication.papers_public_days}
        shared |= {"timezone": law.jurisdiction.timezone}
        return self.environment.get_template(template).render(shared | facts)


def render(request: Request, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
    """Answer with a page.

    Every page is given ``visit`` (None when nobody is signed in), ``csrf`` (goes into each form), ``force``,
    ``demonstration`` and ``path``, beside the facts named here.
    """
    visit = getattr(request.state, "visit", None)
    given = {"visit": visit, "csrf": visit.csrf if visit else "", "path": request.url.path}
    return HTMLResponse(request.app.state.renderer.html(template, given | facts), status_code=status)
