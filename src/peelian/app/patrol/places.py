"""The hotspot forecast: run it on a gated view, keep the finding, make it again from the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from peelian.app.caller import Caller
from peelian.app.intake.sources import epsg_of
from peelian.app.methods import METHODS
from peelian.app.patrol.areas import projected_geometry
from peelian.core.canonical import digest_bytes
from peelian.core.errors import InvalidError, TamperedError
from peelian.core.time import month_of
from peelian.gate.findings.running import Program, Ran
from peelian.gate.seen import kept_parameters
from peelian.model.finding import Finding
from peelian.model.mandate import Mandate
from peelian.model.question import Question, Where
from peelian.policy.charter_folder import Area

METHOD = "hotspots"
SEED = 0

INCIDENT_COLUMNS = (
    "record_id",
    "offence",
    "month",
    "at_start",
    "at_end",
    "precision",
    "easting_m",
    "northing_m",
    "recorded_at",
)
"""What the forecast reads of an incident, and all it reads."""


def incident_question(offences: Sequence[str], known_at_seq: int | None = None) -> Question:
    """Return the question that the forecast asks: recorded incidents of some offences, with place and time."""
    where = (Where("offence", "in", tuple(sorted(offences))),)
    return Question("incident", INCIDENT_COLUMNS, where, known_at_seq=known_at_seq)


def mandated_area(caller: Caller, mandate: Mandate) -> Area:
    """Return the published polygon that a mandate is given for, in the version that it was given for.

    Raises
    ------
    InvalidError
        ``area-not-mandated``.
    """
    area = caller.gate.charter.areas.get(mandate.scope.area)
    if area is None or area.sha256 != mandate.scope.area_sha256:
        raise InvalidError(
            "area-not-mandated",
            f"The mandate {mandate.id} names no published area, or another version of it.",
            why="The study polygon is frozen with the mandate: figures from another area cannot be compared.",
            do="Publish the polygon in charter/areas and have a mandate for it adopted.",
        )
    return area


def place_parameters(caller: Caller, mandate: Mandate, offences: Sequence[str], cell_m: float) -> dict[str, Any]:
    """Return what every run about places is told: the published polygon, the cell size, what may not be counted."""
    area = mandated_area(caller, mandate)
    initiated = [o.id for o in caller.gate.charter.offences.values() if o.police_initiated]
    return {
        "polygon": projected_geometry(area.geojson, epsg_of(caller)),
        "cell_m": cell_m,
        "offences": sorted(offences),
        "police_initiated": sorted(initiated),
    }


def analyse(
    caller: Caller,
    *,
    offences: Sequence[str],
    cell_m: float = 150.0,
    month: int | None = None,
    budgets: Sequence[float] = (0.01, 0.02, 0.05),
    area: str | None = None,
    threads: int = 2,
) -> Finding:
    """Forecast next month's incidents by place, and keep the finding.

    Parameters
    ----------
    offences : sequence of str
        Offence ids; the mandate's scope decides which are allowed, and police-initiated ones never are.
    month : int or None
        Month to forecast, ``12 * year + month - 1``; the month after the newest one on record when None.
    area : str or None
        Name of a published polygon; the mandate's when None, and any other is refused.
    """
    mandate = caller.mandate("method", METHOD)
    program = METHODS[METHOD].program_for(frozenset(offences), area or mandate.scope.area)
    caller.gate.check_run(caller.credential, mandate.id, program)
    parameters = place_parameters(caller, mandate, offences, cell_m) | {"budgets": list(budgets)}
    parameters["target_month"] = _newest_month(caller, mandate, offences) + 1 if month is None else month
    ran = _run(caller, mandate, parameters, incident_question(offences), program, threads)
    finding = _finding(caller, mandate, parameters, ran, offences)
    return caller.gate.post_finding(caller.credential, mandate.id, finding, METHODS[METHOD].endorsed, ran.entry)


def _run(
    caller: Caller,
    mandate: Mandate,
    parameters: Mapping[str, Any],
    question: Question,
    program: Program,
    threads: int,
) -> Ran:
    questions = {"incident": question}
    return caller.gate.run(caller.credential, mandate.id, program, questions, parameters, threads=threads)


def _newest_month(caller: Caller, mandate: Mandate, offences: Sequence[str]) -> int:
    """Ask for the newest month on record of these offences, through the door like anything else."""
    where = (Where("offence", "in", tuple(sorted(offences))),)
    newest = Question("incident", ("month",), where, order_by=(("month", "desc"),), limit=1)
    rows = caller.gate.view(caller.credential, mandate.id, newest).rows
    if not rows.num_rows:
        raise InvalidError(
            "nothing-on-record",
            "There is no incident of these offences that you may see.",
            why="A forecast is made from what was recorded.",
            do="Ingest a source first, or check the offence ids.",
        )
    return int(rows.column("month")[0].as_py())


def _finding(
    caller: Caller, mandate: Mandate, parameters: Mapping[str, Any], ran: Ran, offences: Sequence[str]
) -> dict[str, object]:
    view = ran.opened.views["incident"]
    return {
        "method": METHOD,
        "code_hash": ran.opened.code_hash,
        "mandate": mandate.id,
        "purpose": view.purpose,
        "seq": view.seq,
        "question": {"incident": incident_question(offences).as_dict()},
        "rows_digest": ran.opened.rows_digest,
        "rows_read": ran.opened.rows_read,
        "parameters": kept_parameters(parameters),
        "seed": SEED,
        "result": ran.result,
        "base_rate": ran.result["base_rate"],
        "known_error": _known_error(caller),
        "phase": mandate.phase,
    }


def _known_error(caller: Caller) -> dict[str, object]:
    """Say how wrong the method is known to be: the newest assessment's figures, or that there is none."""
    latest = caller.gate.latest_assessment(METHOD)
    if latest is None:
        return {"assessed": False, "what": "No assessment has been posted for this method. Its error is not known."}
    own = latest.results["methods"][METHOD]["budgets"]
    return {"assessed": True, "assessment": latest.id, "digest": latest.digest, "budgets": own}


