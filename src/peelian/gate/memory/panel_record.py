"""What the ledger says of the panel: who sits on it, what it was asked to sign, which stops stand.

Stopping fails safe and lifting must be proved. A stop's entry stops the mandate it names whatever else may be wrong
with it. A lifting counts only with signatures of enough members under a statement that was put before them, checked
here by every process that follows the ledger: an entry that somebody wrote by another way lifts nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from peelian.core.errors import InvalidError
from peelian.core.time import from_micros, to_micros
from peelian.gate.memory.seats import signatures_that_count
from peelian.model.stop import LIFT, OWNER, PANEL, STOP, Lifted, Proposal, Stop, read_statement

Body = Mapping[str, Any]


@dataclass
class PanelRecord:
    """Facts about the panel, kept up by :class:`~peelian.gate.memory.head.Head`.

    Parameters
    ----------
    accounts : mapping of str to str
        Account -> public key, hex; the head's own, always current.
    deployment : str
        Id of the deployment, as founded.
    seats : mapping of str to str
        Seat -> who holds it, in the charter in force.
    needed : int
        How many members sign; none by default, and then nobody can lift anything.
    """

    accounts: Mapping[str, str]
    deployment: str = ""
    seats: dict[str, str] = field(default_factory=dict)
    needed: int = 0
    proposals: dict[str, Proposal] = field(default_factory=dict)
    stops: dict[str, Stop] = field(default_factory=dict)

    def stop_on(self, mandate_id: str, now: datetime, use: str = "") -> Stop | None:
        """Return the stop that keeps a mandate from being used at an instant: the panel's before its owner's."""
        found = [s for s in self.stops.values() if s.covers(mandate_id, use) and s.holds_at(now)]
        return min(found, key=lambda s: (s.whose != PANEL, s.entry), default=None)

    def panel_stop_stands(self, mandate_id: str, use: str = "") -> bool:
        """Say whether a stop of the panel's stands against a mandate, begun or not."""
        return any(s.covers(mandate_id, use) and s.stands and s.whose == PANEL for s in self.stops.values())

    def take(self, op: str, index: int, body: Body) -> None:
        """Take in one entry of :data:`OPS`."""
        _TAKERS[op](self, index, body)

    def as_dict(self) -> dict[str, object]:
        """Return every fact as plain data; the accounts are the head's."""
        return {
            "deployment": self.deployment,
            "seats": self.seats,
            "needed": self.needed,
            "proposals": [_proposal_plain(p) for p in self.proposals.values()],
            "stops": [_stop_plain(s) for s in self.stops.values()],
        }


def panel_record_from(facts: Body, accounts: Mapping[str, str]) -> PanelRecord:
    """Make a record from plain data, the inverse of :meth:`PanelRecord.as_dict`."""
    proposals = [
        Proposal(read_statement(p["statement"]), p["by"], p["entry"], p["signatures"], p["done"])
        for p in facts["proposals"]
    ]
    stops = [_stop_from(s) for s in facts["stops"]]
    record = PanelRecord(accounts, facts["deployment"], facts["seats"], facts["needed"])
    record.proposals = {p.id: p for p in proposals}
    record.stops = {s.id: s for s in stops}
    return record


def _take_charter(record: PanelRecord, index: int, body: Body) -> None:
    panel = body.get("panel")
    if isinstance(panel, Mapping):
        record.seats, record.needed = dict(panel["seats"]), int(panel["signatures"])
    record.deployment = record.deployment or str(body.get("deployment", ""))


def _take_proposal(record: PanelRecord, index: int, body: Body) -> None:
    try:
        statement = read_statement(str(body.get("statement")))
    except InvalidError:
        return  # nobody can sign it, and nobody is kept from reading on
    record.proposals.setdefault(statement.proposal, Proposal(statement, str(body.get("actor", "")), index))


def _take_signature(record: PanelRecord, index: int, body: Body) -> None:
    proposal = record.proposals.get(str(body["proposal"]))
    if proposal is not None:
        record.proposals[proposal.id] = proposal.signed(str(body["account"]), str(body["signature"]))


