"""The ground of a made-up city: boroughs, wards, streets and dwellings in the open sea. It depends on the size alone.

Two seeds of one size are two histories of one place, so that a study area approved for one holds for the other.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyproj
import shapely
from scipy.spatial import cKDTree

from peelian.synth.city.columns import Texts, glue, numbers, pick, placed
from peelian.synth.city.sizes import Size
from peelian.synth.city.streams import Floats, Ints, stream
from peelian.synth.ground import EPSG, Ground
from peelian.synth.words import street_names

CENTRE_M = (60_000.0, 140_000.0)
"""Far from any coast, EPSG:27700."""

HOUSEHOLD = 2.53
"""People in a household, mean, as the households of this module come out."""

FLATS = 6
_BLOCKS = 0.12
_EVERY_M = 14.0
_STREET_M = 280.0
_OWN = 20_260_301  # the place's own chance: a constant
_NAMES = 1120

_BOROUGHS = (
    "Northmere Castlegate Saltmarsh Ravensholt Kingsferry Oldmoor Whitcombe Brightwater Harrowdene Stonebeck "
    "Fenwater Larkhill Marlow-on-Sea Greyfriars Wintersea Ashgrove"
).split()
_WARD_FIRST = (
    "Harbour Mill West East North South Market Chapel Abbey Bridge Castle Station Quarry Orchard Hill Sea Park Forge "
    "Canal Priory Moor Heath Wood Spring"
).split()
_WARD_LAST = "side gate field ford wick ham stead ley bank end".split()
_AREAS = ("NM", "NQ", "NX")
_UNIT = "ABDEFGHJLNPQRSTUWXYZ"


@dataclass(frozen=True)
class Layout:
    """A city's ground. A dwelling is a house or a flat; arrays over dwellings run in parallel.

    Parameters
    ----------
    ground : Ground
        Outline, streets and dwellings (its houses).
    ward_borough : ndarray of int, shape (n_wards,)
    borough_name : tuple of str
    address, postcode : pyarrow.StringArray, shape (n_dwellings,)
        As printed on an envelope, the borough left out.
    flat : ndarray of bool, shape (n_dwellings,)
    parks : tuple of (str, shapely.Polygon)
    camera_m : ndarray of float, shape (n_cameras, 2)
    by_ward : ndarray of int
        Dwellings ordered by ward; ``ward_start`` says where each ward begins, with the end appended.
    """

    ground: Ground
    ward_borough: Ints
    borough_name: tuple[str, ...]
    address: Texts
    postcode: Texts
    flat: np.ndarray
    parks: tuple[tuple[str, shapely.Polygon], ...]
    camera_m: Floats
    by_ward: Ints
    ward_start: Ints

    @property
    def n(self) -> int:
        """Return how many dwellings there are."""
        return len(self.ground.house_m)

    def street_text(self, dwelling: Ints) -> Texts:
        """Return the street's name of each dwelling."""
        return pick(self.ground.street_name, self.ground.house_street[dwelling])

    def ward_text(self, dwelling: Ints) -> Texts:
        """Return the ward's name of each dwelling."""
        return pick(self.ground.district_name, self.ground.house_district[dwelling])

    def draw_in_wards(self, rng: np.random.Generator, wards: Ints) -> Ints:
        """Draw one dwelling in each ward named."""
        width = self.ward_start[wards + 1] - self.ward_start[wards]
        return self.by_ward[self.ward_start[wards] + (rng.random(len(wards)) * width).astype(np.int64)]


def lay_out(size: Size) -> Layout:
    """Build the ground of a size. There is no chance in it but the place's own."""
    rng = stream(_OWN, size.name)
    wanted = size.people / HOUSEHOLD * 1.06
    dwelling_m2 = _EVERY_M * 90 / 2 / (1 + _BLOCKS * (FLATS - 1))
    spacing = float(np.sqrt(wanted * dwelling_m2 * 1.12 / size.wards / 0.866))
    centres, outline = _centres_and_outline(size.wards, spacing, rng)
    parks = _parks(centres, spacing, rng)
    houses, street_key, ward = _houses(centres, spacing, outline, parks, rng)
    return _with_dwellings(houses, street_key, ward, centres, outline, parks, size, rng)


