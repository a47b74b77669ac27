"""A patrol plan goes one way: own view, reveal, decision, copies, outcome; and nothing goes round it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from peelian.app import desk
from peelian.app.patrol import decide
from peelian.app.patrol.area import ask_area
from peelian.core.errors import ExpiredError, MissingError, PeelianError, RefusedError
from tests.support.gate import codes
from tests.support.patrol import DECISION, at_patrol, caller, own_cells, post_forecast

TONIGHT = "2026-11-23-evening"
OFFICER, OTHER = "neighbourhood-officer-1", "response-sergeant-1"


@pytest.fixture
def built(tmp_path):
    """Give a deployment with a forecast ready."""
    with at_patrol(tmp_path) as made:
        made.forecast = post_forecast(made)
        yield made


def marked(built, person=OFFICER, shift=TONIGHT):
    """Have somebody mark their own view; return them."""
    who = caller(built, person)
    cells = own_cells(built)
    decide.mark(who, built.forecast, shift, cells, ["seen", "told", "repeat"], ["", "", ""])
    return who


def decided(built, person=OFFICER, shift=TONIGHT):
    """Have somebody make a plan; return them and its reference."""
    who = marked(built, person, shift)
    return who, str(decide.decide(who, built.forecast, shift, DECISION).body["reference"])


def refused(call, *args, **kwargs) -> PeelianError:
    """Return what a call ends in."""
    with pytest.raises(PeelianError) as error:
        call(*args, **kwargs)
    return error.value


def ask(built, asked: str):
    """Ask as anybody may whether an area was on a plan."""
    return ask_area(built.gate, asked, built.deployment.folder)


def test_being_stopped_for_want_of_an_own_view_is_in_the_record_and_counted(built):
    """A page that says "stopped by a rule" while one's own record says "0 stopped" makes a liar of one of them."""
    who = caller(built, OFFICER)
    before = desk.my_look_ups(who)
    refused(decide.reveal, who, built.forecast, TONIGHT)
    after = desk.my_look_ups(who)
    assert after.refusals == before.refusals + 1
    assert after.rows[0].kind == "stopped" and after.rows[0].reasons == ("own-view-first",)


def test_the_forecast_is_not_read_before_the_own_view_is_entered(built):
    """Red line 4: who has seen the answer can no longer give their own. The record shows the order."""
    who = caller(built, OFFICER)
    for step in (decide.reveal, lambda *a: decide.prepare(*a, DECISION), lambda *a: decide.decide(*a, DECISION)):
        assert refused(step, who, built.forecast, TONIGHT).code == "own-view-first"
    assert not [b for b in built.bodies("consultation") if b.get("finding") == built.forecast]
    who = marked(built)
    shown = decide.reveal(who, built.forecast, TONIGHT)
    ops = [leaf["op"] for leaf in built.leaves()]
    read = max(
        i for i, b in enumerate(built.bodies()) if b.get("finding") == built.forecast and ops[i] == "consultation"
    )
    assert ops.index("own-view-marked") < read
    assert len(shown.compared.tool) == 5 and set(shown.compared.own) == set(own_cells(built))


def test_the_gate_itself_reads_no_forecast_out_to_a_decider_before_their_own_view(built):
    """A screen that holds a rule is a promise of the screen: a program, a command and another process must meet it."""
    officer, analyst = caller(built, OFFICER).credential, caller(built, "analyst-1").credential
    error = refused(built.gate.finding, officer, built.forecast)
    assert isinstance(error, RefusedError) and error.code == "own-view-first" and codes(error) == {"own-view-first"}
    assert error.do.startswith("Mark your places")
    assert built.bodies("refusal")[-1]["reasons"] == ["own-view-first"], "that it was asked for is in the record"
    built.gate.finding(analyst, built.forecast)  # makes it, and decides on nothing
    elsewhere = built.reopen()  # another process: what it knows, it knows from the ledger
    assert refused(elsewhere.finding, officer, built.forecast).code == "own-view-first"
    marked(built)
    assert elsewhere.finding(officer, built.forecast).id == built.forecast
    other = caller(built, OTHER).credential
    assert refused(elsewhere.finding, other, built.forecast).code == "own-view-first", "nobody's view is another's"
    elsewhere.close()


