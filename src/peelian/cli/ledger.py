"""``peelian ledger``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line
from peelian.cli.progress import step_progress

group = typer.Typer(help="The record of use: verify it, show what is public of it.", no_args_is_help=True)

_TAMPERED = 8


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="ledger")


@group.command("verify")
@command
def run_verify(
    where: Annotated[str, typer.Argument(metavar="DIR|URL", help="A ledger's folder, a deployment's, or its address.")],
    vkey: Annotated[str | None, typer.Option(help="The log's public key, as you wrote it down.")] = None,
    witness: Annotated[list[str] | None, typer.Option(help="Public key of a witness that must have signed.")] = None,
    policy: Annotated[Path | None, typer.Option(help="A tlog-policy file: log, witnesses and quorum.")] = None,
    seen: Annotated[Path | None, typer.Option(help="A checkpoint you kept; the log must contain it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check every entry, every tile, the root and the signatures, from nothing but the files. Needs no sign-in.

    In a deployment's own folder, with its keys, what it remembers of the record is held against the record as well.
    """
    from peelian.app.corrections.record import remembered, verify

    with step_progress() as progress:
        result = verify(
            where,
            vkey=vkey,
            witnesses=witness or (),
            policy=policy,
            seen=seen,
            progress=lambda done, of: progress(done, of, "entries"),
        )
    told = result.as_dict() | ({"remembered": remembered(where)} if result.ok else {})
    emit(told, as_json, say_verified)
    if not result.ok:
        raise typer.Exit(_TAMPERED)


def say_verified(result: dict[str, Any]) -> None:
    """Tell what was found."""
    line(f"{'Verified' if result['ok'] else 'NOT VERIFIED'}: {result['origin']}")
    line(f"  {result['size']:,} entries, root {result['root']}")
    for seen in result["witnesses"]:
        line(f"  cosigned by {seen['name']} at {seen['at']}")
    if not result["witnesses"]:
        line("  No outside witness has signed: whoever holds the log's key could have written another history.")
    if result["first_use"]:
        line("  The key came from the log itself. Write it down, and give it next time:")
        line(f"    --vkey {result['vkey']}")
    if result.get("remembered") == "true":
        line("  What this deployment remembers of the record is what the record says.")
    for problem in result["problems"]:
        line(f"  {problem['code']}: {problem['what']} ({problem['where']})")


@group.command("show")
@command
def run_show(
    folder: In,
    last: Annotated[int, typer.Option(help="How many of the newest entries.", min=1, max=100_000)] = 20,
    private: Annotated[
        bool, typer.Option("--private", help="The sealed part too: needs the duty to read the log, and is entered.")
    ] = False,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Show the newest entries. The public part needs no sign-in."""
    from peelian.app.corrections.record import read_private, show

    if private:
        with at_door(place_of(folder, acting_as)) as caller:
            emit(read_private(caller, last), as_json, say_entries)
        return
    emit(show(Path(folder), last), as_json, say_entries)


def say_entries(result: dict[str, Any]) -> None:
    """Print an entry a line."""
    for e in result["entries"]:
        line(f"{e['index']:>7}  {e['day']}  {e['op']:<18} {e['decision']:<7} {e['tool']:<12} {e['purpose']}")
        if "body" in e:
            line(f"         {_worded(e['body'])}")


def _worded(body: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in body.items() if value not in ("", None))
