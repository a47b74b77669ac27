"""A list of findings shows what could be read one by one, and is on record; ages of sources are told without rows."""

from __future__ import annotations

import pytest

from peelian.core.errors import MissingError
from tests.support.desk_site import FOREIGN, add_finding
from tests.support.gate import build


@pytest.fixture
def built(tmp_path):
    """Give a deployment with three findings, one of which nobody here may see."""
    made = build(tmp_path)
    for number in (1, 2):
        add_finding(made, number)
        made.clock.move(minutes=1)
    add_finding(made, 3, FOREIGN)
    yield made
    made.gate.close()


def listed(built, person: str, **how: object) -> list[str]:
    """Return the numbers of the findings that somebody is shown."""
    return [int(lead.id[2:]) for lead in built.gate.findings(built.at_work(person), **how)]


def test_a_list_shows_what_may_be_read_one_by_one_and_nothing_else(built):
    """A list that names what cannot be opened tells that it exists."""
    assert listed(built, "analyst-1") == [2, 1]
    for number in (1, 2):
        built.gate.finding(built.at_work("analyst-1"), f"01{number:024d}")
    with pytest.raises(MissingError):
        built.gate.finding(built.at_work("analyst-1"), f"01{3:024d}")
    for person in ("panel-member-1", "data-engineer-1", "data-protection-officer-1"):
        assert listed(built, person) == []


def test_a_limit_counts_what_may_be_read(built):
    """Otherwise the length of the list would tell how much is hidden."""
    assert listed(built, "analyst-1", limit=1) == [2]
    assert listed(built, "analyst-1", limit=2) == [2, 1]


def test_nothing_is_listed_without_something_to_work_on(built):
    """A purpose comes from the working context; without one there is none."""
    assert built.gate.findings(built.sign_in("analyst-1")) == []


def test_nothing_is_listed_once_the_tool_is_stopped(built):
    """The page an officer has open must not go on showing what the panel has stopped."""
    assert listed(built, "analyst-1") == [2, 1]
    built.gate.act_on_mandate(built.at_work("official-1"), "hotspots", "halt", "A test.")
    assert listed(built, "analyst-1") == []


def test_a_list_is_on_record_before_it_is_shown_and_once_a_session(built):
    """A look-up is a look-up; the same page twenty times is not twenty of them."""
    size = built.house.ledger.size()
    listed(built, "analyst-1")
    body = built.bodies("consultation")[-1]
    assert body["findings"] == [f"01{1:024d}", f"01{2:024d}"] and body["actor"] == "analyst-1"
    assert "another" not in str(built.leaves()[-1])
    size = built.house.ledger.size()
    listed(built, "analyst-1")
    assert built.house.ledger.size() == size
    add_finding(built, 4)
    assert listed(built, "analyst-1") == [4, 2, 1]
    assert built.bodies("consultation")[-1]["findings"] == [f"01{4:024d}"]


def test_the_head_of_a_finding_says_what_it_is_about_and_nothing_of_what_it_says(built):
    """The places are opened where their errors and reasons stand beside them."""
    first = built.gate.findings(built.at_work("analyst-1"))[0]
    assert first.about == {"offences": ["burglary"], "cell_m": 150.0, "month": "2026-12"}


def ages(built, person: str) -> dict[str, object]:
    """Return what somebody is told of each source."""
    return {a.source: a for a in built.gate.source_ages(built.at_work(person))}


def test_people_are_told_what_would_be_searched_and_why_the_rest_would_not(built):
    """An answer that leaves out what was not searched reads as if nothing were known."""
    told = ages(built, "analyst-1")
    assert set(told) >= {"incidents", "plans", "police_uk", "crime", "housing"}
    assert told["housing"].opens == () and not told["housing"].serves
    assert told["incidents"].opens == ("incident",) and told["incidents"].serves
    police = told["police_uk"]
    assert police.opens == ("incident",)
    assert {s.table: {r.code for r in s.reasons} for s in police.shut}["stop_equality"] == {"no-mandate"}
    assert told["incidents"].loaded_at is None and not told["incidents"].searched


def test_a_source_that_serves_another_purpose_is_not_searched(built):
    """Plans were kept to compare methods with; they are no use in an emergency, and nobody asked whether they might."""
    officer = built.sign_in("neighbourhood-officer-1")
    built.gate.set_context(officer, "", emergency_purpose="danger-to-life")
    told = {a.source: a for a in built.gate.source_ages(officer)}
    assert told["plans"].opens == () and not told["plans"].serves
    assert "label-purpose" in {r.code for s in told["plans"].shut for r in s.reasons}
    assert told["incidents"].opens == ("incident",)


def test_a_stopped_source_says_so_and_keeps_what_it_brought(built):
    """Stopping a feed does not make what is known unknown; it makes it older."""
    built.gate.act_on_mandate(built.at_work("official-2", "op-oversight"), "source-incidents", "halt", "A test.")
    told = ages(built, "analyst-1")["incidents"]
    assert told.state == "stopped" and told.opens == ("incident",)


def test_telling_ages_opens_nothing_and_is_no_entry(built):
    """They rest on charter and ledger; a page of them is not a look-up."""
    built.at_work("analyst-1")
    size = built.house.ledger.size()
    ages(built, "analyst-1")
    assert built.house.ledger.size() == size


def test_without_a_context_everything_is_shut_for_that_reason(built):
    """The first thing to do in the morning should be the first thing that the screen says."""
    told = built.gate.source_ages(built.sign_in("analyst-1"))
    assert {r.code for a in told for s in a.shut for r in s.reasons} == {"operation-missing"}
