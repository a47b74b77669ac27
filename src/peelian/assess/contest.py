"""What the race knows of a method: words that a method of places answers to, whatever is inside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from peelian.core.counts import Counts
from peelian.core.grid import Grid

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Progress = Callable[[int, int, str], None]
"""Called with steps done, steps in all, and what is being done."""


class PlaceMethod(Protocol):
    """A method whose target is a place; ``analyse.hotspots.HOTSPOTS`` is one. The caller brings it.

    What is fitted has ``expected_`` (by cell), ``candidate_``, ``interval``, ``forecast()`` (with ``order`` and
    ``expected``), ``hindsight(two_sided=...)`` and ``intervals(cells)``.
    """

    @property
    def name(self) -> str:
        """Return the method's name."""

    def prepare(self, tables: Mapping[str, pa.Table], parameters: Mapping[str, Any]) -> Any:
        """Check the parameters, lay the grid, count; refuse what the rules do not allow."""

    def rolling(self, grid: Grid, counts: Counts, settings: Any) -> Any:
        """Return what origins may share without changing a result."""

    def fit(self, grid: Grid, counts: Counts, target: int, settings: Any, rolling: Any = None) -> Any:
        """Learn from everything known before a month."""

    def fit_like(self, fitted: Any, grid: Grid, counts: Counts, target: int) -> Any:
        """Fit the same setting to another place."""


@dataclass(frozen=True)
class Field:
    """What every contestant sees: the same grid, the same counts, the same delay."""

    grid: Grid
    counts: Counts
    lag_months: int

    def recent(self, target: int, n_months: int) -> Floats:
        """Return what was known before a month of the last months that could be known, by cell."""
        rows = self.counts.usable(target, self.lag_months)
        end = target - self.lag_months
        weights = np.zeros(max(end - int(self.counts.months[0]), 1))
        weights[max(0, len(weights) - n_months) :] = 1.0
        return self.counts.summed(rows, weights, int(self.counts.months[0]))

    def order(self, score: Floats) -> Ints:
        """Rank the cells, highest score first after rounding, ties by cell."""
        return np.argsort(-np.round(score, 9), kind="stable")
