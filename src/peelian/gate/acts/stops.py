"""The panel's stop: proposed by one member, signed by several with their own keys, obeyed by every process.

A proposal, each signature, the stop and its lifting are entries of the ledger. Whoever follows the head learns of a
stop at its next decision; there is no other place where a stop is kept, so there is none where it could be switched
off. What was signed is always the text that the gate itself made: a caller sends signatures, never statements.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from peelian.core.errors import ExpiredError, InvalidError, MissingError, Reason, RefusedError
from peelian.core.ids import new_ulid
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.judging import circumstances, insist
from peelian.gate.memory.seats import fits, known_key, signatures_that_count
from peelian.gate.presence import Presence
from peelian.model.mandate import Mandate
from peelian.model.stop import (
    LIFT,
    OWNER,
    PANEL,
    STOP,
    Proposal,
    Statement,
    Stop,
    clean_reason,
    one_line,
    whole_second,
)

PROPOSAL_DAYS = 7
"""How long members may sign a proposal; a signature does not lie in a drawer for months."""

SHIFT_HOURS = 24
"""How far ahead a stop may begin: at the end of a shift, not next month."""


def propose_stop(
    house: House, presence: Presence, mandate_id: str, reason: str, begins_at: datetime | None = None
) -> Proposal:
    """Put a stop before the panel: one member proposes, and nothing stops until enough have signed.

    Parameters
    ----------
    reason : str
        Public; part of what is signed.
    begins_at : datetime or None
        The end of a shift, at most a day ahead; None for at once.

    Raises
    ------
    InvalidError
        ``reason-missing``, ``reason-too-long``, ``stop-too-far-ahead``.
    RefusedError
        ``already-stopped``; ``refused-by-rule`` for anybody who is not on the panel.
    """
    mandate = mandate_of(house, mandate_id)
    statement = _statement(house, STOP, mandate, clean_reason(reason), begins_at=begins_at)
    _insist_on_panel(house, presence, mandate, {"mandate": mandate_id})
    standing = house.stop_on(mandate_id)
    if standing is not None and standing.whose == PANEL:
        raise _already_stopped(mandate_id)
    return _enter(house, presence, statement)


def propose_lift(house: House, presence: Presence, stop_id: str, reason: str) -> Proposal:
    """Put the lifting of the panel's stop before the panel.

    Raises
    ------
    MissingError
        ``stop-missing`` when no such stop stands.
    """
    stop = _standing(house, stop_id)
    mandate = _stopped(house, stop)
    statement = _statement(house, LIFT, mandate, clean_reason(reason), lifts=stop.id)
    _insist_on_panel(house, presence, mandate, {"mandate": mandate.id})
    return _enter(house, presence, statement)


def proposals(house: House, presence: Presence) -> list[Proposal]:
    """Return what was put before the panel, newest first; for the panel's eyes until it is done."""
    anything = house.charter.mandates[min(house.charter.mandates)]  # the rule asks for a mandate, and is one for all
    _insist_on_panel(house, presence, anything, {})
    return sorted(house.head.follow().panel.proposals.values(), key=lambda p: p.entry, reverse=True)


def stops(house: House) -> list[Stop]:
    """Return every stop there was, newest first; public."""
    return sorted(house.head.follow().panel.stops.values(), key=lambda s: s.entry, reverse=True)


def sign(house: House, presence: Presence, proposal_id: str, signatures: Mapping[str, str]) -> Proposal:
    """Add members' signatures to a proposal; with enough of them it is carried out there and then.

    Parameters
    ----------
    signatures : mapping of str to str
        Account -> Ed25519 signature of the statement's text, base64.

    Returns
    -------
    Proposal
        With ``done`` set when the stop or the lifting has taken effect.

    Raises
    ------
    MissingError
        ``proposal-missing``.
    ExpiredError
        ``proposal-lapsed``.
    RefusedError
        ``proposal-carried-out``, ``statement-outdated``, ``signature-not-counted``, ``refused-by-rule``.
    """
    proposal = _open_proposal(house, presence, proposal_id)
    mandate = mandate_of(house, proposal.statement.mandate)
    _insist_on_panel(house, presence, mandate, {"proposal": proposal_id})
    _insist_on_version(house, presence, proposal, mandate)
    _insist_on_signatures(house, presence, proposal, signatures)
    new = {a: s for a, s in signatures.items() if a not in proposal.signatures}
    who = presence.who() | {"proposal": proposal_id}
    acts = [Act("stop-signed", "panel", "", "record", who | {"account": a, "signature": s}) for a, s in new.items()]
    house.recorder.record(acts)
    return _carry_out(house, presence, house.head.follow().panel.proposals[proposal_id], mandate)


