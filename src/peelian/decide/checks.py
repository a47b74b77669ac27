"""Whether an officer may take the next step. Each check raises its reason; screens ask before the click.

The same functions guard the address bar: a page that was not linked to is refused by the check that hid the link.
The gate judges every act again by the charter's rules; these checks are about the order of things.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from peelian.core.errors import ExpiredError, PeelianError, Reason, RefusedError
from peelian.decide.shift import AHEAD_DAYS, Shift
from peelian.decide.states import ACTS, STATES, State, Written, allowed_in, state_of


@dataclass(frozen=True)
class Situation:
    """Everything a check looks at; nothing is fetched.

    Parameters
    ----------
    account : str
        Who asks.
    decider : str
        Whose plan it is: who wrote the own view. The account itself while nobody has.
    trained : bool
        Whether the account has a passed practice set in date for the tool.
    tool_state : str
        ``in force``, or why it may not run: ``stopped``, ``expired``, ``proposed``, ``not begun``.
    shift : Shift
    now : datetime
    written : Written
        The account's papers for this finding and shift.
    working : bool
        Whether the account works on something that the tool's permission is for.
    owner, fallback : str
        Who answers for the tool, and what to do without it.
    """

    account: str
    decider: str
    trained: bool
    tool_state: str
    shift: Shift
    now: datetime
    written: Written = field(default_factory=Written)
    working: bool = True
    owner: str = ""
    fallback: str = ""

    @property
    def running(self) -> bool:
        """Say whether the tool may run."""
        return self.tool_state == "in force"

    @property
    def state(self) -> State:
        """Return the plan's state."""
        begins, ends = self.shift.begins_at, self.shift.ends_at
        return state_of(self.written, begins_at=begins, ends_at=ends, now=self.now, running=self.running)


def check_mark(s: Situation) -> None:
    """Refuse to take an own view: stopped tool, no training, shift over or too far ahead, one written already."""
    _check_tool(s)
    _check_trained(s)
    _check_working(s)
    _check_time(s)
    if s.written.own_view:
        raise RefusedError(
            "own-view-fixed",
            "Your own view for this shift is written, and stays as it is.",
            why="It was written before you saw the tool's places. Changed afterwards it would no longer be your own.",
            do="Go on to decide; there you may still choose any mix.",
        )
    _check_move(s, "mark")


def check_reveal(s: Situation) -> None:
    """Refuse to show the tool's places before the own view is written, or of a stopped tool."""
    _check_tool(s)
    _check_own(s)
    _check_trained(s)
    if not s.written.own_view:
        raise RefusedError(
            "own-view-first",
            "The tool's places are shown once you have marked your own.",
            why="Who has seen the tool's answer can no longer give their own.",
            do="Mark up to five places first.",
            reasons=[
                Reason(
                    "own-view-first",
                    "Red line 4: a trained person writes their own view first.",
                    "the oversight panel",
                    "Mark your places.",
                )
            ],
        )
    _check_move(s, "reveal")


def check_decide(s: Situation) -> None:
    """Refuse a decision before the own view, after the shift, twice, by others, or with a stopped tool."""
    check_reveal(s)
    _check_working(s)
    _check_time(s)
    if s.written.plan:
        raise RefusedError(
            "plan-decided",
            "This plan is decided.",
            why="A decision is not rewritten. What turns out otherwise is said in the outcome.",
            do="Open the plan; say next day what you found.",
        )
    _check_move(s, "decide")


def check_issue(s: Situation) -> None:
    """Refuse a copy of a plan that is not there, not theirs, expired, or whose tool has been stopped."""
    _check_tool(s)
    _check_own(s)
    _check_working(s)
    if s.written.plan and s.now >= s.shift.ends_at:
        raise ExpiredError(
            "plan-over",
            "This plan has expired.",
            why="Copies of an old plan keep patrols in places for no reason.",
            do="Make a plan for the next shift.",
        )
    _check_move(s, "issue")


