"""``peelian publish``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.app.faces import InvalidError, at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line

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
    from peelian.app.publishing.register import publish, publish_bundle

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


Proposal = Annotated[str, typer.Argument(metavar="PROPOSAL", help="The proposal's number.")]


@group.command("counts")
@command
def run_counts(folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """Count what is held, under disclosure control, and lay the table before the checkers."""
    from peelian.app.publishing.releases import propose_counts

    with at_door(place_of(folder, acting_as)) as caller:
        emit(propose_counts(caller), as_json, say_proposed)


@group.command("decisions")
@command
def run_decisions(folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """Lay the newest filed measure of decisions before the checkers, under disclosure control."""
    from peelian.app.publishing.releases import propose_decisions

    with at_door(place_of(folder, acting_as)) as caller:
        emit(propose_decisions(caller), as_json, say_proposed)


@group.command("check")
@command
def run_check(
    proposal: Proposal,
    folder: In,
    agree: Annotated[bool, typer.Option("--agree/--disagree", help="Whether it may go out.")],
    words: Annotated[str, typer.Option(help="Why; for those who publish.")] = "",
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Say as a checker whether a proposed table may go out."""
    from peelian.app.publishing.releases import check_counts

    with at_door(place_of(folder, acting_as)) as caller:
        told = check_counts(caller, proposal, agreed=agree, words=words)
    emit(told, as_json, lambda t: line(f"Checked: {'agreed' if t['agreed'] else 'not agreed'}."))


@group.command("release")
@command
def run_release(proposal: Proposal, folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """Make a checked table public; it stands on the register at its next publication."""
    from peelian.app.publishing.releases import release_counts

    with at_door(place_of(folder, acting_as)) as caller:
        emit(release_counts(caller, proposal), as_json, lambda t: line(f"Released, entry {t['entry']} of the record."))


def say_proposed(told: dict[str, Any]) -> None:
    """Show the table as it would leave."""
    for table in told["tables"]:
        line(table["caption"])
        for name, value in table["rows"]:
            line(f"  {name:<20} {'too few to show' if value is None else f'{value:,}'}")
        for name in table.get("held", ()):
            line(f"  {name:<20} held back beside the others")
        if "total" in table:
            line(f"  {'total of what is shown':<20} {table['total']:,}")
    line(f"Proposal {told['proposal']}: {told['checkers']} checkers must agree (peelian publish check).")
