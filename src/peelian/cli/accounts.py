"""``peelian accounts``, ``peelian passphrase``, ``peelian sign-in-link`` and ``peelian sign-in-token``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, key_home, place_of
from peelian.cli.output import AsJson, In, command, emit, line, minute, note

group = typer.Typer(help="A passphrase for signing in with a browser.", no_args_is_help=True)

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Your account; you must hold its key.")]
Minutes = Annotated[int, typer.Option(help="How long it waits to be used, minutes.")]
KeyPassphrase = Annotated[
    str | None, typer.Option(envvar="PEELIAN_PASSPHRASE", help="Opens the key in your key folder, if it is locked.")
]


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("accounts")(run_accounts)
    app.add_typer(group, name="passphrase")
    app.command("sign-in-link")(run_link)
    app.command("sign-in-token")(run_token)


@command
def run_accounts(folder: In, as_json: AsJson = False) -> None:
    """List the accounts that may sign in, what their holders do, and whose key you hold."""
    from peelian.app.signing import accounts

    with at_door(place_of(folder)) as caller:
        emit(accounts(caller), as_json, say_accounts)


@group.command("set")
@command
def run_set(
    account: Account,
    folder: In,
    new: Annotated[
        str | None, typer.Option(envvar="PEELIAN_NEW_PASSPHRASE", help="The new passphrase; asked for if left out.")
    ] = None,
    passphrase: KeyPassphrase = None,
    as_json: AsJson = False,
) -> None:
    """Set your passphrase: your account's key is locked with it and left at the desk."""
    from peelian.app.signing import set_passphrase

    words = new or typer.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True)
    with at_door(place_of(folder)) as caller:
        result = set_passphrase(caller, account, words, passphrase)
    emit(result, as_json, lambda r: line(f"{r['account']} can sign in at the desk with that passphrase."))


@command
def run_link(
    account: Account, folder: In, minutes: Minutes = 10, passphrase: KeyPassphrase = None, as_json: AsJson = False
) -> None:
    """Make a link that signs you in once; your key stays in your key folder."""
    from peelian.app.signing import make_link

    with at_door(place_of(folder)) as caller:
        result = make_link(caller, account, minutes, passphrase)
    emit(result, as_json, say_link)


@command
def run_token(
    account: Account,
    deployment: Annotated[
        str | None, typer.Option(help="Id of the deployment; may be left out when you hold keys of one only.")
    ] = None,
    minutes: Minutes = 10,
    passphrase: KeyPassphrase = None,
    as_json: AsJson = False,
) -> None:
    """Make a token that signs you in once, on a machine that does not reach the deployment."""
    from peelian.app.signing import token_from

    result = token_from(key_home(), account, minutes, deployment, passphrase)
    emit(result, as_json, say_token)


def say_accounts(result: dict[str, Any]) -> None:
    """Tell each account in a line."""
    for row in result["accounts"]:
        key = "you hold its key" if row["key_held"] else ""
        way = "own key only" if row["own_key_only"] else ""
        told = ", ".join(t for t in (way, key) if t)
        line(f"{row['account']:<28} {', '.join(row['titles']):<26} {told}".rstrip())
    if result["demonstration"]:
        line("Everyone here is made up.")


def say_link(result: dict[str, Any]) -> None:
    """Tell the link."""
    line(result["path"])
    note(
        f"Put it behind the address of the site. It signs {result['account']} in once, until {minute(result['until'])}."
    )


def say_token(result: dict[str, Any]) -> None:
    """Tell the token."""
    line(result["token"])
    note(f"Paste it into the sign-in page. It signs {result['account']} in once, until {minute(result['until'])}.")
