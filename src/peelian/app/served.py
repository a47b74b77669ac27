"""A deployment as a server holds it: one door, open as long as the server lives, and what is published beside it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

from peelian.app.caller import Place
from peelian.core.errors import PeelianError
from peelian.core.time import Clock
from peelian.decide.practice import Examiner
from peelian.gate.door import Gate
from peelian.gate.opening import open_gate
from peelian.gate.rooms.case_files import case_room
from peelian.policy.charter import Charter, load_charter
from peelian.store.deployment import Deployment, open_deployment, require_deployment, require_finished

PUBLISH_EVERY_S = 60.0
"""Longest time that a new entry waits before the signed head of the record covers it."""

SETTLE_S = 1.0
"""How long the server waits after a change for others that come with it, before it publishes them together."""

GRACE_S = 120.0
"""How long a door stays open after another took its place: requests may still be under way in it."""


class Site:
    """One deployment, served. Safe for threads; close it when done.

    A server holds nobody's keys: ``place.home`` is not read.

    Parameters
    ----------
    place : Place
        The deployment's folder and the clock.
    refresh : callable, optional
        Called with the site after the record's head was published and something had changed: writes the public site
        anew if what it says has changed.
    """

    def __init__(self, place: Place, refresh: Callable[[Site], None] | None = None) -> None:
        require_deployment(place.folder)
        require_finished(place.folder)
        self.place = place
        self.failed: str = ""
        self._refresh = refresh
        self._turn = threading.Lock()
        self._retired: list[tuple[float, Gate]] = []
        self._stirred = threading.Event()
        self._closing = threading.Event()
        self._keeper: threading.Thread | None = None
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
        """Whether it is a demonstration."""
        return self.charter.force.demonstration

    @property
    def real_parts(self) -> str:
        """What of a demonstration is not made up, as half a sentence; nothing when everything is."""
        return self.charter.force.real_parts

    @property
    def public(self) -> Path:
        """The folder of the published site."""
        return self.deployment.register / "site"

    # Keeping up

    def follow_charter(self) -> None:
        """Open another door when another charter has been put into force. Called before each request that has a visit.

        The folder alone changes nothing: a charter that was edited and not adopted stays outside.
        """
        if self._gate.in_force:
            return
        with self._turn:
            if self._gate.in_force:
                return
            deployment, gate = _open(self.place)
            self._retired.append((time.monotonic() + GRACE_S, self._gate))
            self.deployment, self._gate = deployment, gate

    def stir(self) -> None:
        """Say that something has been done: it is published within about a second, with whatever comes with it."""
        self._stirred.set()

    def keep(self) -> None:
        """Start publishing in the background: after each change, and at the latest every :data:`PUBLISH_EVERY_S`."""
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self._keeper.start()

    def publish(self) -> None:
        """Sign the record's head now, and write the public site anew if what it says has changed."""
        case_room(self._gate).sweep()  # files whose case is over go whether anybody looks at them or not
        self._gate.publish_head()
        if self._refresh is not None:
            self._refresh(self)

    def _keep(self) -> None:
        self._publish_or_say()
        while not self._closing.is_set():
            self._stirred.wait(PUBLISH_EVERY_S)
            self._closing.wait(SETTLE_S)
            self._stirred.clear()
            if not self._closing.is_set():
                self._publish_or_say()
                self._close_retired(time.monotonic())

    def _publish_or_say(self) -> None:
        """Publish; a failure is shown on the status page and tried again, and stops nobody's work."""
        try:
            self.follow_charter()
            self.publish()
            self.failed = ""
        except PeelianError as error:
            self.failed = error.code
        except Exception as error:  # its message may hold a value, and stays here
            self.failed = type(error).__name__

    def _close_retired(self, now: float) -> None:
        for until, gate in [r for r in self._retired if r[0] <= now]:
            gate.close()
            self._retired.remove((until, gate))

    def close(self) -> None:
        """Sign and publish the record's head, and close every door."""
        self._closing.set()
        self._stirred.set()
        if self._keeper is not None:
            self._keeper.join()
        with self._turn, contextlib.ExitStack() as doors:
            doors.callback(self._gate.close)
            for _, gate in self._retired:
                doors.callback(gate.close)

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _open(place: Place) -> tuple[Deployment, Gate]:
    charter = load_charter(place.folder / "charter")
    deployment = open_deployment(place.folder, allowed=charter.jurisdiction.regions)
    return deployment, open_gate(deployment, charter, clock=place.clock, examiner=Examiner())
