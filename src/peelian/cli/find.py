"""``peelian search``, ``profile``, ``incident-page``, ``check-list`` and ``index``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, place_of
from peelian.cli.downloads import Out, write_copy
from peelian.cli.output import As, AsJson, In, command, emit, line, minute, note
from peelian.cli.progress import step_progress


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("search")(run_search)
    app.command("profile")(run_profile)
    app.command("incident-page")(run_incident_page)
    app.command("check-list")(run_check_list)
    app.command("index")(run_index)


@command
def run_search(
    folder: In,
    text: Annotated[
        str, typer.Argument(help="A name, a plate (* and ? stand for what is not known), phone, address, date, number.")
    ],
    out: Out = None,
    save: Annotated[str, typer.Option(metavar="NAME", help="Save it under a name, to ask again; needs --until.")] = "",
    until: Annotated[str, typer.Option(metavar="DAY", help="Day on which the saved search ends.")] = "",
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Search every source that what you work on lets you search; each hit says why. Recorded."""
    from peelian.app.finding.find import search
    from peelian.app.finding.find_files import leaving_answer
    from peelian.app.finding.find_told import as_plain

    with at_door(place_of(folder, acting_as)) as caller:
        answer = search(caller, text)
        emit(_object(as_plain(answer)), as_json, say_answer)
        if save or until:
            _save(caller, text, save, until)
        if out:
            write_copy(caller, leaving_answer(caller, answer), out)


def _save(caller: Any, text: str, name: str, until: str) -> None:
    from peelian.app.finding.standing import read_day, save_search

    made = save_search(caller, text, name, read_day(until))
    note(f"Saved as {made.id} until {made.until_on}: peelian saved run {made.id}")


@command
def run_profile(
    folder: In,
    kind: Annotated[str, typer.Argument(help="person, organisation, vehicle, phone or address.")],
    key: Annotated[
        str, typer.Argument(help="A person: the key that a search gave. Else the name, plate, number or address.")
    ],
    out: Out = None,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Show what may be shown of somebody or something: warnings first, each fact with its source."""
    from peelian.app.finding.find import profile
    from peelian.app.finding.find_files import leaving_profile
    from peelian.app.finding.find_told import as_plain

    with at_door(place_of(folder, acting_as)) as caller:
        page = profile(caller, kind, key)
        emit(_object(as_plain(page)), as_json, say_profile)
        if out:
            write_copy(caller, leaving_profile(caller, page), out)


@command
def run_incident_page(
    folder: In,
    text: Annotated[str, typer.Argument(metavar="ADDRESS|NUMBER", help="An address, or the number of a call.")],
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Show what somebody at a door needs to know: warnings, people and children, orders, calls, vehicles."""
    from peelian.app.finding.find import incident_page
    from peelian.app.finding.find_told import as_plain

    with at_door(place_of(folder, acting_as)) as caller:
        emit(_object(as_plain(incident_page(caller, text))), as_json, say_incident_page)


@command
def run_check_list(
    folder: In,
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="Text, one thing a line, or CSV, Excel, JSON lines; - for standard input."),
    ],
    column: Annotated[
        str, typer.Option("--column", help="Which column of a file with several; the first if none.")
    ] = "",
    out: Out = None,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Check a list of plates, phones, names or references; each line is a look-up of its own in the record."""
    from peelian.app.finding.find import check_list
    from peelian.app.finding.find_files import leaving_list
    from peelian.app.finding.find_told import as_plain
    from peelian.app.finding.uploads import list_in

    name, data = ("-.txt", sys.stdin.buffer.read()) if file == "-" else (file, Path(file).read_bytes())
    wanted = list_in(name if Path(name).suffix else name + ".txt", data, column)
    with at_door(place_of(folder, acting_as)) as caller:
        table = check_list(caller, wanted)
        emit(_object(as_plain(table)), as_json, say_table)
        if out:
            write_copy(caller, leaving_list(caller, table), out)


@command
def run_index(
    folder: In,
    whole: Annotated[bool, typer.Option("--whole", help="Build all of it anew.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the search index up to the last delivery. It is done after each one; nobody is shown a row."""
    from peelian.app.finding.find import bring_index_up_to_date

    with at_door(place_of(folder, None)) as caller:
        with step_progress() as progress:
            done = bring_index_up_to_date(caller, whole=whole, tell=lambda built, of: progress(built, of, "parts"))
        emit(done, as_json, say_index)


