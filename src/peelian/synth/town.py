"""The made-up town: three years of recorded incidents, bad rows planted on purpose, and the truth kept apart.

The same seed gives the same bytes. The truth goes to a folder of its own and is never ingested.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyproj
import shapely

from peelian.core.time import iso, month_of, month_start
from peelian.synth.crime import NEAR_REPEAT, Offences, burglary_rate, centre_rate, draw_offences
from peelian.synth.geography import parks_text, streets_text
from peelian.synth.ground import EPSG, Floats, Ground, lay_out_ground
from peelian.synth.planting import plant_bad_rows
from peelian.synth.practice import past_plans_csv
from peelian.synth.words import person_name

Row = dict[str, str]

EXACT_COLUMNS = (
    "Incident Ref", "Offence", "From", "To", "Street", "Ward", "Easting", "Northing", "Outcome", "Victim Name",
    "Officer Note",
)  # fmt: skip
MONTH_COLUMNS = tuple("Month" if c == "From" else c for c in EXACT_COLUMNS if c != "To")

FIRST_MONTH = date(2023, 11, 1)

_MIX = {"Burglary": 1.0, "Vehicle crime": 0.55, "Robbery": 0.12, "Drugs": 0.2}
"""Offences of each kind for one burglary. Drugs stand where patrols stand: a forecast from them must be refused."""

_OUTCOMES = ("Under investigation", "No suspect identified", "Charged", "Cautioned")


@dataclass(frozen=True)
class Town:
    """A made-up town and its history.

    Parameters
    ----------
    seed : int
        Same seed, same bytes.
    first_month : date
        First day of the first month.
    months : int
        Length of the history.
    precision : str
        ``"exact"``: from-to times and house fronts; ``"month"``: months and map points, as data.police.uk publishes.
    rows : tuple of dict
        What the incidents file says, planted rows included, in file order.
    planted : mapping of str to tuple of int
        Kind of bad row -> line numbers in the file (the header is line 1).
    ground : Ground
    rate : ndarray of float, shape (n_houses,)
        True share of each house in the background of burglary.
    burglaries : Offences
        What happened, with what followed what.
    """

    seed: int
    first_month: date
    months: int
    precision: str
    rows: tuple[Row, ...]
    planted: Mapping[str, tuple[int, ...]]
    ground: Ground
    rate: Floats
    burglaries: Offences

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the header of the incidents file."""
        return EXACT_COLUMNS if self.precision == "exact" else MONTH_COLUMNS

    @property
    def csv(self) -> bytes:
        """Return the incidents file."""
        return _csv_bytes(self.columns, self.rows)

    @property
    def plans_csv(self) -> bytes:
        """Return where the town's police patrolled before, month by month from the second year on."""
        first = month_of(self.first_month)
        return past_plans_csv(
            self.ground,
            self.burglaries,
            first_month=first,
            months=self.months,
            seed=self.seed,
            skip=min(12, self.months),
        )


@dataclass(frozen=True)
class TownFiles:
    """Where a town was written. ``truth`` stays apart and is never input; ``streets`` and ``parks`` are geography."""

    incidents: Path
    mapping: Path
    area: Path
    plans: Path
    streets: Path
    parks: Path
    truth: Path


