"""The frozen grid and the counts on it: what every figure about places rests on."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from peelian.core.counts import Counts, month_name, month_number, spread_over_months, starts_of_months
from peelian.core.errors import InvalidError
from peelian.core.grid import Grid, geojson_from_polygon, polygon_from_geojson
from peelian.core.study_area import derive_study_area

BOX = shapely.box(1000, 2000, 4050, 5000)


def test_grid_covers_the_polygon_exactly():
    """A budget of 1 % of the area must mean 1 % of the polygon, edge cells included."""
    triangle = shapely.Polygon([(1000, 2000), (6000, 2100), (3000, 7000)])
    grid = Grid.from_polygon(triangle, 150)
    assert grid.area_m2 == pytest.approx(triangle.area, rel=1e-5)
    assert (grid.share > 0).all()
    assert (grid.share <= 1).all()


def test_cell_names_stay_when_the_polygon_grows():
    """A plan of last year must name the same places as one of this year."""
    small, large = Grid.from_polygon(BOX, 150), Grid.from_polygon(BOX.buffer(700), 150)
    east, north = np.array([1500.0, 3999.0]), np.array([2100.0, 4999.0])
    names = [[g.ids[c] for c in g.cell_of(east, north)] for g in (small, large)]
    assert names[0] == names[1]
    assert small.hash != large.hash
    assert small.hash == Grid.from_polygon(BOX, 150).hash


def test_scattered_parts_are_blurred_as_if_alone():
    """A study area of parts far from each other must cost what its parts cost, and change no figure."""
    near, far = shapely.box(0, 0, 3000, 3000), shapely.box(300_000, 200_000, 303_000, 203_000)
    alone, both = Grid.from_polygon(near, 150), Grid.from_polygon(shapely.union_all([near, far]), 150)
    values = np.random.default_rng(1).random(len(alone))
    padded = np.zeros(len(both))
    where = both.cell_of(*(c + 1 for c in alone.corner(np.arange(len(alone)))))
    padded[where] = values
    assert both.to_raster(padded).size < 10_000
    blurred = [
        g.from_raster(gaussian_filter(g.to_raster(v), 2.0, mode="constant"))
        for g, v in ((alone, values), (both, padded))
    ]
    assert blurred[1][where] == pytest.approx(blurred[0])
    assert both.to_raster(padded).sum() == pytest.approx(values.sum())


def test_points_outside_or_missing_have_no_cell():
    """A point without a place must not land in somebody's street."""
    grid = Grid.from_polygon(BOX, 150)
    cells = grid.cell_of(np.array([999_999.0, np.nan, 1001.0]), np.array([2500.0, 2500.0, 2001.0]))
    assert cells[:2].tolist() == [-1, -1]
    assert cells[2] >= 0


def test_corner_holds_the_point():
    """What is drawn on the map must be the cell that was counted."""
    grid = Grid.from_polygon(BOX, 150)
    east, north = np.array([2222.0]), np.array([3333.0])
    left, bottom = grid.corner(grid.cell_of(east, north))
    assert left[0] <= 2222 < left[0] + 150
    assert bottom[0] <= 3333 < bottom[0] + 150


def test_budget_is_never_exceeded():
    """A method that quietly takes a little more area than the others would win by cheating."""
    grid = Grid.from_polygon(BOX, 150)
    order = np.arange(len(grid))
    n = grid.within_budget(order, 0.05)
    assert grid.share[:n].sum() <= 0.05 * grid.share.sum() + 1e-9
    assert grid.share[: n + 1].sum() > 0.05 * grid.share.sum()


@pytest.mark.parametrize(
    ("polygon", "cell_m", "code"),
    [
        (shapely.box(-0.5, 51.2, 0.3, 51.7), 150, "polygon-not-projected"),
        (BOX, 1000, "grid-mismatch"),
        (shapely.box(0, 0, 1e6, 1e6), 25, "grid-mismatch"),
        (shapely.Point(1000, 1000), 150, "polygon-invalid"),
        (shapely.Polygon([(0, 0), (5000, 5000), (5000, 0), (0, 5000)]), 150, "polygon-invalid"),
    ],
)
def test_grid_refuses_what_is_no_study_area(polygon, cell_m, code):
    """Degrees, a bow tie or ten cells give figures that look like figures."""
    with pytest.raises(InvalidError) as error:
        Grid.from_polygon(polygon, cell_m)
    assert error.value.code == code


