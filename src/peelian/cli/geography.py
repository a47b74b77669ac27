"""``peelian geography``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.app.faces import place_of
from peelian.cli.output import AsJson, In, command, emit, line

group = typer.Typer(help="Streets, parks and water that maps are drawn on; no outside map.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="geography")


@group.command("add")
@command
def run_add(
    layer: Annotated[str, typer.Argument(metavar="LAYER", help="water, parks, buildings, streets or landmarks.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="GeoJSON in longitude and latitude.")],
    folder: In,
    as_json: AsJson = False,
) -> None:
    """Keep a file as a layer of the deployment's maps. Only names and shapes are kept."""
    from peelian.app.patrol.geography import add_layer

    emit(add_layer(place_of(folder).folder, layer, file), as_json, say)


def say(result: dict[str, Any]) -> None:
    """Tell what was kept."""
    line(f"Kept {result['features']:,} features as {result['layer']}.")
