"""Acts of office: putting a charter or a mandate into force, ending one, stopping and lifting, registering a promise.

None of them opens data. Each is judged by the same rulebook and is an entry in the ledger before it takes effect; what
is so afterwards is read back from the ledger's head, in every process.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

from peelian.core.canonical import digest
from peelian.core.errors import InvalidError, Reason, RefusedError
from peelian.core.ids import new_ulid
from peelian.core.time import to_micros
from peelian.gate.acts import stops
from peelian.gate.entries import Act, read_body
from peelian.gate.house import House
from peelian.gate.judging import circumstances, insist
from peelian.gate.presence import EMERGENCY_HOURS, Presence
from peelian.gate.shown_papers import papers_days
from peelian.model.mandate import Mandate
from peelian.model.stop import clean_reason
from peelian.policy.charter import Charter, Operation
from peelian.policy.impact import outdated
from peelian.policy.rules import Circumstances
from peelian.store.desk import Registration, WorkingContext

_ASSESSMENTS_MAX = 10_000

OVERSEERS = frozenset({"panel-member", "information-commissioner"})
"""Roles that watch those who run the force's systems; those may not say who holds them."""


def found(house: House) -> None:
    """Put the first charter of a new deployment into force. Only an empty ledger has room for this.

    Raises
    ------
    RefusedError
        ``already-founded``.
    """
    house.head.follow()
    if house.head.charter_hash:
        raise RefusedError(
            "already-founded",
            "This deployment has a charter in force.",
            why="A deployment is founded once; after that rules change by a recorded act of the approving body.",
            do="peelian charter adopt",
        )
    body = {"charter": house.charter.hash, "founding": True, "deployment": house.deployment.id}
    body |= {"panel": _panel_terms(house.charter)}
    house.recorder.record([Act("charter-loaded", "charter", "", "record", body)])


def adopt_charter(house: House, presence: Presence, new: Charter) -> None:
    """Put another charter into force; judged by the charter that is in force now, never by the new one.

    People, operations, mandates, areas and retention may change so. Red lines, rules, refused purposes, the list of
    offences that police activity discovers, who sits on the panel, its powers and how counts are hidden in print may
    not: changing those takes a published ruling signed by the panel. And nobody gives themselves a role, a marking, an
    office or a place on an operation.

    Raises
    ------
    RefusedError
        ``charter-beyond-office`` for what no act of office may change; ``refused-by-rule`` when the actor may not.
    """
    now = circumstances(house, presence, "")
    verdict = house.rulebook.judge_act(presence.actor, now, "load-charter")
    body = presence.who() | {"charter": new.hash, "before": house.head.charter_hash, "panel": _panel_terms(new)}
    insist(house, presence, verdict, "put a charter into force", "charter", body)
    reasons = _beyond_office(presence.actor.id, house.charter, new)
    if reasons:
        body |= {"asked": "put a charter into force", "reasons": [r.code for r in reasons]}
        house.recorder.record([Act("refusal", "charter", presence.purpose, "refuse", body, presence.reason)])
        raise RefusedError(
            "charter-beyond-office",
            "The new charter changes what an act of office may not change.",
            why=" ".join(r.what for r in reasons),
            do="Take the change out, or ask the one who can make it.",
            reasons=reasons,
        )
    house.recorder.record([Act("charter-loaded", "charter", "", "record", body)])


def _panel_terms(charter: Charter) -> dict[str, object]:
    """Return who sits on the panel and how many sign: entered with the charter, so that stops prove themselves."""
    seats = {s.id: s.held_by for s in charter.panel.seats if s.held_by}
    return {"seats": seats, "signatures": charter.panel.stop_signatures}


