"""Would it run away, and who is exposed: the two questions accuracy cannot answer."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from peelian.analyse.hotspots import HOTSPOTS
from peelian.assess.exposure import exposure_columns, measure_exposure
from peelian.assess.feedback import Towns, assess_feedback, simulate_loop
from tests.support import hotspot_town as town


@pytest.fixture(scope="module")
def fitted():
    """Fit the method once on the town."""
    prepared = HOTSPOTS.prepare({"incident": town.incidents()}, town.parameters())
    return HOTSPOTS.fit(prepared.grid, prepared.counts, town.FIRST_MONTH + 29, prepared.settings)


@pytest.fixture(scope="module")
def feedback(fitted):
    """Run the whole feedback assessment once."""
    return assess_feedback(HOTSPOTS, fitted, discovered_share=0.02, seed=1)


def test_reported_crime_keeps_the_loop_stable(feedback):
    """Where the public reports, patrols may follow the record: the record does not follow patrols."""
    reported = feedback["loop"][0]
    assert reported["discovered_share"] == 0
    assert not reported["runaway"]
    assert reported["share"] == pytest.approx(0.55, abs=0.02)
    assert feedback["verdict"] == "stable"


def test_discovered_crime_makes_it_run_away(feedback, fitted):
    """The reason for red line 3, shown on this very method: attention feeds on itself."""
    discovered = feedback["loop"][-1]
    assert discovered["discovered_share"] == 1
    assert discovered["runaway"]
    assert discovered["concentration"] > 2 * feedback["loop"][0]["concentration"]
    assert feedback["stable_up_to"] < 1
    worse = assess_feedback(HOTSPOTS, fitted, discovered_share=0.5, seed=1)
    assert worse["verdict"] == "runs-away"


def test_feedback_says_it_is_synthetic_and_carries_the_urn(feedback):
    """A reader sees the instrument measure what is already known."""
    assert feedback["data"] == "synthetic"
    assert [row["corrected"] for row in feedback["urn"]] == [False, True]
    json.dumps(feedback)


def test_loop_is_the_same_for_the_same_seed(fitted):
    """A simulation that cannot be repeated convinces nobody."""
    results = [
        simulate_loop(HOTSPOTS, fitted, 0.3, rng=np.random.default_rng(4), n_towns=5, months=6) for _ in range(2)
    ]
    assert results[0] == results[1]


def test_towns_have_the_true_shares_they_claim():
    """The truth the method is judged by must be the truth."""
    towns = Towns.build(4, 12, 200.0, 60.0, np.random.default_rng(1))
    shares = towns.by_town(towns.rate * towns.first_half) / towns.by_town(towns.rate)
    assert shares == pytest.approx([0.55] * 4)
    assert towns.choose(towns.rate, 7).sum() == 28


def stops(grid, inside: np.ndarray, *, n: int = 3000, seed: int = 1) -> dict[str, pa.Table]:
    """Make stops: group A is stopped inside the chosen cells three times as often as B; group C is tiny."""
    rng = np.random.default_rng(seed)
    group = rng.choice(["A", "B"], n, p=[0.4, 0.6])
    group[:9] = "C"
    p_inside = np.where(group == "A", 0.3, 0.1)
    outside = np.setdiff1d(np.arange(len(grid)), inside)
    cell = np.where(rng.random(n) < p_inside, rng.choice(inside, n), rng.choice(outside, n))
    east, north = grid.corner(cell)
    ids = [f"{i:032x}" for i in range(n)]
    stop = pa.table({"record_id": ids, "month": [7] * n, "easting_m": east + 1.0, "northing_m": north + 1.0})
    return {"stop": stop, "stop_equality": pa.table({"record_id": ids[::-1], "ethnicity": group[::-1].tolist()})}


@pytest.fixture(scope="module")
def exposure():
    """Measure exposure once, with a plan of the first twenty cells."""
    grid = HOTSPOTS.prepare({"incident": town.incidents(months=14)}, town.parameters()).grid
    inside = np.arange(20)
    return measure_exposure(stops(grid, inside), grid, {7: inside}, "ethnicity")


def test_exposure_finds_the_group_that_is_stopped_more(exposure):
    """A place method passes an empty check by group; this one is not empty."""
    groups = {g["group"]: g for g in exposure["groups"]}
    assert groups["A"]["ratio"] > 1.4
    assert groups["A"]["low"] < groups["A"]["share"] < groups["A"]["high"]
    assert exposure["flagged"] == ["A"]
    assert exposure["months"] == "test"


def test_small_groups_are_withheld_and_counts_rounded(exposure):
    """A count of three can be three people somebody knows."""
    assert {g["group"] for g in exposure["groups"]} == {"A", "B"}
    assert exposure["suppressed"] == 1
    for row in [exposure["all"], *exposure["groups"]]:
        assert row["stops"] % 5 == 0
        assert row["inside"] % 5 == 0
        assert row["share"] == pytest.approx(row["inside"] / row["stops"], abs=1e-4)


def test_stops_of_other_months_are_laid_under_the_last_plan():
    """When stops end before the test begins, the reader is told that they are earlier ones."""
    grid = HOTSPOTS.prepare({"incident": town.incidents(months=14)}, town.parameters()).grid
    inside = np.arange(20)
    view = measure_exposure(stops(grid, inside), grid, {99: inside}, "ethnicity")
    assert view["months"] == "earlier"


def test_without_the_sealed_table_nothing_is_measured():
    """The equality table is opened by an assessment mandate or not at all."""
    assert exposure_columns({}, None) == []
    sealed = {"stop": pa.table({}), "stop_equality": pa.table({"record_id": ["a"], "sex": ["x"]})}
    assert exposure_columns(sealed, None) == ["sex"]
    assert exposure_columns(sealed, ["ethnicity_self_defined"]) == []
