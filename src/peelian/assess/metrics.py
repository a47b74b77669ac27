"""Hit rate, PAI, PEI, share of the hindsight rate, log score, calibration: each with its interval.

hit rate
    incidents in the chosen cells / all incidents.
PAI (prediction accuracy index; Chainey, Tompson and Uhlig 2008)
    hit rate / share of the area chosen.
PEI (prediction efficiency index; Hunt 2016)
    PAI / the PAI of the oracle at the same budget.
share of hindsight
    hit rate / hit rate of the hindsight rate: how much of what a rate that never changes could do was done.
log score
    mean over incidents of log(probability of the place / probability under an even spread), nats.

Intervals are percentiles of a circular block bootstrap over origins, the same samples for every contestant.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from peelian.assess.race import RaceRecord, Track
from peelian.core.stats import Estimate, paired_estimate, poisson_interval

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVEL = 0.95


def score_methods(record: RaceRecord, samples: Ints) -> dict[str, Any]:
    """Compute every contestant's figures at every budget.

    Returns
    -------
    dict
        ``{name: {"title", "log_score", "budgets": {"0.01": {"hit_rate", "pai", "pei", "share_of_hindsight", ...}}}}``;
        each figure is ``{"value", "low", "high"}``.
    """
    return {name: _score_one(record, track, samples) for name, track in record.tracks.items()}


def _score_one(record: RaceRecord, track: Track, samples: Ints) -> dict[str, Any]:
    budgets = {f"{b:g}": _at_budget(record, track, i, samples) for i, b in enumerate(record.budgets)}
    log_score = None
    if np.isfinite(track.log_score).all():
        log_score = _ratio(track.log_score, record.incidents, samples).as_dict()
    return {"title": track.title, "log_score": log_score, "budgets": budgets}


def _at_budget(record: RaceRecord, track: Track, b: int, samples: Ints) -> dict[str, Any]:
    oracle, hindsight, harder = (record.tracks[n] for n in ("oracle", "hindsight", "hindsight-two-sided"))
    n = len(record.months)

    def pai(of: Track) -> Any:
        return lambda at: _safe(of.hits[b][at].sum(1), record.incidents[at].sum(1) * of.area[b][at].mean(1))

    def pei(at: Ints) -> Floats:
        return _safe(pai(track)(at), pai(oracle)(at))

    return {
        "hit_rate": _ratio(track.hits[b], record.incidents, samples).as_dict(),
        "pai": paired_estimate(pai(track), n, samples, LEVEL).as_dict(2),
        "pei": paired_estimate(pei, n, samples, LEVEL).as_dict(),
        "share_of_hindsight": _ratio(track.hits[b], hindsight.hits[b], samples).as_dict(),
        "share_of_hindsight_two_sided": _ratio(track.hits[b], harder.hits[b], samples).as_dict(),
        "area": round(float(track.area[b].mean()), 6),
        "hits": round(float(track.hits[b].sum()), 3),
    }


CLEAR_FROM_MONTHS = 4


def _ratio(top: Floats, bottom: Floats, samples: Ints) -> Estimate:
    return paired_estimate(lambda at: _safe(top[at].sum(1), bottom[at].sum(1)), len(top), samples, LEVEL)


def _safe(top: Floats, bottom: Floats) -> Floats:
    return np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0)


def compare(record: RaceRecord, name: str, against: str, samples: Ints) -> list[dict[str, Any]]:
    """Take one contestant's hit rate from another's, in the same bootstrap samples.

    ``clear`` says that the interval leaves out zero at a level divided by the number of budgets (Bonferroni). Nothing
    is clear from fewer than :data:`CLEAR_FROM_MONTHS` months, whose bootstrap has next to nothing to draw from.
    """
    ours, theirs = record.tracks[name], record.tracks[against]
    rows = []
    for b, budget in enumerate(record.budgets):
        gap = ours.hits[b] - theirs.hits[b]

        def difference(at: Ints, gap: Floats = gap) -> Floats:
            return _safe(gap[at].sum(1), record.incidents[at].sum(1))

        strict = paired_estimate(difference, len(gap), samples, 1 - (1 - LEVEL) / len(record.budgets))
        estimate = paired_estimate(difference, len(gap), samples, LEVEL)
        clear = bool(len(gap) >= CLEAR_FROM_MONTHS and (strict.low > 0 or strict.high < 0))
        rows.append({"method": name, "against": against, "budget": budget, **estimate.as_dict(), "clear": clear})
    return rows


def calibrate(record: RaceRecord) -> dict[str, Any]:
    """Set what was expected beside what came, in ten groups of cells that were each expected to hold a tenth.

    Returns
    -------
    dict
        ``deciles`` (expected, observed, its Poisson interval, their ratio), ``total``, and ``coverage``: how often the
        published interval of a cell's count held, beside what it promises.
    """
    expected, observed, cells = np.zeros(10), np.zeros(10), np.zeros(10, dtype=np.int64)
    for forecast, truth in zip(record.forecasts, record.truths, strict=True):
        group = _tenths(forecast)
        expected += np.bincount(group, weights=forecast, minlength=10)
        observed += np.bincount(group, weights=truth, minlength=10)
        cells += np.bincount(group, minlength=10)
    deciles = [
        {"decile": i + 1, "cells": int(cells[i]), **_expected_observed(float(expected[i]), float(observed[i]))}
        for i in range(10)
    ]
    total = _expected_observed(float(expected.sum()), float(observed.sum()))
    return {"deciles": deciles, "total": total, "coverage": _coverage(record)}


def _tenths(forecast: Floats) -> Ints:
    """Group cells, lowest expected first, so that each group is expected to hold a tenth of the incidents."""
    order = np.argsort(forecast, kind="stable")
    upto = np.cumsum(forecast[order])
    group = np.empty(len(forecast), dtype=np.int64)
    group[order] = np.minimum((upto / upto[-1] * 10 * (1 - 1e-12)).astype(np.int64), 9)
    return group


def _expected_observed(expected: float, observed: float) -> dict[str, float]:
    low, high = poisson_interval(observed, LEVEL)
    return {
        "expected": round(expected, 1),
        "observed": round(observed, 1),
        "observed_low": round(low, 1),
        "observed_high": round(high, 1),
        "ratio": round(observed / expected, 4) if expected else 0.0,
    }


def _coverage(record: RaceRecord) -> dict[str, float]:
    """Count how often a chosen cell's published interval of its count held."""
    held = total = 0.0
    for order, bounds, truth in zip(record.orders, record.bounds, record.truths, strict=True):
        count = truth[order]
        held += float(((count >= bounds["count_low"]) & (count <= bounds["count_high"])).sum())
        total += len(order)
    return {"cells": round(total), "held": round(held / total, 4) if total else 0.0, "promised": record.fitted.interval}
