"""What the made-up city's police did before any tool: each month a sergeant named the streets that had been worst.

Present practice is what a method has to beat (PL-18). Read back from the crime system's own export, so that a plan
knows what its sergeant could have known, errors and all.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.csv as pacsv

COLUMNS = ("Plan ref", "Month", "Offence", "Easting", "Northing", "Rank")
BURGLARIES = ("BURG-DW", "BURG-OTH")
PLACES = 30
"""Places on a month's plan: about a twentieth of the town."""

REMEMBERED_MONTHS = 4
HABIT = 0.7
"""How far a sergeant's standing opinion of a street weighs beside its count; log-normal scale, dimensionless."""


def past_plans_csv(crimes: Path, *, seed: int, skip: int = 12) -> bytes:
    """Write the plans of every month but the first ``skip``: columns of the source ``plans``.

    Parameters
    ----------
    crimes : Path
        ``systems/crime/crimes.csv`` of a made-up city.
    skip : int
        Months at the start without a plan, >= 1: nobody plans without having seen anything.
    """
    rows = pacsv.read_csv(crimes)
    rows = rows.filter(pc.is_in(rows["offence"], pc.cast(list(BURGLARIES), "string")))
    written = pc.utf8_slice_codeunits(rows["recorded"].cast("string"), 0, 7).to_pylist()
    names, month = np.unique(written, return_inverse=True)
    streets, street = np.unique(rows["street"].to_numpy(zero_copy_only=False).astype(str), return_inverse=True)
    at = np.column_stack([rows["easting"].to_numpy(), rows["northing"].to_numpy()]).astype(float)
    habit = np.exp(np.random.default_rng([seed, 0xBEA7]).normal(0.0, HABIT, len(streets)))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for number in range(skip, len(names)):
        seen = (month < number) & (month >= number - REMEMBERED_MONTHS) & np.isfinite(at).all(axis=1)
        for rank, (east, north) in enumerate(_worst(street[seen], at[seen], habit), start=1):
            writer.writerow([f"NP-{names[number]}", names[number], "Burglary", f"{east:.0f}", f"{north:.0f}", rank])
    return out.getvalue().encode()


def _worst(street: np.ndarray, at: np.ndarray, habit: np.ndarray) -> np.ndarray:
    """Return the middles of what happened in the worst streets, worst first; metres, shape (n, 2)."""
    count = np.bincount(street, minlength=len(habit))
    worst = np.argsort(-(count + 0.5) * habit, kind="stable")[:PLACES]
    return np.array([at[street == s].mean(axis=0) for s in worst if count[s]])
