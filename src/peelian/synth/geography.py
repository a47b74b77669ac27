"""The made-up town on a map: its streets as lines, its parks as shapes. Geography and no record of anything."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyproj
import shapely

from peelian.synth.ground import EPSG, Floats, Ground, park_shapes

_DEGREE_DIGITS = 6
"""A tenth of a metre: finer than any line on a map is drawn."""


def street_lines(ground: Ground) -> dict[str, list[shapely.LineString]]:
    """Return each street as a line between its outermost houses, metres; several when a name is used twice."""
    lines: dict[str, list[shapely.LineString]] = {}
    order = np.argsort(ground.house_street, kind="stable")
    for houses in np.split(order, np.flatnonzero(np.diff(ground.house_street[order])) + 1):
        name = ground.street_name[int(ground.house_street[houses[0]])]
        lines.setdefault(name, []).append(_line_through(ground.house_m[houses]))
    return lines


def _line_through(at: Floats) -> shapely.LineString:
    """Return the line along which points lie: their first principal axis, as far as they reach."""
    middle = at.mean(axis=0)
    axis = np.linalg.svd(at - middle, full_matrices=False)[2][0] if len(at) > 1 else np.array([1.0, 0.0])
    reach = (at - middle) @ axis
    return shapely.LineString([middle + axis * (reach.min() - 7.0), middle + axis * (reach.max() + 7.0)])


def streets_text(ground: Ground) -> str:
    """Write the streets as GeoJSON (RFC 7946), each with its name."""
    shapes = ((name, line) for name, lines in sorted(street_lines(ground).items()) for line in lines)
    return _collection(shapes)


def parks_text() -> str:
    """Write the parks as GeoJSON (RFC 7946)."""
    return _collection(park_shapes())


def _collection(shapes: Iterable[tuple[str, Any]]) -> str:
    """Write shapes in metres as features in degrees."""
    to_degrees = pyproj.Transformer.from_crs(EPSG, 4326, always_xy=True)
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": _in_degrees(shape, to_degrees)}
        for name, shape in shapes
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":")) + "\n"


def _in_degrees(shape: Any, to_degrees: pyproj.Transformer) -> dict[str, Any]:
    def turned(xy: Floats) -> Floats:
        return np.round(np.column_stack(to_degrees.transform(xy[:, 0], xy[:, 1])), _DEGREE_DIGITS)

    return shapely.geometry.mapping(shapely.transform(shape, turned))