def check_report(s: Situation) -> None:
    """Refuse an outcome of a plan that is not there, not theirs, has not begun, or is reported already."""
    _check_tool(s)
    _check_own(s)
    _check_working(s)
    if s.written.outcome:
        raise RefusedError(
            "outcome-written",
            "What was found is written already.",
            why="An outcome is written once, so that it cannot be bettered later.",
            do="If it is wrong, tell the panel in a note.",
        )
    if s.written.plan and s.now < s.shift.begins_at:
        raise RefusedError(
            "shift-not-begun",
            "The shift has not begun.",
            why="What was found is said by somebody who was there.",
            do="Come back when the shift has begun.",
        )
    _check_move(s, "report")


CHECKS: dict[str, Callable[[Situation], None]] = {
    "mark": check_mark,
    "reveal": check_reveal,
    "decide": check_decide,
    "issue": check_issue,
    "report": check_report,
}
"""Act -> its check; the names stand in the table of moves too."""


def why_not(act: str, s: Situation) -> PeelianError | None:
    """Return what the act's check would raise, or None; screens show it before the click."""
    try:
        CHECKS[act](s)
    except PeelianError as error:
        return error
    return None


def _check_tool(s: Situation) -> None:
    if s.running:
        return
    what, do = _STATE_WORDS.get(s.tool_state, _STATE_WORDS["other"])
    ended = s.tool_state == "expired"
    raise (ExpiredError if ended else RefusedError)(
        "tool-not-running",
        what,
        why="A tool runs only under a permission that is in force. Nothing of it is shown meanwhile.",
        do=f"Do this instead: {s.fallback}",
        reasons=[Reason("tool-not-running", what, s.owner, do)],
    )


_STATE_WORDS = {
    "stopped": ("This tool has been stopped.", "The panel says when it may run again; its reason is in the register."),
    "expired": ("This tool's permission has ended.", "A new permission takes new evidence."),
    "papers outdated": (
        "This tool is off: its impact papers do not fit what runs now.",
        "The papers are written again for what runs now, and adopted. The register says what differs.",
    ),
    "papers too new": (
        "This tool is not used yet: its impact papers have not been public for long enough.",
        "The register says since when they are public, and from when the tool may be used.",
    ),
    "other": ("This tool's permission is not in force.", "Ask the officer who answers for the tool."),
}


def _check_own(s: Situation) -> None:
    if s.account != s.decider:
        raise RefusedError(
            "not-your-plan",
            "This is somebody else's plan.",
            why="A plan is decided, handed out and reported by the person who marked their own view for it.",
            do="Make your own, or ask your colleague.",
        )


def _check_trained(s: Situation) -> None:
    if not s.trained:
        raise RefusedError(
            "not-trained",
            "You have no passed practice set for this tool that is still in date.",
            why="Only people who have shown that they catch the tool's mistakes may act on it.",
            do="Sit the practice set on your desk.",
        )


def _check_working(s: Situation) -> None:
    if not s.working:
        raise RefusedError(
            "not-working-on-this",
            "Say first that you are working on patrol planning.",
            why="A plan is made for a purpose. Nothing set, or something else, is not what this permission is for.",
            do="Change what you are working on, in the bar at the top of the page.",
        )


def _check_time(s: Situation) -> None:
    if s.now >= s.shift.ends_at:
        raise ExpiredError(
            "shift-over",
            "This shift is over.",
            why="A plan is made before the patrol, not after it.",
            do="Plan the next shift.",
        )
    if s.shift.begins_at - s.now > timedelta(days=AHEAD_DAYS):
        raise RefusedError(
            "shift-too-far",
            f"A plan is made at most {AHEAD_DAYS} days ahead.",
            why="What is known grows old, and expired plans keep patrols in places for no reason.",
            do="Choose an earlier shift.",
        )


def _check_move(s: Situation, act: str) -> None:
    """Refuse what the table of moves does not have; whatever the checks above forgot ends here."""
    if s.state.name not in allowed_in(act):
        raise RefusedError(
            "step-out-of-order",
            f'You cannot {ACTS[act]} now. This plan stands at "{STATES[s.state.name].words}".',
            why="A plan goes one way: mark, see, decide, hand out, say what was found.",
            do="Open the plan and take its next step.",
        )
