"""Rows get their label and their last day at the door."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.gate.stamp import EVENT_ON, NO_END, add_months, stamp_rows
from peelian.gate.writing import period_months


@pytest.mark.parametrize(
    ("on", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 5, 31), 1, date(2026, 6, 30)),
        (date(2026, 12, 15), 72, date(2032, 12, 15)),
        (date(2026, 12, 15), 120_000, NO_END),
    ],
)
def test_months_end_where_the_calendar_does(on, months, end):
    """A row kept a day too long is kept against the law; one kept a day too short is lost."""
    assert add_months(on, months) == end


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(0, 600))
def test_the_end_is_in_the_right_month_and_never_after_the_same_day(on, months):
    """Counting in months and counting in days must not drift apart."""
    end = add_months(on, months)
    assert 12 * end.year + end.month == 12 * on.year + on.month + months
    assert end.day == on.day or (end.day < on.day and add_days(end).day == 1)


def add_days(on: date) -> date:
    """Return the next day."""
    return date.fromordinal(on.toordinal() + 1)


@pytest.mark.parametrize(
    ("period", "months"), [("P6Y", 72), ("P1Y6M", 18), ("P18M", 18), ("P90D", 2), ("P7D", 1), ("P31D", 1)]
)
def test_a_period_is_whole_months_rounded_down_but_never_nothing(period, months):
    """Retention in the charter is written as ISO 8601; rounding up would keep longer than was decided."""
    assert period_months(period) == months


def test_every_row_gets_label_and_last_day_and_loses_the_helper_column():
    """A row without them could be used for anything, for ever."""
    days = [date(2020, 1, 31), date(2020, 2, 1), date(2020, 1, 31)]
    rows = pa.table({"a": [1, 2, 3], EVENT_ON: pa.array(days, pa.date32())})
    stamped = stamp_rows(rows, 7, 12)
    assert stamped.column_names == ["a", "label_id", "expires_on"]
    assert stamped.column("label_id").to_pylist() == [7, 7, 7]
    assert stamped.column("expires_on").to_pylist() == [date(2021, 1, 31), date(2021, 2, 1), date(2021, 1, 31)]
    assert set(stamp_rows(rows, 7, None).column("expires_on").to_pylist()) == {NO_END}


def test_no_rows_are_stamped_as_well():
    """A slice that a source now says is empty goes the same way."""
    empty = pa.table({"a": pa.array([], pa.int64()), EVENT_ON: pa.array([], pa.date32())})
    assert stamp_rows(empty, 7, 12).num_rows == 0
    chunks = pa.concat_tables([empty, empty])
    assert stamp_rows(chunks, 7, 12).column_names == ["a", "label_id", "expires_on"]
