"""A frozen grid of square cells over a published study polygon, in projected metres.

The grid hangs on the reference system's origin, not on the polygon: a cell keeps its name when the polygon grows, and
two polygons that share a street share its cells. Cells at the edge count with the share of their area that lies
inside, so that a budget of "1 % of the area" means the same for every method.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from peelian.core.canonical import canonical_bytes, digest_bytes
from peelian.core.errors import InvalidError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CELLS_MAX = 4_000_000
"""More cells than this in the bounding box is a mistaken unit, not a study area."""

GAP_M = 2000.0
BLOCK_CELLS = 32


@dataclass(frozen=True)
class Grid:
    """Square cells over a polygon; made by :meth:`from_polygon`, never changed.

    Parameters
    ----------
    cell_m : float
        Side of a cell, metres, > 0.
    columns, rows : ndarray of int64, shape (n,)
        Place of each cell, counted in cells from the reference system's origin; ordered by row, then column.
    share : ndarray of float, shape (n,)
        Part of the cell's area inside the polygon, 0 < share <= 1, rounded to 6 digits.
    """

    cell_m: float
    columns: Ints = field(repr=False)
    rows: Ints = field(repr=False)
    share: Floats = field(repr=False)

    @classmethod
    def from_polygon(cls, polygon: shapely.Geometry, cell_m: float) -> Grid:
        """Lay cells over a polygon given in projected metres.

        Parameters
        ----------
        polygon : shapely Polygon or MultiPolygon
            The published study area, projected metres.
        cell_m : float
            Side of a cell, metres.

        Raises
        ------
        InvalidError
            ``polygon-invalid``, ``polygon-not-projected``, ``grid-mismatch``.
        """
        _check_polygon(polygon, cell_m)
        shapely.prepare(polygon)
        columns, rows = _cells_near(polygon, cell_m)
        share = _shares(polygon, columns, rows, cell_m)
        inside = share > 0
        return cls(cell_m, columns[inside], rows[inside], share[inside])

    def __len__(self) -> int:
        return len(self.share)

    @cached_property
    def area_m2(self) -> float:
        """Area of the study polygon as the cells have it, square metres."""
        return float(self.share.sum()) * self.cell_m**2

    @cached_property
    def ids(self) -> list[str]:
        """Names of the cells: side, column and row, e.g. ``c150-3535-1201``."""
        side = f"{self.cell_m:g}"
        return [f"c{side}-{c}-{r}" for c, r in zip(self.columns.tolist(), self.rows.tolist(), strict=True)]

    @cached_property
    def hash(self) -> str:
        """SHA-256 over cell side, places and shares: two grids with one hash are one grid."""
        # Little-endian 64-bit integers after a canonical heading: a million cells are hashed in milliseconds.
        arrays = (self.columns, self.rows, np.rint(self.share * 1e6))
        head = canonical_bytes({"cell_m": float(self.cell_m), "cells": len(self), "format": "columns rows millionths"})
        return digest_bytes(head + b"".join(np.asarray(a).astype("<i8").tobytes() for a in arrays))

    def cell_of(self, easting_m: Floats, northing_m: Floats) -> Ints:
        """Return each point's cell (its position in the grid), -1 outside. A point on an edge goes up and right."""
        column = _floor(easting_m, self.cell_m) - self._left
        row = _floor(northing_m, self.cell_m) - self._bottom
        height, width = self._shape
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        flat = np.where(inside, row * width + column, 0)
        return np.asarray(np.where(inside, self._look_up[flat], -1), dtype=np.int64)

    def corner(self, cells: Ints) -> tuple[Floats, Floats]:
        """Return easting and northing of the lower left corners, metres."""
        side = np.float64(self.cell_m)
        return np.asarray(self.columns[cells] * side), np.asarray(self.rows[cells] * side)

    def to_raster(self, values: Floats) -> Floats:
        """Lay a value a cell out on a raster for blurring, 0 outside the polygon.

        Wide empty bands of rows and columns are cut down to :data:`GAP_M`, more than any blur here reaches, so that
        an area of scattered parts costs what its parts cost.
        """
        height, width = self._raster_shape
        raster = np.zeros(height * width)
        raster[self._raster_position] = values
        return raster.reshape(height, width)

    def from_raster(self, raster: Floats) -> Floats:
        """Take each cell's value back from a raster of :meth:`to_raster`."""
        return raster.ravel()[self._raster_position]

    def within_budget(self, order: Ints, budget: float) -> int:
        """Say how many cells, taken in this order, fit into a share of the area.

        Parameters
        ----------
        order : ndarray of int64
            Cells, best first.
        budget : float
            Share of the study area, 0 < budget <= 1. The first cell that would go over it ends the list.
        """
        taken = np.cumsum(self.share[order])
        return int(np.searchsorted(taken, budget * float(self.share.sum()) + 1e-9, side="right"))

    @cached_property
    def _raster_shape(self) -> tuple[int, int]:
        return int(self._raster_rows.max()) + 1, int(self._raster_columns.max()) + 1

    @cached_property
    def _raster_position(self) -> Ints:
        return self._raster_rows * self._raster_shape[1] + self._raster_columns

    @cached_property
    def _raster_rows(self) -> Ints:
        return _compact(self.rows, int(np.ceil(GAP_M / self.cell_m)) + 1)

    @cached_property
    def _raster_columns(self) -> Ints:
        return _compact(self.columns, int(np.ceil(GAP_M / self.cell_m)) + 1)

    @cached_property
    def _shape(self) -> tuple[int, int]:
        """Height and width of the bounding box, in cells."""
        return int(self.rows.max()) - self._bottom + 1, int(self.columns.max()) - self._left + 1

    @cached_property
    def _left(self) -> int:
        return int(self.columns.min())

    @cached_property
    def _bottom(self) -> int:
        return int(self.rows.min())

    @cached_property
    def _look_up(self) -> Ints:
        height, width = self._shape
        table = np.full(height * width, -1, dtype=np.int64)
        table[(self.rows - self._bottom) * width + self.columns - self._left] = np.arange(len(self))
        return table


