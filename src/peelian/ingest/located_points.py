"""Coordinates of a file's rows: projected, and doubted where the contract says so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from peelian.ingest.projection import far_points, inside_box
from peelian.ingest.shape import Context, Sieve
from peelian.ingest.shaping import parse_numbers


@dataclass(frozen=True)
class LocatedPoints:
    """Where the rows of one file lie.

    Parameters
    ----------
    easting_m, northing_m : pyarrow.Array of float
        Null where there is no believable point.
    x_key, y_key : pyarrow.Array of int
        The stated coordinates in millionths, for natural keys: they stay when a point is not believed.
    quirks : dict of str to ndarray of bool
    """

    easting_m: pa.Array
    northing_m: pa.Array
    x_key: pa.Array
    y_key: pa.Array
    quirks: dict[str, np.ndarray]


def locate_points(
    x_column: pa.ChunkedArray, y_column: pa.ChunkedArray, sieve: Sieve, context: Context, names: tuple[str, str]
) -> LocatedPoints:
    """Project coordinates and take away points that cannot be true; such rows are kept without a point.

    A row is turned away only when a coordinate is not a number at all: then its columns are probably shifted.
    """
    x, x_bad = parse_numbers(x_column)
    y, y_bad = parse_numbers(y_column)
    sieve.reject(x_bad, "not-a-number", names[0])
    sieve.reject(y_bad, "not-a-number", names[1])
    half = np.isfinite(x) ^ np.isfinite(y)
    none = ~np.isfinite(x) & ~np.isfinite(y)
    x_full, y_full = (np.where(half, np.nan, v) for v in (x, y))
    east, north, outside = _believe(x_full, y_full, context)
    far = far_points(east, north, context.contract.points)
    gone = outside | far | ~np.isfinite(east)
    return LocatedPoints(
        easting_m=pa.array(east, mask=gone),
        northing_m=pa.array(north, mask=gone),
        x_key=_millionths(x),
        y_key=_millionths(y),
        quirks={"no-point": none, "half-point": half, "point-outside": outside, "point-far": far},
    )


def _believe(x: np.ndarray, y: np.ndarray, context: Context) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Project the points that lie in the contract's box and the caller's bounds; say which do not."""
    stated = np.isfinite(x)
    if context.projector.from_degrees:
        believable = inside_box(x, y, context.contract.points)
        x, y = (np.where(believable, v, np.nan) for v in (x, y))
    east, north = context.projector.project(x, y)
    if context.options.bounds_m:
        e_min, n_min, e_max, n_max = context.options.bounds_m
        within = (east >= e_min) & (east <= e_max) & (north >= n_min) & (north <= n_max)
        east, north = (np.where(within, v, np.nan) for v in (east, north))
    return east, north, stated & ~np.isfinite(east)


def _millionths(values: np.ndarray) -> pa.Array:
    known = np.isfinite(values) & (np.abs(values) < 1e12)
    return pa.array(np.round(np.where(known, values, 0) * 1e6).astype(np.int64), mask=~known)
