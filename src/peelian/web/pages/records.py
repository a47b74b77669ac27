"""What somebody asks about a record of theirs: contest, restrict, correct, hold; for the data protection officer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from peelian.app import desk
from peelian.app.corrections import amend
from peelian.app.linking.relinking import say_relinked
from peelian.app.served import Site
from peelian.web.rendering import render
from peelian.web.visits import require_visit, site_of

Word = Annotated[str, Form(max_length=200)]
Words = Annotated[str, Form(max_length=12_000)]

FIELDS = ("act", "key", "reason", "column", "value", "under")

pages = APIRouter(prefix="/desk/records", include_in_schema=False)


def router(site: Site) -> APIRouter:
    """Return the pages."""
    return pages


@pages.get("")
def show(request: Request) -> Response:
    """Show the form on which a request about one record is answered."""
    return _page(request)


@pages.post("")
def answer(
    request: Request,
    act: Word = "",
    key: Word = "",
    reason: Words = "",
    column: Word = "",
    value: Words = "",
    under: Word = "",
) -> Response:
    """Say something of one record, and show the receipt."""
    said = {"act": act, "key": key.strip(), "reason": reason, "column": column.strip(), "value": value, "under": under}
    errors = _missing(said)
    if errors:
        return _page(request, said=said, errors=errors, status=422)
    receipt = amend.answer(require_visit(request).caller, **said)
    site_of(request).stir()
    return _page(request, receipt=receipt)


def _missing(said: dict[str, str]) -> list[tuple[str, str]]:
    asked = [
        (said["act"] in amend.ACTS, "Choose what is to be done.", "act"),
        (said["key"], "Give the record’s key.", "key"),
        (len(said["reason"].strip()) >= 10, "Say why, in a sentence.", "reason"),
        (said["act"] != "correct" or said["column"], "Name the column that is wrong.", "column"),
        (said["act"] != "hold" or said["under"], "Choose the permission that holds it.", "under"),
    ]
    return [(what, field) for there, what, field in asked if not there]


def _page(
    request: Request,
    *,
    said: dict[str, str] | None = None,
    receipt: dict[str, Any] | None = None,
    errors: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> Response:
    caller = require_visit(request).caller
    shown: dict[str, Any] = {"said": said or dict.fromkeys(FIELDS, ""), "receipt": receipt, "errors": errors or []}
    open_now = amend.objections(caller)
    shown |= {"objections": open_now, "late": sum(bool(one["late"]) for one in open_now)}
    shown["links_now"] = "; ".join(say_relinked(receipt.get("relinked"))) if receipt else ""
    working_on = desk.working_on(caller)
    return render(
        request, "desk/records.html", status=status, place="", working_on=working_on, holds=amend.holds(caller), **shown
    )
