"""Trained is who caught the wrong ones: no date in a file, no marks that somebody brings, no easier set."""

from __future__ import annotations

import json
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from peelian.core.errors import InvalidError, MissingError, RefusedError
from peelian.decide.practice import SOUND, Examiner
from peelian.gate.entries import Act
from peelian.gate.examiner import Recipe
from peelian.gate.identity import Credential
from peelian.gate.rooms.practising import Outcome, PracticeRoom, practice_room
from peelian.policy.floor_law import PracticeSet
from tests.support.gate import Built, build


@pytest.fixture
def built(tmp_path: Path) -> Built:
    """A deployment in which nobody is trained yet."""
    return build(tmp_path, adopt=False)


def truth_of(built: Built, attempt_id: str) -> list[str]:
    """Return the right answers, as somebody would find who looks at every case; the test looks at the seed instead."""
    room = practice_room(built.gate)
    attempt = built.house.head.follow().practice.begun[attempt_id]
    return Examiner().truth(attempt.subject, room._recipe(attempt))


def sit(built: Built, person: str, answers: list[str] | None = None, wrong: int = 0) -> Outcome:
    """Have somebody sit the hotspots set by themselves, with some faults missed."""
    room, who = practice_room(built.gate), built.sign_in(person)
    attempt = room.begin(who, "hotspots")
    given = answers or truth_of(built, attempt.id)
    for n in [i for i, fault in enumerate(given) if fault != SOUND][:wrong]:
        given[n] = SOUND
    return room.hand_in(who, attempt.id, given)


def trained(built: Built, person: str) -> frozenset[str]:
    """Say what somebody is trained for, as the gate sees it on a call."""
    return built.gate.who(built.sign_in(person)).actor.trained


def test_nobody_is_trained_until_they_have_caught_the_wrong_ones(built: Built):
    """PL-16: the training record is a passed set, and it is what the gate looks at."""
    assert trained(built, "analyst-1") == frozenset()
    failed = sit(built, "analyst-1", wrong=2)
    assert not failed.passed and failed.marked.caught == 4 and trained(built, "analyst-1") == frozenset()
    assert sit(built, "analyst-1", wrong=1).passed
    assert trained(built, "analyst-1") == {"hotspots"}
    assert trained(built, "analyst-2") == frozenset(), "and nobody else is"


def test_calling_everything_wrong_passes_nothing(built: Built):
    """Mistrust of everything is no judgement."""
    outcome = sit(built, "analyst-1", ["outside-area"] * 20)
    assert not outcome.passed and outcome.marked.false_alarms == 14


def test_training_lapses_after_half_a_year(built: Built):
    """Half a year later it has to be shown again."""
    sit(built, "analyst-1")
    until = practice_room(built.gate).standing(built.sign_in("analyst-1"))[0]["until"]
    assert until == "2027-05-23"
    built.clock.at += timedelta(days=182)
    assert trained(built, "analyst-1") == frozenset()


def test_a_set_is_one_until_it_is_handed_in(built: Built):
    """Otherwise people would load the page again until the cases are easy."""
    room, who = practice_room(built.gate), built.sign_in("analyst-1")
    first = room.begin(who, "hotspots")
    assert room.begin(built.sign_in("analyst-1"), "hotspots") == first
    assert room.sheet(who, first.id) == room.sheet(who, first.id)
    room.hand_in(who, first.id, [SOUND] * 20)
    second = room.begin(who, "hotspots")
    assert second.id != first.id and truth_of(built, second.id) != truth_of(built, first.id)
    built.clock.at += timedelta(hours=24)
    with pytest.raises(MissingError) as caught:
        room.hand_in(built.sign_in("analyst-1"), second.id, [SOUND] * 20)
    assert caught.value.code == "practice-closed"


def test_sets_begun_at_once_are_one_set(built: Built):
    """Otherwise a handful of requests in one moment would be a handful of sets to choose the easiest from."""
    room, who = practice_room(built.gate), built.sign_in("analyst-1")
    together = threading.Barrier(8)

    def begin(_: int) -> str:
        together.wait(timeout=30)
        return room.begin(who, "hotspots").id

    with ThreadPoolExecutor(8) as pool:
        begun = set(pool.map(begin, range(8)))
    assert len(begun) == 1 and len(built.bodies("practice-begun")) == 1