def make_town(
    seed: int = 1829,
    *,
    first_month: date = FIRST_MONTH,
    months: int = 36,
    burglaries: float = 4000,
    precision: str = "exact",
    plant: bool = True,
) -> Town:
    """Make a town and its history.

    Parameters
    ----------
    seed : int
        Same seed, same bytes; the place itself does not depend on it.
    first_month : date
        Any day of the first month.
    months : int
        Length of the history, > 0.
    burglaries : float
        Expected over the whole history; the other offences are in proportion.
    precision : str
        ``"exact"`` or ``"month"``.
    plant : bool
        Plant rows that the door must reject, mend or count.
    """
    assert months > 0 and precision in {"exact", "month"}, "a town has months, exact or not"
    rng = np.random.default_rng(seed)
    first_month = first_month.replace(day=1)
    n_days = (month_start(month_of(first_month) + months) - first_month).days
    ground = lay_out_ground()
    rate = burglary_rate(ground)
    places = {
        "Burglary": (rate, NEAR_REPEAT),
        "Vehicle crime": (0.5 * ground.base_rate / ground.base_rate.sum() + 0.5 * centre_rate(ground, 900), 0.1),
        "Robbery": (centre_rate(ground, 500), 0.05),
        "Drugs": (centre_rate(ground, 350), 0.0),
    }
    history = {
        kind: draw_offences(
            ground,
            share,
            first=first_month,
            n_days=n_days,
            n_mean=burglaries * _MIX[kind],
            near_repeat=near,
            rng=rng,
        )
        for kind, (share, near) in places.items()
    }
    rows = _rows(history, ground, first_month, n_days, precision, rng)
    rows, planted = plant_bad_rows(rows, rng) if plant else (rows, {})
    return Town(seed, first_month, months, precision, tuple(rows), planted, ground, rate, history["Burglary"])


def _rows(
    history: Mapping[str, Offences],
    ground: Ground,
    first: date,
    n_days: int,
    precision: str,
    rng: np.random.Generator,
) -> list[Row]:
    """Write every offence as the town's police would have recorded it, in order of the end of its interval."""
    dated = []
    for kind, offences in history.items():
        hours = rng.gamma(2.0, 3.0 if kind == "Burglary" else 0.6, len(offences.day))
        fronts = ground.house_m[offences.house] + rng.normal(0, 2.0, (len(offences.house), 2))
        outcome = rng.choice(len(_OUTCOMES), size=len(offences.day), p=(0.15, 0.7, 0.1, 0.05))
        for i, day in enumerate(offences.day):
            end = float(day)
            start = max(end - hours[i] / 24, 0.0)
            recent = n_days - end < 45  # nothing is concluded within six weeks
            dated.append((end, kind, start, int(offences.house[i]), fronts[i], 0 if recent else int(outcome[i])))
    dated.sort(key=lambda d: (d[0], d[1]))
    return [_row(number, *entry, ground, first, precision) for number, entry in enumerate(dated, start=1)]


def _row(
    number: int,
    end: float,
    kind: str,
    start: float,
    house: int,
    front_m: Sequence[float],
    outcome: int,
    ground: Ground,
    first: date,
    precision: str,
) -> Row:
    street = int(ground.house_street[house])
    x, y = front_m if precision == "exact" else ground.street_point_m[street]
    when = (
        {"From": _stamp(first, start), "To": _stamp(first, end)}
        if precision == "exact"
        else {"Month": _stamp(first, start)[:7]}
    )
    row = {
        "Incident Ref": f"NM/{number:06d}",
        "Offence": kind,
        **when,
        "Street": ground.street_name[street],
        "Ward": ground.district_name[int(ground.house_district[house])],
        "Easting": f"{x:.0f}",
        "Northing": f"{y:.0f}",
        "Outcome": _OUTCOMES[outcome],
        "Victim Name": person_name(number * 7),
        "Officer Note": f"Spoke to {person_name(number * 7)}, will ring back",
    }
    order = EXACT_COLUMNS if precision == "exact" else MONTH_COLUMNS
    return {c: row[c] for c in order}


def _stamp(first: date, day: float) -> str:
    """Write days since the first month as an instant, to the minute."""
    start = datetime(first.year, first.month, 1, tzinfo=UTC)
    return iso(start + timedelta(minutes=int(day * 1440)))


