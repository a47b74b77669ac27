"""``peelian serve``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.app.faces import place_of
from peelian.cli.output import In, command, line


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("serve")(run)


@command
def run(
    folder: In,
    host: Annotated[str, typer.Option(help="Where to listen; beyond this machine only with a certificate.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="Port; 0 picks a free one.", min=0, max=65535)] = 8765,
    certificate: Annotated[Path | None, typer.Option(help="TLS certificate chain, PEM.")] = None,
    key: Annotated[Path | None, typer.Option(help="The certificate's private key, PEM.")] = None,
    name: Annotated[list[str] | None, typer.Option(help="Name under which people reach it.")] = None,
) -> None:
    """Serve the pages: the public register, the desk, the panel room. Ends with Ctrl-C.

    The server holds nobody's keys: it acts for somebody only while their request is in its hands. As long as it runs it
    signs and publishes the record's head, within a minute of every entry.
    """
    from peelian.app.publishing.register import refresh
    from peelian.app.serving import Address, serve

    address = Address(host, port, certificate, key, tuple(name or ()))
    serve(place_of(folder), address, refresh=refresh, ready=_ready)


def _ready(url: str, site: Any) -> None:
    line(f"Serving {site.force} at {url}")
    if site.demonstration:
        all_made_up = "Everyone and everything here is made up"
        line(f"Demonstration. {f'The people are made up; {site.real_parts}' if site.real_parts else all_made_up}.")
