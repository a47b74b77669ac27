"""``peelian ingest``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line
from peelian.cli.progress import ingest_progress

SOURCES = {"police-uk": "police_uk", "incidents": "incidents", "plans": "plans"}


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("ingest")(run)


@command
def run(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="police-uk, incidents or plans.")],
    archive: Annotated[Path, typer.Argument(metavar="ARCHIVE", help="Zip archive, folder or single file.")],
    folder: In,
    mapping: Annotated[
        Path | None, typer.Option(help="Mapping file, for incidents: which of the table's columns is which.")
    ] = None,
    force: Annotated[str, typer.Option(help="Force id, for files that do not name one.")] = "",
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Take in what a source says now: new rows, changed rows as versions, vanished rows as tombstones."""
    from peelian.app.sources import ingest

    with at_door(place_of(folder, acting_as)) as caller, ingest_progress() as progress:
        name = SOURCES.get(source, source)
        result = ingest(caller, name, archive, mapping=mapping, force=force, progress=progress)
    emit(result, as_json, say)


def say(result: dict[str, Any]) -> None:
    """Tell what became of the rows."""
    if result["skipped_slices"]:
        line(f"Already taken in and unchanged: {result['skipped_slices']:,} slices, skipped.")
    line(f"Read {result['read']:,} rows in {result['seconds']:.1f} s: kept {result['kept']:,},")
    line(f"  exact duplicates {result['duplicate']:,}, set aside {result['quarantined']:,}.")
    if result["added"] or result["changed"] or result["deleted"]:
        line(f"Of the kept: new {result['added']:,}, changed {result['changed']:,}, the same {result['same']:,}.")
        line(f"No longer published: {result['deleted']:,}.")
    else:
        line("Nothing new: what is stored stays as it was.")
    for reason, n in result["set_aside"].items():
        line(f"  set aside ({reason}): {n:,}")
    if result["expired"]:
        line(f"Past their retention already, and so not kept: {result['expired']:,}.")
    if result["dropped_columns"]:
        dropped = ", ".join(f"{name} ({n:,})" for name, n in result["dropped_columns"].items())
        line(f"Columns left at the door, with the number of rows: {dropped}.")
    for name, n in result["quirks"].items():
        line(f"  kept, though odd ({name}): {n:,}")
    for refused in result["files_refused"]:
        line(f"  file refused ({refused['code']}): {refused['file']}")
    for warned in result["warnings"]:
        line(f"  note: {warned['what']} ({warned['count']:,})")
