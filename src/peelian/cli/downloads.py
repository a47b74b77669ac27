"""``peelian downloads`` and ``peelian recall``: numbered copies of look-ups and what became of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.app.faces import Caller, at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line, note

Out = Annotated[
    str | None,
    typer.Option("--out", metavar="FILE", help="Take it as a numbered copy: .xlsx, .csv or .json. Nobody under 18."),
]

_STATES = {"held": "held", "expired": "time is over: delete it", "recalled": "RECALLED: delete it", "ended": "deleted"}


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("downloads")(run)
    app.command("recall")(run_recall)


@command
def run(
    folder: In,
    deleted: Annotated[
        int | None, typer.Option("--deleted", metavar="NUMBER", help="Say that this copy of yours is deleted.")
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody's, for those whose duty it is to erase.")] = False,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """List the copies that you took out of look-ups, by number, and which were recalled."""
    from peelian.app.finding.find_copies import all_downloads, end_download, my_downloads
    from peelian.app.finding.find_told import as_plain

    with at_door(place_of(folder, acting_as)) as caller:
        if deleted is not None:
            end_download(caller, deleted)
        shown = as_plain(all_downloads(caller) if everybody else my_downloads(caller))
        assert isinstance(shown, dict), "downloads are an object"
        emit(shown, as_json, say)


@command
def run_recall(
    folder: In,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The copy's number.")],
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Call a numbered copy back by hand. Erasing or correcting a record recalls the copies it is in by itself."""
    from peelian.app.finding.find_copies import recall

    with at_door(place_of(folder, acting_as)) as caller:
        emit(recall(caller, number).as_dict(), as_json, say_recalled)


def say(downloads: dict[str, Any]) -> None:
    """Tell each copy on a line."""
    for one in downloads["rows"]:
        line(f"copy {one['number']}  {_STATES[one['state']]}  {one['what']}, {one['form']}, {one['rows']} rows")
        note(f"    held by {one['holder']}, taken {one['taken']}, to be deleted by {one['delete_by']}")
    if not downloads["rows"]:
        line("No copies.")


def say_recalled(recalled: dict[str, Any]) -> None:
    """Tell who is asked for it."""
    line(f"Recalled: copy {recalled['number']}, held by {recalled['holder']}.")


def write_copy(caller: Caller, leaving: Any, out: str) -> None:
    """Take a numbered copy and write it to a file that is not there yet."""
    from peelian.app.finding.find_files import hand_over

    path = Path(out)
    with open(path, "xb") as file:  # before it is numbered: a copy that cannot be written is not taken
        try:
            made = hand_over(caller, leaving, path.suffix.removeprefix(".").lower())
            file.write(made.body)
        except BaseException:
            path.unlink()
            raise
    note(f"Copy {made.copy.number}, numbered to {made.copy.holder}: {out}. See peelian downloads.")
