"""The glass box: a decayed count per cell, lightly smoothed, calibrated on earlier months.

    expected = calibration x ( here share   x weighted count of this cell
                             + nearby share x weighted counts of places within a few hundred metres
                             + anywhere share x an even spread over the area )

Older incidents weigh less: half after the half-life, and a part of the weight fades within months (near repeats).
Everything is linear in the recorded incidents but the calibration, one number a cell that every part is multiplied
with: the level of the month, and what places forecast this high came to on earlier months. So a cell's figure comes
apart by month and by place, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from peelian.analyse.hotspots.choose import (
    RECENT_HALF_LIFE,
    Candidate,
    Rolling,
    Window,
    choose,
    month_weights,
)
from peelian.analyse.hotspots.curve import Curve, learn_errors, mix
from peelian.analyse.hotspots.level import Level, learn_level
from peelian.analyse.hotspots.spread import Spread
from peelian.core.counts import Counts, month_name
from peelian.core.errors import InvalidError
from peelian.core.grid import Grid
from peelian.core.stats import gamma_interval, negative_binomial_interval, share_out

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MONTHS_MIN = 12
INCIDENTS_MIN = 200
SCORING_MONTHS = 12


@dataclass(frozen=True)
class Forecast:
    """Expected incidents by cell, rounded to the declared digits, best first.

    Parameters
    ----------
    order : ndarray of int64
        Cells by expected count after rounding, ties by cell.
    expected : ndarray of float, shape (n,)
        By cell (not by rank), rounded.
    """

    order: Ints
    expected: Floats


@dataclass(frozen=True)
class Contributions:
    """What each cell's expected count is made of; rows add up exactly after rounding.

    Parameters
    ----------
    periods : list of str
        Months (``2019-05``) one by one for the last year, then spans (``2017-06..2018-05``).
    recorded, here, nearby : ndarray, shape (cells, periods)
        Incidents recorded in the cell; their part of the expected count; the part of incidents nearby.
    anywhere : ndarray of float, shape (cells,)
        The even part.
    """

    periods: list[str]
    recorded: Floats
    here: Floats
    nearby: Floats
    anywhere: Floats


class Hotspots:
    """Forecast next month's incidents by place, each figure with its reasons.

    Parameters
    ----------
    grid : Grid
        The frozen grid.
    lag_months : int
        The last so many months before the target are not used, as they would not have been published yet.
    interval : float
        Probability that the intervals hold, e.g. 0.8.
    digits : int
        Decimals that are published; ranks are taken after rounding to them.
    candidate : Candidate or None
        A fixed setting; None to choose on earlier months.
    rolling : Rolling or None
        Scores of earlier months to share between origins; the result does not depend on it.
    scoring_months : int
        Choose on so many months before the target; 0 to take the default setting unseen.

    Attributes
    ----------
    candidate_ : Candidate
        Half-life and smoothing in use.
    level_ : Level
        The factor on every cell, why, and how sure.
    curve_ : Curve
        Recorded over expected on earlier months, by how high a place was forecast.
    overdispersion_ : float
        Variance beyond chance, per expected incident, of earlier months.
    scored_months_ : list of int
        Months that the choice was made on; empty when the default is used.
    expected_ : ndarray of float, shape (n,)
        Expected incidents by cell, not yet rounded.

    Notes
    -----
    Assumes that the record does not depend on where police look: never use it for offences that police activity
    discovers. Floating point runs in numpy in the order of months and cells, without BLAS, on one thread.
    O(incidents + cells) a forecast; a choice costs that much for each of twelve earlier months.

    References
    ----------
    Wheeler and Steenbeek (2021), Mapping the risk terrain for crime using machine learning, J. Quant. Criminology 37.
    """

    def __init__(
        self,
        grid: Grid,
        *,
        lag_months: int = 0,
        interval: float = 0.8,
        digits: int = 4,
        candidate: Candidate | None = None,
        rolling: Rolling | None = None,
        scoring_months: int = SCORING_MONTHS,
    ) -> None:
        self.scoring_months = scoring_months
        self.grid = grid
        self.lag_months = lag_months
        self.interval = interval
        self.digits = digits
        self.candidate = candidate
        self.rolling = rolling

    def fit(self, counts: Counts, target: int) -> Hotspots:
        """Learn from everything known before a month.

        Raises
        ------
        InvalidError
            ``too-little-data`` with less than a year or 200 incidents before the month.
        """
        rolling = self.rolling or Rolling(counts, self.grid, lag_months=self.lag_months)
        window = rolling.window(target)
        _demand_enough(window)
        chosen, self.scored_months_ = choose(rolling, window, self.scoring_months)
        self.candidate_: Candidate = self.candidate or chosen
        self.level_: Level = learn_level(rolling, target, self.candidate_)
        self.curve_: Curve
        self.curve_, self.overdispersion_ = learn_errors(rolling, window, self.candidate_, self.scored_months_)
        self._counts, self._window, self._rolling = counts, window, rolling
        self.expected_ = self._expect()
        return self

    def _expect(self) -> Floats:
        """Mix, calibrate, and remember the factor that each cell's parts are multiplied with."""
        mixed = mix(self._rolling.parts(self._window.target), self.candidate_, self.grid.share)
        average = float(mixed.sum()) * self.grid.share / self.grid.share.sum()
        curve = self.curve_.at(mixed / average)
        # The curve moves incidents between high and low places; how many there are in all is the level's to say.
        self._factor = self.level_.factor * curve * float(mixed.sum() / (mixed * curve).sum())
        self._anywhere = self.candidate_.anywhere_share * average
        return self._factor * mixed

    def forecast(self) -> Forecast:
        """Return expected counts, rounded, and the cells in order; ties by cell."""
        units = np.rint(self.expected_ * 10**self.digits)
        return Forecast(np.argsort(-units, kind="stable"), units / 10**self.digits)

    def hindsight(self, *, two_sided: bool) -> Floats:
        """Return what the same smoothing would have said with every month but the target known: a ceiling, never a use.

        Parameters
        ----------
        two_sided : bool
            False: every other month counts alike, the best a rate that never changes could do. True: months before
            and after count by their distance, as the method's own weights do; a harder mark.
        """
        c, counts, target = self.candidate_, self._counts, self._window.target
        other = counts.month != target
        months = counts.months[counts.months != target]
        weights = np.ones(len(months)) / len(months)
        if two_sided:
            distance = np.abs(months - target)
            slow, fast = month_weights(distance, c.half_life_months), month_weights(distance, RECENT_HALF_LIFE)
            weights = (1 - c.recent_share) * slow + c.recent_share * fast
        table = np.zeros(int(months[-1] - months[0]) + 1)
        table[months - months[0]] = weights
        here = counts.summed(other, table, int(months[0]))
        nearby = Spread(self.grid, counts.summed(other) > 0)(here)
        even = here.sum() * self.grid.share / self.grid.share.sum()
        return (1 - c.nearby_share - c.anywhere_share) * here + c.nearby_share * nearby + c.anywhere_share * even

    def intervals(self, cells: Ints) -> dict[str, Floats]:
        """Return, for some cells, bounds of the expected count and of the number that will be recorded.

        The rate's uncertainty is a gamma whose variance was found on earlier months: overdispersion of the places and
        error of the level. Counts are Poisson around it, hence negative binomial.
        """
        mean = np.maximum(self.expected_[cells], 10.0**-self.digits)
        variance = self.overdispersion_ * mean + self.level_.variance * mean**2
        low, high = gamma_interval(mean, variance, self.interval)
        count_low, count_high = negative_binomial_interval(mean, variance, self.interval)
        return {
            "low": np.round(low, self.digits),
            "high": np.round(high, self.digits),
            "count_low": count_low.astype(np.float64),
            "count_high": count_high.astype(np.float64),
        }

    def contributions(self, cells: Ints) -> Contributions:
        """Take the expected counts of some cells apart by month and place."""
        spans = _spans(self._window)
        recorded, here, nearby = (np.zeros((len(cells), len(spans))) for _ in range(3))
        spread = Spread(self.grid, self._counts.summed(self._window.rows) > 0)
        for i, (start, end) in enumerate(spans):
            recorded[:, i], weighted = self._span_counts(start, end, cells)
            here[:, i], nearby[:, i] = weighted[cells], spread(weighted)[cells]
        c = self.candidate_
        factor = self._factor[cells][:, None]
        here *= factor * (1 - c.nearby_share - c.anywhere_share)
        nearby *= factor * c.nearby_share
        anywhere = self._factor[cells] * self._anywhere[cells]
        return self._rounded(cells, spans, recorded, here, nearby, anywhere)

    def _span_counts(self, start: int, end: int, cells: Ints) -> tuple[Floats, Floats]:
        """Return what was recorded in the cells between two months, and every cell's weighted count of them."""
        window, q = self._window, self.candidate_.recent_share
        slow, first = window.by_month(self.candidate_.half_life_months)
        fast, _ = window.by_month(RECENT_HALF_LIFE)
        chosen = np.zeros(len(slow))
        chosen[start - first : end - first] = 1.0
        plain = self._counts.summed(window.rows, chosen, first)
        return plain[cells], self._counts.summed(window.rows, ((1 - q) * slow + q * fast) * chosen, first)

    def _rounded(
        self,
        cells: Ints,
        spans: list[tuple[int, int]],
        recorded: Floats,
        here: Floats,
        nearby: Floats,
        anywhere: Floats,
    ) -> Contributions:
        """Round the parts so that they add up to the rounded whole, to the last digit."""
        scale = 10**self.digits
        parts = np.concatenate([here, nearby, anywhere[:, None]], axis=1) * scale
        whole = np.rint(self.expected_[cells] * scale).astype(np.int64)
        units = share_out(parts, whole) / scale
        n = len(spans)
        names = [_span_name(s) for s in spans]
        return Contributions(names, np.round(recorded, 3), units[:, :n], units[:, n : 2 * n], units[:, -1])


def _demand_enough(window: Window) -> None:
    incidents = float(window.totals.sum())
    if len(window.months) < MONTHS_MIN or incidents < INCIDENTS_MIN:
        raise InvalidError(
            "too-little-data",
            f"Only {incidents:.0f} incidents in {len(window.months)} months come before {month_name(window.target)}.",
            why=f"A forecast needs {MONTHS_MIN} months and {INCIDENTS_MIN} incidents before its month and its lag.",
            do="Load earlier months, choose a wider area or offence group, or plan without a forecast.",
            facts={"incidents": round(incidents), "months": len(window.months)},
        )


def _spans(window: Window) -> list[tuple[int, int]]:
    """Split the history, latest first: twelve single months, then years. Half-open spans."""
    first, end = int(window.months[0]), int(window.months[-1]) + 1
    spans = [(m, m + 1) for m in range(end - 1, max(end - 13, first - 1), -1)]
    for stop in range(end - 12, first, -12):
        spans.append((max(stop - 12, first), stop))
    return spans


def _span_name(span: tuple[int, int]) -> str:
    start, end = span
    return month_name(start) if end - start == 1 else f"{month_name(start)}..{month_name(end - 1)}"
