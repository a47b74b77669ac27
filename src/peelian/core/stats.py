"""Statistics that more than one room needs: intervals, paired bootstrap over blocks, exact rounding, Ensign's urn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def wilson_interval(successes: float, trials: float, level: float = 0.95) -> tuple[float, float]:
    """Return Wilson's score interval for a proportion; (0, 1) when nothing was tried.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.
    """
    if trials <= 0:
        return 0.0, 1.0
    z = float(special.ndtri((1 + level) / 2))
    p, n = successes / trials, trials
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def poisson_interval(count: float, level: float = 0.95) -> tuple[float, float]:
    """Return Garwood's exact interval for the mean of a count.

    References
    ----------
    Garwood (1936), Fiducial limits for the Poisson distribution, Biometrika 28.
    """
    tail = (1 - level) / 2
    low = float(special.gammaincinv(count, tail)) if count > 0 else 0.0
    return low, float(special.gammaincinv(count + 1, 1 - tail))


def gamma_interval(mean: Floats, variance: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the central interval of gamma distributions given by mean and variance, both > 0."""
    shape, scale, tail = mean**2 / variance, variance / mean, (1 - level) / 2
    return special.gammaincinv(shape, tail) * scale, special.gammaincinv(shape, 1 - tail) * scale


def negative_binomial_interval(mean: Floats, variance: Floats, level: float) -> tuple[Ints, Ints]:
    """Return the central interval of counts that are Poisson around a gamma rate of this mean and variance.

    Counts are whole, so the interval holds at least ``level`` of the probability, for small means a good deal more.
    """
    shape, tail = mean**2 / variance, (1 - level) / 2
    p = shape / (shape + mean)
    low, high = stats.nbinom.ppf(tail, shape, p), stats.nbinom.ppf(1 - tail, shape, p)
    return np.maximum(low, 0).astype(np.int64), high.astype(np.int64)


def share_out(parts: Floats, whole: Ints) -> Ints:
    """Round each row's parts to whole numbers that add up to the row's whole (largest remainders).

    Parameters
    ----------
    parts : ndarray of float, shape (rows, k)
        Not negative; each row's sum is within rounding of its whole.
    whole : ndarray of int64, shape (rows,)
        What each row must add up to.
    """
    floor = np.floor(parts).astype(np.int64)
    missing = whole - floor.sum(axis=1)
    # Remainders are compared rounded, ties by position: the last bit of a float never moves a unit.
    remainder = np.round(parts - floor, 6)
    rank = np.argsort(np.argsort(-remainder, axis=1, kind="stable"), axis=1, kind="stable")
    out = floor + (rank < missing[:, None])
    largest = np.argmax(out, axis=1)
    out[np.arange(len(out)), largest] += whole - out.sum(axis=1)
    return np.asarray(out, dtype=np.int64)


def block_samples(n: int, *, block: int, samples: int, rng: np.random.Generator) -> Ints:
    """Draw circular block-bootstrap samples of ``n`` positions, shape (samples, n).

    Every method is judged on the same samples, so differences are paired.

    References
    ----------
    Politis and Romano (1992), A circular block-resampling procedure for stationary data.
    """
    blocks = -(-n // block)
    starts = rng.integers(0, n, size=(samples, blocks))
    positions = (starts[:, :, None] + np.arange(block)) % n
    return np.asarray(positions.reshape(samples, -1)[:, :n], dtype=np.int64)


def bootstrap_interval(values: Floats, level: float = 0.95) -> tuple[float, float]:
    """Return the percentile interval of bootstrapped values, those that do not exist (NaN) left out."""
    values = values[np.isfinite(values)]
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


@dataclass(frozen=True)
class UrnResult:
    """Where the attention went: share of the first area at the end, one value a run."""

    shares: Floats

    @property
    def mean(self) -> float:
        """Mean share of the first area."""
        return float(self.shares.mean())

    @property
    def sd(self) -> float:
        """Standard deviation between runs."""
        return float(self.shares.std())

    def above(self, share: float) -> float:
        """Share of the runs that ended above some share."""
        return float((self.shares > share).mean())


def ensign_urn(
    rates: tuple[float, float],
    *,
    steps: int,
    runs: int,
    rng: np.random.Generator,
    start: tuple[float, float] = (5.0, 5.0),
    corrected: bool = False,
) -> UrnResult:
    """Simulate patrols that go where crime was found, and find crime where they go.

    Parameters
    ----------
    rates : (float, float)
        True probability of finding crime on a visit, by area.
    steps, runs : int
        Visits in a run; independent runs.
    rng : numpy.random.Generator
        Passed in, so that it can be replayed.
    start : (float, float)
        Balls in the urn at first.
    corrected : bool
        Accept a find with the probability of having gone to the *other* area, which undoes the feedback.

    References
    ----------
    Ensign, Friedler, Neville, Scheidegger and Venkatasubramanian (2018), Runaway feedback loops in predictive
    policing, Proceedings of Machine Learning Research 81.
    """
    balls = np.tile(np.array(start, dtype=np.float64), (runs, 1))
    for _ in range(steps):
        share = balls[:, 0] / balls.sum(axis=1)
        first = rng.random(runs) < share
        found = rng.random(runs) < np.where(first, *rates)
        if corrected:
            found &= rng.random(runs) < np.where(first, 1 - share, share)
        balls[first & found, 0] += 1
        balls[~first & found, 1] += 1
    return UrnResult(balls[:, 0] / balls.sum(axis=1))


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval."""

    value: float
    low: float
    high: float

    def as_dict(self, digits: int = 4) -> dict[str, float | None]:
        """Return value and bounds, rounded; None for what does not exist, as a rate of nothing."""
        figures = {"value": self.value, "low": self.low, "high": self.high}
        return {k: round(v, digits) if np.isfinite(v) else None for k, v in figures.items()}


def paired_estimate(statistic: Callable[[Ints], Floats], n: int, samples: Ints, level: float = 0.95) -> Estimate:
    """Estimate a statistic of positions 0..n-1 and its bootstrap interval.

    Parameters
    ----------
    statistic : callable
        Takes positions, shape (samples, n), returns one value a sample.
    n : int
        Number of positions.
    samples : ndarray of int64, shape (samples, n)
        From :func:`block_samples`; the same for everything that is compared.
    """
    value = float(statistic(np.arange(n, dtype=np.int64)[None, :])[0])
    return Estimate(value, *bootstrap_interval(statistic(samples), level))
