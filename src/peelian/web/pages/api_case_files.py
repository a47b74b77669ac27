"""For programs: files of the case that one works on. Part of version 1.

A file is sent as ``multipart/form-data``, up to 5 MB; everything else travels in the body as JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Body, File, Form, Request, UploadFile
from pydantic import Field

from peelian.app.faces import Caller
from peelian.app.finding import case_files
from peelian.app.finding.case_files import CaseFile, Opened
from peelian.app.finding.find import CheckTable
from peelian.app.finding.uploads import Uploaded
from peelian.app.served import Site
from peelian.web.pages.api import problems, staff_router
from peelian.web.pages.api_standing import StandingIn
from peelian.web.visits import require_visit

staff = staff_router(401, 403, 413, 422)


def router(site: Site) -> APIRouter:
    """Return the addresses for programs."""
    return staff


@dataclass(frozen=True)
class ColumnGuess:
    """A column of a file, and what it may hold; empty for one that is left out."""

    column: str
    means: str


@dataclass(frozen=True)
class Flagged:
    """What the scanner says of a file, by column and count; never a value."""

    code: str
    what: str
    count: int


@dataclass(frozen=True)
class Preview:
    """A file as it was read; nothing of it is kept."""

    rows: int
    rejected: int
    columns: list[ColumnGuess]
    flags: list[Flagged]


@dataclass(frozen=True)
class JoinedPart:
    """What came of holding a column against the holdings, and where to go on; nowhere when it is all of it."""

    table: CheckTable
    entry: int
    first: int
    count: int
    next: int | None


class JoinIn(StandingIn):
    """A file, one of its columns, and where in the column to begin."""

    column: str = Field(min_length=1, max_length=200)
    first: int = Field(default=0, ge=0, le=1_000_000)


@staff.get("/case-files", summary="Files of the case")
def list_case_files(request: Request) -> list[CaseFile]:
    """Return the files of the case that you work on, newest first."""
    return case_files.list_files(_caller(request))


@staff.post("/case-files/preview", summary="Look at a file", responses=problems(404))
def preview_case_file(request: Request, file: Annotated[UploadFile, File()]) -> Preview:
    """Return its columns, a guess at what each holds, and what the scanner says. Nothing is kept."""
    read = _read(request, file)
    guessed = zip(read.columns, case_files.guess_meanings(read), strict=True)
    flags = [Flagged(w.code, w.what, w.count) for w in read.flags]
    return Preview(len(read.rows), read.rejected, [ColumnGuess(c, m) for c, m in guessed], flags)


@staff.post("/case-files", summary="Keep a file with the case", responses=problems(404))
def keep_case_file(
    request: Request,
    file: Annotated[UploadFile, File()],
    column: Annotated[list[Annotated[str, Field(max_length=300)]], Form(max_length=100)],
) -> CaseFile:
    """Keep the columns that are named as ``NAME=MEANING``, and no others."""
    read = _read(request, file)
    return case_files.keep(_caller(request), read, case_files.meanings_of(read.columns, column))


@staff.post("/case-files/open", summary="A file of the case with its rows", responses=problems(404))
def open_case_file(request: Request, wanted: Annotated[StandingIn, Body()]) -> Opened:
    """Return it. Recorded."""
    return case_files.open_file(_caller(request), wanted.id)


@staff.post("/case-files/join", summary="Hold a column against the holdings", responses=problems(404))
def join_case_file(request: Request, wanted: Annotated[JoinIn, Body()]) -> JoinedPart:
    """Return what was found: entered as a combination, with a look-up for each thing."""
    made = case_files.join_by_name(_caller(request), wanted.id, wanted.column, wanted.first)
    return JoinedPart(made.table, made.entry, made.first, made.count, made.next)


@staff.post("/case-files/delete", summary="Delete a file of the case", status_code=204, responses=problems(404))
def delete_case_file(request: Request, wanted: Annotated[StandingIn, Body()]) -> None:
    """Delete it, and the key that it was sealed under."""
    case_files.remove(_caller(request), wanted.id)


def _read(request: Request, file: UploadFile) -> Uploaded:
    return case_files.read_for_case(_caller(request), file.filename or "", file.file.read())


def _caller(request: Request) -> Caller:
    return require_visit(request).caller
