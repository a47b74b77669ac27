"""The race: month by month, each contestant chooses from what was known before, all are judged by what came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from peelian.assess.contest import Field, PlaceMethod, Progress
from peelian.assess.contestants import Contestant
from peelian.core.counts import month_name
from peelian.core.errors import InvalidError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EVEN_SHARE = 0.02
"""Part of a baseline's probability that is spread evenly, so that a cell it rules out costs much, not everything."""

CEILINGS = {
    "hindsight": "hindsight rate (every other month alike: the best a rate that never changes could do)",
    "hindsight-two-sided": "hindsight, two-sided (the method itself, shown the months before and after)",
}


@dataclass(frozen=True)
class Track:
    """How one contestant did, origin by origin.

    Parameters
    ----------
    hits, area : ndarray of float, shape (budgets, origins)
        Incidents in the chosen cells; share of the study area they cover.
    log_score : ndarray of float, shape (origins,)
        Sum over incidents of the log of probability over an even spread; NaN for who gives only an order.
    """

    title: str
    hits: Floats
    area: Floats
    log_score: Floats


@dataclass
class RaceRecord:
    """Everything that the figures are computed from."""

    months: list[int]
    budgets: tuple[float, ...]
    incidents: Floats  # by origin
    tracks: dict[str, Track] = field(default_factory=dict)
    forecasts: list[Floats] = field(default_factory=list)  # the method's expected counts, by origin
    truths: list[Floats] = field(default_factory=list)
    bounds: list[dict[str, Floats]] = field(default_factory=list)  # intervals of the cells within the largest budget
    orders: list[Ints] = field(default_factory=list)
    chosen: list[dict[str, Any]] = field(default_factory=list)
    fitted: Any = None
    seconds: dict[str, list[float]] = field(default_factory=dict)  # by contestant, one an origin


def run_race(
    method: PlaceMethod,
    prepared: Any,
    contestants: Sequence[Contestant],
    months: Sequence[int],
    progress: Progress | None = None,
) -> RaceRecord:
    """Race a method against others over rolling origins.

    Parameters
    ----------
    method : PlaceMethod
        The method under assessment.
    prepared : object
        What ``method.prepare`` returned: settings, grid, counts.
    contestants : sequence of Contestant
        Others on the same grid.
    months : sequence of int
        Months to forecast, each from strictly earlier data.
    progress : callable, optional
        Told of every step.
    """
    settings = prepared.settings
    field_ = Field(prepared.grid, prepared.counts, settings.lag_months)
    _demand_months(field_, months)
    truths = [field_.counts.in_month(m) for m in months]
    record = RaceRecord(list(months), settings.budgets, np.array([t.sum() for t in truths]), truths=truths)
    names = [method.name, *CEILINGS, *(c.name for c in contestants)]
    boards = {name: _Board(len(settings.budgets), len(months)) for name in names}
    rolling = method.rolling(field_.grid, field_.counts, settings)
    for i, month in enumerate(months):
        _run_method(method, field_, settings, rolling, record, boards, i)
        for contestant in contestants:
            started = perf_counter()
            score = contestant.score(field_, month)
            boards[contestant.name].enter(field_, record, i, score, field_.order(score))
            _add_time(record, contestant.name, started)
        if progress:
            progress(i + 1, len(months), month_name(month))
    titles = {method.name: "the method", **CEILINGS, **{c.name: c.title for c in contestants}}
    for name, board in boards.items():
        ranks_only = name in ("oracle", "past-plans")
        log_score = np.full(len(months), np.nan) if ranks_only else board.log_score
        record.tracks[name] = Track(titles[name], board.hits, board.area, log_score)
    return record


def _run_method(
    method: PlaceMethod,
    field_: Field,
    settings: Any,
    rolling: Any,
    record: RaceRecord,
    boards: dict[str, _Board],
    i: int,
) -> None:
    """Enter the method and, with its setting, the two ceilings."""
    started = perf_counter()
    fitted = method.fit(field_.grid, field_.counts, record.months[i], settings, rolling)
    forecast = fitted.forecast()
    _add_time(record, method.name, started)
    boards[method.name].enter(field_, record, i, fitted.expected_, forecast.order, even_share=0.0)
    largest = field_.grid.within_budget(forecast.order, max(record.budgets))
    record.forecasts.append(fitted.expected_)
    record.orders.append(forecast.order[:largest])
    record.bounds.append(fitted.intervals(forecast.order[:largest]))
    record.chosen.append(fitted.candidate_.as_dict())
    record.fitted = fitted
    started = perf_counter()
    for name, two_sided in (("hindsight", False), ("hindsight-two-sided", True)):
        score = fitted.hindsight(two_sided=two_sided)
        boards[name].enter(field_, record, i, score, field_.order(score), even_share=0.0)
    _add_time(record, "hindsight", started)


class _Board:
    """A contestant's figures as they come in."""

    def __init__(self, n_budgets: int, n_origins: int) -> None:
        self.hits, self.area = np.zeros((n_budgets, n_origins)), np.zeros((n_budgets, n_origins))
        self.log_score = np.zeros(n_origins)

    def enter(
        self, field_: Field, record: RaceRecord, i: int, score: Floats, order: Ints, even_share: float = EVEN_SHARE
    ) -> None:
        """Judge one month's choice at every budget."""
        truth, share = record.truths[i], field_.grid.share
        for b, budget in enumerate(record.budgets):
            cells = order[: field_.grid.within_budget(order, budget)]
            self.hits[b, i] = truth[cells].sum()
            self.area[b, i] = share[cells].sum() / share.sum()
        hit = np.flatnonzero(truth)
        even = share / share.sum()
        p = (1 - even_share) * np.maximum(score, 0) / max(float(score.sum()), 1e-12) + even_share * even
        self.log_score[i] = float((truth[hit] * np.log(p[hit] / even[hit])).sum())


def _add_time(record: RaceRecord, name: str, started: float) -> None:
    record.seconds.setdefault(name, []).append(perf_counter() - started)


def _demand_months(field_: Field, months: Sequence[int]) -> None:
    have = set(field_.counts.months.tolist())
    missing = [m for m in months if m not in have]
    if not months or missing:
        raise months_missing(len(missing), month_name(missing[0]) if missing else "")


def months_missing(n: int = 0, first: str = "") -> InvalidError:
    """Return the error for months to test that hold nothing; ``n`` of them, or all."""
    return InvalidError(
        "months-missing",
        f"{n or 'Some'} of the months to test hold no incidents in the study area.",
        why="A month without data judges nothing; it is more often a failed delivery than a quiet month.",
        do="Choose test months that the loaded data covers.",
        facts={"first": first},
    )
