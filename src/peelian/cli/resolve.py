"""``peelian resolve``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("resolve")(run)


@command
def run(
    folder: In,
    train: Annotated[bool, typer.Option("--train", help="Learn a new model release from the records first.")] = False,
    whole: Annotated[bool, typer.Option("--whole", help="Compare everything anew; the result is the same.")] = False,
    release: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Use this model release, trained elsewhere; it is frozen here.")
    ] = None,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Find which records are of one person. Nobody sees a row; what came or changed since the last run is compared."""
    from peelian.app.linking.resolve import resolve, say_linked

    with at_door(place_of(folder, acting_as)) as caller:
        emit(say_linked(resolve(caller, train=train, whole=whole, release=release)), as_json, say)


def say(made: dict[str, Any]) -> None:
    """Tell what was linked."""
    line(f"{made['records']:,} records of people, {made['compared']:,} of them compared with all others.")
    line(f"{made['edges']:,} links, {made['accepted']:,} accepted. The rest join nobody by themselves; many lie within")
    line("what is joined already, and `peelian review list` asks about those that a person could settle:")
    for reason, n in made["waiting"].items():
        line(f"  {reason}: {n:,}")
    change = made["change"]
    line(f"New: {change['added']:,}. Changed: {change['changed']:,}. Gone: {change['deleted']:,}.")
    new = "trained now" if made["trained"] else "as before or as named"
    line(f"Model release {made['release']} ({new}). Entered as combination {made['entry']}, commit {made['seq']}.")
