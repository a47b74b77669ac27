"""``peelian sign-in`` and ``peelian sign-out``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line, minute, next_command


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("sign-in")(run)
    app.command("sign-out")(run_out)


@command
def run(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Your account; you must hold its key.")],
    folder: In,
    passphrase: Annotated[
        str | None, typer.Option(envvar="PEELIAN_PASSPHRASE", help="Opens the key, if it is locked.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sign in with your own key. The session lasts a shift, and nobody without your key can use it."""
    from peelian.app.session import sign_in

    with at_door(place_of(folder)) as caller:
        result = sign_in(caller, account, passphrase)
    emit(result, as_json, lambda r: say(r, folder))


@command
def run_out(folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """End your session at once."""
    from peelian.app.session import sign_out

    with at_door(place_of(folder, acting_as)) as caller:
        emit(sign_out(caller), as_json, lambda r: line(f"{r['account']} is signed out."))


def say(result: dict[str, Any], folder: str) -> None:
    """Tell who is signed in and which operations they are on."""
    line(f"Signed in as {result['account']} ({', '.join(result['roles'])}) until {minute(result['until'])}.")
    for operation in result["operations"]:
        line(f"  {operation['id']}: {operation['title']} (for {operation['purpose']})")
    if result["operations"]:
        line("Next: " + next_command(folder, f"context set {result['operations'][0]['id']}"))
