"""Assess a method of places: register, race, calibrate, look for feedback and exposure, and say what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa

from peelian.assess.contest import PlaceMethod, Progress
from peelian.assess.contestants import (
    Contestant,
    GradientBoosting,
    KernelDensity,
    LastYear,
    Oracle,
    PastPlans,
    ProMap,
    load_trees,
)
from peelian.assess.exposure import exposure_columns, measure_exposure
from peelian.assess.feedback import assess_feedback
from peelian.assess.metrics import calibrate, compare, score_methods
from peelian.assess.race import RaceRecord, run_race
from peelian.assess.registration import Registration, check_registered, register
from peelian.core.counts import month_name
from peelian.core.errors import InvalidError
from peelian.core.grid import Grid, polygon_from_geojson
from peelian.core.stats import block_samples

CONTESTANTS: dict[str, type[Any]] = {
    "last-year": LastYear,
    "kde": KernelDensity,
    "promap": ProMap,
    "gradient-boosting": GradientBoosting,
}


def assess_hotspots(
    tables: Mapping[str, pa.Table],
    parameters: Mapping[str, Any],
    *,
    method: PlaceMethod,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Race a method of places against present practice, baselines, a black box and the ceilings.

    The race and what follows it in one: for data at hand, in a script. Behind the gate the two run in workers apart
    (:mod:`peelian.app.testing`), so that the method never meets the sealed tables.

    Parameters
    ----------
    tables : mapping of str to pyarrow.Table
        ``incident``; optional ``plan`` (the force's past plans: present practice itself), ``stop`` and
        ``stop_equality`` (exposure by group).
    parameters : mapping
        What the method takes (``polygon cell_m offences police_initiated budgets lag_months as_known``) and
        ``months`` (numbers, in order); optional ``contestants registered seed samples block_months discovered_share
        exposure_columns seen code_hash``. ``registered`` is the digest that was recorded before the run.
    method : PlaceMethod
        The method; ``peelian.analyse.hotspots.HOTSPOTS``.
    progress : callable, optional
        ``progress(done, of, what)``.

    Returns
    -------
    dict
        Plain data: ``registration registered design methods differences calibration feedback exposure
        price_of_transparency origins verdict warnings seconds``. ``methods[name]["budgets"]["0.01"]`` has ``hit_rate
        pai pei share_of_hindsight``, each ``{"value", "low", "high"}``. All but ``seconds`` is the same on every run.

    Raises
    ------
    InvalidError
        ``contestant-unknown``, ``months-out-of-order``, ``months-missing``; what the method raises.
    MissingError
        ``challenger-not-installed``.
    TamperedError
        ``registration-mismatch``.
    """
    raced = race_hotspots(tables, parameters, method=method, progress=progress)
    return conclude(raced, tables, parameters) | {"seconds": raced["seconds"]}


