"""A question put to the data: declared, compiled by the gate, hashed into findings, never free-form SQL."""

from __future__ import annotations

from dataclasses import dataclass

from peelian.core.canonical import digest

Scalar = str | int | float | bool | None
OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "in", "is-null", "not-null")
MEASURES = ("count", "sum", "min", "max", "count-distinct")


@dataclass(frozen=True)
class Where:
    """One condition: ``column operator value``; conditions of a question are joined by *and*."""

    column: str
    op: str
    value: Scalar | tuple[Scalar, ...] = None


@dataclass(frozen=True)
class Measure:
    """One aggregate: ``name = fn(column)``; ``count`` takes no column. Sums are of integers only (see DESIGN 7)."""

    name: str
    fn: str
    column: str = ""


@dataclass(frozen=True)
class Question:
    """What is asked of one table.

    Parameters
    ----------
    table : str
        A table of :data:`peelian.model.record.TABLES`.
    columns : tuple of str
        Columns wanted, or group keys when there are measures.
    where : tuple of Where
        Conditions, joined by and.
    measures : tuple of Measure
        Aggregates by group of ``columns``; empty for plain rows.
    order_by : tuple of (str, str)
        ``(column, "asc" | "desc")``; a total order is completed by the gate (record_id, or all group keys).
    limit : int or None
        At most so many rows, after filters and order.
    known_at_seq : int or None
        Answer as known at that commit; None for current data.
    """

    table: str
    columns: tuple[str, ...]
    where: tuple[Where, ...] = ()
    measures: tuple[Measure, ...] = ()
    order_by: tuple[tuple[str, str], ...] = ()
    limit: int | None = None
    known_at_seq: int | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the question as plain data."""
        return {
            "table": self.table,
            "columns": list(self.columns),
            "where": [[w.column, w.op, list(w.value) if isinstance(w.value, tuple) else w.value] for w in self.where],
            "measures": [[m.name, m.fn, m.column] for m in self.measures],
            "order_by": [list(o) for o in self.order_by],
            "limit": self.limit,
            "known_at_seq": self.known_at_seq,
        }

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form."""
        return digest(self.as_dict())

    @property
    def columns_used(self) -> frozenset[str]:
        """Every column the question touches: shown, filtered on, measured or ordered by."""
        names = {*self.columns, *(w.column for w in self.where), *(m.column for m in self.measures if m.column)}
        measured = {m.name for m in self.measures}
        return frozenset(names | {c for c, _ in self.order_by if c not in measured})


def question_from_dict(data: dict[str, object]) -> Question:
    """Build a question from what :meth:`Question.as_dict` returned."""

    def value(v: object) -> object:
        return tuple(v) if isinstance(v, list) else v

    return Question(
        table=str(data["table"]),
        columns=tuple(data["columns"]),  # type: ignore[arg-type]
        where=tuple(Where(c, op, value(v)) for c, op, v in data["where"]),  # type: ignore[attr-defined, arg-type]
        measures=tuple(Measure(*m) for m in data["measures"]),  # type: ignore[attr-defined]
        order_by=tuple((c, d) for c, d in data["order_by"]),  # type: ignore[attr-defined]
        limit=data["limit"],  # type: ignore[arg-type]
        known_at_seq=data["known_at_seq"],  # type: ignore[arg-type]
    )
