"""``peelian fetch``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.cli.output import AsJson, command, emit, line
from peelian.cli.progress import file_progress

group = typer.Typer(help="Download published data, for those with internet.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="fetch")


@group.command("police-uk")
@command
def run(
    force: Annotated[str, typer.Option(help="Force id, e.g. metropolitan.")],
    first: Annotated[str, typer.Option("--from", help="First month, e.g. 2022-01.")],
    last: Annotated[str, typer.Option("--to", help="Last month, included.")],
    into: Annotated[Path, typer.Option(help="Folder for the files, outside the deployment.")] = Path("police-uk"),
    base_url: Annotated[
        str | None, typer.Option(help="Where the archives lie; the publisher's address by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Download a force's months from data.police.uk: resumable, checked, polite."""
    from peelian.app.intake.sources import fetch

    with file_progress() as progress:
        result = fetch(force, first, last, into, base_url, progress)
    emit(result, as_json, say)


def say(result: dict[str, Any]) -> None:
    """Tell what was downloaded."""
    line(
        f"{len(result['files'])} files in {result['folder']}: {result['n_new']} new, {result['n_kept']} there already."
    )
    line(f"Next: peelian ingest police-uk {result['folder']} --in DIR")
