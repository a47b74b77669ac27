"""``peelian watch``, ``saved`` and ``flag``: who looks at whom, and what stands for longer than a page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line, note

watching = typer.Typer(
    help="Watch over who looks at whom: for professional standards and the panel.", no_args_is_help=True
)
searches = typer.Typer(help="Searches that you saved: list, ask again, end.", no_args_is_help=True)
flagging = typer.Typer(help="Flags that say that somebody works on this: set, list, end.", no_args_is_help=True)

Days = Annotated[int, typer.Option(help="How many days back.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="Its number, as the list has it.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    app.add_typer(watching, name="watch")
    app.add_typer(searches, name="saved")
    app.add_typer(flagging, name="flag")


# Watching over use


@watching.command("who")
@command
def run_who(
    folder: In,
    text: Annotated[str, typer.Argument(help="A name and birth date, plate, phone, address, or a record's key.")],
    days: Days = 30,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Say who looked for somebody or something, when and what for. Recorded; opens no source."""
    from peelian.app.finding.find_told import as_plain
    from peelian.app.finding.watching import who_looked

    with at_door(place_of(folder, acting_as)) as caller:
        emit({"looked": as_plain(who_looked(caller, text, days))}, as_json, say_looked)


@watching.command("leads")
@command
def run_leads(folder: In, days: Days = 30, acting_as: As = None, as_json: AsJson = False) -> None:
    """List what somebody should look into: for oneself, for those close, by a colleague. It proves nothing."""
    from peelian.app.finding.find_told import as_plain
    from peelian.app.finding.watching import leads, pair_days

    with at_door(place_of(folder, acting_as)) as caller:
        told = {"leads": as_plain(leads(caller, days)), "pair_days": pair_days(caller)}
        emit(told, as_json, say_leads)


@watching.command("details")
@command
def run_details(
    folder: In,
    account: Annotated[str, typer.Argument(help="Whose details: an id of charter/people.yml.")] = "",
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="JSON; - for standard input. Only digests are kept.")
    ] = "-",
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Enter by what a member of staff is known; without an account, say of whom it is known."""
    from peelian.app.finding.watching import details_known, keep_details

    document = "" if not account else sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    with at_door(place_of(folder, acting_as)) as caller:
        if account:
            emit(keep_details(caller, account, document), as_json, say_kept)
        else:
            emit(details_known(caller), as_json, say_known)


# Saved searches


@searches.command("list")
@command
def run_saved(folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """List the searches that you saved."""
    from peelian.app.finding.find_told import as_plain
    from peelian.app.finding.standing import saved_searches

    with at_door(place_of(folder, acting_as)) as caller:
        emit({"saved": as_plain(saved_searches(caller))}, as_json, say_saved_list)


@searches.command("run")
@command
def run_again(folder: In, saved: Id, acting_as: As = None, as_json: AsJson = False) -> None:
    """Ask one again with the rights that you have now; what is new since the last time is marked."""
    from peelian.app.finding.find_told import as_plain
    from peelian.app.finding.standing import run_search

    with at_door(place_of(folder, acting_as)) as caller:
        told = as_plain(run_search(caller, saved))
        assert isinstance(told, dict), "a run is an object"
        emit(told, as_json, say_run)


@searches.command("end")
@command
def run_end(folder: In, saved: Id, acting_as: As = None, as_json: AsJson = False) -> None:
    """End one: what it was for is destroyed."""
    from peelian.app.finding.standing import end_search

    with at_door(place_of(folder, acting_as)) as caller:
        end_search(caller, saved)
        emit({"ended": saved}, as_json, lambda told: line("Ended. What it looked for is gone."))


# Flags


@flagging.command("set")
@command
def run_flag(
    folder: In,
    kind: Annotated[
        str, typer.Argument(help="overt: whoever opens it is told whom to ask. covert: only you learn of it.")
    ],
    about: Annotated[str, typer.Argument(help="person, vehicle, phone or address.")],
    key: Annotated[
        str, typer.Argument(help="A person: the key that a search gave. Else the plate, number or address.")
    ],
    review: Annotated[str, typer.Option(metavar="DAY", help="Day on which you look at it again.")],
    until: Annotated[str, typer.Option(metavar="DAY", help="Day on which it ends.")],
    contact: Annotated[str, typer.Option(help="Whom to ask; an overt flag needs it.")] = "",
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Set a deconfliction flag for the operation that you work on."""
    from peelian.app.finding.find_told import as_plain
    from peelian.app.finding.standing import read_day, set_flag

    with at_door(place_of(folder, acting_as)) as caller:
        ends, again = read_day(until), read_day(review)
        told = as_plain(set_flag(caller, kind, about, key, contact=contact, review_on=again, until=ends))
        emit({"flag": told}, as_json, lambda made: _say_flag(made["flag"]))


