"""What people and programs are told when something does not happen."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from peelian.app.desk import working_on
from peelian.app.faces import InvalidError, MissingError, PeelianError, RefusedError
from peelian.app.finding.uploads import BYTES_MAX, too_large
from peelian.web.rendering import render
from peelian.web.visits import Visit, home_of

SIGN_IN_FIRST = frozenset({"sign-in-needed", "visit-ended", "session-ended", "not-signed-in"})
ENDED = frozenset({"visit-ended", "session-ended"})

RECORDED = frozenset({"refused-by-rule", "authority-ended", "sign-in-refused", "own-view-first"})
"""Refusals that the gate has entered in the record. The others were stopped at the page, before the door."""

LEADS_TO = {"own-view-first": "desk/patrol-places"}
"""Reason -> the page on which what it asks for is done."""

TOO_OFTEN = frozenset({"sign-in-too-often"})

STATUS = {
    "invalid": 422,
    "missing": 404,
    "refused": 403,
    "expired": 403,
    "limit": 413,
    "tampered": 503,
    "stopped": 503,
}
"""Family of error -> what HTTP calls it."""


def tell_errors(app: FastAPI) -> None:
    """Have every error told as a page, or to programs as ``application/problem+json`` (RFC 9457)."""
    app.add_exception_handler(PeelianError, _told)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _malformed)


def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, PeelianError)
    status = 429 if error.code in TOO_OFTEN else STATUS.get(error.family, 500)
    if is_for_programs(request) and error.code in SIGN_IN_FIRST:
        status = 401
    return _answer(request, error, status)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.NOT_FOUND:
        return _answer(request, page_missing(), 404)
    what = f"{HTTPStatus(error.status_code).phrase}."
    told = InvalidError("request-not-understood", what, do="Go back and try again.")
    answer = _answer(request, told, error.status_code)
    answer.headers.update(error.headers or {})  # which methods there are, say
    return answer


def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = sorted({str(e["loc"][-1]) for e in error.errors()})  # names of fields, never what was typed into them
    told = InvalidError(
        "form-incomplete",
        "Something is missing from what you sent, or is not of the form it should have.",
        why=f"Look at: {', '.join(fields)}.",
        do="Go back, fill it in, and send it once more.",
        facts={"fields": ", ".join(fields)},
    )
    return _answer(request, told, 422)


def tell_bug(request: Request) -> Response:
    """Answer a request whose page broke; what the error itself said may hold a value, and is not told."""
    told = PeelianError(
        "page-broke",
        "This page broke. It should not have.",
        why="It is a mistake in the software, not something you did. What was recorded before it stands.",
        do="Try once more. If it breaks again, tell those who run this site when it happened.",
    )
    return _answer(request, told, 500)


def tell_too_large(request: Request) -> Response:
    """Answer a request with too large a file, of which nothing was read."""
    return _answer(request, too_large(f"has more than {BYTES_MAX >> 20} MiB"), 413)


def page_missing() -> MissingError:
    """Return the error for an address where there is nothing, or nothing for this visitor."""
    return MissingError(
        "page-missing",
        "There is no such page here.",
        why="The address may be mistyped or old, or what it named is not for you to see: the two are told the same.",
        do="Start from the front page.",
    )


def _answer(request: Request, error: PeelianError, status: int) -> Response:
    if is_for_programs(request):
        body = {"type": f"/how-we-check/errors/#{error.code}", "title": error.what, "status": status} | error.as_dict()
        headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
        return JSONResponse(body, status_code=status, media_type="application/problem+json", headers=headers)
    if not hasattr(request.state, "visit"):
        request.state.visit = None
    if error.code in SIGN_IN_FIRST:
        return _sign_in_first(request, error)
    facts = {"error": error, "home": home_of(request.state.visit), "recorded": error.code in RECORDED}
    facts |= _frame(request.state.visit)
    if not isinstance(error, RefusedError):
        return render(request, "problem.html", status=status, **facts)
    facts |= {"reasons": error.reasons, "steps": steps_of(error), "ways": ways_of(error)}
    return render(request, "stopped.html", status=status, **facts)


def _frame(visit: Visit | None) -> dict[str, object]:
    """Return the frame that a visitor knows, with what they work on: that is often why they were stopped."""
    if visit is None:
        return {"frame": "layout.html"}
    try:
        room = "_panel_layout.html" if home_of(visit) == "panel" else "_desk_layout.html"
        return {"frame": room, "working_on": working_on(visit.caller)}
    except PeelianError:
        return {"frame": "layout.html"}


def _sign_in_first(request: Request, error: PeelianError) -> Response:
    """Send a reader to the sign-in page and back; tell a writer that nothing was sent."""
    ended = error.code in ENDED
    if request.method == "GET":
        asked = {"next": request.url.path} | ({"ended": "1"} if ended else {})
        return RedirectResponse("/sign-in?" + urlencode(asked), status_code=303)
    return render(request, "signing/ended.html", status=403, error=error)


def is_for_programs(request: Request) -> bool:
    """Say whether a program asked, not a person's browser."""
    return request.url.path.startswith("/api/")


def steps_of(error: RefusedError) -> list[str]:
    """Return what somebody who was stopped can do now, each once, in the order of the rules."""
    steps = [r.do for r in error.reasons if r.do]
    if not steps and error.do:
        steps = [error.do]
    return list(dict.fromkeys(steps))


def ways_of(error: RefusedError) -> dict[str, str]:
    """Return the steps of :func:`steps_of` that are done on a page, each with its address."""
    told = {r.do: LEADS_TO[r.code] for r in error.reasons if r.code in LEADS_TO and r.do}
    return told or ({error.do: LEADS_TO[error.code]} if error.code in LEADS_TO else {})
