"""What the panel can see for itself, and what it is not shown: results made again, reasons by lot, who may see what."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from peelian.core.errors import MissingError, RefusedError
from peelian.gate.findings.running import Program
from peelian.model.question import Question
from tests.support.desk_site import add_finding
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
    assert "log-purpose" in refused(built.gate.draw_reasons, built.at_work(ONE), "read-log", 20)
    assert refused(built.gate.draw_reasons, built.at_work("analyst-1"), "read-log", 20)
    who = built.at_work(ONE, "op-lawfulness")
    before = built.house.ledger.size()
    drawn = built.gate.draw_reasons(who, "read-log", 20).drawn
    [_, leaf, _] = next(iter(built.house.ledger.read(before, before + 1)))
    assert json.loads(leaf)["tool"] == "read-log", "the drawing is entered before anything is shown"
    assert len(drawn) >= 6 and {d.reason for d in drawn} >= {built.charter.operations["op-patrol-planning"].reason}


def test_what_is_drawn_names_nobody_and_shows_no_value_that_was_asked_for(built):
    """Blind means that a rater cannot tell whose reason it is, nor about what street."""
    asked = Question("incident", ("month",), order_by=(("month", "asc"),))
    built.gate.view(built.at_work("analyst-1"), "hotspots", replace(asked, where=(_at("Secret Street 7"),)))
    drawn = built.gate.draw_reasons(built.at_work(ONE, "op-lawfulness"), "read-log", 100).drawn
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
    assert reason not in {d.reason for d in built.gate.draw_reasons(officer, "read-log", 500).drawn}
    panel = built.at_work(ONE, "op-lawfulness")
    assert reason in {d.reason for d in built.gate.draw_reasons(panel, "read-log", 500).drawn}


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


def test_a_lot_is_opened_again_after_a_restart_by_who_drew_it_alone(built):
    """Twenty reasons take a quarter of an hour to rate; a server that starts anew must not cost the member that."""
    who = built.at_work(ONE, "op-lawfulness")
    lot = built.gate.draw_reasons(who, "read-log", 20)
    built.gate.view(built.at_work("model-owner-1"), "assess-hotspots", MONTHS)  # what came after is not drawn from
    elsewhere = built.reopen()
    again = elsewhere.reopen_lot(built.at_work(ONE, "op-lawfulness"), "read-log", lot.number)
    assert again == lot and lot.drawn
    assert built.bodies("consultation")[-1]["asked"] == "reasons by lot again", "it is a reading of the log again"
    other = built.at_work("panel-member-2", "op-lawfulness")
    for number in (lot.number, "01K0000000000000000000000A"):
        with pytest.raises(MissingError) as missing:
            elsewhere.reopen_lot(other, "read-log", number)
        assert missing.value.code == "lot-forgotten"
    assert "log-purpose" in refused(elsewhere.reopen_lot, built.at_work(ONE), "read-log", lot.number)
    elsewhere.close()


def test_two_lots_are_two_draws(built):
    """A lot that always showed the same twenty would leave the rest of the log unread."""
    who = built.at_work(ONE, "op-lawfulness")
    one, two = (built.gate.draw_reasons(who, "read-log", 20) for _ in range(2))
    assert [d.index for d in one.drawn] != [d.index for d in two.drawn]


def test_how_a_replay_came_out_is_found_in_the_record_after_a_restart(built):
    """Whether a result came out the same is what the panel tells the public; it must not be lost with a server."""
    finding = add_finding(built, 7).id
    begun = built.gate.begin_replay(built.at_work(ONE), "replay-results", finding)
    elsewhere = built.reopen()
    [mine] = elsewhere.own_replays(built.at_work(ONE))
    assert (mine.number, mine.finding, mine.outcome) == (begun, finding, None), "begun, and interrupted"
    assert elsewhere.own_replays(built.at_work("panel-member-2")) == []
    made = elsewhere.replay(
        built.at_work(ONE), "replay-results", finding, lambda f: program(), lambda f: {}, number=begun
    )
    [mine] = built.gate.own_replays(built.at_work(ONE))
    assert mine.outcome == made.__dict__ and made.code_same is False, "nothing is run that is other code"
    assert [leaf["tool"] for leaf in built.leaves() if leaf["op"] == "result-replayed"] == ["hotspots"]
    assert "not-on-the-panel" in refused(built.gate.begin_replay, built.at_work("analyst-1"), "replay-results", finding)
    elsewhere.close()


def test_a_lot_is_open_for_a_week(built):
    """Reasons that are read again for ever would be a second log."""
    lot = built.gate.draw_reasons(built.at_work(ONE, "op-lawfulness"), "read-log", 20)
    built.clock.move(days=8)
    built.held.clear()
    with pytest.raises(MissingError):
        built.gate.reopen_lot(built.at_work(ONE, "op-lawfulness"), "read-log", lot.number)
