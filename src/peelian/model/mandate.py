"""Mandates: the authority something runs under. Public objects."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import cached_property

from peelian.core.canonical import digest

SUBJECTS = ("source", "method", "assessment", "sharing", "duty")
"""What a mandate may be for. ``duty``: a standing task of an office, e.g. erasing on request, reading the log."""

PHASES = ("pre-deployment", "private-beta", "public-beta", "production", "retired")
"""ATRS v4 phases."""


@dataclass(frozen=True)
class Scope:
    """Where, on what and about what a mandate may be used. Empty means nothing, never everything."""

    offences: frozenset[str] = frozenset()
    area: str = ""  # name of a published polygon, charter/areas/<area>.geojson
    area_sha256: str = ""
    tables: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()  # "table.column"
    sealed: bool = False  # may open equality tables; assessment mandates only
    users_max: int | None = None


@dataclass(frozen=True)
class Mandate:
    """An authority that expires to OFF.

    Everything runs under one: owner, lawful basis, scope, evidence, fallback, start and end. There is no renewal
    by itself; a new mandate takes fresh evidence.
    """

    id: str
    title: str
    subject: str  # one of SUBJECTS
    target: str  # the source's, method's, ... name
    purposes: frozenset[str]
    owner: str  # official's id
    approver: str  # another official's id
    lawful_basis: str
    starts_at: datetime
    ends_at: datetime
    phase: str
    scope: Scope
    roles: frozenset[str]  # who may act under it
    fallback: str  # what to do instead when it is off; never empty
    code_hash: str = ""  # of the method, as approved
    evidence: tuple[str, ...] = ()  # digests or addresses of published assessments
    endorses: tuple[str, ...] = ()  # aggregates it declassifies: each an assessed, recorded act
    label: dict[str, object] = field(default_factory=dict)  # for sources: the label their rows take
    retention_class: str = ""
    data_kinds: frozenset[str] = frozenset()  # for sources: what kinds of data come in, e.g. recorded-crime
    decided_on: date | None = None
    reference: str = ""

    @property
    def use(self) -> str:
        """Return what it is for; two mandates for the same are one use under two names."""
        return f"{self.subject} {self.target}"

    def as_dict(self) -> dict[str, object]:
        """Return the mandate as plain data: what is hashed into the ledger and published."""
        return asdict(self)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical form; asked for several times in every call of the gate."""
        return digest(self.as_dict())
