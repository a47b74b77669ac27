"""Acts of office from a face: mandates listed, adopted, ended, stopped, lifted."""

from __future__ import annotations

from peelian.app.caller import Caller
from peelian.core.time import iso


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
