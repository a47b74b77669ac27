"""``peelian analyse``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line, next_command

group = typer.Typer(help="Run a method under its mandate.", no_args_is_help=True)

_SHOWN = 10


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="analyse")


@group.command("hotspots")
@command
def run(
    folder: In,
    offence: Annotated[list[str], typer.Option(help="Offence id; may be given more than once.")] = ("burglary",),  # type: ignore[assignment]
    cell_m: Annotated[float, typer.Option(help="Side of a cell, metres.")] = 150.0,
    month: Annotated[str | None, typer.Option(help="Month to forecast, e.g. 2020-01; the next one by default.")] = None,
    budget: Annotated[list[float], typer.Option(help="Share of the area; may be given more than once.")] = (
        0.01,
        0.02,
        0.05,
    ),  # type: ignore[assignment]
    area: Annotated[str | None, typer.Option(help="Name of a published area; the mandate's by default.")] = None,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Forecast next month's incidents by place. Every figure comes apart into the months and places it rests on."""
    from peelian.app.patrol.places import analyse, month_number

    with at_door(place_of(folder, acting_as)) as caller:
        target = None if month is None else month_number(month)
        finding = analyse(caller, offences=offence, cell_m=cell_m, month=target, budgets=budget, area=area)
    emit(finding.as_dict() | {"digest": finding.digest}, as_json, lambda f: say(f, folder))


def say(finding: dict[str, Any], folder: str) -> None:
    """Tell the best cells with their reasons."""
    result = finding["result"]
    line(
        f"Finding {finding['id']}: {result['month']}, {len(result['cells']):,} cells of {result['grid']['cell_m']:g} m"
    )
    rows = finding["rows_read"]
    line(f"  under mandate {finding['mandate']} ({finding['phase']}), from {rows:,} rows at commit {finding['seq']}.")
    if finding["phase"] == "pre-deployment":
        line("  Not for acting on: this method is still being tested.")
    for cell in result["cells"][:_SHOWN]:
        line(f"  {cell['rank']:>3}  {cell['id']}  expected {cell['expected']} ({cell['low']} to {cell['high']})")
        line(f"       {cell.get('sentence', '')}")
    for warned in result["warnings"]:
        line(f"  note: {warned['what']} ({warned['count']:,})")
    known = finding["known_error"]
    line("Known error: " + (f"see assessment {known['assessment']}." if known["assessed"] else known["what"]))
    line("Make it again: " + next_command(folder, f"replay {finding['id']}"))