def _centres_and_outline(n: int, spacing: float, rng: np.random.Generator) -> tuple[Floats, shapely.Polygon]:
    """Put ward centres on a shaken lattice of triangles, the n nearest to the middle; the outline goes round them."""
    reach = int(np.sqrt(n)) + 3
    i, j = np.meshgrid(np.arange(-reach, reach + 1), np.arange(-reach, reach + 1), indexing="ij")
    at = np.column_stack([(i + 0.5 * (j % 2)).ravel() + 0.21, (j * 0.866).ravel() + 0.13]) * spacing
    nearest = np.argsort((at**2).sum(axis=1), kind="stable")[:n]
    centres = at[nearest] + rng.normal(0, 0.08 * spacing, (n, 2)) + CENTRE_M
    discs = shapely.union_all(shapely.buffer(shapely.points(centres), spacing * 0.56))
    outline = discs.buffer(spacing * 0.5).buffer(-spacing * 0.5).simplify(spacing * 0.03)
    if outline.geom_type != "Polygon":
        outline = discs.convex_hull
    return centres, shapely.Polygon(outline.exterior)


def _parks(centres: Floats, spacing: float, rng: np.random.Generator) -> tuple[tuple[str, shapely.Polygon], ...]:
    """Give every third ward a park."""
    names = ("Mill Park", "The Meadows", "West Green", "Priory Gardens", "Long Common", "Lammas Field", "The Warren")
    at = centres[::3] + rng.uniform(-0.2, 0.2, (len(centres[::3]), 2)) * spacing
    discs = shapely.buffer(shapely.points(at), spacing * 0.12, quad_segs=6)
    return tuple((names[k % len(names)], disc) for k, disc in enumerate(discs))


def _houses(
    centres: Floats,
    spacing: float,
    outline: shapely.Polygon,
    parks: tuple[tuple[str, shapely.Polygon], ...],
    rng: np.random.Generator,
) -> tuple[Floats, Ints, Ints]:
    """Put houses on both sides of each ward's parallel streets; return places, (ward, line, piece) and wards."""
    tree, inner, green = cKDTree(centres), outline.buffer(-15), shapely.union_all([p for _, p in parks])
    shapely.prepare([inner, green])
    places, keys = [], []
    for number, centre in enumerate(centres):
        gap = rng.uniform(75, 110)
        line, along = np.meshgrid(
            np.arange(-spacing, spacing, gap), np.arange(-spacing, spacing, _EVERY_M), indexing="ij"
        )
        turn = rng.uniform(0, np.pi)
        for side_m in (-11.0, 11.0):
            x, y = along.ravel(), line.ravel() + side_m
            at = np.column_stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)]) + centre
            keep = tree.query(at)[1] == number
            keep[keep] = shapely.contains_xy(inner, *at[keep].T) & ~shapely.contains_xy(green, *at[keep].T)
            places.append(at[keep] + rng.normal(0, 1.2, (int(keep.sum()), 2)))
            piece, nth = np.floor(x / _STREET_M), np.round((x - np.floor(x / _STREET_M) * _STREET_M) / _EVERY_M)
            key = np.column_stack([
                np.full(len(x), number), (line.ravel() / gap).round(), piece, 2 * nth + (1 if side_m < 0 else 2),
            ])  # fmt: skip
            keys.append(key[keep].astype(np.int64))
    key = np.concatenate(keys)
    return np.concatenate(places), key[:, 1:], key[:, 0]


def _with_dwellings(
    houses: Floats,
    key: Ints,
    ward: Ints,
    centres: Floats,
    outline: shapely.Polygon,
    parks: tuple[tuple[str, shapely.Polygon], ...],
    size: Size,
    rng: np.random.Generator,
) -> Layout:
    """Turn houses into dwellings, some houses into flats, and give everything its name."""
    _, street = np.unique(np.column_stack([ward, key[:, :2]]), axis=0, return_inverse=True)
    street = street.reshape(-1)
    per_house = np.where(rng.random(len(houses)) < _BLOCKS, FLATS, 1)
    house = np.repeat(np.arange(len(houses)), per_house)
    flat_no = np.arange(len(house)) - np.repeat(np.cumsum(per_house) - per_house, per_house) + 1
    borough = _boroughs(centres, size.boroughs)
    names = _street_names(street, borough[ward])
    n_streets = int(street.max()) + 1
    count = np.bincount(street, minlength=n_streets)
    middle = np.column_stack([np.bincount(street, weights=houses[:, k]) / count for k in (0, 1)])
    ward_rate = rng.uniform(0.5, 2.3, size.wards)
    ground = Ground(
        outline, houses[house], street[house], ward[house], names, _ward_names(size.wards), np.round(middle),
        ward_rate[ward[house]],
    )  # fmt: skip
    flat = per_house[house] > 1
    door = glue(" ", numbers(key[house, 2]), pick(names, street[house]))
    by_ward = np.argsort(ground.house_district, kind="stable")
    starts = np.searchsorted(ground.house_district[by_ward], np.arange(size.wards + 1))
    return Layout(
        ground=ground,
        ward_borough=borough,
        borough_name=tuple(_BOROUGHS[: size.boroughs]),
        address=placed(door, flat, glue("", "Flat ", numbers(flat_no), ", ", door)),
        postcode=_postcodes(street, key[:, 2], ward).take(pa.array(house)),
        flat=flat,
        parks=parks,
        camera_m=_cameras(outline, size.cameras, rng),
        by_ward=by_ward,
        ward_start=starts,
    )