@flagging.command("list")
@command
def run_flags(folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """List your flags, and who looked since each was set. Recorded."""
    from peelian.app.finding.find_told import as_plain
    from peelian.app.finding.standing import flags

    with at_door(place_of(folder, acting_as)) as caller:
        emit({"flags": as_plain(flags(caller))}, as_json, say_flags)


@flagging.command("end")
@command
def run_flag_end(folder: In, flag: Id, acting_as: As = None, as_json: AsJson = False) -> None:
    """End one."""
    from peelian.app.finding.standing import end_flag

    with at_door(place_of(folder, acting_as)) as caller:
        end_flag(caller, flag)
        emit({"ended": flag}, as_json, lambda told: line("Ended."))


# Words


def say_looked(told: dict[str, Any]) -> None:
    """Tell who looked, a line each."""
    for one in told["looked"]:
        stopped = "  STOPPED: about themselves" if one["stopped"] else ""
        line(f"{one['at']}  {one['who']} ({', '.join(one['roles'])})  {one['how']}  [entry {one['entry']}]{stopped}")
        line(f"    {one['purpose']}: {one['operation']}")
    if not told["looked"]:
        line("Nobody, as far as the record of those days tells.")
    note("That you asked is in the record.")


def say_leads(told: dict[str, Any]) -> None:
    """Tell the leads, the strong ones marked."""
    for one in told["leads"]:
        how = "STRONG" if one["strong"] else "weak  "
        line(f"{how}  {one['at']}  {one['who']}: {one['says']}  [entry {one['entry']}]")
        if one["asked_at"]:
            line(f"        {one['about']} asked {one['asked_at']} [entry {one['asked_entry']}]")
        if one["evidence"]:
            line(f"        by: {', '.join(one['evidence'])}")
    if not told["leads"]:
        line("Nothing to look into.")
    note(f"A colleague's look-up counts within {told['pair_days']} days. A lead proves nothing; people look into it.")


def say_kept(told: dict[str, Any]) -> None:
    """Tell what was kept."""
    line(f"{told['marks']} marks of {told['account']} are kept, {told['relations']} people close to them among it.")
    note("Only digests are kept. Delete the file.")


def say_known(told: dict[str, Any]) -> None:
    """Tell of whom details are kept."""
    for account, marks in told["known"].items():
        line(f"{account}: {marks} marks")
    note(f"Of nobody else: {', '.join(told['missing'])}" if told["missing"] else "Of everybody.")


def _say_saved(one: dict[str, Any]) -> None:
    line(f"{one['id']}  {one['name'] or '(what it was for is gone)'}  {one['state']}, until {one['until_on']}")
    if one["stands"]:
        line(f"    {one['text']}  [{one['operation']}, {one['purpose']}]  last asked: {one['ran_at'] or 'never'}")


def say_saved_list(told: dict[str, Any]) -> None:
    """Tell the saved searches."""
    for one in told["saved"]:
        _say_saved(one)
    if not told["saved"]:
        line("You have saved no search. Save one: peelian search WORDS --save NAME --until DAY")


def say_run(told: dict[str, Any]) -> None:
    """Tell what was found, and what of it is new."""
    from peelian.cli.find import say_answer

    say_answer(told["answer"])
    titles = [f["title"] for f in told["answer"]["found"] if f["key"] in told["new"]]
    note(
        "First time: nothing is marked."
        if told["first"]
        else f"New since the last time: {'; '.join(titles) or 'nothing'}."
    )


def _say_flag(one: dict[str, Any]) -> None:
    due = "  LOOK AT IT AGAIN" if one["stands"] and one["review_due"] else ""
    line(f"{one['id']}  {one['kind']}, {one['about']} {one['on']}  {one['state']}, review {one['review_on']}, "
         f"until {one['until_on']}{due}")  # fmt: skip


def say_flags(told: dict[str, Any]) -> None:
    """Tell the flags, each with who looked."""
    for one in told["flags"]:
        _say_flag(one)
        if not one["told"]:
            line(f"    {one['state']}.")
        for look in one["looked"]:
            line(f"    {look['at']}  {look['who']}, {look['how']}, {look['operation']}")
    if not told["flags"]:
        line("You have set no flag.")
    note("That you looked at this is in the record.")
