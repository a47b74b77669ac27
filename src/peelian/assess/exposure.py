"""Who is exposed: stops by group inside the chosen places beside the whole area (PL-18).

Cells have no ethnicity, so a check "by group" on places alone passes empty. What can be asked is who was stopped
where the method would send patrols. Numbers that leave this module are fit to publish: counts below eight are
suppressed, others rounded to five, shares computed from the rounded counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from peelian.core.grid import Grid
from peelian.core.stats import wilson_interval

Ints = NDArray[np.int64]

SUPPRESS_BELOW = 8
ROUND_TO = 5
GROUP_MIN = 50
RATIO_MAX = 1.25


def measure_exposure(
    tables: Mapping[str, pa.Table], grid: Grid, chosen: Mapping[int, Ints], column: str, *, group_min: int = GROUP_MIN
) -> dict[str, Any]:
    """Set each group's share of stops inside the chosen cells beside everybody's.

    Parameters
    ----------
    tables : mapping of str to pyarrow.Table
        ``stop`` (``record_id month easting_m northing_m``) and ``stop_equality`` (``record_id`` and the column), the
        sealed table that only an assessment mandate opens.
    grid : Grid
        The frozen grid.
    chosen : mapping of int to ndarray of int64
        Cells the method chose, by month.
    column : str
        The protected characteristic, e.g. ``ethnicity_officer_defined``.
    group_min : int
        Groups with fewer stops inside the area are not reported.

    Returns
    -------
    dict
        ``groups`` (``group stops inside share low high ratio``), ``all``, ``months`` (``test`` when stops fall into
        the tested months, else ``earlier``: the last plan laid over earlier stops), ``flagged``, ``suppressed``.
    """
    cell, month, group = _stops(tables, grid, column)
    tested = np.isin(month, np.array(list(chosen)))
    period = "test" if tested.any() else "earlier"
    if period == "test":
        cell, month, group = cell[tested], month[tested], group[tested]
        inside = _inside_by_month(cell, month, chosen)
    else:
        inside = np.isin(cell, chosen[max(chosen)])
    everyone = _figures("everyone", len(cell), int(inside.sum()), None)
    rows, suppressed = [], 0
    for name in sorted(set(group.tolist())):
        own = group == name
        if int(own.sum()) < max(group_min, SUPPRESS_BELOW) or _hidden(int(inside[own].sum())):
            suppressed += 1
            continue
        rows.append(_figures(name, int(own.sum()), int(inside[own].sum()), everyone["share"]))
    flagged = [r["group"] for r in rows if r["ratio_low"] is not None and r["ratio_low"] > RATIO_MAX]
    return {
        "column": column,
        "months": period,
        "all": everyone,
        "groups": rows,
        "suppressed": suppressed,
        "flagged": flagged,
        "rules": {"group_min": group_min, "suppress_below": SUPPRESS_BELOW, "round_to": ROUND_TO, "ratio": RATIO_MAX},
    }


def _stops(tables: Mapping[str, pa.Table], grid: Grid, column: str) -> tuple[Ints, Ints, NDArray[Any]]:
    """Join stops to the protected column by record, inside the area only."""
    joined = (
        tables["stop"].join(tables["stop_equality"].select(["record_id", column]), "record_id").sort_by("record_id")
    )
    east, north = (joined[c].fill_null(np.nan).to_numpy() for c in ("easting_m", "northing_m"))
    cell = grid.cell_of(east, north)
    group = np.array([g or "not recorded" for g in joined[column].to_pylist()], dtype=object)
    inside = cell >= 0
    return cell[inside], joined["month"].to_numpy()[inside], group[inside]


def _inside_by_month(cell: Ints, month: Ints, chosen: Mapping[int, Ints]) -> NDArray[np.bool_]:
    inside = np.zeros(len(cell), dtype=bool)
    for m, cells in chosen.items():
        inside |= (month == m) & np.isin(cell, cells)
    return inside


def _hidden(count: int) -> bool:
    return 0 < count < SUPPRESS_BELOW


def _rounded(count: int) -> int:
    return ROUND_TO * round(count / ROUND_TO)


def _figures(name: str, stops: int, inside: int, overall: float | None) -> dict[str, Any]:
    """Compute shares from the rounded counts, so that no exact count can be worked back."""
    stops, inside = _rounded(stops), _rounded(inside)
    low, high = wilson_interval(inside, stops)
    row: dict[str, Any] = {"group": name, "stops": stops, "inside": inside}
    row |= {"share": round(inside / stops, 4) if stops else 0.0, "low": round(low, 4), "high": round(high, 4)}
    compared = overall or 0.0
    row["ratio"] = round(row["share"] / compared, 3) if compared else None
    row["ratio_low"] = round(low / compared, 3) if compared else None
    row["ratio_high"] = round(high / compared, 3) if compared else None
    return row


def exposure_columns(tables: Mapping[str, pa.Table], wanted: Sequence[str] | None) -> list[str]:
    """Say which protected columns to look at: those wanted, else the ethnicity and sex columns that are there."""
    if "stop" not in tables or "stop_equality" not in tables:
        return []
    there = tables["stop_equality"].column_names
    usual = ("ethnicity_self_defined", "ethnicity_officer_defined", "sex")
    return [c for c in (wanted or usual) if c in there]
