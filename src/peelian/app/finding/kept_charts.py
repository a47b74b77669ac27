"""Charts that are kept: with their style, for what one works on, until a day; opened with the rights of the moment."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from peelian.app.caller import Caller
from peelian.app.desk import zone_of
from peelian.app.finding.chart_wanted import Board, Wanted
from peelian.app.finding.find_chart import Name, Shown
from peelian.app.finding.standing import STATES, end_of, work_of
from peelian.find.chart import draw_chart
from peelian.gate.rooms.chart_room import ChartTerms, KeptChart, chart_room
from peelian.gate.rooms.searching import look_room
from peelian.gate.rooms.standing import SAVED_DAYS_MAX, STANDS

__all__ = [
    "DAYS",
    "SAVED_DAYS_MAX",
    "ChartShown",
    "end_chart",
    "keep_chart",
    "kept_charts",
    "open_chart",
    "until_words",
]

DAYS = 28
"""How long a chart is kept unless its owner says otherwise."""


@dataclass(frozen=True)
class ChartShown:
    """A kept chart in words; ``name`` is empty once it is over: what was in it is gone.

    Parameters
    ----------
    opens : bool
        Whether it may be opened for what the caller works on now.
    """

    id: str
    name: str
    owner: str
    mine: bool
    shared: bool
    stands: bool
    opens: bool
    state: str
    operation: str
    purpose: str
    kept_on: date
    until_on: date


def keep_chart(caller: Caller, board: Board, shown: Shown, name: str, until: date, *, shared: bool = False) -> Board:
    """Keep a chart until the end of a day; the one that it was opened from stays as it was.

    Returns
    -------
    Board
        The same, under its new number.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    InvalidError
        ``standing-malformed``.
    LimitError
        ``chart-too-large``.
    """
    rests = records_behind(shown)
    wanted = _only(board.now, frozenset(rests))
    mandate = look_room(caller.gate).mandate_for(caller.credential)
    terms = ChartTerms(name or "Chart", end_of(caller, until), shared)
    saved = chart_room(caller.gate).keep(caller.credential, mandate, wanted.as_dict(), rests.items(), terms)
    return replace(board, saved=saved.id)


def until_words(caller: Caller) -> str:
    """Return the day that is proposed for a chart to end on, as a field of a form has it."""
    today = caller.gate.clock.now().astimezone(zone_of(caller)).date()
    return (today + timedelta(days=DAYS)).isoformat()


def records_behind(shown: Shown) -> dict[Name, frozenset[str]]:
    """Return for each thing that a chart names the records that it was read from.

    Of a person those are the records about them; of anything else those that tie somebody to it.
    """
    opened = [((p.kind, p.key), p) for p in shown.profiles]
    whole = draw_chart(opened, date.max)
    behind: dict[Name, set[str]] = defaultdict(set)
    for known, name in (*whole.goes_by.items(), *((p.name, p.name) for p in whole.points)):
        if known[0] == "person":
            behind[name].add(known[1].partition(":")[2])
    for tie in whole.ties:
        for end in (tie.one, tie.other):
            if end[0] != "person":
                behind[end].add(tie.fact.record_id)
    found: dict[Name, frozenset[str]] = {}
    for name in _named(shown.wanted):
        own = {name[1].partition(":")[2]} if name[0] == "person" else set()
        records = (behind.get(whole.goes_by.get(name, name), set()) | own) - {""}
        if records:
            found[name] = frozenset(records)
    return found


def _named(wanted: Wanted) -> set[Name]:
    named = {name for name, _ in wanted.opened} | set(wanted.way) | set(wanted.without) | set(wanted.style.marked)
    named |= {name for name, _, _ in wanted.style.placed} | {name for note in wanted.notes for name in note.on}
    return {name for name in named if name[0] != "event"}


def _only(wanted: Wanted, known: frozenset[Name]) -> Wanted:
    """Leave out names of which no record says anything any more: nothing would ever take them out."""
    style = wanted.style
    placed = tuple(one for one in style.placed if one[0] in known)
    return replace(
        wanted,
        opened=tuple(one for one in wanted.opened if one[0] in known),
        way=wanted.way if known >= set(wanted.way) else (),
        without=tuple(name for name in wanted.without if name in known),
        notes=tuple(note for note in wanted.notes if known >= set(note.on)),
        style=replace(style, marked=tuple(name for name in style.marked if name in known), placed=placed),
    )


def kept_charts(caller: Caller) -> list[ChartShown]:
    """Return one's own charts, and those shared on the operation that one works on, newest first."""
    return [_told(caller, kept) for kept in chart_room(caller.gate).charts(caller.credential)]


def open_chart(caller: Caller, chart_id: str) -> Board:
    """Return a kept chart to be drawn with what the caller may see now.

    Raises
    ------
    MissingError
        ``kept-chart-missing``.
    """
    kept = chart_room(caller.gate).to_open(caller.credential, chart_id)
    wanted: dict[str, Any] = dict(kept.wanted)
    return Board(Wanted.of_dict(wanted), saved=kept.saved.id)


def end_chart(caller: Caller, chart_id: str) -> None:
    """End one's own chart: what was in it is gone.

    Raises
    ------
    MissingError
        ``kept-chart-missing``.
    """
    chart_room(caller.gate).end(caller.credential, chart_id)


def _told(caller: Caller, kept: KeptChart) -> ChartShown:
    saved, met = kept.saved, caller.gate.who(caller.credential)
    operation, purpose = work_of(caller, saved)
    stands = kept.state == STANDS
    return ChartShown(
        id=saved.id,
        name=kept.name,
        owner=saved.owner,
        mine=saved.owner == met.actor.id,
        shared=kept.shared,
        stands=stands,
        opens=stands and (saved.operation, saved.purpose) == (met.operation_ref, met.purpose),
        state=STATES[kept.state],
        operation=operation,
        purpose=purpose,
        kept_on=saved.saved_at.astimezone(zone_of(caller)).date(),
        until_on=saved.expires_at.astimezone(zone_of(caller)).date(),
    )
