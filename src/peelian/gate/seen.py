"""What the gate itself saw of a run: which rows, which code, what came back. Nothing else about it is kept as true.

Whoever posts a finding or an assessment says what it rests on; what is said is held against this. A run that was not
made through this door, in this process, cannot be posted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from peelian.core.canonical import digest
from peelian.core.errors import InvalidError
from peelian.gate.view import View
from peelian.model.finding import Assessment

KEPT = 64
"""So many runs are remembered, the newest: each is posted at once or not at all."""


@dataclass(frozen=True)
class Seen:
    """One run, as the gate saw it.

    Parameters
    ----------
    method : str
        Name of the method or, of an assessment, the method under assessment.
    code_hash, assessed_hash : str
        Of all the code that decided the result; of the part of it that is under assessment, empty where none is.
    views : tuple of View
        What was opened, without the rows.
    rows_digest : str
        Over the rows of all views.
    parameters : str
        Digest of the parameters in the form in which they are kept (:func:`kept_parameters`).
    registered : str
        The promise that the run was told of, if any.
    result, base_rate : str
        Digest of what came back at the end, and of the base rate in it.
    """

    entry: int
    method: str
    mandate: str
    purpose: str
    phase: str
    code_hash: str
    assessed_hash: str
    views: tuple[View, ...]
    rows_digest: str
    parameters: str
    registered: str
    result: str
    base_rate: str

    @property
    def rows_read(self) -> int:
        """Return how many rows the views rest on."""
        return sum(view.rows_read for view in self.views)


def kept_parameters(parameters: Mapping[str, object]) -> dict[str, object]:
    """Return parameters with the polygon replaced by its hash: the polygon itself is published with the charter."""
    if "polygon" not in parameters:
        return dict(parameters)
    rest = {name: value for name, value in parameters.items() if name != "polygon"}
    return rest | {"polygon_sha256": digest(parameters["polygon"])}


def remember(seen: dict[int, Seen], run: Seen) -> None:
    """Remember a run, and forget the oldest beyond :data:`KEPT`."""
    seen[run.entry] = run
    while len(seen) > KEPT:
        del seen[min(seen)]


def check_finding(run: Seen | None, finding: Mapping[str, object], mandate_id: str, purpose: str) -> Seen:
    """Hold a finding against the run it is said to come from: every field that the gate can know.

    Raises
    ------
    InvalidError
        ``finding-unsupported``.
    """
    if run is None or not _agrees(run, finding, mandate_id, purpose):
        raise InvalidError(
            "finding-unsupported",
            "A finding does not agree with the run it is said to come from.",
            why="Rows, code, parameters, result and label are what the gate saw, never what somebody says they were.",
            do="Run the method through the gate and post what came back, in the same process.",
        )
    return run


def _agrees(run: Seen, finding: Mapping[str, object], mandate_id: str, purpose: str) -> bool:
    said = {name: finding.get(name) for name in ("method", "mandate", "purpose", "phase", "code_hash", "rows_digest")}
    found = {name: getattr(run, name) for name in said}
    questions = finding.get("question")
    digests = {name: digest(finding.get(name)) for name in ("parameters", "result", "base_rate")}
    return (
        (mandate_id, purpose) == (run.mandate, run.purpose)
        and said == found
        and digests == {name: getattr(run, name) for name in digests}
        and (finding.get("rows_read"), {finding.get("seq")}) == (run.rows_read, {v.seq for v in run.views})
        and isinstance(questions, Mapping)
        and sorted(map(digest, questions.values())) == _asked(run.views)
    )


def _asked(views: Sequence[View]) -> list[str]:
    return sorted(view.question.digest for view in views)


def check_assessment(run: Seen | None, assessment: Assessment, mandate_id: str, registered: Mapping[str, int]) -> Seen:
    """Hold an assessment against the run it is said to come from, and against the promise entered before that run.

    Raises
    ------
    InvalidError
        ``assessment-unsupported``.
    """
    promised_at = registered.get(assessment.registered)
    if (
        run is None
        or (assessment.method, assessment.mandate, mandate_id) != (run.method, run.mandate, run.mandate)
        or (assessment.code_hash, digest(assessment.results)) != (run.assessed_hash, run.result)
        or {assessment.seq} != {v.seq for v in run.views}
        or assessment.registered != run.registered
        or promised_at is None
        or not promised_at == assessment.registered_at_entry < run.entry
    ):
        raise InvalidError(
            "assessment-unsupported",
            "An assessment does not agree with the run it is said to come from, or with its promise.",
            why="It is evidence on which a method leaves its trial: code, figures and promise are what the gate saw.",
            do="Register, run the assessment through the gate, and post what came back, in the same process.",
        )
    return run
