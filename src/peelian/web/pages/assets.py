"""Style sheets, scripts and pictures. Names bear a hash of what the file holds, so a browser may keep it for ever."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from peelian.app.pages import STATIC
from peelian.app.served import Site
from peelian.web.errors import page_missing
from peelian.web.files import Shelf


def router(site: Site) -> APIRouter:
    """Return the pages."""
    pages = APIRouter(include_in_schema=False)
    shelf = Shelf(lambda: STATIC, "public, max-age=31536000, immutable")

    @pages.get("/assets/{name}")
    def asset(request: Request, name: str) -> Response:
        found = shelf.answer(request, name)
        if found is None:
            raise page_missing()
        return found

    return pages
