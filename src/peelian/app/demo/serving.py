"""The end of the demonstration: its pages served, links that sign its people in, and what to try to break."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

from peelian.app.caller import Caller, Place
from peelian.app.publishing import register
from peelian.app.served import Site
from peelian.app.serving import Address, serve
from peelian.app.signing import make_link
from peelian.people.keyring import Keyring
from peelian.people.links import MINUTES_MAX

PEOPLE = {
    "analyst-1": "analyst",
    "response-sergeant-1": "sergeant",
    "official-1": "official who answers for the tool",
    "panel-member-1": "panel member",
    "panel-member-2": "a second panel member, to confirm a stop",
}
"""Whom the demonstration lets one be, and what for."""

SIGNERS = ("panel-member-1", "panel-member-2")
"""Of them, those who stop a tool: the page asks for the key file of each."""

PORT = 8765

Ready = Callable[[dict[str, Any]], None]


def serve_demo(into: Path, home: Path, *, port: int = PORT, ready: Ready) -> None:
    """Serve a demonstration that has been walked, until interrupted.

    Parameters
    ----------
    into : Path
        The demonstration's folder.
    home : Path
        Key folder of the example's people. Links are made from it; the server itself never reads it.
    port : int
        Where to listen on this machine; any free one when it is taken.
    ready : callable
        Called once with ``public``, ``links`` (``who``, ``account``, ``url``), ``keys``, ``key_files`` of the panel's
        members, and ``to_break``.
    """
    place = Place(into / "deployment", home)

    def told(url: str, site: Site) -> None:
        keys = Keyring(home, site.deployment.id).folder / "accounts"
        ready(
            {
                "public": url,
                "links": links(site, place, url),
                "keys": str(home),
                "key_files": [str(keys / f"{account}.pem") for account in SIGNERS],
                "to_break": things_to_break(into),
            }
        )

    try:
        serve(place, Address(port=port), refresh=register.refresh, ready=told)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        serve(place, Address(port=0), refresh=register.refresh, ready=told)


def links(site: Site, place: Place, url: str) -> list[dict[str, str]]:
    """Make a one-time link for each of the people shown, with their own key, as they would themselves."""
    made = []
    for account, who in PEOPLE.items():
        here = Place(place.folder, place.home, account, place.clock)
        caller = Caller(here, site.deployment, site.gate, Keyring(place.home, site.deployment.id))
        path = str(make_link(caller, account, MINUTES_MAX)["path"])
        made.append({"who": who, "account": account, "url": url.rstrip("/") + path})
    return made


def things_to_break(into: Path) -> list[str]:
    """Name three things that somebody who doubts can try while the pages are served."""
    folder = into / "deployment"
    return [
        "As the sergeant, copy the number of a result from the address of a page of patrol places, and open "
        "/api/v1/findings/NUMBER before you have marked any place.",
        f"Change a byte of the record in {folder}/ledger/tile/entries, then: peelian ledger verify {folder}",
        "As one panel member, stop the tool alone; then with the second, and look at the sergeant's page again.",
    ]
