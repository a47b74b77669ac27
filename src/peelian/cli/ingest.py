"""``peelian ingest``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line, note
from peelian.cli.progress import ingest_progress

ALL = "city"
"""Stands for every system that a folder holds."""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("ingest")(run)


def source_id(name: str) -> str:
    """Return a source's id: people write it with hyphens as well."""
    return name.replace("-", "_")


@command
def run(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="A source (peelian source list), or city for a folder of systems.")
    ],
    archive: Annotated[Path, typer.Argument(metavar="ARCHIVE", help="Zip archive, folder or single file.")],
    folder: In,
    mapping: Annotated[
        Path | None, typer.Option(help="Mapping file, for incidents: which of the table's columns is which.")
    ] = None,
    force: Annotated[str, typer.Option(help="Force id, for files that do not name one.")] = "",
    watch: Annotated[
        float, typer.Option(metavar="SECONDS", help="Stay, and look so often whether the folder has changed.", min=0)
    ] = 0.0,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Take in what a source says now: new rows, changed rows as versions, vanished rows as tombstones."""
    from peelian.app.intake import deliveries
    from peelian.app.intake.sources import ingest

    def take() -> dict[str, Any]:
        with at_door(place_of(folder, acting_as)) as caller, ingest_progress() as progress:
            if source == ALL:
                return deliveries.ingest_systems(caller, archive, progress=progress, told=tell_system)
            return ingest(caller, source_id(source), archive, mapping=mapping, force=force, progress=progress)

    tellers = {True: say_systems, False: say}
    if not watch:
        emit(take(), as_json, tellers[source == ALL])
        return
    note(f"Watching; what is new is taken in once it is whole. Stop with Ctrl+C. Looked at every {watch:g} s.")
    for result in deliveries.watch(take, archive, every_s=watch):
        emit(result, as_json, tellers[source == ALL])


def tell_system(name: str, result: dict[str, Any]) -> None:
    """Tell on the way what became of one system."""
    if "refused" in result:
        note(f"{name}: refused ({result['refused']})")
    else:
        note(f"{name}: kept {result['kept']:,} of {result['read']:,} rows in {result['seconds']:.1f} s")


def say_systems(result: dict[str, Any]) -> None:
    """Tell what became of each system."""
    for name, one in result["systems"].items():
        if "refused" in one:
            line(f"{name}: {one['what']}")
            for reason in one["reasons"]:
                line(f"  {reason['code']}: {reason['what']}")
            continue
        line(
            f"{name}: read {one['read']:,}, kept {one['kept']:,}, duplicates {one['duplicate']:,}, "
            f"set aside {one['quarantined']:,}, past their retention {one['expired']:,}."
        )
        for warned in (w for w in one["warnings"] if w["code"].startswith("scan-")):
            line(f"  look at this: {warned['what']} ({warned['count']:,})")
        for refused in one["files_refused"]:
            line(f"  file refused ({refused['code']}): {refused['file']}")
    for name in result["unknown"]:
        line(f"{name}: no source is called that; nothing was read of it.")
    line(f"All in {result['seconds']:.1f} s.")


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
