"""Those the method is raced against: present practice, simple baselines, a black box, and two ceilings."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import ndimage

from peelian.assess.contest import Field
from peelian.core.errors import MissingError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Contestant(Protocol):
    """Scores every cell for a month from what was known before it."""

    @property
    def name(self) -> str:
        """Return the short name that results are filed under."""

    @property
    def title(self) -> str:
        """Return what a reader is told it is."""

    def score(self, field: Field, target: int) -> Floats:
        """Return a score by cell; higher is chosen first."""


@dataclass(frozen=True)
class LastYear:
    """Count the last twelve months: the stand-in for present practice until the force loads its own plans."""

    name: str = "last-year"
    title: str = "last year's count (a stand-in for present practice)"

    def score(self, field: Field, target: int) -> Floats:
        """Return each cell's incidents of the last twelve months that were known."""
        return field.recent(target, 12)


@dataclass(frozen=True)
class KernelDensity:
    """Smooth the last twelve months with a Gaussian kernel of 250 m, the common practice of analysts."""

    name: str = "kde"
    title: str = "kernel density, 250 m"
    bandwidth_m: float = 250.0

    def score(self, field: Field, target: int) -> Floats:
        """Return the kernel density at each cell."""
        raster = field.grid.to_raster(field.recent(target, 12))
        blurred = ndimage.gaussian_filter(raster, self.bandwidth_m / field.grid.cell_m, mode="constant", truncate=4.0)
        return field.grid.from_raster(blurred)


