"""``peelian record``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from peelian.app.faces import Caller, at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line

group = typer.Typer(
    help="Answer what somebody asks about one record: contest, restrict, correct, hold.", no_args_is_help=True
)

Key = Annotated[
    str, typer.Argument(metavar="KEY", help="The record, as pages give it: its table, a colon, 32 hex digits.")
]
Reason = Annotated[str, typer.Option(help="Why, in 10 to 2,000 characters; no names.")]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="record")


@group.command("contest")
@command
def run_contest(key: Key, folder: In, reason: Reason, acting_as: As = None, as_json: AsJson = False) -> None:
    """Pull a record from every tool and list while an objection is open; whoever looks it up is told so."""
    from peelian.app.corrections.amend import contest

    _answer(folder, acting_as, as_json, lambda caller: contest(caller, key, reason))


@group.command("restrict")
@command
def run_restrict(key: Key, folder: In, reason: Reason, acting_as: As = None, as_json: AsJson = False) -> None:
    """Shut a record to everybody but those whose duty it is to review it."""
    from peelian.app.corrections.amend import restrict

    _answer(folder, acting_as, as_json, lambda caller: restrict(caller, key, reason))


@group.command("correct")
@command
def run_correct(
    key: Key,
    column: Annotated[str, typer.Argument(help="What is wrong: a column of the table.")],
    folder: In,
    reason: Reason,
    empty: Annotated[bool, typer.Option("--empty", help="Nothing is to stand there.")] = False,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Put the right value in the place of a wrong one. The value is read from standard input, never an argument."""
    from peelian.app.corrections.amend import correct

    value = None if empty else sys.stdin.read().strip()
    _answer(folder, acting_as, as_json, lambda caller: correct(caller, key, column, value, reason))


@group.command("hold")
@command
def run_hold(
    key: Key,
    folder: In,
    reason: Reason,
    under: Annotated[str, typer.Option(help="The mandate for holding, e.g. hold-inquiry.")],
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Keep a record past its last day, unreadable, for as long as a mandate says."""
    from peelian.app.corrections.amend import hold

    _answer(folder, acting_as, as_json, lambda caller: hold(caller, key, under, reason))


@group.command("lift")
@command
def run_lift(key: Key, folder: In, reason: Reason, acting_as: As = None, as_json: AsJson = False) -> None:
    """Take back that a record is contested, restricted or held; what was corrected stays corrected."""
    from peelian.app.corrections.amend import lift

    _answer(folder, acting_as, as_json, lambda caller: lift(caller, key, reason))


@group.command("list")
@command
def run_list(folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """List the objections that are open, with the day by which each is to be decided, and say how many are late."""
    from peelian.app.corrections.amend import objections

    with at_door(place_of(folder, acting_as)) as caller:
        emit({"objections": objections(caller)}, as_json, say_open)


def say_open(told: dict[str, Any]) -> None:
    """Print the objections that are open, the one that is due first before the others."""
    for one in told["objections"]:
        whose = "; you entered it, somebody else decides it" if one["mine"] else ""
        line(f"{one['key']}  decide by {one['due_on']}{' LATE' if one['late'] else ''}{whose}")
    late = sum(one["late"] for one in told["objections"])
    line(f"Open objections: {len(told['objections'])}, of which late: {late}.")


def _answer(folder: str, acting_as: str | None, as_json: bool, act: Callable[[Caller], dict[str, object]]) -> None:
    with at_door(place_of(folder, acting_as)) as caller:
        emit(act(caller), as_json, say)


def say(told: dict[str, Any]) -> None:
    """Print the receipt: what became of the record, and of each thing that rested on it."""
    from peelian.app.linking.relinking import say_relinked

    line(f"Done, reference {told['reference']}: {told['kind']}, {told['versions']} rows of {told['table']}.")
    if "due_on" in told:
        line(f"  to be decided by somebody else, until {told['due_on']}")
    line(f"  links taken back: {told['links']}; verdicts shut or opened with it: {told['verdicts']}")
    for words in say_relinked(told.get("relinked")):
        line(f"  {words}")
    for finding in told["findings"]:
        line(f"  re-opened: finding {finding}")
    for copy in told["copies"]:
        line(f"  recalled: copy {copy['number']}, held by {copy['holder']}")
    for chart in told["charts"]:
        line(f"  drawn anew when next opened: chart {chart}")
    for place in told["places"]:
        line(f"  {place}")
