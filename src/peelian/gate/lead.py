"""The head of a finding, and what a process remembers of heads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Lead:
    """The head of a finding: what it is, without what it says.

    Parameters
    ----------
    about : mapping
        The plain words and numbers at the top of its parameters and result, such as month and offences.
    """

    id: str
    method: str
    mandate: str
    purpose: str
    seq: int
    label_id: int
    phase: str
    made_at: datetime
    state: str
    digest: str
    question: Mapping[str, object] = field(repr=False)
    about: Mapping[str, object] = field(repr=False)


@dataclass
class Leads:
    """What one process remembers of findings: their heads, which never change, and which session was shown which."""

    heads: dict[str, Lead] = field(default_factory=dict)
    shown: dict[tuple[str, str], set[str]] = field(default_factory=dict)
