"""The public site: the published folder, file by file, to anyone."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from peelian.app.served import Site
from peelian.web.errors import page_missing
from peelian.web.files import Shelf
from peelian.web.rendering import render


def router(site: Site) -> APIRouter:
    """Return the pages."""
    pages = APIRouter(include_in_schema=False)
    shelf = Shelf(lambda: site.public, "no-cache")

    @pages.get("/{path:path}")
    def published(request: Request, path: str) -> Response:
        found = shelf.answer(request, path)
        if found is not None:
            return found
        if path == "":
            return render(request, "portal/waiting.html", section="")
        raise page_missing()

    return pages
