"""One digest for one answer."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.gate.digest import table_digest

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "t": st.none() | st.text(max_size=4),
            "i": st.none() | st.integers(-(2**62), 2**62),
            "f": st.none() | st.floats(allow_nan=False),
            "b": st.none() | st.booleans(),
            "d": st.none() | st.dates(),
        }
    ),
    max_size=90,
)
SCHEMA = pa.schema([("t", pa.string()), ("i", pa.int64()), ("f", pa.float64()), ("b", pa.bool_()), ("d", pa.date32())])


def table(rows) -> pa.Table:
    """Make a table of the schema."""
    return pa.Table.from_pylist(rows, schema=SCHEMA)


@settings(deadline=None)
@given(ROWS, st.integers(1, 7))
def test_chunks_offsets_and_padding_do_not_count(rows, size):
    """An engine on two threads hands the same answer over in other pieces."""
    whole = table(rows)
    pieces = pa.Table.from_batches(whole.to_batches(max_chunksize=size), schema=SCHEMA)
    shifted = table([*rows[:1], *rows]).slice(min(1, len(rows)))
    assert table_digest(whole) == table_digest(pieces) == table_digest(shifted)


@settings(deadline=None)
@given(ROWS, ROWS)
def test_different_rows_have_different_digests(a, b):
    """A replay that differs in one cell must not pass as the same."""
    same = repr(table(a).to_pylist()) == repr(table(b).to_pylist())  # tells the two zeroes apart, as bytes do
    assert (table_digest(table(a)) == table_digest(table(b))) == same


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([{"t": ""}], [{"t": None}]),
        ([{"i": 0}], [{"i": None}]),
        ([{"f": 0.0}], [{"f": None}]),
        ([{"b": False}], [{"b": None}]),
        ([{"t": "ab"}, {"t": "c"}], [{"t": "a"}, {"t": "bc"}]),
        ([{"i": 1}, {"i": 2}], [{"i": 2}, {"i": 1}]),
        ([{"d": date(1970, 1, 1)}], [{"d": None}]),
        ([], [{}]),
    ],
)
def test_what_looks_alike_in_bytes_is_told_apart(a, b):
    """Missing is not empty, and a boundary moved between two texts is another answer."""
    assert table_digest(table(a)) != table_digest(table(b))


def test_long_texts_are_digested_like_short_ones():
    """The fast path for many texts must agree with the slow one."""
    many = table([{"t": f"Straße {i}"} for i in range(100)])
    assert table_digest(many) == table_digest(pa.concat_tables([many.slice(0, 30), many.slice(30)]))
    assert table_digest(many) != table_digest(many.slice(0, 99))


def test_the_name_and_kind_of_a_column_count():
    """The same numbers under another heading are another answer."""
    rows = table([{"i": 1}])
    assert table_digest(rows) != table_digest(rows.rename_columns(["t", "j", "f", "b", "d"]))
    assert table_digest(rows.select(["i"])) != table_digest(rows.select(["i"]).cast(pa.schema([("i", pa.int32())])))
