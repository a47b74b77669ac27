"""Questions answered in plain Python, row by row: what an answer is, written down a second time.

Nothing here knows SQL. Missing values take no part in comparisons, in sums, minima, maxima or distinct counts; they
sort first ascending and last descending; texts compare by code point.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cmp_to_key

from peelian.model.question import Measure, Question, Where

Row = Mapping[str, object]

COMPARE: Mapping[str, Callable[[object, object], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def answer(question: Question, rows: Iterable[Row]) -> list[dict[str, object]]:
    """Answer a question from the rows that may be seen, each with its ``record_id``, ``slice_id``, ``subject_id``."""
    kept = [r for r in rows if all(meets(r, w) for w in question.where)]
    if question.measures:
        found, ties = _groups(question, kept), list(question.columns)
    else:
        found, ties = [dict(r) for r in kept], ["record_id", "slice_id", "subject_id"]
    order = [*question.order_by, *((t, "asc") for t in ties)]
    found.sort(key=cmp_to_key(lambda a, b: _compare_rows(a, b, order)))
    shown = [*question.columns, *(m.name for m in question.measures)]
    return [{c: r[c] for c in shown} for r in found[: question.limit]]


def meets(row: Row, where: Where) -> bool:
    """Say whether a row meets a condition."""
    value = row[where.column]
    if where.op == "is-null":
        return value is None
    if value is None:
        return False
    if where.op == "not-null":
        return True
    if where.op == "in":
        return isinstance(where.value, tuple) and value in where.value
    return COMPARE[where.op](value, where.value)


def _groups(question: Question, rows: Sequence[Row]) -> list[dict[str, object]]:
    groups: dict[tuple[object, ...], list[Row]] = {} if question.columns else {(): []}
    for row in rows:
        key = tuple(0.0 if row[c] == 0 and isinstance(row[c], float) else row[c] for c in question.columns)
        groups.setdefault(key, []).append(row)
    return [
        dict(zip(question.columns, key, strict=True)) | {m.name: _measure(m, members) for m in question.measures}
        for key, members in groups.items()
    ]


def _measure(measure: Measure, rows: Sequence[Row]) -> object:
    if measure.fn == "count":
        return len(rows)
    values = [r[measure.column] for r in rows if r[measure.column] is not None]
    if measure.fn == "count-distinct":
        return len(set(values))
    made = {"sum": sum, "min": min, "max": max}[measure.fn]
    return made(values) if values else None  # type: ignore[call-overload]


def _compare_rows(a: Row, b: Row, order: Sequence[tuple[str, str]]) -> int:
    for column, direction in order:
        found = _compare(a[column], b[column])
        if found:
            return found if direction == "asc" else -found
    return 0


def _compare(a: object, b: object) -> int:
    if a is None or b is None:
        return (a is not None) - (b is not None)
    return (a > b) - (a < b)  # type: ignore[operator]