def _object(plain: object) -> dict[str, Any]:
    assert isinstance(plain, dict), "an answer is an object"
    return plain


def say_answer(answer: dict[str, Any]) -> None:
    """Tell what was found, and why; then what was not searched."""
    note("Taken for: " + ", ".join(f"{u['kind']} {u['says']}" for u in answer["understood"]))
    if not answer["found"]:
        line("Nothing you may see matches.")
    for found in answer["found"]:
        line(f"{found['title']}  ({found['kind']}, {found['strength']} of 1000)  {found['key']}")
        line(f"    because: {'; '.join(found['why'])}")
        for hit in found["hits"]:
            line(f"    {where(hit['fact'])}{_details(hit['details'])}")
    if answer["more"]:
        note("More records match than were looked at: say more, and the right ones are found.")
    say_foot(answer)


def where(fact: dict[str, Any]) -> str:
    """Write where a fact comes from."""
    parts = (fact["on"], fact["source"], fact["event"], fact["role"], fact["basis"], fact["grade"])
    return ", ".join(str(p) for p in parts if p)


def _details(details: list[list[str]]) -> str:
    return "".join(f"; {label} {value}" for label, value in details)


def say_foot(page: dict[str, Any]) -> None:
    """Tell the constant lines, which sources were searched, and which were not."""
    coverage = page["coverage"]
    searched = [s["title"] for s in coverage["sources"] if s["searched"]]
    note(f"Searched: {', '.join(searched) or 'nothing'}. Newest delivery: {minute(coverage['newest_at']) or 'none'}.")
    for source in coverage["sources"]:
        if not source["searched"]:
            note(f"Not searched: {source['title']}: {source['why_not'][0] if source['why_not'] else ''}")
    for text in page["notes"]:
        note(text)


def _say_facts(title: str, facts: list[dict[str, Any]], empty: str = "") -> None:
    if facts or empty:
        line(title)
    for fact in facts:
        contested = " [contested, not yet decided]" if fact["contested"] else ""
        until = f", until {fact['until_on']}" if fact["until_on"] else ""
        line(f"    {fact['says']}{contested}  [{where(fact)}{until}]")
    if not facts and empty:
        line(f"    {empty}")


def say_profile(page: dict[str, Any]) -> None:
    """Tell a page: warnings first."""
    line(page["title"] + ("  (under 18)" if page["under_18"] else ""))
    _say_facts("Warnings", page["warnings"], "None that you may see.")
    _say_facts("Names", page["names"])
    _say_facts("Birth dates", page["born"])
    for section in page["sections"]:
        _say_facts(section["title"], section["facts"], section["empty"])
    if page["connections"]:
        line("Connected to")
    for one in page["connections"]:
        line(f"    {one['title']} ({one['kind']}): {one['because']}  {one['key']}")
    say_foot(page)


def say_incident_page(page: dict[str, Any]) -> None:
    """Tell the page in the order in which it is needed at a door."""
    line(page["address"] or "No address is known for this.")
    _say_facts("Warnings", page["warnings"], "None that you may see.")
    line("People on record there")
    for person in page["people"] or ():
        child = "  CHILD" if person["child"] else ""
        line(f"    {person['title']}, born {person['born_on'] or 'not said'}{child}: {person['says']}")
    if not page["people"]:
        line("    None that you may see.")
    _say_facts("Court orders, bail and warrants", page["orders"], "None that you may see.")
    _say_facts("What a partner shared to keep people safe", page["concerns"])
    _say_facts("This call", page["call"])
    _say_facts("Last calls and reports", page["calls"])
    for one in page["vehicles"]:
        line(f"    {one['title']}: {one['because']}")
    say_foot(page)


def say_table(table: dict[str, Any]) -> None:
    """Tell the table, a line each."""
    for row in table["rows"]:
        titles = ", ".join(f["title"] for f in row["found"])
        line(f"{row['number']:>4}  {row['outcome']:<15} {row['text']}  {titles}  ({'; '.join(row['why'])})")
    say_foot(table)


def say_index(result: dict[str, Any]) -> None:
    """Tell how far the index has come."""
    how = "built anew" if result["whole"] else "brought up to date"
    line(f"The search index was {how}: {result['records']} records changed; it knows everything up to {result['seq']}.")
