"""One base error that says what happened, why it matters, what to do, and a code with a docs heading.

Every code has a heading in ``docs/reference/errors/<area>.md``; a test holds the two together both ways, by reading
the first argument of each raise, so **a code is always written as a literal where it is raised**.

INVARIANT: no message, fact or log line holds a personal value. Say the column, the count, the row's key hash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reason:
    """One reason why a rule said no: the rule's code, a sentence, who can change it, and the next step."""

    code: str
    what: str
    owner: str = ""
    do: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the reason as plain data, empty fields left out."""
        fields = {"code": self.code, "what": self.what, "owner": self.owner, "do": self.do}
        return {k: v for k, v in fields.items() if v}


class PeelianError(Exception):
    """Base of every error a user can meet.

    Parameters
    ----------
    code : str
        Stable, kebab-case; has a heading in ``docs/reference/errors/<area>.md``.
    what : str
        What happened, in one sentence, without personal values.
    why : str
        Why it matters or what caused it.
    do : str
        What to do next.
    facts : mapping of str to str or int, optional
        Structured detail for ``--json`` (column, count, line number, file hash); never a personal value.
    """

    family = "error"
    exit_code = 1

    def __init__(
        self,
        code: str,
        what: str,
        *,
        why: str = "",
        do: str = "",
        facts: Mapping[str, str | int | float | bool | None] | None = None,
    ) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.why = why
        self.do = do
        self.facts = dict(facts or {})

    def __str__(self) -> str:
        return " ".join(part for part in (f"`{self.code}`: {self.what}", self.why, self.do) if part)

    def as_dict(self) -> dict[str, object]:
        """Return the error as plain data, for ``--json`` and for the API."""
        out: dict[str, object] = {"family": self.family, "code": self.code, "what": self.what}
        out |= {k: v for k, v in (("why", self.why), ("do", self.do), ("facts", self.facts)) if v}
        return out


class InvalidError(PeelianError):
    """The input is not of the form the rules ask for."""

    family = "invalid"
    exit_code = 3


class MissingError(PeelianError):
    """Something named does not exist, or may not be seen by this session: the two are worded the same."""

    family = "missing"
    exit_code = 4


class RefusedError(PeelianError):
    """A rule said no. Carries every reason, not the first one found."""

    family = "refused"
    exit_code = 5

    def __init__(
        self,
        code: str,
        what: str,
        *,
        reasons: Sequence[Reason] = (),
        why: str = "",
        do: str = "",
        facts: Mapping[str, str | int | float | bool | None] | None = None,
    ) -> None:
        super().__init__(code, what, why=why, do=do, facts=facts)
        self.reasons = tuple(reasons)

    def as_dict(self) -> dict[str, object]:
        """Return the refusal and all its reasons as plain data."""
        return super().as_dict() | {"reasons": [r.as_dict() for r in self.reasons]}


class ExpiredError(RefusedError):
    """The authority existed and has ended: a mandate, a session, a context, a row's retention."""

    family = "expired"
    exit_code = 6


class LimitError(PeelianError):
    """A stated bound was reached: a size, a count, a time."""

    family = "limit"
    exit_code = 7


class TamperedError(PeelianError):
    """Evidence does not agree with itself: a log, a file, a signature, a replay."""

    family = "tampered"
    exit_code = 8


class StoppedError(PeelianError):
    """A disk did not do as told. What was promised stands; nothing more is until the state is read again from disk."""

    family = "stopped"
    exit_code = 9


@dataclass(frozen=True)
class Warned:
    """Something was not as declared and work went on; counted and shown, never silent."""

    code: str
    what: str
    count: int = 1
    facts: Mapping[str, str | int] = field(default_factory=dict)


FAMILIES: tuple[type[PeelianError], ...] = (
    InvalidError,
    MissingError,
    RefusedError,
    ExpiredError,
    LimitError,
    TamperedError,
    StoppedError,
)
