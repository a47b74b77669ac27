"""What the ledger says of who staff are, of flags between investigations, and of searches that were saved.

Who somebody is stands here as keyed digests alone: enough to notice that they look for themselves, of no use to anyone
who wants to know where they live. What a flag is on is a digest as well; what was searched for is not here at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from peelian.core.time import from_micros, to_micros

Body = Mapping[str, Any]

OVERT, COVERT = "overt", "covert"


@dataclass(frozen=True)
class Details:
    """What is known of one member of staff.

    Parameters
    ----------
    own, relations : frozenset of str
        Digested marks of themselves, and of the people they are close to, as they declared them.
    """

    account: str
    own: frozenset[str]
    relations: frozenset[str]
    at: datetime


@dataclass(frozen=True)
class Flag:
    """A deconfliction flag: somebody works on this already.

    Parameters
    ----------
    kind : str
        ``overt``: whoever opens it is told whom to ask. ``covert``: its owner alone learns that somebody looked.
    about : str
        ``person``, ``vehicle``, ``phone`` or ``address``.
    marks : frozenset of str
        Digests of what it is on.
    contact : str
        Whom to ask, in words; ``""`` for a covert one.
    review_on : str
        Day by which its owner looks at it again, ISO 8601.
    ended_at : datetime or None
    entry : int
        Where the ledger says so; what it is on lies there, sealed under a key that goes when it ends.
    mandate : str
        Under which it was set: without it nobody is told anything.
    """

    id: str
    kind: str
    about: str
    owner: str
    operation: str
    purpose: str
    marks: frozenset[str]
    contact: str
    review_on: str
    set_at: datetime
    expires_at: datetime
    entry: int
    ended_at: datetime | None = None
    mandate: str = ""

    def stands(self, now: datetime) -> bool:
        """Say whether it is in force."""
        return self.ended_at is None and now < self.expires_at


@dataclass(frozen=True)
class Saved:
    """A saved search or chart: whose, for what, until when. What it looks for is sealed under a key of its own.

    Parameters
    ----------
    what : str
        ``search`` or ``chart``.
    entry, run : int
        Where the ledger says that it was saved, and last run; ``run`` is -1 before the first.
    """

    id: str
    owner: str
    operation: str
    purpose: str
    mandate: str
    saved_at: datetime
    expires_at: datetime
    entry: int
    run: int = -1
    run_at: datetime | None = None
    ended_at: datetime | None = None
    what: str = "search"


@dataclass
class WatchRecord:
    """Facts kept up by ``Head``: each by its id, in the order in which it was entered."""

    details: dict[str, Details] = field(default_factory=dict)
    flags: dict[str, Flag] = field(default_factory=dict)
    saved: dict[str, Saved] = field(default_factory=dict)

    def take(self, op: str, index: int, body: Body) -> None:
        """Take in one entry of :data:`OPS`, in the ledger's order."""
        at = from_micros(body["at"])
        if op == "details-kept":
            own, relations = (frozenset(map(str, body[name])) for name in ("own", "relations"))
            self.details[str(body["about"])] = Details(str(body["about"]), own, relations, at)
        elif op == "flag-set":
            self._take_flag(index, at, body)
        elif op == "search-saved":
            self._take_saved(index, at, body)
        elif op == "flag-ended":
            self._end(self.flags, str(body["flag"]), at)
        elif op == "saved-search-ended":
            self._end(self.saved, str(body["saved"]), at)
        elif found := self.saved.get(str(body["saved"])):
            self.saved[found.id] = replace(found, run=index, run_at=at)

    def _take_flag(self, index: int, at: datetime, body: Body) -> None:
        made = Flag(
            id=str(body["flag"]), kind=str(body["kind"]), about=str(body["about"]), owner=str(body["actor"]),
            operation=str(body["operation"]), purpose=str(body["purpose"]), contact=str(body["contact"]),
            review_on=str(body["review_on"]), marks=frozenset(map(str, body["marks"])), set_at=at,
            expires_at=from_micros(body["expires_at"]), entry=index, mandate=str(body.get("mandate", "")),
        )  # fmt: skip
        self.flags.setdefault(made.id, made)

    def _take_saved(self, index: int, at: datetime, body: Body) -> None:
        made = Saved(
            id=str(body["saved"]), owner=str(body["actor"]), operation=str(body["operation"]),
            purpose=str(body["purpose"]), mandate=str(body["mandate"]), saved_at=at,
            expires_at=from_micros(body["expires_at"]), entry=index, what=str(body.get("what", "search")),
        )  # fmt: skip
        self.saved.setdefault(made.id, made)

    @staticmethod
    def _end(kept: dict[str, Any], id: str, at: datetime) -> None:
        if id in kept and kept[id].ended_at is None:
            kept[id] = replace(kept[id], ended_at=at)

    def as_dict(self) -> dict[str, object]:
        """Return every fact as plain data, for the memory of the head."""
        parts: dict[str, Mapping[str, object]] = {"details": self.details, "flags": self.flags, "saved": self.saved}
        return {name: [_plain(value) for value in part.values()] for name, part in parts.items()}


def watch_record_from(facts: Body) -> WatchRecord:
    """Make a record from plain data, the inverse of :meth:`WatchRecord.as_dict`."""
    return WatchRecord(
        {d.account: d for d in (Details(**_read(row)) for row in facts["details"])},
        {f.id: f for f in (Flag(**_read(row)) for row in facts["flags"])},
        {s.id: s for s in (Saved(**_read(row)) for row in facts["saved"])},
    )


def _plain(value: Any) -> dict[str, object]:
    def of(one: object) -> object:
        return sorted(one) if isinstance(one, frozenset) else to_micros(one) if isinstance(one, datetime) else one

    return {name: of(one) for name, one in asdict(value).items()}


def _read(row: Body) -> dict[str, Any]:
    def of(name: str, one: Any) -> Any:
        instant = name == "at" or name.endswith("_at")
        return frozenset(one) if isinstance(one, list) else from_micros(one) if instant and one is not None else one

    return {name: of(name, one) for name, one in row.items()}


OPS = frozenset({"details-kept", "flag-set", "flag-ended", "search-saved", "saved-search-run", "saved-search-ended"})
"""Operations of the ledger that say something here."""
