"""Rows get their label and their last day at the door."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.core.errors import InvalidError
from peelian.gate.stamp import EVENT_ON, NO_END, Period, add_months, label_rows, stamp_rows
from peelian.gate.writing import read_period
from peelian.model.label import Label


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
    ("period", "months", "days"),
    [("P6Y", 72, 0), ("P1Y6M", 18, 0), ("P18M", 18, 0), ("P90D", 0, 90), ("P1M7D", 1, 7), ("P0D", 0, 1)],
)
def test_a_period_is_months_and_days_but_never_nothing(period, months, days):
    """Retention in the charter is written as ISO 8601; ninety days are ninety days and not three months."""
    assert read_period(period) == Period(months, days)


def test_ninety_days_after_are_ninety_days():
    """An agreement with a partner is counted in days."""
    assert Period(days=90).after(date(2026, 11, 16)) == date(2027, 2, 14)
    assert Period(1, 7).after(date(2026, 1, 31)) == date(2026, 3, 7)


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


def test_no_row_is_kept_after_the_agreement_that_brought_it():
    """A partner shares until a day: what came the day before is gone with the rest."""
    rows = pa.table({"a": [1, 2], EVENT_ON: pa.array([date(2026, 1, 1), date(2026, 3, 1)], pa.date32())})
    stamped = stamp_rows(rows, 7, Period(days=90), date(2026, 5, 5))
    assert stamped.column("expires_on").to_pylist() == [date(2026, 4, 1), date(2026, 5, 5)]
    assert set(stamp_rows(rows, 7, None, date(2026, 5, 5)).column("expires_on").to_pylist()) == {date(2026, 5, 5)}


BASE = Label(frozenset({"victim-safeguarding"}), frozenset({"kept"}), source="s", force="f")
VARIES = {"role_class": ["victim-side", "witness-side"], "handling": ["P", "C"], "markings": ["sealed-case"]}


def test_rows_say_what_they_are_and_the_gate_builds_their_labels():
    """A victim's row must be told from a suspect's in the same file, or the two are seen by the same people."""
    said = {
        "_role_class": ["victim-side", None, "victim-side", "witness-side"],
        "_handling": ["C", None, "C", "P"],
        "_markings": ["sealed-case", None, "sealed-case", ""],
    }
    made = label_rows(pa.table({"a": [1, 2, 3, 4]} | said), BASE, VARIES)
    got = [made.labels[i] for i in made.label_ids.to_pylist()]
    assert got[0] == got[2] and got[1] == BASE and len(made.labels) == 3
    assert got[0].markings == {"kept", "sealed-case"} and (got[0].handling, got[0].role_class) == ("C", "victim-side")
    assert got[3].markings == {"kept"} and got[3].role_class == "witness-side"
    assert all(label.purposes == BASE.purposes and label.source == "s" for label in got)


@pytest.mark.parametrize(
    "said",
    [
        {"_role_class": ["offender-side"]},
        {"_basis": ["assessment"]},
        {"_markings": ["sealed-case|secret"]},
        {"_purposes": ["patrol-secret"]},
    ],
)
def test_rows_that_say_more_than_their_mandate_covers_are_refused(said):
    """A source must not make up labels: that would decide who sees what without anybody having decided it."""
    with pytest.raises(InvalidError, match="label-outside-mandate") as found:
        label_rows(pa.table({"a": [1]} | said), BASE, VARIES)
    assert "secret" not in str(found.value) and "offender" not in str(found.value)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from([None, "victim-side", "witness-side"]), st.sampled_from([None, "", "sealed-case"])),
        max_size=20,
    )
)
def test_a_row_never_loses_a_marking_or_gains_a_purpose(rows):
    """What a row says of itself can only make it harder to see."""
    table = pa.table(
        {
            "_role_class": pa.array([r for r, _ in rows], pa.string()),
            "_markings": pa.array([m for _, m in rows], pa.string()),
        }
    )
    made = label_rows(table, BASE, VARIES)
    assert all(label.markings >= BASE.markings and label.purposes == BASE.purposes for label in made.labels.values())
    assert set(made.label_ids.to_pylist()) <= set(made.labels) and len(made.label_ids) == len(rows)


def test_what_rows_say_of_themselves_is_not_stored():
    """The label says it; a second copy beside it could say something else."""
    rows = pa.table({"a": [1], "_role_class": ["victim-side"], EVENT_ON: pa.array([date(2026, 1, 1)], pa.date32())})
    assert stamp_rows(rows, pa.array([5], pa.int64()), 12).column_names == ["a", "label_id", "expires_on"]
