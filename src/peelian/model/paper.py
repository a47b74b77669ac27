"""Papers: what people write on the floor: their own views, plans, outcomes, questions, answers, ratings, sign-offs.

A paper never changes. A change of state is another paper; what a paper said, and who wrote it, is held in the ledger
by its digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from peelian.core.canonical import digest
from peelian.core.time import to_micros

KINDS: Final[Mapping[str, str]] = {
    "own-view": "mark-own-view",
    "plan": "decide-plan",
    "plan-issued": "issue-plan",  # one numbered copy for one recipient
    "outcome": "report-outcome",
    "copy": "take-copy",  # a numbered file of what was looked up; what is in it is not in the paper
    "copy-recalled": "recall-copy",
    "suggestion": "judge-suggestion",  # what somebody found of a span of text, which it does not quote
    "case-file": "keep-case-file",  # that a case has a file, and of how many rows; the file itself is sealed
    "copy-ended": "give-back-copy",  # its holder says that it is deleted
    "question": "ask-question",
    "answer": "answer-question",
    "rating": "rate-reason",
    "sign-off": "sign-off",
    "note-to-panel": "write-to-panel",
    "hand-over": "hand-over",  # a note for those who come next on the same operation
    "measure": "file-measure",  # rounded counts of decisions, for those who publish
    "release-check": "check-release",
    "release": "release",
}
"""Kind of paper -> the act that writing one is judged as. Proposals to stop and practice sets are not
papers: the gate itself keeps and marks those."""

PUBLIC_KINDS: Final = frozenset({"question", "answer", "rating", "sign-off", "release", "release-check"})
"""Kinds that may be public; what somebody marked, decided or confided never is."""


def about_shift(finding_id: str, shift: str) -> str:
    """Return what own views and plans are about: a finding, for a shift."""
    return f"{finding_id}.{shift}"


def subject_of(about: str) -> str:
    """Return the finding that an own view or a plan is about; the inverse of :func:`about_shift`."""
    return about.partition(".")[0]


def shift_of(about: str) -> str:
    """Return the name of the shift that an own view or a plan is about."""
    return about.partition(".")[2]


@dataclass(frozen=True)
class Paper:
    """One thing that one person wrote, once.

    Parameters
    ----------
    id : str
        ULID.
    kind : str
        One of :data:`KINDS`.
    about : str
        What it is about: another paper's, a finding's or a mandate's id; ``""`` for nothing in particular.
    tool : str
        The method, source or duty of the mandate it was written under; public.
    mandate, author, role, purpose : str
        Under what, by whom, in which role the mandate names, for what.
    made_at, expires_at : datetime
        Aware. ``expires_at`` None for a paper that stands until its retention ends.
    public : bool
        Whether anybody may read it.
    body : mapping
        What it says, plain data.
    digest : str
        SHA-256 of all of the above in canonical form: what the ledger holds.
    entry : int
        Position of that ledger entry.
    """

    id: str
    kind: str
    about: str
    tool: str
    mandate: str
    author: str
    role: str
    purpose: str
    made_at: datetime
    expires_at: datetime | None
    public: bool
    body: Mapping[str, Any] = field(repr=False)  # may hold what its author alone may read
    digest: str = ""
    entry: int = -1

    @property
    def act(self) -> str:
        """Return the act that writing it was judged as."""
        return KINDS[self.kind]

    def said(self) -> dict[str, object]:
        """Return what the digest is over: all but the digest itself and where the ledger has it."""
        instants = {"made_at": to_micros(self.made_at), "expires_at": self.expires_at and to_micros(self.expires_at)}
        return {k: v for k, v in self.__dict__.items() if k not in {"digest", "entry"}} | instants

    @property
    def true_digest(self) -> str:
        """Return the digest of what it says now; another than :attr:`digest` is a paper that was altered."""
        return digest(self.said())

    def as_dict(self) -> dict[str, object]:
        """Return the paper as plain data."""
        return self.said() | {"digest": self.digest, "entry": self.entry}

    def expired(self, at: datetime) -> bool:
        """Say whether its time is over at an instant."""
        return self.expires_at is not None and at >= self.expires_at
