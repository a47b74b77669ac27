"""Signing in and out: by passphrase, by a link or a token made with one's own key."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from peelian.app.faces import InvalidError, LimitError, MissingError, PeelianError, RefusedError
from peelian.app.served import Site
from peelian.app.signing import (
    LINK_PATH,
    Cookie,
    change_passphrase,
    cookie_name,
    see_link,
    sign_in_web,
    sign_out,
    use_link,
    use_token,
)
from peelian.web.rendering import render
from peelian.web.visits import home_of, require_visit, site_of

_LOCAL = re.compile(r"/[A-Za-z0-9._~/-]*")

Text = Annotated[str, Form(max_length=5_000)]
Next = Annotated[str, Form(alias="next", max_length=500)]


pages = APIRouter(include_in_schema=False)


def router(site: Site) -> APIRouter:
    """Return the pages."""
    return pages


@pages.get("/sign-in")
def form(request: Request, next: str = "", ended: str = "", out: str = "") -> Response:
    """Show the form."""
    return _form(request, then=next, ended=bool(ended), out=bool(out))


@pages.post("/sign-in")
def by_passphrase(request: Request, account: Text = "", passphrase: Text = "", then: Next = "") -> Response:
    """Sign in with a passphrase."""
    account = account.strip()
    missing = _missing(account=account, passphrase=passphrase)
    if missing:
        return _form(request, status=422, then=then, account=account, errors=missing)
    secure, brought = _ways(request)

    def enter() -> Cookie:
        return sign_in_web(site_of(request), account, passphrase, _from(request), tls=secure, replacing=brought)

    return _enter(request, enter, then, account=account)


@pages.post("/sign-in/token")
def by_token(request: Request, token: Text = "", then: Next = "") -> Response:
    """Sign in with a token made elsewhere."""
    secure, brought = _ways(request)
    return _enter(
        request, lambda: use_token(site_of(request), token, _from(request), tls=secure, replacing=brought), then
    )


@pages.get(LINK_PATH + "{token}")
def link(request: Request, token: str) -> Response:
    """Say whom a link is for. Looking does not use it up: mail programs look at links, too."""
    return render(request, "signing/link.html", link=see_link(site_of(request), token), address=request.url.path)


@pages.post(LINK_PATH + "{token}")
def by_link(request: Request, token: str) -> Response:
    """Use a link up."""
    secure, brought = _ways(request)
    return _welcome(use_link(site_of(request), token, _from(request), tls=secure, replacing=brought), "")


@pages.get("/signed-in")
def onward(request: Request) -> Response:
    """Go to the visitor's own first page."""
    return RedirectResponse("/" + home_of(require_visit(request)), status_code=303)


@pages.post("/sign-out")
def leave(request: Request) -> Response:
    """Sign out."""
    secure, brought = _ways(request)
    return _with(RedirectResponse("/sign-in?out=1", 303), sign_out(site_of(request), brought, tls=secure))


@pages.get("/passphrase")
def passphrase_form(request: Request, done: str = "") -> Response:
    """Show the form for another passphrase."""
    require_visit(request)
    return render(request, "signing/passphrase.html", errors=[], done=bool(done))


@pages.post("/passphrase")
def passphrase_change(request: Request, old: Text = "", new: Text = "") -> Response:
    """Lock the visitor's key with another passphrase."""
    visit = require_visit(request)
    try:
        change_passphrase(site_of(request), visit, old, new, _from(request))
    except (InvalidError, RefusedError, LimitError) as error:
        errors = [(_said(error), "new" if isinstance(error, InvalidError) else "old")]
        return render(request, "signing/passphrase.html", status=422, errors=errors, done=False)
    return RedirectResponse("/passphrase?done=1", status_code=303)


def _form(
    request: Request,
    *,
    status: int = 200,
    then: str = "",
    account: str = "",
    errors: list[tuple[str, str]] | None = None,
    ended: bool = False,
    out: bool = False,
) -> Response:
    facts = {"account": account, "errors": errors or [], "ended": ended, "out": out, "then": local_path(then)}
    return render(request, "signing/sign_in.html", status=status, **facts)


def _missing(**fields: str) -> list[tuple[str, str]]:
    words = {"account": "Enter your account", "passphrase": "Enter your passphrase"}
    return [(words[name], name) for name, value in fields.items() if not value]


def _enter(request: Request, enter: Callable[[], Cookie], then: str, account: str = "") -> Response:
    """Let somebody in, or show the form again with what was said."""
    try:
        return _welcome(enter(), then)
    except (RefusedError, LimitError, MissingError) as error:
        field = "account" if account else "token"
        status = 429 if isinstance(error, LimitError) else 403
        return _form(request, status=status, then=then, account=account, errors=[(_said(error), field)])


def _welcome(cookie: Cookie, then: str) -> Response:
    return _with(RedirectResponse(local_path(then) or "/signed-in", status_code=303), cookie)


def _with(response: Response, cookie: Cookie) -> Response:
    response.headers.append("set-cookie", cookie.header())
    return response


def _said(error: PeelianError) -> str:
    return f"{error.what} {error.do}" if isinstance(error, (InvalidError, LimitError)) else error.what


def _from(request: Request) -> str:
    """Return where a request comes from, as the connection says; a header could say anything."""
    return request.client.host if request.client else ""


def _ways(request: Request) -> tuple[bool, str | None]:
    """Return whether TLS is under the request, and the cookie it brought."""
    secure = bool(request.app.state.secure)
    return secure, request.cookies.get(cookie_name(tls=secure))


def local_path(path: str) -> str:
    """Return a path of this site to go on to; nothing for any other address."""
    return path if _LOCAL.fullmatch(path) and not path.startswith("//") else ""
