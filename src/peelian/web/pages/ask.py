"""Questions that anybody may ask, answered live: was my area on a patrol plan."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from peelian.app.faces import InvalidError
from peelian.app.patrol.area import ask_area, delay_days
from peelian.app.served import Site
from peelian.web.rendering import render


def router(site: Site) -> APIRouter:
    """Return the pages."""
    pages = APIRouter(include_in_schema=False)

    @pages.get("/ask/area")
    @pages.get("/ask/area/")
    def form(request: Request) -> Response:
        return _page(request, site)

    # Sent and not put into the address: what somebody asks about their street stays out of histories and logs.
    @pages.post("/ask/area")
    @pages.post("/ask/area/")
    def answer(request: Request, asked: Annotated[str, Form(max_length=200)] = "") -> Response:
        try:
            return _page(request, site, asked=asked, answer=ask_area(site.gate, asked, site.place.folder))
        except InvalidError as error:
            return _page(request, site, asked=asked, error=error, status=422)

    return pages


def _page(request: Request, site: Site, *, status: int = 200, **facts: Any) -> Response:
    shared = {"asked": "", "answer": None, "error": None, "days": delay_days(site.gate)}
    return render(request, "ask/area.html", status=status, **(shared | facts))
