"""What is so now, according to the ledger: mandates adopted, ended or stopped, the last commit, whose keys are whose.

Nothing here is a setting that somebody could change: each fact is an entry. A process that cannot read the head
refuses (:class:`~peelian.gate.door.Gate` asks before every call).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from peelian.core.time import Clock, FloorClock, from_micros, to_micros
from peelian.gate.entries import read_body
from peelian.gate.memory.emergency_record import OPS as EMERGENCY_OPS
from peelian.gate.memory.emergency_record import EmergencyRecord
from peelian.gate.memory.link_record import OPS as LINK_OPS
from peelian.gate.memory.link_record import LinkRecord
from peelian.gate.memory.panel_record import OPS as PANEL_OPS
from peelian.gate.memory.panel_record import PanelRecord
from peelian.gate.memory.paper_index import OPERATIONS, PaperIndex
from peelian.gate.memory.practice_record import OPS as PRACTICE_OPS
from peelian.gate.memory.practice_record import PracticeRecord
from peelian.gate.memory.watch_record import OPS as WATCH_OPS
from peelian.gate.memory.watch_record import WatchRecord
from peelian.ledger.log import Ledger
from peelian.model.stop import Stop
from peelian.store.commit import Done, done_from_dict


@dataclass(frozen=True)
class Adopted:
    """A mandate's adoption: the hash of what was adopted, and where that is written."""

    digest: str
    entry: int


@dataclass(frozen=True)
class Event:
    """An act of governance that anybody may know of: what, about which mandate, charter or assessment, and why."""

    entry: int
    at: datetime
    op: str
    about: str
    reason: str = ""

    def as_list(self) -> list[object]:
        """Return it as plain data, for the memory of the head."""
        return [self.entry, to_micros(self.at), self.op, self.about, self.reason]


@dataclass
class Head:
    """Facts from the ledger, kept up by reading what was added since the last look.

    Parameters
    ----------
    ledger : Ledger
        Read, never written, from here.
    log_key : bytes
        Opens the ordinary part of governance entries. Ordinary look-ups are not opened.
    """

    ledger: Ledger
    log_key: bytes
    read_to: int = 0
    adopted: dict[str, Adopted] = field(default_factory=dict)
    done: Done | None = None
    intent: dict[str, object] | None = None
    charter_hash: str = ""
    settings: str = ""
    registered: dict[str, int] = field(default_factory=dict)
    assessments: set[str] = field(default_factory=set)
    findings: dict[str, str] = field(default_factory=dict)  # number -> digest of what was kept
    users: dict[str, list[str]] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, tuple[str, str]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    arriving: dict[int, str] = field(default_factory=dict)  # entry of a delivery that no commit has answered -> mandate
    loaded: dict[str, int] = field(default_factory=dict)  # source's mandate -> when its last commit was done
    papers: PaperIndex = field(default_factory=PaperIndex)
    impact_papers: dict[str, tuple[str, int]] = field(default_factory=dict)  # tool -> version shown, since (micros)
    latest: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    recalled_to: int = 0
    panel: PanelRecord = field(init=False)
    practice: PracticeRecord = field(default_factory=PracticeRecord)
    links: LinkRecord = field(default_factory=LinkRecord)
    emergencies: EmergencyRecord = field(default_factory=EmergencyRecord)
    watch: WatchRecord = field(default_factory=WatchRecord)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self.panel = PanelRecord(self.accounts)

    def stop_on(self, mandate_id: str, now: datetime, use: str = "") -> Stop | None:
        """Return the stop that keeps a mandate, or what it is for, from being used at an instant, if there is one."""
        return self.panel.stop_on(mandate_id, now, use)

    def follow(self) -> Head:
        """Read what has been added since last time, by whatever process; return self.

        One thread at a time: entries taken twice or out of order would, for a moment, revive what was ended.
        """
        with self._turn:
            return self._follow()

    def _follow(self) -> Head:
        size = self.ledger.size()
        assert size >= self.read_to, "INVARIANT: the ledger never shrinks"
        if size > self.read_to:
            for index, leaf, private in self.ledger.read(self.read_to, size):
                self._take(index, leaf, private)
            self.read_to = size
            self.latest = max(self.latest, self.ledger.last_instant())
        return self

    def follow_to(self, size: int) -> Head:
        """Read entries up to a size and no further, for comparing with what was known then; return self."""
        with self._turn:
            for index, leaf, private in self.ledger.read(self.read_to, size):
                self._take(index, leaf, private)
            self.read_to = size
        return self

    def _take(self, index: int, leaf: bytes, private: bytes) -> None:
        op = str(json.loads(leaf)["op"])
        if op in _TAKERS or op in PANEL_OPS or op in PRACTICE_OPS or op in LINK_OPS or op in _LATER_OPS:
            body = read_body(private, self.log_key, leaf=leaf)
            at = body["at"]
            assert isinstance(at, int)
            self.latest = max(self.latest, from_micros(at))
            if op in _TAKERS:
                _TAKERS[op](self, index, body)
            if op in PANEL_OPS:
                self.panel.take(op, index, body)
            if op in PRACTICE_OPS:
                self.practice.take(op, body)
            if op in LINK_OPS:
                self.links.take(op, body)
            if op in EMERGENCY_OPS:
                self.emergencies.take(op, index, body)
            if op in WATCH_OPS:
                self.watch.take(op, index, body)
            if op in _EVENTS:
                about, reason = str(body[_EVENTS[op]]), str(body.get("public_reason", ""))
                self.events.append(Event(index, from_micros(at), op, about, reason))


