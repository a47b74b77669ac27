"""Stops: what the panel signs, what is on the way to being signed, and what stands.

A statement is a few lines that a person can read before signing. It names one deployment, one version of one mandate,
one reason, one beginning and one proposal, so that a signature under it is good for that and for nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from peelian.core.errors import InvalidError
from peelian.core.ids import is_ulid

STOP: Final = "stop"
LIFT: Final = "lift"
ACTS: Final = (STOP, LIFT)

PANEL: Final = "panel"
OWNER: Final = "owner"

FIRST_LINE: Final = "peelian/panel-statement/v1"
"""Nothing else that an account's key signs begins so: a signature made for one use is no use for another."""

REASON_MAX: Final = 600

_NONE = "none"
_AT_ONCE = "at once"
_KEYS = tuple("act deployment mandate version title from lifts proposal proposed lapses reason".split())
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Statement:
    """What members of the panel put their names to.

    Parameters
    ----------
    act : str
        ``stop`` or ``lift``.
    deployment : str
        Id of the one deployment it is about.
    mandate, version, title : str
        The mandate, the digest of the version in the charter when it was proposed, and what people call it.
    begins_at : datetime or None
        From when; None for at once. A lift always takes effect at once.
    lifts : str
        For a lift, the id of the stop that it lifts; else ``""``.
    proposal : str
        ULID of the proposal, which can be carried out once.
    proposed_at, lapses_at : datetime
        Whole seconds, UTC.
    reason : str
        One line, public.
    """

    act: str
    deployment: str
    mandate: str
    version: str
    title: str
    begins_at: datetime | None
    lifts: str
    proposal: str
    proposed_at: datetime
    lapses_at: datetime
    reason: str

    @property
    def text(self) -> str:
        """The lines that are signed, byte for byte."""
        begins = _AT_ONCE if self.begins_at is None else _instant(self.begins_at)
        values = (
            self.act,
            self.deployment,
            self.mandate,
            self.version,
            self.title,
            begins,
            self.lifts or _NONE,
            self.proposal,
            _instant(self.proposed_at),
            _instant(self.lapses_at),
            self.reason,
        )
        return f"{FIRST_LINE}\n" + "".join(f"{k}: {v}\n" for k, v in zip(_KEYS, values, strict=True))


def read_statement(text: str) -> Statement:
    """Read a statement, the inverse of :attr:`Statement.text`; any other spelling is refused.

    Raises
    ------
    InvalidError
        ``statement-malformed``.
    """
    first, *lines = text.split("\n")
    pairs = [line.partition(": ") for line in lines[:-1]]
    if first != FIRST_LINE or lines[-1:] != [""] or tuple(k for k, _, _ in pairs) != _KEYS:
        raise _malformed("it does not have the lines that a statement has")
    given = {k: v for k, _, v in pairs}
    try:
        begins = None if given["from"] == _AT_ONCE else _read_instant(given["from"])
        times = _read_instant(given["proposed"]), _read_instant(given["lapses"])
    except ValueError:
        raise _malformed("an instant in it is not of the form 2026-11-22T09:00:00Z") from None
    lifts = "" if given["lifts"] == _NONE else given["lifts"]
    who = (given["act"], given["deployment"], given["mandate"], given["version"], given["title"])
    read = Statement(*who, begins, lifts, given["proposal"], *times, given["reason"])
    if read.text != text or not _sound(read):
        raise _malformed("a line in it says what it cannot say")
    return read


def _sound(s: Statement) -> bool:
    """Say whether every line holds what belongs there."""
    ids = is_ulid(s.proposal) and (is_ulid(s.lifts) if s.act == LIFT else s.lifts == "")
    names = bool(_ID.fullmatch(s.mandate) and _SHA256.fullmatch(s.version) and s.deployment and s.title)
    times = s.proposed_at < s.lapses_at and not (s.act == LIFT and s.begins_at)
    return s.act in ACTS and ids and names and times and one_line(s.reason) == s.reason


