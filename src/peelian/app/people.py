"""What a person can ask of the force about themselves, so far: whom a table is about, by surrogate, and erasure."""

from __future__ import annotations

from peelian.app.caller import Caller
from peelian.app.linking.relinking import relink
from peelian.model.question import Question


def subjects(caller: Caller, table: str, limit: int) -> dict[str, object]:
    """List surrogate ids of the subjects of a table; they are no names and mean nothing outside this deployment."""
    mandate = caller.mandate("duty", "erase")
    question = Question(table, ("subject_id",), order_by=(("subject_id", "asc"),), limit=limit)
    view = caller.gate.view(caller.credential, mandate.id, question)
    return {"table": table, "subjects": view.rows.column("subject_id").to_pylist(), "entry": view.entry}


def erase(caller: Caller, *subject_ids: str) -> dict[str, object]:
    """Erase a subject physically, or what several systems call the same person, and return the receipt."""
    mandate = caller.mandate("duty", "erase")
    receipt = caller.gate.erase(caller.credential, mandate.id, *subject_ids)
    rows = receipt["rows"]
    assert isinstance(rows, dict), "a receipt counts rows by table"
    return receipt | {"relinked": relink(caller, rows)}
