"""``peelian explain``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line

group = typer.Typer(help="Say why, in words and figures that add up.", no_args_is_help=True)

Record = Annotated[str, typer.Argument(help="32 hex digits, from a page that shows you the record; never a name.")]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="explain")


@group.command("link")
@command
def run(record_a: Record, record_b: Record, folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """Say why two records are taken for one person, or are not: a sentence to read out, then each weight."""
    from peelian.app.linking.resolve import explain

    with at_door(place_of(folder, acting_as)) as caller:
        emit(explain(caller, record_a, record_b), as_json, say)


def say(told: dict[str, Any]) -> None:
    """Tell the sentence and the weights."""
    line(told["sentence"])
    line("They stand as one person." if told["one_person"] else "They stand as two people.")
    line("")
    for row in told["waterfall"]:
        line(f"  {row['mbit'] / 1000:>8.3f}  {row['total_mbit'] / 1000:>8.3f}  {row['what']}")
    line("Weights in bits: each 1 doubles the odds; the second column adds them up.")
    for verdict in told["verdicts"]:
        line(f"Judged on {verdict['at'][:10]}: {verdict['found']}. {verdict['reason']}")
