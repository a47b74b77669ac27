"""``peelian measure``."""

from __future__ import annotations

from typing import Any

import typer

from peelian.app.faces import at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line

group = typer.Typer(help="How decisions turned out: people alone, the tool alone, both.", no_args_is_help=True)

WORDS = {
    "alone": "places that people marked first, and that were hit",
    "tool": "places that the tool named, and that were hit",
    "together": "places on the plans, and that were hit",
    "differed": "plans where own view and tool differed",
    "went_over": "of those, went over to the tool",
    "right_to_go_over": "went over, and the tool was right",
    "right_to_stay": "stayed, and their own view was right",
}


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="measure")


@group.command("decisions")
@command
def run_decisions(folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """Measure decided plans whose month is on record, by whoever has the duty. Never by officer."""
    from peelian.app.decisions_measured import measure_decisions

    with at_door(place_of(folder, acting_as)) as caller:
        emit(measure_decisions(caller).as_dict(), as_json, say)


@group.callback()
def _verbs() -> None:
    """How decisions turned out."""


def say(told: dict[str, Any]) -> None:
    """Tell each share with its range, or that it is held back."""
    if told["suppressed"]:
        line(f"Held back: {told['why']}.")
        return
    line(f"About {told['plans']} plans.")
    for name, words in WORDS.items():
        share = told[name]
        line(f"  {words:<52} {_range(share)}")


def _range(share: dict[str, Any]) -> str:
    if "value" not in share:
        return "too few to show"
    return f"{share['value']:.0%} ({share['low']:.0%} to {share['high']:.0%})"
