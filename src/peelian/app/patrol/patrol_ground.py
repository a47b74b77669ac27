"""The ground of a patrol plan: its grid, what people call each square, and the lines a map is drawn on.

Where the deployment has a layer of streets, names come from there and no record is opened. Else the commonest street
of the incidents in a square is asked for through the gate, once a session, which is a look-up like any other.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from peelian.app.caller import Caller
from peelian.app.intake.sources import epsg_of
from peelian.app.patrol import geography
from peelian.app.patrol.areas import projected_geometry, rings_of
from peelian.app.patrol.places import mandated_area
from peelian.core.grid import Grid, polygon_from_geojson
from peelian.decide.streets import NamedCell, name_cells
from peelian.model.mandate import Mandate
from peelian.model.question import Measure, Question, Where
from peelian.publish.patrol_map import Ground as Drawing
from peelian.publish.picture import corner_of

WGS84 = 4326
STEP_M = 10.0
"""A street is told to run through a square when a point every so many metres along it lies inside."""

REMEMBERED = 32
_DIGITS = 6

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PatrolGround:
    """Where a plan may lie.

    Parameters
    ----------
    grid : Grid
    cells : mapping of str to NamedCell
        Every square by its name in the grid, in order of the name people know.
    epsg : int
        Reference system of the grid.
    drawing : Drawing
        Outline, streets and parks in projected metres.
    named : bool
        False where no street is known: squares then go by number.
    """

    grid: Grid = field(repr=False)
    cells: Mapping[str, NamedCell] = field(repr=False)
    epsg: int
    drawing: Drawing = field(repr=False)
    named: bool

    def name(self, cell: str) -> str:
        """Return what people call a square."""
        known = self.cells.get(cell)
        return known.name if known else f"Square {cell}"

    def ring(self, cell: str) -> list[list[float]]:
        """Return a square's closed outline, longitude and latitude, counterclockwise."""
        return self.rings([cell])[0]

    def rings(self, cells: Sequence[str]) -> list[list[list[float]]]:
        """Return the outlines of many squares, in their order; all are turned into degrees at once."""
        corners = np.array([corner_of(c) for c in cells], dtype=np.float64).reshape(-1, 3)
        west, south, side = corners.T
        xs = west[:, None] + side[:, None] * np.array([0, 1, 1, 0, 0])
        ys = south[:, None] + side[:, None] * np.array([0, 0, 1, 1, 0])
        lon, lat = _to_degrees(self.epsg).transform(xs.ravel(), ys.ravel())
        points = np.round(np.column_stack([lon, lat]), _DIGITS).reshape(-1, 5, 2)
        return list(points.tolist())

    def degrees(self, lines: Sequence[Sequence[Sequence[float]]]) -> list[list[list[float]]]:
        """Return lines of projected metres as longitude and latitude; all are turned at once."""
        if not lines:
            return []
        at = np.concatenate([np.asarray(line, dtype=np.float64) for line in lines])
        lon, lat = _to_degrees(self.epsg).transform(at[:, 0], at[:, 1])
        points = np.round(np.column_stack([lon, lat]), _DIGITS)
        ends = np.cumsum([len(line) for line in lines])
        return [part.tolist() for part in np.split(points, ends[:-1])]