def _beyond_office(actor_id: str, old: Charter, new: Charter) -> tuple[Reason, ...]:
    """Give every reason why one charter may not follow another by an act of this person's office."""
    reasons = []
    if entrenched(new) != entrenched(old):
        what = (
            "Red lines, rules, refused purposes, which offences police activity discovers, who sits on the panel, its "
            "powers and how counts are hidden in print change by a published ruling signed by the panel."
        )
        reasons.append(Reason("red-lines-changed", what, "the oversight panel", "Ask the panel for a ruling."))
    if _practice_eased(old, new):
        what = "What it takes to count as trained is not made easier by whoever puts a charter into force."
        reasons.append(Reason("practice-eased", what, "the oversight panel", "Ask the panel for a ruling."))
    if _held(new, actor_id) - _held(old, actor_id):
        what = "Nobody gives themselves a role, a marking, an office or a place on an operation."
        reasons.append(Reason("office-for-oneself", what, "another holder of the approving office", "Ask another."))
    return tuple(reasons)


def _practice_eased(old: Charter, new: Charter) -> bool:
    """Say whether a practice set of before is gone or asks for less. Sets for new tools may come."""
    for name, before in old.practice.items():
        after = new.practice.get(name)
        if after is None or after.valid_months > before.valid_months:
            return True
        if any(getattr(after, part) < getattr(before, part) for part in _PASSING):
            return True
    return False


_PASSING = ("cases", "share_wrong", "must_catch", "must_keep")


def _held(charter: Charter, person_id: str) -> set[tuple[str, str]]:
    """Return all that a charter gives one person."""
    person = charter.people.get(person_id)
    held = {("role", role) for role in person.roles} | {("marking", m) for m in person.markings} if person else set()
    held |= {("office", o.id) for o in charter.officials.values() if o.held_by == person_id}
    return held | {("operation", o.id) for o in charter.operations.values() if person_id in o.members}


def entrenched(charter: Charter) -> str:
    """Return the hash of what only the panel may change."""
    parts = {
        "red_lines": [[r.id, r.number, r.words, r.rules, [asdict(a) for a in r.lists]] for r in charter.red_lines],
        "policies": charter.policies,
        "schema": charter.schema,
        "refused": [p.id for p in charter.purposes.values() if p.refused],
        "safety": [p.id for p in charter.purposes.values() if p.safety],
        "police_initiated": [o.id for o in charter.offences.values() if o.police_initiated],
        "regions": charter.jurisdiction.regions,
        "demonstration": charter.force.demonstration,  # a demonstration is let off the minimum of outside witnesses
        "overseers": sorted([p.id, r] for p in charter.people.values() for r in p.roles & OVERSEERS),
        "panel": charter.panel.as_dict(),  # seats, signatures to a stop, days to answer, quorum, witnesses
        "publication": [getattr(charter.publication, name) for name in _PRINTED],
    }
    return digest(parts)


_PRINTED = ("suppress_below", "round_to", "checkers", "papers_public_days")
"""Numbers of ``publication.yml`` that an act of office does not change: how counts are hidden, how long papers wait."""


def act_on_mandate(house: House, presence: Presence, mandate_id: str, act: str, reason: str = "") -> Mandate:
    """Adopt or end a mandate; stop one's own tool; lift a stop that a tool's owner made.

    The panel stops a tool, and lifts its own stop, by signatures: see :mod:`peelian.gate.acts.stops`.

    Parameters
    ----------
    act : str
        ``adopt-mandate``, ``end-mandate``, ``halt`` or ``lift``.
    reason : str
        The public reason; required for a halt and a lift.
    """
    mandate = stops.mandate_of(house, mandate_id)
    if act in ("halt", "lift"):
        reason = clean_reason(reason)
    now = circumstances(house, presence, mandate_id, purpose=presence.purpose or sorted(mandate.purposes)[0])
    verdict = house.rulebook.judge_act(presence.actor, now, act)
    body = presence.who() | {"mandate": mandate_id, "digest": mandate.digest, "public_reason": reason}
    insist(house, presence, verdict, _WORDS[act], mandate.target, body)
    if act == "adopt-mandate":
        _insist_on_evidence(house, presence, mandate, body)
    if act == "halt":
        stops.owner_stop(house, presence, mandate, now.purpose, reason)
    elif act == "lift":
        stops.lift_owner_stops(house, presence, mandate, now.purpose, reason)
    else:
        op = {"adopt-mandate": "mandate-adopted", "end-mandate": "mandate-ended"}[act]
        house.recorder.record([Act(op, mandate.target, now.purpose, "record", body)])
    return mandate


