"""``peelian measure``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line

group = typer.Typer(help="How decisions turned out: people alone, the tool alone, both.", no_args_is_help=True)

WORDS = {
    "alone": "places that people marked first: hit",
    "tool": "places that the tool named: hit",
    "together": "places on the plans: hit",
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
def run_decisions(
    folder: In,
    file: Annotated[bool, typer.Option("--file", help="Lay the rounded counts before those who publish.")] = False,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Measure decided plans whose month is on record and in no release yet. Rounded, and never by officer."""
    from peelian.app.publishing.decisions_measured import file_measure, measure_decisions

    with at_door(place_of(folder, acting_as)) as caller:
        told = file_measure(caller) if file else measure_decisions(caller).as_dict()
    emit(told, as_json, say)


@group.callback()
def _verbs() -> None:
    """How decisions turned out."""


def say(told: dict[str, Any]) -> None:
    """Tell each share with its range and its counts, or that it rests on too few."""
    if told["suppressed"]:
        line(f"Held back: {told['why']}.")
        return
    line(f"Plans of {told['first_month']} to {told['last_month']}:")
    for figure in told["figures"]:
        line(f"  {WORDS[figure['name']]:<42} {_share(figure)}")
    if "measure" in told:
        line(f"Filed as {told['measure']}. An official lays it before the checkers: peelian publish decisions.")


def _share(figure: dict[str, Any]) -> str:
    if figure["share"] is None:
        return str(figure["told"])
    return f"{figure['share']} % ({figure['low']} to {figure['high']} %): {figure['told']}"