def clean_reason(reason: str) -> str:
    """Return a reason as one line of plain text.

    Raises
    ------
    InvalidError
        ``reason-missing``, ``reason-too-long``.
    """
    line = one_line(reason)
    if not line:
        raise InvalidError(
            "reason-missing", "A stop and its lifting need a reason.", why="The reason is public.", do="Say why."
        )
    if len(line) > REASON_MAX:
        raise InvalidError(
            "reason-too-long",
            f"A reason has at most {REASON_MAX} characters.",
            why="It stands on the register and on an officer's screen, and is read before it is signed.",
            do="Say it in two sentences, and put the rest in the minutes.",
            facts={"characters": len(line)},
        )
    return line


def one_line(words: str) -> str:
    """Return words as one line: no control or invisible characters, which a reader would not see and would sign."""
    spaced = " ".join(words.split())
    shown = "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    return unicodedata.normalize("NFC", " ".join(shown.split()))


def whole_second(at: datetime) -> datetime:
    """Return an instant without its fraction of a second, in UTC."""
    return at.astimezone(UTC).replace(microsecond=0)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime(_INSTANT)


def _read_instant(text: str) -> datetime:
    return datetime.strptime(text, _INSTANT).replace(tzinfo=UTC)


def _malformed(what: str) -> InvalidError:
    return InvalidError(
        "statement-malformed",
        f"This is not a panel's statement: {what}.",
        why="What is signed has one exact form, so that nobody signs what they cannot read.",
        do="Take the statement again from the panel's page, or with: peelian panel show.",
    )


@dataclass(frozen=True)
class Proposal:
    """A stop or a lifting that members are asked to sign.

    Parameters
    ----------
    statement : Statement
    proposed_by : str
        Account.
    entry : int
        Where the ledger has it.
    signatures : mapping of str to str
        Account -> signature, base64.
    done : bool
        The panel has carried it out.
    """

    statement: Statement
    proposed_by: str
    entry: int
    signatures: Mapping[str, str] = field(default_factory=dict)
    done: bool = False

    @property
    def id(self) -> str:
        """Return the proposal's number."""
        return self.statement.proposal

    def open_at(self, now: datetime) -> bool:
        """Say whether members may still sign it."""
        return not self.done and now < self.statement.lapses_at

    def signed(self, account: str, signature: str) -> Proposal:
        """Return the proposal with one more signature."""
        return replace(self, signatures={**self.signatures, account: signature})


@dataclass(frozen=True)
class Lifted:
    """How a stop ended."""

    at: datetime
    reason: str
    entry: int
    statement: str = ""
    signatures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Stop:
    """A stop on a mandate: whose, why, from when. Public, but for who signed when the charter says so.

    Parameters
    ----------
    id : str
        The proposal's number, or one of its own for an owner's stop.
    mandate, version : str
        What was stopped, and the digest of its version then. A stop holds for every version of the mandate.
    use : str
        What the mandate was for. A stop holds for every mandate for the same: another name lets nothing go on.
    whose : str
        ``panel`` or ``owner``.
    reason : str
        Public.
    made_at, begins_at : datetime
        When it was entered, and from when nothing happens under the mandate.
    entry : int
    statement : str
        What was signed; ``""`` for an owner's stop.
    signatures : tuple of (str, str)
        Account and signature (base64) of each member of the panel.
    proved : bool
        The signatures fit. A stop that does not prove itself still stops: stopping fails safe.
    lifted : Lifted or None
    """

    id: str
    mandate: str
    version: str
    whose: str
    reason: str
    made_at: datetime
    begins_at: datetime
    entry: int
    statement: str = ""
    signatures: tuple[tuple[str, str], ...] = ()
    proved: bool = True
    lifted: Lifted | None = None
    use: str = ""

    def covers(self, mandate_id: str, use: str) -> bool:
        """Say whether it is about a mandate, by its name or by what it is for."""
        return self.mandate == mandate_id or (use != "" and self.use == use)

    @property
    def stands(self) -> bool:
        """Say whether nobody has lifted it."""
        return self.lifted is None

    def holds_at(self, now: datetime) -> bool:
        """Say whether it keeps the mandate from being used at an instant."""
        return self.stands and now >= self.begins_at
