"""Study areas: reading a published polygon from a file, and turning degrees into metres and back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
import shapely.geometry
import shapely.ops

from peelian.core.errors import InvalidError, MissingError

Geometry = Mapping[str, Any]

WGS84 = 4326
_DIGITS = 7  # of a degree: a centimetre


def read_area(path: Path) -> dict[str, Any]:
    """Read a polygon as a GeoJSON feature in longitude and latitude (RFC 7946).

    Parameters
    ----------
    path : Path
        ``.geojson``/``.json``, or a GeoPackage ``.gpkg``, whose polygons are joined into one.

    Raises
    ------
    MissingError
        ``area-missing``.
    InvalidError
        ``area-unreadable``.
    """
    if not path.is_file():
        raise MissingError("area-missing", "There is no area file of that name.", do="Name a .geojson or .gpkg file.")
    try:
        shape, epsg = _from_geopackage(path) if path.suffix == ".gpkg" else _from_geojson(path)
        return feature_of(shape, epsg, path.stem)
    except (ValueError, KeyError, TypeError, sqlite3.Error, shapely.errors.ShapelyError) as error:
        raise InvalidError(
            "area-unreadable",
            "The area file cannot be read as a polygon.",
            why=f"It is neither GeoJSON in degrees nor a GeoPackage of polygons ({type(error).__name__}).",
            do="Export the published boundary as GeoJSON (RFC 7946).",
        ) from error


def _from_geojson(path: Path) -> tuple[shapely.Geometry, int]:
    data = json.loads(path.read_text(encoding="utf-8"))
    features = data.get("features", [data])
    shapes = [shapely.geometry.shape(f.get("geometry", f)) for f in features]
    return shapely.union_all(shapes), WGS84


def _from_geopackage(path: Path) -> tuple[shapely.Geometry, int]:
    """Read the first feature table; a GeoPackage is an SQLite database (OGC 12-128r18, section 2.1)."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as con:
        table, column, epsg = con.execute(
            "SELECT g.table_name, g.column_name, s.organization_coordsys_id FROM gpkg_geometry_columns g "
            "JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id ORDER BY g.table_name LIMIT 1"
        ).fetchone()
        blobs = con.execute(f'SELECT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL').fetchall()
    return shapely.union_all(shapely.from_wkb([_wkb(blob) for (blob,) in blobs])), int(epsg)


_ENVELOPE_BYTES = (0, 32, 48, 48, 64)


def _wkb(blob: bytes) -> bytes:
    """Cut the GeoPackage header off a geometry (section 2.1.3: magic, version, flags, srs id, envelope)."""
    if blob[:2] != b"GP":
        raise ValueError("magic")
    return blob[8 + _ENVELOPE_BYTES[blob[3] >> 1 & 7] :]


def feature_of(shape: shapely.Geometry, epsg: int, name: str) -> dict[str, Any]:
    """Write a polygon as a GeoJSON feature in longitude and latitude."""
    degrees = shape if epsg == WGS84 else _project(shape, epsg, WGS84)
    rounded = shapely.set_precision(degrees, 10**-_DIGITS)
    return {"type": "Feature", "properties": {"name": name}, "geometry": shapely.geometry.mapping(rounded)}


def projected_geometry(feature: Geometry, epsg: int) -> dict[str, Any]:
    """Return an area's geometry in metres of a projected reference system, rounded to the centimetre."""
    features = feature.get("features", [feature])
    shape = shapely.union_all([shapely.geometry.shape(f.get("geometry", f)) for f in features])
    projected = _project(shape, WGS84, epsg)
    rounded = shapely.transform(projected, lambda points: np.round(points, 2))
    return json.loads(shapely.to_geojson(shapely.make_valid(rounded)))


def rings_of(geometry: Geometry) -> list[list[list[float]]]:
    """Return the outer outlines of a projected geometry, simplified for drawing."""
    shape = shapely.simplify(shapely.geometry.shape(geometry), 50.0)
    parts = shape.geoms if hasattr(shape, "geoms") else [shape]
    return [[list(xy) for xy in part.exterior.coords] for part in parts if isinstance(part, shapely.Polygon)]


def _project(shape: shapely.Geometry, source: int, target: int) -> shapely.Geometry:
    transformer = pyproj.Transformer.from_crs(source, target, always_xy=True)
    return shapely.transform(shape, lambda x, y: transformer.transform(x, y), interleaved=False)
