"""The life of a patrol plan as one table: states, moves, who makes them, and the check that each must pass.

The table prints its own diagram (``docs/explanation/decisions.md``). A plan's state is never stored: it follows from
the papers that were written, the clock, and whether the tool may run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class State:
    """One state: its name, the words on the screen, and what it means."""

    name: str
    words: str
    what: str
    ends: bool = False


@dataclass(frozen=True)
class Move:
    """One move from a state to the next (or to itself): what is done, by whom, and the check it must pass."""

    before: str
    act: str
    after: str
    by: str
    check: str = ""


STATES: dict[str, State] = {
    s.name: s
    for s in (
        State("ready", "Mark your places", "A result is there; nobody has marked an own view for this shift yet."),
        State("marked", "Decide", "The own view is written and fixed; the tool's places may be seen."),
        State("decided", "Ready to print", "A plan stands; its shift has not begun."),
        State("walking", "In force", "The shift has begun; the plan is in force until it expires."),
        State("over", "Say what you found", "The plan has expired; nobody has said yet what was found."),
        State("reported", "Done", "What was found is written, place by place.", ends=True),
        State("lapsed", "Not decided in time", "The shift ended before anybody decided.", ends=True),
        State("stopped", "Stopped", "The tool may not run: the fallback card is shown, and nothing of the tool."),
    )
}

OPEN = ("ready", "marked", "decided", "walking", "over")
"""States in which the tool's stop is felt."""

_OFFICER, _CLOCK, _STOP = "the officer", "the clock", "the panel, the owner or the mandate's end"

MOVES: tuple[Move, ...] = (
    Move("ready", "mark", "marked", _OFFICER, "check_mark"),
    Move("ready", "shift ends", "lapsed", _CLOCK),
    Move("marked", "reveal", "marked", _OFFICER, "check_reveal"),
    Move("marked", "decide", "decided", _OFFICER, "check_decide"),
    Move("marked", "shift ends", "lapsed", _CLOCK),
    Move("decided", "reveal", "decided", _OFFICER, "check_reveal"),
    Move("decided", "issue", "decided", _OFFICER, "check_issue"),
    Move("decided", "shift begins", "walking", _CLOCK),
    Move("walking", "reveal", "walking", _OFFICER, "check_reveal"),
    Move("walking", "issue", "walking", _OFFICER, "check_issue"),
    Move("walking", "report", "reported", _OFFICER, "check_report"),
    Move("walking", "shift ends", "over", _CLOCK),
    Move("over", "reveal", "over", _OFFICER, "check_reveal"),
    Move("over", "report", "reported", _OFFICER, "check_report"),
    Move("reported", "reveal", "reported", _OFFICER, "check_reveal"),
    *(Move(state, "stop", "stopped", _STOP) for state in OPEN),
    *(Move("stopped", "lift", state, "the panel") for state in OPEN),
    Move("stopped", "shift ends", "lapsed", _CLOCK),
)
"""Every move there is. What is not here is refused."""

ACTS = {
    "mark": "mark your own places",
    "reveal": "see the tool's places",
    "decide": "decide the plan",
    "issue": "hand out a copy",
    "report": "say what was found",
}
"""What an officer may do, in words."""


def allowed_in(act: str) -> frozenset[str]:
    """Return the states in which an act has a move."""
    return frozenset(m.before for m in MOVES if m.act == act)


@dataclass(frozen=True)
class Written:
    """What papers say about one plan: which of its three were written."""

    own_view: bool = False
    plan: bool = False
    outcome: bool = False


def state_of(written: Written, *, begins_at: datetime, ends_at: datetime, now: datetime, running: bool) -> State:
    """Tell a plan's state from what was written, the clock, and whether the tool may run.

    Parameters
    ----------
    written : Written
    begins_at, ends_at : datetime
        The shift, half-open.
    now : datetime
    running : bool
        Whether the tool's mandate is in force and not stopped.
    """
    name = _by_papers(written, begins_at, ends_at, now)
    return STATES["stopped" if name in OPEN and not running else name]


def _by_papers(written: Written, begins_at: datetime, ends_at: datetime, now: datetime) -> str:
    if written.outcome:
        return "reported"
    if written.plan:
        return "decided" if now < begins_at else "walking" if now < ends_at else "over"
    if now >= ends_at:
        return "lapsed"
    return "marked" if written.own_view else "ready"


def mermaid() -> str:
    """Print the table as a Mermaid state diagram. Moves between the same two states share an arrow."""
    lines = ["stateDiagram-v2", "    [*] --> ready"]
    lines += [f'    state "{s.words}" as {s.name}' for s in STATES.values()]
    arrows: dict[tuple[str, str], list[str]] = {}
    for move in MOVES:
        arrows.setdefault((move.before, move.after), []).append(move.act)
    lines += [f"    {before} --> {after}: {', '.join(acts)}" for (before, after), acts in arrows.items()]
    lines += [f"    {s.name} --> [*]" for s in STATES.values() if s.ends]
    return "\n".join(lines) + "\n"


def table_markdown() -> str:
    """Print states and moves as two Markdown tables, for people who listen instead of look."""
    return "\n".join([*_state_rows(), "", *_move_rows()]) + "\n"


def _state_rows() -> Iterator[str]:
    yield "| state | on the screen | what it means |"
    yield "|---|---|---|"
    for s in STATES.values():
        yield f"| {s.name} | {s.words} | {s.what} |"


def _move_rows() -> Iterator[str]:
    yield "| from | move | to | by | check |"
    yield "|---|---|---|---|---|"
    for m in MOVES:
        yield f"| {m.before} | {m.act} | {m.after} | {m.by} | {f'`{m.check}`' if m.check else '-'} |"
