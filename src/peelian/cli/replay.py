"""``peelian replay``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("replay")(run)


@command
def run(
    finding: Annotated[str, typer.Argument(metavar="FINDING", help="The finding's number.")],
    folder: In,
    threads: Annotated[int, typer.Option(help="Threads for the method.", min=1, max=64)] = 2,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Make a finding again from the record as it was known then, and compare it byte for byte."""
    from peelian.app.patrol.places import replay

    with at_door(place_of(folder, acting_as)) as caller:
        emit(replay(caller, finding, threads=threads), as_json, say)


def say(result: dict[str, Any]) -> None:
    """Tell whether it came out the same."""
    if result["same"]:
        line(f"The same, byte for byte: {result['digest']} (commit {result['seq']}, {result['rows_now']:,} rows).")
        return
    line(f"Not the same. Then {result['rows_then']:,} rows, now {result['rows_now']:,}: {result['rows_gone']:,} gone.")
    if result["code_changed"]:
        line("The method's code has changed since.")
    line(f"Then {result['digest']}, now {result['replayed_digest']}.")
