"""Findings and assessments: what a method says, what was found out about the method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from peelian.core.canonical import canonical_bytes, digest


@dataclass(frozen=True)
class Finding:
    """One output of one method, complete enough to be read, contested and replayed to the same bytes.

    ``result`` holds the ranked units with contributions that add up; numbers are rounded to the digits the method
    declares before they are ranked, ties go by id.
    """

    id: str
    method: str
    code_hash: str
    mandate: str
    purpose: str
    seq: int
    question: Mapping[str, Any]
    rows_digest: str
    rows_read: int
    parameters: Mapping[str, Any]
    seed: int
    result: Mapping[str, Any]
    base_rate: Mapping[str, Any]
    known_error: Mapping[str, Any]
    label_id: int
    phase: str
    policy_hash: str
    made_at: str
    state: str = "new"

    def body(self) -> dict[str, object]:
        """Return what a replay must reproduce: everything but id, time and state."""
        skip = {"id", "made_at", "state"}
        return {k: v for k, v in self.__dict__.items() if k not in skip}

    def as_dict(self) -> dict[str, object]:
        """Return the finding as plain data."""
        return dict(self.__dict__)

    @property
    def canonical(self) -> bytes:
        """Canonical bytes of the body."""
        return canonical_bytes(self.body())

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes."""
        return digest(self.body())


@dataclass(frozen=True)
class Assessment:
    """What was found out about a method before (or while) it is used: published whether good or bad."""

    id: str
    method: str
    code_hash: str
    mandate: str
    seq: int
    registered: str  # digest of the pre-registration
    registered_at_entry: int  # ledger index of the pre-registration
    design: Mapping[str, Any]
    results: Mapping[str, Any]
    warnings: tuple[str, ...] = ()
    made_at: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """Return the assessment as plain data."""
        return dict(self.__dict__)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form, without id and time."""
        return digest({k: v for k, v in self.__dict__.items() if k not in {"id", "made_at"}})