def test_an_own_view_of_one_result_opens_no_other(built):
    """Last month's view says nothing of this month's places."""
    newer = post_forecast(built)
    officer = marked(built).credential
    assert built.gate.finding(officer, built.forecast).id == built.forecast
    assert refused(built.gate.finding, officer, newer).code == "own-view-first"


def test_what_is_shown_before_the_own_view_holds_nothing_of_the_forecast(built):
    """A list with the busiest street first would be the forecast by another name."""
    who = caller(built, OFFICER)
    [job] = decide.queue(who).jobs
    told = repr(job)
    ground = decide.ground_of(who, job)
    finding = built.gate.finding(caller(built, "analyst-1").credential, built.forecast)
    assert all(cell["id"] not in told for cell in finding.result["cells"])
    names = [c.name.removeprefix("Near ") for c in ground.cells.values()]
    assert names == sorted(names) and len(ground.cells) > len(finding.result["cells"])


def test_an_own_view_is_written_once_and_the_second_of_a_month_is_not_blind(built):
    """An own view written with hindsight would be counted as foresight."""
    who = marked(built)
    again = refused(decide.mark, who, built.forecast, TONIGHT, own_cells(built), ["seen"] * 3, [""] * 3)
    assert again.code == "own-view-fixed"
    decide.mark(who, built.forecast, "2026-11-24-evening", own_cells(built), ["seen"] * 3, [""] * 3)
    papers = built.gate.papers(who.credential, "hotspots", "own-view", mine=True)
    assert [p.body["blind"] for p in papers] == [False, True], "newest first"


def test_nobody_untrained_decides(built):
    """Only people who have shown that they catch the tool's mistakes act on it."""
    who = marked(built)
    built.clock.move(days=200)  # the practice set has run out; the mandate has not
    fresh = caller(built, OFFICER)
    shift = f"{built.clock.now().date().isoformat()}-evening"
    assert (
        refused(decide.mark, fresh, built.forecast, shift, own_cells(built), ["seen"] * 3, [""] * 3).code
        == "not-trained"
    )
    gate = built.gate
    error = refused(gate.post_paper, fresh.credential, "hotspots", "plan", "x", {"reference": "H-2027-0611-01"})
    assert isinstance(error, RefusedError) and "untrained-decision" in codes(error), "the gate says so by itself"
    assert who.gate is gate


def test_an_analyst_who_makes_forecasts_does_not_decide_patrols(built):
    """Whoever walks decides."""
    analyst = caller(built, "analyst-1")
    error = refused(decide.mark, analyst, built.forecast, TONIGHT, own_cells(built), ["seen"] * 3, [""] * 3)
    assert isinstance(error, RefusedError) and "not-a-decider" in codes(error)


@pytest.mark.parametrize("begun", [False, True], ids=["before", "after the own view"])
def test_a_stopped_tool_shows_nothing_at_the_next_action(built, begun):
    """A stop is felt by the page that is open, wherever its reader is."""
    who = marked(built) if begun else caller(built, OFFICER)
    built.panel_stops("hotspots")
    assert not decide.queue(who).jobs
    for step in (decide.job_of, decide.reveal, lambda *a: decide.decide(*a, DECISION)):
        error = refused(step, who, built.forecast, TONIGHT)
        assert error.code == "tool-not-running" and "same month last year" in error.do


def test_a_stop_takes_back_plans_and_copies_that_were_decided(built):
    """A plan of a stopped tool is no plan; what is on paper says when it expires."""
    who, reference = decided(built)
    decide.issue(who, reference, "csv", "NE21")
    built.panel_stops("hotspots")
    for step in (
        decide.plan_page,
        lambda w, r: decide.copy_of(w, r, 1),
        lambda w, r: decide.issue(w, r, "csv", "NE22"),
    ):
        assert refused(step, who, reference).code == "tool-not-running"


def test_an_ended_permission_stops_it_too(built):
    """Nothing renews itself."""
    who = marked(built)
    built.gate.act_on_mandate(built.at_work("approver-1"), "hotspots", "end-mandate")
    assert refused(decide.reveal, who, built.forecast, TONIGHT).code == "tool-not-running"


