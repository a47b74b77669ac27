"""Running a method on views, in workers that see nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from peelian.core.canonical import digest
from peelian.core.errors import InvalidError, Reason, RefusedError
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.judging import circumstances, insist
from peelian.gate.presence import Presence
from peelian.gate.reading import open_view
from peelian.gate.sandbox.worker import Progress, WorkerResult, run_in_worker
from peelian.gate.seen import Seen, kept_parameters, remember
from peelian.gate.view import View
from peelian.model.label import Label, combine_labels
from peelian.model.mandate import Mandate
from peelian.model.question import Question
from peelian.policy.rules import MethodFacts

_CACHE = "__pycache__"
_CODE_WORD = re.compile(r"[a-z][a-z0-9-]{0,63}")


@dataclass(frozen=True)
class Step:
    """One worker of several in a run; what it gave back goes to the next as the parameter ``before``.

    Parameters
    ----------
    command : tuple of str
        Starts the worker.
    views : frozenset of str
        The run's views that it is given, by name. It never learns of the others.
    """

    command: tuple[str, ...]
    views: frozenset[str]


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
    steps : tuple of Step
        Where a run takes several workers, one after the other; else one, started by ``command`` and given every view.
    assessed : tuple of Path
        Of an assessment: the part of ``folders`` that is the method under assessment.
    """

    facts: MethodFacts
    folders: tuple[Path, ...]
    command: tuple[str, ...]
    timeout_s: float = 600.0
    memory_mb: int = 4096
    steps: tuple[Step, ...] = ()
    assessed: tuple[Path, ...] = ()

    @property
    def code_hash(self) -> str:
        """Return the SHA-256 over names and contents of the code, in order of name."""
        return hash_code(self.folders)

    @property
    def assessed_hash(self) -> str:
        """Return the hash of the method under assessment, as its own mandate has it; empty for a method's own run."""
        return hash_code(self.assessed) if self.assessed else ""


def hash_code(folders: Sequence[Path]) -> str:
    """Hash code: relative name, length and content of every file, in order, and where links to folders lead.

    Every file, whatever its name ends in: Python prefers a compiled extension, and a folder, to the source file of the
    same name. Compiled caches alone do not count; the worker does not read them
    (:mod:`peelian.app.workers.method_worker`).
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
    assessed_hash: str = ""

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
    """What a method gave back, and under what.

    Parameters
    ----------
    result : mapping
        What the last worker gave back.
    opened : Opened
    worker : WorkerResult
        The last worker.
    parts : tuple of mapping
        What each worker gave back, in order.
    """

    result: Mapping[str, object]
    opened: Opened
    worker: WorkerResult
    parts: tuple[Mapping[str, object], ...] = ()

    @property
    def entry(self) -> int:
        """Return the run's entry in the ledger, by which what it found is posted."""
        return self.opened.entry


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
    code_hash, assessed = program.code_hash, program.assessed_hash
    detail: dict[str, object] = {"mandate": mandate_id, "code": code_hash, "parameters": digest(parameters)}
    detail |= {"assessed": assessed} if assessed else {}
    views = {name: open_view(house, presence, mandate_id, question) for name, question in questions.items()}
    _check_purposes(views)
    detail["views"] = [[name, v.question.digest, v.rows_digest, v.rows_read] for name, v in sorted(views.items())]
    act = Act("combination", program.facts.name, presence.purpose, "allow", presence.who() | detail, presence.reason)
    [entry] = house.recorder.record([act])
    return Opened(views, entry, code_hash, assessed)


def run_method(
    house: House,
    presence: Presence,
    mandate_id: str,
    program: Program,
    questions: Mapping[str, Question],
    parameters: Mapping[str, object],
    *,
    threads: int = 2,
    progress: Progress | None = None,
) -> Ran:
    """Open a run and let the method work on it in locked-down workers, each given its tables and nothing else."""
    opened = open_run(house, presence, mandate_id, program, questions, parameters)
    steps = program.steps or (Step(program.command, frozenset(opened.views)),)
    parts: list[Mapping[str, object]] = []
    for step in steps:
        told = dict(parameters) | ({"before": parts[-1]} if parts else {})
        tables = {name: rows for name, rows in opened.tables.items() if name in step.views}
        worker = run_in_worker(
            step.command,
            tables,
            told,
            timeout_s=program.timeout_s,
            memory_mb=program.memory_mb,
            threads=threads,
            private=[house.deployment.folder],
            progress=progress,
        )
        parts.append(_result_of(house, presence, mandate_id, program, worker))
    ran = Ran(parts[-1], opened, worker, tuple(parts))
    _remember(house, mandate_id, program, parameters, ran)
    return ran


def _result_of(
    house: House, presence: Presence, mandate_id: str, program: Program, worker: WorkerResult
) -> Mapping[str, object]:
    try:
        return read_result(worker.output, program.facts.name)
    except RefusedError as error:
        reasons = [r.code for r in error.reasons if _CODE_WORD.fullmatch(r.code)]  # what a worker says is not trusted
        body = presence.who() | {"mandate": mandate_id, "asked": "run a method", "reasons": [error.code, *reasons]}
        act = Act("refusal", program.facts.name, presence.purpose, "refuse", body, presence.reason)
        house.recorder.record([act])
        raise


def _remember(house: House, mandate_id: str, program: Program, parameters: Mapping[str, object], ran: Ran) -> None:
    """Note what the gate saw, for what is posted from this run to be held against."""
    opened = ran.opened
    views = tuple(replace(view, rows=view.rows.schema.empty_table()) for view in opened.views.values())
    seen = Seen(
        entry=opened.entry,
        method=program.facts.name,
        mandate=mandate_id,
        purpose=views[0].purpose if views else "",
        phase=house.charter.mandates[mandate_id].phase,
        code_hash=opened.code_hash,
        assessed_hash=opened.assessed_hash,
        views=views,
        rows_digest=opened.rows_digest,
        parameters=digest(kept_parameters(parameters)),
        registered=str(parameters.get("registered", "")),
        result=digest(ran.result),
        base_rate=digest(ran.result.get("base_rate", {})),
    )
    remember(house._seen, seen)


def read_result(output: bytes, method: str) -> Mapping[str, object]:
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
