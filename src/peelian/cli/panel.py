"""``peelian panel``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, key_home, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line, note

group = typer.Typer(help="The oversight panel: stop a tool with several keys, and lift a stop.", no_args_is_help=True)

MandateId = Annotated[
    str, typer.Argument(metavar="MANDATE", help="The permission's id, as `peelian mandate list` has it.")
]
Reason = Annotated[str, typer.Option(help="The reason; it is public and part of what is signed.")]
Out = Annotated[str | None, typer.Option("--out", metavar="FILE", help="Write the statement to this file.")]
Signed = Annotated[list[str], typer.Argument(metavar="FILE...", help="Signed statements of one proposal.")]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="panel")


@group.command("propose")
@command
def run_propose(
    mandate: MandateId,
    folder: In,
    reason: Reason,
    lift: Annotated[bool, typer.Option("--lift", help="Propose to lift the panel's stop instead.")] = False,
    end_of_shift: Annotated[
        str, typer.Option("--end-of-shift", metavar="HH:MM", help="Begin then, local time; at once when left out.")
    ] = "",
    to_file: Out = None,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Put a stop, or its lifting, before the panel. Nothing stops until enough members have signed."""
    from peelian.app.oversight.panel import propose, propose_lift

    with at_door(place_of(folder, acting_as)) as caller:
        result = propose_lift(caller, mandate, reason) if lift else propose(caller, mandate, reason, end_of_shift)
    emit(_written(result, to_file), as_json, say_proposal)


@group.command("show")
@command
def run_show(
    folder: In,
    proposal: Annotated[
        str, typer.Argument(metavar="PROPOSAL", help="One proposal; all that is open if left out.")
    ] = "",
    to_file: Out = None,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Show what is before the panel, who has signed, and every stop there was."""
    from peelian.app.oversight.panel import one_proposal, show, told

    with at_door(place_of(folder, acting_as)) as caller:
        if proposal:
            one = _written(told(caller, one_proposal(caller, proposal)), to_file)
            emit(one, as_json, say_proposal)
        else:
            emit(show(caller), as_json, say_all)


@group.command("sign")
@command
def run_sign(
    statement: Annotated[str, typer.Argument(metavar="STATEMENT", help="The statement's file.")],
    account: Annotated[str, typer.Option("--account", help="Your account; you must hold its key.")],
    key: Annotated[
        str | None, typer.Option("--key", metavar="FILE", help="Your key, if not in your key folder.")
    ] = None,
    passphrase: Annotated[
        str | None, typer.Option(envvar="PEELIAN_PASSPHRASE", help="Opens the key, if it is locked.")
    ] = None,
    to_file: Annotated[
        str | None, typer.Option("--out", metavar="FILE", help="Where to; into the statement's file when left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sign a statement with your own key. Needs no deployment and no network: any machine of yours will do."""
    from peelian.app.oversight.panel import sign_file

    given = Path(statement)
    signed, words = sign_file(given, account, key_home(), key_file=Path(key) if key else None, passphrase=passphrase)
    for what, value in words:
        note(f"{what}: {value}")
    target = Path(to_file) if to_file else given
    target.write_text(signed, encoding="utf-8")
    result = {"account": account, "file": str(target), "statement": dict(words)}
    emit(
        result,
        as_json,
        lambda r: line(f"Signed as {r['account']}: {r['file']}. Hand it in, or pass it to a colleague."),
    )


@group.command("stop")
@command
def run_stop(files: Signed, folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """Hand in signatures to stop. With enough of them the tool is off at the next decision, everywhere."""
    _hand_in("stop", files, folder, acting_as, as_json)


@group.command("lift")
@command
def run_lift(files: Signed, folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """Hand in signatures to lift the panel's stop."""
    _hand_in("lift", files, folder, acting_as, as_json)


def _hand_in(act: str, files: list[str], folder: str, acting_as: str | None, as_json: bool) -> None:
    from peelian.app.oversight.panel import hand_in

    contents = [Path(file).read_text(encoding="utf-8") for file in files]
    with at_door(place_of(folder, acting_as)) as caller:
        result = hand_in(caller, act, contents)
    emit(result, as_json, say_proposal)


def _written(result: dict[str, Any], to_file: str | None) -> dict[str, Any]:
    """Write the statement to a file, if one was named."""
    if to_file:
        Path(to_file).write_text(result["statement"], encoding="utf-8")
        result["file"] = to_file
    return result


def say_proposal(row: dict[str, Any]) -> None:
    """Tell a proposal, and what comes next."""
    what = "Stop" if row["act"] == "stop" else "Lift the stop on"
    signed = ", ".join(row["signed_by"]) or "nobody yet"
    line(f"{what} {row['mandate']} ({row['title']}), {row['from']}. {row['reason']}")
    line(f"Proposal {row['proposal']}; signed by {signed}; {row['needed']} needed.")
    if row["done"]:
        line("Carried out." if row["act"] == "stop" else "Lifted.")
    else:
        line("Not carried out yet.")
        note(f"Next: peelian panel sign {row.get('file', 'STATEMENT')} --account ACCOUNT")


def say_all(result: dict[str, Any]) -> None:
    """Tell every open proposal and every stop in a line or two."""
    for row in result["proposals"]:
        say_proposal(row)
    if not result["proposals"]:
        line("Nothing is before the panel.")
    for stop in result["stops"]:
        how = "stands" if stop["stands"] else f"lifted {stop['lifted']['at'][:10]}: {stop['lifted']['reason']}"
        line(f"Stop by the {stop['whose']} on {stop['mandate']} from {stop['from'][:16]}, {how}. {stop['reason']}")
