"""Putting the circumstances before the rulebook, and turning a no into a recorded refusal with every reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from peelian.core.errors import ExpiredError, RefusedError
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.presence import Presence
from peelian.gate.shown_papers import papers_days
from peelian.model.mandate import Mandate
from peelian.policy.rules import Circumstances, Verdict


def circumstances(
    house: House, presence: Presence, mandate_id: str, *, code_hash: str = "", purpose: str = "", signed: int = 0
) -> Circumstances:
    """Collect what is so at this moment, from the ledger's head, the charter and the working context.

    Mandate state, halts and the operation are looked up on every call, outside any cache.

    Parameters
    ----------
    signed : int
        How many members of the panel have signed the statement that is to be carried out, as checked.
    """
    mandate = house.charter.mandates.get(mandate_id)
    adopted = house.head.adopted.get(mandate_id)
    now = house.clock.now()
    operation = presence.operation
    return Circumstances(
        now=now,
        purpose=purpose or presence.purpose,
        mandate=mandate,
        mandate_adopted=bool(mandate and adopted and adopted.digest == mandate.digest),
        halted=house.stop_on(mandate_id) is not None,
        panel_stop=house.head.panel.panel_stop_stands(mandate_id, mandate.use if mandate else ""),
        signed=signed,
        operation_ref=presence.operation_ref,
        operation_open=bool(operation and operation.is_open(now)),
        actor_on_operation=bool(operation and presence.actor.id in operation.members),
        witnesses_ok=house.witnesses_ok(),
        emergency=bool(presence.context and presence.context.emergency),
        code_hash=code_hash,
        user_number=_user_number(house, presence, mandate),
        papers_days=papers_days(house, mandate, now),
    )


def _user_number(house: House, presence: Presence, mandate: Mandate | None) -> int:
    if mandate is None:
        return 1
    known = house.head.users.get(mandate.id, [])
    return known.index(presence.actor.id) + 1 if presence.actor.id in known else len(known) + 1


def admit_user(house: House, presence: Presence, mandate: Mandate | None) -> None:
    """Note the first use of a bounded mandate by this actor, so that a trial keeps to its number of users."""
    if mandate is None or mandate.scope.users_max is None:
        return
    if presence.actor.id not in house.head.users.get(mandate.id, []):
        body = {"mandate": mandate.id, "actor": presence.actor.id}
        house.recorder.record([Act("user-admitted", mandate.target, presence.purpose, "record", body)])


def insist(
    house: House, presence: Presence, verdict: Verdict, asked: str, tool: str, detail: Mapping[str, object]
) -> None:
    """Go on if the verdict is yes; else record the refusal with every reason, and raise it."""
    if not verdict.allow:
        refuse(house, presence, verdict, asked, tool, detail)


def refuse(
    house: House, presence: Presence, verdict: Verdict, asked: str, tool: str, detail: Mapping[str, object]
) -> NoReturn:
    """Record a refusal and raise it.

    Raises
    ------
    RefusedError
        ``refused-by-rule`` with all reasons.
    ExpiredError
        ``authority-ended`` when all that stands in the way is that an authority has ended.
    """
    codes = [r.code for r in verdict.reasons]
    body = presence.who() | {"asked": asked, "reasons": codes, "rules": list(verdict.rules)} | dict(detail)
    house.recorder.record([Act("refusal", tool, presence.purpose, "refuse", body, presence.reason)])
    what = f"The gate refused to {asked}{f' for {tool}' if tool else ''}."
    why = f"{len(codes)} rule{'s' if len(codes) != 1 else ''} said no. The refusal is recorded."
    do = "Read the reasons: each names who can change it and what you can do now. `peelian why` explains any answer."
    if verdict.expired:
        raise ExpiredError("authority-ended", what, reasons=verdict.reasons, why=why, do=do)
    raise RefusedError("refused-by-rule", what, reasons=verdict.reasons, why=why, do=do)
