"""The glass box: what it learns, from what, and that it learns nothing from the future."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely

from peelian.analyse.hotspots import HOTSPOTS, Hotspots
from peelian.analyse.hotspots.choose import CANDIDATES, DEFAULT, month_weights
from peelian.analyse.hotspots.spread import Spread
from peelian.core.counts import Counts
from peelian.core.errors import InvalidError
from peelian.core.grid import Grid
from tests.support import hotspot_town as town


@pytest.fixture(scope="module")
def prepared():
    """Count the town's incidents once."""
    return HOTSPOTS.prepare({"incident": town.incidents()}, town.parameters())


def test_fit_returns_itself_and_learned_names_end_in_an_underscore(prepared):
    """Whoever knows scikit-learn can read it."""
    method = Hotspots(prepared.grid)
    assert method.fit(prepared.counts, town.FIRST_MONTH + 29) is method
    assert method.candidate_ in CANDIDATES
    assert len(method.scored_months_) == 12
    assert method.expected_.shape == (len(prepared.grid),)


def test_the_future_changes_nothing(prepared):
    """A forecast that has seen its month is no forecast: the classic way to fool a buyer."""
    target = town.FIRST_MONTH + 25
    counts = prepared.counts
    past = counts.month < target
    cut = Counts(counts.n_cells, counts.cell[past], counts.month[past], counts.known[past], counts.weight[past])
    whole = Hotspots(prepared.grid).fit(counts, target).expected_
    assert whole.tolist() == Hotspots(prepared.grid).fit(cut, target).expected_.tolist()


def test_the_lag_leaves_out_the_last_months(prepared):
    """What is not yet published cannot be used: police.uk is two months behind."""
    target = town.FIRST_MONTH + 29
    counts = prepared.counts
    old = counts.month < target - 2
    cut = Counts(counts.n_cells, counts.cell[old], counts.month[old], counts.known[old], counts.weight[old])
    lagged = Hotspots(prepared.grid, lag_months=2).fit(counts, target)
    assert lagged.expected_.tolist() == Hotspots(prepared.grid, lag_months=2).fit(cut, target).expected_.tolist()


def test_shared_scores_change_no_result(prepared):
    """The race shares work between origins; a figure must not depend on what ran before it."""
    rolling = HOTSPOTS.rolling(prepared.grid, prepared.counts, prepared.settings)
    for target in (town.FIRST_MONTH + 27, town.FIRST_MONTH + 29, town.FIRST_MONTH + 28):
        shared = HOTSPOTS.fit(prepared.grid, prepared.counts, target, prepared.settings, rolling)
        alone = HOTSPOTS.fit(prepared.grid, prepared.counts, target, prepared.settings)
        assert shared.expected_.tolist() == alone.expected_.tolist()


def test_total_expected_is_near_what_comes(prepared):
    """A map of shares is not a forecast: the sergeant reads a number."""
    target = town.FIRST_MONTH + 29
    method = Hotspots(prepared.grid).fit(prepared.counts, target)
    assert method.expected_.sum() == pytest.approx(prepared.counts.in_month(target).sum(), rel=0.25)


def test_it_finds_where_incidents_are_likely(prepared):
    """It must at least beat choosing places blindly by far."""
    target = town.FIRST_MONTH + 29
    order = Hotspots(prepared.grid).fit(prepared.counts, target).forecast().order
    truth = prepared.counts.in_month(target)
    chosen = order[: prepared.grid.within_budget(order, 0.05)]
    assert truth[chosen].sum() / truth.sum() > 0.25


def test_ties_go_by_cell(prepared):
    """Two equal places must come in the same order on every machine."""
    method = Hotspots(prepared.grid, digits=1).fit(prepared.counts, town.FIRST_MONTH + 29)
    forecast = method.forecast()
    expected = forecast.expected[forecast.order]
    for value in np.unique(expected):
        assert (np.diff(forecast.order[expected == value]) > 0).all()


def test_short_history_takes_the_default_and_says_so(prepared):
    """A choice made on two months is noise; the reader must know that none was made."""
    method = Hotspots(prepared.grid).fit(prepared.counts, town.FIRST_MONTH + 14)
    assert method.candidate_ == DEFAULT
    assert method.scored_months_ == []


def test_too_little_data_is_refused(prepared):
    """A map drawn from a few incidents looks as sure as one drawn from thousands."""
    with pytest.raises(InvalidError) as error:
        Hotspots(prepared.grid).fit(prepared.counts, town.FIRST_MONTH + 5)
    assert error.value.code == "too-little-data"


def test_spread_loses_nothing_at_the_edge():
    """A place beside the border must not look safer because half of its neighbours lie outside."""
    grid = Grid.from_polygon(shapely.box(0, 0, 3000, 3000).buffer(100), 150)
    values = np.random.default_rng(1).poisson(1, len(grid)).astype(float)
    spread = Spread(grid, values > 0)(values)
    assert spread.sum() == pytest.approx(values.sum())
    assert (spread[values == 0] == 0).all()


def test_weights_halve_at_the_half_life():
    """The half-life that is published is the one that is used."""
    weights = month_weights(np.arange(25), 12.0)
    assert weights.sum() == pytest.approx(1)
    assert weights[12] / weights[0] == pytest.approx(0.5)


def test_calibration_keeps_the_order_of_places(prepared):
    """Correcting levels must not quietly reorder whom patrols visit."""
    curve = Hotspots(prepared.grid).fit(prepared.counts, town.FIRST_MONTH + 29).curve_
    times = np.logspace(-2, 2.5, 400)
    assert (np.diff(times * curve.at(times)) >= -1e-9).all()


def test_a_month_that_was_not_delivered_is_not_a_quiet_month():
    """Forces miss deliveries; nought recorded must not teach the method that crime has stopped."""
    table = town.incidents()
    gap = table.filter(pa.compute.not_equal(table["month"], town.FIRST_MONTH + 28))
    full, holed = (
        HOTSPOTS.fit(p.grid, p.counts, town.FIRST_MONTH + 29, p.settings).expected_.sum()
        for p in (HOTSPOTS.prepare({"incident": t}, town.parameters()) for t in (table, gap))
    )
    assert holed == pytest.approx(full, rel=0.2)
