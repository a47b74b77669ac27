"""Asking to work for a purpose without an operation for it: the question is judged, recorded and answered with no.

Purposes come from operations, so there is nothing to give. But somebody who needs a thing and finds no operation for it
should hear from the rules themselves why, who could change that, and that they asked.
"""

from __future__ import annotations

from peelian.core.errors import MissingError, RefusedError
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.judging import refuse
from peelian.gate.presence import Presence
from peelian.policy.rules import Circumstances


def enter_stopped(house: House, presence: Presence, mandate_id: str, asked: str, error: RefusedError) -> None:
    """Enter that a step was refused before anything was asked of a rule: what a red line stops is in the record.

    Parameters
    ----------
    asked : str
        The step, in words of ours; nothing that was typed.
    """
    mandate = house.charter.mandates.get(mandate_id)
    codes = [r.code for r in error.reasons] or [error.code]
    body = presence.who() | {"asked": asked, "reasons": codes, "mandate": mandate.id if mandate else ""}
    tool = mandate.target if mandate else ""
    house.recorder.record([Act("refusal", tool, presence.purpose, "refuse", body, presence.reason)])


def ask_purpose(house: House, presence: Presence, purpose: str) -> None:
    """Judge a working context for a purpose alone.

    Raises
    ------
    RefusedError
        ``refused-by-rule`` with every reason; recorded.
    MissingError
        ``purpose-missing``; what was typed is not recorded.
    """
    if purpose not in house.charter.purposes:
        raise MissingError(
            "purpose-missing",
            "The charter names no such purpose.",
            why="What the charter does not name, nobody may work for.",
            do="Choose one of the purposes on the list.",
        )
    now = house.clock.now()
    having = [
        o for o in house.charter.operations.values() if o.purpose == purpose and presence.actor.id not in o.members
    ]
    asked = Circumstances(
        now=now,
        purpose=purpose,
        mandate=None,
        mandate_adopted=False,
        halted=False,
        operation_ref=min((o.id for o in having if o.is_open(now)), default=""),
        operation_open=False,
        actor_on_operation=False,
        witnesses_ok=house.witnesses_ok(),
    )
    verdict = house.rulebook.judge_act(presence.actor, asked, "set-context")
    assert not verdict.allow, "INVARIANT: a purpose without an operation is given to nobody"
    refuse(house, presence, verdict, "open work for another purpose", "", {"purpose_asked": purpose})
