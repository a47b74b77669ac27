"""What the panel can see for itself, and what it is not shown: results made again, reasons by lot, who may see what."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random

import pytest

from peelian.core.errors import MissingError, RefusedError
from peelian.gate.running import Program
from peelian.model.question import Question
from tests.support.gate import Built, build, burglaries, codes, program, record

ONE = "panel-member-1"
MONTHS = Question("incident", ("month",))


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Built:
    """A deployment in which people looked at things."""
    made = build(tmp_path_factory.mktemp("looks"))
    made.plant({"s": burglaries(9)})
    for _ in range(6):
        made.gate.view(made.at_work("analyst-1"), "hotspots", MONTHS)
    yield made
    made.gate.close()


def refused(call, *args, **kwargs) -> set[str]:
    """Return the reasons of a refusal."""
    with pytest.raises(RefusedError) as error:
        call(*args, **kwargs)
    return codes(error.value)


def test_the_duty_to_make_results_again_opens_nothing_to_anybodys_eyes(built):
    """A power to check must not become a power to browse."""
    for person in (ONE, "panel-member-2", "analyst-1", "official-1", "data-protection-officer-1"):
        who = built.at_work(person)
        assert refused(built.gate.view, who, "replay-results", MONTHS)
        assert refused(built.gate.check_run, who, "replay-results", program())
    assert "replay-shows-nothing" in refused(built.gate.view, built.at_work(ONE), "replay-results", MONTHS)


def never(*args: object) -> Program:
    """Stand for what must not be asked."""
    raise AssertionError("it was opened before it was judged")


def test_only_the_panel_makes_results_again_and_an_unknown_one_is_missing(built):
    """Whoever made a result does not check it in the panel's name."""
    for person in ("analyst-1", "official-1", "approver-1", "data-protection-officer-1"):
        who = built.at_work(person)
        assert "not-on-the-panel" in refused(built.gate.results, who, "replay-results")
    with pytest.raises(MissingError):
        built.gate.replay(built.at_work(ONE), "replay-results", "01K0000000000000000000000A", never, never)
    assert built.gate.results(built.at_work(ONE), "replay-results") == []


def test_reasons_are_drawn_under_the_duty_to_read_the_log_alone(built):
    """DPA 2018 s.62(4): the log is for lawfulness, and drawing by lot is reading it."""
    assert "log-purpose" in refused(built.gate.draw_reasons, built.at_work(ONE), "read-log", 20, Random(1))
    assert refused(built.gate.draw_reasons, built.at_work("analyst-1"), "read-log", 20, Random(1))
    who = built.at_work(ONE, "op-lawfulness")
    before = built.house.ledger.size()
    drawn = built.gate.draw_reasons(who, "read-log", 20, Random(1))
    [_, leaf, _] = next(iter(built.house.ledger.read(before, before + 1)))
    assert json.loads(leaf)["tool"] == "read-log", "the drawing is entered before anything is shown"
    assert len(drawn) >= 6 and {d.reason for d in drawn} >= {built.charter.operations["op-patrol-planning"].reason}


def test_what_is_drawn_names_nobody_and_shows_no_value_that_was_asked_for(built):
    """Blind means that a rater cannot tell whose reason it is, nor about what street."""
    asked = Question("incident", ("month",), order_by=(("month", "asc"),))
    built.gate.view(built.at_work("analyst-1"), "hotspots", replace(asked, where=(_at("Secret Street 7"),)))
    drawn = built.gate.draw_reasons(built.at_work(ONE, "op-lawfulness"), "read-log", 100, Random(2))
    told = repr([replace(d, index=0) for d in drawn])
    for seed in ("Secret Street", *built.keys, *(p.display_name for p in built.charter.people.values()), record(0)):
        assert seed not in told
    assert all(d.mandate != "read-log" for d in drawn)


def _at(place: str):
    from peelian.model.question import Where

    return Where("place", "==", place)


def test_nobody_draws_their_own_reasons(built):
    """Rating oneself is no rating."""
    officer = built.at_work("data-protection-officer-1", "op-lawfulness")
    built.gate.read_log(officer, "read-log", 1)
    reason = built.charter.operations["op-erasure"].reason
    other = built.at_work("data-protection-officer-1")
    built.gate.view(other, "erase-on-request", Question("incident", ("subject_id",)))
    assert reason not in {d.reason for d in built.gate.draw_reasons(officer, "read-log", 500, Random(3))}
    panel = built.at_work(ONE, "op-lawfulness")
    assert reason in {d.reason for d in built.gate.draw_reasons(panel, "read-log", 500, Random(3))}


def test_anybody_may_ask_who_may_see_what_and_no_person_is_meant(built):
    """The rules are public; who looked is not."""
    answers = built.gate.who_may("burglary-prevention", "incident")
    yes = {(a["role"], a["mandate"]) for a in answers if a["allowed"]}
    assert yes == {(r, "hotspots") for r in ("analyst", "neighbourhood-officer", "response-sergeant")}
    assert all(a["reasons"] for a in answers if not a["allowed"])
    for purpose in (p.id for p in built.charter.purposes.values() if p.refused):
        assert not any(a["allowed"] for a in built.gate.who_may(purpose, "incident"))
    assert not any(
        a["allowed"] and a["mandate"] == "replay-results" for a in built.gate.who_may("oversight", "incident")
    )
    built.panel_stops("hotspots")
    assert not any(a["allowed"] for a in built.gate.who_may("burglary-prevention", "incident"))


def test_a_rating_is_the_panels_alone_until_it_is_published(built):
    """A single rating says something about a single officer."""
    who = built.at_work(ONE)
    built.gate.post_paper(who, "oversight", "rating", "entry-7", {"rating": "fits"})
    assert built.gate.public_papers("rating") == []
    assert refused(built.gate.papers, built.at_work("official-1"), "oversight", "rating")
    assert refused(built.gate.post_paper, built.at_work("official-1"), "oversight", "rating", "entry-7", {})
