"""The web application of one deployment: which pages there are, and what holds for all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import Depends, FastAPI
from starlette.formparsers import MultiPartParser

from peelian.app.finding.uploads import BYTES_MAX
from peelian.app.served import Site
from peelian.web.errors import tell_bug, tell_errors, tell_too_large
from peelian.web.pages import PAGES
from peelian.web.rendering import Renderer
from peelian.web.security import Shield
from peelian.web.visits import meet_visitor

THREADS = 8
"""Handlers at work at the same time. Two cores serve no more any faster; the rest wait in line."""

BODY_MAX = 1_000_000
"""Bytes that a form or a message may have."""

FILE_MAX = BYTES_MAX + BODY_MAX
"""Bytes that a form with a file may have: the largest file that is read, and what stands beside it."""

TAKE_FILES = ("/desk/case-files", "/desk/check-list", "/api/v1/case-files", "/api/v1/case-files/preview")
"""Addresses that take a file."""


def create_app(
    site: Site, *, hosts: frozenset[str] = frozenset(), secure: bool = False, pages: Sequence[Any] = PAGES
) -> FastAPI:
    """Return the application.

    Parameters
    ----------
    hosts : frozenset of str
        Names under which it answers; any when empty (for tests).
    secure : bool
        Whether it is reached by TLS: cookies then say so, and browsers are told to come back no other way.
    pages : sequence of modules
        What there is, each with ``router(site)``; the first that knows an address answers.
    """
    app = FastAPI(
        title="Peelian",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=True,
        dependencies=[Depends(meet_visitor)],
        lifespan=_bounded,
    )
    app.state.site = site
    app.state.secure = secure
    app.state.renderer = Renderer(site)
    tell_errors(app)
    for page in pages:
        app.include_router(page.router(site))
    files = dict.fromkeys(TAKE_FILES, FILE_MAX)
    app.add_middleware(
        Shield, hosts=hosts, secure=secure, body_max=BODY_MAX, files=files, too_large=tell_too_large, broken=tell_bug
    )
    MultiPartParser.spool_max_size = FILE_MAX  # a file that is brought is in memory alone, and on no disk
    return app


@asynccontextmanager
async def _bounded(app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    yield
