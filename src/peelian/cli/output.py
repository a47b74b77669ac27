"""How commands speak: results on stdout, reasons and progress on stderr, an exit code for each family of error."""

from __future__ import annotations

import json
import shlex
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from peelian.app.faces import Caller, PeelianError, RefusedError, at_door, from_system, place_of

In = Annotated[str, typer.Option("--in", metavar="DIR", help="The deployment's folder.", envvar="PEELIAN_DIR")]
As = Annotated[
    str | None, typer.Option("--as", metavar="ACCOUNT", help="Act as this signed-in account, whose key you hold.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def emit(result: Mapping[str, Any], as_json: bool, say: Callable[[dict[str, Any]], None]) -> None:
    """Print a result: as one JSON object, or in words by ``say``."""
    if as_json:
        print(json.dumps(result, indent=2, ensure_ascii=False, default=str))
    else:
        say(dict(result))


def emit_for(
    folder: str,
    acting_as: str | None,
    as_json: bool,
    ask: Callable[[Caller], Mapping[str, Any]],
    say: Callable[[dict[str, Any]], None],
) -> None:
    """Go to a deployment's door as somebody, ask for something there, and print what comes back."""
    with at_door(place_of(folder, acting_as)) as caller:
        emit(ask(caller), as_json, say)


def note(text: str) -> None:
    """Print a line of progress or explanation on stderr."""
    err.print(escape(text))


def line(text: str = "") -> None:
    """Print a line of the result on stdout."""
    out.print(escape(text))


def minute(instant: str | None) -> str:
    """Write an instant (UTC, ISO 8601) to the minute, as people read it."""
    return "" if not instant else f"{instant[:16].replace('T', ' ')} UTC"


def next_command(folder: str, words: str) -> str:
    """Write a command about a deployment so that it can be copied as it stands."""
    return f"peelian {words} --in {shlex.quote(folder)}"


@contextmanager
def errors_told(as_json: bool = False) -> Iterator[None]:
    """Print an error with every reason, then leave with its family's exit code."""
    try:
        yield
    except (typer.Exit, typer.Abort, BrokenPipeError):
        raise
    except (PeelianError, OSError) as error:
        told = from_system(error) if isinstance(error, OSError) else error
        tell(told, as_json)
        raise typer.Exit(told.exit_code) from None
    except KeyboardInterrupt:
        err.print("Interrupted. What was committed is kept; run the same command again to go on.")
        raise typer.Exit(130) from None
    except Exception as error:  # a bug: where it is may be told, its message may hold a row's value and may not
        _tell_bug(error)
        raise typer.Exit(1) from None


def tell(error: PeelianError, as_json: bool = False) -> None:
    """Print an error on stderr, as JSON when the command was asked for JSON."""
    if as_json:
        print(json.dumps(error.as_dict(), ensure_ascii=False), file=sys.stderr)
        return
    err.print(f"[bold]{escape(error.family)}[/bold] `{escape(error.code)}`: {escape(error.what)}")
    for text in (error.why, error.do):
        if text:
            err.print("  " + escape(text.replace("\n", "\n  ")))
    if isinstance(error, RefusedError):
        for reason in error.reasons:
            err.print(f"  - {escape(reason.code)}: {escape(reason.what)}")
            for label, text in (("who can change it", reason.owner), ("what you can do", reason.do)):
                if text:
                    err.print(f"      {label}: {escape(text)}")


def _tell_bug(error: Exception) -> None:
    err.print(f"[bold]bug[/bold]: {type(error).__name__}. This should not have happened; nothing personal is below.")
    for frame in traceback.extract_tb(error.__traceback__):
        err.print(f"  {escape(Path(frame.filename).name)}:{frame.lineno} {escape(frame.name)}")
    err.print("  Report these lines. What was committed before is kept.")


def command(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function a command whose errors are told, not thrown."""

    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with errors_told(bool(kwargs.get("as_json"))):
            return function(*args, **kwargs)

    return wrapped