def _insist_on_evidence(house: House, presence: Presence, mandate: Mandate, body: Mapping[str, object]) -> None:
    """Refuse a method past its trial whose evidence is no recorded assessment of the very code it approves."""
    if mandate.subject != "method" or mandate.phase in ("pre-deployment", "retired"):
        return
    kept = house.desk.assessments(house.grant("read", "assessments"), method=mandate.target, limit=_ASSESSMENTS_MAX)
    entered = [a for a in kept if a.digest in house.head.assessments and a.code_hash == mandate.code_hash]
    if any({a.id, a.digest} & set(mandate.evidence) for a in entered):
        return
    told = dict(body) | {"asked": "adopt a mandate", "reasons": ["evidence-unknown"]}
    house.recorder.record([Act("refusal", mandate.target, presence.purpose, "refuse", told, presence.reason)])
    raise RefusedError(
        "evidence-unknown",
        f"Mandate {mandate.id} names no assessment on record of the code that it approves.",
        why="A tool leaves its trial on a test of that very code, entered in the ledger; words are no evidence.",
        do="Assess the method, and name the assessment's number or digest under evidence.",
        reasons=[Reason("evidence-unknown", "No assessment on record is named.", "the mandate's owner", "Assess it.")],
    )


def read_log(house: House, presence: Presence, mandate_id: str, last: int) -> list[dict[str, object]]:
    """Read the newest entries with the ordinary part of their payloads; subjects and reasons stay sealed.

    The log has its own purpose limit (DPA 2018 s.62(4)): it is judged like any table, and reading it is an entry.
    """
    now = circumstances(house, presence, mandate_id)
    verdict = house.rulebook.judge_act(presence.actor, now, "read-log")
    insist(house, presence, verdict, "read the log", "read-log", {"mandate": mandate_id})
    body = presence.who() | {"mandate": mandate_id, "last": last}
    house.recorder.record([Act("consultation", "read-log", now.purpose, "allow", body, presence.reason)])
    size = house.ledger.size()
    log_key = house.keys.log_key()
    return [
        {"index": i} | json.loads(leaf) | {"body": read_body(private, log_key, leaf=leaf)}
        for i, leaf, private in house.ledger.read(max(0, size - last), size)
    ]


def mandate_states(house: House) -> dict[str, str]:
    """Say how each mandate stands.

    ``proposed in force not begun expired stopped`` or, of a tool, ``papers outdated`` and ``papers too new``.
    """
    house.head.follow()
    return {m.id: _state(house, m) for m in house.charter.mandates.values()}


def _state(house: House, mandate: Mandate) -> str:
    adopted, now = house.head.adopted.get(mandate.id), house.clock.now()
    if house.stop_on(mandate.id) is not None:
        return "stopped"
    if adopted is None or adopted.digest != mandate.digest:
        return "proposed"
    if now < mandate.starts_at:
        return "not begun"
    if now >= mandate.ends_at:
        return "expired"
    if outdated(house.charter, mandate):
        return "papers outdated"
    needed = house.charter.publication.papers_public_days
    waits = mandate.subject == "method" and papers_days(house, mandate, now) < needed
    return "papers too new" if waits else "in force"


_WORDS = {
    "adopt-mandate": "adopt a mandate",
    "end-mandate": "end a mandate",
    "halt": "stop a mandate",
    "lift": "lift a stop",
}


