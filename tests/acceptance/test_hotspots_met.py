"""The story on real data: Met burglary, test year 2019, beside what the force might have done."""

from __future__ import annotations

import pytest

from benchmarks.evaluation.data import london_boroughs, police_uk_incidents
from peelian.analyse.hotspots import HOTSPOTS
from peelian.assess import assess_hotspots, register
from peelian.core.grid import geojson_from_polygon

MONTHS = list(range(12 * 2019, 12 * 2020))

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def result(real_data, request):
    """Assess on the London boroughs; the challenger, which takes most of the time, stays out."""
    patch = pytest.MonkeyPatch()
    request.addfinalizer(patch.undo)
    patch.setenv("PEELIAN_DATA", str(real_data))
    incidents = police_uk_incidents(real_data / "police_uk" / "metropolitan-burglary-2015-2019.zip")
    parameters = {
        "polygon": geojson_from_polygon(london_boroughs()),
        "cell_m": 150.0,
        "offences": ["burglary"],
        "police_initiated": ["drugs"],
        "months": MONTHS,
        "contestants": ["last-year", "kde", "promap"],
        "seen": "the 2019 figures were seen while the method was chosen",
    }
    parameters["registered"] = register(parameters).digest
    return assess_hotspots({"incident": incidents}, parameters, method=HOTSPOTS)


def value(result, method: str, budget: str, name: str = "hit_rate") -> float:
    """Give one figure."""
    return result["methods"][method]["budgets"][budget][name]["value"]


def test_hit_rates_reach_the_aims(result):
    """At 1 % of the area at least 9.2 % and at 5 % at least 27 % of burglaries, 98 % of the hindsight rate."""
    assert value(result, "hotspots", "0.01") >= 0.092
    assert value(result, "hotspots", "0.05") >= 0.27
    for budget in ("0.01", "0.02", "0.05"):
        assert value(result, "hotspots", budget, "share_of_hindsight") >= 0.98


def test_it_clearly_beats_last_year_and_kernels(result):
    """A tool that does no better than a count by hand has no claim to be used."""
    for against in ("last-year", "kde", "promap"):
        rows = [d for d in result["differences"] if d["against"] == against]
        assert all(d["clear"] and d["value"] > 0 for d in rows)


def test_expected_counts_are_calibrated(result):
    """Each tenth of the forecast came within a tenth of what was expected."""
    assert all(0.9 <= d["ratio"] <= 1.1 for d in result["calibration"]["deciles"])
    assert result["calibration"]["coverage"]["held"] >= 0.8


def test_what_was_seen_before_is_said(result):
    """Figures from data that was looked at while choosing are not a clean test."""
    assert "seen-before" in {w["code"] for w in result["warnings"]}
