"""A deployment as a server holds it: one door, open as long as the server lives, and what it publishes beside it."""

from __future__ import annotations

import threading
from pathlib import Path

from peelian.app.caller import Place
from peelian.core.time import Clock
from peelian.gate.door import Gate
from peelian.gate.opening import open_gate
from peelian.policy.charter import Charter, load_charter
from peelian.store.deployment import Deployment, open_deployment, require_deployment, require_finished

PUBLISH_EVERY_S = 60.0
"""How long a new entry may wait before the signed head of the record covers it."""


class Site:
    """One deployment, served. Safe for threads; close it when done.

    Parameters
    ----------
    place : Place
        The deployment's folder and the clock. No key folder is used: a server holds nobody's keys.
    """

    def __init__(self, place: Place) -> None:
        require_deployment(place.folder)
        require_finished(place.folder)
        self.place = place
        self._turn = threading.Lock()
        self.deployment, self._gate = _open(place)

    @property
    def gate(self) -> Gate:
        """The door."""
        return self._gate

    @property
    def charter(self) -> Charter:
        """The charter that the door was opened with."""
        return self._gate.charter

    @property
    def clock(self) -> Clock:
        """A clock that never runs behind the record."""
        return self._gate.clock

    @property
    def force(self) -> str:
        """The force's name."""
        return self.charter.force.name

    @property
    def demonstration(self) -> bool:
        """Whether everything and everyone is made up."""
        return self.charter.force.demonstration

    @property
    def public(self) -> Path:
        """The folder of the published site."""
        return self.deployment.register / "site"

    def close(self) -> None:
        """Sign and publish the record's head, and close the door."""
        with self._turn:
            self._gate.close()

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _open(place: Place) -> tuple[Deployment, Gate]:
    charter = load_charter(place.folder / "charter")
    deployment = open_deployment(place.folder, allowed=charter.jurisdiction.regions)
    return deployment, open_gate(deployment, charter, clock=place.clock)
