"""How many incidents in all: the level of next month, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from peelian.analyse.hotspots.choose import BURN_IN_MONTHS, Candidate, Rolling

Floats = NDArray[np.float64]

RECENT_MONTHS = 6


@dataclass(frozen=True)
class Level:
    """The factor that the weighted counts are multiplied with.

    Parameters
    ----------
    kind : str
        ``plain`` (no factor), ``recent`` (mean error of the last half year) or ``season`` (that, and the calendar
        month's own deviation in earlier years). The one with the smallest error on earlier months is taken, the
        simpler one when equal: seasonality has to earn its place.
    factor : float
        Multiplies every cell alike.
    variance : float
        Mean squared error of the logarithm of the level, on earlier months.
    months_judged : int
        Earlier months it was judged on.
    """

    kind: str
    factor: float
    variance: float
    months_judged: int


DEFAULT_VARIANCE = 0.01


def learn_level(rolling: Rolling, target: int, candidate: Candidate) -> Level:
    """Choose the factor for a month from how earlier months came out."""
    months, errors = _past_errors(rolling, target, candidate)
    judged = [i for i in range(len(months)) if i >= BURN_IN_MONTHS]
    if len(judged) < 6:
        return Level("plain", 1.0, DEFAULT_VARIANCE, len(judged))
    kinds = ("plain", "recent", "season") if len(judged) >= 12 else ("plain", "recent")
    lag = rolling.lag_months
    wrong = {}
    for kind in kinds:
        guesses = [_guess(kind, months, errors, int(months[i]), lag) for i in judged]
        wrong[kind] = round(float(np.mean((errors[judged] - np.array(guesses)) ** 2)), 6)
    best = min(kinds, key=lambda k: (wrong[k], kinds.index(k)))
    guess = _guess(best, months, errors, target, lag)
    return Level(best, round(float(np.exp(guess)), 6), max(wrong[best], 1e-4), len(judged))


def _past_errors(rolling: Rolling, target: int, candidate: Candidate) -> tuple[NDArray[np.int64], Floats]:
    """Return each past month's log of what was recorded over what the weights alone would have expected."""
    now = rolling.window(target)
    months, errors = [], []
    for month, total in zip(now.months.tolist(), now.totals.tolist(), strict=True):
        then = rolling.window(month)
        if len(then.months) >= BURN_IN_MONTHS:
            expected = then.level(candidate.half_life_months, candidate.recent_share)
            months.append(month)
            errors.append(float(np.log(total / expected)))
    return np.array(months, dtype=np.int64), np.array(errors)


def _guess(kind: str, months: NDArray[np.int64], errors: Floats, target: int, lag_months: int) -> float:
    """Guess a month's log error from the errors known before it."""
    known = months < target - lag_months
    if kind == "plain" or not known.any():
        return 0.0
    past, when = errors[known], months[known]
    if kind == "recent":
        return float(past[-RECENT_MONTHS:].mean())
    same = past[when % 12 == target % 12]
    year = float(past[-12:].mean())
    # Half of the way for one earlier year, two thirds for two: a month's habit is believed as it is repeated.
    return year + (float(same.mean()) - float(past.mean())) * len(same) / (len(same) + 1) if len(same) else year
