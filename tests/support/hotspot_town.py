"""A made-up town for tests of places: a square of 6 km, uneven burglary, seasons, everything from one seed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import shapely

SIDE_M = 6000.0
LEFT_M, BOTTOM_M = 500_000.0, 200_000.0
FIRST_MONTH = 12 * 2021


def polygon() -> dict[str, object]:
    """Give the town's study area as GeoJSON."""
    box = shapely.box(LEFT_M, BOTTOM_M, LEFT_M + SIDE_M, BOTTOM_M + SIDE_M)
    return {"type": "Polygon", "coordinates": [shapely.get_coordinates(box).tolist()]}


def incidents(seed: int = 1, months: int = 30, a_month: float = 250.0) -> pa.Table:
    """Make incidents around forty points of unequal draw."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(300, SIDE_M - 300, (40, 2))
    draw = rng.pareto(1.2, 40) + 0.2
    n = rng.poisson(a_month * (1 + 0.2 * np.sin(np.arange(months) * np.pi / 6)))
    month = np.repeat(np.arange(months), n) + FIRST_MONTH
    near = rng.choice(40, len(month), p=draw / draw.sum())
    points = np.clip(centres[near] + rng.normal(0, 150, (len(month), 2)), 1, SIDE_M - 1).round(1)
    return pa.table(
        {
            "record_id": [f"{i:032x}" for i in range(len(month))],
            "offence": ["burglary"] * len(month),
            "month": month,
            "easting_m": points[:, 0] + LEFT_M,
            "northing_m": points[:, 1] + BOTTOM_M,
        }
    )


def parameters(**changes: object) -> dict[str, object]:
    """Give parameters for a run on the town, with changes."""
    return {
        "polygon": polygon(),
        "cell_m": 200.0,
        "offences": ["burglary"],
        "police_initiated": ["drugs", "possession-of-weapons", "public-order"],
        "target_month": FIRST_MONTH + 29,
        **changes,
    }