def _take_adoption(head: Head, index: int, body: Mapping[str, object]) -> None:
    head.adopted[str(body["mandate"])] = Adopted(str(body["digest"]), index)


def _take_end(head: Head, index: int, body: Mapping[str, object]) -> None:
    head.adopted.pop(str(body["mandate"]), None)


def _take_intent(head: Head, index: int, body: Mapping[str, object]) -> None:
    head.intent = dict(body)


def _take_collection(head: Head, index: int, body: Mapping[str, object]) -> None:
    head.arriving[index] = str(body["mandate"])


def _answered(head: Head) -> str | None:
    """Return the mandate whose delivery the open intent is for, and forget both."""
    delivery = head.intent.get("for") if head.intent else None
    head.intent = None
    return head.arriving.pop(delivery, None) if isinstance(delivery, int) else None


def _take_done(head: Head, index: int, body: Mapping[str, object]) -> None:
    head.done, mandate = done_from_dict(body), _answered(head)
    if mandate is not None:
        head.loaded[mandate] = to_micros(head.done.at)


def _take_abandoned(head: Head, index: int, body: Mapping[str, object]) -> None:
    _answered(head)


def _take_charter(head: Head, index: int, body: Mapping[str, object]) -> None:
    head.charter_hash = str(body["charter"])


def _take_impact_papers(head: Head, index: int, body: Mapping[str, object]) -> None:
    at = body["at"]
    assert isinstance(at, int)
    head.impact_papers[str(body["tool"])] = (str(body["version"]), at)


def _take_settings(head: Head, index: int, body: Mapping[str, object]) -> None:
    head.settings = str(body["settings"])


def _take_assessment(head: Head, index: int, body: Mapping[str, object]) -> None:
    head.assessments.add(str(body["digest"]))


def _take_finding(head: Head, index: int, body: Mapping[str, object]) -> None:
    head.findings[str(body["finding"])] = str(body["digest"])


def _take_registration(head: Head, index: int, body: Mapping[str, object]) -> None:
    head.registered[str(body["registered"])] = index


def _take_user(head: Head, index: int, body: Mapping[str, object]) -> None:
    known = head.users.setdefault(str(body["mandate"]), [])
    if body["actor"] not in known:
        known.append(str(body["actor"]))


def _take_account(head: Head, index: int, body: Mapping[str, object]) -> None:
    head.accounts[str(body["account"])] = str(body["key"])


def _take_session(head: Head, index: int, body: Mapping[str, object]) -> None:
    head.sessions[str(body["session"])] = (str(body["actor"]), str(body["key"]))


def _take_paper(head: Head, index: int, body: Mapping[str, object]) -> None:
    head.papers.take(index, body)


_TAKERS = {
    **dict.fromkeys(OPERATIONS.values(), _take_paper),
    "mandate-adopted": _take_adoption,
    "mandate-ended": _take_end,
    "commit-intent": _take_intent,
    "commit-done": _take_done,
    "commit-abandoned": _take_abandoned,
    "charter-loaded": _take_charter,
    "settings-loaded": _take_settings,
    "papers-published": _take_impact_papers,
    "registration": _take_registration,
    "assessment": _take_assessment,
    "finding": _take_finding,
    "user-admitted": _take_user,
    "account-enrolled": _take_account,
    "session-opened": _take_session,
    "collection": _take_collection,
}

_LATER_OPS = EMERGENCY_OPS | WATCH_OPS

_EVENTS = {
    "mandate-adopted": "mandate",
    "mandate-ended": "mandate",
    "halt": "mandate",
    "lift": "mandate",
    "charter-loaded": "charter",
    "assessment": "assessment",
}
"""Operations that are kept as events, each with the field that says what it is about."""


@dataclass(frozen=True)
class HeadClock:
    """A clock that never runs behind the ledger, however far any process has moved it on.

    now = max(system, last checkpoint, last entry): turning the computer's clock back revives nothing.
    """

    inner: Clock
    head: Head

    def now(self) -> datetime:
        """Return the system's instant, or the ledger's last if that is later."""
        return FloorClock(self.inner, self.head.latest).now()


Enter = Callable[[str, Mapping[str, object]], None]
"""Enters an operation with its body in the ledger; durable on return."""


@dataclass(frozen=True)
class LedgerJournal:
    """The store's commit journal, kept in the ledger."""

    head: Head
    enter: Enter

    def intent(self, body: dict[str, object]) -> None:
        """Enter that a commit begins."""
        self.enter("commit-intent", body)

    def done(self, body: dict[str, object]) -> None:
        """Enter that it is finished."""
        self.enter("commit-done", body)

    def abandoned(self, body: dict[str, object]) -> None:
        """Enter that it was given up and undone."""
        self.enter("commit-abandoned", body)

    def last_done(self) -> Done | None:
        """Return the newest finished commit."""
        return self.head.follow().done

    def open_intent(self) -> dict[str, object] | None:
        """Return the intent that nothing has answered yet."""
        return self.head.follow().intent
