"""``peelian publish``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.app.faces import InvalidError, place_of
from peelian.cli.output import AsJson, command, emit, line

group = typer.Typer(help="What leaves the house: the public register.", no_args_is_help=True)

Out = Annotated[Path, typer.Option("--out", metavar="SITE", help="Folder for the site.")]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="publish")


@group.command("register")
@command
def run_register(
    out: Out,
    folder: Annotated[
        str | None, typer.Option("--in", metavar="DIR", help="The deployment's folder.", envvar="PEELIAN_DIR")
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Build from this bundle.json instead; needs no deployment.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the public register as a static site. Anybody can do so again from its bundle, byte for byte."""
    from peelian.app.register import publish, publish_bundle

    if bundle is None and folder is None:
        raise InvalidError(
            "nothing-to-publish",
            "Neither a deployment nor a bundle was named.",
            why="The site is made from the facts of one or the other.",
            do="Give --in DIR or --bundle FILE.",
        )
    told = publish_bundle(bundle, out) if bundle is not None else publish(place_of(str(folder)), out)
    emit(told, as_json, say_published)


def say_published(told: dict[str, Any]) -> None:
    """Tell where the site is."""
    line(f"The register is in {told['out']}")
    line(f"  made from bundle {told['bundle']}")
    if told.get("rebuilt") is False:
        line("  Nothing has changed: pages stay as they are, the state of now was signed anew.")