def replay(caller: Caller, finding_id: str, *, threads: int = 2) -> dict[str, object]:
    """Make a finding again from the record as it was known then, and compare canonical bytes.

    Returns
    -------
    dict
        ``same`` (bool), ``digest`` of the finding and of the replay, ``rows_then``, ``rows_now``, ``rows_gone``.

    Raises
    ------
    TamperedError
        ``replay-differs`` when the rows are the same and the result is not.
    """
    kept = caller.gate.finding(caller.credential, finding_id)
    mandate = caller.gate.charter.mandates[kept.mandate]
    offences = list(kept.parameters["offences"])
    fresh = place_parameters(caller, mandate, offences, float(kept.parameters["cell_m"]))
    parameters = dict(kept.parameters) | {"polygon": fresh["polygon"]}
    del parameters["polygon_sha256"]
    program = METHODS[METHOD].program_for(frozenset(offences), mandate.scope.area)
    ran = _run(caller, mandate, parameters, incident_question(offences, kept.seq), program, threads)
    again = dict(kept.__dict__) | {
        "code_hash": ran.opened.code_hash,
        "rows_digest": ran.opened.rows_digest,
        "rows_read": ran.opened.rows_read,
        "parameters": kept_parameters(parameters),
        "result": ran.result,
        "base_rate": ran.result["base_rate"],
    }
    return _compared(kept, Finding(**again), ran)


def _compared(kept: Finding, again: Finding, ran: Ran) -> dict[str, object]:
    same, rows_gone = kept.canonical == again.canonical, kept.rows_read - again.rows_read
    if not same and kept.rows_digest == again.rows_digest and kept.code_hash == again.code_hash:
        raise TamperedError(
            "replay-differs",
            "The same rows and the same code gave another result.",
            why="Either the kept finding was altered, or the method is not reproducible on this machine.",
            do="Do not rely on the finding; have both results compared.",
            facts={"kept": kept.digest, "replayed": again.digest},
        )
    return {
        "finding": kept.id,
        "same": same,
        "digest": kept.digest,
        "replayed_digest": again.digest,
        "bytes_sha256": digest_bytes(again.canonical),
        "seq": kept.seq,
        "rows_then": kept.rows_read,
        "rows_now": again.rows_read,
        "rows_gone": rows_gone,
        "code_changed": kept.code_hash != again.code_hash,
        "protections": dict(ran.worker.protections),
        "seconds": round(ran.worker.seconds, 3),
    }


def month_number(text: str) -> int:
    """Turn ``2019-05`` into the month's number.

    Raises
    ------
    InvalidError
        ``month-malformed``.
    """
    try:
        year, month = text.split("-")
        return month_of(date(int(year), int(month), 1))
    except ValueError:
        raise InvalidError(
            "month-malformed", "A month is written like 2019-05.", do="Write year, hyphen, month."
        ) from None
