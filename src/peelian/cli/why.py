"""``peelian why``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("why")(run)


@command
def run(
    folder: In,
    purpose: Annotated[str, typer.Option(help="A purpose of the charter.")],
    table: Annotated[str, typer.Option(help="A table.")],
    column: Annotated[list[str] | None, typer.Option(help="A column; may be given more than once.")] = None,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Explain whether you may open a table for a purpose: each mandate, each rule that says no, who can change it."""
    with at_door(place_of(folder, acting_as)) as caller:
        result = caller.gate.why(caller.credential, purpose, table, tuple(column or ()))
    emit(result, as_json, say)


def say(result: dict[str, Any]) -> None:
    """Tell the answers, mandate by mandate."""
    if result["purpose_refused_to_all"]:
        line(f"The purpose {result['purpose']} is refused to everybody: a red line.")
    for answer in result["answers"]:
        line(f"{answer['mandate']}: {'yes' if answer['allowed'] else 'no'}")
        for reason in answer["reasons"]:
            line(f"  {reason['code']}: {reason['what']}")
            for label, key in (("who can change it", "owner"), ("what you can do", "do")):
                if reason.get(key):
                    line(f"      {label}: {reason[key]}")
