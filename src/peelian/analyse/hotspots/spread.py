"""Lend each place a little of its neighbours' record, without losing any at the edge."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from peelian.core.grid import Grid

Floats = NDArray[np.float64]

REACH_M = 300.0
"""Standard deviation of the spread, metres. Chosen on 2017 and 2018 (200 to 400 m differ in the fourth digit)."""


class Spread:
    """Share counts out among the places nearby that have a record of their own.

    Every incident's weight goes to cells around it in proportion to a Gaussian of the distance, the cell's area inside
    the polygon, and whether anything was ever recorded there. The last matters where a publisher snaps points to a
    list of places: most cells then cannot hold a point at all, and lending to them is waste. What is shared out adds
    up to what was there, at the edge too.

    Parameters
    ----------
    grid : Grid
        The frozen grid.
    recorded : ndarray of bool, shape (n,)
        Cells in which anything was recorded before.
    """

    def __init__(self, grid: Grid, recorded: NDArray[np.bool_]) -> None:
        self.grid = grid
        self.sigma_cells = max(REACH_M / grid.cell_m, 1.0)
        self.capacity = grid.share * recorded
        self.reachable = np.maximum(self._blur(self.capacity), 1e-12)

    def __call__(self, values: Floats) -> Floats:
        """Spread one value a cell; the total stays the same."""
        return self.capacity * self._blur(values / self.reachable)

    def _blur(self, values: Floats) -> Floats:
        raster = self.grid.to_raster(values)
        return self.grid.from_raster(ndimage.gaussian_filter(raster, self.sigma_cells, mode="constant", truncate=3.0))
