"""Running a method on views, in a worker that sees nothing else, and posting what it found."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from peelian.core.canonical import digest
from peelian.core.errors import InvalidError, MissingError, Reason, RefusedError
from peelian.core.ids import new_ulid
from peelian.core.time import iso
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.judging import circumstances, insist
from peelian.gate.presence import Presence
from peelian.gate.reading import open_view, visible_labels
from peelian.gate.view import View
from peelian.gate.worker import WorkerResult, run_in_worker
from peelian.model.finding import Assessment, Finding
from peelian.model.label import Label, combine_labels
from peelian.model.mandate import Mandate
from peelian.model.question import Question, question_from_dict
from peelian.policy.rules import Circumstances, MethodFacts

_CACHE = "__pycache__"
_CODE_WORD = re.compile(r"[a-z][a-z0-9-]{0,63}")


@dataclass(frozen=True)
class Program:
    """A method as it is installed: what it declares, where its code is, how its worker starts.

    Parameters
    ----------
    facts : MethodFacts
        From ``method.yml`` and this run's offences and area.
    folders : tuple of Path
        Every folder or file whose code decides the result; hashed, and compared with the hash in the mandate.
    command : tuple of str
        Starts the worker.
    timeout_s : float
    memory_mb : int
    """

    facts: MethodFacts
    folders: tuple[Path, ...]
    command: tuple[str, ...]
    timeout_s: float = 600.0
    memory_mb: int = 4096

    @property
    def code_hash(self) -> str:
        """Return the SHA-256 over names and contents of the code, in order of name."""
        return hash_code(self.folders)


def hash_code(folders: Sequence[Path]) -> str:
    """Hash code: relative name, length and content of every file, in order, and where links to folders lead.

    Every file, whatever its name ends in: Python prefers a compiled extension, and a folder, to the source file of the
    same name. Compiled caches alone do not count; the worker does not read them (:mod:`peelian.app.method_worker`).
    """
    state = hashlib.sha256()
    for root in folders:
        for path in _code_files(root) if root.is_dir() else [root]:
            content = os.readlink(path).encode() if path.is_dir() else path.read_bytes()
            name = f"{root.name}/{path.relative_to(root).as_posix()}" if root.is_dir() else root.name
            state.update(f"{name}\0{len(content)}\0".encode() + content)
    return state.hexdigest()


def _code_files(root: Path) -> list[Path]:
    found = (p for p in root.rglob("*") if p.is_symlink() or not p.is_dir())
    return sorted(p for p in found if _CACHE not in p.relative_to(root).parts or p.is_symlink())


@dataclass(frozen=True)
class Opened:
    """The views that a run was let have, and the entry that says so."""

    views: Mapping[str, View]
    entry: int
    code_hash: str

    @property
    def tables(self) -> dict[str, pa.Table]:
        """Return the rows of each view, by the name the method knows it by."""
        return {name: view.rows for name, view in self.views.items()}

    @property
    def rows_digest(self) -> str:
        """Return one digest over the digests of all views."""
        return digest({name: view.rows_digest for name, view in self.views.items()})

    @property
    def rows_read(self) -> int:
        """Return how many rows the views rest on."""
        return sum(view.rows_read for view in self.views.values())


@dataclass(frozen=True)
class Ran:
    """What a method gave back, and under what."""

    result: Mapping[str, object]
    opened: Opened
    worker: WorkerResult


def check_run(house: House, presence: Presence, mandate_id: str, program: Program) -> None:
    """Judge whether a method may run, before anything is looked at for it; a refusal is recorded."""
    code_hash = program.code_hash
    now = circumstances(house, presence, mandate_id, code_hash=code_hash)
    verdict = house.rulebook.judge_run(presence.actor, now, program.facts)
    detail = {"mandate": mandate_id, "code": code_hash, "offences": sorted(program.facts.offences)}
    insist(house, presence, verdict, "run a method", program.facts.name, detail)


def open_run(
    house: House,
    presence: Presence,
    mandate_id: str,
    program: Program,
    questions: Mapping[str, Question],
    parameters: Mapping[str, object],
) -> Opened:
    """Judge a run, open the views it is let have, and enter the combination; data are opened for a run or not at all.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason, recorded; also ``no-common-purpose``.
    """
    check_run(house, presence, mandate_id, program)
    code_hash = program.code_hash
    detail: dict[str, object] = {"mandate": mandate_id, "code": code_hash, "parameters": digest(parameters)}
    views = {name: open_view(house, presence, mandate_id, question) for name, question in questions.items()}
    _check_purposes(views)
    detail["views"] = [[name, v.question.digest, v.rows_digest, v.rows_read] for name, v in sorted(views.items())]
    act = Act("combination", program.facts.name, presence.purpose, "allow", presence.who() | detail, presence.reason)
    [entry] = house.recorder.record([act])
    return Opened(views, entry, code_hash)


def run_method(
    house: House,
    presence: Presence,
    mandate_id: str,
    program: Program,
    questions: Mapping[str, Question],
    parameters: Mapping[str, object],
    *,
    threads: int = 2,
) -> Ran:
    """Open a run and let the method work on it in a locked-down worker, given Arrow and nothing else."""
    opened = open_run(house, presence, mandate_id, program, questions, parameters)
    worker = run_in_worker(
        program.command,
        opened.tables,
        parameters,
        timeout_s=program.timeout_s,
        memory_mb=program.memory_mb,
        threads=threads,
        private=[house.deployment.folder],
    )
    try:
        return Ran(_read_result(worker.output, program.facts.name), opened, worker)
    except RefusedError as error:
        reasons = [r.code for r in error.reasons if _CODE_WORD.fullmatch(r.code)]  # what a worker says is not trusted
        body = presence.who() | {"mandate": mandate_id, "asked": "run a method", "reasons": [error.code, *reasons]}
        act = Act("refusal", program.facts.name, presence.purpose, "refuse", body, presence.reason)
        house.recorder.record([act])
        raise


def _read_result(output: bytes, method: str) -> Mapping[str, object]:
    """Take what a worker gave back: either a result or a refusal of the method's own, and nothing else."""
    try:
        answer = json.loads(output)
        if set(answer) == {"refused"}:
            raise _refused_by_method(method, answer["refused"])
        result = answer["result"]
        if not isinstance(result, dict):
            raise TypeError("result")
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise InvalidError(
            "result-garbled",
            f"The method {method} gave back something that is not a result.",
            why=f"A result is one JSON object ({type(error).__name__}); what comes from a worker is never trusted.",
            do="Stop using the method and have its code looked at.",
        ) from error
    return result


