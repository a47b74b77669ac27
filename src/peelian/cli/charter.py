"""``peelian charter``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.app.faces import place_of
from peelian.cli.output import As, AsJson, In, command, emit, line

group = typer.Typer(help="The charter: the rules of this deployment, as data.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="charter")


@group.command("check")
@command
def run_check(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A charter folder.")], as_json: AsJson = False
) -> None:
    """Check a charter: every mistake with its file and line."""
    from peelian.app.offices import check_charter

    emit(check_charter(folder), as_json, say)


@group.command("adopt")
@command
def run_adopt(folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """Put the charter in the deployment's folder into force. The approver's act; red lines cannot change this way."""
    from peelian.app.offices import adopt_charter

    result = adopt_charter(place_of(folder, acting_as))
    emit(result, as_json, lambda r: line(f"In force: {r['charter']}; before: {r['before']}."))


def say(result: dict[str, Any]) -> None:
    """Tell that a charter is valid."""
    line(f"Valid: {result['hash']}, {len(result['mandates'])} mandates.")
