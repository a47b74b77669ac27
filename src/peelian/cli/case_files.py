"""``peelian case-file``: a file for the case that one works on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, place_of
from peelian.cli.find import say_table
from peelian.cli.output import As, AsJson, In, command, emit, line, note
from peelian.cli.progress import step_progress

verbs = typer.Typer(
    name="case-file",
    help="Files of the case: apart from every holding, seen by those on it, deleted when it closes.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

FileName = Annotated[str, typer.Argument(metavar="FILE", help="CSV, Excel or JSON lines, up to 5 MB.")]
FileId = Annotated[str, typer.Argument(metavar="ID", help="The file's number, as the list gives it.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    app.add_typer(verbs)


@verbs.command("preview")
@command
def preview(folder: In, file: FileName, acting_as: As = None, as_json: AsJson = False) -> None:
    """Look at a file: its columns, a guess at what each holds, what the scanner says. Nothing is kept."""
    from peelian.app.finding.case_files import guess_meanings, read_for_case

    with at_door(place_of(folder, acting_as)) as caller:
        read = read_for_case(caller, file, Path(file).read_bytes())
        guessed = [{"column": c, "means": m} for c, m in zip(read.columns, guess_meanings(read), strict=True)]
        flags = [{"code": w.code, "what": w.what, "count": w.count} for w in read.flags]
        result = {"rows": len(read.rows), "rejected": read.rejected, "columns": guessed, "flags": flags}
        emit(result, as_json, say_preview)


@verbs.command("add")
@command
def add(
    folder: In,
    file: FileName,
    column: Annotated[
        list[str],
        typer.Option(
            "--column", help="NAME=plate|phone|name|reference|address|postcode|born|other; others are left out."
        ),
    ],
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Keep a file with the case that you work on: the columns that you name, and no others."""
    from peelian.app.finding.case_files import keep, meanings_of, read_for_case
    from peelian.app.finding.find_told import as_plain

    with at_door(place_of(folder, acting_as)) as caller:
        read = read_for_case(caller, file, Path(file).read_bytes())
        kept = as_plain(keep(caller, read, meanings_of(read.columns, column)))
        assert isinstance(kept, dict), "a file is an object"
        emit(kept, as_json, say_file)


@verbs.command("list")
@command
def list_all(folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """List the files of the case that you work on."""
    from peelian.app.finding.case_files import list_files
    from peelian.app.finding.find_told import as_plain

    with at_door(place_of(folder, acting_as)) as caller:
        emit({"files": as_plain(list_files(caller))}, as_json, say_files)


@verbs.command("show")
@command
def show(folder: In, file_id: FileId, acting_as: As = None, as_json: AsJson = False) -> None:
    """Show the rows of a file of the case that you work on. Recorded."""
    from peelian.app.finding.case_files import open_file
    from peelian.app.finding.find_told import as_plain

    with at_door(place_of(folder, acting_as)) as caller:
        opened = as_plain(open_file(caller, file_id))
        assert isinstance(opened, dict), "a file is an object"
        emit(opened, as_json, say_opened)


@verbs.command("join")
@command
def join_column(
    folder: In,
    file_id: FileId,
    column: Annotated[str, typer.Option("--column", help="The column's name, as the file has it.")],
    first: Annotated[
        int, typer.Option("--from", help="Where in the column to begin, from 0; 200 things at a time.")
    ] = 0,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Hold a column against the holdings: entered as a combination, and a look-up for each thing."""
    from peelian.app.finding.case_files import join_by_name
    from peelian.app.finding.find_told import as_plain

    with at_door(place_of(folder, acting_as)) as caller:
        with step_progress() as tell:
            joined = join_by_name(caller, file_id, column, first, lambda done, of: tell(done, of, "looked up"))
        result = as_plain(joined)
        assert isinstance(result, dict), "a join is an object"
        emit(result | {"next": joined.next}, as_json, say_joined)


@verbs.command("delete")
@command
def delete(folder: In, file_id: FileId, acting_as: As = None, as_json: AsJson = False) -> None:
    """Delete a file of the case that you work on, and its key."""
    from peelian.app.finding.case_files import remove

    with at_door(place_of(folder, acting_as)) as caller:
        remove(caller, file_id)
        emit({"deleted": file_id}, as_json, lambda said: line(f"Deleted: {said['deleted']}."))


@verbs.command("sweep")
@command
def sweep_all(folder: In, as_json: AsJson = False) -> None:
    """Delete every file whose case is over. Nobody is shown anything; `peelian serve` does it too."""
    from peelian.app.finding.case_files import sweep

    with at_door(place_of(folder, None)) as caller:
        emit({"deleted": sweep(caller)}, as_json, lambda said: line(f"Deleted: {said['deleted']} files."))


def say_preview(read: dict[str, Any]) -> None:
    """Tell the columns and what the scanner says."""
    line(f"{read['rows']} rows; {read['rejected']} lines that are none. Nothing is kept yet.")
    for one in read["columns"]:
        line(f"    {one['column']} = {one['means'] or 'left out'}")
    for flag in read["flags"]:
        note(f"{flag['what']} {flag['count']} rows.")


def say_file(one: dict[str, Any]) -> None:
    """Tell one file."""
    line(f"{one['id']}  {one['rows']} rows: {', '.join(one['means'])}  (by {one['keeper']}, until {one['ends_at']})")


def say_files(listed: dict[str, Any]) -> None:
    """Tell each file on a line."""
    for one in listed["files"]:
        say_file(one)
    if not listed["files"]:
        line("This case has no file.")


def say_opened(opened: dict[str, Any]) -> None:
    """Tell a file: its columns, then a row a line."""
    line("  |  ".join(f"{name} ({means})" for name, means in opened["columns"]))
    for row in opened["rows"]:
        line("  |  ".join(row))


def say_joined(joined: dict[str, Any]) -> None:
    """Tell what was found, and whether there is more."""
    say_table(joined["table"])
    if joined["next"] is not None:
        note(f"{joined['count'] - joined['next']} more: go on with --from {joined['next']}.")
