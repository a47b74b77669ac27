"""Calibrate: what places forecast at so many times the average came to, on earlier months."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from peelian.analyse.hotspots.choose import Candidate, Parts, Rolling, Window

Floats = NDArray[np.float64]

EDGES = np.array([0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
"""Bands of "times the area's average"; the first and the last are open."""

PRIOR_INCIDENTS = 50.0
"""A band is believed as far as its own incidents outweigh so many that came out as expected."""


DEFAULT_OVERDISPERSION = 0.25
OVERDISPERSION_MIN = 0.02


@dataclass(frozen=True)
class Curve:
    """Factors by how high a place is forecast, joined by straight lines on a logarithmic scale.

    Parameters
    ----------
    times_average : ndarray of float
        Where each factor holds, ascending; empty when nothing was learned.
    factors : ndarray of float
        Recorded over expected on earlier months. The order of places never changes:
        ``times_average * factors`` ascends.
    """

    times_average: Floats
    factors: Floats

    def at(self, times_average: Floats) -> Floats:
        """Return the factor for each place."""
        if not len(self.factors):
            return np.ones(len(times_average))
        where = np.log(np.maximum(times_average, 1e-9))
        return np.exp(np.interp(where, np.log(self.times_average), np.log(self.factors)))


def learn_errors(rolling: Rolling, window: Window, candidate: Candidate, months: list[int]) -> tuple[Curve, float]:
    """Compare expected with recorded over the months that the choice was made on.

    Returns
    -------
    tuple
        The curve; and the overdispersion: variance beyond chance, per expected incident.
    """
    if not months:
        return Curve(np.zeros(0), np.zeros(0)), DEFAULT_OVERDISPERSION
    errors = [_errors(rolling, m, window, candidate) for m in months]
    expected, recorded, area = np.asarray(sum(e.bands for e in errors))
    there = expected > 1
    where = expected[there] / area[there]
    factors = (recorded[there] + PRIOR_INCIDENTS) / (expected[there] + PRIOR_INCIDENTS)
    rising = np.maximum.accumulate(where * factors)  # INVARIANT: calibration never changes the order of places
    excess = sum(e.excess for e in errors) / float(recorded.sum())
    return Curve(np.round(where, 6), np.round(rising / where, 4)), max(excess, OVERDISPERSION_MIN)


@dataclass(frozen=True)
class Errors:
    """What one earlier month says about the forecast it would have had, given its total."""

    bands: Floats  # expected, recorded and average incidents, by band
    excess: float  # squared error beyond what chance alone would give


def _errors(rolling: Rolling, month: int, window: Window, candidate: Candidate) -> Errors:
    truth = rolling.counts.in_month(month, known_before=window.target)
    key = (month, round(float(truth.sum()) * 1e6), candidate)
    if key not in rolling.errors:
        mixed = mix(rolling.parts(month), candidate, rolling.grid.share)
        total = float(truth.sum())
        even, expected = rolling.grid.share * (total / rolling.grid.share.sum()), mixed * (total / mixed.sum())
        band = np.searchsorted(EDGES, expected / even, side="right")
        bands = [np.bincount(band, weights=c, minlength=len(EDGES) + 1) for c in (expected, truth, even)]
        chance = total - float((expected**2).sum()) / total
        rolling.errors[key] = Errors(np.stack(bands), float(((truth - expected) ** 2).sum()) - chance)
    found = rolling.errors[key]
    assert isinstance(found, Errors)
    return found


def mix(parts: Parts, candidate: Candidate, area: Floats) -> Floats:
    """Return the weighted counts here, nearby and anywhere, in the candidate's shares."""
    c = candidate
    here, nearby = parts.mixed(parts.here, c), parts.mixed(parts.nearby, c)
    anywhere = float(here.sum()) * (area / area.sum())
    return (1 - c.nearby_share - c.anywhere_share) * here + c.nearby_share * nearby + c.anywhere_share * anywhere
