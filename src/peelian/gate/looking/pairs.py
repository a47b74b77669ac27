"""Leads out of look-ups: for oneself, for those one is close to, and by a colleague for somebody who may not.

Pure functions of what the record says. A lead is for people to look into; nothing follows from it by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from peelian.core.marks import kind_of
from peelian.gate.memory.watch_record import Flag
from peelian.model.looks import FLAGGED, OWN_REACHED, OWN_RECORD, PAIR, RELATION, SEARCHES, SELF, Lead, LookSeen


@dataclass(frozen=True)
class Close:
    """Digested marks of one member of staff: their own, and of those they are close to."""

    own: frozenset[str]
    relations: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        """Return both."""
        return self.own | self.relations


def find_leads(looks: Iterable[LookSeen], staff: Mapping[str, Close], within: timedelta) -> list[Lead]:
    """Find what somebody should look into, newest first, the stronger before the weaker of one instant.

    Parameters
    ----------
    within : timedelta
        How soon after somebody asked a colleague's look-up of the same counts as a pair.
    """
    known = sorted(looks, key=lambda one: (one.at, one.entry))
    by_mark: dict[str, list[LookSeen]] = defaultdict(list)
    for one in known:
        for mark in one.marks:
            by_mark[mark].append(one)
    alone = [lead for one in known if (lead := _alone(one, staff.get(one.actor))) is not None]
    pairs = [
        lead for account, close in sorted(staff.items()) for lead in _pairs(account, close, known, by_mark, within)
    ]
    return sorted([*alone, *pairs], key=lambda lead: (lead.at, lead.strong, lead.entry), reverse=True)


def flag_leads(flags: Iterable[Flag], staff: Mapping[str, Close], since: datetime) -> list[Lead]:
    """Find flags that somebody set on those they are close to: a flag tells its owner who looks."""
    nobody = Close(frozenset(), frozenset())
    shared = [(f, f.marks & staff.get(f.owner, nobody).all) for f in flags if f.set_at >= since]
    return [Lead(FLAGGED, f.owner, f.owner, f.entry, f.set_at, _kinds(m), _tells(m)) for f, m in shared if m]


def _alone(one: LookSeen, close: Close | None) -> Lead | None:
    """Say what one look-up points to by itself."""
    if one.refused or one.own:
        shared = one.marks & close.own if close else frozenset[str]()
        kind = SELF if one.refused else OWN_REACHED if one.what in SEARCHES else OWN_RECORD
        return Lead(kind, one.actor, one.actor, one.entry, one.at, _kinds(shared), True)
    shared = one.marks & (close.relations - close.own) if close else frozenset[str]()
    if not shared:
        return None
    return Lead(RELATION, one.actor, one.actor, one.entry, one.at, _kinds(shared), _tells(shared))


def _pairs(
    account: str,
    close: Close,
    known: Sequence[LookSeen],
    by_mark: Mapping[str, Sequence[LookSeen]],
    within: timedelta,
) -> Iterator[Lead]:
    """Give the look-ups of colleagues for what one member of staff asked for and may not look up."""
    asked = [one for one in known if one.actor == account and (one.refused or one.own or one.marks & close.relations)]
    if not asked:
        return
    theirs = {one.entry: one for mark in close.all for one in by_mark.get(mark, ()) if one.actor != account}
    for one in (o for o in theirs.values() if not (o.refused or o.own)):  # what was refused told nobody anything
        before = [a for a in asked if timedelta(0) <= one.at - a.at <= within and a.entry < one.entry]
        if before:
            shared = one.marks & close.all
            strong = _tells(shared) and not _looked_before(one, before[0], shared, by_mark)
            last = before[-1]
            yield Lead(PAIR, one.actor, account, one.entry, one.at, _kinds(shared), strong, last.entry, last.at)


def _looked_before(
    one: LookSeen, asked: LookSeen, shared: Iterable[str], by_mark: Mapping[str, Sequence[LookSeen]]
) -> bool:
    """Say whether the colleague had looked for the same before anybody asked: a case of theirs, more likely."""
    earlier = (other for mark in shared for other in by_mark[mark] if other.actor == one.actor)
    return any(other.entry < asked.entry for other in earlier)


def _tells(shared: Iterable[str]) -> bool:
    """Say whether more than a name is shared: many people have the same one."""
    return any(kind_of(mark) != "name" for mark in shared)


def _kinds(shared: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({kind_of(mark) for mark in shared}))
