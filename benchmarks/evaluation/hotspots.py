"""Evaluate the hotspots method on real data: `python -m benchmarks.evaluation.hotspots STUDY [--json FILE]`.

Studies: ``met`` (Met burglary 2019 on the London boroughs, with the challenger), ``met-areas`` (how the figures hang
on study polygon, cell, and reporting lag), ``held-back`` (data opened once, after everything was frozen). Every study
prints the digest of its registration before it runs. ``afterwards`` looks again at a held-back force on another area.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from benchmarks.evaluation.data import (
    chicago_aggravated_assaults,
    data_folder,
    london_boroughs,
    police_force_area,
    police_uk_incidents,
)
from peelian.analyse.hotspots import HOTSPOTS
from peelian.assess import assess_hotspots, assessment_markdown, assessment_svg, register
from peelian.core.grid import geojson_from_polygon
from peelian.core.study_area import derive_study_area

POLICE_INITIATED = ["drugs", "possession-of-weapons", "public-order"]
SEEN = (
    "the 2019 Met figures were seen while the method was chosen (its form on 2017 and 2018, but 2019 was looked at); "
    "the held-back studies were not"
)
REPORTED = (
    "Burglary",
    "Vehicle crime",
    "Robbery",
    "Theft from the person",
    "Bicycle theft",
    "Other theft",
    "Shoplifting",
    "Criminal damage and arson",
)
"""Crime types of data.police.uk that the public reports, pooled for a force with few burglaries."""

Study = tuple[str, pa.Table, dict[str, Any]]


def main(arguments: list[str]) -> int:
    """Run a study and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", choices=sorted(STUDIES))
    parser.add_argument("--out", type=Path, help="folder for JSON, Markdown and picture")
    options = parser.parse_args(arguments)
    for name, table, parameters in STUDIES[options.study]():
        started = time.perf_counter()
        parameters["registered"] = register(parameters).digest
        print(f"\n{name}: registered {parameters['registered'][:16]}", flush=True)
        result = assess_hotspots({"incident": table}, parameters, method=HOTSPOTS)
        print_figures(result, time.perf_counter() - started)
        if options.out:
            write(options.out, name, result)
    return 0


def study(name: str, table: pa.Table, polygon: shapely.Geometry, year: int, **more: Any) -> Study:
    """Put a study together: a test year, 150 m cells, everything else as registered by default."""
    parameters = {
        "polygon": geojson_from_polygon(polygon),
        "cell_m": 150.0,
        "police_initiated": POLICE_INITIATED,
        "months": list(range(12 * year, 12 * year + 12)),
        **more,
    }
    return name, table, parameters


def met() -> Iterable[Study]:
    """Met burglary, test year 2019, on the London boroughs."""
    yield study("met-2019", met_burglary(), london_boroughs(), 2019, offences=["burglary"], seen=SEEN)


def met_areas() -> Iterable[Study]:
    """Vary study polygon, cell and reporting lag, one at a time; no challenger."""
    table, boroughs = met_burglary(), london_boroughs()
    plain = {"offences": ["burglary"], "seen": SEEN, "contestants": ["last-year", "kde", "promap"]}
    populated = shapely.union_all(populated_cells(before(table, 2019), boroughs))
    derived = derived_area(before(table, 2019))
    yield study("met-2019, boroughs", table, boroughs, 2019, **plain)
    yield study("met-2019, area derived from 2015-2018", table, derived, 2019, **plain)
    yield study("met-2019, only cells with a burglary in 2015-2018", table, populated, 2019, **plain)
    yield study("met-2019, 250 m cells", table, boroughs, 2019, **plain | {"cell_m": 250.0})
    yield study("met-2019, lag of one month", table, boroughs, 2019, **plain | {"lag_months": 1})
    yield study("met-2019, lag of two months", table, boroughs, 2019, **plain | {"lag_months": 2})
    yield study("met-2018", table, boroughs, 2018, **plain)


def held_back() -> Iterable[Study]:
    """Data opened once: another force, another decade, another country and offence. Areas from training data only."""
    archive = data_folder() / "police_uk" / "gloucestershire-2022-2024.zip"
    everything = police_uk_incidents(archive)
    reported = everything.filter(pc.is_in(everything["crime_type"], pa.array(REPORTED)))
    burglary = everything.filter(pc.equal(everything["crime_type"], "Burglary"))
    area = derived_area(before(reported, 2024))
    yield study("gloucestershire-2024, reported crime", reported, area, 2024, offences=["reported"])
    yield study("gloucestershire-2024, burglary", burglary, area, 2024, offences=["burglary"])
    assaults = chicago_aggravated_assaults()
    area = derived_area(before(assaults, 2017))
    yield study("chicago-2017, aggravated assault", assaults, area, 2017, offences=["aggravated-assault"])