def race_hotspots(
    tables: Mapping[str, pa.Table],
    parameters: Mapping[str, Any],
    *,
    method: PlaceMethod,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Run the part of an assessment in which the method's own code works: it needs no sealed table and gets none.

    Returns
    -------
    dict
        What :func:`assess_hotspots` returns, less ``exposure``; with ``chosen_cells``, by month, for :func:`conclude`.
    """
    started = perf_counter()
    prepared = method.prepare(tables, parameters)
    registration = register(parameters, method=method.name, grid=prepared.grid)
    check_registered(registration, str(parameters.get("registered", "")))
    contestants = _contestants(registration, tables)
    loaded = perf_counter()
    record = run_race(method, prepared, contestants, list(parameters["months"]), progress)
    raced = perf_counter()
    result = _figures(tables, parameters, method, prepared, registration, record)
    result["chosen_cells"] = _chosen_cells(prepared, record)
    done = perf_counter()
    result["seconds"] = _seconds(record, method.name, loaded - started, raced - loaded, done - raced)
    return result


def conclude(raced: Mapping[str, Any], tables: Mapping[str, pa.Table], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Add who is exposed where the method would send patrols, from tables that the race did not see, and finish.

    Parameters
    ----------
    raced : mapping
        What :func:`race_hotspots` returned.
    tables : mapping of str to pyarrow.Table
        ``stop`` and ``stop_equality``; without them exposure is not measured, and the result says so.
    parameters : mapping
        Those of the race.
    """
    result = {name: value for name, value in raced.items() if name not in ("chosen_cells", "seconds")}
    result["exposure"] = _exposure(tables, parameters, raced)
    result["warnings"] = [*raced["warnings"], *_exposure_warnings(result["exposure"]), _NOT_OUTCOME]
    return result


def check_contestants(names: Sequence[str]) -> None:
    """Say no to a race against somebody who is not here, before anything is opened for it.

    Raises
    ------
    InvalidError
        ``contestant-unknown``.
    """
    unknown = sorted(set(names) - set(CONTESTANTS))
    if unknown:
        raise InvalidError(
            "contestant-unknown",
            f"Nobody here is called {' or '.join(unknown)}.",
            why="A race registers its contestants by name.",
            do=f"Choose from {', '.join(CONTESTANTS)}.",
        )


def _contestants(registration: Registration, tables: Mapping[str, pa.Table]) -> list[Contestant]:
    check_contestants(registration.contestants)
    if "gradient-boosting" in registration.contestants:
        load_trees()
    named: list[Contestant] = [CONTESTANTS[name]() for name in registration.contestants]
    plans = [PastPlans(tables["plan"])] if "plan" in tables and tables["plan"].num_rows else []
    return [*plans, *named, Oracle()]


def _figures(
    tables: Mapping[str, pa.Table],
    parameters: Mapping[str, Any],
    method: PlaceMethod,
    prepared: Any,
    registration: Registration,
    record: RaceRecord,
) -> dict[str, Any]:
    """Turn the race into figures, in the order in which a reader asks for them."""
    rng = np.random.default_rng(registration.seed)
    samples = block_samples(len(record.months), block=registration.block_months, samples=registration.samples, rng=rng)
    practice = "past-plans" if "past-plans" in record.tracks else "last-year"
    others = [n for n in record.tracks if n not in (method.name, "oracle")]
    differences = [row for other in others for row in compare(record, method.name, other, samples)]
    feedback = assess_feedback(
        method, record.fitted, discovered_share=registration.discovered_share, seed=registration.seed
    )
    result = {
        "registration": registration.as_dict(),
        "registered": str(parameters.get("registered", "")),
        "present_practice": {"name": practice, "stand_in": practice == "last-year"},
        "design": _design(prepared, record),
        "methods": score_methods(record, samples),
        "differences": differences,
        "price_of_transparency": [d for d in differences if d["against"] == "gradient-boosting"],
        "calibration": calibrate(record),
        "feedback": feedback,
        "origins": _origins(record, method.name),
    }
    result["verdict"] = _verdict(differences, practice, feedback)
    result["warnings"] = _warnings(parameters, prepared, record, result, tables)
    return result


def _design(prepared: Any, record: RaceRecord) -> dict[str, Any]:
    grid = prepared.grid
    return {
        "cells": len(grid),
        "cell_m": float(grid.cell_m),
        "area_km2": round(grid.area_m2 / 1e6, 3),
        "grid_hash": grid.hash,
        "incidents_tested": round(float(record.incidents.sum()), 3),
        "incidents_in_all": round(float(prepared.counts.weight.sum()), 3),
        "first_month": month_name(int(prepared.counts.months[0])),
    }


def _origins(record: RaceRecord, name: str) -> list[dict[str, Any]]:
    """List what was chosen and how it came out, month by month."""
    track = record.tracks[name]
    return [
        {
            "month": month_name(month),
            "incidents": round(float(record.incidents[i]), 3),
            "expected": round(float(record.forecasts[i].sum()), 1),
            "hits": [round(float(h), 3) for h in track.hits[:, i]],
            "chosen": record.chosen[i],
        }
        for i, month in enumerate(record.months)
    ]


def _chosen_cells(prepared: Any, record: RaceRecord) -> dict[str, list[int]]:
    """Return the cells that the method chose within the smallest budget, by month."""
    smallest = min(record.budgets)
    return {
        str(month): order[: prepared.grid.within_budget(order, smallest)].tolist()
        for month, order in zip(record.months, record.orders, strict=True)
    }


def _exposure(
    tables: Mapping[str, pa.Table], parameters: Mapping[str, Any], raced: Mapping[str, Any]
) -> list[dict[str, Any]]:
    columns = exposure_columns(tables, parameters.get("exposure_columns"))
    if not columns:
        return []
    grid = Grid.from_polygon(polygon_from_geojson(parameters["polygon"]), parameters["cell_m"])
    assert grid.hash == raced["design"]["grid_hash"], "the cells are numbered as they were in the race"
    chosen = {int(month): np.array(cells, dtype=np.int64) for month, cells in raced["chosen_cells"].items()}
    smallest = min(raced["registration"]["budgets"])
    return [measure_exposure(tables, grid, chosen, c) | {"budget": smallest} for c in columns]


def _verdict(differences: list[dict[str, Any]], practice: str, feedback: Mapping[str, Any]) -> dict[str, Any]:
    """Apply the registered rule; a method that would run away may not be mandated."""
    against = [d for d in differences if d["against"] == practice]
    worse = [d["budget"] for d in against if d["clear"] and d["value"] < 0]
    better = [d["budget"] for d in against if d["clear"] and d["value"] > 0]
    runs_away = feedback["verdict"] == "runs-away"
    reasons = [f"clearly worse than present practice at {b:.1%} of the area" for b in worse]
    if runs_away:
        share = feedback["discovered_share"]
        reasons.append(f"would run away if patrols discovered {share:.0%} of what is recorded")
    return {
        "may_be_mandated": not reasons,
        "reasons": reasons,
        "clearly_better_at": better,
        "present_practice": practice,
        "feedback": feedback["verdict"],
    }


def _warnings(
    parameters: Mapping[str, Any],
    prepared: Any,
    record: RaceRecord,
    result: Mapping[str, Any],
    tables: Mapping[str, pa.Table],
) -> list[dict[str, Any]]:
    """Say what a reader should hold against the figures."""
    said = list(prepared.warnings)

    def warn(code: str, what: str, count: int = 1) -> None:
        said.append({"code": code, "what": what, "count": count})

    if not parameters.get("registered"):
        warn("not-registered", "no digest of the plan was recorded before the run: these figures are exploration")
    if parameters.get("seen"):
        warn("seen-before", str(parameters["seen"]))
    if not parameters.get("as_known"):
        warn("as-published-last", "trained on data as last published, not as known at each origin")
    if result["present_practice"]["stand_in"]:
        warn("stand-in", "last year's count stands in for present practice until the force loads its own past plans")
    else:
        missing = PastPlans(tables["plan"]).months_without(record.months)
        if missing:
            warn("plan-carried-forward", "tested months without a plan of their own take the latest before", missing)
    return said


_NOT_OUTCOME = {
    "code": "accuracy-is-not-outcome",
    "what": "hitting recorded crime says nothing about whether patrols prevent it",
    "count": 1,
}


def _exposure_warnings(exposure: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not exposure:
        what = "no equality table was opened: exposure by group is not known"
        return [{"code": "exposure-not-measured", "what": what, "count": 1}]
    words = "group {!r} ({}) is stopped inside the chosen places more than others"
    return [
        {"code": "exposure", "what": words.format(group, view["column"]), "count": 1}
        for view in exposure
        for group in view["flagged"]
    ]


def _seconds(record: RaceRecord, method: str, loading: float, race: float, figures: float) -> dict[str, float]:
    """Say where the time went; the first origin also scores a year of earlier months."""
    origins = record.seconds[method]
    out = {"loading": loading, "race": race, "figures": figures}
    out |= {f"of race: {name}": sum(times) for name, times in record.seconds.items()}
    out |= {"first_origin": origins[0], "origin_median": float(np.median(origins))}
    return {k: round(v, 4) for k, v in out.items()}
