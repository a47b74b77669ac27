"""``peelian source``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.cli.ingest import source_id
from peelian.cli.output import AsJson, command, emit, line

group = typer.Typer(help="Look at a source before anything is taken in.", no_args_is_help=True)

Deployment = Annotated[
    Path | None, typer.Option("--in", metavar="DIR", help="A deployment, for sources of its own.", envvar="PEELIAN_DIR")
]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="source")


@group.command("preview")
@command
def run(
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="Zip archive, folder or single file.")],
    source: Annotated[str, typer.Option(help="A source (peelian source list); told by the file when left out.")] = "",
    mapping: Annotated[Path | None, typer.Option(help="Mapping file, for incidents.")] = None,
    rows: Annotated[int, typer.Option(help="How many rows of each table to show.", min=0, max=1000)] = 5,
    folder: Annotated[
        Path | None,
        typer.Option("--in", metavar="DIR", help="A deployment whose study areas points should lie in."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the first rows as they would be kept, what is dropped, what is rejected and why. Writes nothing."""
    from peelian.app.intake.sources import preview

    emit(preview(None, source_id(source), archive, mapping=mapping, rows=rows, folder=folder), as_json, say)


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


@group.command("list")
@command
def list_all(folder: Deployment = None, as_json: AsJson = False) -> None:
    """List the sources there are: those that come with Peelian, and a deployment's own."""
    from peelian.app.intake.source_contracts import list_sources

    emit(list_sources(folder), as_json, say_list)


def say_list(result: dict[str, Any]) -> None:
    """Tell each source in a line."""
    for one in result["sources"]:
        marks = [
            word for word, holds in (("a partner's", one["partner"]), ("this deployment's own", one["own"])) if holds
        ]
        beside = f" ({', '.join(marks)})" if marks else ""
        line(f"{one['source']}: {one['title']}{beside}")
        line(f"  feeds {', '.join(one['tables'])}")


@group.command("new")
@command
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Lower case words joined by _.")],
    example: Annotated[Path, typer.Argument(metavar="FILE", help="A file of it, or a folder with one of each kind.")],
    into: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where its folder goes, if not among a deployment's own sources.")
    ] = None,
    folder: Deployment = None,
    as_json: AsJson = False,
) -> None:
    """Start a source: a contract with every column of a file, each left at the door until it has a purpose."""
    from peelian.app.intake.source_contracts import new_source, own_sources

    place = into or (own_sources(folder) if folder else Path())
    emit(new_source(name, example, place), as_json, say_new)


def say_new(result: dict[str, Any]) -> None:
    """Tell what to do with the new contract."""
    line(f"Wrote {result['contract']}: every column but the first stays at the door.")
    line("Say in it which columns are kept, as what, why and for which purposes;")
    line(f"put a made-up sample into {result['sample']} and run `peelian source check`.")


@group.command("check")
@command
def check_one(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A source's name, or its folder.")],
    folder: Deployment = None,
    as_json: AsJson = False,
) -> None:
    """Check that a source keeps the promises every source makes, with its own made-up sample."""
    from peelian.app.intake.source_contracts import check

    result = check(source, folder)
    emit(result, as_json, say_check)
    if result["problems"]:
        raise typer.Exit(1)


def say_check(result: dict[str, Any]) -> None:
    """Tell what is wrong."""
    for problem in result["problems"]:
        line(f"  {problem}")
    line(
        f"{result['source']}: {len(result['problems'])} problems."
        if result["problems"]
        else f"{result['source']}: good."
    )
