"""Stamping rows at the door: a label from the source's mandate, and the day on which they expire."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

EVENT_ON = "_event_on"
"""Column that says from which day retention counts; stripped here, never stored."""

NO_END = date(9999, 12, 31)
"""Expiry of rows that the charter says may be kept without end."""


def stamp_rows(rows: pa.Table, label_id: int, keep_months: int | None) -> pa.Table:
    """Give each row its label and its expiry.

    Parameters
    ----------
    rows : pa.Table
        As a source hands them over, with :data:`EVENT_ON` (date32).
    label_id : int
        The label of the source's mandate.
    keep_months : int or None
        Retention in months from the event; None for no end.

    Returns
    -------
    pa.Table
        The rows with ``label_id`` and ``expires_on`` and without :data:`EVENT_ON`.
    """
    events = rows.column(EVENT_ON).combine_chunks()
    expires = _expiries(events, keep_months)
    stamped = rows.drop_columns([EVENT_ON])
    stamped = stamped.append_column("label_id", pa.repeat(pa.scalar(label_id, pa.int64()), rows.num_rows))
    return stamped.append_column("expires_on", expires)


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


def _expiries(events: pa.Array, keep_months: int | None) -> pa.Array:
    if keep_months is None:
        return pa.repeat(pa.scalar(NO_END, pa.date32()), len(events))
    days = pc.unique(events)
    ends = pa.array([None if d is None else add_months(d, keep_months) for d in days.to_pylist()], pa.date32())
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
