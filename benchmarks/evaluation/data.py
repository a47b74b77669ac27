"""Read the open data sets that evaluations use, straight from their files (see CONTRIBUTING.md for PEELIAN_DATA)."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
import pyproj
import shapely

BRITISH_GRID = 27700
ILLINOIS_EAST = 26971  # NAD83 / Illinois East, metres
ENVELOPE_BYTES = (0, 32, 48, 48, 64)


def data_folder() -> Path:
    """Return the folder of real data sets."""
    return Path(os.environ.get("PEELIAN_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))


def police_uk_incidents(archive: Path, offence: str | None = None) -> pa.Table:
    """Read an archive of data.police.uk: month, place, crime type; rows without a place are left out."""
    wanted = {"Month": pa.string(), "Longitude": pa.float64(), "Latitude": pa.float64(), "Crime type": pa.string()}
    options = pa.csv.ConvertOptions(include_columns=list(wanted), column_types=wanted)
    with zipfile.ZipFile(archive) as files:
        names = sorted(n for n in files.namelist() if n.endswith("-street.csv"))
        table = pa.concat_tables(pa.csv.read_csv(io.BytesIO(files.read(n)), convert_options=options) for n in names)
    table = table.filter(pc.is_valid(table["Longitude"]))
    if offence:
        table = table.filter(pc.equal(table["Crime type"], offence))
    text = table["Month"]
    year, month = (pc.cast(pc.utf8_slice_codeunits(text, *span), pa.int64()) for span in ((0, 4), (5, 7)))
    numbers = pc.subtract(pc.add(pc.multiply(year, 12), month), 1)
    placed = _placed(numbers, table["Longitude"], table["Latitude"], BRITISH_GRID)
    return placed.append_column("crime_type", table["Crime type"])


def chicago_aggravated_assaults() -> pa.Table:
    """Read Chicago's aggravated assaults 2010 to 2017 (City of Chicago, in ``crimemappingdata``)."""
    table = pa.csv.read_csv(data_folder() / "incident" / "chicago-aggravated-assaults-2010-2017.csv.gz")
    table = table.filter(pc.and_(pc.is_valid(table["longitude"]), pc.is_valid(table["latitude"])))
    at = table["date"]
    numbers = pc.subtract(pc.add(pc.multiply(pc.year(at), 12), pc.month(at)), 1)
    return _placed(numbers, table["longitude"], table["latitude"], ILLINOIS_EAST)


def _placed(month: pa.ChunkedArray, longitude: pa.ChunkedArray, latitude: pa.ChunkedArray, epsg: int) -> pa.Table:
    project = pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform
    east, north = project(longitude.to_numpy(), latitude.to_numpy())
    return pa.table({"month": month, "easting_m": np.round(east, 1), "northing_m": np.round(north, 1)})


def london_boroughs() -> shapely.Geometry:
    """Return the union of the London boroughs (ONS, OGL v3), British National Grid; the City is one of them."""
    with sqlite3.connect(data_folder() / "geography" / "london_borough.gpkg") as database:
        rows = database.execute("select geom from boroughs order by LAD24CD").fetchall()
    return shapely.union_all([_from_geopackage(blob) for (blob,) in rows])


def _from_geopackage(blob: bytes) -> shapely.Geometry:
    """Skip the GeoPackage header (flags in byte 3, then an optional envelope) and read the WKB behind it."""
    return shapely.from_wkb(blob[8 + ENVELOPE_BYTES[(blob[3] >> 1) & 7] :])


def police_force_area(name: str) -> shapely.Geometry:
    """Return a police force area (ONS via mySociety, OGL v3), British National Grid."""
    areas = json.loads((data_folder() / "geography" / "police-forces.json").read_text(encoding="utf-8"))
    geometry = next(a["geometry"] for a in areas["features"] if a["properties"]["name"] == name)
    project = pyproj.Transformer.from_crs(4326, BRITISH_GRID, always_xy=True).transform
    degrees = shapely.from_geojson(json.dumps(geometry))
    return shapely.transform(degrees, lambda points: np.stack(project(points[:, 0], points[:, 1]), axis=1))