def set_context(
    house: House, presence: Presence, operation_id: str, *, emergency_purpose: str = ""
) -> tuple[WorkingContext, Operation | None]:
    """Open a working context: later calls take purpose, reference and reason from it.

    Parameters
    ----------
    operation_id : str
        An open operation with the actor on it; ``""`` with an emergency, which belongs to none until it is joined.
    emergency_purpose : str
        Declares danger to life for this safety purpose; the context must be joined to an operation within a day.

    Raises
    ------
    InvalidError
        ``context-contradictory`` for both: an emergency would otherwise open the rows of an operation whose members
        do not include the actor.
    """
    if operation_id and emergency_purpose:
        raise InvalidError(
            "context-contradictory",
            "A working context is an operation or an emergency, not both.",
            why="An emergency is joined to an operation afterwards, before a supervisor; it does not choose one.",
            do="Leave out the operation, or the emergency.",
        )
    now = house.clock.now()
    operation = house.charter.operations.get(operation_id)
    verdict = house.rulebook.judge_act(
        presence.actor,
        _context_circumstances(house, presence, operation_id, operation, emergency_purpose),
        "set-context",
    )
    insist(house, presence, verdict, "set a working context", "context", {"operation_asked": operation_id})
    ends = now + timedelta(hours=EMERGENCY_HOURS) if emergency_purpose else min(presence.expires_at, _closes(operation))
    context = WorkingContext(
        id=new_ulid(house.clock),
        session_id=presence.session_id,
        operation_id=operation_id or None,
        purpose=emergency_purpose or (operation.purpose if operation else ""),
        mandate=None,
        opened_at=now,
        expires_at=ends,
        emergency=bool(emergency_purpose),
    )
    body = presence.who() | {"context": context.id, "operation": operation_id, "emergency": context.emergency}
    house.recorder.record([Act("context-opened", "context", context.purpose, "record", body)])
    if presence.context is not None:
        house.desk.close_context(house.grant("write", "working_contexts"), presence.context.id, now)
    house.desk.open_context(house.grant("write", "working_contexts"), context)
    return context, operation


def _context_circumstances(
    house: House, presence: Presence, operation_id: str, operation: Operation | None, emergency_purpose: str
) -> Circumstances:
    now = house.clock.now()
    return Circumstances(
        now=now,
        purpose=emergency_purpose or (operation.purpose if operation else ""),
        mandate=None,
        mandate_adopted=False,
        halted=False,
        operation_ref=operation_id,
        operation_open=bool(operation and operation.is_open(now)),
        actor_on_operation=bool(operation and presence.actor.id in operation.members),
        witnesses_ok=house.witnesses_ok(),
        emergency=bool(emergency_purpose),
    )


def _closes(operation: Operation | None) -> datetime:
    assert operation is not None, "a context without an operation is an emergency"
    return operation.closes_at


def register(
    house: House, presence: Presence, mandate_id: str, method: str, promise: Mapping[str, object]
) -> Registration:
    """Enter in the ledger what an assessment will measure and how, before it runs.

    Returns
    -------
    Registration
        With the promise's digest and its position in the ledger. Registering the same promise again returns the first.
    """
    promised = digest(promise)
    now = circumstances(house, presence, mandate_id)
    verdict = house.rulebook.judge_act(presence.actor, now, "register-assessment")
    insist(house, presence, verdict, "register an assessment", method, {"mandate": mandate_id, "registered": promised})
    earlier = house.desk.registration(house.grant("read", "registrations"), promised)
    if earlier is not None and promised in house.head.registered:
        return earlier
    body = presence.who() | {"mandate": mandate_id, "registered": promised}
    [entry] = house.recorder.record([Act("registration", method, now.purpose, "record", body, presence.reason)])
    registration = Registration(promised, method, promise, entry, house.clock.now())
    house.desk.add_registration(house.grant("write", "registrations"), registration)
    return registration


def describe_context(context: WorkingContext | None, operation: Operation | None) -> dict[str, object]:
    """Return a working context as plain data, for screens."""
    if context is None:
        return {"operation": None}
    return {
        "operation": context.joined_operation or context.operation_id,
        "title": operation.title if operation else "",
        "purpose": context.purpose,
        "reason": operation.reason if operation else "",
        "until": to_micros(context.expires_at),
        "emergency": context.emergency,
    }
