"""Explaining any yes or no, before or after the fact, without opening anything."""

from __future__ import annotations

from collections.abc import Sequence

from peelian.core.errors import InvalidError
from peelian.gate.house import House
from peelian.gate.judging import circumstances
from peelian.gate.presence import Presence
from peelian.gate.shown_papers import papers_days
from peelian.model.mandate import Mandate
from peelian.policy.rules import Actor, Circumstances, Verdict


def explain(
    house: House, presence: Presence, purpose: str, table: str, columns: Sequence[str] = ()
) -> dict[str, object]:
    """Say for each mandate whether this person could open a table for a purpose, and every reason why not.

    Parameters
    ----------
    columns : sequence of str
        Columns wanted; every column of the table that the mandate covers when left out.

    Returns
    -------
    dict
        ``purpose``, ``table``, ``allowed`` (under any mandate), ``answers``: one a mandate, with reasons.
    """
    spec = house.lake.spec(table)
    known = house.charter.purposes.get(purpose)
    if known is None:
        raise InvalidError(
            "purpose-unknown",
            "The charter names no such purpose.",
            why="What the charter does not name, nobody may work for.",
            do=f"Use one of: {', '.join(sorted(house.charter.purposes))}.",
        )
    answers = []
    for mandate_id in sorted(house.charter.mandates):
        now = circumstances(house, presence, mandate_id, purpose=purpose)
        covered = [c for c in spec.column_names if f"{table}.{c}" in house.charter.mandates[mandate_id].scope.columns]
        verdict = house.rulebook.judge_open(presence.actor, now, table, list(columns) or covered, spec.sealed)
        answers.append(_answer(mandate_id, verdict))
    return {
        "actor": presence.actor.id,
        "operation": presence.operation_ref,
        "purpose": purpose,
        "purpose_refused_to_all": known.refused,
        "table": table,
        "allowed": any(a["allowed"] for a in answers),
        "answers": answers,
        "policy": house.rulebook.policy_hash,
    }


def who_may(house: House, purpose: str, table: str) -> list[dict[str, object]]:
    """Say for each role and each mandate that names it whether somebody in that role could open a table, as it is now.

    Asked for somebody in good standing: trained, on an open operation for the purpose, without special markings. No
    person is meant, so nobody learns about one; anybody may ask.
    """
    house.ready()
    spec, answers = house.lake.spec(table), []
    for mandate in sorted(house.charter.mandates.values(), key=lambda m: m.id):
        covered = [c for c in spec.column_names if f"{table}.{c}" in mandate.scope.columns]
        for role in sorted(mandate.roles):
            someone = Actor(
                "", frozenset({role}), house.charter.force.id, frozenset(), frozenset({mandate.target, table})
            )
            verdict = house.rulebook.judge_open(
                someone, _in_order(house, mandate, purpose), table, covered, spec.sealed
            )
            reasons = [r.as_dict() for r in verdict.reasons]
            answers.append(
                {
                    "role": role,
                    "mandate": mandate.id,
                    "allowed": verdict.allow,
                    "columns": covered,
                    "reasons": reasons,
                    "rules": list(verdict.rules),
                }
            )
    return answers


def _in_order(house: House, mandate: Mandate, purpose: str) -> Circumstances:
    """Return circumstances in which everything that hangs on the person is in order, and all else is as it is."""
    now, adopted = house.clock.now(), house.head.adopted.get(mandate.id)
    return Circumstances(
        now=now,
        purpose=purpose,
        mandate=mandate,
        mandate_adopted=bool(adopted and adopted.digest == mandate.digest),
        halted=house.stop_on(mandate.id) is not None,
        operation_ref="any",
        operation_open=True,
        actor_on_operation=True,
        witnesses_ok=house.witnesses_ok(),
        papers_days=papers_days(house, mandate, now),
    )


def _answer(mandate_id: str, verdict: Verdict) -> dict[str, object]:
    return {
        "mandate": mandate_id,
        "allowed": verdict.allow,
        "reasons": [r.as_dict() for r in verdict.reasons],
        "rules": list(verdict.rules),
    }
