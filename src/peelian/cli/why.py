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
    """Tell the answer, then the mandates: those that say yes, then from the fewest reasons to the most."""
    answers = sorted(result["answers"], key=lambda a: (not a["allowed"], len(a["reasons"])))
    if result["purpose_refused_to_all"]:
        line(f"No. The purpose {result['purpose']} is refused to everybody: a red line, under every mandate.")
        answers = [_red_lines(answers)]
    elif result["allowed"]:
        line(f"Yes, under: {', '.join(a['mandate'] for a in answers if a['allowed'])}.")
    else:
        line(f"No mandate lets you open {result['table']} for {result['purpose']}.")
    told: set[str] = set()
    for answer in answers:
        line(f"{answer['mandate']}: {'yes' if answer['allowed'] else 'no'}")
        for reason in answer["reasons"]:
            _say_reason(reason, told)


def _red_lines(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Gather the red lines once; what else a single mandate lacks would not help."""
    found = {r["code"]: r for a in answers for r in a["reasons"] if r["code"].startswith("red-line")}
    return {"mandate": "every mandate", "allowed": False, "reasons": list(found.values())}


def _say_reason(reason: dict[str, Any], told: set[str]) -> None:
    """Tell a reason; who can change it and what to do are said the first time only."""
    line(f"  {reason['code']}: {reason['what']}")
    if reason["code"] in told:
        return
    told.add(reason["code"])
    for label, key in (("who can change it", "owner"), ("what you can do", "do")):
        if reason.get(key):
            line(f"      {label}: {reason[key]}")