def _boroughs(centres: Floats, n: int) -> Ints:
    """Give each ward the nearest of n borough seats, spread over the wards."""
    order = np.argsort(np.arctan2(*(centres - centres.mean(axis=0)).T), kind="stable")
    seats = centres[order[np.linspace(0, len(order), n, endpoint=False).astype(int)]]
    return cKDTree(seats).query(centres)[1].astype(np.int64)


def _street_names(street: Ints, borough: Ints) -> tuple[str, ...]:
    """Name streets; a name may come again in another borough, as names do."""
    words = street_names(_NAMES)
    of_street = np.zeros(int(street.max()) + 1, dtype=np.int64)
    of_street[street] = borough
    nth = np.zeros(len(of_street), dtype=np.int64)
    for b in np.unique(of_street):
        here = of_street == b
        nth[here] = np.arange(int(here.sum())) + 173 * b
    return tuple(words[k % _NAMES] for k in nth)


def _ward_names(n: int) -> tuple[str, ...]:
    pairs = [first + last for last in _WARD_LAST for first in _WARD_FIRST]
    return tuple(pairs[(k * 7) % len(pairs)] for k in range(n))


def _postcodes(street: Ints, number: Ints, ward: Ints) -> Texts:
    """Give each house a postcode: about forty doors of a street share one."""
    stretch = street * 4 + np.minimum(number // 24, 3)
    kinds, which = np.unique(stretch, return_inverse=True)
    ward_of = np.zeros(len(kinds), dtype=np.int64)
    ward_of[which] = ward
    nth = np.arange(len(kinds)) - np.searchsorted(ward_of, ward_of)
    texts = []
    for w, k in zip(ward_of.tolist(), nth.tolist(), strict=True):
        unit = _UNIT[k // 10 // 20 % 20] + _UNIT[k // 10 % 20]
        texts.append(f"{_AREAS[w // 99]}{w % 99 + 1} {k % 10}{unit}")
    return pick(texts, which)


def _cameras(outline: shapely.Polygon, n: int, rng: np.random.Generator) -> Floats:
    """Put plate readers on two rings and on spokes of main road."""
    radius = np.sqrt(outline.area / np.pi)
    ring = np.where(np.arange(n) % 3 == 0, 0.85, np.where(np.arange(n) % 3 == 1, 0.45, rng.uniform(0.1, 0.95, n)))
    angle = 2 * np.pi * (np.arange(n) / n + rng.normal(0, 0.004, n))
    at = np.column_stack([np.cos(angle), np.sin(angle)]) * (ring * radius)[:, None]
    return np.round(at + np.array(outline.centroid.coords[0]))


def area_text(layout: Layout) -> str:
    """Write the study polygon as GeoJSON (RFC 7946: longitude and latitude), to the centimetre."""
    ring = _degrees(layout.ground.outline)
    feature = {
        "type": "Feature",
        "properties": {"name": "Northmere", "note": "A made-up city in the open sea. No such place exists."},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    return json.dumps(feature, indent=1) + "\n"


def parks_text(layout: Layout) -> str:
    """Write the parks as GeoJSON (RFC 7946)."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": "Polygon", "coordinates": [_degrees(shape)]},
        }
        for name, shape in layout.parks
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":")) + "\n"


def _degrees(shape: shapely.Polygon) -> list[list[float]]:
    to_degrees = pyproj.Transformer.from_crs(EPSG, 4326, always_xy=True)
    return [[round(lon, 7), round(lat, 7)] for lon, lat in to_degrees.itransform(shape.exterior.coords)]
