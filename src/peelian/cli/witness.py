"""``peelian witness``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from peelian.cli.output import command, line


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("witness")(run)


@command
def run(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The witness's own folder; made on first use.")],
    name: Annotated[str, typer.Option(help="The witness's name, e.g. witness.university.example.")] = "witness.example",
    log: Annotated[list[str] | None, typer.Option(help="Public key of a log to witness.")] = None,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 picks a free one.", min=0, max=65535)] = 7380,
) -> None:
    """Run a witness: it cosigns a log's growth and refuses edits, deletions, rollbacks and forks.

    Run it on a machine that the force does not run, pay for or host: on the same machine it proves nothing.
    """
    from peelian.app.corrections.record import run_witness

    run_witness(folder, name, log or (), host, port, ready=_ready)


def _ready(address: str, vkey: str) -> None:
    line(f"Witness at {address}")
    line(f"Its public key: {vkey}")
