"""The rulebook: who may do what, in which circumstances, and every reason when the answer is no.

One entry a question: :meth:`Rulebook.judge_open`, :meth:`~Rulebook.judge_run`, :meth:`~Rulebook.judge_post`,
:meth:`~Rulebook.judge_act` and, for labels, :meth:`~Rulebook.allowed_labels`. Each turns the circumstances into one
Cedar request against the charter's policies; nothing is decided in Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from peelian.core.errors import Reason
from peelian.model.label import Label
from peelian.model.mandate import Mandate

EXPIRED_CODES = frozenset({"mandate-expired", "operation-closed", "phase-retired"})
"""Reasons that mean *the authority existed and has ended*: the gate answers these with ExpiredError."""

ACTS = (
    "erase",
    "read-log",
    "register-assessment",
    "publish",
    "export",
    "adopt-mandate",
    "end-mandate",
    "halt",
    "lift",
    "load-charter",
    "set-context",
    "start",
    "adverse-act",
)
"""Acts that :meth:`Rulebook.judge_act` knows. An act not listed is refused."""

POST_KINDS = ("rows", "finding", "assessment", "label", "list")
"""Kinds that :meth:`Rulebook.judge_post` knows beside the ones that are acts (erasure, mandate, ruling, ...)."""


@dataclass(frozen=True)
class Actor:
    """Who asks. ``trained``: methods and tables for which a practice set was passed and is in date."""

    id: str
    roles: frozenset[str]
    force: str
    markings: frozenset[str] = frozenset()
    trained: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What is so at this moment, as the gate knows it from the ledger's head and the working context.

    No field that could open a door has a default: whoever asks has to say.

    Parameters
    ----------
    now : datetime
        Aware; never behind the ledger.
    purpose : str
        Purpose id of the working context.
    mandate : Mandate or None
        The mandate relied on; for ``adopt-mandate`` the one to be adopted.
    mandate_adopted : bool
        Its digest is in the ledger as adopted and not as ended.
    halted : bool
        A halt stands against it.
    operation_ref : str
        The operation, shift or incident; ``""`` for none.
    operation_open, actor_on_operation : bool
        Whether it is open now, and whether the actor is a member.
    emergency : bool
        The actor has declared danger to life: an opening for a safety purpose may go on without an operation, marked.
    witnesses_ok : bool
        The witness quorum stands.
    code_hash : str
        Of the method that would run; ``""`` when none would.
    user_number : int
        Which user of this mandate the actor is, from 1; bounds pilots.
    """

    now: datetime
    purpose: str
    mandate: Mandate | None
    mandate_adopted: bool
    halted: bool
    operation_ref: str
    operation_open: bool
    actor_on_operation: bool
    witnesses_ok: bool
    emergency: bool = False
    code_hash: str = ""
    user_number: int = 1


@dataclass(frozen=True, kw_only=True)
class MethodFacts:
    """What a method declares of itself, from its ``method.yml``, and what this run asks of it.

    Parameters
    ----------
    name : str
        Method name, e.g. ``hotspots``.
    target : str
        What it says something about: place, incident, linked-crime, network or victim-safeguarding.
    inputs : frozenset of str
        ``table.column`` names it reads.
    offences : frozenset of str
        Offence ids this run is about.
    area : str
        Name of the published polygon this run is about.
    glass_box : bool
        Every output comes apart into contributions a person can read.
    """

    name: str
    target: str
    inputs: frozenset[str]
    offences: frozenset[str]
    area: str
    glass_box: bool


@dataclass(frozen=True)
class Verdict:
    """Yes, or no with every reason.

    ``rules`` are the ids of the Cedar policies that decided, for the ledger; ``reasons`` are worded for people.
    """

    allow: bool
    reasons: tuple[Reason, ...]
    policy_hash: str
    rules: tuple[str, ...] = field(default=())

    @property
    def expired(self) -> bool:
        """Say whether the only thing in the way is that an authority has ended."""
        return not self.allow and bool(self.reasons) and all(r.code in EXPIRED_CODES for r in self.reasons)


class Rulebook:
    """The charter's policies, ready to judge."""

    policy_hash: str

    def judge_open(
        self, actor: Actor, circumstances: Circumstances, table: str, columns: Iterable[str], sealed: bool
    ) -> Verdict:
        """Judge whether this session may open this table and these columns at all. Never depends on data."""
        raise NotImplementedError

    def judge_run(self, actor: Actor, circumstances: Circumstances, method: MethodFacts) -> Verdict:
        """Judge whether a method may run."""
        raise NotImplementedError

    def judge_post(self, actor: Actor, circumstances: Circumstances, kind: str, table_or_noun: str) -> Verdict:
        """Judge whether something may be written."""
        raise NotImplementedError

    def judge_act(self, actor: Actor, circumstances: Circumstances, act: str) -> Verdict:
        """Judge an act of office."""
        raise NotImplementedError

    def allowed_labels(
        self, actor: Actor, circumstances: Circumstances, labels: Mapping[int, Label]
    ) -> frozenset[int]:
        """Return the ids of the labels whose rows this session may see, one decision a label."""
        raise NotImplementedError
