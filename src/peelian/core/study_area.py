"""Derive a study area from earlier points where no published polygon is at hand."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from peelian.core.errors import InvalidError

Floats = NDArray[np.float64]

BLOCK_M = 500.0
POINTS_MIN = 3
REACH_M = 1000.0
HOLE_MAX_M2 = 25e6
NEIGHBOUR_M = 10_000.0
CLUSTER_SHARE_MIN = 0.05


def derive_study_area(easting_m: Floats, northing_m: Floats) -> shapely.Geometry:
    """Outline where incidents were recorded before the test begins.

    Blocks of 500 m with three incidents or more are widened by 1 km and narrowed by half of that; small holes are
    filled. Parts within 10 km of each other belong together, and what holds less than a twentieth of the area falls
    away: archives hold a few points hundreds of kilometres out. Give it training points only: an area drawn
    with the test's points would know where they fell.

    Parameters
    ----------
    easting_m, northing_m : ndarray of float, shape (n,)
        Points, projected metres; missing ones are left out.

    Returns
    -------
    shapely Polygon or MultiPolygon
        Coordinates to the metre.

    Raises
    ------
    InvalidError
        ``points-too-few`` when no block holds three incidents.

    Notes
    -----
    A derived area leaves out empty land, so that 1 % of it is a smaller and better placed area than 1 % of a whole
    force: indices from derived and published areas do not compare.
    """
    good = np.isfinite(easting_m) & np.isfinite(northing_m)
    blocks = np.floor(np.stack([easting_m[good], northing_m[good]], axis=1) / BLOCK_M).astype(np.int64)
    places, counts = np.unique(blocks, axis=0, return_counts=True)
    corners = places[counts >= POINTS_MIN] * BLOCK_M
    if not len(corners):
        raise InvalidError(
            "points-too-few",
            "No study area can be derived from so few points.",
            why=f"No block of {BLOCK_M:g} m holds {POINTS_MIN} incidents.",
            do="Publish a study polygon instead.",
        )
    boxes = shapely.box(corners[:, 0], corners[:, 1], corners[:, 0] + BLOCK_M, corners[:, 1] + BLOCK_M)
    grown = shapely.union_all(boxes).buffer(REACH_M, quad_segs=4).buffer(-REACH_M / 2, quad_segs=4)
    parts = [_without_small_holes(p) for p in shapely.get_parts(_without_strays(grown))]
    outline = shapely.set_precision(shapely.union_all(parts).simplify(50), 1.0)
    assert outline.is_valid, "a derived area is a valid polygon"
    return outline


def _without_strays(area: shapely.Geometry) -> shapely.Geometry:
    clusters = shapely.get_parts(area.buffer(NEIGHBOUR_M / 2, quad_segs=4))
    within = [area.intersection(c) for c in clusters]
    return shapely.union_all([part for part in within if part.area >= CLUSTER_SHARE_MIN * area.area])


def _without_small_holes(part: shapely.Geometry) -> shapely.Geometry:
    return shapely.Polygon(part.exterior, [h for h in part.interiors if shapely.Polygon(h).area > HOLE_MAX_M2])
