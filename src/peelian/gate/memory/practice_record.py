"""What the ledger says of practice: which sets were begun, and the marks of those that were handed in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from peelian.core.time import from_micros, to_micros
from peelian.policy.charter_folder import months_after
from peelian.policy.floor_law import PracticeSet

ATTEMPT_LASTS = timedelta(hours=24)
"""How long a practice set waits to be handed in."""


@dataclass(frozen=True)
class Attempt:
    """A practice set that somebody began: how it was made, as the charter asked then."""

    id: str
    actor: str
    subject: str
    mandate: str
    at: datetime
    cases: int
    share_wrong: float

    def is_open(self, now: datetime) -> bool:
        """Say whether it can still be handed in."""
        return now < self.at + ATTEMPT_LASTS


@dataclass(frozen=True)
class Marked:
    """A practice set that was handed in, with its marks.

    Parameters
    ----------
    demonstration : bool
        It was answered from the truth, to show how the product works.
    """

    attempt: str
    actor: str
    subject: str
    at: datetime
    cases: int
    right: int
    wrong_shown: int
    caught: int
    false_alarms: int
    demonstration: bool

    def passes(self, terms: PracticeSet) -> bool:
        """Say whether the marks are enough under the terms in force."""
        sound = self.cases - self.wrong_shown
        caught = self.caught >= _at_least(terms.must_catch, self.wrong_shown)
        kept = sound - self.false_alarms >= _at_least(terms.must_keep, sound)
        return caught and kept and self.cases >= terms.cases and self.wrong_shown >= 1

    def holds_until(self, terms: PracticeSet) -> date:
        """Return the first day on which it no longer counts."""
        return months_after(self.at.date(), terms.valid_months)


def _at_least(share: float, of: int) -> int:
    return math.ceil(round(share * of, 9))


@dataclass
class PracticeRecord:
    """Facts about practice, kept up by :class:`~peelian.gate.memory.head.Head`."""

    begun: dict[str, Attempt] = field(default_factory=dict)
    marked: dict[str, Marked] = field(default_factory=dict)

    def open_attempt(self, actor: str, subject: str, now: datetime) -> Attempt | None:
        """Return the set that somebody has begun and not handed in yet."""
        own = (a for a in self.begun.values() if (a.actor, a.subject) == (actor, subject) and a.id not in self.marked)
        return next((a for a in own if a.is_open(now)), None)

    def last_pass(self, actor: str, terms: PracticeSet, *, demonstration: bool) -> Marked | None:
        """Return the newest set about something that somebody passed, if any.

        Parameters
        ----------
        demonstration : bool
            Whether the force in force is a demonstration; sets answered from the truth count there alone.
        """
        own = (m for m in self.marked.values() if (m.actor, m.subject) == (actor, terms.id))
        passed = (m for m in own if m.passes(terms) and (demonstration or not m.demonstration))
        return max(passed, key=lambda m: m.at, default=None)

    def trained(
        self, actor: str, sets: Mapping[str, PracticeSet], now: datetime, *, demonstration: bool
    ) -> frozenset[str]:
        """Name what somebody is trained for now: a set passed, and in date; with what it counts for beside."""
        last = {s: self.last_pass(actor, terms, demonstration=demonstration) for s, terms in sets.items()}
        current = [s for s, m in last.items() if m and m.at <= now and now.date() < m.holds_until(sets[s])]
        return frozenset().union(*(sets[s].counts_for for s in current))

    def counts_until(
        self, actor: str, subject: str, sets: Mapping[str, PracticeSet], *, demonstration: bool
    ) -> date | None:
        """Return the first day on which what somebody passed counts for something no longer; None if it never did.

        Any set counts that covers it, its own or another.
        """
        covering = [terms for terms in sets.values() if subject in terms.counts_for]
        passed = ((self.last_pass(actor, terms, demonstration=demonstration), terms) for terms in covering)
        return max((m.holds_until(terms) for m, terms in passed if m), default=None)

    def take(self, op: str, body: Mapping[str, Any]) -> None:
        """Take in one entry of :data:`OPS`."""
        _TAKERS[op](self, body)

    def as_dict(self) -> dict[str, object]:
        """Return every fact as plain data, in the form of the entries it came from."""
        return {
            "begun": [_plain(a) for a in self.begun.values()],
            "marked": [_plain(m) for m in self.marked.values()],
        }


def practice_record_from(facts: Mapping[str, Any]) -> PracticeRecord:
    """Make a record again from :meth:`PracticeRecord.as_dict`."""
    record = PracticeRecord()
    for op, bodies in (("practice-begun", facts["begun"]), ("practice-marked", facts["marked"])):
        for body in bodies:
            record.take(op, body)
    return record


def _plain(noun: Attempt | Marked) -> dict[str, object]:
    body = asdict(noun) | {"at": to_micros(noun.at)}
    return body | {"attempt": noun.id} if isinstance(noun, Attempt) else body


def _take_begun(record: PracticeRecord, body: Mapping[str, Any]) -> None:
    names = ("actor", "subject", "mandate", "cases", "share_wrong")
    attempt = Attempt(id=body["attempt"], at=from_micros(body["at"]), **{n: body[n] for n in names})
    record.begun[attempt.id] = attempt


def _take_marked(record: PracticeRecord, body: Mapping[str, Any]) -> None:
    begun = record.begun.get(body["attempt"])
    if begun is None or begun.id in record.marked or (begun.actor, begun.subject) != (body["actor"], body["subject"]):
        return  # marks count once, for the set that their sitter began
    names = ("attempt", "actor", "subject", "cases", "right", "wrong_shown", "caught", "false_alarms", "demonstration")
    record.marked[begun.id] = Marked(at=from_micros(body["at"]), **{n: body[n] for n in names})


_TAKERS = {"practice-begun": _take_begun, "practice-marked": _take_marked}

OPS = frozenset(_TAKERS)
"""Entries that are about practice."""
