"""Assess a method of places: register, race, calibrate, look for feedback and exposure, and say what follows."""

from __future__ import annotations

from collections.abc import Mapping
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
    started = perf_counter()
    prepared = method.prepare(tables, parameters)
    registration = register(parameters, method=method.name, grid=prepared.grid)
    check_registered(registration, str(parameters.get("registered", "")))
    contestants = _contestants(registration, tables)
    loaded = perf_counter()
    record = run_race(method, prepared, contestants, list(parameters["months"]), progress)
    raced = perf_counter()
    result = _figures(tables, parameters, method, prepared, registration, record)
    done = perf_counter()
    result["seconds"] = _seconds(record, method.name, loaded - started, raced - loaded, done - raced)
    return result


def _contestants(registration: Registration, tables: Mapping[str, pa.Table]) -> list[Contestant]:
    unknown = sorted(set(registration.contestants) - set(CONTESTANTS))
    if unknown:
        raise InvalidError(
            "contestant-unknown",
            f"Nobody here is called {' or '.join(unknown)}.",
            why="A race registers its contestants by name.",
            do=f"Choose from {', '.join(CONTESTANTS)}.",
        )
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
    exposure = _exposure(tables, parameters, prepared, record)
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
        "exposure": exposure,
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


def _exposure(
    tables: Mapping[str, pa.Table], parameters: Mapping[str, Any], prepared: Any, record: RaceRecord
) -> list[dict[str, Any]]:
    smallest = min(record.budgets)
    chosen = {
        month: order[: prepared.grid.within_budget(order, smallest)]
        for month, order in zip(record.months, record.orders, strict=True)
    }
    columns = exposure_columns(tables, parameters.get("exposure_columns"))
    return [measure_exposure(tables, prepared.grid, chosen, c) | {"budget": smallest} for c in columns]


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
    for view in result["exposure"]:
        for group in view["flagged"]:
            warn("exposure", f"group {group!r} ({view['column']}) is stopped inside the chosen places more than others")
    if not result["exposure"]:
        warn("exposure-not-measured", "no equality table was opened: exposure by group is not known")
    warn("accuracy-is-not-outcome", "hitting recorded crime says nothing about whether patrols prevent it")
    return said


def _seconds(record: RaceRecord, method: str, loading: float, race: float, figures: float) -> dict[str, float]:
    """Say where the time went; the first origin also scores a year of earlier months."""
    origins = record.seconds[method]
    out = {"loading": loading, "race": race, "figures": figures}
    out |= {f"of race: {name}": sum(times) for name, times in record.seconds.items()}
    out |= {"first_origin": origins[0], "origin_median": float(np.median(origins))}
    return {k: round(v, 4) for k, v in out.items()}
