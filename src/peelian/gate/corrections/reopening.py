"""Re-opening what a method found, when a record that it rests on is corrected, contested, restricted, erased or over.

A finding is an aggregate: what it says of no single record does not change by itself. But it was found from rows of
which one is not so any more, and whoever reads it is told. Which findings that are is asked of the rows themselves:
the finding's own question, as known at its commit, for these records alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from peelian.gate.compile import compile_question
from peelian.gate.house import House
from peelian.model.finding import Finding
from peelian.model.question import Question, Where, question_from_dict
from peelian.store.lineage import Lineage, Thing

REOPENED = "reopened"
"""State of a finding that rests on a record which is not so any more."""

_EVER = date(1, 1, 1)


def findings_on(house: House, column: str, values: Sequence[str], tables: Iterable[str] = ()) -> list[str]:
    """List the findings whose own question reads some records, by id, oldest first.

    Parameters
    ----------
    column : str
        ``record_id`` or ``subject_id``.
    tables : iterable of str
        Tables that the records are in; any where none is named.
    """
    wanted = frozenset(tables)
    return [f.id for f in _findings(house) if any(_reads(house, q, column, values) for q in _asked(f, wanted))]


def reopen(house: House, finding_ids: Iterable[str]) -> None:
    """Mark findings as re-opened; what they say stands as it was kept."""
    grant = house.grant("write", "findings")
    for finding_id in finding_ids:
        house.desk.set_finding_state(grant, finding_id, REOPENED)


def findings_on_nothing(house: House) -> list[str]:
    """List the findings of whose rows none is left, current or past: nothing derived outlives its source."""
    return [f.id for f in _findings(house) if f.rows_read and not any(_any_left(house, q) for q in _asked(f, None))]


def charts_on(house: House, record_ids: Sequence[str]) -> list[str]:
    """List the kept charts that rest on some records."""
    things = [Thing("record", r) for r in record_ids]
    resting = Lineage(house.desk).dependants(house.grant("read", "lineage"), things)
    return sorted(t.id for t in resting if t.kind == "saved-chart")


def _findings(house: House) -> Iterator[Finding]:
    grant = house.grant("read", "findings")
    for finding_id, _, _ in reversed(house.desk.finding_states(grant)):
        found = house.desk.finding(grant, finding_id)
        if found is not None:
            yield found


def _asked(finding: Finding, tables: frozenset[str] | None) -> list[Question]:
    """Return what a finding asked, as known when it was made: of some tables, or of any."""
    asked = [replace(question_from_dict(q), known_at_seq=finding.seq) for q in finding.question.values()]
    return [q for q in asked if not tables or q.table in tables]


def _reads(house: House, question: Question, column: str, values: Sequence[str]) -> bool:
    which = Where(column, "in", tuple(values))
    return bool(values) and _has_rows(house, replace(question, where=(*question.where, which)))


def _any_left(house: House, question: Question) -> bool:
    return _has_rows(house, question)


def _has_rows(house: House, question: Question) -> bool:
    plain = replace(question, columns=("record_id",), measures=(), order_by=(), limit=1)
    grant, done = house.grant("read", question.table), house.head.follow().done
    relation = house.engine.relation(grant, question.table, done, question.known_at_seq)
    spec, labels = house.lake.spec(question.table), frozenset(house.labels())
    return bool(house.engine.run(compile_question(plain, spec, relation, labels, _EVER, ties=True)).num_rows)