def polygon_from_geojson(geometry: Mapping[str, object]) -> shapely.Geometry:
    """Read a GeoJSON geometry (Polygon or MultiPolygon, projected metres).

    Raises
    ------
    InvalidError
        ``polygon-invalid`` when it is neither, or cannot be read.
    """
    try:
        coordinates = geometry["coordinates"]
        if geometry["type"] == "Polygon":
            return shapely.Polygon(coordinates[0], coordinates[1:])  # type: ignore[index]
        if geometry["type"] == "MultiPolygon":
            return shapely.MultiPolygon([(p[0], p[1:]) for p in coordinates])  # type: ignore[attr-defined]
    except (KeyError, TypeError, ValueError, IndexError, shapely.errors.ShapelyError) as error:
        raise _invalid_polygon(f"It cannot be read ({type(error).__name__}).") from error
    raise _invalid_polygon("It is neither a Polygon nor a MultiPolygon.")


def geojson_from_polygon(polygon: shapely.Geometry) -> dict[str, object]:
    """Write a polygon as a GeoJSON geometry, coordinates to the centimetre."""

    def ring(line: shapely.Geometry) -> list[list[float]]:
        return [[round(x, 2), round(y, 2)] for x, y in shapely.get_coordinates(line).tolist()]

    parts = [[ring(p.exterior), *(ring(hole) for hole in p.interiors)] for p in shapely.get_parts(polygon)]
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def _check_polygon(polygon: shapely.Geometry, cell_m: float) -> None:
    if polygon.geom_type not in ("Polygon", "MultiPolygon") or polygon.is_empty or not polygon.is_valid:
        raise _invalid_polygon(f"It is {polygon.geom_type}, empty or crosses itself.")
    left, bottom, right, top = polygon.bounds
    if max(abs(left), abs(right)) <= 360 and max(abs(bottom), abs(top)) <= 360:
        raise InvalidError(
            "polygon-not-projected",
            "The study polygon looks like degrees of longitude and latitude.",
            why="Areas and distances need metres; a share of the area in degrees means nothing.",
            do="Project it, e.g. to EPSG:27700, the deployment's reference system.",
        )
    boxes = ((right - left) / cell_m + 2) * ((top - bottom) / cell_m + 2) if cell_m > 0 else np.inf
    if boxes > CELLS_MAX or polygon.area < 100 * cell_m**2:
        raise InvalidError(
            "grid-mismatch",
            f"Cells of {cell_m:g} m do not suit the study polygon of {polygon.area / 1e6:.3g} square kilometres.",
            why=f"A grid has at least 100 cells and at most {CELLS_MAX:,} in its bounding box.",
            do="Choose a larger or smaller cell, or check the polygon's units.",
        )


def _invalid_polygon(why: str) -> InvalidError:
    return InvalidError(
        "polygon-invalid",
        "The study polygon cannot be used.",
        why=why,
        do="Publish a valid Polygon or MultiPolygon in projected metres.",
    )


def _cells_near(polygon: shapely.Geometry, cell_m: float) -> tuple[Ints, Ints]:
    """Return columns and rows of the cells in blocks that the polygon touches, by row, then column."""
    side = BLOCK_CELLS * cell_m
    left, bottom, right, top = (int(np.floor(v / side)) for v in polygon.bounds)
    down, across = (a.ravel() for a in np.mgrid[bottom : top + 1, left : right + 1])
    blocks = shapely.box(across * side, down * side, (across + 1) * side, (down + 1) * side)
    touched = shapely.intersects(polygon, blocks)
    up, over = (a.ravel() for a in np.mgrid[:BLOCK_CELLS, :BLOCK_CELLS])
    rows = down[touched][:, None] * BLOCK_CELLS + up
    columns = across[touched][:, None] * BLOCK_CELLS + over
    order = np.lexsort((columns.ravel(), rows.ravel()))
    return columns.ravel()[order].astype(np.int64), rows.ravel()[order].astype(np.int64)


def _shares(polygon: shapely.Geometry, columns: Ints, rows: Ints, cell_m: float) -> Floats:
    """Measure how much of each cell lies inside; only the cells on the boundary are cut."""
    boxes = shapely.box(columns * cell_m, rows * cell_m, (columns + 1) * cell_m, (rows + 1) * cell_m)
    share = np.zeros(len(boxes))
    touching = np.flatnonzero(shapely.intersects(polygon, boxes))
    whole = shapely.covers(polygon, boxes[touching])
    share[touching[whole]] = 1.0
    cut = touching[~whole]
    share[cut] = shapely.area(shapely.intersection(polygon, boxes[cut])) / cell_m**2
    return np.round(share, 6)


def _compact(places: Ints, gap: int) -> Ints:
    """Return rows or columns numbered anew from 0, runs of empty ones cut down to ``gap``."""
    used = np.unique(places)
    steps = np.minimum(np.diff(used), gap)
    return np.concatenate([[0], np.cumsum(steps)])[np.searchsorted(used, places)].astype(np.int64)


def _floor(metres: Floats, cell_m: float) -> Ints:
    cells = np.floor(np.asarray(metres, dtype=np.float64) / cell_m)
    return np.asarray(np.nan_to_num(cells, nan=-(2.0**40)), dtype=np.int64)
