"""``peelian context``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line, minute

group = typer.Typer(help="What you work on: later commands take purpose and reason from it.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="context")


@group.command("set")
@command
def run_set(
    folder: In,
    operation: Annotated[
        str, typer.Argument(metavar="OPERATION", help="An open operation that you are on; none with --emergency.")
    ] = "",
    emergency: Annotated[
        str, typer.Option(metavar="PURPOSE", help="Danger to life: look up without an operation, marked and reviewed.")
    ] = "",
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Set what you work on."""
    from peelian.app.session import set_context

    with at_door(place_of(folder, acting_as)) as caller:
        emit(set_context(caller, operation, emergency_purpose=emergency), as_json, say)


@group.command("show")
@command
def run_show(folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """Show who you are here and what you work on."""
    from peelian.app.session import show_context

    with at_door(place_of(folder, acting_as)) as caller:
        emit(show_context(caller), as_json, say_who)


def say(result: dict[str, Any]) -> None:
    """Tell the working context."""
    line(f"Working on: {result['title'] or 'an emergency'}, until {minute(result['until'])}.")
    line(f"Purpose: {result['purpose']}. Reason on record: {result['reason']}")


def say_who(result: dict[str, Any]) -> None:
    """Tell who is here."""
    line(f"{result['account']} ({', '.join(result['roles'])}), signed in until {minute(result['session_until'])}.")
    line(f"Working on: {result['operation'] or 'nothing yet'}; purpose: {result['purpose'] or 'none'}.")
