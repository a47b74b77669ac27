"""What the gate writes into the ledger: a public leaf that names nobody, and a sealed private payload.

The leaf says operation, day, merged purpose, tool, policy hash, decision and a salted commitment to the payload. The
payload holds who, when exactly, which mandate and operation, what was asked: sealed under the log's own key, so that
the log is data behind the gate (DPA 2018 s.62(4)). Each subject's reference is sealed under that subject's key as
well, and the stated reason under all of them: destroying one key erases both and the tree still verifies.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from peelian.core.canonical import canonical_bytes
from peelian.core.time import Clock, to_micros
from peelian.ledger.entry import PublicLeaf
from peelian.ledger.log import Entry, Ledger
from peelian.ledger.payload import open_payload, seal

LOG_KEY = "log"
"""Name of the key under which the ordinary part of a payload is sealed."""

BODY, REASON, SUBJECT = "body", "reason", "subject:"
"""Names of a payload's parts; subjects are numbered behind the colon."""


class Keys(Protocol):
    """Where payload keys come from: the log's own, and one a subject."""

    def log_key(self) -> bytes:
        """Return the log's key, 32 bytes."""
        ...

    def name(self, subject_id: str) -> str:
        """Return the pseudonym under which a subject's key is kept."""
        ...

    def get_or_create(self, subject_id: str) -> bytes:
        """Return a subject's key, 32 bytes, made on first use."""
        ...


@dataclass(frozen=True)
class Act:
    """One thing to be entered in the ledger.

    Parameters
    ----------
    op : str
        One of :data:`peelian.ledger.entry.OPERATIONS`.
    tool : str
        Source, method or duty concerned; public.
    purpose : str
        Purpose id; merged with others before it is public.
    decision : str
        ``allow``, ``refuse`` or ``record``; public.
    body : mapping
        Plain data for the private payload.
    reason : str
        The stated justification, private.
    subjects : tuple of str
        Subject ids the act is about, private, each under its own key.
    """

    op: str
    tool: str
    purpose: str
    decision: str
    body: Mapping[str, object] = field(default_factory=dict)
    reason: str = ""
    subjects: tuple[str, ...] = ()


class Recorder:
    """Turns acts into ledger entries. An act that cannot be written raises, and then nothing may be opened.

    Parameters
    ----------
    ledger : Ledger
        Where entries go; durable when :meth:`record` returns.
    keys : Keys
        Payload keys.
    clock : Clock
        Never behind the ledger.
    policy_hash : str
        Hash of the policies in force; in every leaf, so that the register can pair it with its proofs.
    merged : mapping of str to str
        Purpose id -> the wider heading it is published under (small purposes are merged: the log is a release).
    """

    def __init__(self, ledger: Ledger, keys: Keys, clock: Clock, policy_hash: str, merged: Mapping[str, str]) -> None:
        self.ledger = ledger
        self.keys = keys
        self.clock = clock
        self.policy_hash = policy_hash
        self.merged = merged

    def record(self, acts: Sequence[Act]) -> list[int]:
        """Enter acts; return their positions in the ledger."""
        return self.ledger.append([self._entry(act) for act in acts])

    def _entry(self, act: Act) -> Entry:
        now = self.clock.now()
        keys = {LOG_KEY: self.keys.log_key()}
        names = []
        for subject_id in act.subjects:
            names.append(self.keys.name(subject_id))
            keys[names[-1]] = self.keys.get_or_create(subject_id)
        body = dict(act.body) | {"at": to_micros(now), "purpose": act.purpose}
        parts: dict[str, tuple[bytes, Sequence[str]]] = {BODY: (canonical_bytes(body), [LOG_KEY])}
        if act.reason:
            parts[REASON] = (act.reason.encode(), [LOG_KEY, *names])
        for number, (subject_id, name) in enumerate(zip(act.subjects, names, strict=True)):
            parts[f"{SUBJECT}{number}"] = (subject_id.encode(), [LOG_KEY, name])
        commitment, sealed = seal(parts, keys)
        leaf = PublicLeaf(
            op=act.op,
            day=now.date(),
            purpose=self.merged.get(act.purpose, "other"),
            tool=act.tool,
            policy=self.policy_hash,
            decision=act.decision,
            commitment=commitment,
        )
        return Entry(leaf.canonical, sealed)


def read_body(private: bytes, log_key: bytes, *, leaf: bytes | None = None) -> dict[str, object]:
    """Open the ordinary part of a payload; subjects and reasons stay sealed.

    Parameters
    ----------
    leaf : bytes, optional
        The entry's public leaf, which the tree proves. The payload lies beside the tree, not in it: whoever acts on
        one gives the leaf, and a payload that was put under another entry is found out (``payload-altered``).
    """
    commitment = None if leaf is None else str(json.loads(leaf)["commitment"])
    parts = open_payload(private, {LOG_KEY: log_key}, commitment=commitment)
    body = json.loads(parts[BODY])
    assert isinstance(body, dict)
    return body