def test_a_set_is_handed_in_once_by_whoever_began_it(built: Built):
    """Nobody sits it for somebody else, and nobody corrects themselves after the marks."""
    room, mine, other = practice_room(built.gate), built.sign_in("analyst-1"), built.sign_in("analyst-2")
    attempt = room.begin(mine, "hotspots")
    for who in (other,):
        with pytest.raises(MissingError):
            room.sheet(who, attempt.id)
        with pytest.raises(MissingError):
            room.hand_in(who, attempt.id, truth_of(built, attempt.id))
    room.hand_in(mine, attempt.id, [SOUND] * 20)
    for again in (room.sheet, lambda who, a: room.hand_in(who, a, truth_of(built, attempt.id)), room.show):
        with pytest.raises(MissingError):
            again(mine, attempt.id)
    assert trained(built, "analyst-1") == frozenset()


def test_a_set_with_a_case_left_out_is_given_back(built: Built):
    """An incomplete form is a slip, not a failed set."""
    room, who = practice_room(built.gate), built.sign_in("analyst-1")
    attempt = room.begin(who, "hotspots")
    with pytest.raises(InvalidError):
        room.hand_in(who, attempt.id, [SOUND] * 19)
    assert room.hand_in(who, attempt.id, truth_of(built, attempt.id)).passed


def test_the_sheet_and_the_record_of_beginning_do_not_give_the_answers_away(built: Built):
    """What the person is given, and what the desk and the public log hold, must not let them work out the truth."""
    room, who = practice_room(built.gate), built.sign_in("analyst-1")
    attempt = room.begin(who, "hotspots")
    shown = json.dumps(room.sheet(who, attempt.id)["cases"])
    seed = room._recipe(attempt).seed
    assert seed.hex() not in shown and not any(f'"{fault}"' in shown for fault in set(truth_of(built, attempt.id)))
    assert seed.hex() not in json.dumps(built.bodies("practice-begun"))
    known = Recipe(20, 0.3, attempt.id.encode(), attempt.at.date())
    assert Examiner().truth("hotspots", known) != truth_of(built, attempt.id), "the number of the set is not its seed"


