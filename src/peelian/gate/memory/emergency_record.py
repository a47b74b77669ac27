"""What the ledger says of emergencies: who declared danger to life, and what a supervisor found it to belong to.

A declared emergency opens look-ups without an operation, so that nobody dies of a form. What it was is said afterwards:
within a day a supervisor, who is not the one who declared it, joins it to an operation or says that it was none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from peelian.core.time import from_micros, to_micros

SETTLED_WITHIN = timedelta(hours=24)
"""Danger to life may open without an operation; it is joined to one within this time, before a supervisor."""

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Settled:
    """What a supervisor found: the operation that it belongs to, ``""`` for none, and why."""

    at: datetime
    role: str
    operation: str
    reason: str
    entry: int


@dataclass(frozen=True)
class Emergency:
    """One declared emergency.

    Parameters
    ----------
    id : str
        Of the working context.
    account, session, purpose : str
        Who declared it, in which session, for what.
    opened_at : datetime
    entry : int
        Where the ledger says so.
    settled : Settled or None
        None while no supervisor has looked at it.
    """

    id: str
    account: str
    session: str
    purpose: str
    opened_at: datetime
    entry: int
    settled: Settled | None = None

    @property
    def due_at(self) -> datetime:
        """Return by when a supervisor says what it was."""
        return self.opened_at + SETTLED_WITHIN

    def is_late(self, now: datetime) -> bool:
        """Say whether a supervisor said it too late, or has not said it and should have."""
        return (self.settled.at if self.settled else now) > self.due_at


@dataclass
class EmergencyRecord:
    """Facts about emergencies, kept up by ``Head``; by id, in the order they were declared."""

    known: dict[str, Emergency] = field(default_factory=dict)

    def take(self, op: str, index: int, body: Body) -> None:
        """Take in one entry of :data:`OPS`. What was said first stands: a second word changes nothing."""
        if op == "context-opened" and body.get("emergency") is True:
            made = Emergency(
                str(body["context"]), str(body["actor"]), str(body["session"]), str(body.get("purpose", "")),
                from_micros(body["at"]), index,
            )  # fmt: skip
            self.known.setdefault(made.id, made)
        found = self.known.get(str(body.get("settles", "")))
        if op == "emergency-settled" and found is not None and found.settled is None:
            said = Settled(
                from_micros(body["at"]), str(body["role"]), str(body["joined"]), str(body["words"]), index
            )  # fmt: skip
            self.known[found.id] = replace(found, settled=said)

    def as_list(self) -> list[dict[str, object]]:
        """Return every fact as plain data."""
        return [_plain(e) for e in self.known.values()]


def emergency_record_from(rows: list[Body]) -> EmergencyRecord:
    """Make a record from plain data, the inverse of :meth:`EmergencyRecord.as_list`."""
    return EmergencyRecord({row["id"]: _from(row) for row in rows})


def _plain(e: Emergency) -> dict[str, object]:
    settled = e.settled and asdict(e.settled) | {"at": to_micros(e.settled.at)}
    return asdict(e) | {"opened_at": to_micros(e.opened_at), "settled": settled}


def _from(row: Body) -> Emergency:
    settled = row["settled"] and Settled(**{**row["settled"], "at": from_micros(row["settled"]["at"])})
    return Emergency(**{**row, "opened_at": from_micros(row["opened_at"]), "settled": settled})


OPS = frozenset({"context-opened", "emergency-settled"})
"""Operations of the ledger that say something about emergencies."""
