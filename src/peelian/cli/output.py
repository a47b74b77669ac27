"""How commands speak: results on stdout, reasons and progress on stderr, an exit code for each family of error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from peelian.app.faces import PeelianError, RefusedError

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


def note(text: str) -> None:
    """Print a line of progress or explanation on stderr."""
    err.print(escape(text))


def line(text: str = "") -> None:
    """Print a line of the result on stdout."""
    out.print(escape(text))


@contextmanager
def errors_told() -> Iterator[None]:
    """Print an error with every reason, then leave with its family's exit code."""
    try:
        yield
    except PeelianError as error:
        tell(error)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        err.print("Interrupted. What was committed is kept; run the same command again to go on.")
        raise typer.Exit(130) from None


def tell(error: PeelianError) -> None:
    """Print an error on stderr, as JSON when the command was asked for JSON."""
    if "--json" in sys.argv:
        print(json.dumps(error.as_dict(), ensure_ascii=False), file=sys.stderr)
        return
    err.print(f"[bold]{escape(error.family)}[/bold] `{escape(error.code)}`: {escape(error.what)}")
    for text in (error.why, error.do):
        if text:
            err.print("  " + escape(text))
    if isinstance(error, RefusedError):
        for reason in error.reasons:
            err.print(f"  - {escape(reason.code)}: {escape(reason.what)}")
            for label, text in (("who can change it", reason.owner), ("what you can do", reason.do)):
                if text:
                    err.print(f"      {label}: {escape(text)}")


def command(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function a command whose errors are told, not thrown."""

    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with errors_told():
            return function(*args, **kwargs)

    return wrapped