def test_marks_written_anywhere_but_in_the_ledger_count_for_nothing(built: Built, tmp_path: Path):
    """A date in a row was the old way; there is no row to write."""
    sit(built, "analyst-1", [SOUND] * 20)
    with sqlite3.connect(built.deployment.folder / "desk.db") as con:
        tables = [name for (name,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert not any("train" in name or "practice" in name for name in tables)
    assert trained(built, "analyst-1") == frozenset()


@pytest.mark.parametrize("forged", ["again", "for another", "never begun"])
def test_marks_count_once_and_for_the_set_that_their_sitter_began(built: Built, forged: str):
    """Even an entry of the right form does not train somebody whom no set of theirs stands behind."""
    room, who = practice_room(built.gate), built.sign_in("analyst-1")
    attempt = room.begin(who, "hotspots")
    room.hand_in(who, attempt.id, [SOUND] * 20)
    body = {"attempt": attempt.id, "actor": "analyst-1", "subject": "hotspots", "cases": 20, "right": 20}
    body |= {"wrong_shown": 6, "caught": 6, "false_alarms": 0, "demonstration": False}
    changed = {"again": {}, "for another": {"actor": "analyst-2"}, "never begun": {"attempt": "0" * 26}}[forged]
    built.house.recorder.record([Act("practice-marked", "hotspots", "", "record", body | changed)])
    assert trained(built, "analyst-1") == trained(built, "analyst-2") == frozenset()


def test_answering_from_the_truth_is_for_a_demonstration_and_is_said(built: Built):
    """A demonstration may show what passing looks like; in service that way is shut, and what it trained is not."""
    room, who = practice_room(built.gate), built.sign_in("analyst-1")
    shown = room.show(who, room.begin(who, "hotspots").id)
    assert shown.passed and shown.marked.demonstration and shown.as_dict()["demonstration"]
    [entered] = built.bodies("practice-marked")
    assert entered["demonstration"] is True
    assert room.counts()["hotspots"] == {"sat": 0, "passed": 0, "demonstrations": 1}
    assert trained(built, "analyst-1") == {"hotspots"}
    attempt = room.begin(who, "hotspots")
    object.__setattr__(built.charter.force, "demonstration", False)
    assert trained(built, "analyst-1") == frozenset(), "outside a demonstration it never counted"
    with pytest.raises(RefusedError) as caught:
        room.show(who, attempt.id)
    assert caught.value.code == "not-a-demonstration"
    assert built.bodies("refusal")[-1]["reasons"] == ["not-a-demonstration"]


def test_whoever_may_not_use_a_tool_does_not_practise_it(built: Built):
    """Training is for a role that a mandate names; it opens no side door."""
    room = practice_room(built.gate)
    with pytest.raises(RefusedError):
        room.begin(built.sign_in("data-engineer-1"), "hotspots")
    with pytest.raises(RefusedError):
        room.begin(built.sign_in("analyst-1"), "stop_equality")
    with pytest.raises(MissingError) as caught:
        room.begin(built.sign_in("analyst-1"), "mind-reading")
    assert caught.value.code == "practice-missing"
    assert [row["subject"] for row in room.standing(built.sign_in("model-owner-1"))] == [
        "hotspots", "stop_equality", "stop_person",
    ]  # fmt: skip
    assert room.standing(built.sign_in("data-engineer-1")) == []


def test_pass_rates_are_published_as_counts_only(built: Built):
    """Who failed is nobody's business; how many fail is everybody's."""
    sit(built, "analyst-1", wrong=6)
    sit(built, "analyst-1")
    sit(built, "neighbourhood-officer-1", wrong=6)
    counts = practice_room(built.gate).counts()
    assert counts["hotspots"] == {"sat": 3, "passed": 1, "demonstrations": 0}
    assert "analyst" not in json.dumps(counts)
    assert not any("analyst" in json.dumps(leaf) for leaf in built.leaves())


def test_the_head_remembers_practice_as_the_ledger_has_it(built: Built):
    """A process that starts from its memory must not know more, or less, than one that reads every entry."""
    from peelian.gate.memory.practice_record import practice_record_from

    sit(built, "analyst-1")
    practice_room(built.gate).begin(built.sign_in("analyst-2"), "hotspots")
    record = built.house.head.follow().practice
    again = practice_record_from(json.loads(json.dumps(record.as_dict())))
    assert (again.begun, again.marked) == (record.begun, record.marked)
    other = built.reopen()
    try:
        assert other._house.head.follow().practice == record
    finally:
        other.close()


def test_a_session_of_somebody_else_opens_no_practice(built: Built):
    """Knowing a session's number is worth nothing here either."""
    mine, other = built.sign_in("analyst-1"), built.sign_in("analyst-2")
    with pytest.raises(RefusedError):
        practice_room(built.gate).begin(Credential(mine.session_id, other.key), "hotspots")


@pytest.mark.parametrize(
    ("caught", "false_alarms", "passes"), [(5, 3, True), (4, 0, False), (6, 4, False), (6, 3, True), (5, 0, True)]
)
def test_what_passing_takes_is_what_the_charter_says(built: Built, caught: int, false_alarms: int, passes: bool):
    """Four in five of the wrong ones, three in four of the right ones kept: rounded against the person, never for."""
    terms = PracticeSet("hotspots", 20, 0.3, 0.8, 0.75, 6)
    sit(built, "analyst-1")
    [marked] = built.house.head.follow().practice.marked.values()
    from dataclasses import replace

    given = replace(marked, caught=caught, false_alarms=false_alarms)
    assert given.passes(terms) is passes
    assert not replace(given, cases=10).passes(terms), "a shorter set is not enough when the charter asks for a longer"


def test_a_process_without_an_examiner_marks_nothing(built: Built):
    """Whoever opens the gate without one cannot make themselves trained by it."""
    built.house.examiner = None
    with pytest.raises(InvalidError) as caught:
        PracticeRoom(built.house).begin(built.sign_in("analyst-1"), "hotspots")
    assert caught.value.code == "practice-not-here"
