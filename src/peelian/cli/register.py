"""``peelian register``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from peelian.cli.output import AsJson, command, emit, line

group = typer.Typer(help="A published register, seen from outside.", no_args_is_help=True)

_TAMPERED = 8


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="register")


@group.command("verify")
@command
def run_verify(
    where: Annotated[str, typer.Argument(metavar="SITE|URL", help="The site's folder or its address.")],
    vkey: Annotated[str | None, typer.Option(help="The record's public key, as you wrote it down.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check that a register's pages are what its facts make, its state and acts signed. Needs no sign-in."""
    from peelian.app.publishing.register import verify_now

    told = verify_now(where, vkey=vkey)
    emit(told, as_json, say_verified)
    if not told["ok"]:
        raise typer.Exit(_TAMPERED)


def say_verified(told: dict[str, Any]) -> None:
    """Tell what was found, check by check."""
    line("Verified" if told["ok"] else "NOT VERIFIED")
    for check in told["checks"]:
        line(f"  {'ok ' if check['ok'] else 'NO '} {check['what']}: {check['told']}")
    if told["first_use"]:
        line("  The key came from the site itself. Write it down, and give it next time:")
        line(f"    --vkey {told['vkey']}")
    line("  Whether the facts are true is not checked here.")
