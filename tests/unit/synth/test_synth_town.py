"""The made-up town: a place with known truth, the same for everybody."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json

import numpy as np
import pyproj
import pytest
import shapely

from peelian.synth import make_town, write_town
from peelian.synth.crime import NEAR_REPEAT
from peelian.synth.planting import COPIES, FAR_M, SPOIL


@pytest.fixture(scope="module")
def town():
    """Give the town of the demonstration."""
    return make_town()


def lines_of(town) -> dict[int, dict[str, str]]:
    """Read the file back as a stranger would: line number to row."""
    reader = csv.DictReader(io.StringIO(town.csv.decode(), newline=""))
    return dict(enumerate(reader, start=2))


def test_same_seed_gives_the_same_bytes(town):
    """A demonstration that differs from machine to machine cannot be written about."""
    assert hashlib.sha256(make_town().csv).digest() == hashlib.sha256(town.csv).digest()


def test_another_seed_gives_another_history_of_the_same_place(town):
    """Two seeds are two histories to test a method on; the streets and the true risk stay."""
    other = make_town(seed=2)
    assert other.csv != town.csv
    assert np.array_equal(other.ground.house_m, town.ground.house_m)
    assert np.array_equal(other.rate, town.rate)


def test_every_house_stands_inside_the_study_polygon(town):
    """A cell grid is laid over the polygon; what stands outside would be lost without a word."""
    assert shapely.contains_xy(town.ground.outline, *town.ground.house_m.T).all()


def test_streets_have_names_of_their_own(town):
    """A plan says where to walk by street name, so one name is one street."""
    assert len(set(town.ground.street_name)) == len(town.ground.street_name) == len(town.ground.street_point_m)


def test_a_near_repeat_comes_after_its_source_and_close_by(town):
    """Near repeats are what a method should find; planted wrongly they would test nothing."""
    b = town.burglaries
    after = b.parent >= 0
    assert (b.day[after] > b.day[b.parent[after]]).all()
    away = np.hypot(*(town.ground.house_m[b.house[after]] - town.ground.house_m[b.house[b.parent[after]]]).T)
    assert np.median(away) < 150
    assert abs(after.mean() - NEAR_REPEAT) < 0.03


def test_burglary_peaks_in_winter(town):
    """A method that ignores the season must be seen to lose something."""
    month = ((town.burglaries.day + 304) % 365.25 / 30.44).astype(int)  # the history begins in November
    winter, summer = np.isin(month, (0, 10, 11)).sum(), np.isin(month, (5, 6, 7)).sum()
    assert winter > 1.3 * summer


def test_places_stay_hot_from_year_to_year(town):
    """Stable places are why hotspot maps work at all; without them the demonstration would be noise."""
    b, street = town.burglaries, town.ground.house_street
    years = [np.bincount(street[b.house[(b.day // 365) == y]], minlength=len(town.ground.street_name)) for y in (0, 1)]
    assert np.corrcoef(*years)[0, 1] > 0.4


@pytest.mark.parametrize("kind", [*SPOIL, "same-row"])
def test_planted_rows_are_on_the_lines_the_truth_names(town, kind):
    """A test of quarantine counts against these lines."""
    lines = lines_of(town)
    looks = {
        "no-point": lambda r, _: r["Easting"] == r["Northing"] == "",
        "impossible-date": lambda r, _: r["From"][4:7] == "-13",
        "no-date": lambda r, _: r["From"] == "",
        "no-offence": lambda r, _: r["Offence"] == "",
        "ends-before-start": lambda r, _: r["To"] < r["From"],
        "far-away": lambda r, _: int(r["Easting"]) > FAR_M,
        "unknown-offence": lambda r, _: r["Offence"] == "Mischief",
        "no-reference": lambda r, _: r["Incident Ref"] == "",
        "formula": lambda r, _: r["Street"].startswith("="),
        "same-row": lambda r, line: r == lines[line - 1],
    }
    planted = town.planted[kind]
    assert len(planted) == (COPIES if kind == "same-row" else SPOIL[kind][0])
    assert all(looks[kind](lines[line], line) for line in planted)


def test_other_rows_are_good(town):
    """Rows that are bad by accident would spoil the counts."""
    planted = {line for lines in town.planted.values() for line in lines}
    good = [row for line, row in lines_of(town).items() if line not in planted]
    assert all(row["From"] <= row["To"] and row["Easting"] and row["Incident Ref"] for row in good)


def test_month_precision_tells_no_times_and_no_house_fronts():
    """Half of the world publishes months and map points; the method must be shown on those too."""
    town = make_town(months=6, burglaries=300, precision="month", plant=False)
    assert "From" not in town.columns
    assert {len(row["Month"]) for row in town.rows} == {7}
    points = {tuple(p) for p in town.ground.street_point_m}
    assert all((float(row["Easting"]), float(row["Northing"])) in points for row in town.rows)


def test_truth_is_written_apart_and_is_not_in_the_input(town, tmp_path):
    """Truth inside the input would let a method cheat."""
    files = write_town(tmp_path, town)
    assert {p.name for p in tmp_path.iterdir() if p.is_file()} == {
        "incidents.csv",
        "incidents.yml",
        "northmere.geojson",
        "plans.csv",
        "streets.geojson",
        "parks.geojson",
    }
    header = files.incidents.read_text(encoding="utf-8").splitlines()[0]
    assert "follows" not in header and "share" not in header
    about = json.loads((files.truth / "truth.json").read_text(encoding="utf-8"))
    assert about["burglaries"] == len(town.burglaries.day)


def test_area_file_is_the_outline_in_degrees(town, tmp_path):
    """The charter's areas are longitude and latitude; read back in metres the polygon must be the same one."""
    area = json.loads(write_town(tmp_path, town).area.read_text(encoding="utf-8"))
    to_metres = pyproj.Transformer.from_crs(4326, 27700, always_xy=True)
    back = np.array(list(to_metres.itransform(area["geometry"]["coordinates"][0])))
    assert np.abs(back - np.array(town.ground.outline.exterior.coords)).max() < 0.05


