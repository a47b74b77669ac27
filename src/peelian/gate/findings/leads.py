"""Listing findings: those that this session might read one by one, under the same rules, and none that it might not.

A list is a look-up. Which findings a session was shown is one entry; showing the same ones again to the same session
is not another, so that a page that is opened twenty times a day does not bury the twenty-first thing that happened.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from peelian.gate.entries import Act
from peelian.gate.findings.keeping import check_kept
from peelian.gate.house import House
from peelian.gate.judging import circumstances
from peelian.gate.lead import Lead
from peelian.gate.presence import Presence
from peelian.gate.reading import visible_labels
from peelian.model.finding import Finding
from peelian.model.question import question_from_dict


def list_findings(house: House, presence: Presence, method: str | None = None, limit: int = 20) -> list[Lead]:
    """Return the newest findings that the caller may read for what they work on, newest first.

    The limit counts what may be read: whether there are others changes nothing.

    Raises
    ------
    TamperedError
        ``finding-altered``: one of them is not what was kept.
    """
    known = heads(house, method)
    if any(lead.label_id not in house.labels() for lead in known):
        house.forget_labels()  # made by another process since the last commit
    judged: dict[tuple[str, str], bool] = {}
    found: list[Lead] = []
    for lead in known:
        key = (lead.mandate, repr(sorted(lead.question.items())))
        if key not in judged:
            judged[key] = _may_read(house, presence, lead)
        if judged[key] and lead.label_id in visible_labels(
            house, presence, circumstances(house, presence, lead.mandate)
        ):
            check_kept(house, lead.id, lead.digest)
            found.append(lead)
        if len(found) == limit:
            break
    _enter(house, presence, found)
    return found


def heads(house: House, method: str | None = None) -> list[Lead]:
    """Return the heads of all findings; a body is read once, and can be large."""
    grant, known = house.grant("read", "findings"), house.leads.heads
    stored = house.desk.finding_states(grant, method=method)
    for finding_id, _, made_at in stored:
        if finding_id not in known:
            finding = house.desk.finding(grant, finding_id)
            if finding is not None:
                known[finding_id] = _head(finding, made_at)
    return [replace(known[i], state=state) for i, state, _ in stored if i in known]


def _head(finding: Finding, made_at: datetime) -> Lead:
    asked = {k: v for k, v in finding.parameters.items() if _plain(v)}
    told = {k: v for k, v in finding.result.items() if isinstance(v, str | int | float)}  # no list: it may name places
    return Lead(
        id=finding.id,
        method=finding.method,
        mandate=finding.mandate,
        purpose=finding.purpose,
        seq=finding.seq,
        label_id=finding.label_id,
        phase=finding.phase,
        made_at=made_at,
        state=finding.state,
        digest=finding.digest,
        question=finding.question,
        about=asked | told,
    )


def _plain(value: object) -> bool:
    if isinstance(value, list):
        return len(value) <= 50 and all(isinstance(v, str | int) for v in value)
    return isinstance(value, str | int | float)


def _may_read(house: House, presence: Presence, lead: Lead) -> bool:
    """Judge as reading the finding itself would be (:func:`peelian.gate.findings.keeping.read_finding`)."""
    now = circumstances(house, presence, lead.mandate)
    for asked in lead.question.values():
        assert isinstance(asked, dict)
        question = question_from_dict(asked)
        columns = sorted(question.columns_used & set(house.lake.spec(question.table).column_names))
        if not house.rulebook.judge_open(presence.actor, now, question.table, columns, False).allow:
            return False
    return True


def _enter(house: House, presence: Presence, found: list[Lead]) -> None:
    """Enter which findings are shown, before they are."""
    shown = house.leads.shown.setdefault((presence.session_id, presence.purpose), set())
    fresh = sorted({lead.id for lead in found} - shown)
    if fresh:
        body = presence.who() | {"asked": "list findings", "findings": fresh}
        tools = sorted({lead.method for lead in found})
        tool = tools[0] if len(tools) == 1 else "findings"
        house.recorder.record([Act("consultation", tool, presence.purpose, "allow", body, presence.reason)])
        shown.update(fresh)
