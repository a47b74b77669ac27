"""``peelian synth``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.cli.output import AsJson, command, emit, line
from peelian.cli.progress import step_progress

group = typer.Typer(help="Made-up data with known truth, for trying, testing and measuring.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="synth")


@group.command("city")
@command
def run_city(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="New or empty folder for the city.")],
    seed: Annotated[int, typer.Option(help="Same seed, size and month: same bytes.")] = 1829,
    size: Annotated[str, typer.Option(help="village, town, city or metropolis.")] = "town",
    clean: Annotated[bool, typer.Option("--clean", help="Without errors: people are written as they are.")] = False,
    today: Annotated[
        str,
        typer.Option(metavar="YYYY-MM-DD", help="History ends where this day's month begins; today by default."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Write a made-up city: what nine systems of a force and a partner hand over, and the truth apart."""
    from peelian.app.synth import synth_city

    with step_progress() as tell:
        made = synth_city(out, seed=seed, size=size, clean=clean, today=today, tell=tell)
    emit(made, as_json, say)


def say(made: dict[str, Any]) -> None:
    """Tell what was made."""
    line(f"Made {made['folder']}: {made['people']:,} people who do not exist, {made['vehicles']:,} vehicles.")
    for system, n in made["events"].items():
        line(f"  {n:>12,}  {system.replace('_', ' ')}")
    line(f"  {made['reads']:>12,}  plate reads")
    line("What is so is in truth/; no source reads it.")