def _refused_by_method(method: str, told: Mapping[str, object]) -> RefusedError:
    reasons = [Reason(str(told["code"]), str(told["what"]), do=str(told.get("do", "")))]
    reasons += [Reason(**r) for r in told.get("reasons", ())]  # type: ignore[attr-defined]
    return RefusedError(
        "method-refused",
        f"The method {method} declined to run on this.",
        why="A method says no to what it cannot answer honestly.",
        do="Read the reason.",
        reasons=reasons,
    )


def _check_purposes(views: Mapping[str, View]) -> None:
    labels = [v.label for v in views.values() if v.label is not None]
    if labels and combine_labels(labels) is None:
        raise RefusedError(
            "no-common-purpose",
            "The rows put together serve no purpose in common.",
            why="A combination with no common purpose is not computed.",
            do="Ask the question of fewer sources.",
        )


def derived_label(mandate: Mandate, aggregate: str, views: Sequence[View]) -> Label | None:
    """Return the label of what was derived from views: their combination.

    An aggregate that the mandate endorses keeps the purposes and loses source, role and operation: the one place,
    beside disclosure control, where a label goes down, and it is an assessed, recorded act.
    """
    labels = [v.label for v in views if v.label is not None]
    if not labels:
        return None
    combined = combine_labels(labels)
    if combined is None or aggregate not in mandate.endorses:
        return combined
    return Label(
        purposes=combined.purposes, source=f"aggregate:{aggregate}", basis=combined.basis, force=combined.force
    )


