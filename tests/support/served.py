"""A demonstration, built once a run and served: for tests that look at pages, with a browser or without."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from peelian.app.caller import Caller, Place
from peelian.app.demo.walk import demo
from peelian.app.served import Site
from peelian.app.serving import Address, in_background
from peelian.app.signing import make_link
from peelian.core.time import Clock, SystemClock
from peelian.people.keyring import Keyring


@dataclass(frozen=True)
class Served:
    """A demonstration that is being served.

    Parameters
    ----------
    url : str
        Where, without the last slash.
    site : Site
        What is served.
    place : Place
        The deployment and the key folder of the example's people.
    """

    url: str
    site: Site
    place: Place

    def caller(self, account: str) -> Caller:
        """Return somebody at the served door, with the example's keys."""
        place = Place(self.place.folder, self.place.home, account, self.place.clock)
        return Caller(place, self.site.deployment, self.site.gate, Keyring(place.home, self.site.deployment.id))

    def link(self, account: str, minutes: int = 5) -> str:
        """Make a one-time link that signs somebody in, as they would with their own key."""
        return self.url + str(make_link(self.caller(account), account, minutes)["path"])


def build_demo(folder: Path) -> Path:
    """Build the demonstration in a folder shared by all processes of a test run, once; return the folder."""
    given = os.environ.get("PEELIAN_DEMO")  # one built earlier, for working on pages
    if given:
        return Path(given)
    whole = folder / "demonstration"
    with open(folder / "demonstration.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.is_dir():
            making = folder / "demonstration.new"
            shutil.rmtree(making, ignore_errors=True)
            demo(making, making / "keys", data=None, area=None, tell=lambda text: None, people=False)
            making.rename(whole)
    return whole


@contextmanager
def serving_copy(
    built: Path,
    folder: Path,
    *,
    clock: Clock | None = None,
    refresh: Callable[[Site], None] | None = None,
) -> Iterator[Served]:
    """Serve a copy of a demonstration, on a free port of this machine.

    Parameters
    ----------
    refresh : callable, optional
        Keeps the public register up, ``register.refresh``; tests that do not look at it do without.
    """
    shutil.copytree(built, folder)
    place = Place(folder / "deployment", folder / "keys", clock=clock or SystemClock())
    with Site(place, refresh) as site, in_background(site, Address(port=0)) as url:
        site.keep()
        yield Served(url.rstrip("/"), site, place)
