"""From a question to SQL that can reach only what may be reached.

The restriction by label and expiry is part of the statement: it runs *before* groups, order, limits and ties, so that
a row that may not be seen cannot move anything that may (DESIGN section 5, non-interference).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import ibis
import ibis.expr.types as ir

from peelian.core.errors import InvalidError
from peelian.model.question import MEASURES, OPERATORS, Measure, Question, Where
from peelian.model.record import SYSTEM_COLUMNS, TableSpec

_ENGINE_TYPES = {
    "text": "string",
    "int": "int64",
    "float": "float64",
    "bool": "boolean",
    "day": "date",
    "instant": "int64",
}

HIDDEN = ("record_id", "label_id", "expires_on")
"""What the gate reads beside the columns asked for, to order the rows and to label what is derived from them."""


def check_question(question: Question, spec: TableSpec) -> None:
    """Refuse a question that names what was never declared, or whose answer would not be exact.

    Raises
    ------
    InvalidError
        ``column-unknown``, ``question-malformed``.
    """
    known = {c.name: c.kind for c in (*spec.columns, *SYSTEM_COLUMNS)}
    for name in sorted(question.columns_used):
        if name not in known:
            raise InvalidError(
                "column-unknown",
                f"Table {spec.name} has no declared column named so.",
                why="A question may only name columns that a data contract declares.",
                do=f"Use one of: {', '.join(spec.column_names)}.",
                facts={"table": spec.name},
            )
    _check_form(question, known)


def _check_form(question: Question, known: Mapping[str, str]) -> None:
    faults = [f"operator {w.op}" for w in question.where if w.op not in OPERATORS]
    faults += [f"measure {m.fn}" for m in question.measures if m.fn not in MEASURES]
    # Sums of floats depend on the order of rows and so on the number of threads (DESIGN section 7).
    faults += [
        f"sum of {m.column}, which is not an integer"
        for m in question.measures
        if m.fn == "sum" and known[m.column] != "int"
    ]
    faults += ["no columns and no measures"] * (not question.columns and not question.measures)
    faults += ["a negative limit"] * (question.limit is not None and question.limit < 0)
    shown = {*question.columns, *(m.name for m in question.measures)}
    faults += [
        f"order by {c}, which is not shown" for c, _ in question.order_by if question.measures and c not in shown
    ]
    faults += [f"order {d}" for _, d in question.order_by if d not in ("asc", "desc")]
    if faults:
        raise InvalidError(
            "question-malformed",
            f"The question cannot be compiled: {'; '.join(faults)}.",
            why="A question is declared data, so that it can be hashed, explained and replayed.",
            do=f"Operators: {', '.join(OPERATORS)}. Measures: {', '.join(MEASURES)}.",
        )


_CONDITIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": lambda c, v: c == v,
    "!=": lambda c, v: c != v,
    "<": lambda c, v: c < v,
    "<=": lambda c, v: c <= v,
    ">": lambda c, v: c > v,
    ">=": lambda c, v: c >= v,
    "in": lambda c, v: c.isin(list(v)),
    "is-null": lambda c, v: c.isnull(),
    "not-null": lambda c, v: c.notnull(),
}

_MEASURES: Mapping[str, Callable[[ir.Table, Measure], Any]] = {
    "count": lambda t, m: t.count(),
    "sum": lambda t, m: t[m.column].sum().cast("int64"),
    "min": lambda t, m: t[m.column].min(),
    "max": lambda t, m: t[m.column].max(),
    "count-distinct": lambda t, m: t[m.column].nunique(),
}


@lru_cache(maxsize=512)
def compile_question(question: Question, spec: TableSpec, relation: str, label_ids: frozenset[int], today: date) -> str:
    """Compile a question to one DuckDB statement over one relation.

    Parameters
    ----------
    relation : str
        Name of the relation that stands for the table at one commit.
    label_ids : frozenset of int
        Labels this session may read for this purpose; empty gives no rows.
    today : date
        Rows whose ``expires_on`` is not after today are gone.

    Returns
    -------
    str
        SQL whose rows come in a total order, :data:`HIDDEN` columns first when the question has no measures.
    """
    check_question(question, spec)
    allowed = _allowed(spec, relation, label_ids, today)
    for condition in question.where:
        allowed = allowed.filter(_condition(allowed, condition))
    answer = _grouped(allowed, question) if question.measures else _rows(allowed, question)
    if question.limit is not None:
        answer = answer.limit(question.limit)
    return str(ibis.to_sql(answer, dialect="duckdb"))


@lru_cache(maxsize=512)
def compile_labels(question: Question, spec: TableSpec, relation: str, label_ids: frozenset[int], today: date) -> str:
    """Compile the statement that tells which labels, and how early an expiry, an answer rests on."""
    allowed = _allowed(spec, relation, label_ids, today)
    for condition in question.where:
        allowed = allowed.filter(_condition(allowed, condition))
    grouped = allowed.group_by("label_id").aggregate(expires_on=allowed.expires_on.min(), rows=allowed.count())
    return str(ibis.to_sql(grouped.order_by("label_id"), dialect="duckdb"))


def _allowed(spec: TableSpec, relation: str, label_ids: frozenset[int], today: date) -> ir.Table:
    columns = {c.name: _ENGINE_TYPES[c.kind] for c in (*spec.columns, *SYSTEM_COLUMNS)}
    table = ibis.table(columns, name=relation)
    return table.filter(table.label_id.isin(sorted(label_ids)) & (table.expires_on > today))


def _condition(table: ir.Table, where: Where) -> Any:
    return _CONDITIONS[where.op](table[where.column], where.value)


def _rows(table: ir.Table, question: Question) -> ir.Table:
    keys = [_ordered(table, c, d) for c, d in question.order_by] + [table.record_id]
    shown = [c for c in question.columns if c not in HIDDEN]
    return table.order_by(keys).select(*HIDDEN, *shown)


def _grouped(table: ir.Table, question: Question) -> ir.Table:
    measures = {m.name: _MEASURES[m.fn](table, m) for m in question.measures}
    answer = (
        table.group_by(list(question.columns)).aggregate(**measures)
        if question.columns
        else table.aggregate(**measures)
    )
    keys = [_ordered(answer, c, d) for c, d in question.order_by]
    keys += [answer[c].asc(nulls_first=True) for c in question.columns]
    return answer.order_by(keys) if keys else answer


def _ordered(table: ir.Table, column: str, direction: str) -> Any:
    # Explicit NULLS: engines differ in where they put them.
    return table[column].desc(nulls_first=False) if direction == "desc" else table[column].asc(nulls_first=True)
