"""What people and programs are told when something does not happen."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from peelian.app.faces import InvalidError, MissingError, PeelianError, RefusedError
from peelian.web.rendering import render

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
    app.add_exception_handler(Exception, _bug)


def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, PeelianError)
    return _answer(request, error, STATUS.get(error.family, 500))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.NOT_FOUND:
        return _answer(request, page_missing(), 404)
    what = f"{HTTPStatus(error.status_code).phrase}."
    return _answer(
        request, InvalidError("request-not-understood", what, do="Go back and try again."), error.status_code
    )


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


def _bug(request: Request, error: Exception) -> Response:
    told = PeelianError(
        "page-broke",
        "This page broke. It should not have.",
        why="It is a mistake in the software, not something you did. What was recorded before it stands.",
        do="Try once more. If it breaks again, tell those who run this site when it happened.",
    )
    return _answer(request, told, 500)


def page_missing() -> MissingError:
    """Return the error for an address where there is nothing, or nothing for this visitor."""
    return MissingError(
        "page-missing",
        "There is no such page here.",
        why="The address may be mistyped or old, or what it named is not for you to see: the two are told the same.",
        do="Start from the front page.",
    )


def _answer(request: Request, error: PeelianError, status: int) -> Response:
    if request.url.path.startswith("/api/"):
        body = {"type": f"/how-we-check/errors/#{error.code}", "title": error.what, "status": status} | error.as_dict()
        return JSONResponse(body, status_code=status, media_type="application/problem+json")
    if not hasattr(request.state, "visit"):
        request.state.visit = None
    reasons = error.reasons if isinstance(error, RefusedError) else ()
    template = "stopped.html" if isinstance(error, RefusedError) else "problem.html"
    return render(request, template, status=status, error=error, reasons=reasons)