def _take_halt(record: PanelRecord, index: int, body: Body) -> None:
    at, whose = from_micros(body["at"]), str(body.get("whose", PANEL))
    stop_id = str(body.get("stop", f"entry-{index}"))
    if stop_id in record.stops:
        return  # two processes counted the same signatures: one stop, lifted by one lifting
    proposal = record.proposals.get(stop_id)
    signed = _signed(body)
    begins = proposal.statement.begins_at if proposal and proposal.statement.begins_at else at
    record.stops[stop_id] = Stop(
        id=stop_id,
        mandate=str(body["mandate"]),
        version=str(body.get("digest", "")),
        whose=whose,
        reason=str(body.get("public_reason", "")),
        made_at=at,
        begins_at=max(begins, at),
        entry=index,
        statement=str(body.get("statement", "")),
        signatures=signed,
        proved=whose == OWNER or _proved(record, STOP, body, at),
        use=str(body.get("use", "")),
    )
    _mark_done(record, proposal)


def _take_lift(record: PanelRecord, index: int, body: Body) -> None:
    at = from_micros(body["at"])
    ended = Lifted(at, str(body.get("public_reason", "")), index, str(body.get("statement", "")), _signed(body))
    if body.get("whose") == OWNER:
        # One member of the panel lifts what its owner stopped alone; never what the panel stopped.
        own = [s for i in body.get("stops", ()) if (s := record.stops.get(str(i))) and s.whose == OWNER and s.stands]
        by_member = body.get("actor") in record.seats.values()
        record.stops |= {s.id: replace(s, lifted=ended) for s in own if by_member}
        return
    stop = record.stops.get(str(body.get("stop", "")))
    if stop is not None and stop.stands and _proved(record, LIFT, body, at):
        record.stops[stop.id] = replace(stop, lifted=ended)
        _mark_done(record, record.proposals.get(str(body["proposal"])))


def _mark_done(record: PanelRecord, proposal: Proposal | None) -> None:
    if proposal is not None:
        record.proposals[proposal.id] = replace(proposal, done=True)


def _proved(record: PanelRecord, act: str, body: Body, at: datetime) -> bool:
    """Say whether an entry carries a statement that was put before the panel, and enough signatures under it."""
    proposal = record.proposals.get(str(body.get("proposal", "")))
    if proposal is None or not proposal.open_at(at) or record.needed < 2:
        return False
    s = proposal.statement
    same = (s.text, s.act, s.mandate) == (body.get("statement"), act, body.get("mandate"))
    target = act == STOP or s.lifts == body.get("stop")
    counted = signatures_that_count(s.text, dict(_signed(body)), record.seats, record.accounts)
    return same and target and s.deployment == record.deployment and len(counted) >= record.needed


def _signed(body: Body) -> tuple[tuple[str, str], ...]:
    return tuple((str(a), str(s)) for a, s in body.get("signatures", ()))


def _proposal_plain(p: Proposal) -> dict[str, object]:
    return {
        "statement": p.statement.text,
        "by": p.proposed_by,
        "entry": p.entry,
        "signatures": dict(p.signatures),
        "done": p.done,
    }


def _stop_plain(s: Stop) -> dict[str, object]:
    lifted = s.lifted and {
        **s.lifted.__dict__,
        "at": to_micros(s.lifted.at),
        "signatures": _pairs(s.lifted.signatures),
    }
    times = {"made_at": to_micros(s.made_at), "begins_at": to_micros(s.begins_at)}
    return s.__dict__ | times | {"signatures": _pairs(s.signatures), "lifted": lifted}


def _pairs(signatures: Sequence[tuple[str, str]]) -> list[list[str]]:
    return [list(pair) for pair in signatures]


def _stop_from(given: Body) -> Stop:
    lifted = given["lifted"]
    if lifted:
        signed = tuple((a, s) for a, s in lifted["signatures"])
        lifted = Lifted(**{**lifted, "at": from_micros(lifted["at"]), "signatures": signed})
    times = {"made_at": from_micros(given["made_at"]), "begins_at": from_micros(given["begins_at"])}
    return Stop(**{**given, **times, "signatures": tuple((a, s) for a, s in given["signatures"]), "lifted": lifted})


_TAKERS: Mapping[str, Callable[[PanelRecord, int, Body], None]] = {
    "charter-loaded": _take_charter,
    "stop-proposed": _take_proposal,
    "stop-signed": _take_signature,
    "halt": _take_halt,
    "lift": _take_lift,
}

OPS = frozenset(_TAKERS)
"""Operations of the ledger that say something about the panel."""
