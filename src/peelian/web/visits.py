"""Who is at the page: the visit that the cookie opens, and the proof that a form came from one of our own pages."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from peelian.app.faces import ExpiredError, RefusedError
from peelian.app.served import Site
from peelian.app.signing import Visit, cookie_name, is_own_request, visit_of

__all__ = ["Visit", "meet_visitor", "require_visit"]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


async def meet_visitor(request: Request) -> AsyncIterator[None]:
    """Find out who is there; and for anything that changes something, that they meant it, and that it is published.

    A request that brings no cookie and changes nothing costs nothing here.
    """
    site = site_of(request)
    bearer = _bearer(request)
    cookie = bearer or request.cookies.get(cookie_name(tls=request.app.state.secure))
    request.state.visit = await run_in_threadpool(_meet, site, cookie) if cookie else None
    request.state.had_cookie = cookie is not None
    if request.method not in SAFE and bearer is None:  # no browser sends a bearer by itself: nothing to forge
        require_own_page(request)
        if request.state.visit is not None:
            await require_token(request)
    yield
    if request.method not in SAFE:
        site.stir()


def _bearer(request: Request) -> str | None:
    """Return the secret that a program sends instead of a cookie; pages take none, and an empty one is none."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() or None if scheme.lower() == "bearer" and request.url.path.startswith("/api/") else None


def _meet(site: Site, cookie: str) -> Visit | None:
    site.follow_charter()
    return visit_of(site, cookie)


def site_of(request: Request) -> Site:
    """Return the deployment that is served."""
    site: Site = request.app.state.site
    return site


def require_own_page(request: Request) -> None:
    """Refuse what another site's page sent: browsers say where a form came from.

    Raises
    ------
    RefusedError
        ``form-from-elsewhere``.
    """
    if not is_own_request(request.headers, str(request.base_url)):
        raise _from_elsewhere()


async def require_token(request: Request) -> None:
    """Refuse a form without the token that our own pages put into it.

    Raises
    ------
    RefusedError
        ``form-from-elsewhere``.
    """
    given: object = request.headers.get("x-csrf-token")
    if given is None and "json" not in request.headers.get("content-type", ""):
        given = (await request.form()).get("csrf")
    if not isinstance(given, str) or not request.state.visit.takes(given):
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
        ``sign-in-needed``, ``visit-ended`` (an ExpiredError).
    """
    visit: Visit | None = request.state.visit
    if visit is None and request.state.had_cookie:
        raise ExpiredError(
            "visit-ended",
            "Your session has ended.",
            why="It ends after an hour without a click, after a shift, and when you sign out.",
            do="Sign in again.",
        )
    if visit is None:
        raise RefusedError(
            "sign-in-needed",
            "This page is for staff and panel members who are signed in.",
            why="Everything done here is done by somebody, for a purpose, and recorded.",
            do="Sign in, then come back to this page.",
        )
    return visit


PANEL = frozenset({"panel-member", "information-commissioner"})


def home_of(visit: Visit | None) -> str:
    """Return the address of a visitor's own first page, without the slash it begins with."""
    if visit is None:
        return ""
    return "panel" if visit.roles & PANEL else "desk"
