"""Who is at the page: the visit that the cookie opens, and the proof that a form came from one of our own pages."""

from __future__ import annotations

import hmac
from typing import Protocol
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from peelian.app.caller import Caller
from peelian.app.faces import RefusedError
from peelian.app.served import Site

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Visit(Protocol):
    """Somebody signed in, for one request."""

    caller: Caller
    account: str
    roles: frozenset[str]
    csrf: str


def cookie_name(secure: bool) -> str:
    """Name the session's cookie: with the prefix that browsers only take over TLS, where there is TLS."""
    return "__Host-peelian" if secure else "peelian"


def visit_of(site: Site, cookie: str) -> Visit | None:
    """Return the visit that a cookie opens, or none."""
    return None


async def meet_visitor(request: Request) -> None:
    """Find out who is there, and for anything that changes something, that they meant it."""
    site: Site = request.app.state.site
    cookie = request.cookies.get(cookie_name(request.app.state.secure))
    request.state.visit = await run_in_threadpool(visit_of, site, cookie) if cookie else None
    if request.method not in SAFE:
        require_same_origin(request)
        if request.state.visit is not None:
            await require_token(request)


def require_same_origin(request: Request) -> None:
    """Refuse what another site's page sent: browsers say where a form came from.

    Raises
    ------
    RefusedError
        ``form-from-elsewhere``.
    """
    fetched = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    elsewhere = origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")
    if fetched not in ("same-origin", "none") or elsewhere:
        raise _from_elsewhere()


async def require_token(request: Request) -> None:
    """Refuse a form without the token that our own pages put into it.

    Raises
    ------
    RefusedError
        ``form-from-elsewhere``.
    """
    given = request.headers.get("x-csrf-token")
    if given is None and "json" not in request.headers.get("content-type", ""):
        given = (await request.form()).get("csrf")  # type: ignore[assignment]  # a file is no token: see below
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), request.state.visit.csrf.encode()):
        raise _from_elsewhere()


def _from_elsewhere() -> RefusedError:
    return RefusedError(
        "form-from-elsewhere",
        "What you sent did not come from a page of this session.",
        why="Another site could otherwise send forms in your name; so could a page left open from an earlier session.",
        do="Go back, load the page again, and send it once more.",
    )


def require_visit(request: Request) -> Visit:
    """Return who is signed in; use it as ``visit = require_visit(request)`` at the top of a handler.

    Raises
    ------
    RefusedError
        ``sign-in-needed``.
    """
    visit: Visit | None = request.state.visit
    if visit is None:
        raise RefusedError(
            "sign-in-needed",
            "This page is for staff and panel members who are signed in.",
            why="Everything done here is done by somebody, for a purpose, and recorded.",
            do="Sign in, then come back to this page.",
        )
    return visit
