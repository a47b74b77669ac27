"""What happens in the made-up town: offences from a known process, so that a forecast can be judged against truth.

Burglary is a self-exciting process: a background that stays put (district, street, house), a winter peak, and
near repeats: each offence breeds on average ``NEAR_REPEAT`` others, soon and close by.

References
----------
Mohler et al. (2011), Self-Exciting Point Process Modeling of Crime, JASA 106.
Johnson and Bowers (2004), The Stability of Space-Time Clusters of Burglary, British Journal of Criminology 44.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy.spatial import cKDTree

from peelian.synth.ground import ORIGIN_M, Floats, Ground, Ints

NEAR_REPEAT = 0.25  # offences bred by one offence, mean
REPEAT_RADIUS_M = 90.0  # mean distance of a near repeat
REPEAT_DAYS = 11.0  # mean delay of a near repeat
WINTER_PEAK = 0.3  # relative height of the yearly wave
PEAK_DAY = 355.0  # of the year

_TOWN_CENTRE_M = (3300.0 + ORIGIN_M[0], 2500.0 + ORIGIN_M[1])


@dataclass(frozen=True)
class Offences:
    """Offences of one kind, in order of time. Arrays run in parallel.

    Parameters
    ----------
    house : ndarray of int, shape (n,)
        The house where, or in front of which, it happened.
    day : ndarray of float, shape (n,)
        When, days since the first day of the town's first month.
    parent : ndarray of int, shape (n,)
        Position of the offence it followed, -1 for the background.
    """

    house: Ints
    day: Floats
    parent: Ints


def burglary_rate(ground: Ground) -> Floats:
    """Return each house's true share of the background of burglary, shape (n_houses,), summing to 1.

    The town's own: it does not depend on the seed, so that two seeds are two histories of one place.
    """
    rng = np.random.default_rng(20260102)
    centres = ground.house_m[rng.integers(0, len(ground.house_m), 30)]
    far = ((ground.house_m[:, None, :] - centres[None]) ** 2).sum(axis=2)
    bumps = np.exp(-far / (2 * 130.0**2)) @ rng.uniform(1.0, 6.0, len(centres))
    street = rng.gamma(2.0, 0.5, len(ground.street_name))[ground.house_street]
    house = rng.gamma(1.5, 1 / 1.5, len(ground.house_m))
    rate = ground.base_rate * (0.4 + bumps) * street * house
    return np.asarray(rate / rate.sum())


def centre_rate(ground: Ground, width_m: float) -> Floats:
    """Return shares that fall off from the town centre: robbery, shop streets, where patrols stand."""
    far = ((ground.house_m - _TOWN_CENTRE_M) ** 2).sum(axis=1)
    rate = np.exp(-far / (2 * width_m**2)) + 0.02
    return np.asarray(rate / rate.sum())


def draw_offences(
    ground: Ground,
    rate: Floats,
    *,
    first: date,
    n_days: int,
    n_mean: float,
    near_repeat: float,
    rng: np.random.Generator,
) -> Offences:
    """Draw one history of one kind of offence.

    Parameters
    ----------
    ground : Ground
        Where the houses stand.
    rate : ndarray of float, shape (n_houses,)
        Shares of the background, summing to 1.
    first : date
        First day of the history; the yearly wave follows the calendar.
    n_days : int
        Length of the history.
    n_mean : float
        Offences expected over the whole history, followers included (but for those that fall after its end).
    near_repeat : float
        Followers of one offence, mean, in [0, 1).
    rng : numpy.random.Generator
        Passed in: the same generator gives the same history.
    """
    day_of_year = first.timetuple().tm_yday + np.arange(n_days)
    weight = 1 + WINTER_PEAK * np.cos(2 * np.pi * (day_of_year - PEAK_DAY) / 365.25)
    n = int(rng.poisson(n_mean * (1 - near_repeat)))
    house = rng.choice(len(rate), size=n, p=rate)
    day = rng.choice(n_days, size=n, p=weight / weight.sum()) + rng.random(n)
    parent = np.full(n, -1)
    houses, days, parents, seen = [house], [day], [parent], 0
    tree = cKDTree(ground.house_m)
    while len(house):
        followers = _follow(ground, tree, house, day, seen, near_repeat, n_days, rng)
        seen += len(house)
        house, day, parent = followers
        houses.append(house)
        days.append(day)
        parents.append(parent)
    return _in_order(np.concatenate(houses), np.concatenate(days), np.concatenate(parents))


def _follow(
    ground: Ground,
    tree: cKDTree,
    house: Ints,
    day: Floats,
    seen: int,
    near_repeat: float,
    n_days: int,
    rng: np.random.Generator,
) -> tuple[Ints, Floats, Ints]:
    """Draw the followers of one generation; those after the end of the history are not seen."""
    source = np.repeat(np.arange(len(house)), rng.poisson(near_repeat, len(house)))
    when = day[source] + rng.exponential(REPEAT_DAYS, len(source))
    angle, radius = rng.uniform(0, 2 * np.pi, len(source)), rng.exponential(REPEAT_RADIUS_M, len(source))
    at = ground.house_m[house[source]] + (radius * np.array([np.cos(angle), np.sin(angle)])).T
    away, nearest = tree.query(at) if len(at) else (np.empty(0), np.empty(0, dtype=np.int64))
    keep = (when < n_days) & (away < 150)
    return nearest[keep].astype(np.int64), when[keep], (source + seen)[keep]


def _in_order(house: Ints, day: Floats, parent: Ints) -> Offences:
    order = np.argsort(day, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    moved = np.where(parent[order] >= 0, place[parent[order]], -1)
    # INVARIANT: nothing follows what has not happened yet.
    assert (moved < np.arange(len(order))).all(), "a near repeat comes after its source"
    return Offences(house=house[order], day=day[order], parent=moved)