def test_past_plans_know_only_months_before_their_own(town, tmp_path):
    """Present practice that had seen the month it planned for could not be beaten honestly, and would prove nothing."""
    shorter = make_town(months=town.months, plant=False)
    rows = list(csv.DictReader(io.StringIO(shorter.plans_csv.decode())))
    months = sorted({row["Month"] for row in rows})
    last = max(shorter.burglaries.day)
    seen = [o for o in range(len(shorter.burglaries.day)) if shorter.burglaries.day[o] < last - 31]
    cut = dataclasses.replace(
        shorter,
        burglaries=dataclasses.replace(
            shorter.burglaries, **{n: getattr(shorter.burglaries, n)[seen] for n in ("house", "day", "parent")}
        ),
    )
    again = [row for row in csv.DictReader(io.StringIO(cut.plans_csv.decode())) if row["Month"] == months[-2]]
    assert again == [row for row in rows if row["Month"] == months[-2]]


def test_streets_are_drawn_where_their_houses_stand(town, tmp_path):
    """An officer who is sent to a street on a map must find it there."""
    streets = json.loads(write_town(tmp_path, town).streets.read_text(encoding="utf-8"))["features"]
    to_metres = pyproj.Transformer.from_crs(4326, 27700, always_xy=True)
    assert {f["properties"]["name"] for f in streets} == set(town.ground.street_name)
    name, line = streets[0]["properties"]["name"], streets[0]["geometry"]["coordinates"]
    houses = town.ground.house_m[town.ground.house_street == town.ground.street_name.index(name)]
    drawn = shapely.LineString(list(to_metres.itransform(line)))
    assert max(drawn.distance(shapely.Point(h)) for h in houses) < 25
