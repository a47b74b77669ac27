"""Reading: judge, record, then open the minimised view. If the entry cannot be written, nothing is opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from peelian.core.errors import InvalidError
from peelian.gate.compile import TALLIED_MAX, TALLY, check_question, compile_labels, compile_question
from peelian.gate.digest import table_digest
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.judging import admit_user, circumstances, insist
from peelian.gate.presence import Presence
from peelian.gate.view import View
from peelian.model.label import combine_labels
from peelian.model.plain_words import table_words
from peelian.model.question import Question
from peelian.policy.rules import Circumstances
from peelian.store.commit import Done

_LEASE_S = 600.0
"""Longest time one read may keep an erasure waiting, seconds."""

_SURROGATE = frozenset({"record_id"})
"""The system column that any question may use: it says which record, and nothing about it."""


def open_view(house: House, presence: Presence, mandate_id: str, question: Question) -> View:
    """Open a view: the rows and columns that this session may see for this purpose under this mandate.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    InvalidError
        ``column-unknown``, ``question-malformed``, ``commit-unknown``.
    """
    check_question(question, house.lake.spec(question.table))
    now = _judge(house, presence, mandate_id, question)
    admit_user(house, presence, now.mandate)
    standing = _standing(house, mandate_id)
    asked = {"mandate": mandate_id, "question": question.as_dict()}
    act = Act("consultation", _tool(now), now.purpose, "allow", presence.who() | asked, presence.reason)
    [entry] = house.recorder.record([act])
    house.ready()
    if _standing(house, mandate_id) != standing:  # a halt or an end was entered since the judgement, and comes first
        now = _judge(house, presence, mandate_id, question)
    return _read(house, presence, now, question, entry)


def open_for_replay(house: House, presence: Presence, mandate_id: str, question: Question, finding_id: str) -> View:
    """Read rows so that a result can be made again; they go to the method, to no eyes.

    See :mod:`peelian.gate.findings.replaying`.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    """
    check_question(question, house.lake.spec(question.table))
    now = _judge_replay(house, presence, mandate_id, question, finding_id)
    standing = _standing(house, mandate_id)
    body = presence.who() | {"mandate": mandate_id, "question": question.as_dict(), "finding": finding_id}
    [entry] = house.recorder.record([Act("consultation", _tool(now), now.purpose, "allow", body, presence.reason)])
    house.ready()
    if _standing(house, mandate_id) != standing:
        now = _judge_replay(house, presence, mandate_id, question, finding_id)
    return _read(house, presence, now, question, entry)


def _judge_replay(
    house: House, presence: Presence, mandate_id: str, question: Question, finding_id: str
) -> Circumstances:
    now = circumstances(house, presence, mandate_id)
    verdict = house.rulebook.judge_replay(
        presence.actor, now, question.table, sorted(question.columns_used - _SURROGATE)
    )
    detail = {"mandate": mandate_id, "question": question.as_dict(), "finding": finding_id}
    insist(house, presence, verdict, "make a result again", _tool(now), detail)
    return now


def _judge(house: House, presence: Presence, mandate_id: str, question: Question) -> Circumstances:
    now = circumstances(house, presence, mandate_id)
    columns = sorted(question.columns_used - _SURROGATE)
    sealed = house.lake.spec(question.table).sealed
    verdict = house.rulebook.judge_open(presence.actor, now, question.table, columns, sealed)
    asked = {"mandate": mandate_id, "question": question.as_dict()}
    insist(house, presence, verdict, f"open {table_words(question.table)}", _tool(now), asked)
    return now


def _tool(now: Circumstances) -> str:
    return now.mandate.target if now.mandate else ""


def _standing(house: House, mandate_id: str) -> tuple[object, object]:
    return house.head.adopted.get(mandate_id), house.stop_on(mandate_id)


@dataclass(frozen=True)
class _Basis:
    """What an answer rests on: labels, earliest expiry, number of rows."""

    label_ids: Sequence[int] = ()
    expires_on: date | None = None
    rows: int = 0


def _read(house: House, presence: Presence, now: Circumstances, question: Question, entry: int) -> View:
    # The lease comes first: an erasure waits for readers that may still have older files open.
    with house.leases.hold(_LEASE_S):
        done = house.head.follow().done
        _check_commit(question, done)
        rows, basis = _run(house, presence, now, question, done, entry)
    parts = [house.labels()[i] for i in basis.label_ids]
    shown = rows.select([*question.columns, *(m.name for m in question.measures)])
    return View(
        question=question,
        rows=shown,
        rows_digest=table_digest(shown),
        seq=question.known_at_seq if question.known_at_seq is not None else (done.seq if done else 0),
        label=combine_labels(parts) if parts else None,
        expires_on=basis.expires_on,
        mandate=now.mandate.id if now.mandate else "",
        purpose=now.purpose,
        operation=presence.operation_ref,
        entry=entry,
        rows_read=basis.rows,
    )


def _run(
    house: House, presence: Presence, now: Circumstances, question: Question, done: Done | None, entry: int
) -> tuple[pa.Table, _Basis]:
    """Return the answer, with what the gate reads beside it, and what it rests on."""
    spec, today = house.lake.spec(question.table), now.now.date()
    grant = house.grant("read", question.table, entry=entry)
    relation = house.engine.relation(grant, question.table, done, question.known_at_seq)
    allowed = visible_labels(house, presence, now)
    rows = house.engine.run(compile_question(question, spec, relation, allowed, today))
    if question.measures and len(allowed) <= TALLIED_MAX:
        return rows, _basis_of_groups(rows, sorted(allowed))
    if question.measures:
        return rows, _basis_of_labels(house.engine.run(compile_labels(question, spec, relation, allowed, today)))
    if _has_ties(rows.column("record_id")):
        rows = house.engine.run(compile_question(question, spec, relation, allowed, today, ties=True))
    rows = rows.slice(0, question.limit)
    return rows, _basis_of_rows(rows)


def _has_ties(records: pa.ChunkedArray) -> bool:
    """Say whether a record comes twice in a row: one with several subjects, or republished in another slice."""
    ids = pa.concat_arrays(records.chunks) if records.num_chunks else pa.array([], pa.string())
    return bool(pc.any(pc.equal(ids[1:], ids[:-1])).as_py())


def _check_commit(question: Question, done: Done | None) -> None:
    if (question.known_at_seq or 0) > (done.seq if done else 0):
        raise InvalidError(
            "commit-unknown",
            "The question asks what was known at a commit that has not been made.",
            why="Its answer would change with the next commit, and a finding that rests on it could not be replayed.",
            do="Name a commit that exists, or none for what is known now.",
        )


def visible_labels(house: House, presence: Presence, now: Circumstances) -> frozenset[int]:
    """Return the labels this session may see. Cached by who, what for and under what; never across policies.

    What changes by the hour (mandate end, halt, operation) is judged on every call before this is asked.
    """
    labels = house.labels()
    key = (house.rulebook.labels_rest_on(presence.actor, now), len(labels))
    if key not in house._allowed:
        house._allowed[key] = house.rulebook.allowed_labels(presence.actor, now, labels)
    return house._allowed[key]


def _basis_of_rows(rows: pa.Table) -> _Basis:
    if not rows.num_rows:
        return _Basis()
    ids = sorted(pc.unique(rows.column("label_id")).to_pylist())
    return _Basis(ids, pc.min(rows.column("expires_on")).as_py(), rows.num_rows)


def _basis_of_groups(groups: pa.Table, label_ids: Sequence[int]) -> _Basis:
    """Read the tally that every group carries; without groups, or without rows in them, there is nothing to rest on."""
    if not groups.num_rows:
        return _Basis()
    bits, expires_on, n_rows = (groups.column(name)[0].as_py() for name in TALLY)
    return _Basis([i for bit, i in enumerate(label_ids) if (bits or 0) >> bit & 1], expires_on, n_rows)


def _basis_of_labels(labels: pa.Table) -> _Basis:
    if not labels.num_rows:
        return _Basis()
    ids, expiries, counts = (labels.column(c).to_pylist() for c in ("label_id", "expires_on", "rows"))
    return _Basis(ids, min(expiries), sum(counts))
