"""``peelian source``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.cli.ingest import SOURCES
from peelian.cli.output import AsJson, command, emit, line

group = typer.Typer(help="Look at a source before anything is taken in.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="source")


@group.command("preview")
@command
def run(
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="Zip archive, folder or single file.")],
    source: Annotated[str, typer.Option(help="police-uk, incidents or plans; told by the file when left out.")] = "",
    mapping: Annotated[Path | None, typer.Option(help="Mapping file, for incidents.")] = None,
    rows: Annotated[int, typer.Option(help="How many rows of each table to show.", min=0, max=1000)] = 5,
    folder: Annotated[
        Path | None,
        typer.Option("--in", metavar="DIR", help="A deployment whose study areas points should lie in."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the first rows as they would be kept, what is dropped, what is rejected and why. Writes nothing."""
    from peelian.app.sources import preview

    name = SOURCES.get(source, source)
    emit(preview(None, name, archive, mapping=mapping, rows=rows, folder=folder), as_json, say)


def say(result: dict[str, Any]) -> None:
    """Tell what reading the archive would do."""
    counts = result["counts"]
    which = "" if result["files_read"] == result["files_total"] else ", the first of each kind"
    line(f"Looked at {result['files_read']} of {result['files_total']} files{which}. Nothing was written.")
    kept, copies, aside = (counts[n] for n in ("kept", "duplicate", "quarantined"))
    line(f"Read {counts['read']:,} rows: would keep {kept:,}, drop {copies:,} exact duplicates, set aside {aside:,}.")
    for table, rows in result["tables"].items():
        line(f"\n{table}:")
        for row in rows:
            line("  " + ", ".join(f"{k}={v}" for k, v in row.items() if v is not None))
    for warned in result["warnings"]:
        line(f"  note: {warned['what']} ({warned['count']:,})")
    line("\nColumns:")
    for column in result["columns"]:
        fate = "DROPPED" if column.get("dropped") else f"becomes {column['becomes']}"
        line(f"  {column['file']}: {column['column']}: {fate}. {column['reason']}")
    for name, n in result["undeclared"].items():
        line(f"  undeclared, never stored: {name} ({n:,} rows)")
    if result["rejected"]:
        of = f" of {counts['quarantined']:,}" if counts["quarantined"] else ""
        line(f"\nSet aside, the first {len(result['rejected'])}{of}:")
    for row in result["rejected"]:
        line(f"  {row['file']} line {row['line']}: {row['reason']} ({row['column']})")
    for table, rows in result["good_of_refused"].items():
        line(f"\n{table}, good rows of a file that is refused; none would be kept:")
        for row in rows:
            line("  " + ", ".join(f"{k}={v}" for k, v in row.items() if v is not None))
    for row in result["refused"]:
        line(f"  file refused: {row['file']}: {row['reason']}. {row['what']}")
