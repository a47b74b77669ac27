"""What the made-up town's police did before any tool: each month a sergeant named the streets that had been worst.

Present practice is what a method has to beat (PL-18). A town without past plans would be compared with a stand-in only.
"""

from __future__ import annotations

import csv
import io

import numpy as np

from peelian.core.time import month_start
from peelian.synth.crime import Offences
from peelian.synth.ground import Ground

COLUMNS = ("Plan ref", "Month", "Offence", "Easting", "Northing", "Rank")

PLACES = 60
"""Streets on a month's plan: about a twentieth of the town."""

REMEMBERED_MONTHS = 4
HABIT = 0.7
"""How far a sergeant's standing opinion of a street weighs beside its count; log-normal scale, dimensionless."""


def past_plans_csv(
    ground: Ground, burglaries: Offences, *, first_month: int, months: int, seed: int, skip: int = 12
) -> bytes:
    """Write the plans of every month but the first ``skip``: columns of the source ``plans``.

    Parameters
    ----------
    first_month : int
        Of the history, ``12 * year + month - 1``.
    months : int
        Length of the history.
    skip : int
        Months at the start without a plan, >= 1: nobody plans without having seen anything.
    """
    rng = np.random.default_rng([seed, 0xBEA7])
    street, month = ground.house_street[burglaries.house], _month_numbers(burglaries, first_month, months)
    habit = np.exp(rng.normal(0.0, HABIT, len(ground.street_name)))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for number in range(skip, months):
        remembered = (month < number) & (month >= number - REMEMBERED_MONTHS)
        count = np.bincount(street[remembered], minlength=len(habit))
        worst = np.argsort(-(count + 0.5) * habit, kind="stable")[:PLACES]
        start = month_start(first_month + number)
        for rank, s in enumerate(worst, start=1):
            east, north = ground.street_point_m[s]
            writer.writerow([f"NP-{start:%Y-%m}", f"{start:%Y-%m}", "Burglary", f"{east:.0f}", f"{north:.0f}", rank])
    return out.getvalue().encode()


def _month_numbers(burglaries: Offences, first_month: int, months: int) -> np.ndarray:
    """Return the month of each offence, from 0."""
    first = month_start(first_month)
    edges = [(month_start(first_month + k) - first).days for k in range(months + 1)]
    return np.searchsorted(edges, burglaries.day, side="right") - 1
