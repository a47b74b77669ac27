"""Reading one's own entries: what the log says that I looked up, chose and was refused. Nobody else's, by no argument.

The log is data behind the gate (DPA 2018 s.62(4)), and a person's own part of it is the part that lets them notice a
look-up that was not theirs. The rule ``read-own-entries`` gives it to everybody who holds a role, whatever they work
on. It is entered like any other reading, once for a session and a day: that entry says that the session may read its
own holder's entries of that day. It is not shown among them, so that looking at the list does not make it longer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from peelian.core.time import from_micros
from peelian.gate.entries import Act, read_body
from peelian.gate.house import House
from peelian.gate.judging import circumstances, insist
from peelian.gate.presence import Presence
from peelian.ledger.tree import TILE_WIDTH

TOOL = "own-entries"
"""What the entry of such a reading names."""


_NOT_TOLD = ("marks", "own")
"""What of one's own entries one is not told: whom a page was about is digests, and whether one came upon oneself would
say that there is something about oneself."""


@dataclass(frozen=True)
class OwnEntry:
    """One entry of the caller's own.

    Parameters
    ----------
    index : int
        Position in the ledger.
    at : datetime
        When exactly; the public leaf has the day alone.
    op, tool, decision : str
        As in the public leaf.
    purpose, operation : str
        Unmerged: what was worked on.
    body : mapping
        The rest of the ordinary part. Subjects and reasons stay sealed here too.
    """

    index: int
    at: datetime
    op: str
    tool: str
    decision: str
    purpose: str
    operation: str
    body: Mapping[str, object] = field(repr=False)


def own_entries(house: House, presence: Presence, since: datetime) -> list[OwnEntry]:
    """Return the caller's own entries since an instant, newest first.

    Raises
    ------
    RefusedError
        With every reason; recorded.
    """
    verdict = house.rulebook.judge_act(presence.actor, circumstances(house, presence, ""), "read-own-entries")
    insist(house, presence, verdict, "read your own entries", TOOL, {})
    kept = _since(house, presence, since)
    if not any(e.tool == TOOL and e.body.get("session") == presence.session_id for e in kept):
        act = Act("consultation", TOOL, presence.purpose, "allow", presence.who(), presence.reason)
        house.recorder.record([act])  # before anything is handed out; what was read so far says only whose it is
    return [e for e in reversed(kept) if e.tool != TOOL]


def _since(house: House, presence: Presence, since: datetime) -> list[OwnEntry]:
    positions = house.own.positions(presence.actor.id, since.date())
    found = {i: e for i in positions if isinstance(e := house.own.opened.get(i), OwnEntry)}
    log_key, fresh = house.keys.log_key(), [i for i in positions if i not in found]
    for _, near in groupby(fresh, key=lambda i: i // TILE_WIDTH):  # a bundle is read once, not once an entry
        few = list(near)
        wanted = set(few)
        for i, leaf, private in house.ledger.read(few[0], few[-1] + 1):
            if i in wanted:
                found[i] = _entry(i, leaf, private, log_key)
                house.own.keep_opened(i, found[i])
    return [found[i] for i in positions if found[i].at >= since]


def _entry(index: int, leaf: bytes, private: bytes, log_key: bytes) -> OwnEntry:
    public, body = json.loads(leaf), read_body(private, log_key, leaf=leaf)
    at = body.pop("at")
    assert isinstance(at, int)
    for name in _NOT_TOLD:
        body.pop(name, None)
    return OwnEntry(
        index=index,
        at=from_micros(at),
        op=str(public["op"]),
        tool=str(public["tool"]),
        decision=str(public["decision"]),
        purpose=str(body.pop("purpose", "")),
        operation=str(body.pop("operation", "")),
        body=body,
    )


@dataclass(frozen=True)
class OwnDay:
    """Who is there, since when, and what the record says of them: what a page of one's own entries rests on."""

    presence: Presence
    attendance: Attendance
    entries: tuple[OwnEntry, ...]


def own_day(house: House, presence: Presence, day_began: datetime) -> OwnDay:
    """Return the caller's own entries of the day, and of this session if it began before, newest first."""
    here = attendance(house, presence)
    return OwnDay(presence, here, tuple(own_entries(house, presence, min(day_began, here.opened_at))))


@dataclass(frozen=True)
class Attendance:
    """When the caller signed in, this time and the time before."""

    opened_at: datetime
    before: datetime | None


def attendance(house: House, presence: Presence) -> Attendance:
    """Say when the caller signed in, and the time before: what changed since then is new to them."""
    sessions = house.desk.sessions(house.grant("read", "sessions"), presence.actor.id)
    known = [s for s in sessions if s.id in house.head.sessions]  # a row that no entry made is nobody's session
    opened = next(s.opened_at for s in known if s.id == presence.session_id)
    earlier = [s.opened_at for s in known if s.id != presence.session_id and s.opened_at <= opened]
    return Attendance(opened, max(earlier, default=None))
