"""Assessing a method: register what will be measured, race in workers, keep the assessment whatever it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from peelian.app.caller import Caller
from peelian.app.methods import METHODS
from peelian.app.patrol.places import METHOD, incident_question, place_parameters
from peelian.assess.contestants import load_trees
from peelian.assess.hotspots import check_contestants
from peelian.assess.race import months_missing
from peelian.assess.registration import register
from peelian.core.errors import RefusedError
from peelian.core.ids import new_ulid
from peelian.core.time import iso
from peelian.gate.findings.running import Program, Ran
from peelian.model.finding import Assessment
from peelian.model.question import Question, Where
from peelian.store.desk import Registration

Progress = Callable[[int, int, str], None]

STOP_COLUMNS = ("record_id", "month", "easting_m", "northing_m")
EQUALITY_COLUMNS = ("record_id", "ethnicity_officer_defined", "sex")
PLAN_COLUMNS = ("record_id", "offence", "month", "plan_ref", "rank", "easting_m", "northing_m")


def assess(
    caller: Caller,
    *,
    offences: Sequence[str],
    months: Sequence[int],
    cell_m: float = 150.0,
    budgets: Sequence[float] = (0.01, 0.02, 0.05),
    contestants: Sequence[str] | None = None,
    samples: int = 2000,
    lag_months: int = 0,
    seen: str = "",
    progress: Progress | None = None,
) -> Assessment:
    """Assess the hotspot forecast on months it has not seen, forward in time.

    The plan's digest goes into the ledger before any row is opened; the race refuses to run any other plan.

    Parameters
    ----------
    months : sequence of int
        Months to forecast, each from what came before it.
    contestants : sequence of str or None
        Rivals; all when None, less the ones whose extra is not installed.
    seen : str
        What of the test data was seen before the method was fixed; printed beside the figures.
    """
    mandate = caller.mandate("assessment", METHOD)
    method = METHODS[METHOD]
    parameters = place_parameters(caller, mandate, offences, cell_m) | {
        "budgets": list(budgets),
        "months": list(months),
        "samples": samples,
        "lag_months": lag_months,
        "seen": seen,
        "code_hash": method.program.code_hash,
    }
    if contestants is not None:
        parameters["contestants"] = list(contestants)
    promise = register(parameters, method=METHOD)
    check_contestants(promise.contestants)
    if "gradient-boosting" in promise.contestants and find_spec("sklearn") is None:
        load_trees()  # which says what to install; the worker will load it, not this process
    kept = caller.gate.register(caller.credential, mandate.id, METHOD, promise.as_dict())
    parameters["registered"] = kept.digest
    program = method.assessment_for(frozenset(offences), mandate.scope.area)
    ran = _run(caller, mandate.id, program, _questions(offences), parameters, progress)
    assessment = _assessment(caller, mandate.id, kept, ran)
    caller.gate.post_assessment(caller.credential, mandate.id, assessment, ran.entry)
    return assessment


def _run(
    caller: Caller,
    mandate_id: str,
    program: Program,
    questions: Mapping[str, Question],
    parameters: Mapping[str, Any],
    progress: Progress | None,
) -> Ran:
    try:
        return caller.gate.run(caller.credential, mandate_id, program, questions, parameters, progress=progress)
    except RefusedError as error:
        if any(reason.code == "months-missing" for reason in error.reasons):
            raise months_missing() from error  # what was asked cannot be answered: no rule said no
        raise


def _questions(offences: Sequence[str]) -> dict[str, Question]:
    """Name everything the assessment reads: sealed equality columns among them, which its mandate alone may open."""
    return {
        "incident": incident_question(offences),
        "plan": Question("plan", PLAN_COLUMNS, (Where("offence", "in", tuple(sorted(offences))),)),
        "stop": Question("stop", STOP_COLUMNS),
        "stop_equality": Question("stop_equality", EQUALITY_COLUMNS),
    }


def _assessment(caller: Caller, mandate_id: str, kept: Registration, ran: Ran) -> Assessment:
    results: dict[str, Any] = dict(ran.result)
    warnings = tuple(f"{w['what']} ({w['count']})" if w["count"] > 1 else w["what"] for w in results["warnings"])
    return Assessment(
        id=new_ulid(caller.gate.clock),
        method=METHOD,
        code_hash=ran.opened.assessed_hash,
        mandate=mandate_id,
        seq=ran.opened.views["incident"].seq,
        registered=kept.digest,
        registered_at_entry=kept.entry,
        design=results["design"],
        results=results,
        warnings=warnings,
        made_at=iso(caller.gate.clock.now()),
        extra={"seconds": ran.parts[0]["seconds"], "protections": dict(ran.worker.protections)},
    )


def json_figures(assessment: Assessment) -> dict[str, Any]:
    """Return the figures that ``--json`` prints: for each method and budget its measures with low and high."""
    results = assessment.results
    names = (
        "present_practice",
        "differences",
        "price_of_transparency",
        "calibration",
        "feedback",
        "exposure",
        "verdict",
    )
    return {
        "assessment": assessment.id,
        "digest": assessment.digest,
        "registered": assessment.registered,
        "registered_at_entry": assessment.registered_at_entry,
        "design": assessment.design,
        "methods": {name: m["budgets"] for name, m in results["methods"].items()},
        "log_score": {name: m.get("log_score") for name, m in results["methods"].items()},
        "warnings": list(assessment.warnings),
        "seconds": assessment.extra["seconds"],
    } | {name: results.get(name) for name in names}
