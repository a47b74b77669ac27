"""Making a deployment: folder, secrets, charter, ledger, first accounts, first mandates."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.app.caller import Caller, Place, at_door
from peelian.app.methods import code_hashes
from peelian.app.offices import keep_charter
from peelian.app.patrol.areas import Geometry, read_area
from peelian.app.session import set_context, sign_in
from peelian.gate.opening import found_gate
from peelian.people.keyring import Keyring
from peelian.policy.charter import Charter, load_charter
from peelian.policy.example import write_example
from peelian.store.deployment import Deployment, clear_unfinished, create_deployment, finish_deployment

APPROVER, OVERSIGHT = "approver-1", "op-oversight"
"""Person and operation of the example charter who adopt its mandates."""


@dataclass(frozen=True)
class Founding:
    """What a new deployment is to be.

    Parameters
    ----------
    area : Path or mapping or None
        The study area for the methods' mandates: a file, a GeoJSON object, or None for the example's.
    force_id, force_name : str or None
        Whose charter it is; the example's force when None.
    real_parts : str
        What of the demonstration is not made up, as half a sentence; everyone and everything is, when empty.
    """

    area: Path | Geometry | None = None
    force_id: str | None = None
    force_name: str | None = None
    real_parts: str = ""


def template_folder() -> Path:
    """Return the example charter's folder: inside the installed package, or in the source tree."""
    packaged = Path(__file__).parents[1] / "charter_example"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "charter"


def init(place: Place, founding: Founding, *, tell: Callable[[str], None] = lambda text: None) -> dict[str, object]:
    """Make a deployment with the example charter, enrol the example's people, adopt its mandates.

    Keys of the example's people are written to the caller's key folder: this is how one person can try every role. In
    service each person makes a key of their own and only its public half is enrolled.

    The deployment comes to be whole or not at all: after a failure the folder is empty again, and after a kill it is
    marked as unfinished, so that no command uses it and another founding starts over.
    """
    template = template_folder()
    regions = load_charter(template).jurisdiction
    founding = replace(founding, area=_area(founding.area))
    tell("Making the folder and its secrets")
    deployment = create_deployment(place.folder, jurisdiction=regions.home, allowed=regions.regions, clock=place.clock)
    keyring = Keyring(place.home, deployment.id)
    try:
        made = _found(place, deployment, keyring, founding, tell)
    except BaseException:  # an interruption too: whole or not at all
        clear_unfinished(place.folder)
        shutil.rmtree(keyring.folder, ignore_errors=True)
        raise
    finish_deployment(place.folder)
    return made


def _found(
    place: Place, deployment: Deployment, keyring: Keyring, founding: Founding, tell: Callable[[str], None]
) -> dict[str, object]:
    template = template_folder()
    charter = write_example(
        deployment.charter,
        _today(place, load_charter(template).jurisdiction.timezone),
        template=template,
        area_geojson=founding.area,  # type: ignore[arg-type]  # read already
        code_hashes=code_hashes(),
        force_id=founding.force_id,
        force_name=founding.force_name,
        real_parts=founding.real_parts,
    )
    keys = {person: Ed25519PrivateKey.generate() for person in sorted(charter.people)}
    for person, key in keys.items():
        keyring.save_account_key(person, key)
    tell("Founding: ledger, charter in force, accounts")
    publics = {person: key.public_key().public_bytes_raw() for person, key in keys.items()}
    found_gate(deployment, charter, publics, clock=place.clock, origin=f"peelian.invalid/{deployment.id}").close()
    keep_charter(deployment.folder, charter)
    tell("Adopting the example's mandates, as its approver")
    adopted = _adopt_all(place, charter)
    return {
        "folder": str(place.folder),
        "deployment": deployment.id,
        "force": charter.force.name,
        "accounts": sorted(keys),
        "mandates": adopted,
        "keys_in": str(keyring.folder),
    }


def _today(place: Place, timezone: str) -> date:
    return place.clock.now().astimezone(ZoneInfo(timezone)).date()


def _area(area: Path | Geometry | None) -> Mapping[str, object] | None:
    return read_area(area) if isinstance(area, Path) else area


def _adopt_all(place: Place, charter: Charter) -> list[str]:
    """Adopt every mandate of the example but those for partners: each agreement with one is decided on by itself."""
    own = sorted(m.id for m in charter.mandates.values() if m.subject != "sharing")
    approver = Place(place.folder, place.home, APPROVER, place.clock)
    with at_door(approver, founding=True) as caller:
        sign_in(caller, APPROVER)
        set_context(caller, OVERSIGHT)
        for mandate_id in own:
            caller.gate.act_on_mandate(caller.credential, mandate_id, "adopt-mandate")
        _leave(caller)
    return own


def _leave(caller: Caller) -> None:
    """Sign out: the deployment starts with nobody signed in."""
    caller.gate.close_session(caller.credential)
    caller.keyring.forget_session(APPROVER)
