"""From a view's tables and declared parameters to a ranked plan: what runs in the worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from peelian.analyse.hotspots.choose import CANDIDATES, Candidate, Rolling
from peelian.analyse.hotspots.explain import sentence
from peelian.analyse.hotspots.method import SCORING_MONTHS, Contributions, Hotspots
from peelian.core.counts import Counts, month_name, months_of_instants, spread_over_months
from peelian.core.errors import InvalidError, Reason, RefusedError
from peelian.core.grid import Grid, polygon_from_geojson

Ints = NDArray[np.int64]

BUDGET_MIN = 0.005
INTERVAL_MONTHS_MAX = 6
OUTSIDE_MAX = 0.5
LATE_MONTHS = 6


@dataclass(frozen=True)
class Settings:
    """What a run is asked for; :meth:`read` checks it and refuses what the rules do not allow.

    Parameters
    ----------
    polygon : mapping
        GeoJSON geometry, projected metres: the published study area, frozen.
    cell_m : float
        Side of a cell, metres.
    offences : tuple of str
        Offence ids that are counted.
    police_initiated : frozenset of str
        Offence ids that police activity itself discovers (charter); refused.
    budgets : tuple of float
        Shares of the area to choose, ascending.
    target_month : int
        Month to forecast, ``12 * year + month - 1``; 0 where a race names its own.
    lag_months : int
        Last months before the target that would not have been known.
    budget_min : float
        Smaller budgets are refused.
    interval : float
        Probability that intervals hold.
    digits : int
        Decimals published.
    candidate : Candidate or None
        A fixed setting, else chosen on earlier months.
    """

    polygon: Mapping[str, Any]
    cell_m: float
    offences: tuple[str, ...]
    police_initiated: frozenset[str]
    budgets: tuple[float, ...] = (0.01, 0.02, 0.05)
    target_month: int = 0
    lag_months: int = 0
    budget_min: float = BUDGET_MIN
    interval: float = 0.8
    digits: int = 4
    candidate: Candidate | None = None

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Settings:
        """Build settings from plain parameters; names that are not a setting's are left to others.

        Raises
        ------
        InvalidError
            ``parameter-missing``, ``parameter-invalid``.
        RefusedError
            ``offence-police-initiated``, ``budget-too-small``.
        """
        missing = [n for n in ("polygon", "cell_m", "offences", "police_initiated") if n not in parameters]
        if missing:
            raise InvalidError(
                "parameter-missing",
                f"The hotspots method was not told its {' and '.join(missing)}.",
                why="Study area, cell size and offences are part of what was approved; the method has no defaults.",
                do="Pass them from the mandate and the charter.",
            )
        known = {k: parameters[k] for k in cls.__dataclass_fields__ if parameters.get(k) is not None}
        known["offences"] = tuple(sorted(set(known["offences"])))
        known["police_initiated"] = frozenset(known["police_initiated"])
        known["budgets"] = tuple(sorted({float(b) for b in known.get("budgets", cls.budgets)}))
        if isinstance(known.get("candidate"), Mapping):
            known["candidate"] = Candidate(**known["candidate"])
        settings = cls(**known)
        settings._check()
        return settings

    def _check(self) -> None:
        """Check values first, then the rules: a refusal is only given for what could otherwise be done."""
        wrong = [
            name
            for name, good in (
                ("cell_m", 25 <= self.cell_m <= 5000),
                ("offences", bool(self.offences)),
                ("budgets", bool(self.budgets) and self.budgets[0] > 0 and self.budgets[-1] <= 0.5),
                ("lag_months", 0 <= self.lag_months <= 24),
                ("interval", 0 < self.interval < 1),
                ("digits", 0 <= self.digits <= 6),
            )
            if not good
        ]
        if wrong:
            raise InvalidError(
                "parameter-invalid",
                f"The hotspots method cannot use this {' and '.join(wrong)}.",
                why="Cells are 25 m to 5 km, budgets shares of the area up to a half, digits 0 to 6, "
                "the lag 0 to 24 months.",
                do="See docs/explanation/hotspots.md for each setting's range.",
            )
        reasons = [*self._police_initiated(), *self._tiny_budget()]
        if reasons:
            _refuse(reasons)

    def _police_initiated(self) -> list[Reason]:
        found = sorted(set(self.offences) & self.police_initiated)
        return [
            Reason(
                "offence-police-initiated",
                f"{offence} is recorded where police look for it: a forecast would send patrols where patrols were.",
                owner="charter/red_lines.yml",
                do="Forecast only offences that the public reports.",
            )
            for offence in found
        ]

    def _tiny_budget(self) -> list[Reason]:
        if self.budgets[0] >= self.budget_min:
            return []
        return [
            Reason(
                "budget-too-small",
                f"A budget of {self.budgets[0]:.2%} of the area is below {self.budget_min:.2%}: over a handful of "
                "cells the prediction accuracy index grows without bound and says nothing about skill.",
                owner="the method's card",
                do=f"Ask for {self.budget_min:.2%} of the area or more.",
            )
        ]


def _refuse(reasons: list[Reason]) -> None:
    why, do = reasons[0].what, reasons[0].do
    if reasons[0].code == "offence-police-initiated":
        what = "This offence may not be forecast."
        raise RefusedError("offence-police-initiated", what, reasons=reasons, why=why, do=do)
    raise RefusedError("budget-too-small", "The budget is too small to mean anything.", reasons=reasons, why=why, do=do)


@dataclass(frozen=True)
class Prepared:
    """A frozen grid and the counts on it, ready for forecasts; what a race shares between methods."""

    settings: Settings
    grid: Grid
    counts: Counts
    warnings: list[dict[str, object]] = field(default_factory=list)


def prepare(tables: Mapping[str, pa.Table], parameters: Mapping[str, Any]) -> Prepared:
    """Check the parameters, lay the grid, count the incidents.

    Parameters
    ----------
    tables : mapping of str to pyarrow.Table
        ``incident`` with ``month easting_m northing_m``; used where there: ``record_id`` (repeats are dropped),
        ``offence`` (others than asked for are dropped), ``at_start at_end precision`` (from-to times are spread),
        ``recorded_at`` when ``parameters["as_known"]`` is true.
    parameters : mapping
        See :class:`Settings`.

    Raises
    ------
    InvalidError
        ``column-missing``, ``points-outside``, and what :class:`Settings` and :class:`~peelian.core.grid.Grid` raise.
    RefusedError
        What :class:`Settings` raises.
    """
    settings = Settings.read(parameters)
    grid = Grid.from_polygon(polygon_from_geojson(settings.polygon), settings.cell_m)
    incidents, dropped = _own_rows(tables["incident"], settings)
    row, month, millionths, too_long = _when(incidents)
    east, north = _numbers(incidents, "easting_m"), _numbers(incidents, "northing_m")
    cell = grid.cell_of(east, north)
    _demand_inside(cell)
    known, late = _known(incidents, parameters)
    counts = Counts.from_events(len(grid), cell[row], month, known[row], millionths)
    tallies = {"repeated-record": dropped, "interval-too-long": too_long, "recorded-late": late}
    warnings = _warnings(counts, cell, tallies | {"points-shared": _at_shared_points(east, north, cell)})
    return Prepared(settings, grid, counts, warnings)


def _own_rows(table: pa.Table, settings: Settings) -> tuple[pa.Table, int]:
    """Keep the offences asked for, each record once."""
    absent = [c for c in ("month", "easting_m", "northing_m") if c not in table.column_names]
    if absent:
        raise InvalidError(
            "column-missing",
            f"The view has no column {' and '.join(absent)}.",
            why="The method counts incidents by month and place.",
            do="Ask for month, easting_m and northing_m of table incident.",
        )
    if "offence" in table.column_names:
        table = table.filter(pc.is_in(table["offence"], pa.array(settings.offences, pa.string())))
    if "record_id" not in table.column_names:
        return table, 0
    ids = table["record_id"].to_numpy(zero_copy_only=False)
    _, first = np.unique(ids, return_index=True)
    return (table, 0) if len(first) == len(ids) else (table.take(pa.array(np.sort(first))), len(ids) - len(first))


def _when(table: pa.Table) -> tuple[Ints, Ints, Ints, int]:
    """Return for each piece of an incident its row, month and weight; and how many were too vague to use."""
    month = _numbers(table, "month").astype(np.int64)
    row, weight = np.arange(len(month)), np.full(len(month), 1_000_000)
    if "at_start" not in table.column_names or "at_end" not in table.column_names:
        return row, month, weight, 0
    start, end = (_numbers(table, c, missing=-1).astype(np.int64) for c in ("at_start", "at_end"))
    vague = (start >= 0) & (months_of_instants(np.maximum(end - 1, start)) > months_of_instants(start))
    if not vague.any():
        return row, month, weight, 0
    some, spread_month, spread_weight = spread_over_months(start[vague], end[vague], INTERVAL_MONTHS_MAX)
    too_long = int(vague.sum()) - len(np.unique(some))
    pieces = (np.flatnonzero(vague)[some], spread_month, spread_weight)
    exact = (row[~vague], month[~vague], weight[~vague])
    return (*(np.concatenate(pair) for pair in zip(exact, pieces, strict=True)), too_long)  # type: ignore[return-value]


def _known(table: pa.Table, parameters: Mapping[str, Any]) -> tuple[Ints, int]:
    """Return the month in which each incident was over and, when asked for, on record; and how many came too late.

    A source that was loaded years after the fact cannot say what was known when: its dates of record are then left
    aside and the incidents so treated are counted.
    """
    month = _numbers(table, "month").astype(np.int64)
    known = month
    if "at_start" in table.column_names and "at_end" in table.column_names:
        start, end = (_numbers(table, c, missing=-1).astype(np.int64) for c in ("at_start", "at_end"))
        known = np.where(start >= 0, np.maximum(known, months_of_instants(np.maximum(end - 1, start))), known)
    if not parameters.get("as_known") or "recorded_at" not in table.column_names:
        return known, 0
    recorded = months_of_instants(_numbers(table, "recorded_at", missing=0).astype(np.int64))
    late = int((recorded > month + LATE_MONTHS).sum())
    return (known, late) if 2 * late > len(month) else (np.maximum(known, recorded), 0)


def _at_shared_points(east: NDArray[Any], north: NDArray[Any], cell: Ints) -> int:
    """Count incidents inside the area that share their exact point with at least four others."""
    inside = cell >= 0
    points = np.rint(east[inside]).astype(np.int64) * 100_000_000 + np.rint(north[inside]).astype(np.int64)
    _, n = np.unique(points, return_counts=True)
    return int(n[n >= 5].sum())


def _numbers(table: pa.Table, name: str, missing: float = np.nan) -> NDArray[Any]:
    column = table[name]
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64())
    return column.to_numpy() if column.null_count == 0 else column.fill_null(missing).to_numpy()


def _demand_inside(cell: Ints) -> None:
    outside = int((cell < 0).sum())
    if len(cell) and outside > OUTSIDE_MAX * len(cell):
        raise InvalidError(
            "points-outside",
            f"{outside:,} of {len(cell):,} incidents lie outside the study polygon.",
            why="Polygon and points do not belong together, or are in different reference systems.",
            do="Check the area's name and the deployment's reference system.",
            facts={"outside": outside, "incidents": len(cell)},
        )


def _warnings(counts: Counts, cell: Ints, tallies: Mapping[str, int]) -> list[dict[str, object]]:
    """Say what was dropped or is odd about the record; counted, never silent."""
    told = {
        "repeated-record": "records with an id that had come before; each counts once",
        "interval-too-long": f"incidents whose from-to time spans over {INTERVAL_MONTHS_MAX} months; left out",
        "recorded-late": "incidents first read long after they happened; what was known when cannot be told from them",
        "points-shared": "incidents that share their exact point with four others or more: points snapped by the "
        "publisher, repeats, or one address; smaller cells then raise the index without more skill",
        "outside-area": "incidents without a place inside the study polygon; left out",
        "month-missing": "months inside the record without any incident; treated as not delivered",
    }
    outside = int((cell < 0).sum())
    months = counts.months
    gaps = int(months[-1] - months[0] + 1 - len(months)) if len(months) else 0
    found = {**tallies, "outside-area": outside, "month-missing": gaps}
    return [{"code": k, "what": told[k], "count": n} for k, n in found.items() if n]


@dataclass(frozen=True)
class HotspotsMethod:
    """The method as others use it without knowing it: the worker, and the race in ``assess``."""

    name: str = "hotspots"

    def prepare(self, tables: Mapping[str, pa.Table], parameters: Mapping[str, Any]) -> Prepared:
        """Check, lay the grid, count; see :func:`prepare`."""
        return prepare(tables, parameters)

    def rolling(self, grid: Grid, counts: Counts, settings: Settings) -> Rolling:
        """Return the store of earlier months' scores that origins share."""
        candidates = (settings.candidate,) if settings.candidate else CANDIDATES
        return Rolling(counts, grid, lag_months=settings.lag_months, candidates=candidates)

    def fit(
        self,
        grid: Grid,
        counts: Counts,
        target: int,
        settings: Settings,
        rolling: Rolling | None = None,
        scoring_months: int = SCORING_MONTHS,
    ) -> Hotspots:
        """Fit one forecast."""
        method = Hotspots(
            grid,
            lag_months=settings.lag_months,
            interval=settings.interval,
            digits=settings.digits,
            candidate=settings.candidate,
            rolling=rolling,
            scoring_months=scoring_months,
        )
        return method.fit(counts, target)

    def fit_like(self, fitted: Hotspots, grid: Grid, counts: Counts, target: int) -> Hotspots:
        """Fit the setting of one forecast to another place, without choosing anew: for simulations."""
        method = Hotspots(grid, candidate=fitted.candidate_, scoring_months=0, digits=fitted.digits)
        return method.fit(counts, target)


