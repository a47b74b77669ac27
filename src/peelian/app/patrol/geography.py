"""The ground that maps are drawn on: streets, parks, water. Public geography, kept in the deployment's folder.

There is no outside map: no tile server is ever asked. A force brings its own lines (an open street file, say); the
made-up town brings its own. Nothing here is a record of anything, so it does not go through the gate; only a feature's
name and shape are kept, whatever else the file holds.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import shapely
import shapely.geometry

from peelian.core.errors import InvalidError, LimitError, MissingError

FOLDER = "geography"
LAYERS = ("water", "parks", "buildings", "streets", "landmarks")
"""Names of layers, in the order in which they are drawn."""

FEATURES_MAX = 200_000
_DIGITS = 6  # of a degree: a tenth of a metre
_NAME_MAX = 120


def add_layer(folder: Path, layer: str, source: Path) -> dict[str, object]:
    """Keep a GeoJSON file (RFC 7946, longitude and latitude) as a layer of the deployment's maps; replaces an earlier.

    Raises
    ------
    MissingError
        ``geography-missing``.
    InvalidError
        ``layer-unknown``, ``geography-unreadable``.
    LimitError
        ``geography-too-large``.
    """
    if layer not in LAYERS:
        raise InvalidError("layer-unknown", "Maps have no such layer.", do=f"Use one of: {', '.join(LAYERS)}.")
    if not source.is_file():
        raise MissingError("geography-missing", "There is no geography file of that name.", do="Name a GeoJSON file.")
    features = _features(source)
    target = folder / FOLDER / f"{layer}.geojson"
    target.parent.mkdir(exist_ok=True)
    making = target.with_suffix(".new")
    body = {"type": "FeatureCollection", "features": features}
    making.write_text(json.dumps(body, separators=(",", ":"), ensure_ascii=False), encoding="utf-8")
    making.replace(target)
    return {"layer": layer, "features": len(features), "bytes": target.stat().st_size}


def layers(folder: Path) -> dict[str, Path]:
    """Return the layers that a deployment has, in the order in which they are drawn."""
    files = {layer: folder / FOLDER / f"{layer}.geojson" for layer in LAYERS}
    return {layer: path for layer, path in files.items() if path.is_file()}


def shapes(folder: Path, layer: str) -> list[tuple[str, Any]]:
    """Return a layer's features as name and shape, longitude and latitude; none when there is no such layer."""
    path = layers(folder).get(layer)
    return list(_read(path, path.stat().st_mtime_ns)) if path else []


@lru_cache(maxsize=16)
def _read(path: Path, changed_ns: int) -> tuple[tuple[str, Any], ...]:
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return tuple((f["properties"]["name"], shapely.geometry.shape(f["geometry"])) for f in features)


def _features(source: Path) -> list[dict[str, Any]]:
    try:
        data = json.loads(source.read_text(encoding="utf-8"))
        raw = data["features"] if data.get("type") == "FeatureCollection" else [data]
        if len(raw) > FEATURES_MAX:
            raise LimitError(
                "geography-too-large",
                f"The file has more than {FEATURES_MAX:,} features.",
                why="A page has to draw them.",
                do="Cut it to the force's area, or simplify it.",
            )
        return [_feature(f) for f in raw]
    except (ValueError, KeyError, TypeError, AttributeError, shapely.errors.ShapelyError) as error:
        raise InvalidError(
            "geography-unreadable",
            "The geography file cannot be read.",
            why=f"It is no GeoJSON in longitude and latitude ({type(error).__name__}).",
            do="Export it as GeoJSON (RFC 7946).",
        ) from error


def _feature(feature: dict[str, Any]) -> dict[str, Any]:
    shape = shapely.geometry.shape(feature["geometry"])
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError("not degrees")
    name = re.sub(r"\s+", " ", str((feature.get("properties") or {}).get("name") or ""))[:_NAME_MAX].strip()
    rounded = shapely.transform(shape, lambda xy: xy.round(_DIGITS))
    return {"type": "Feature", "properties": {"name": name}, "geometry": shapely.geometry.mapping(rounded)}
