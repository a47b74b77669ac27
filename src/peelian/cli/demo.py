"""``peelian demo``."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.cli.output import AsJson, command, emit, line, note


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("demo")(run)


@command
def run(
    into: Annotated[
        Path | None, typer.Option(help="Empty folder for the demonstration; the next free one below demo/ by default.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="An archive of data.police.uk; a made-up town without it.")] = None,
    area: Annotated[Path | None, typer.Option(help="Published study area, with --data.")] = None,
    as_json: AsJson = False,
) -> None:
    """Walk from a source to a verified record and a static report, in one go."""
    # Statistics take a second to load: verbs that need none do not wait for them.
    from peelian.app.demo import demo, next_folder

    folder = into or next_folder(Path("demo"))
    emit(demo(folder, folder / "keys-of-the-example", data=data, area=area, tell=note), as_json, say)


def say(result: dict[str, Any]) -> None:
    """Tell where things are and what to try."""
    line()
    line(f"Report:      {result['report']}")
    line(f"Deployment:  {result['deployment']}")
    line(f"Data:        {result['data']}")
    line(f"To go on:    export PEELIAN_HOME={_q(result['keys'])} PEELIAN_DIR={_q(result['deployment'])}{_path()}")
    line()
    line("Three things to try to break:")
    for number, text in enumerate(result["to_break"], start=1):
        line(f"  {number} {text}")
    line(f"Done in {result['seconds']} s.")


def _q(path: object) -> str:
    return shlex.quote(str(path))


def _path() -> str:
    """Say how the shell finds the program, when it does not: a clone's program lies in ``.venv/bin``."""
    if shutil.which("peelian"):
        return ""
    here, folder = Path.cwd(), Path(sys.executable).parent
    shown = f"$PWD/{folder.relative_to(here)}" if folder.is_relative_to(here) else str(folder)
    return f' PATH="{shown}:$PATH"'
