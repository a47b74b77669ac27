"""Choose half-life and smoothing on earlier months only: each month scored as it would have been forecast then."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from peelian.analyse.hotspots.spread import Spread
from peelian.core.counts import Counts
from peelian.core.grid import Grid

Floats = NDArray[np.float64]

HALF_LIVES = (12.0, 24.0, 48.0)
RECENT_HALF_LIFE = 2.0
CELLS_KEPT = 2_000_000
"""Ingredients of earlier months are kept as long as they hold no more cells than this in all."""
BURN_IN_MONTHS = 12
"""A month is scored when at least so many months lie before it."""


@dataclass(frozen=True, order=True)
class Candidate:
    """One setting of the method.

    Parameters
    ----------
    half_life_months : float
        After so many months an incident counts half.
    recent_share : float
        Part of the weight that fades with a half-life of two months instead: near repeats.
    nearby_share : float
        Part of the weight that is lent to places nearby.
    anywhere_share : float
        Part of the weight that is spread evenly over the area: what happens where nothing ever did.
    """

    half_life_months: float
    recent_share: float
    nearby_share: float
    anywhere_share: float

    def as_dict(self) -> dict[str, float]:
        """Return the setting as plain data."""
        return asdict(self)


CANDIDATES = tuple(
    Candidate(*values)
    for values in itertools.product(HALF_LIVES, (0.0, 0.1, 0.2), (0.0, 0.1, 0.2, 0.3, 0.4), (0.01, 0.02, 0.05))
)
DEFAULT = Candidate(24.0, 0.1, 0.3, 0.02)
"""Used, and said to be used, when there is too little history to choose on."""


def month_weights(ages: NDArray[np.int64], half_life: float) -> Floats:
    """Return weights that halve every ``half_life`` months and add up to 1."""
    weights = np.array([0.5 ** (age / half_life) for age in ages.tolist()])
    return weights / weights.sum()


@dataclass(frozen=True)
class Window:
    """What a forecast for one month may look at."""

    target: int
    rows: slice | NDArray[np.bool_]
    months: NDArray[np.int64]  # months with any data, oldest first
    totals: Floats  # incidents in each of them

    def by_month(self, half_life: float) -> tuple[Floats, int]:
        """Return weights on the calendar from the first month on, 0 where a month is missing, and that first month."""
        first = int(self.months[0])
        table = np.zeros(self.target - first)
        table[self.months - first] = month_weights(int(self.months[-1]) - self.months, half_life)
        return table, first

    def level(self, half_life: float, recent_share: float) -> float:
        """Return the incidents a month that the weights alone expect."""
        ages = int(self.months[-1]) - self.months
        slow = float((month_weights(ages, half_life) * self.totals).sum())
        fast = float((month_weights(ages, RECENT_HALF_LIFE) * self.totals).sum())
        return (1 - recent_share) * slow + recent_share * fast


def open_window(counts: Counts, target: int, lag_months: int) -> Window:
    """Collect what may be used for a month."""
    rows = counts.usable(target, lag_months)
    if not len(counts.month[rows]):
        return Window(target, rows, np.zeros(0, dtype=np.int64), np.zeros(0))
    first = int(counts.month[rows][0])
    totals = counts.totals(rows, first, target - first)
    present = np.flatnonzero(totals > 0)
    return Window(target, rows, present + first, totals[present])


@dataclass(frozen=True)
class Parts:
    """The two ingredients of every candidate for one month: weighted counts here and nearby, by half-life."""

    here: dict[float, Floats]
    nearby: dict[float, Floats]

    def mixed(self, which: dict[float, Floats], candidate: Candidate) -> Floats:
        """Return slow and fast memory mixed as the candidate says."""
        q = candidate.recent_share
        return (1 - q) * which[candidate.half_life_months] + q * which[RECENT_HALF_LIFE]


def build_parts(counts: Counts, grid: Grid, window: Window, half_lives: tuple[float, ...]) -> Parts:
    """Weigh the counts by age, here and nearby, for each half-life and for the recent one."""
    spread = Spread(grid, counts.summed(window.rows) > 0)
    here = {h: counts.summed(window.rows, *window.by_month(h)) for h in (*half_lives, RECENT_HALF_LIFE)}
    return Parts(here, {h: spread(v) for h, v in here.items()})


@dataclass(frozen=True)
class Score:
    """How each candidate would have done in one month."""

    month: int
    incidents: float
    log_score: Floats  # mean log of the probability given to the places where incidents happened, per candidate


class Rolling:
    """Scores of earlier months, each made with what was known before that month; kept so that origins share them.

    Parameters
    ----------
    counts : Counts
        All counts; what may be used for a month is decided month by month.
    grid : Grid
        The frozen grid.
    lag_months : int
        Reporting delay.
    candidates : tuple of Candidate
        Settings to compare.
    """

    def __init__(
        self, counts: Counts, grid: Grid, *, lag_months: int = 0, candidates: tuple[Candidate, ...] = CANDIDATES
    ) -> None:
        self.counts, self.grid = counts, grid
        self.lag_months, self.candidates = lag_months, candidates
        self._scores: dict[tuple[int, int], Score] = {}
        self._windows: dict[int, Window] = {}
        self._parts: dict[int, Parts] = {}
        self.errors: dict[tuple[int, int, Candidate], object] = {}

    def window(self, target: int) -> Window:
        """Return what a forecast for a month may look at."""
        if target not in self._windows:
            self._windows[target] = open_window(self.counts, target, self.lag_months)
        return self._windows[target]

    def parts(self, target: int) -> Parts:
        """Return a month's ingredients; the last few are kept, as the next origin scores this one."""
        if target not in self._parts:
            halves = tuple(sorted({c.half_life_months for c in self.candidates} | {DEFAULT.half_life_months}))
            self._parts[target] = build_parts(self.counts, self.grid, self.window(target), halves)
            for old in list(self._parts)[: -max(2, CELLS_KEPT // len(self.grid))]:
                del self._parts[old]
        return self._parts[target]

    def score(self, month: int, window: Window) -> Score:
        """Score every candidate on a past month, as known in the given window."""
        truth = self.counts.in_month(month, known_before=window.target)
        key = (month, round(float(truth.sum()) * 1e6))
        if key not in self._scores:
            self._scores[key] = self._score(month, truth)
        return self._scores[key]

    def _score(self, month: int, truth: Floats) -> Score:
        hit = np.flatnonzero(truth)
        parts = self.parts(month)
        here, nearby = ({h: v[hit] for h, v in which.items()} for which in (parts.here, parts.nearby))
        level = {h: float(v.sum()) for h, v in parts.here.items()}
        even = self.grid.share[hit] / self.grid.share.sum()
        weight = truth[hit] / truth.sum()
        scores = [_log_score(c, here, nearby, level, even, weight) for c in self.candidates]
        return Score(month, float(truth.sum()), np.array(scores))


def _log_score(
    c: Candidate,
    here: dict[float, Floats],
    nearby: dict[float, Floats],
    level: dict[float, float],
    even: Floats,
    weight: Floats,
) -> float:
    """Return the mean log probability of the places that were hit; only their values are needed."""
    slow, q = c.half_life_months, c.recent_share
    total = (1 - q) * level[slow] + q * level[RECENT_HALF_LIFE]
    own, lent = (1 - c.nearby_share - c.anywhere_share) / total, c.nearby_share / total
    p = own * (1 - q) * here[slow] + lent * (1 - q) * nearby[slow] + c.anywhere_share * even
    if q:
        p += own * q * here[RECENT_HALF_LIFE] + lent * q * nearby[RECENT_HALF_LIFE]
    return float((weight * np.log(p)).sum())


def choose(rolling: Rolling, window: Window, months: int) -> tuple[Candidate, list[int]]:
    """Pick the candidate with the best log score over the last months before a target.

    Returns
    -------
    tuple
        The candidate, and the months scored. With fewer than six months to score, the default and none.
    """
    scored = [int(m) for m in window.months[BURN_IN_MONTHS:].tolist()][-months:] if months else []
    if len(scored) < 6:
        return DEFAULT, []
    scores = [rolling.score(m, window) for m in scored]
    incidents = sum(s.incidents for s in scores)
    total = sum(s.incidents * s.log_score for s in scores)
    # Rounded before the best is picked, so that the last bit of a logarithm never decides.
    best = int(np.argmax(np.round(np.asarray(total) / incidents, 6)))
    return rolling.candidates[best], scored
