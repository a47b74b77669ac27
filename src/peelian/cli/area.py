"""``peelian area``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.cli.output import AsJson, command, emit, line

group = typer.Typer(
    help="Study areas: read a published boundary, or derive one to try an archive.", no_args_is_help=True
)

Out = Annotated[Path, typer.Option(help="GeoJSON file to write.")]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="area")


@group.command("read")
@command
def run_read(
    boundary: Annotated[Path, typer.Argument(metavar="FILE", help="GeoPackage or GeoJSON.")],
    out: Out = Path("area.geojson"),
    as_json: AsJson = False,
) -> None:
    """Turn a published boundary into the form a charter takes: GeoJSON in longitude and latitude."""
    from peelian.app.patrol.areas import read_area

    _write(read_area(boundary), out, as_json)


@group.command("derive")
@command
def run_derive(
    archive: Annotated[Path, typer.Argument(metavar="ARCHIVE", help="An archive of data.police.uk.")],
    before: Annotated[str, typer.Option(help="Use points from before this month only, e.g. 2019-01.")],
    out: Out = Path("area.geojson"),
    as_json: AsJson = False,
) -> None:
    """Derive an area from an archive's own points, from before the time under test."""
    # Statistics take a second to load: verbs that need none do not wait for them.
    from peelian.app.demo.walk import derived_area

    _write(derived_area(archive, before).area, out, as_json)


def _write(area: dict[str, Any], out: Path, as_json: bool) -> None:
    out.write_text(json.dumps(area) + "\n", encoding="utf-8")
    emit({"area": str(out)}, as_json, lambda r: line(f"Wrote {r['area']}. Give it to peelian init --area."))
