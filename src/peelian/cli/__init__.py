"""The command line: ``peelian <verb>``. It speaks to :mod:`peelian.app` and to nothing else."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from peelian import __version__
from peelian.cli import (
    accounts,
    analyse,
    area,
    assess,
    case_files,
    chart,
    charter,
    context,
    demo,
    downloads,
    erase,
    explain,
    fetch,
    find,
    geography,
    ingest,
    init,
    ledger,
    mandate,
    measure,
    panel,
    practice,
    publish,
    record,
    register,
    replay,
    resolve,
    retain,
    review,
    serve,
    sign_in,
    source,
    subjects,
    suggest,
    synth,
    unmerge,
    watch,
    why,
    witness,
)


class Verbs(TyperGroup):
    """The list of verbs, each with its whole first sentence: one that stops in the middle helps nobody."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, _first_sentence(verb.help or "")) for name, verb in found if verb])


def _first_sentence(text: str) -> str:
    words = " ".join(text.split())
    return words[: words.index(". ") + 1] if ". " in words else words


app = typer.Typer(
    cls=Verbs,
    name="peelian",
    help="Police analytics under safeguards that the software enforces and anyone outside can check.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"peelian {__version__}")
        raise typer.Exit


@app.callback()
def _about(
    version: Annotated[  # acted on as soon as it is read
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    return


for verb in (
    init,
    sign_in,
    accounts,
    context,
    practice,
    ingest,
    source,
    fetch,
    resolve,
    explain,
    review,
    unmerge,
    find,
    chart,
    watch,
    downloads,
    case_files,
    suggest,
    analyse,
    assess,
    replay,
    erase,
    record,
    retain,
    subjects,
    why,
    charter,
    mandate,
    measure,
    panel,
    area,
    geography,
    ledger,
    witness,
    serve,
    demo,
    synth,
    publish,
    register,
):
    verb.add_to(app)


def main() -> None:
    """Run the command line."""
    app()
