"""Stamping rows at the door: a label from the source's mandate, and the day on which they expire.

A source may say of single rows that they are about a victim, an assessment, graded C or sealed, in columns that begin
with an underscore. It never builds a label: what it says is laid over the mandate's label here, and only where that
mandate lets its rows differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from peelian.core.errors import InvalidError
from peelian.model.label import Label

EVENT_ON = "_event_on"
"""Column that says from which day retention counts; stripped here, never stored."""

ROLE_CLASS, BASIS, HANDLING, MARKINGS = "_role_class", "_basis", "_handling", "_markings"
PURPOSES = "_purposes"
LABEL_COLUMNS = (ROLE_CLASS, BASIS, HANDLING, MARKINGS, PURPOSES)
"""What a row may say of its own label: text, null for what the mandate says; markings and purposes between bars."""

NO_END = date(9999, 12, 31)
"""Expiry of rows that the charter says may be kept without end."""


@dataclass(frozen=True)
class Period:
    """How long rows are kept: months by the calendar, then days."""

    months: int = 0
    days: int = 0

    def after(self, on: date) -> date:
        """Return the last day of a period that begins on a day."""
        return add_months(on, self.months) + timedelta(days=self.days) if self.days else add_months(on, self.months)


@dataclass(frozen=True)
class Labelled:
    """Rows with their labels: the rows without what they said of themselves, and every label among them."""

    label_ids: pa.Array
    labels: Mapping[int, Label]


def label_rows(rows: pa.Table, base: Label, varies: Mapping[str, Iterable[str]]) -> Labelled:
    """Build the label of each row: the mandate's, with what the row says of itself laid over it.

    Parameters
    ----------
    rows : pa.Table
        With any of :data:`LABEL_COLUMNS`; a null, or a column left out, is what the mandate says.
    base : Label
        The label of the source's mandate.
    varies : mapping of str to list of str
        What the mandate lets rows say: ``role_class basis handling markings`` -> values.

    Returns
    -------
    Labelled
        ``label_ids``, one a row, and the dictionary of those labels; the mandate's own when there are no rows.

    Raises
    ------
    InvalidError
        ``label-outside-mandate`` when a row says what the mandate does not cover.
    """
    said = [name for name in LABEL_COLUMNS if name in rows.column_names]
    if not said or not rows.num_rows:
        return Labelled(pa.repeat(pa.scalar(base.label_id, pa.int64()), rows.num_rows), {base.label_id: base})
    # One text a row, so that each distinct one is looked at once: there are dozens of labels and millions of rows.
    texts = [pc.fill_null(rows.column(name).cast(pa.string()), "") for name in said]
    whole = pc.binary_join_element_wise(*texts, _UNIT).combine_chunks().dictionary_encode()
    labels = [_lay_over(base, dict(zip(said, text.split(_UNIT), strict=True)), varies) for text in
              whole.dictionary.to_pylist()]  # fmt: skip
    ids = pa.array([label.label_id for label in labels], pa.int64())
    return Labelled(ids.take(whole.indices), {label.label_id: label for label in labels})


_UNIT = "\x1f"


def _lay_over(base: Label, said: Mapping[str, str], varies: Mapping[str, Iterable[str]]) -> Label:
    markings, purposes = (frozenset(filter(None, said.get(name, "").split("|"))) for name in (MARKINGS, PURPOSES))
    texts = {name[1:]: value for name, value in said.items() if name not in (MARKINGS, PURPOSES) and value}
    _insist_covered("markings", markings - base.markings, varies)
    _insist_covered("purposes", purposes - base.purposes, {})  # a row may serve less than its mandate, never more
    for name, value in texts.items():
        _insist_covered(name, {value} - {getattr(base, name)}, varies)
    # INVARIANT: a row never carries fewer markings than its mandate asks for, nor serves a purpose it does not name.
    made = replace(base, markings=base.markings | markings, purposes=purposes or base.purposes, **texts)
    assert made.markings >= base.markings and made.purposes <= base.purposes
    return made


def _insist_covered(name: str, values: Iterable[str], varies: Mapping[str, Iterable[str]]) -> None:
    outside = sorted(set(values) - set(varies.get(name, ())))
    if outside:
        raise InvalidError(
            "label-outside-mandate",
            f"Rows say of themselves that their {name.replace('_', ' ')} is something that the mandate does not cover.",
            why="A label decides who may see a row; only what was decided in public may decide that.",
            do="Let the mandate's label vary by it (label: varies), or correct the source's contract.",
            facts={"of": name, "values": len(outside)},
        )


def stamp_rows(rows: pa.Table, label_id: int | pa.Array, keep: int | Period | None, until: date = NO_END) -> pa.Table:
    """Give each row its label and its expiry.

    Parameters
    ----------
    rows : pa.Table
        As a source hands them over, with :data:`EVENT_ON` (date32).
    label_id : int or pa.Array
        The label of the source's mandate, or one a row.
    keep : int, Period or None
        Retention from the event, an int being months; None for no end.
    until : date
        No row is kept longer than that, whenever its event was: the end of a sharing agreement.

    Returns
    -------
    pa.Table
        The rows with ``label_id`` and ``expires_on`` and without :data:`EVENT_ON` and :data:`LABEL_COLUMNS`.
    """
    events = rows.column(EVENT_ON).combine_chunks()
    expires = _expiries(events, Period(keep) if isinstance(keep, int) else keep, until)
    stamped = rows.drop_columns([EVENT_ON, *(c for c in LABEL_COLUMNS if c in rows.column_names)])
    if isinstance(label_id, int):
        label_id = pa.repeat(pa.scalar(label_id, pa.int64()), rows.num_rows)
    return stamped.append_column("label_id", label_id).append_column("expires_on", expires)


def still_kept(rows: pa.Table, today: date) -> tuple[pa.Table, int]:
    """Leave out rows whose retention has ended already: what nobody may read is not stored.

    Returns
    -------
    tuple of pa.Table and int
        The rows that are kept, and how many are not.
    """
    after = pc.greater(rows.column("expires_on"), pa.scalar(today, pa.date32()))
    if pc.all(after, skip_nulls=False).as_py():  # nearly always; to filter is to copy, a second for a million rows [M]
        return rows, 0
    kept = rows.filter(after)
    return kept, rows.num_rows - kept.num_rows


def _expiries(events: pa.Array, keep: Period | None, until: date) -> pa.Array:
    if keep is None:
        return pa.repeat(pa.scalar(until, pa.date32()), len(events))
    days = pc.unique(events)
    ends = pa.array([None if d is None else min(keep.after(d), until) for d in days.to_pylist()], pa.date32())
    return ends.take(pc.index_in(events, days))


def add_months(on: date, months: int) -> date:
    """Return the same day so many months on, or the last day of that month when it is shorter."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    if year > 9998:
        return NO_END
    for day in range(on.day, 27, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    return date(year, month + 1, min(on.day, 28))
