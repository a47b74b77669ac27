"""Keeping what a run found, and reading it back: a finding, an assessment.

What is kept is what the gate saw of the run (:mod:`peelian.gate.seen`), and what is read back is what was kept: the
ledger holds the digest, so that a row edited in the desk database is found out when it is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from peelian.core.errors import MissingError, RefusedError, TamperedError
from peelian.core.ids import new_ulid
from peelian.core.time import iso
from peelian.gate.entries import Act
from peelian.gate.findings.running import derived_label
from peelian.gate.house import House
from peelian.gate.judging import circumstances, insist
from peelian.gate.own_view import has_own_view
from peelian.gate.presence import Presence
from peelian.gate.reading import visible_labels
from peelian.gate.seen import check_assessment, check_finding
from peelian.gate.view import View
from peelian.model.finding import Assessment, Finding
from peelian.model.label import Label
from peelian.model.question import question_from_dict
from peelian.policy.rules import Circumstances


def post_finding(
    house: House, presence: Presence, mandate_id: str, finding: Mapping[str, object], aggregate: str, run: int
) -> Finding:
    """Keep a finding, its label and what it rests on.

    Parameters
    ----------
    finding : mapping
        Fields of :class:`~peelian.model.finding.Finding` less id, label, policy hash and time, which are the gate's.
    aggregate : str
        Name of the aggregate, for the mandate's endorsements.
    run : int
        The run's entry: its rows, code, parameters and result must be those of the finding.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    InvalidError
        ``finding-unsupported`` when it does not say of itself what the gate saw of the run.
    """
    now = circumstances(house, presence, mandate_id)
    method = str(finding["method"])
    verdict = house.rulebook.judge_post(presence.actor, now, "finding", method)
    insist(house, presence, verdict, "post a finding", method, {"mandate": mandate_id})
    assert now.mandate is not None, "a yes without a mandate"
    views = check_finding(house._seen.get(run), finding, mandate_id, now.purpose).views
    label = derived_label(now.mandate, aggregate, views) or Label(
        now.mandate.purposes, source="nothing", force=house.charter.force.id
    )
    made_at = house.clock.now()
    kept = Finding(
        **finding,  # type: ignore[arg-type]
        id=new_ulid(house.clock),
        label_id=label.label_id,
        policy_hash=house.rulebook.policy_hash,
        made_at=iso(made_at),
    )
    body = presence.who() | {"mandate": mandate_id, "finding": kept.id, "digest": kept.digest, "seq": kept.seq}
    body |= {"run": run}
    house.recorder.record([Act("finding", method, now.purpose, "record", body, presence.reason)])
    house.desk.put_labels(house.grant("write", "labels"), {label.label_id: label})
    house.forget_labels()
    house.desk.add_finding(house.grant("write", "findings"), kept, made_at)
    _note_lineage(house, "finding", kept.id, views)
    return kept


def read_finding(house: House, presence: Presence, finding_id: str) -> Finding:
    """Read a finding back: only by who may open what it rests on, under its mandate, and may see its label.

    Whoever decides on patrols reads it once the ledger holds their own view of it, in whatever process they wrote that.

    Raises
    ------
    RefusedError
        ``own-view-first``, recorded; only of a finding that they could read otherwise.
    MissingError
        ``finding-missing``: it does not exist, or may not be seen; the two are worded the same.
    TamperedError
        ``finding-altered``: it is not what was kept.
    """
    kept = house.desk.finding(house.grant("read", "findings"), finding_id)
    if kept is None:
        raise _finding_missing()
    if kept.label_id not in house.labels():
        house.forget_labels()  # made by another process since the last commit
    now = circumstances(house, presence, kept.mandate)
    detail = {"mandate": kept.mandate, "finding": finding_id}
    try:
        _insist_on_reading(house, presence, now, kept, detail)
    except RefusedError:
        raise _finding_missing() from None  # recorded with every reason; said aloud it would tell that there is one
    if kept.label_id not in visible_labels(house, presence, now):
        raise _finding_missing()
    _insist_own_view_first(house, presence, now, kept, detail)
    check_kept(house, kept.id, kept.digest)
    body = presence.who() | detail
    house.recorder.record([Act("consultation", kept.method, now.purpose, "allow", body, presence.reason)])
    return kept


def _insist_on_reading(
    house: House, presence: Presence, now: Circumstances, kept: Finding, detail: Mapping[str, object]
) -> None:
    for asked in kept.question.values():
        question = question_from_dict(asked)
        columns = sorted(question.columns_used & set(house.lake.spec(question.table).column_names))
        verdict = house.rulebook.judge_open(presence.actor, now, question.table, columns, False)
        insist(house, presence, verdict, "read a finding", kept.method, detail)


def _insist_own_view_first(
    house: House, presence: Presence, now: Circumstances, kept: Finding, detail: Mapping[str, object]
) -> None:
    judged = replace(now, own_view=has_own_view(house, presence, kept.id))
    verdict = house.rulebook.judge_result(presence.actor, judged, kept.method)
    try:
        insist(house, presence, verdict, "read a finding", kept.method, detail)
    except RefusedError as error:
        raise RefusedError(
            "own-view-first",
            "A result is shown once you have marked your own places.",
            why="Who has seen the tool's answer can no longer give their own. That you asked is recorded.",
            do="Mark your places first, on the page of patrol places.",
            reasons=error.reasons,
        ) from None


def _finding_missing() -> MissingError:
    return MissingError(
        "finding-missing",
        "There is no finding of that number that you may see.",
        why="It was never made, was erased, or is not open to you for this purpose now; the answer is always the same.",
        do="Check the number and your working context; `peelian why` tells what you may open.",
    )


def check_kept(house: House, finding_id: str, digest: str) -> None:
    """Hold a finding from the desk database against the ledger; whether it may be seen has been settled before.

    Raises
    ------
    TamperedError
        ``finding-altered``.
    """
    if house.head.findings.get(finding_id) != digest:
        raise TamperedError(
            "finding-altered",
            "The finding in the desk database is not the one that was kept.",
            why=_EDITED,
            do="Do not rely on it. Restore the desk database from a backup, and tell the data protection officer.",
        )


def _assessment_altered() -> TamperedError:
    return TamperedError(
        "assessment-altered",
        "The newest assessment in the desk database is not one that was kept.",
        why=_EDITED,
        do="Do not rely on the method's figures. Restore the desk database from a backup, and tell the owner.",
    )


_EDITED = "The ledger holds the digest of what was kept; the row was edited past the gate."


def post_assessment(house: House, presence: Presence, mandate_id: str, assessment: Assessment, run: int) -> None:
    """Keep an assessment, good or bad; its digest goes into the ledger so that it cannot be withdrawn quietly.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    InvalidError
        ``assessment-unsupported`` when code, figures or promise are not those of the run.
    """
    now = circumstances(house, presence, mandate_id)
    verdict = house.rulebook.judge_post(presence.actor, now, "assessment", assessment.method)
    insist(house, presence, verdict, "post an assessment", assessment.method, {"mandate": mandate_id})
    views = check_assessment(house._seen.get(run), assessment, mandate_id, house.head.registered).views
    body = presence.who() | {"mandate": mandate_id, "assessment": assessment.id, "digest": assessment.digest}
    body |= {"run": run}
    house.recorder.record([Act("assessment", assessment.method, now.purpose, "record", body, presence.reason)])
    house.desk.add_assessment(house.grant("write", "assessments"), assessment, house.clock.now())
    _note_lineage(house, "assessment", assessment.id, views)


def latest_assessment(house: House, method: str) -> Assessment | None:
    """Return the newest assessment of a method, good or bad. It holds figures about a method, none about people.

    Raises
    ------
    TamperedError
        ``assessment-altered``: it is not one that was kept.
    """
    kept = next(iter(house.desk.assessments(house.grant("read", "assessments"), method=method, limit=1)), None)
    if kept is not None and kept.digest not in house.head.follow().assessments:
        raise _assessment_altered()
    return kept


def _note_lineage(house: House, kind: str, derived_id: str, views: Sequence[View]) -> None:
    """Say what an aggregate rests on: not named rows but a table at a commit, with the question's digest."""
    sources = sorted({("table", f"{v.question.table}@{v.seq}") for v in views})
    house.rests_on(kind, derived_id, sources)