HOTSPOTS = HotspotsMethod()


def run(tables: Mapping[str, pa.Table], parameters: Mapping[str, Any]) -> dict[str, object]:
    """Forecast one month and rank the cells, each with its reasons.

    Parameters
    ----------
    tables : mapping of str to pyarrow.Table
        See :func:`prepare`. The order of rows does not matter.
    parameters : mapping
        ``polygon cell_m offences police_initiated target_month``; optional ``budgets lag_months budget_min interval
        digits candidate as_known explain_cells`` (at most so many cells carry contributions; default all).

    Returns
    -------
    dict
        Plain data, rounded to ``digits``, with equal canonical bytes on every run and number of threads:
        ``target_month grid chosen base_rate budgets periods cells warnings``. Each cell has ``rank id easting_m
        northing_m area_share expected low high count_low count_high times_average recorded here nearby anywhere
        sentence``; ``here``, ``nearby`` and ``anywhere`` add up to ``expected`` exactly, as decimals.

    Raises
    ------
    InvalidError, RefusedError
        See :func:`prepare`; ``too-little-data``.
    """
    prepared = prepare(tables, parameters)
    settings, grid = prepared.settings, prepared.grid
    model = HOTSPOTS.fit(grid, prepared.counts, settings.target_month, settings)
    forecast = model.forecast()
    sizes = [grid.within_budget(forecast.order, b) for b in settings.budgets]
    cells = forecast.order[: max(sizes)]
    explained = cells[: parameters.get("explain_cells", len(cells))]
    average = float(model.expected_.sum() / grid.share.sum())
    return {
        "method": "hotspots",
        "target_month": settings.target_month,
        "month": month_name(settings.target_month),
        "grid": {
            "cell_m": settings.cell_m,
            "cells": len(grid),
            "hash": grid.hash,
            "area_km2": round(grid.area_m2 / 1e6, 3),
        },
        "parameters_chosen": _chosen(model),
        "base_rate": {
            "expected_total": round(float(model.expected_.sum()), 2),
            "expected_per_cell": round(average, settings.digits),
            "interval": settings.interval,
        },
        "budgets": [
            _budget(grid, model, forecast.order[:size], b) for b, size in zip(settings.budgets, sizes, strict=True)
        ],
        "periods": model.contributions(cells[:0]).periods,
        "cells": _cells(model, grid, cells, explained, average),
        "warnings": prepared.warnings + _history_warning(model),
    }