def write_town(folder: Path, town: Town) -> TownFiles:
    """Write incidents, mapping and study area into a folder, and the truth into ``truth/`` below it."""
    truth = folder / "truth"
    truth.mkdir(parents=True, exist_ok=True)
    files = TownFiles(
        incidents=folder / "incidents.csv",
        mapping=folder / "incidents.yml",
        area=folder / "northmere.geojson",
        plans=folder / "plans.csv",
        streets=folder / "streets.geojson",
        parks=folder / "parks.geojson",
        truth=truth,
    )
    files.incidents.write_bytes(town.csv)
    files.mapping.write_text(mapping_text(town.precision), encoding="utf-8")
    files.area.write_text(area_text(town.ground.outline), encoding="utf-8")
    files.plans.write_bytes(town.plans_csv)
    files.streets.write_text(streets_text(town.ground), encoding="utf-8")
    files.parks.write_text(parks_text(), encoding="utf-8")
    _write_truth(truth, town)
    return files


def mapping_text(precision: str) -> str:
    """Write the mapping file that tells the source ``incidents`` how to read this town's columns."""
    exact = precision == "exact"
    start = "start: From" if exact else 'start: {from: Month, form: "%Y-%m"}'
    return f"""# How the source "incidents" reads incidents.csv of the made-up town.
mapping: made-up-town
title: Recorded crimes of a made-up town
publisher: Peelian
licence: Apache-2.0
lawful_basis: made-up data about nobody; the rules apply to it as if it were real
force: northmere
epsg: {EPSG}
time_zone: UTC
precision: {precision}
republished: month
columns:
  ref: Incident Ref
  {start}
  {"end: To" if exact else "# no end: a month is all that is told"}
  x: Easting
  y: Northing
  place: Street
  area: Ward
  outcome: Outcome
  offence:
    from: Offence
    labels:
      burglary: [Burglary]
      vehicle-crime: [Vehicle crime]
      robbery: [Robbery]
      drugs: [Drugs]
drop:
  Victim Name: No purpose of ours needs to know who was wronged.
  Officer Note: Free text; may hold anything about anybody.
"""


def area_text(outline: shapely.Polygon) -> str:
    """Write the study polygon as GeoJSON (RFC 7946: longitude and latitude), to the centimetre."""
    to_degrees = pyproj.Transformer.from_crs(EPSG, 4326, always_xy=True)
    ring = [[round(lon, 7), round(lat, 7)] for lon, lat in to_degrees.itransform(outline.exterior.coords)]
    feature = {
        "type": "Feature",
        "properties": {"name": "Northmere", "note": "A made-up town in the open sea. No such place exists."},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    return json.dumps(feature, indent=1) + "\n"


def _write_truth(folder: Path, town: Town) -> None:
    """Write what really happened: parents of near repeats, each house's true rate, the planted rows."""
    offences, ground = town.burglaries, town.ground
    events = zip(offences.house, offences.day, offences.parent, strict=True)
    (folder / "burglaries.csv").write_bytes(
        _csv_bytes(
            ("number", "house", "day", "follows"),
            [
                {"number": str(i), "house": str(h), "day": f"{d:.4f}", "follows": "" if p < 0 else str(p)}
                for i, (h, d, p) in enumerate(events)
            ],
        )
    )
    houses = zip(ground.house_m, town.rate, strict=True)
    (folder / "houses.csv").write_bytes(
        _csv_bytes(
            ("house", "easting_m", "northing_m", "share_per_million"),
            [
                {
                    "house": str(i),
                    "easting_m": f"{at[0]:.1f}",
                    "northing_m": f"{at[1]:.1f}",
                    "share_per_million": f"{r * 1e6:.3f}",
                }
                for i, (at, r) in enumerate(houses)
            ],
        )
    )
    about = {
        "seed": town.seed,
        "first_month": town.first_month.isoformat()[:7],
        "months": town.months,
        "rows": len(town.rows),
        "burglaries": len(offences.day),
        "followers": int((offences.parent >= 0).sum()),
        "planted_lines": {k: list(v) for k, v in town.planted.items()},
    }
    (folder / "truth.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def _csv_bytes(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
