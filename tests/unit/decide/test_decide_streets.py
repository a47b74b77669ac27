"""Squares by names that people know."""

from __future__ import annotations

import numpy as np
import shapely

from peelian.core.grid import Grid
from peelian.decide.streets import find_cells, name_cells, street_words

GRID = Grid.from_polygon(shapely.box(10_000, 10_000, 11_500, 11_500), 100.0)
POINTS = [
    (10_050, 10_050, "Mill Road", 3),
    (10_050, 10_050, "Kiln Lane", 1),
    (10_150, 10_050, "Mill Road", 1),
    (10_750, 10_050, "Mill Road", 1),
    (11_050, 11_050, "On or near Priory Walk", 9),
    (11_050, 11_050, "No Location", 20),
    (9_000, 9_000, "Outside Street", 5),
]


def named(points=POINTS):
    """Name the cells from points."""
    x, y, places, counts = zip(*points, strict=True)
    return name_cells(GRID, np.array(x, float), np.array(y, float), places, np.array(counts))


def test_every_square_has_a_name_of_its_own():
    """Two squares with one name would send a patrol to the wrong one."""
    cells = named()
    assert len(cells) == len(GRID) == len({c.name for c in cells.values()})


def test_a_square_is_named_after_the_street_most_was_recorded_on():
    """Officers think in streets, not in grid numbers."""
    cells = named()
    assert cells["c100-100-100"].name == "Mill Road, by Kiln Lane"
    assert cells["c100-110-110"].name == "Priory Walk"
    assert cells["c100-101-100"].name.startswith("Mill Road (") and cells["c100-114-114"].name.startswith("Near ")
    assert cells["c100-100-100"].streets == ("Mill Road", "Kiln Lane")


def test_the_order_of_names_tells_nothing_about_what_was_recorded():
    """A list with the busiest first would show the forecast before the own view."""
    names = [c.name.removeprefix("Near ") for c in named().values()]
    assert names == sorted(names)


def test_a_search_finds_every_square_a_street_runs_through():
    """People type half a street's name."""
    cells = named()
    assert {c.cell for c in find_cells(cells, "kiln")} == {"c100-100-100"} | {
        c.cell for c in cells.values() if "Kiln" in c.name
    }
    assert len(find_cells(cells, "  MILL road ")) >= 3
    assert len(find_cells(cells, "")) == len(GRID) and not find_cells(cells, "zebra")


def test_without_any_street_there_are_no_names():
    """An invented name is worse than none: the page then says the square's number."""
    assert named([(10_050, 10_050, "", 3)]) == {}
    assert street_words("On or near ") == "" and street_words("On or near  High St") == "High St"
