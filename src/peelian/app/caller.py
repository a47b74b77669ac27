"""A caller at a deployment's door: the folder opened, and the sessions that this caller holds keys for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from peelian.core.errors import ExpiredError, Reason, RefusedError
from peelian.core.time import Clock, SystemClock
from peelian.gate.identity import Credential
from peelian.model.mandate import Mandate
from peelian.people.keyring import Keyring, OneSession

if TYPE_CHECKING:
    from peelian.gate.door import Gate
    from peelian.store.deployment import Deployment


@dataclass(frozen=True)
class Place:
    """Where a command works: the deployment's folder and the caller's own key folder.

    Parameters
    ----------
    folder : Path
        The deployment.
    home : Path
        The caller's key folder, ``PEELIAN_HOME``; belongs to the person, not to the deployment.
    acting_as : str or None
        Account whose session to use; must be one the caller holds the key of. None: the current one.
    """

    folder: Path
    home: Path
    acting_as: str | None = None
    clock: Clock = field(default_factory=SystemClock)


@dataclass(frozen=True)
class Caller:
    """Somebody signed in at an open door."""

    place: Place
    deployment: Deployment
    gate: Gate
    keyring: Keyring | OneSession

    @property
    def credential(self) -> Credential:
        """Return the session to act with. Raises ``not-signed-in`` when the caller holds none."""
        held = self.keyring.session(self.place.acting_as)
        return Credential(held.session_id, held.key)

    def mandate(self, subject: str, target: str) -> Mandate:
        """Return the mandate for something: the one of the charter that covers it.

        Raises
        ------
        RefusedError
            ``no-mandate-for-this`` when the charter has none.
        """
        found = self.gate.mandates(subject, target)
        if not found:
            raise RefusedError(
                "no-mandate-for-this",
                f'The charter has no mandate for the {subject} "{target}".',
                why="Everything runs under a mandate that expires to off.",
                do="Have one written in charter/mandates and adopted.",
                reasons=[Reason("no-mandate", "No mandate covers this.", "the elected body", "Ask for a mandate.")],
            )
        return found[0]

    def forget_ended(self, error: ExpiredError) -> None:
        """Drop the key of a session that has ended."""
        if error.code == "session-ended":
            self.keyring.forget_session(self.keyring.session(self.place.acting_as).account_id)


@contextmanager
def at_door(place: Place, charter_folder: Path | None = None, *, founding: bool = False) -> Iterator[Caller]:
    """Open a deployment for one command; on leaving, the ledger's head is signed and published.

    Parameters
    ----------
    charter_folder : Path or None
        Where to read the charter; the deployment's ``charter/``. Whatever is read here, the gate refuses on the first
        call unless the ledger says that it is in force.
    founding : bool
        True for the founding alone, which works in a deployment that is not finished.
    """
    # Here and not above: nobody waits for the data engines to be told how a command is spelt.
    from peelian.decide.practice import Examiner
    from peelian.gate.opening import open_gate
    from peelian.policy.charter import load_charter
    from peelian.store.deployment import open_deployment, require_deployment, require_finished

    require_deployment(place.folder)
    if not founding:
        require_finished(place.folder)
    charter = load_charter(charter_folder or place.folder / "charter")
    deployment = open_deployment(place.folder, allowed=charter.jurisdiction.regions)
    gate = open_gate(deployment, charter, clock=place.clock, examiner=Examiner())
    caller = Caller(place, deployment, gate, Keyring(place.home, deployment.id))
    try:
        yield caller
    except ExpiredError as error:
        caller.forget_ended(error)
        raise
    finally:
        gate.close()
