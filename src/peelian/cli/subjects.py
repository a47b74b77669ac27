"""``peelian subjects``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("subjects")(run)


@command
def run(
    folder: In,
    table: Annotated[str, typer.Option(help="A table, e.g. stop.")] = "stop",
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=10_000)] = 20,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """List surrogate ids of a table's subjects, for somebody whose duty is to answer requests."""
    from peelian.app.people import subjects

    with at_door(place_of(folder, acting_as)) as caller:
        emit(subjects(caller, table, limit), as_json, say)


def say(result: dict[str, Any]) -> None:
    """Print one id a line."""
    for subject in result["subjects"]:
        line(subject)
