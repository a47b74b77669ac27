"""The checks that screens ask before a click and the address bar meets afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from peelian.core.errors import ExpiredError, PeelianError, RefusedError
from peelian.decide.checks import CHECKS, Situation, why_not
from peelian.decide.shift import shift_on
from peelian.decide.states import Written

SHIFT = shift_on(date(2026, 11, 27), "evening", "Europe/London")
READY = Situation(
    "officer-1", "officer-1", True, "in force", SHIFT, SHIFT.begins_at - timedelta(hours=6), fallback="Walk as before."
)
MARKED = replace(READY, written=Written(own_view=True))
DECIDED = replace(READY, written=Written(own_view=True, plan=True))


def code(act, situation) -> str:
    """Return the code of what a check raises, or nothing."""
    error = why_not(act, situation)
    return error.code if error else ""


def test_the_tools_places_are_not_shown_before_the_own_view():
    """Who has seen the answer can no longer give their own: red line 4."""
    assert code("reveal", READY) == code("decide", READY) == "own-view-first"
    assert code("reveal", MARKED) == code("decide", MARKED) == ""


@pytest.mark.parametrize("act", sorted(CHECKS))
@pytest.mark.parametrize("state", ["stopped", "expired", "proposed", "anything else"])
@pytest.mark.parametrize("situation", [READY, MARKED, DECIDED], ids=["ready", "marked", "decided"])
def test_a_tool_that_may_not_run_is_felt_at_the_next_action(act, state, situation):
    """A stop is of no use if the page that is open goes on."""
    error = why_not(act, replace(situation, tool_state=state))
    assert error and error.code == "tool-not-running" and "Walk as before." in error.do
    assert isinstance(error, ExpiredError) == (state == "expired")


@pytest.mark.parametrize("act", ["mark", "reveal", "decide"])
def test_nobody_untrained_marks_sees_or_decides(act):
    """Only who has shown that they catch the tool's mistakes may act on it."""
    assert code(act, replace(MARKED if act != "mark" else READY, trained=False)) == "not-trained"


@pytest.mark.parametrize("act", ["mark", "decide", "issue", "report"])
def test_nothing_is_written_for_no_purpose(act):
    """A plan made while working on something else would be made for something else."""
    situation = {"mark": READY, "decide": MARKED}.get(act, replace(DECIDED, now=SHIFT.begins_at))
    assert code(act, situation) == ""
    assert code(act, replace(situation, working=False)) == "not-working-on-this"


@pytest.mark.parametrize("act", ["reveal", "decide", "issue", "report"])
def test_somebody_elses_plan_stays_theirs(act):
    """A plan is decided, handed out and reported by the person whose own view it rests on."""
    assert code(act, replace(DECIDED, decider="officer-2")) == "not-your-plan"


def test_an_own_view_and_a_decision_are_written_once():
    """Written again after the reveal they would no longer be what they say."""
    assert code("mark", MARKED) == "own-view-fixed"
    assert code("decide", DECIDED) == "plan-decided"
    assert code("report", replace(DECIDED, written=Written(True, True, True), now=SHIFT.ends_at)) == "outcome-written"


def test_time_bounds_each_step():
    """Plans are made before a shift, handed out until its end, and reported once it has begun."""
    assert code("mark", replace(READY, now=SHIFT.ends_at)) == "shift-over"
    assert code("mark", replace(READY, now=SHIFT.begins_at - timedelta(days=8))) == "shift-too-far"
    assert code("report", DECIDED) == "shift-not-begun"
    assert code("report", replace(DECIDED, now=SHIFT.begins_at)) == ""
    assert code("issue", DECIDED) == ""
    assert code("issue", replace(DECIDED, now=SHIFT.ends_at)) == "plan-over"


@pytest.mark.parametrize(("act", "situation"), [("issue", READY), ("issue", MARKED), ("report", MARKED)])
def test_a_step_that_is_not_drawn_is_refused(act, situation):
    """Whatever the single checks forgot ends at the table of moves."""
    assert code(act, situation) == "step-out-of-order"


@pytest.mark.parametrize("act", sorted(CHECKS))
def test_every_refusal_says_what_to_do(act):
    """A no without a next step sends people round the tool."""
    hostile = replace(READY, decider="x", trained=False, tool_state="stopped")
    for situation in (READY, MARKED, DECIDED, hostile):
        error = why_not(act, situation)
        assert error is None or (isinstance(error, PeelianError) and error.what and error.why and error.do)
    assert isinstance(why_not(act, hostile), RefusedError)
