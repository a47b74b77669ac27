"""The ground of the made-up town: outline, districts, streets and houses. The same in every town, whatever the seed.

Coordinates are metres on the British National Grid (EPSG:27700), in the open sea west of Scilly's waters: the whole
pipeline works on them as on real ones, and nobody can take the town for a real place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from peelian.synth.words import street_names

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

EPSG = 27700
ORIGIN_M = (20_000.0, 150_000.0)

# The outline, metres from the origin: a coast in the south, a river mouth, fields elsewhere.
_OUTLINE_M = (
    (600, 500), (1900, 250), (2700, 700), (3000, 1250), (3300, 650), (4600, 300), (5900, 700), (6700, 1700),
    (6900, 2900), (6300, 4000), (5200, 4700), (4100, 5300), (2900, 5200), (1700, 4700), (800, 3900), (300, 2700),
    (250, 1500),
)  # fmt: skip

_PARKS_M = ((2350, 3700, 420), (4850, 1500, 330), (1250, 2050, 300), (5600, 3350, 380))  # x, y, radius
_PARK_NAMES = ("Mill Park", "The Meadows", "West Green", "Priory Gardens")

_DISTRICTS = (
    # name, centre x, centre y, angle of its streets in degrees, metres between streets, base rate of burglary
    ("Harbour", 1700, 1000, 12, 80, 1.5),
    ("Westfield", 950, 2900, 35, 120, 0.5),
    ("Millside", 2600, 2100, 80, 85, 1.9),
    ("Market", 3400, 2800, 5, 75, 1.1),
    ("Eastgate", 4500, 2500, 60, 85, 2.3),
    ("Seaview", 5200, 1000, 20, 110, 0.6),
    ("Hillcrest", 2300, 4300, 50, 130, 0.5),
    ("Northmoor", 4000, 4300, 15, 95, 1.2),
    ("Orchard Park", 6000, 2500, 75, 120, 0.7),
)

HOUSE_EVERY_M = 14.0
STREET_LENGTH_M = 280.0


@dataclass(frozen=True)
class Ground:
    """Where everything stands. Arrays over houses run in parallel; a house knows its street and its district.

    Parameters
    ----------
    outline : shapely.Polygon
        The study polygon, metres, EPSG:27700.
    house_m : ndarray of float, shape (n_houses, 2)
        Easting and northing of each house.
    house_street : ndarray of int, shape (n_houses,)
        Index into ``street_name``.
    house_district : ndarray of int, shape (n_houses,)
        Index into ``district_name``.
    street_name, district_name : tuple of str
        Invented names.
    street_point_m : ndarray of float, shape (n_streets, 2)
        The middle of each street: the map point that month-precision data are snapped to.
    base_rate : ndarray of float, shape (n_houses,)
        The district's relative rate of burglary, dimensionless.
    """

    outline: shapely.Polygon
    house_m: Floats
    house_street: Ints
    house_district: Ints
    street_name: tuple[str, ...]
    district_name: tuple[str, ...]
    street_point_m: Floats
    base_rate: Floats


def town_outline() -> shapely.Polygon:
    """Return the study polygon, metres, EPSG:27700."""
    return shapely.Polygon([(x + ORIGIN_M[0], y + ORIGIN_M[1]) for x, y in _OUTLINE_M])


def park_shapes() -> list[tuple[str, shapely.Polygon]]:
    """Return the parks, named, metres, EPSG:27700."""
    shapes = [shapely.Point(x + ORIGIN_M[0], y + ORIGIN_M[1]).buffer(radius) for x, y, radius in _PARKS_M]
    return list(zip(_PARK_NAMES, shapes, strict=True))


def lay_out_ground() -> Ground:
    """Build the ground. There is no chance in it: the town is the same place for every seed."""
    rng = np.random.default_rng(20260101)  # shakes house fronts a little; a constant of the place
    outline = town_outline()
    parts = [_district_houses(i, outline, rng) for i in range(len(_DISTRICTS))]
    house_m = np.concatenate([p[0] for p in parts])
    district = np.concatenate([np.full(len(p[0]), i) for i, p in enumerate(parts)])
    keys = np.concatenate([np.column_stack([np.full(len(p[1]), i), p[1]]) for i, p in enumerate(parts)])
    _, street = np.unique(keys, axis=0, return_inverse=True)
    street = street.reshape(-1)
    count = np.bincount(street)
    middle = np.column_stack([np.bincount(street, weights=house_m[:, k]) / count for k in (0, 1)])
    return Ground(
        outline=outline,
        house_m=house_m,
        house_street=street,
        house_district=district,
        street_name=street_names(len(count)),
        district_name=tuple(d[0] for d in _DISTRICTS),
        street_point_m=np.round(middle),
        base_rate=np.array([d[5] for d in _DISTRICTS])[district],
    )


def _district_houses(number: int, outline: shapely.Polygon, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """Put houses on both sides of parallel streets, and keep those that belong to the district."""
    _, x, y, angle, gap_m, _ = _DISTRICTS[number]
    reach = 2400.0
    line, step = np.meshgrid(
        np.arange(-reach, reach, gap_m), np.arange(-reach, reach, HOUSE_EVERY_M), indexing="ij", sparse=False
    )
    turn = np.deg2rad(angle)
    houses, streets = [], []
    for side_m in (-11.0, 11.0):
        along, across = step.ravel(), line.ravel() + side_m
        at = np.column_stack([
            x + along * np.cos(turn) - across * np.sin(turn),
            y + along * np.sin(turn) + across * np.cos(turn),
        ])  # fmt: skip
        keep = _belongs(at, number, outline)
        houses.append(at[keep] + rng.normal(0, 1.5, (int(keep.sum()), 2)) + ORIGIN_M)
        line_no, piece = (line.ravel() / gap_m).round(), np.floor(along / STREET_LENGTH_M)
        streets.append(np.column_stack([line_no, piece])[keep].astype(np.int64))
    return np.concatenate(houses), np.concatenate(streets)


def _belongs(at: Floats, number: int, outline: shapely.Polygon) -> npt.NDArray[np.bool_]:
    """Say which points are nearest to the district's centre, inside the town and outside the parks."""
    centres = np.array([(d[1], d[2]) for d in _DISTRICTS], dtype=float)
    nearest = ((at[:, None, :] - centres[None]) ** 2).sum(axis=2).argmin(axis=1) == number
    inside = shapely.contains_xy(outline.buffer(-20), *(at + ORIGIN_M).T)
    green = np.zeros(len(at), dtype=bool)
    for x, y, radius in _PARKS_M:
        green |= ((at - (x, y)) ** 2).sum(axis=1) < radius**2
    return np.asarray(nearest & inside & ~green)


def streets_near(points_m: Floats) -> list[str]:
    """Name the street nearest to each point: the made-up town's gazetteer, which is geography and no record.

    Parameters
    ----------
    points_m : ndarray of float, shape (n, 2)
        Easting and northing, metres.
    """
    ground = lay_out_ground()
    _, house = cKDTree(ground.house_m).query(points_m)
    return [ground.street_name[street] for street in ground.house_street[house]]