def post_finding(
    house: House,
    presence: Presence,
    mandate_id: str,
    finding: Mapping[str, object],
    aggregate: str,
    views: Sequence[View],
) -> Finding:
    """Keep a finding, its label and what it rests on.

    Parameters
    ----------
    finding : mapping
        Fields of :class:`~peelian.model.finding.Finding` less id, label, policy hash and time, which are the gate's.
    aggregate : str
        Name of the aggregate, for the mandate's endorsements.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    InvalidError
        ``finding-unsupported`` when it does not say of itself what its views say.
    """
    now = circumstances(house, presence, mandate_id)
    method = str(finding["method"])
    verdict = house.rulebook.judge_post(presence.actor, now, "finding", method)
    insist(house, presence, verdict, "post a finding", method, {"mandate": mandate_id})
    assert now.mandate is not None, "a yes without a mandate"
    _check_support(finding, mandate_id, now.purpose, views)
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
    house.recorder.record([Act("finding", method, now.purpose, "record", body, presence.reason)])
    house.desk.put_labels(house.grant("write", "labels"), {label.label_id: label})
    house.forget_labels()
    house.desk.add_finding(house.grant("write", "findings"), kept, made_at)
    _note_lineage(house, "finding", kept.id, views)
    return kept


def _check_support(finding: Mapping[str, object], mandate_id: str, purpose: str, views: Sequence[View]) -> None:
    """Hold a finding against the views it names: its label and who may read it follow from them."""
    questions = finding["question"]
    assert isinstance(questions, Mapping), "a finding names its questions"
    said = (finding["mandate"], finding["purpose"], finding["rows_read"], sorted(map(digest, questions.values())))
    found = (mandate_id, purpose, sum(v.rows_read for v in views), sorted(v.question.digest for v in views))
    seqs, under = {v.seq for v in views}, {(v.mandate, v.purpose) for v in views}
    if not views or said != found or seqs != {finding["seq"]} or under != {(mandate_id, purpose)}:
        raise InvalidError(
            "finding-unsupported",
            "A finding does not agree with the views it is said to rest on.",
            why="Its label comes from those views; with others it could be shown to people who may not see its rows.",
            do="Post it with every view that it was made from, under their mandate and purpose.",
        )


def read_finding(house: House, presence: Presence, finding_id: str) -> Finding:
    """Read a finding back: only by who may open what it rests on, under its mandate, and may see its label.

    Raises
    ------
    MissingError
        ``finding-missing``: it does not exist, or may not be seen; the two are worded the same.
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


def _finding_missing() -> MissingError:
    return MissingError(
        "finding-missing",
        "There is no finding of that number that you may see.",
        why="It was never made, was erased, or is not open to you for this purpose now; the answer is always the same.",
        do="Check the number and your working context; `peelian why` tells what you may open.",
    )


def post_assessment(
    house: House, presence: Presence, mandate_id: str, assessment: Assessment, views: Sequence[View]
) -> None:
    """Keep an assessment, good or bad; its digest goes into the ledger so that it cannot be withdrawn quietly."""
    now = circumstances(house, presence, mandate_id)
    verdict = house.rulebook.judge_post(presence.actor, now, "assessment", assessment.method)
    insist(house, presence, verdict, "post an assessment", assessment.method, {"mandate": mandate_id})
    body = presence.who() | {"mandate": mandate_id, "assessment": assessment.id, "digest": assessment.digest}
    house.recorder.record([Act("assessment", assessment.method, now.purpose, "record", body, presence.reason)])
    house.desk.add_assessment(house.grant("write", "assessments"), assessment, house.clock.now())
    _note_lineage(house, "assessment", assessment.id, views)


def latest_assessment(house: House, method: str) -> Assessment | None:
    """Return the newest assessment of a method, good or bad. It holds figures about a method, none about people."""
    return next(iter(house.desk.assessments(house.grant("read", "assessments"), method=method, limit=1)), None)


def _note_lineage(house: House, kind: str, derived_id: str, views: Sequence[View]) -> None:
    """Say what an aggregate rests on: not named rows but a table at a commit, with the question's digest."""
    sources = sorted({("table", f"{v.question.table}@{v.seq}") for v in views})
    house.rests_on(kind, derived_id, sources)