def _carry_out(house: House, presence: Presence, proposal: Proposal, mandate: Mandate) -> Proposal:
    """Enter the stop or the lifting once enough members who sit on the panel today have signed."""
    text, panel = proposal.statement.text, house.head.panel
    counted = signatures_that_count(text, proposal.signatures, panel.seats, house.head.accounts)
    if proposal.done or len(counted) < house.charter.panel.stop_signatures:
        return proposal
    statement = proposal.statement
    act = {STOP: "panel-halt", LIFT: "panel-lift"}[statement.act]
    now = circumstances(house, presence, mandate.id, purpose=_purpose(presence, mandate), signed=len(counted))
    verdict = house.rulebook.judge_act(presence.actor, now, act)
    body = presence.who() | {
        "whose": PANEL,
        "proposal": proposal.id,
        "mandate": mandate.id,
        "use": mandate.use,
        "digest": mandate.digest,
        "public_reason": statement.reason,
        "statement": statement.text,
        "signatures": sorted([a, s] for a, s in counted.items()),
        "stop": statement.lifts or proposal.id,
    }
    insist(house, presence, verdict, _WORDS[statement.act], mandate.target, body)
    op = {STOP: "halt", LIFT: "lift"}[statement.act]
    house.recorder.record([Act(op, mandate.target, now.purpose, "record", body)])
    return house.head.follow().panel.proposals[proposal.id]


def owner_stop(house: House, presence: Presence, mandate: Mandate, purpose: str, reason: str) -> None:
    """Enter a stop by the mandate's owner; the rules have said yes already."""
    body = presence.who() | {
        "whose": OWNER,
        "stop": new_ulid(house.clock),
        "mandate": mandate.id,
        "use": mandate.use,
        "digest": mandate.digest,
        "public_reason": reason,
    }
    house.recorder.record([Act("halt", mandate.target, purpose, "record", body)])


def lift_owner_stops(house: House, presence: Presence, mandate: Mandate, purpose: str, reason: str) -> None:
    """Lift what the owner stopped; the rules have said yes, and that no stop of the panel's stands beside it.

    Raises
    ------
    MissingError
        ``stop-missing``.
    """
    standing = [s.id for s in stops(house) if s.covers(mandate.id, mandate.use) and s.stands and s.whose == OWNER]
    if not standing:
        raise _no_such_stop()
    body = presence.who() | {"whose": OWNER, "stops": standing, "mandate": mandate.id, "public_reason": reason}
    house.recorder.record([Act("lift", mandate.target, purpose, "record", body)])


def mandate_of(house: House, mandate_id: str) -> Mandate:
    """Return a mandate of the charter in force. Raises ``mandate-missing``."""
    mandate = house.charter.mandates.get(mandate_id)
    if mandate is None:
        raise MissingError(
            "mandate-missing",
            "The charter names no such mandate.",
            why="A mandate is written in charter/mandates before anybody adopts it.",
            do=f"Use one of: {', '.join(sorted(house.charter.mandates))}.",
        )
    return mandate


_WORDS = {STOP: "stop a mandate as the panel", LIFT: "lift the panel's stop"}


def _statement(
    house: House, act: str, mandate: Mandate, reason: str, *, begins_at: datetime | None = None, lifts: str = ""
) -> Statement:
    now = whole_second(house.clock.now())
    if begins_at is not None and not now < begins_at <= now + timedelta(hours=SHIFT_HOURS):
        raise InvalidError(
            "stop-too-far-ahead",
            "A stop begins at once, or at the end of a shift within a day.",
            why="A stop that begins next week is an announcement; the panel can wait and sign then.",
            do=f"Choose at once, or an instant in the next {SHIFT_HOURS} hours.",
        )
    return Statement(
        act=act,
        deployment=house.deployment.id,
        mandate=mandate.id,
        version=mandate.digest,
        title=one_line(mandate.title),
        begins_at=None if begins_at is None else whole_second(begins_at),
        lifts=lifts,
        proposal=new_ulid(house.clock),
        proposed_at=now,
        lapses_at=now + timedelta(days=PROPOSAL_DAYS),
        reason=reason,
    )


def _enter(house: House, presence: Presence, statement: Statement) -> Proposal:
    body = presence.who() | {"proposal": statement.proposal, "statement": statement.text}
    # The public leaf says "panel" and not which tool: a proposal is no stop, and may never become one.
    house.recorder.record([Act("stop-proposed", "panel", "", "record", body)])
    return house.head.follow().panel.proposals[statement.proposal]


def _purpose(presence: Presence, mandate: Mandate) -> str:
    """Return the purpose of the working context; stopping needs none, so any of the mandate's will do."""
    return presence.purpose or min(mandate.purposes)