@lru_cache(maxsize=8)
def _to_degrees(epsg: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(epsg, WGS84, always_xy=True)


@lru_cache(maxsize=8)
def _to_metres(epsg: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(WGS84, epsg, always_xy=True)


_names: OrderedDict[tuple[object, ...], dict[str, NamedCell]] = OrderedDict()
_turn = Lock()


def patrol_ground(caller: Caller, mandate: Mandate, cell_m: float) -> PatrolGround:
    """Return the ground of a mandate's area with squares of a size.

    Raises
    ------
    InvalidError
        ``area-not-mandated``.
    """
    area = mandated_area(caller, mandate)
    epsg, folder = epsg_of(caller), caller.place.folder
    grid, drawing = _laid_out(_Area(area.sha256, area.geojson), cell_m, epsg, folder, _changed(folder))
    cells = _cells(caller, mandate, grid, epsg)
    named = bool(cells)
    return PatrolGround(grid, cells or _numbered(grid), epsg, drawing, named)


@dataclass(frozen=True)
class _Area:
    sha256: str
    geojson: Mapping[str, Any] = field(compare=False, repr=False)


@lru_cache(maxsize=4)
def _laid_out(area: _Area, cell_m: float, epsg: int, folder: Path, changed: int) -> tuple[Grid, Drawing]:
    geometry = projected_geometry(area.geojson, epsg)
    grid = Grid.from_polygon(polygon_from_geojson(geometry), cell_m)
    streets, parks = _public_lines(epsg, folder, changed)
    return grid, Drawing(rings_of(geometry), streets, parks)


Lines = list[list[list[float]]]


def public_lines(caller: Caller) -> tuple[Lines, Lines]:
    """Return the streets and the parks that the deployment's maps are drawn on, in projected metres."""
    folder = caller.place.folder
    return _public_lines(epsg_of(caller), folder, _changed(folder))


@lru_cache(maxsize=4)
def _public_lines(epsg: int, folder: Path, changed: int) -> tuple[Lines, Lines]:
    parks = [ring for _, shape in _projected(folder, "parks", epsg) for ring in _lines(shape)]
    streets = [line for _, shape in _projected(folder, "streets", epsg) for line in _lines(shape)]
    return streets, parks


def _changed(folder: Path) -> int:
    return sum(path.stat().st_mtime_ns for path in geography.layers(folder).values())


def _projected(folder: Path, layer: str, epsg: int) -> list[tuple[str, Any]]:
    turn = _to_metres(epsg)
    return [
        (name, shapely.transform(shape, lambda x, y: turn.transform(x, y), interleaved=False))
        for name, shape in geography.shapes(folder, layer)
    ]


def _lines(shape: Any) -> list[list[list[float]]]:
    """Return a shape's lines, or its outer outlines, for drawing."""
    parts = [p.exterior if isinstance(p, shapely.Polygon) else p for p in shapely.get_parts(shape)]
    return [np.round(shapely.get_coordinates(shapely.simplify(p, 2.0)), 1).tolist() for p in parts]


def _numbered(grid: Grid) -> dict[str, NamedCell]:
    return {cell: NamedCell(cell, f"Square {cell}", ()) for cell in grid.ids}


def _cells(caller: Caller, mandate: Mandate, grid: Grid, epsg: int) -> dict[str, NamedCell]:
    """Name the squares, once a session where records have to be asked."""
    folder = caller.place.folder
    by_layer = "streets" in geography.layers(folder)
    whose = _changed(folder) if by_layer else caller.credential.session_id
    key = (str(folder), grid.hash, mandate.id, by_layer, whose)
    with _turn:
        if key in _names:
            _names.move_to_end(key)
            return _names[key]
    points = _street_points(folder, epsg) if by_layer else _recorded_points(caller, mandate)
    cells = name_cells(grid, *points)
    with _turn:
        _names[key] = cells
        while len(_names) > REMEMBERED:
            _names.popitem(last=False)
    return cells


Points = tuple[Floats, Floats, Sequence[str], NDArray[np.int64]]


def _street_points(folder: Path, epsg: int) -> Points:
    """Walk along every street and note where one is."""
    at, names = [], []
    for name, shape in _projected(folder, "streets", epsg):
        far = np.arange(0.0, max(shape.length, STEP_M), STEP_M)
        at.append(shapely.get_coordinates(shapely.line_interpolate_point(shape, far)))
        names += [name] * len(far)
    points = np.concatenate(at) if at else np.zeros((0, 2))
    return points[:, 0], points[:, 1], names, np.ones(len(points), dtype=np.int64)


def _recorded_points(caller: Caller, mandate: Mandate) -> Points:
    where = (Where("offence", "in", tuple(sorted(mandate.scope.offences))),)
    columns = ("easting_m", "northing_m", "place")
    question = Question("incident", columns, where, measures=(Measure("incidents", "count"),))
    rows = caller.gate.view(caller.credential, mandate.id, question).rows
    x, y = (rows.column(c).to_numpy(zero_copy_only=False).astype(np.float64) for c in columns[:2])
    known = np.isfinite(x) & np.isfinite(y)
    places = [p or "" for p in rows.column("place").to_pylist()]
    counts = rows.column("incidents").to_numpy(zero_copy_only=False).astype(np.int64)
    return x[known], y[known], [p for p, k in zip(places, known.tolist(), strict=True) if k], counts[known]
