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
    data: Annotated[Path | None, typer.Option(help="An archive of data.police.uk; a made-up place without it.")] = None,
    area: Annotated[Path | None, typer.Option(help="Published study area, with --data.")] = None,
    size: Annotated[str, typer.Option(help="How large a made-up place: town or city.")] = "town",
    people: Annotated[
        bool, typer.Option("--people/--no-people", help="Take in every system of the made-up place, or crimes alone.")
    ] = True,
    to_serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the pages at the end.")] = True,
    port: Annotated[int, typer.Option(help="Port on this machine; any free one when taken.", min=0, max=65535)] = 8765,
    as_json: AsJson = False,
) -> None:
    """Walk from a source to a verified record, then serve the pages: register, desk, panel room. Ends with Ctrl-C.

    With ``--json`` or ``--no-serve`` it ends after the walk.
    """
    # Statistics take a second to load: verbs that need none do not wait for them.
    from peelian.app.demo.walk import demo, next_folder

    folder = into or next_folder(Path("demo"))
    keys = folder / "keys-of-the-example"
    walked = demo(folder, keys, data=data, area=area, tell=note, size=size, people=people)
    if as_json or not to_serve:
        emit(walked, as_json, say)
        return
    from peelian.app.demo.serving import serve_demo

    serve_demo(folder, keys, port=port, ready=lambda served: say_served(served | walked, served))


def say_served(walked: dict[str, Any], served: dict[str, Any]) -> None:
    """Tell where to look, who one can be, what to try to break and where the data came from."""
    line()
    line(f"Public register:  {served['public']}")
    line()
    line("Sign in once as somebody made up:")
    for link in served["links"]:
        line(f"  {link['who']}:")
        line(f"    {link['url']}")
    line()
    line("The panel signs a stop with key files. In the browser choose:")
    for path in served["key_files"]:
        line(f"  {path}")
    line()
    line("Three things to try to break:")
    for number, text in enumerate(served["to_break"], start=1):
        line(f"  {number} {text}")
    line()
    line(f"Data:             {walked['data']}")
    line(f"Command line:     export PEELIAN_HOME={_q(walked['keys'])} PEELIAN_DIR={_q(walked['deployment'])}{_path()}")
    line("Ctrl-C ends it.")


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
