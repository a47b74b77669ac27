"""``peelian unmerge``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line, next_command


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("unmerge")(run)


@command
def run(
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="A record of the entity, 32 hex digits.")],
    records: Annotated[list[str], typer.Argument(metavar="RECORD...", help="Those that are of another person.")],
    folder: In,
    reason: Annotated[str, typer.Option(help="Why, in 10 to 2,000 characters.")],
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Say that some records of an entity are of another person. It can be taken back, to the exact state before."""
    from peelian.app.linking.resolve import unmerge

    with at_door(place_of(folder, acting_as)) as caller:
        emit(unmerge(caller, entity, records, reason), as_json, lambda told: say(told, folder))


def say(told: dict[str, Any], folder: str) -> None:
    """Tell the verdict and how to take it back."""
    line(f"Verdict {told['verdict']}: {len(told['other'])} records stand apart from {len(told['one'])}, at once.")
    line("Take it back: " + next_command(folder, f"review withdraw {told['verdict']}"))
