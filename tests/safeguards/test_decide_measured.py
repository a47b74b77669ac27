"""What is measured of decisions: by whom, on what record, and that it cannot be broken down by officer."""

from __future__ import annotations

import pytest

from peelian.app.patrol import decide
from peelian.app.publishing.decisions_measured import _case, _Hits, measure_decisions
from peelian.core.errors import RefusedError
from tests.support.patrol import CELL_M, DECISION, at_patrol, caller, own_cells, post_forecast, rows_inside

NOVEMBER = 12 * 2026 + 10


def plan(built, person, shift):
    """Have somebody mark three places and take the tool's."""
    who = caller(built, person)
    decide.mark(who, built.forecast, shift, own_cells(built), ["seen"] * 3, [""] * 3)
    return decide.decide(who, built.forecast, shift, DECISION)


def burgled(built, cells, month):
    """Make a burglary in the middle of each cell in a month."""
    rows = rows_inside(built, len(cells))
    for i, (row, cell) in enumerate(zip(rows, cells, strict=True)):
        east, north, _ = decide._corner(cell)
        row |= {"record_id": f"{month:05d}{i:027d}", "month": month}
        row |= {"easting_m": east + CELL_M / 2, "northing_m": north + CELL_M / 2}
    return rows


@pytest.fixture
def built(tmp_path):
    """Give two officers' plans, one of them blind twice over, and a record that goes on."""
    with at_patrol(tmp_path) as made:
        made.forecast = post_forecast(made)
        made.plans = [
            plan(made, "neighbourhood-officer-1", "2026-11-23-evening"),
            plan(made, "response-sergeant-1", "2026-11-23-evening"),
            plan(made, "response-sergeant-1", "2026-11-24-evening"),
        ]
        yield made


def test_a_month_that_is_not_over_is_not_counted(built):
    """Half a month's record would call every place wrong that was burgled in the other half."""
    made = measure_decisions(caller(built, "model-owner-1", "op-assessment"))
    assert (made.not_blind, made.not_on_record) == (1, 2)


def test_a_place_is_right_when_the_record_of_its_month_says_so(built):
    """The case that is counted is the record's, not the officer's."""
    body = built.plans[0].body
    built.plant({"nov": burgled(built, [body["own"][0], body["tool_cells"][2]], NOVEMBER)})
    built.plant({"dec": burgled(built, [body["own"][1]], NOVEMBER + 1)})
    owner = caller(built, "model-owner-1", "op-assessment")
    hits = _Hits(owner)
    assert hits.on_record(built.plans[0])
    case = _case(built.plans[0], hits.of(built.plans[0]))
    assert case.hit == {body["own"][0], body["tool_cells"][2]}
    assert case.went == "over" and case.right == "own", "one of three beside one of five"
    made = measure_decisions(owner)
    assert made.not_on_record == 0
    assert made.as_dict() == {"method": "hotspots", "suppressed": True, "why": "fewer than 8 plans"}


@pytest.mark.parametrize("person", ["neighbourhood-officer-1", "analyst-1", "data-engineer-1"])
def test_only_whoever_has_the_duty_measures(built, person):
    """Colleagues do not count each other's hits."""
    with pytest.raises(RefusedError):
        measure_decisions(caller(built, person, "op-loading" if person == "data-engineer-1" else "op-patrol-planning"))