def test_an_expired_permission_is_told_as_expired(built):
    """The day after the last one is not in doubt."""
    built.clock.move(days=400)
    who = caller(built, OFFICER, operation=None)
    error = refused(decide.job_of, who, built.forecast, "2027-12-27-evening")
    assert isinstance(error, ExpiredError) and error.code == "tool-not-running"


def test_somebody_elses_plan_is_not_there(built):
    """A reference is on every stop receipt; it opens nothing."""
    _, reference = decided(built)
    other = caller(built, OTHER)
    steps = (
        lambda: decide.plan_page(other, reference),
        lambda: decide.issue(other, reference, "csv", "NE21"),
        lambda: decide.copy_of(other, reference, 1),
        lambda: decide.report(other, reference, {}, "no"),
    )
    invented = refused(decide.plan_page, other, "H-2026-1123-99").as_dict()
    for step in steps:
        error = refused(step)
        assert isinstance(error, MissingError) and error.as_dict() == invented, "whether it exists is not told either"
    assert refused(decide.reveal, other, built.forecast, TONIGHT).code == "own-view-first"


def test_two_plans_of_one_day_have_two_references(built):
    """A reference on a receipt leads to one plan."""
    assert decided(built)[1] == "H-2026-1123-01"
    assert decided(built, OTHER)[1] == "H-2026-1123-02"
    assert decided(built, OTHER, "2026-11-24-evening")[1] == "H-2026-1124-01"


def test_a_decision_stands_and_copies_end_with_the_shift(built):
    """A plan that could be rewritten would always have been right."""
    who, reference = decided(built)
    assert refused(decide.decide, who, built.forecast, TONIGHT, DECISION).code == "plan-decided"
    first, second = (decide.issue(who, reference, "csv", "NE21") for _ in range(2))
    assert (first.number, second.number) == (1, 2)
    built.clock.move(hours=9, minutes=30)
    late = caller(built, OFFICER)
    decide.copy_of(late, reference, 1)
    built.clock.move(hours=8)
    late = caller(built, OFFICER)
    error = refused(decide.copy_of, late, reference, 1)
    assert isinstance(error, ExpiredError) and error.code == "plan-over"


def test_an_outcome_is_said_once_and_not_before_the_shift(built):
    """What was found is said by somebody who was there, and not bettered later."""
    who, reference = decided(built)
    found = dict.fromkeys(decide.plan_page(who, reference).cells, "useful")
    assert refused(decide.report, who, reference, found, "no").code == "shift-not-begun"
    built.clock.move(hours=18)
    who = caller(built, OFFICER)
    decide.report(who, reference, found, "no")
    assert refused(decide.report, who, reference, found, "no").code == "outcome-written"
    assert decide.queue(who).plans[0].state.name == "reported"


def test_a_plan_becomes_public_by_itself_after_the_delay_and_tells_streets_alone(built):
    """Nobody publishes it, so nobody can put it off; nobody's name or words go with it."""
    who, reference = decided(built)
    street = decide.plan_page(who, reference).body["public"]["streets"][0]
    assert not ask(built, street).plans and not ask(built, reference).plans
    ends = decide.plan_page(who, reference).shift.ends_at
    built.clock.at = ends + timedelta(days=28) - timedelta(seconds=1)
    assert not ask(built, reference).plans
    built.clock.move(seconds=1)
    for asked in (street, reference):
        [(plan, words)] = ask(built, asked).plans
        assert plan.reference == reference and words.startswith("Monday 23 November")
    told = repr(built.gate.released_plans())
    assert OFFICER not in told and "They fit" not in told and "c500-" not in told


def test_asking_about_an_area_leaves_no_trace(built):
    """Somebody who was stopped asks without being noted down."""
    before = built.house.ledger.size()
    ask(built, "Invented Street 3")
    assert built.house.ledger.size() == before


def test_the_forecast_of_a_month_made_anew_is_not_seen_blind(built):
    """Whoever looks at an older run of the same forecast first would have their hindsight counted as foresight."""
    newer = post_forecast(built)
    who = marked(built)
    decide.reveal(who, built.forecast, TONIGHT)
    paper = decide.mark(who, newer, TONIGHT, own_cells(built), ["seen", "told", "repeat"], ["", "", ""])
    assert paper.body["blind"] is False
