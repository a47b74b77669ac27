"""Points on the ground: degrees to metres, and points too far from the rest to be believed."""

from __future__ import annotations

import threading

import numpy as np
import pyproj

from peelian.core.errors import InvalidError
from peelian.ingest.contract import Points

_LEAST_POINTS = 20  # fewer say nothing about what is far
_LOCAL = threading.local()


class Projector:
    """Turns a pair of coordinates into metres of a projected reference system, rounded to a decimetre.

    A decimetre is what six decimals of a degree hold. Rounding makes the result the same on every machine, and
    the operation is the one PROJ carries without downloaded grids (in Great Britain right to about 3 m, a tenth of the
    distance to the published map point).

    Parameters
    ----------
    from_epsg, to_epsg : int
        Reference systems by EPSG number. ``to_epsg`` must be projected, in metres.
    """

    def __init__(self, from_epsg: int, to_epsg: int) -> None:
        self.from_epsg = from_epsg
        self.to_epsg = to_epsg
        target = _crs(to_epsg)
        if not target.is_projected or any(axis.unit_name != "metre" for axis in target.axis_info):
            raise InvalidError(
                "reference-system-unfit",
                f"EPSG:{to_epsg} is not a projected reference system in metres.",
                why="Cells, distances and hit rates are computed in metres.",
                do="Use the national grid, e.g. 27700 in Great Britain.",
                facts={"epsg": to_epsg},
            )
        self.from_degrees = _crs(from_epsg).is_geographic

    def project(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Project points; NaN in, or no place in the target system, is NaN out.

        Parameters
        ----------
        x, y : ndarray of float, shape (n,)
            Longitude and latitude in degrees, or easting and northing.

        Returns
        -------
        tuple of ndarray of float, shape (n,)
            Easting and northing, metres, rounded to 0.1.
        """
        if self.from_epsg == self.to_epsg:
            east, north = x, y
        else:
            east, north = self._transformer().transform(x, y, errcheck=False)
        good = np.isfinite(east) & np.isfinite(north)
        return tuple(np.where(good, np.round(a, 1) + 0.0, np.nan) for a in (east, north))  # type: ignore[return-value]

    def _transformer(self) -> pyproj.Transformer:
        """Return this thread's own transformer: they are not shared between threads."""
        made: dict[tuple[int, int], pyproj.Transformer] = _LOCAL.__dict__.setdefault("made", {})
        key = (self.from_epsg, self.to_epsg)
        if key not in made:
            made[key] = pyproj.Transformer.from_crs(*key, always_xy=True)
        return made[key]


def _crs(epsg: int) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_epsg(epsg)
    except pyproj.exceptions.CRSError as error:
        raise InvalidError(
            "reference-system-unknown",
            f"EPSG:{epsg} is not known.",
            why="Without it the coordinates have no place on the ground.",
            do="Look the number up at epsg.org.",
            facts={"epsg": epsg},
        ) from error


def inside_box(lon: np.ndarray, lat: np.ndarray, points: Points) -> np.ndarray:
    """Say which points lie in the box that the contract believes; NaN does not."""
    return (
        (lon >= points.lon_min) & (lon <= points.lon_max) & (lat >= points.lat_min) & (lat <= points.lat_max)
    )  # fmt: skip


def far_points(east: np.ndarray, north: np.ndarray, points: Points) -> np.ndarray:
    """Say which points lie far outside the force, judged by where the others lie.

    A point is far when its distance from the median point of the file exceeds
    ``max(far_least_m, far_times * q90)``; q90 is the 90th percentile of those distances (an observed one, so the
    order of rows cannot change it). Under 20 points nothing is called far.

    Parameters
    ----------
    east, north : ndarray of float, shape (n,)
        Metres; NaN where there is no point.
    points : Points
        The contract's rule.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    known = np.isfinite(east) & np.isfinite(north)
    if known.sum() < _LEAST_POINTS:
        return np.zeros(len(east), bool)
    distance_m = np.hypot(east - np.median(east[known]), north - np.median(north[known]))
    q90 = np.quantile(distance_m[known], 0.9, method="lower")
    limit_m = max(points.far_least_m, points.far_times * float(q90))
    return known & (np.nan_to_num(distance_m, nan=0.0) > limit_m)
