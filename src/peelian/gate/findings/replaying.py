"""Making a result again for the panel: from the rows as they were known, with the code as it was, shown to nobody.

What leaves is whether the result is the same, and how many rows it rests on then and now. A stopped tool's results can
be made again too: the duty has a mandate of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import fields as dataclass_fields
from datetime import timedelta
from typing import Any

from peelian.core.canonical import digest
from peelian.core.errors import MissingError
from peelian.core.ids import new_ulid
from peelian.gate.acts.own_entries import own_entries
from peelian.gate.digest import table_digest
from peelian.gate.entries import Act
from peelian.gate.findings.keeping import check_kept
from peelian.gate.findings.leads import heads
from peelian.gate.findings.running import Program, read_result
from peelian.gate.house import House
from peelian.gate.judging import circumstances, insist
from peelian.gate.lead import Lead
from peelian.gate.presence import Presence
from peelian.gate.reading import open_for_replay
from peelian.gate.sandbox.worker import run_in_worker
from peelian.gate.view import View
from peelian.model.finding import Finding
from peelian.model.question import question_from_dict

Parameters = Callable[[Finding], Mapping[str, object]]
Programs = Callable[[Finding], Program]
Told = Callable[[str], None]

KEPT = timedelta(days=7)
"""So long is a replay found again by whoever began it; its outcome stays in the record."""


@dataclass(frozen=True)
class Replayed:
    """Whether a result came out the same.

    Parameters
    ----------
    same : bool
        Byte for byte.
    code_same : bool
        The code that is installed is the code that made it; if not, it was not run.
    rows_then, rows_now : int
        How many rows it rested on; fewer now when some were erased.
    rows_same : bool
    digest, again : str
        Of the result as kept and as made again; ``again`` is ``""`` when it was not run.
    """

    finding: str
    same: bool
    code_same: bool
    rows_same: bool
    rows_then: int
    rows_now: int
    digest: str
    again: str


def results(house: House, presence: Presence, mandate_id: str) -> list[Lead]:
    """Return the heads of all results, newest first: which there are, not what they say."""
    _judge(house, presence, mandate_id, {"asked": "list results"})
    return heads(house)


def replay(
    house: House,
    presence: Presence,
    mandate_id: str,
    finding_id: str,
    program_of: Programs,
    parameters_of: Parameters,
    tell: Told = lambda step: None,
    number: str = "",
) -> Replayed:
    """Make a result again and compare it with the one kept; how it came out is entered.

    Parameters
    ----------
    number : str
        Under which it was begun (:func:`begin_replay`); what is found is entered under it.
    program_of, parameters_of : callable
        Give the installed method, and what it was told, for a finding; areas are published and are put back here.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    MissingError
        ``result-gone``.
    TamperedError
        ``finding-altered`` when what the desk holds is not what was entered.
    """
    kept = house.desk.finding(house.grant("read", "findings"), finding_id)
    if kept is None:
        raise MissingError("result-gone", "There is no result of that number.", do="Choose one from the list.")
    check_kept(house, kept.id, kept.digest)
    program = program_of(kept)
    if program.code_hash != kept.code_hash:
        _judge(house, presence, mandate_id, {"asked": "make a result again", "finding": finding_id})
        changed = Replayed(finding_id, False, False, False, kept.rows_read, 0, kept.digest, "")
        _enter_outcome(house, presence, mandate_id, kept.method, changed, number)
        return changed
    tell("rows")
    questions = {name: replace(question_from_dict(q), known_at_seq=kept.seq) for name, q in kept.question.items()}
    views = {name: open_for_replay(house, presence, mandate_id, q, finding_id) for name, q in questions.items()}
    tell("method")
    result = _run_again(house, program, views, parameters_of(kept))
    tell("compare")
    found = _compare(kept, views, result)
    _enter_outcome(house, presence, mandate_id, kept.method, found, number)
    return found


def begin_replay(house: House, presence: Presence, mandate_id: str, finding_id: str) -> str:
    """Enter that a result is to be made again; return the number under which its outcome is found later."""
    number = new_ulid(house.clock)
    _judge(house, presence, mandate_id, {"asked": "make a result again", "finding": finding_id, "replay": number})
    return number


@dataclass(frozen=True)
class Begun:
    """A replay of the caller's own as the record has it; ``outcome`` None while it is not finished."""

    number: str
    finding: str
    outcome: Mapping[str, Any] | None


def own_replays(house: House, presence: Presence) -> list[Begun]:
    """Return what the caller began to make again within :data:`KEPT`, newest first."""
    mine = [e for e in own_entries(house, presence, house.clock.now() - KEPT) if "replay" in e.body]
    over = {str(e.body["replay"]): e.body for e in mine if e.op == "result-replayed"}
    fields = [f.name for f in dataclass_fields(Replayed)]
    return [
        Begun(number, str(e.body["finding"]), {n: over[number][n] for n in fields} if number in over else None)
        for e in mine
        if e.op != "result-replayed" and e.decision == "allow" and (number := str(e.body["replay"]))
    ]


def _enter_outcome(
    house: House, presence: Presence, mandate_id: str, method: str, found: Replayed, number: str
) -> None:
    body = presence.who() | {"mandate": mandate_id, "replay": number} | found.__dict__
    house.recorder.record([Act("result-replayed", method, presence.purpose, "record", body, presence.reason)])


def _run_again(
    house: House, program: Program, views: Mapping[str, View], parameters: Mapping[str, object]
) -> Mapping[str, Any]:
    worker = run_in_worker(
        program.command,
        {name: view.rows for name, view in views.items()},
        parameters,
        timeout_s=program.timeout_s,
        memory_mb=program.memory_mb,
        threads=1,
        private=[house.deployment.folder],
    )
    return read_result(worker.output, program.facts.name)


def _compare(kept: Finding, views: Mapping[str, View], result: Mapping[str, Any]) -> Replayed:
    rows_digest = digest({name: table_digest(view.rows) for name, view in views.items()})
    rows_now = sum(view.rows_read for view in views.values())
    changed = {"rows_digest": rows_digest, "rows_read": rows_now, "result": result, "base_rate": result["base_rate"]}
    again = Finding(**{**kept.__dict__, **changed})
    return Replayed(
        kept.id,
        same=again.canonical == kept.canonical,
        code_same=True,
        rows_same=rows_digest == kept.rows_digest,
        rows_then=kept.rows_read,
        rows_now=rows_now,
        digest=kept.digest,
        again=again.digest,
    )


def _judge(house: House, presence: Presence, mandate_id: str, detail: Mapping[str, object]) -> None:
    """Judge and enter what opens no rows: which results there are."""
    now = circumstances(house, presence, mandate_id)
    tables = sorted(now.mandate.scope.tables) if now.mandate else []
    verdict = house.rulebook.judge_replay(presence.actor, now, tables[0] if tables else "", [])
    body = dict(detail) | {"mandate": mandate_id}
    insist(house, presence, verdict, "make results again", "replay", body)
    act = Act("consultation", "replay", now.purpose, "allow", presence.who() | body, presence.reason)
    house.recorder.record([act])
