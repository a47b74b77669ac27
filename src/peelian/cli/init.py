"""``peelian init``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.app.faces import place_of
from peelian.cli.output import AsJson, command, emit, line, next_command, note


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("init")(run)


@command
def run(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="New or empty folder for the deployment.")],
    area: Annotated[
        Path | None, typer.Option(help="Published study area: GeoJSON in longitude and latitude, or a GeoPackage.")
    ] = None,
    force_id: Annotated[str | None, typer.Option(help="Id of the force, as in file names of data.police.uk.")] = None,
    force_name: Annotated[str | None, typer.Option(help="Name of the force.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a deployment: one folder with secrets, ledger, and the example charter with its mandates adopted."""
    from peelian.app.start import Founding, init

    result = init(place_of(folder), Founding(area, force_id, force_name), tell=note)
    emit(result, as_json, say)


def say(result: dict[str, Any]) -> None:
    """Tell what was made and what comes next."""
    line(f"Made {result['folder']} for {result['force']}, with {len(result['mandates'])} mandates adopted.")
    line(f"Keys of the example's invented people are in {result['keys_in']}.")
    line("In service each person makes a key of their own; only its public half is enrolled.")
    line()
    line("Next: " + next_command(str(result["folder"]), "sign-in data-engineer-1"))
