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
    excess: Floats  # squared error beyond what chance alone would give, per candidate


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

    def window(self, target: int) -> Window:
        """Return what a forecast for a month may look at."""
        if target not in self._windows:
            self._windows[target] = open_window(self.counts, target, self.lag_months)
        return self._windows[target]

    def score(self, month: int, window: Window) -> Score:
        """Score every candidate on a past month, as known in the given window."""
        truth = self._truth(month, window)
        key = (month, round(float(truth.sum()) * 1e6))
        if key not in self._scores:
            self._scores[key] = self._score(month, truth)
        return self._scores[key]

    def _truth(self, month: int, window: Window) -> Floats:
        start, end = np.searchsorted(self.counts.month, [month, month + 1])
        known = self.counts.known[start:end] < window.target
        rows = slice(int(start), int(end))
        weight = self.counts.weight[rows][known]
        truth = np.bincount(self.counts.cell[rows][known], weights=weight, minlength=len(self.grid))
        return truth.astype(np.float64)

    def _score(self, month: int, truth: Floats) -> Score:
        parts = build_parts(self.counts, self.grid, self.window(month), HALF_LIVES)
        hit = np.flatnonzero(truth)
        even = self.grid.share / self.grid.share.sum()
        vectors = _Vectors(parts, even, hit)
        total = float(truth.sum())
        log_score, excess = np.zeros(len(self.candidates)), np.zeros(len(self.candidates))
        for i, candidate in enumerate(self.candidates):
            p, p_squared = vectors.probabilities(candidate)
            log_score[i] = (truth[hit] * np.log(p)).sum() / total
            chance = total * (1 - p_squared)
            squared = (truth[hit] ** 2).sum() - 2 * total * (truth[hit] * p).sum() + total**2 * p_squared
            excess[i] = squared - chance
        return Score(month, total, log_score, excess)


class _Vectors:
    """Probabilities of a candidate where something happened, and their squares' sum everywhere, both cheaply.

    Every candidate is a mixture of nine vectors; their values at the few cells that were hit and their inner products
    say all that a score needs.
    """

    def __init__(self, parts: Parts, even: Floats, hit: NDArray[np.int64]) -> None:
        self.names = [("here", h) for h in parts.here] + [("nearby", h) for h in parts.nearby] + [("even", 0.0)]
        full = [*parts.here.values(), *parts.nearby.values(), even]
        self.at_hit = [v[hit] for v in full]
        self.sums = [float(v.sum()) for v in full]
        # Not a matrix product: BLAS may add in another order on another number of threads.
        self.gram = np.zeros((len(full), len(full)))
        for i, j in itertools.combinations_with_replacement(range(len(full)), 2):
            self.gram[i, j] = self.gram[j, i] = float((full[i] * full[j]).sum())

    def probabilities(self, candidate: Candidate) -> tuple[Floats, float]:
        c = self._coefficients(candidate)
        p = sum(k * self.at_hit[i] for i, k in c)
        p_squared = sum(k * m * float(self.gram[i, j]) for i, k in c for j, m in c)
        return np.asarray(p), p_squared

    def _coefficients(self, candidate: Candidate) -> list[tuple[int, float]]:
        q, a, e = candidate.recent_share, candidate.nearby_share, candidate.anywhere_share
        memory = {candidate.half_life_months: 1 - q, RECENT_HALF_LIFE: q}
        level = sum(k * self.sums[self.names.index(("here", h))] for h, k in memory.items())
        out = [(self.names.index(("even", 0.0)), e)]
        for part, share in (("here", 1 - a - e), ("nearby", a)):
            out += [(self.names.index((part, h)), share * k / level) for h, k in memory.items() if share * k > 0]
        return out


def choose(rolling: Rolling, window: Window, months: int) -> tuple[Candidate, float, list[int]]:
    """Pick the candidate with the best log score over the last months before a target.

    Returns
    -------
    tuple
        The candidate; its overdispersion (variance beyond chance, per expected incident); the months scored. With
        fewer than six months to score, the default and none.
    """
    scored = [int(m) for m in window.months.tolist() if _history(window, int(m)) >= BURN_IN_MONTHS][-months:]
    if len(scored) < min(6, months):
        return DEFAULT, 0.25, []
    scores = [rolling.score(m, window) for m in scored]
    incidents = sum(s.incidents for s in scores)
    total = sum(s.incidents * s.log_score for s in scores)
    # Rounded before the best is picked, so that the last bit of a logarithm never decides.
    best = int(np.argmax(np.round(np.asarray(total) / incidents, 6)))
    excess = float(sum(s.excess[best] for s in scores)) / incidents
    return rolling.candidates[best], max(excess, 0.02), scored


def _history(window: Window, month: int) -> int:
    return int(np.searchsorted(window.months, month))
