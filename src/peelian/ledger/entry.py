"""The public leaf: what anyone may learn from the log about one act. No names, no record ids, a day and no hour."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import date

from peelian.core.canonical import canonical_bytes
from peelian.core.errors import InvalidError

STATUTORY = frozenset({"collection", "alteration", "consultation", "disclosure", "combination", "erasure"})
"""What section 62(1) of the Data Protection Act 2018 requires to be logged."""

GOVERNANCE = frozenset(
    {
        "account-enrolled",
        "assessment",
        "case-file-gone",
        "charter-loaded",
        "checkpoint-gap",
        "commit-abandoned",
        "commit-done",
        "commit-intent",
        "context-opened",
        "details-kept",
        "finding",
        "flag-ended",
        "flag-set",
        "halt",
        "key-destroyed",
        "lift",
        "link-judged",
        "links-made",
        "links-measured",
        "emergency-settled",
        "mandate-adopted",
        "mandate-ended",
        "model-frozen",
        "papers-published",
        "passphrase-set",
        "practice-begun",
        "practice-marked",
        "refusal",
        "registration",
        "result-replayed",
        "saved-search-ended",
        "saved-search-run",
        "search-saved",
        "session-opened",
        "settings-loaded",
        "stop-proposed",
        "stop-signed",
        "user-admitted",
    }
)
"""Acts of those who answer for the system."""

PAPERS = frozenset(
    {
        "case-file-kept",
        "copy-ended",
        "copy-recalled",
        "copy-taken",
        "measure-filed",
        "own-view-marked",
        "panel-told",
        "plan-decided",
        "plan-issued",
        "outcome-reported",
        "question-answered",
        "question-asked",
        "reason-rated",
        "release-checked",
        "released",
        "shift-handed-over",
        "suggestion-judged",
        "signed-off",
    }
)
"""Papers that people wrote: that one was, and no more."""

OPERATIONS = STATUTORY | GOVERNANCE | PAPERS

DECISIONS = frozenset({"allow", "refuse", "record"})
"""What the rules said; ``record`` where no rule was asked."""

_WORD = re.compile(r"[a-z][a-z0-9._/@-]{0,63}")  # too short and plain a form to smuggle a sentence or a name through
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PublicLeaf:
    """One entry of the public log.

    Parameters
    ----------
    op : str
        One of :data:`OPERATIONS`.
    day : date
        The day, and no finer: times of look-ups would tell who was on duty.
    purpose, tool : str
        Words of the charter, or ``""``.
    policy : str
        Hash of the policy that was applied, 64 hex digits, or ``""``.
    decision : str
        One of :data:`DECISIONS`.
    commitment : str
        Salted commitment to the private payload, 64 hex digits, or ``""`` (see :mod:`.payload`).
    v : int
        Version of the form.
    """

    op: str
    day: date
    purpose: str = ""
    tool: str = ""
    policy: str = ""
    decision: str = "record"
    commitment: str = ""
    v: int = 1

    def __post_init__(self) -> None:
        words_fit = all(not w or _WORD.fullmatch(w) for w in (self.purpose, self.tool))
        hashes_fit = all(not h or _HASH.fullmatch(h) for h in (self.policy, self.commitment))
        sets_fit = self.op in OPERATIONS and self.decision in DECISIONS and self.v == 1
        if not (words_fit and hashes_fit and sets_fit and type(self.day) is date):
            raise _malformed()

    @property
    def canonical(self) -> bytes:
        """The bytes that are logged (RFC 8785)."""
        return canonical_bytes(asdict(self))


def read_leaf(leaf: bytes) -> PublicLeaf:
    """Read a public leaf, the inverse of :attr:`PublicLeaf.canonical`; any other spelling is refused."""
    try:
        fields = json.loads(leaf)
        public = PublicLeaf(**{**fields, "day": date.fromisoformat(fields["day"])})
        same = public.canonical == leaf
    except (ValueError, TypeError, KeyError):
        raise _malformed() from None
    if not same:
        raise _malformed()
    return public


def _malformed() -> InvalidError:
    return InvalidError(
        "leaf-malformed",
        "A public log entry is not of the form that may be published.",
        why="The public log is itself a release: only listed operations, charter words, hashes and a day may enter it.",
        do="See docs/formats/ledger-leaf.md. Details belong in the sealed payload.",
    )
