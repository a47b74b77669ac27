"""``peelian retain``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from peelian.app.faces import at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line
from peelian.cli.progress import line_progress


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("retain")(run)


@command
def run(
    folder: In,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would go; delete nothing.")] = False,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="With --dry-run: count for that later day.")
    ] = None,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Delete what is over: rows past their last day, and everything made of them. For every night."""
    from peelian.app.corrections.retention import retain

    with at_door(place_of(folder, acting_as)) as caller, line_progress() as tell:
        done = retain(caller, dry_run=dry_run, on=on.date() if on else None, tell=tell)
        emit(done, as_json, lambda told: say(told, dry_run=dry_run))


def say(told: dict[str, Any], *, dry_run: bool) -> None:
    """Tell what went, or would go, table by table; and what is held, by which mandate."""
    word = "Would delete" if dry_run else "Deleted"
    rows = {t: c["current"] + c["past"] for t, c in told["counts"].items()} if dry_run else told["rows"]
    if not any(rows.values()):
        line(f"Nothing is over on {told['on']}.")
    for table, n in rows.items():
        line(f"{word} {n:,} rows of {table}, history included.")
    for source in told["ended"]:
        line(f"No agreement stands for {source}: everything of it is over.")
    for mandate, n in told["holds"].items():
        line(f"Held under {mandate}: {n:,} records stay past their day, unreadable.")
    for finding in told["findings"]:
        line(f"Deleted finding {finding}: none of its rows is left.")
    for number in told["copies"]:
        line(f"Recalled copy {number}: a row in it is over.")
    for chart in told["charts"]:
        line(f"Wrote chart {chart} anew: something it rested on is over.")
    if told.get("case_files"):
        line(f"Deleted {told['case_files']} files of cases that are over, with their keys.")
    if told["keys_destroyed"]:
        line(f"Destroyed {told['keys_destroyed']} keys to whom the record of use is about: no row of theirs is left.")
    if told["reference"]:
        line(f"Receipt {told['reference']}: {told['batches']} batches, {len(told['places'])} places rewritten.")
