"""Points that lie where none are expected: most often the reference system was named wrongly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyproj
import shapely
import shapely.geometry

from peelian.core.errors import Warned

GRID = 27700
"""The British National Grid: where points are kept in it, they are in the United Kingdom."""

COUNTRY = (-8.7, 49.8, 1.9, 60.9)
"""Longitude and latitude of the corners of the United Kingdom, from Scilly and Fermanagh to Shetland and Lowestoft.

The grid's own origin, where degrees taken for metres end up, lies outside, at 7.6 west and 49.77 north."""

_NOT_HERE = "Points lie outside the United Kingdom; when it is most of them, the reference system (epsg) is another."
_NOT_IN_AREA = "Points lie in none of the charter's areas; when it is most of them, check the reference system (epsg)."


def misplaced(tables: Mapping[str, pa.Table], epsg: int, areas: Sequence[Mapping[str, Any]]) -> list[Warned]:
    """Count points outside the country, and outside the study areas.

    Parameters
    ----------
    tables : mapping of str to pyarrow.Table
        Shaped rows; those with ``easting_m`` and ``northing_m`` count.
    epsg : int
        The projected reference system that they are in.
    areas : sequence of mapping
        GeoJSON in degrees; none means that nobody asked.
    """
    lon, lat = _degrees(tables, epsg)
    west, south, east, north = COUNTRY
    abroad = ~((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)) & (epsg == GRID)
    outside = ~shapely.contains_xy(_joined(areas), lon, lat) & ~abroad if areas else np.zeros(len(lon), bool)
    found = (("point-abroad", _NOT_HERE, abroad), ("point-outside-areas", _NOT_IN_AREA, outside))
    return [Warned(code, what, int(rows.sum())) for code, what, rows in found if rows.any()]


def _degrees(tables: Mapping[str, pa.Table], epsg: int) -> tuple[np.ndarray, np.ndarray]:
    parts = [t for t in tables.values() if {"easting_m", "northing_m"} <= set(t.column_names)]
    east, north = (
        np.concatenate([np.empty(0), *(t[name].to_numpy(zero_copy_only=False).astype(float) for t in parts)])
        for name in ("easting_m", "northing_m")
    )
    known = np.isfinite(east) & np.isfinite(north)
    lon, lat = pyproj.Transformer.from_crs(epsg, 4326, always_xy=True).transform(east[known], north[known])
    return np.asarray(lon), np.asarray(lat)


def _joined(areas: Sequence[Mapping[str, Any]]) -> shapely.Geometry:
    features = [f for area in areas for f in area.get("features", [area])]
    whole = shapely.union_all([shapely.geometry.shape(f.get("geometry", f)) for f in features])
    shapely.prepare(whole)
    return whole