def _insist_on_panel(house: House, presence: Presence, mandate: Mandate, detail: Mapping[str, object]) -> None:
    now = circumstances(house, presence, mandate.id, purpose=_purpose(presence, mandate))
    verdict = house.rulebook.judge_act(presence.actor, now, "propose-stop")
    insist(house, presence, verdict, "act as the panel", "panel", detail)


def _open_proposal(house: House, presence: Presence, proposal_id: str) -> Proposal:
    proposal = house.head.follow().panel.proposals.get(proposal_id)
    if proposal is None:
        raise MissingError(
            "proposal-missing",
            "Nothing was put before the panel under that number.",
            why="A signature is for one proposal of one deployment.",
            do="Look at what is open: peelian panel show.",
        )
    if proposal.done:
        what = "This proposal has been carried out; a signature under it is good for nothing more."
        raise _refused(house, presence, proposal, Reason("proposal-carried-out", what, "the panel", "Propose anew."))
    if not proposal.open_at(house.clock.now()):
        raise ExpiredError(
            "proposal-lapsed",
            f"This proposal lapsed: members had {PROPOSAL_DAYS} days to sign it.",
            why="A signature that lies in a drawer for months stops another tool than the one its signer knew.",
            do="Propose anew, and sign that.",
        )
    return proposal


def _insist_on_version(house: House, presence: Presence, proposal: Proposal, mandate: Mandate) -> None:
    if proposal.statement.version != mandate.digest:
        what = "The mandate was changed after the proposal: members read another than the one that is there now."
        raise _refused(house, presence, proposal, Reason("statement-outdated", what, "the panel", "Propose anew."))
    lifted = house.head.panel.stops.get(proposal.statement.lifts)
    if proposal.statement.act == LIFT and (lifted is None or not lifted.stands):
        raise _no_such_stop()


def _insist_on_signatures(house: House, presence: Presence, proposal: Proposal, signatures: Mapping[str, str]) -> None:
    """Refuse the lot when one of them does not count, and say of each why."""
    reasons = [r for account, s in sorted(signatures.items()) if (r := _amiss(house, proposal, account, s))]
    if not signatures or not set(signatures) - set(proposal.signatures):
        what = "There is no signature here that the proposal does not have already; nobody counts twice."
        reasons.append(Reason("signature-not-new", what, "the panel", "Have another member sign."))
    if reasons:
        raise _refused(house, presence, proposal, *reasons)


def _amiss(house: House, proposal: Proposal, account: str, signature: str) -> Reason | None:
    if account not in set(house.head.panel.seats.values()):
        what = "A signature is in the name of somebody who holds no seat on the panel in the charter in force."
        return Reason("signer-not-on-panel", what, "the body that appoints the seat", "Have a member sign.")
    key = known_key(account, house.head.accounts)
    if key is None or not fits(proposal.statement.text, signature, key):
        what = "A signature does not fit this statement and the key enrolled for its signer."
        return Reason("signature-not-good", what, "the member who signed", "Sign this very text with your own key.")
    return None


def _refused(house: House, presence: Presence, proposal: Proposal, *reasons: Reason) -> RefusedError:
    """Record a refusal to count signatures, and return it."""
    codes = [r.code for r in reasons]
    body = presence.who() | {"asked": "sign for the panel", "proposal": proposal.id, "reasons": codes}
    house.recorder.record([Act("refusal", "panel", presence.purpose, "refuse", body, presence.reason)])
    return RefusedError(
        "signature-not-counted",
        "The gate does not count this for the panel.",
        why=" ".join(r.what for r in reasons),
        do="Nothing has been stopped or lifted by it. Read the reasons.",
        reasons=reasons,
    )


def _standing(house: House, stop_id: str) -> Stop:
    stop = house.head.follow().panel.stops.get(stop_id)
    if stop is None or not stop.stands:
        raise _no_such_stop()
    return stop


def _stopped(house: House, stop: Stop) -> Mandate:
    """Return the mandate that a stop is about: by its name, else one that is there for the same today."""
    there = house.charter.mandates
    same = [m for m in there.values() if stop.covers(m.id, m.use)]
    return there.get(stop.mandate) or next(iter(same), None) or mandate_of(house, stop.mandate)


def _no_such_stop() -> MissingError:
    return MissingError(
        "stop-missing",
        "No such stop stands.",
        why="It was lifted, or never made.",
        do="Look at the stops there are: peelian panel show.",
    )


def _already_stopped(mandate_id: str) -> RefusedError:
    return RefusedError(
        "already-stopped",
        f"The panel has stopped {mandate_id} already.",
        why="It stands until the panel lifts it.",
        do="Nothing: it is off.",
    )


def answer_due(made_at: datetime, answer_days: int) -> datetime:
    """Return by when the officials owe an answer to a stop."""
    return made_at + timedelta(days=answer_days)