def _chosen(model: Hotspots) -> dict[str, object]:
    scored = model.scored_months_
    return {
        **model.candidate_.as_dict(),
        "level": model.level_.kind,
        "level_factor": model.level_.factor,
        "level_variance": round(model.level_.variance, 6),
        "curve": np.stack([model.curve_.times_average, model.curve_.factors], axis=1).tolist(),
        "overdispersion": round(model.overdispersion_, 4),
        "lag_months": model.lag_months,
        "chosen_on": [month_name(scored[0]), month_name(scored[-1])] if scored else [],
    }


def _history_warning(model: Hotspots) -> list[dict[str, object]]:
    if model.scored_months_ or model.candidate:
        return []
    what = "half-life and smoothing are the defaults: there is too little history to choose them on"
    return [{"code": "defaults-used", "what": what, "count": 1}]


def _budget(grid: Grid, model: Hotspots, chosen: Ints, budget: float) -> dict[str, object]:
    expected = float(model.expected_[chosen].sum())
    return {
        "budget": budget,
        "cells": len(chosen),
        "area_km2": round(float(grid.share[chosen].sum()) * grid.cell_m**2 / 1e6, 3),
        "expected": round(expected, 2),
        "expected_share": round(expected / float(model.expected_.sum()), 4),
    }


