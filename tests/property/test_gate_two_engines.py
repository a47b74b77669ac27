"""The engine and a dozen lines of plain Python answer random questions alike."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peelian.core.errors import InvalidError
from peelian.gate.digest import table_digest
from peelian.model.question import question_from_dict
from tests.support.charters import rulebook
from tests.support.gate_by_hand import answer
from tests.support.gate_cases import draw_case, may_see
from tests.support.gate_world import World, read

CALM = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def check(random: Random) -> None:
    """Ask both, in one world, on one thread and on two; and ask again after the question has been to a file."""
    case = draw_case(random, sessions=1, questions=1)
    [session], [question] = case.sessions, case.questions
    world, wide = World(case.commits, case.labels, 1), World(case.commits, case.labels, 2)
    try:
        view = read(world.house(rulebook()), session.actor, session.now, question)
    except InvalidError:
        return
    at = world.seq if question.known_at_seq is None else question.known_at_seq
    known = [r for r in world.rows.to_pylist() if r["seq_from"] <= at < r["seq_to"]]
    expected = answer(question, [r for r in known if may_see(session, case.labels, r)])
    assert view.rows.to_pylist() == expected
    again = read(wide.house(rulebook()), session.actor, session.now, question_from_dict(question.as_dict()))
    assert again.rows_digest == view.rows_digest == table_digest(view.rows)
    assert (again.label, again.expires_on, again.rows_read) == (view.label, view.expires_on, view.rows_read)
    world.close()
    wide.close()


@settings(max_examples=40, deadline=None, suppress_health_check=CALM)
@given(st.randoms(use_true_random=False))
def test_engine_and_plain_python_answer_alike(random):
    """What an answer means is written down twice; an engine's surprise in nulls, ties or order shows here."""
    check(random)


@pytest.mark.soak
def test_engine_and_plain_python_answer_ten_thousand_questions_alike():
    """Rare mixtures of conditions, groups and missing values turn up in long runs only."""
    for seed in range(10_000):
        check(Random(seed))


@settings(max_examples=25, deadline=None, suppress_health_check=CALM)
@given(st.randoms(use_true_random=False))
def test_a_limit_keeps_the_head_of_the_whole_answer(random):
    """A limit decides how much is shown, never what the answer is."""
    case = draw_case(random, sessions=1, questions=1)
    [session], [question] = case.sessions, case.questions
    world = World(case.commits, case.labels)
    house = world.house(rulebook())
    try:
        whole = read(house, session.actor, session.now, replace(question, limit=None)).rows.to_pylist()
    except InvalidError:
        return
    for limit in range(4):
        head = read(house, session.actor, session.now, replace(question, limit=limit)).rows.to_pylist()
        assert head == whole[:limit]
    world.close()
