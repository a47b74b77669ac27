"""From a question to SQL that can reach only what may be reached.

The restriction by label and expiry is part of the statement: it runs *before* groups, order, limits and ties, so that
a row that may not be seen cannot move anything that may (DESIGN section 5, non-interference).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from peelian.core.errors import InvalidError
from peelian.model.question import MEASURES, OPERATORS, Measure, Question, Where
from peelian.model.record import SYSTEM_COLUMNS, TableSpec

if TYPE_CHECKING:
    import ibis.expr.types as ir

_ENGINE_TYPES = {
    "text": "string",
    "int": "int64",
    "float": "float64",
    "bool": "boolean",
    "day": "date",
    "instant": "int64",
}

_INT_MAX = 2**53 - 1
"""Numbers in a question are ones that canonical JSON can write."""

_BAD_NAME = "a measure whose name is not in lower case, or is a column's"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_UNWRITABLE = re.compile(r"[\x00\ud800-\udfff]")  # what SQL or UTF-8 has no form for
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

KEY = ("record_id", "slice_id", "subject_id")
"""What makes a row the same row, in the order in which ties are broken."""

HIDDEN = ("record_id", "label_id", "expires_on")
"""What the gate reads beside the columns asked for, to order the rows and to label what is derived from them."""

TALLY = ("_labels", "_expires_on", "_rows")
"""What the gate adds to groups, the same in each: which labels all of them rest on (bits in order of label id), the
earliest expiry, how many rows. A second statement for it would read everything twice [M]."""

TALLIED_MAX = 62
"""So many labels have a bit in ``_labels``; a session that may see more has them counted by :func:`compile_labels`."""


def check_question(question: Question, spec: TableSpec) -> None:
    """Refuse a question that names what was never declared, or whose answer would not be exact.

    Everything about the form is settled here, from the declaration alone: a question that gets past this cannot fail
    on a value, so no error can tell anything about rows.

    Raises
    ------
    InvalidError
        ``column-unknown``, ``question-malformed``.
    """
    faults = _faults_of_shape(question)
    if not faults:
        known = {c.name: c.kind for c in (*spec.columns, *SYSTEM_COLUMNS)}
        _check_columns(question, spec, known)
        faults = [*_faults_of_conditions(question, known), *_faults_of_measures(question, known)]
        faults += _faults_of_order(question)
    if faults:
        raise InvalidError(
            "question-malformed",
            f"The question cannot be compiled: {'; '.join(faults)}.",
            why="A question is declared data, so that it can be hashed, explained and replayed.",
            do=f"Operators: {', '.join(OPERATORS)}. Measures: {', '.join(MEASURES)}.",
        )


def _check_columns(question: Question, spec: TableSpec, known: Mapping[str, str]) -> None:
    if not question.columns_used <= known.keys():
        raise InvalidError(
            "column-unknown",
            f"Table {spec.name} has no declared column named so.",
            why="A question may only name columns that a data contract declares.",
            do=f"Use one of: {', '.join(spec.column_names)}.",
            facts={"table": spec.name},
        )


def _faults_of_shape(question: Question) -> list[str]:
    """Check types by hand: questions come back from files and other processes."""
    parts = (question.columns, question.where, question.measures, question.order_by)
    if not all(isinstance(part, tuple) for part in parts):
        return ["columns, conditions, measures and order are tuples"]
    faults = ["no columns and no measures"] * (not question.columns and not question.measures)
    faults += ["a limit that is not a whole number from 0"] * (not _is_count(question.limit))
    faults += ["a commit that is not a whole number from 0"] * (not _is_count(question.known_at_seq))
    return faults


def _is_count(value: object) -> bool:
    return value is None or (type(value) is int and 0 <= value <= _INT_MAX)


def _faults_of_conditions(question: Question, known: Mapping[str, str]) -> list[str]:
    faults = ["an unknown operator" for w in question.where if w.op not in OPERATORS]
    return faults + [
        f"a value for {w.column} that is not of its kind, {known[w.column]}"
        for w in question.where
        if w.op in OPERATORS and not all(_of_kind(v, known[w.column]) for v in _values(w))
    ]


def _values(where: Where) -> tuple[object, ...]:
    """Return the values a condition compares with; one that cannot pass where the operator asks for another form."""
    if where.op in ("is-null", "not-null"):
        return () if where.value is None else (object(),)
    if where.op == "in":
        return where.value if isinstance(where.value, tuple) else (object(),)
    return (where.value,)


def _of_kind(value: object, kind: str) -> bool:
    """Say whether a value can be compared with a column without a cast. None never can: ``is-null`` asks for it."""
    if kind == "text":
        return isinstance(value, str) and not _UNWRITABLE.search(value)
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "day":
        return isinstance(value, str) and _DAY.fullmatch(value) is not None and _is_day(value)
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= _INT_MAX
    return number and (kind == "float" or isinstance(value, int))


def _is_day(value: str) -> bool:
    try:
        return bool(date.fromisoformat(value))
    except ValueError:
        return False


def _faults_of_measures(question: Question, known: Mapping[str, str]) -> list[str]:
    faults = ["an unknown measure" for m in question.measures if m.fn not in MEASURES]
    faults += [
        f"a {m.fn} of {m.column or 'nothing'}"
        for m in question.measures
        if m.fn in MEASURES and (m.column not in known if m.fn != "count" else bool(m.column))
    ]
    # Sums of floats depend on the order of rows and so on the number of threads (DESIGN section 7).
    faults += [
        f"sum of {m.column}, which is not an integer"
        for m in question.measures
        if m.fn == "sum" and known.get(m.column, "int") != "int"
    ]
    names = [m.name for m in question.measures]
    shown = [*names, *question.columns]
    faults += [_BAD_NAME for n in names if not _NAME.fullmatch(n) or n in known]
    return faults + ["a name that is given twice"] * (len(set(shown)) < len(shown))


def _faults_of_order(question: Question) -> list[str]:
    shown = {*question.columns, *(m.name for m in question.measures)}
    faults = [f"order by {c}, which is not shown" for c, _ in question.order_by if question.measures and c not in shown]
    faults += ["a column that is ordered by twice"] * (len(dict(question.order_by)) < len(question.order_by))
    return faults + ["an unknown order" for _, d in question.order_by if d not in ("asc", "desc")]


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
def compile_question(
    question: Question,
    spec: TableSpec,
    relation: str,
    label_ids: frozenset[int],
    today: date,
    *,
    ties: bool = False,
) -> str:
    """Compile a question to one DuckDB statement over one relation.

    Parameters
    ----------
    relation : str
        Name of the relation that stands for the table at one commit.
    label_ids : frozenset of int
        Labels this session may read for this purpose; empty gives no rows.
    today : date
        Rows whose ``expires_on`` is not after today are gone.
    ties : bool
        Order by the whole key, for the rare table in which a record comes more than once. Without it, plain rows with
        a limit come with one row more, so that a tie across the limit shows: which rows a limit keeps must not depend
        on anything that the session may not see.

    Returns
    -------
    str
        SQL whose rows come in a total order; :data:`HIDDEN` columns first when the question has no measures,
        :data:`TALLY` last when it has and there are at most :data:`TALLIED_MAX` labels.
    """
    check_question(question, spec)
    allowed = _allowed(spec, relation, label_ids, today)
    for condition in question.where:
        allowed = allowed.filter(_condition(allowed, condition))
    answer = _grouped(allowed, question, label_ids) if question.measures else _rows(allowed, question, ties)
    if question.limit is not None:
        answer = answer.limit(question.limit + (not question.measures and not ties))
    return _sql(answer)


@lru_cache(maxsize=512)
def compile_labels(question: Question, spec: TableSpec, relation: str, label_ids: frozenset[int], today: date) -> str:
    """Compile the statement that tells which labels, and how early an expiry, an answer rests on."""
    allowed = _allowed(spec, relation, label_ids, today)
    for condition in question.where:
        allowed = allowed.filter(_condition(allowed, condition))
    grouped = allowed.group_by("label_id").aggregate(expires_on=allowed.expires_on.min(), rows=allowed.count())
    return _sql(grouped.order_by("label_id"))


def _sql(answer: ir.Table) -> str:
    import ibis  # where it is needed: it takes half a second, and most commands ask nothing

    return str(ibis.to_sql(answer, dialect="duckdb"))


def _allowed(spec: TableSpec, relation: str, label_ids: frozenset[int], today: date) -> ir.Table:
    import ibis

    columns = {c.name: _ENGINE_TYPES[c.kind] for c in (*spec.columns, *SYSTEM_COLUMNS)}
    table = ibis.table(columns, name=relation)
    return table.filter(_one_of(table.label_id, sorted(label_ids)) & (table.expires_on > today))


def _one_of(label: Any, ids: list[int]) -> Any:
    """Write ``label IN (ids)`` in the form that is quickest.

    The engine turns IN into comparisons that cost 40 % on top of a simple count, a CASE over the same ids 5 %; the
    bounds, which the CASE implies, let it skip row groups by their statistics [M].
    """
    if not 0 < len(ids) <= TALLIED_MAX:
        return label.isin(ids)
    return label.between(ids[0], ids[-1]) & label.cases(*((i, True) for i in ids), else_=False)


def _condition(table: ir.Table, where: Where) -> Any:
    column, value = table[where.column], where.value
    if column.type().is_date():
        value = tuple(_day(v) for v in value) if isinstance(value, tuple) else _day(value)
    return _CONDITIONS[where.op](column, value)


def _day(value: object) -> Any:
    return value if value is None else date.fromisoformat(str(value))


def _rows(table: ir.Table, question: Question, ties: bool) -> ir.Table:
    # Sorting by the whole key takes half as long again as by record_id, which nearly always says it all; to find the
    # first of a hundred, twice as long [M].
    key = KEY if ties else KEY[:1]
    keys = _ordered_all(table, question.order_by)
    keys += [table[c] for c in key if c not in dict(question.order_by)]
    shown = [c for c in question.columns if c not in HIDDEN]
    return table.order_by(keys).select(*HIDDEN, *shown)


def _grouped(table: ir.Table, question: Question, label_ids: frozenset[int]) -> ir.Table:
    measures = {m.name: _MEASURES[m.fn](table, m) for m in question.measures}
    tallied = len(label_ids) <= TALLIED_MAX
    groups = table.group_by(list(question.columns)) if question.columns else table
    answer = groups.aggregate(**measures, **(_tally(table, label_ids) if tallied else {}))
    if tallied:
        answer = answer.mutate(**_over_all(answer))
    keys = _ordered_all(answer, question.order_by)
    keys += [answer[c].asc(nulls_first=True) for c in question.columns if c not in dict(question.order_by)]
    return answer.order_by(keys) if keys else answer


def _ordered_all(table: ir.Table, order_by: tuple[tuple[str, str], ...]) -> list[Any]:
    return [_ordered(table, column, direction) for column, direction in order_by]


def _tally(table: ir.Table, label_ids: frozenset[int]) -> dict[str, Any]:
    """Tally one group: labels, earliest expiry, rows."""
    bits = [(label_id, 1 << bit) for bit, label_id in enumerate(sorted(label_ids))]
    labels = table.label_id.cases(*bits, else_=0) if bits else table.label_id  # of no rows
    return dict(zip(TALLY, (labels.cast("int64").bit_or(), table.expires_on.min(), table.count()), strict=True))


def _over_all(answer: ir.Table) -> dict[str, Any]:
    """Tally all groups together, before any limit: the groups that a limit leaves out decided which ones it keeps."""
    import ibis

    labels, expires_on, rows = (answer[name] for name in TALLY)
    whole = (labels.bit_or(), expires_on.min(), rows.sum())
    return {name: value.over(ibis.window()) for name, value in zip(TALLY, whole, strict=True)}


def _ordered(table: ir.Table, column: str, direction: str) -> Any:
    # Explicit NULLS: engines differ in where they put them.
    return table[column].desc(nulls_first=False) if direction == "desc" else table[column].asc(nulls_first=True)
