"""Intervals and the urn are the auditor's own instruments: they are checked against known figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as reference

from peelian.core.stats import (
    Estimate,
    block_samples,
    bootstrap_interval,
    ensign_urn,
    gamma_interval,
    negative_binomial_interval,
    paired_estimate,
    poisson_interval,
    share_out,
    wilson_interval,
)


def test_wilson_interval_agrees_with_the_textbook():
    """A proportion without its interval misleads: ten of a hundred is 5.5 to 17.4 %."""
    assert wilson_interval(10, 100) == pytest.approx((0.0552, 0.1744), abs=1e-4)
    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert wilson_interval(0, 20)[0] == 0.0


def test_poisson_interval_agrees_with_garwood():
    """Counts of crime are judged by this interval; nought has an upper bound too."""
    assert poisson_interval(0) == pytest.approx((0, 3.689), abs=1e-3)
    assert poisson_interval(10) == pytest.approx((4.795, 18.390), abs=1e-3)


def test_gamma_and_negative_binomial_intervals_hold_what_they_promise():
    """An interval that holds less often than it says is a false assurance to a sergeant."""
    mean, variance = np.array([0.1, 1.0, 5.0]), np.array([0.05, 0.5, 4.0])
    low, high = gamma_interval(mean, variance, 0.8)
    shape, scale = mean**2 / variance, variance / mean
    held = reference.gamma.cdf(high, shape, scale=scale) - reference.gamma.cdf(low, shape, scale=scale)
    assert held == pytest.approx([0.8] * 3, abs=1e-6)
    below, above = negative_binomial_interval(mean, variance, 0.8)
    p = shape / (shape + mean)
    counts = reference.nbinom.cdf(above, shape, p) - reference.nbinom.cdf(below - 1, shape, p)
    assert (counts >= 0.8 - 1e-9).all()


@given(st.lists(st.lists(st.floats(0, 500), min_size=4, max_size=4), min_size=1, max_size=6))
def test_shared_out_parts_add_up_to_the_whole(rows):
    """Contributions that do not add up to the figure they explain are worse than none."""
    parts = np.array(rows)
    whole = np.rint(parts.sum(axis=1)).astype(np.int64)
    shared = share_out(parts, whole)
    assert (shared.sum(axis=1) == whole).all()
    assert (np.abs(shared - parts) <= 1 + 1e-6).all()


def test_block_samples_are_runs_of_positions():
    """Neighbouring months resemble each other: drawing them one by one would make intervals too narrow."""
    samples = block_samples(12, block=3, samples=50, rng=np.random.default_rng(1))
    assert samples.shape == (50, 12)
    steps = np.diff(samples.reshape(50, 4, 3), axis=2) % 12
    assert (steps == 1).all()


def test_paired_estimate_of_the_mean_covers_it():
    """The same samples for every contestant make differences paired."""
    values = np.arange(12.0)
    samples = block_samples(12, block=3, samples=2000, rng=np.random.default_rng(1))
    estimate = paired_estimate(lambda at: values[at].mean(axis=1), 12, samples)
    assert estimate.value == 5.5
    assert estimate.low < 5.5 < estimate.high


def test_bootstrap_interval_leaves_out_what_does_not_exist():
    """A month without incidents has no rate; it must not turn a whole interval into nothing."""
    low, high = bootstrap_interval(np.array([1.0, np.nan, 3.0]))
    assert 1 <= low <= high <= 3
    assert np.isnan(bootstrap_interval(np.array([np.nan]))).all()


def test_the_urn_gives_ensigns_figures():
    """The auditor's own test: share .709 sd .130, 26 % of runs above .8; corrected .550 sd .018 and none."""
    urn = ensign_urn((0.55, 0.45), steps=3000, runs=300, rng=np.random.default_rng(2018))
    assert urn.mean == pytest.approx(0.709, abs=0.02)
    assert urn.sd == pytest.approx(0.130, abs=0.015)
    assert urn.above(0.8) == pytest.approx(0.26, abs=0.06)
    mended = ensign_urn((0.55, 0.45), steps=3000, runs=300, rng=np.random.default_rng(2018), corrected=True)
    assert mended.mean == pytest.approx(0.550, abs=0.005)
    assert mended.sd == pytest.approx(0.018, abs=0.003)
    assert mended.above(0.8) == 0


def test_a_figure_that_does_not_exist_is_none():
    """Nought of nought is no rate; canonical JSON has no word for it but null."""
    assert Estimate(float("nan"), float("nan"), 1.0).as_dict() == {"value": None, "low": None, "high": 1.0}
