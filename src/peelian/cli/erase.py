"""``peelian erase``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("erase")(run)


@command
def run(
    subjects: Annotated[
        list[str],
        typer.Argument(
            metavar="SUBJECT...", help="32 hex digits each, never a name: what each system calls the person."
        ),
    ],
    folder: In,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Erase everything about a subject, physically: tables, history, index, desk, keys. Prints a receipt."""
    from peelian.app.people import erase

    with at_door(place_of(folder, acting_as)) as caller:
        emit(erase(caller, *subjects), as_json, say)


def say(receipt: dict[str, Any]) -> None:
    """Tell what was erased and what cannot be reached."""
    from peelian.app.linking.relinking import say_relinked

    line(f"Erased, reference {receipt['reference']}: {receipt['records']} records.")
    for table, n in receipt["rows"].items():
        line(f"  {table}: {n} rows, history included")
    line(f"Rewritten: {len(receipt['places'])} places. Ledger keys destroyed: {receipt['keys_destroyed']}.")
    for words in say_relinked(receipt["relinked"]):
        line(words)
    for copy in receipt["copies"]:
        line(f"  recalled: copy {copy['number']}, held by {copy['holder']}")
    for one in receipt["case_files"]:
        line(f"  file {one['file']} of case {one['operation']}: {_in_file(one)}")
    for finding in receipt["findings"]:
        line(f"  re-opened: finding {finding}")
    line(f"Texts in which their names or numbers were masked: {receipt['texts_masked']}.")
    if receipt["texts_to_read"]:
        line(
            f"Texts that a person has to read, since a machine cannot tell whom they mean: {receipt['texts_to_read']}."
        )
    for key in receipt["to_read"]:
        line(f"  read: {key}")
    for place in receipt["cannot"]:
        line(f"  cannot be erased from here: {place}")


def _in_file(one: dict[str, Any]) -> str:
    done = "deleted whole" if one["gone"] else f"{one['rows']} rows erased"
    return f"{done}; {one['to_read']} that may be another's, for somebody on that case to read"