def afterwards() -> Iterable[Study]:
    """Look again at Gloucestershire on its published force area: the method as it was, the data no longer unseen."""
    archive = data_folder() / "police_uk" / "gloucestershire-2022-2024.zip"
    everything, area = police_uk_incidents(archive), police_force_area("Gloucestershire")
    reported = everything.filter(pc.is_in(everything["crime_type"], pa.array(REPORTED)))
    burglary = everything.filter(pc.equal(everything["crime_type"], "Burglary"))
    seen = "run after the held-back study of the same months; only the study area differs"
    more = {"seen": seen, "contestants": ["last-year", "kde", "promap"]}
    yield study("gloucestershire-2024, reported crime, force area", reported, area, 2024, offences=["reported"], **more)
    yield study("gloucestershire-2024, burglary, force area", burglary, area, 2024, offences=["burglary"], **more)


STUDIES: dict[str, Callable[[], Iterable[Study]]] = {
    "met": met,
    "met-areas": met_areas,
    "held-back": held_back,
    "afterwards": afterwards,
}


def met_burglary() -> pa.Table:
    """Read the Met's burglaries 2015 to 2019."""
    return police_uk_incidents(data_folder() / "police_uk" / "metropolitan-burglary-2015-2019.zip", "Burglary")


def before(table: pa.Table, year: int) -> pa.Table:
    """Keep what happened before a year: an area may be drawn from nothing else."""
    return table.filter(pc.less(table["month"], 12 * year))


def derived_area(table: pa.Table) -> shapely.Geometry:
    """Derive a study area from a table's points."""
    return derive_study_area(table["easting_m"].to_numpy(), table["northing_m"].to_numpy())


def populated_cells(table: pa.Table, within: shapely.Geometry) -> list[shapely.Geometry]:
    """Return the 150 m cells that hold a point: the narrowest study area anybody could choose."""
    points = zip(table["easting_m"].to_pylist(), table["northing_m"].to_pylist(), strict=True)
    cells = sorted({(e // 150, n // 150) for e, n in points})
    boxes = [shapely.box(c * 150, r * 150, c * 150 + 150, r * 150 + 150) for c, r in cells]
    shapely.prepare(within)
    return [b for b in boxes if within.contains(b)]


def print_figures(result: dict[str, Any], seconds: float) -> None:
    """Print one line a contestant, then calibration, feedback and where the time went."""
    design = result["design"]
    print(
        f"  {design['area_km2']:,.0f} km2, {design['cells']:,} cells, {design['incidents_tested']:,.0f} incidents, "
        f"{seconds:.1f} s, one origin {1000 * result['seconds']['origin_median']:.0f} ms"
    )
    for name, method in result["methods"].items():
        cells = []
        for budget, at in method["budgets"].items():
            rate, share = at["hit_rate"], at["share_of_hindsight"]
            bounds = f"{100 * rate['low']:.1f}-{100 * rate['high']:.1f}"
            cells.append(f"{float(budget):.0%}: {100 * rate['value']:5.2f} % ({bounds}) {share['value']:.3f}")
        score = f"{method['log_score']['value']:.3f}" if method["log_score"] else "-"
        print(f"  {name:20s} {'   '.join(cells)}   log score {score}")
    calibration = result["calibration"]
    print(f"  recorded/expected by tenths {' '.join(format(d['ratio'], '.2f') for d in calibration['deciles'])}")
    print(
        f"  in all {calibration['total']['ratio']:.3f}; interval of counts held {calibration['coverage']['held']:.3f}"
    )
    print(f"  chosen {result['origins'][-1]['chosen']}; verdict {result['verdict']}")
    print(f"  seconds {result['seconds']}", flush=True)


def write(folder: Path, name: str, result: dict[str, Any]) -> None:
    """Write JSON, Markdown and picture."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = name.replace(", ", "-").replace(" ", "-")
    (folder / f"{stem}.json").write_text(json.dumps(result, indent=1), encoding="utf-8")
    (folder / f"{stem}.md").write_text(assessment_markdown(result, title=f"Assessment: {name}"), encoding="utf-8")
    (folder / f"{stem}.svg").write_text(assessment_svg(result), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
