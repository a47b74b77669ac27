"""Acts of office from a face: mandates listed, adopted, ended, stopped, lifted."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from peelian.app.caller import Caller, Place, at_door
from peelian.app.methods import code_hashes
from peelian.core.errors import InvalidError, MissingError, RefusedError
from peelian.core.time import iso
from peelian.policy import amend
from peelian.policy.charter import Charter, load_charter
from peelian.store.deployment import require_deployment


def list_mandates(caller: Caller) -> dict[str, object]:
    """List every mandate of the charter with its state as the ledger has it."""
    states = caller.gate.mandate_states()
    rows = [
        {
            "id": m.id,
            "title": m.title,
            "state": states[m.id],
            "phase": m.phase,
            "starts_at": iso(m.starts_at),
            "ends_at": iso(m.ends_at),
            "owner": m.owner,
            "approver": m.approver,
            "fallback": m.fallback,
            "digest": m.digest,
        }
        for m in sorted(caller.gate.charter.mandates.values(), key=lambda m: m.id)
    ]
    return {"mandates": rows}


def act_on_mandate(caller: Caller, mandate_id: str, act: str, reason: str) -> dict[str, object]:
    """Adopt, end, halt or lift."""
    mandate = caller.gate.act_on_mandate(caller.credential, mandate_id, act, reason)
    return {"act": act, "mandate": mandate.id, "title": mandate.title, "digest": mandate.digest}


def name_evidence(place: Place, mandate_id: str, assessment_id: str, phase: str) -> dict[str, object]:
    """Propose that a mandate leaves its trial on an assessment: write both into the deployment's charter folder.

    Nothing is in force by this. Until the charter is adopted (:func:`adopt_charter`) and the mandate after it, every
    command that needs the charter refuses, since the folder differs from what is in force.
    """
    path = amend.name_evidence(place.folder / "charter", mandate_id, assessment_id, phase, _today(place))
    load_charter(place.folder / "charter")
    return {"mandate": mandate_id, "phase": phase, "evidence": assessment_id, "file": str(path)}


def name_code(place: Place, mandate_id: str) -> dict[str, object]:
    """Propose that a mandate approves the code that is installed: write its hash into the deployment's charter folder.

    Nothing is in force by this, as with :func:`name_evidence`.

    Raises
    ------
    MissingError
        ``code-not-installed``.
    """
    today = _today(place)
    code_hash = code_hashes().get(mandate_id)
    if code_hash is None:
        raise MissingError(
            "code-not-installed",
            "No method or assessment of that name is installed here.",
            why="Only the mandate of a method, or of its assessment, approves code.",
            do=f"Use one of: {', '.join(sorted(code_hashes()))}.",
        )
    path = amend.name_code(place.folder / "charter", mandate_id, code_hash, today)
    load_charter(place.folder / "charter")
    return {"mandate": mandate_id, "code_hash": code_hash, "file": str(path)}


def _today(place: Place) -> date:
    require_deployment(place.folder)
    zone = ZoneInfo(load_charter(place.folder / "charter").jurisdiction.timezone)
    return place.clock.now().astimezone(zone).date()


def keep_charter(folder: Path, charter: Charter) -> None:
    """Keep a public copy of a charter that is put into force: the next one is judged by it.

    A copy says nothing about what is in force; the ledger does.
    """
    copy = folder / "register" / "charter" / charter.hash
    if not copy.is_dir():
        making = copy.with_name(f".{copy.name}")
        shutil.rmtree(making, ignore_errors=True)  # what a killed process left half made
        shutil.copytree(folder / "charter", making)
        making.rename(copy)


def check_charter(folder: Path) -> dict[str, object]:
    """Check a charter folder; every mistake is told with file and line."""
    charter = load_charter(folder)
    return {"folder": str(folder), "hash": charter.hash, "mandates": sorted(charter.mandates)}


def adopt_charter(place: Place) -> dict[str, object]:
    """Put the charter in the deployment's folder into force, judged by the copy of the one in force now."""
    require_deployment(place.folder)
    new = load_charter(place.folder / "charter")
    copies = (p for p in (place.folder / "register" / "charter").iterdir() if not p.name.startswith("."))
    kept = sorted(copies, key=lambda p: p.stat().st_mtime, reverse=True)
    for copy in kept:
        with at_door(place, copy) as caller:
            if not _in_force(caller):
                continue
            keep_charter(place.folder, new)  # first: a kill after the act would leave nothing to judge the next one by
            caller.gate.adopt_charter(caller.credential, new)
        return {"charter": new.hash, "before": copy.name}
    raise InvalidError(
        "charter-copy-missing",
        "The copy of the charter in force is missing from register/charter.",
        why="A new charter is judged by the one in force, so that nobody can write themselves into office.",
        do="Restore the register folder from a backup.",
    )


def _in_force(caller: Caller) -> bool:
    try:
        caller.gate.who(caller.credential)
    except RefusedError as error:
        if error.code == "charter-not-in-force":
            return False
        raise
    return True
