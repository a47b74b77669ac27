"""Objections to records that are open: who entered them, by when they are to be decided, and which of them are late.

The time is the charter's (``jurisdiction.yml``, with its citation and whether anybody has checked it), counted from
the day on which the objection was entered. Keys of records are surrogates; what was objected to is read elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from peelian.core.time import from_micros
from peelian.gate.amendments import TABLE, rows_of
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.judging import circumstances, insist
from peelian.gate.presence import Presence
from peelian.gate.writing import read_period
from peelian.model.label import CONTESTED
from peelian.store.lake import quote

CLOCK = "objection"


@dataclass(frozen=True)
class Objection:
    """One objection that is open.

    Parameters
    ----------
    key : str
        ``table:record_id``.
    entered_on, due_on : date
        Days in the force's own time.
    mine : bool
        Whether the viewer entered it, and so may not decide it.
    late : bool
    """

    key: str
    entered_on: date
    due_on: date
    mine: bool
    late: bool


def due_on(house: House, entered_at: datetime) -> date:
    """Return the last day on which an objection entered then is decided in time."""
    entered = entered_at.astimezone(_zone(house)).date()
    return read_period(house.charter.jurisdiction.clocks[CLOCK].period).after(entered)


def objectors(house: House, table: str, record: str) -> frozenset[str]:
    """Return who entered the objections to a record that are open."""
    return frozenset(str(row["author"]) for row in _open(house, f'"of" = {quote(table)} AND record = {quote(record)}'))


def open_objections(house: House, presence: Presence, mandate_id: str) -> list[Objection]:
    """Return the objections that are open, the one that is due first before the others; entered.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    """
    now = circumstances(house, presence, mandate_id)
    verdict = house.rulebook.judge_amend(presence.actor, now, decides=False, mine=False)
    insist(house, presence, verdict, "see which objections are open", "amend", {"mandate": mandate_id})
    body = presence.who() | {"mandate": mandate_id, "look": "objections"}
    house.recorder.record([Act("consultation", "amend", now.purpose, "allow", body, presence.reason)])
    today = now.now.astimezone(_zone(house)).date()
    told = set()
    for row in _open(house, "true"):
        at, me = from_micros(row["at"]), row["author"] == presence.actor.id
        due = due_on(house, at)
        told.add(Objection(f"{row['of']}:{row['record']}", at.astimezone(_zone(house)).date(), due, me, today > due))
    return sorted(told, key=lambda one: (one.due_on, one.key))


def _open(house: House, where: str) -> list[dict[str, Any]]:
    done = house.head.follow().done
    known = done is not None and TABLE in done.vector
    return rows_of(house, TABLE, f"kind = {quote(CONTESTED)} AND {where}") if known else []


def _zone(house: House) -> ZoneInfo:
    return ZoneInfo(house.charter.jurisdiction.timezone)
