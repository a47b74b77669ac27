"""What programs are told: the facts of the screens as plain data, through the same door and under the same rules.

Nothing here knows more than the pages do, or gives it earlier: whoever decides on places is not told the tool's before
they have marked their own, whichever way they ask.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from peelian.app.caller import Caller
from peelian.app.desk import Searched, source_ages, working_on
from peelian.app.patrol import decide
from peelian.core.time import iso
from peelian.gate.door import Gate
from peelian.gate.lead import Lead
from peelian.model.mandate import Mandate

# Open to anybody


@dataclass(frozen=True)
class Permission:
    """A permission (a mandate, in the rules' words) as it stands now."""

    id: str
    title: str
    subject: str
    target: str
    state: str
    phase: str
    purposes: list[str]
    roles: list[str]
    owner: str
    approver: str
    lawful_basis: str
    starts_at: str
    ends_at: str
    fallback: str
    reference: str
    digest: str


def permissions(gate: Gate) -> list[Permission]:
    """Return every permission of the charter, by id."""
    states = gate.mandate_states()
    return [_permission(m, states[m.id]) for m in sorted(gate.charter.mandates.values(), key=lambda m: m.id)]


def _permission(m: Mandate, state: str) -> Permission:
    return Permission(
        id=m.id,
        title=m.title,
        subject=m.subject,
        target=m.target,
        state=state,
        phase=m.phase,
        purposes=sorted(m.purposes),
        roles=sorted(m.roles),
        owner=m.owner,
        approver=m.approver,
        lawful_basis=m.lawful_basis,
        starts_at=iso(m.starts_at),
        ends_at=iso(m.ends_at),
        fallback=" ".join(m.fallback.split()),
        reference=m.reference,
        digest=m.digest,
    )


@dataclass(frozen=True)
class StopFacts:
    """A stop on a permission: whose, why, from when, and whether it was lifted."""

    id: str
    permission: str
    whose: str
    reason: str
    made_at: str
    begins_at: str
    proved: bool
    stands: bool
    entry: int


@dataclass(frozen=True)
class Status:
    """What is so this minute: the force, the rules, the record's head, and each permission's state."""

    force: str
    demonstration: bool
    now: str
    rules: str
    charter: str
    record_size: int
    record_root: str
    permissions: dict[str, str]
    stops: list[StopFacts]


def status(gate: Gate) -> Status:
    """Return what is so now."""
    head = gate.head_of_record()
    return Status(
        force=gate.charter.force.name,
        demonstration=gate.charter.force.demonstration,
        now=iso(gate.clock.now()),
        rules=gate.policy_hash,
        charter=gate.charter.hash,
        record_size=int(str(head["size"])),
        record_root=str(head["root"]),
        permissions=gate.mandate_states(),
        stops=stops(gate),
    )


def stops(gate: Gate) -> list[StopFacts]:
    """Return every stop there was, newest first."""
    return [
        StopFacts(s.id, s.mandate, s.whose, s.reason, iso(s.made_at), iso(s.begins_at), s.proved, s.stands, s.entry)
        for s in gate.stops()
    ]


def record_head(gate: Gate) -> dict[str, Any]:
    """Return the published checkpoint of the record, the log's key, and its witnesses."""
    return gate.head_of_record()


# For whoever is signed in


@dataclass(frozen=True)
class SessionFacts:
    """Who is signed in, until when, and what they work on."""

    account: str
    roles: list[str]
    trained: list[str]
    until: str
    working_on: dict[str, Any] | None


def session(caller: Caller) -> SessionFacts:
    """Return who the caller is."""
    met, working = caller.gate.who(caller.credential), working_on(caller)
    return SessionFacts(
        account=met.actor.id,
        roles=sorted(met.actor.roles),
        trained=sorted(met.actor.trained),
        until=iso(met.expires_at),
        working_on=asdict(working) if working else None,
    )


@dataclass(frozen=True)
class FindingHead:
    """What a finding is, without what it says."""

    id: str
    method: str
    permission: str
    purpose: str
    made_at: str
    state: str
    phase: str
    digest: str
    about: dict[str, Any]


@dataclass(frozen=True)
class FindingList:
    """The newest findings that one may read, and what they could rest on."""

    findings: list[FindingHead]
    searched: Searched


def findings(caller: Caller, method: str | None, limit: int) -> FindingList:
    """Return the newest findings that the caller may read for what they work on."""
    found = caller.gate.findings(caller.credential, method, limit)
    return FindingList([_head(lead) for lead in found], source_ages(caller))


def _head(lead: Lead) -> FindingHead:
    return FindingHead(
        id=lead.id,
        method=lead.method,
        permission=lead.mandate,
        purpose=lead.purpose,
        made_at=iso(lead.made_at),
        state=lead.state,
        phase=lead.phase,
        digest=lead.digest,
        about=dict(lead.about),
    )


def finding(caller: Caller, finding_id: str) -> dict[str, Any]:
    """Return a finding whole.

    Raises
    ------
    MissingError
        ``finding-missing``: it does not exist, or may not be seen.
    RefusedError
        ``own-view-first`` to whoever decides on places and has not marked their own; the gate says so.
    """
    kept = caller.gate.finding(caller.credential, finding_id)
    return kept.as_dict() | {"digest": kept.digest}


@dataclass(frozen=True)
class PlanHead:
    """A plan of one's own: its reference, its shift, where it stands."""

    reference: str
    shift: str
    begins_at: str
    ends_at: str
    state: str
    places: int


def plans(caller: Caller) -> list[PlanHead]:
    """Return the caller's own plans, newest first."""
    return [
        PlanHead(p.reference, p.shift.words, iso(p.shift.begins_at), iso(p.shift.ends_at), p.state.name, p.places)
        for p in decide.queue(caller).plans
    ]


@dataclass(frozen=True)
class PlanFacts:
    """A plan with all that goes on its copies."""

    reference: str
    shift: str
    expires_at: str
    state: str
    choice: str
    offences: list[str]
    places: list[dict[str, Any]]
    permission: str
    known_error: str
    fallback: str
    copies: list[int]
    reported: bool


def plan(caller: Caller, reference: str) -> PlanFacts:
    """Return a plan of the caller's own, while its tool may run.

    Raises
    ------
    MissingError
        ``plan-missing``: there is none, or it is somebody else's.
    """
    page = decide.plan_page(caller, reference)
    return PlanFacts(
        reference=page.reference,
        shift=page.shift.words,
        expires_at=iso(page.shift.ends_at),
        state=page.situation.state.name,
        choice=str(page.body["choice"]),
        offences=list(page.body["offences"]),
        places=[asdict(p) for p in page.places],
        permission=page.tool.mandate.id,
        known_error=str(page.body["known_error"]),
        fallback=page.tool.fallback,
        copies=[int(c.body["number"]) for c in page.copies],
        reported=page.outcome is not None,
    )


def why(caller: Caller, purpose: str, table: str) -> dict[str, Any]:
    """Explain, for each permission, whether the caller could open a table for a purpose, and every reason why not."""
    return caller.gate.why(caller.credential, purpose, table)