def _cells(model: Hotspots, grid: Grid, cells: Ints, explained: Ints, average: float) -> list[dict[str, object]]:
    bounds = model.intervals(cells)
    east, north = grid.corner(cells)
    expected = model.forecast().expected[cells]
    parts = model.contributions(explained)
    out: list[dict[str, object]] = []
    for i, cell in enumerate(cells.tolist()):
        row: dict[str, object] = {
            "rank": i + 1,
            "id": grid.ids[cell],
            "easting_m": float(east[i]),
            "northing_m": float(north[i]),
            "area_share": round(float(grid.share[cell]), 4),
            "expected": float(expected[i]),
            "low": float(bounds["low"][i]),
            "high": float(bounds["high"][i]),
            "count_low": int(bounds["count_low"][i]),
            "count_high": int(bounds["count_high"][i]),
            "times_average": round(float(expected[i]) / (average * float(grid.share[cell])), 1),
        }
        if i < len(explained):
            row |= _parts_of(parts, i)
            row["sentence"] = sentence(row, parts.periods)
        out.append(row)
    return out


def _parts_of(parts: Contributions, i: int) -> dict[str, Any]:
    return {
        "recorded": parts.recorded[i].tolist(),
        "here": parts.here[i].tolist(),
        "nearby": parts.nearby[i].tolist(),
        "anywhere": float(parts.anywhere[i]),
    }