def test_polygon_survives_geojson():
    """The published polygon is the one that is used."""
    holed = BOX.difference(shapely.box(2000, 3000, 2500, 3500))
    assert polygon_from_geojson(geojson_from_polygon(holed)).equals(holed)
    twice = holed.difference(shapely.Point(3300, 3300).buffer(200))
    assert polygon_from_geojson(geojson_from_polygon(twice)).area == pytest.approx(twice.area, rel=1e-6)
    both = shapely.union_all([BOX, shapely.box(9000, 9000, 9900, 9900)])
    assert polygon_from_geojson(geojson_from_polygon(both)).equals(both)
    with pytest.raises(InvalidError):
        polygon_from_geojson({"type": "Point", "coordinates": [1, 2]})


@given(st.permutations(range(8)))
def test_counts_do_not_depend_on_the_order_of_rows(order):
    """Files come in any order; the same incidents must give the same bytes."""
    cell = np.array([0, 0, 1, 2, -1, 2, 2, 0])
    month = np.array([5, 5, 6, 6, 6, 7, 7, 5])
    millionths = np.array([1_000_000, 333_333, 1_000_000, 666_667, 1_000_000, 1_000_000, 1, 1_000_000])
    one = Counts.from_events(3, cell, month, month, millionths)
    at = np.array(order)
    other = Counts.from_events(3, cell[at], month[at], month[at], millionths[at])
    assert one.weight.tolist() == other.weight.tolist()
    assert one.in_month(5).tolist() == [2.333333, 0, 0]


def test_late_reports_are_not_used_before_they_were_known():
    """A forecast made with what came in later flatters the method and nobody can repeat it."""
    counts = Counts.from_events(1, *(np.array(x) for x in ([0, 0, 0], [5, 5, 6], [5, 9, 6], [1_000_000] * 3)))
    assert counts.summed(counts.usable(7, 0)).tolist() == [2]
    assert counts.summed(counts.usable(7, 1)).tolist() == [1]
    assert counts.summed(counts.usable(10, 0)).tolist() == [3]
    assert counts.in_month(5, known_before=7).tolist() == [1]


def test_interval_is_spread_over_its_months():
    """A burglary found after a holiday belongs to no single month (aoristic weight)."""
    start, end = starts_of_months(np.array([24228, 24229, 24230]))[:2]
    half = start + (end - start) // 2
    row, month, millionths = spread_over_months(np.array([half, start]), np.array([end + (end - half), start]), 6)
    assert row.tolist() == [0, 0, 1]
    assert month.tolist() == [24228, 24229, 24228]
    assert millionths.tolist() == [500_000, 500_000, 1_000_000]
    assert len(spread_over_months(np.array([start]), np.array([start + 400 * 86_400_000_000]), 6)[0]) == 0


@given(st.integers(0, 10**15), st.integers(1, 10**13))
def test_spread_adds_up_to_one_incident(start, length):
    """An incident counts once, however vague its time."""
    _, _, millionths = spread_over_months(np.array([start]), np.array([start + length]), 10_000)
    assert millionths.sum() == 1_000_000
    assert (millionths >= 0).all()


def test_months_have_names():
    """People read 2019-05, not 24232."""
    assert month_name(24232) == "2019-05"
    assert month_number("2019-05") == 24232


def test_derived_area_holds_its_points_and_drops_a_stray():
    """A point recorded by mistake far out at sea must not stretch the study area."""
    rng = np.random.default_rng(1)
    east, north = rng.normal(50_000, 2000, 3000), rng.normal(50_000, 2000, 3000)
    area = derive_study_area(np.append(east, 500_000.0), np.append(north, 500_000.0))
    inside = shapely.contains_xy(area, east, north)
    assert inside.mean() > 0.95
    assert area.bounds[2] < 100_000
    with pytest.raises(InvalidError):
        derive_study_area(np.array([1.0]), np.array([1.0]))
