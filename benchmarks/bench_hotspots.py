"""One forecast origin beside scikit-learn's kernel density on the same incidents and cells, in one run.

Data: Met burglary where the real data is at hand, else a made-up city of the same size (the name says which).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the file also runs by itself

from benchmarks.evaluation.data import data_folder, london_boroughs, police_uk_incidents
from peelian.analyse.hotspots import HOTSPOTS
from peelian.analyse.hotspots import run as run_method
from peelian.core.grid import geojson_from_polygon

TARGET = 12 * 2019 + 11
ORIGIN_AIM_MS = 50.0


def run() -> list[dict[str, Any]]:
    """Measure one origin, a whole worker run, and kernel density."""
    place, incidents, polygon = data()
    parameters = {
        "polygon": geojson_from_polygon(polygon),
        "cell_m": 150.0,
        "offences": ["burglary"],
        "police_initiated": ["drugs"],
        "target_month": TARGET,
    }
    prepared = HOTSPOTS.prepare({"incident": incidents}, parameters)
    origin_s = next_origin_seconds(prepared)
    cold_s = best(lambda: HOTSPOTS.fit(prepared.grid, prepared.counts, TARGET, prepared.settings).forecast(), 3)
    whole_s = best(lambda: run_method({"incident": incidents}, parameters), 2)
    kde_s = best(lambda: kernel_density(prepared, incidents), 1)
    size = f"{place}, {len(prepared.grid):,} cells, {incidents.num_rows:,} incidents"
    return [
        row(f"one forecast origin ({size})", origin_s, kde_s, ORIGIN_AIM_MS),
        row("first origin: scores twelve earlier months too", cold_s, kde_s, None),
        row("whole run: grid, counts, forecast, reasons of every chosen cell", whole_s, kde_s, None),
    ]


def next_origin_seconds(prepared: Any) -> float:
    """Time an origin when the origins before it have been run, as in a race and in monthly use."""
    times = []
    for _ in range(3):
        rolling = HOTSPOTS.rolling(prepared.grid, prepared.counts, prepared.settings)
        HOTSPOTS.fit(prepared.grid, prepared.counts, TARGET - 1, prepared.settings, rolling)
        started = time.perf_counter()
        HOTSPOTS.fit(prepared.grid, prepared.counts, TARGET, prepared.settings, rolling).forecast()
        times.append(time.perf_counter() - started)
    return min(times)


def kernel_density(prepared: Any, incidents: pa.Table) -> None:
    """Fit scikit-learn's KernelDensity on last year's points and score every cell's centre."""
    from sklearn.neighbors import KernelDensity

    month = incidents["month"].to_numpy()
    last_year = (month >= TARGET - 12) & (month < TARGET)
    points = np.stack([incidents[c].to_numpy()[last_year] for c in ("easting_m", "northing_m")], axis=1)
    corner = np.stack(prepared.grid.corner(np.arange(len(prepared.grid))), axis=1)
    KernelDensity(bandwidth=250.0, rtol=1e-4).fit(points).score_samples(corner + prepared.grid.cell_m / 2)


def data() -> tuple[str, pa.Table, shapely.Geometry]:
    """Give incidents and study area: real where they are, made up otherwise."""
    archive = data_folder() / "police_uk" / "metropolitan-burglary-2015-2019.zip"
    if archive.is_file():
        return "Met burglary", police_uk_incidents(archive), london_boroughs()
    rng = np.random.default_rng(1)
    centres, n = rng.uniform(0, 40_000, (3000, 2)), 370_000
    points = centres[rng.integers(0, 3000, n)] + rng.normal(0, 300, (n, 2))
    month = rng.integers(TARGET - 59, TARGET + 1, n)
    table = pa.table({"month": month, "easting_m": points[:, 0], "northing_m": points[:, 1]})
    return "made-up city", table, shapely.box(0, 0, 40_000, 40_000)


def best(work: Callable[[], object], times: int) -> float:
    """Return the shortest of several runs, seconds."""
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def row(name: str, seconds: float, beside_s: float, aim_ms: float | None) -> dict[str, Any]:
    """Write one line of the table."""
    return {
        "name": name,
        "value": 1000 * seconds,
        "unit": "ms",
        "ratio": seconds / beside_s,
        "beside": f"scikit-learn KernelDensity, {beside_s:.1f} s",
        "aim": f"<= {aim_ms:g} ms" if aim_ms else "",
        "ok": 1000 * seconds <= aim_ms if aim_ms else None,
    }


if __name__ == "__main__":
    json.dump(run(), sys.stdout, indent=2)
