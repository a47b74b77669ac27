"""The command line: ``peelian <verb>``. It speaks to :mod:`peelian.app` and to nothing else."""

from __future__ import annotations

import typer

from peelian.cli import (
    analyse,
    area,
    assess,
    charter,
    context,
    demo,
    erase,
    fetch,
    ingest,
    init,
    ledger,
    mandate,
    replay,
    sign_in,
    source,
    subjects,
    why,
    witness,
)

app = typer.Typer(
    name="peelian",
    help="Police analytics under safeguards that the software enforces and anyone outside can check.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

for verb in (
    init,
    sign_in,
    context,
    ingest,
    source,
    fetch,
    analyse,
    assess,
    replay,
    erase,
    subjects,
    why,
    charter,
    mandate,
    area,
    ledger,
    witness,
    demo,
):
    verb.add_to(app)


def main() -> None:
    """Run the command line."""
    app()
