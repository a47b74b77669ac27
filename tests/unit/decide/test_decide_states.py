"""The table of states and moves, and what follows from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from docs.generate import pages
from peelian.decide.checks import CHECKS
from peelian.decide.states import ACTS, MOVES, STATES, Written, allowed_in, mermaid, state_of

BEGINS = datetime(2026, 11, 27, 18, tzinfo=UTC)
ENDS = BEGINS + timedelta(hours=8)


def state(now, running=True, **written):
    """Return a state's name."""
    return state_of(Written(**written), begins_at=BEGINS, ends_at=ENDS, now=now, running=running).name


def test_every_move_joins_states_that_exist():
    """A diagram with an arrow to nowhere is a promise nobody keeps."""
    assert {m.before for m in MOVES} | {m.after for m in MOVES} == set(STATES)


def test_every_move_of_an_officer_names_the_check_that_guards_it():
    """A step without a check is a step that the address bar can take."""
    for move in (m for m in MOVES if m.by == "the officer"):
        assert CHECKS[move.act].__name__ == move.check
    assert set(ACTS) == set(CHECKS)


def test_a_state_that_ends_has_no_move_but_to_look():
    """What is reported or lapsed stays so; corrections are papers of their own."""
    for move in (m for m in MOVES if STATES[m.before].ends):
        assert move.after == move.before


def test_nothing_may_be_done_while_the_tool_is_stopped():
    """A stop that leaves one button alive is no stop."""
    assert not any("stopped" in allowed_in(act) for act in ACTS)


@pytest.mark.parametrize("name", ["ready", "marked", "decided", "walking", "over"])
def test_a_stop_reaches_every_open_state(name):
    """The officer's next action shows the fallback card, wherever they are."""
    assert {(m.before, m.after) for m in MOVES if m.act == "stop"} >= {(name, "stopped")}


def test_the_state_follows_from_papers_and_clock():
    """Nobody sets a state, so nobody can set a wrong one."""
    before, during, after = BEGINS - timedelta(hours=1), BEGINS, ENDS
    assert state(before) == "ready"
    assert state(before, own_view=True) == "marked"
    assert state(before, own_view=True, plan=True) == "decided"
    assert state(during, own_view=True, plan=True) == "walking"
    assert state(after, own_view=True, plan=True) == "over"
    assert state(after, own_view=True, plan=True, outcome=True) == "reported"
    assert state(after) == state(after, own_view=True) == "lapsed"
    assert state(before, running=False, own_view=True) == "stopped"
    assert state(after, running=False, own_view=True, plan=True, outcome=True) == "reported"


def test_the_diagram_in_the_docs_is_printed_from_the_table():
    """A drawing made by hand would show the process as it was once meant."""
    [page] = [text for path, text in pages().items() if path.name == "patrol-plan-states.md"]
    assert mermaid() in page
    assert mermaid().count("-->") == len({(m.before, m.after) for m in MOVES}) + 3