@dataclass(frozen=True)
class ProMap:
    """Add up incidents of the last two months within 400 m, nearer and later ones counting more.

    References
    ----------
    Bowers, Johnson and Pease (2004), Prospective hot-spotting: the future of crime mapping?, Brit. J. Criminology 44.
    """

    name: str = "promap"
    title: str = "ProMap, 400 m and two months"
    radius_m: float = 400.0
    n_months: int = 2

    def score(self, field: Field, target: int) -> Floats:
        """Return each cell's sum of 1 / (1 + half-cells away) x 1 / (1 + weeks ago)."""
        latest = sum(self._aged(field, target, age) for age in range(self.n_months))
        raster = field.grid.to_raster(np.asarray(latest))
        spread = ndimage.convolve(raster, self._kernel(field.grid.cell_m), mode="constant")
        return field.grid.from_raster(spread)

    def _aged(self, field: Field, target: int, age: int) -> Floats:
        counts = field.recent(target, age + 1) - (field.recent(target, age) if age else 0.0)
        weeks = (age + 0.5) * 365.25 / 12 / 7  # only the month is known: its middle stands for it
        return counts / (1 + weeks)

    def _kernel(self, cell_m: float) -> Floats:
        reach = int(self.radius_m // cell_m)
        step = np.arange(-reach, reach + 1) * cell_m
        distance_m = np.hypot(step[:, None], step[None, :])
        return np.where(distance_m <= self.radius_m, 1 / (1 + distance_m / (cell_m / 2)), 0.0)


@dataclass(frozen=True)
class PastPlans:
    """The force's own past plans: present practice itself.

    Cells that no plan named follow in the order of last year's count, so that every budget can be compared. A month
    without a plan takes the latest one before it.

    Parameters
    ----------
    table : pyarrow.Table
        ``plan`` with ``month rank easting_m northing_m``.
    """

    table: pa.Table
    name: str = "past-plans"
    title: str = "the force's own past plans (present practice)"

    def score(self, field: Field, target: int) -> Floats:
        """Return a score by rank in the plan of the month, or the latest before it."""
        stand_in = LastYear().score(field, target)
        score = stand_in / (2 * max(float(stand_in.max()), 1.0))
        cells, ranks = self._plan(field, target)
        order = np.argsort(-ranks, kind="stable")  # best rank is written last and stays
        score[cells[order]] = 1 + 1 / np.maximum(ranks[order], 1)
        return score

    def _plan(self, field: Field, target: int) -> tuple[Ints, Floats]:
        month = self.table["month"].to_numpy()
        before = month[month <= target]
        now = month == (before.max() if len(before) else -1)
        east, north = (self.table[c].to_numpy()[now] for c in ("easting_m", "northing_m"))
        cells, ranks = field.grid.cell_of(east, north), self.table["rank"].to_numpy()[now].astype(np.float64)
        return cells[cells >= 0], ranks[cells >= 0]

    def months_without(self, months: list[int]) -> int:
        """Count months of the test that have no plan of their own."""
        return len(set(months) - set(self.table["month"].to_pylist()))


@dataclass(frozen=True)
class Oracle:
    """Know the month itself: the best any choice of cells could have done."""

    name: str = "oracle"
    title: str = "oracle (knows the month: the most that any choice could reach)"

    def score(self, field: Field, target: int) -> Floats:
        """Return what happened."""
        return field.counts.in_month(target)


@dataclass
class GradientBoosting:
    """A black-box challenger: gradient boosted trees on counts of many spans, here and nearby.

    What it gains over the glass box is the price of transparency. It is trained on months strictly before its origin
    and trained anew every six origins. Never deployed: red line 10.
    """

    name: str = "gradient-boosting"
    title: str = "gradient boosting (black-box challenger, not deployable)"
    train_months: int = 12
    refit_every: int = 6
    _model: Any = field(default=None, repr=False)
    _fitted_for: int = 0

    def score(self, field: Field, target: int) -> Floats:
        """Return predicted counts."""
        if self._model is None or not 0 <= target - self._fitted_for < self.refit_every:
            self._model, self._fitted_for = self._fit(field, target), target
        live = np.flatnonzero(field.recent(target, 10_000) > 0)
        score = np.zeros(len(field.grid))
        with one_thread():
            score[live] = self._model.predict(_features(field, target)[live])
        return np.round(score, 6)

    def _fit(self, field: Field, target: int) -> Any:
        trees = load_trees()
        rows, truths = [], []
        last = target - field.lag_months
        for month in range(last - self.train_months, last):
            live = field.recent(month, 10_000) > 0
            rows.append(_features(field, month)[live])
            truths.append(field.counts.in_month(month, known_before=target)[live])
        model = trees(
            loss="poisson",
            max_iter=120,
            learning_rate=0.08,
            min_samples_leaf=200,
            l2_regularization=1.0,
            early_stopping=False,
            random_state=0,
        )
        with one_thread():
            return model.fit(np.concatenate(rows), np.concatenate(truths))


SPANS = (1, 2, 3, 6, 12, 24, 36, 10_000)


def _features(field: Field, target: int) -> NDArray[np.float32]:
    """Return counts of several spans, here and smoothed, and the calendar month."""
    columns = []
    for span in SPANS:
        here = field.recent(target, span)
        near = ndimage.gaussian_filter(field.grid.to_raster(here), 300 / field.grid.cell_m, mode="constant")
        columns += [here, field.grid.from_raster(near)]
    season = np.full(len(field.grid), float(target % 12))
    return np.stack([*columns, field.grid.share, season], axis=1).astype(np.float32)


def load_trees() -> Callable[..., Any]:
    """Return scikit-learn's booster.

    Raises
    ------
    MissingError
        ``challenger-not-installed`` where the extra ``challenger`` is absent.
    """
    try:
        from sklearn.ensemble import HistGradientBoostingRegressor
    except ImportError as error:
        raise MissingError(
            "challenger-not-installed",
            "The black-box challenger needs scikit-learn, which is not installed here.",
            why="Without it the price of transparency cannot be measured.",
            do="Install the extra: pip install 'peelian[challenger]', or assess with challenger off.",
        ) from error
    return HistGradientBoostingRegressor


def one_thread() -> AbstractContextManager[object]:
    """Return a context in which the booster runs on one thread.

    Its sums then have one order; and on a busy machine its threads do not wait for each other by spinning, which
    made two of them over ten times slower than one.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

    return threadpool_limits(1)
