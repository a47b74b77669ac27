"""Any order of events leads where the table of moves says, and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.core.errors import PeelianError
from peelian.decide.checks import CHECKS, Situation
from peelian.decide.shift import shift_on
from peelian.decide.states import MOVES, Written

SHIFT = shift_on(datetime(2026, 11, 27, tzinfo=UTC).date(), "evening", "Europe/London")
PAPER = {"mark": "own_view", "decide": "plan", "report": "outcome"}
EVENTS = ("mark", "reveal", "decide", "issue", "report", "stop", "lift", "wait")


def arrows(act):
    """Return the arrows of an act."""
    return {(m.before, m.after) for m in MOVES if m.act == act}


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(1, 7)), max_size=14))
def test_no_order_of_events_leaves_the_table(events):
    """If clicks, stops and the clock could reach a state by a way that is not drawn, the drawing would be a lie."""
    written, running, now = Written(), True, SHIFT.begins_at - timedelta(hours=6)
    seen_own_view = False
    for event, hours in events:
        situation = Situation("a", "a", True, "in force" if running else "stopped", SHIFT, now, written)
        before = situation.state.name
        if event in CHECKS:
            try:
                CHECKS[event](situation)
            except PeelianError:
                assert not {a for b, a in arrows(event) if b == before}, f"{event} is drawn from {before}"
                continue
            if event in PAPER:
                written = Written(**{**written.__dict__, PAPER[event]: True})
            seen_own_view |= event == "mark"
            assert event not in ("reveal", "decide") or seen_own_view, "the tool was shown before the own view"
        elif event == "wait":
            now += timedelta(hours=hours)
        else:
            running = event == "lift"
        after = Situation("a", "a", True, "in force" if running else "stopped", SHIFT, now, written).state.name
        if event in CHECKS:
            drawn = {state for b, a in arrows(event) if b == before for state in reachable(a)}
            assert after in drawn, "a plan decided within its shift is in force at once"
        elif event == "wait" and before != after:
            assert after in reachable(before), "the clock moves along drawn arrows, several at a time"
        elif before != after:
            assert (before, after) in arrows(event)


def reachable(before):
    """Return the states to which the clock alone may lead."""
    found, fresh = set(), {before}
    while fresh:
        found |= fresh
        fresh = {m.after for m in MOVES if m.by == "the clock" and m.before in fresh} - found
    return found
