"""The quick reader and the careful one are two ways to one result."""

from __future__ import annotations

import csv
import io
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.core.errors import InvalidError
from peelian.ingest.contract import ColumnRule
from peelian.ingest.csv_door import _read_carefully, _read_quickly, _Text, read_csv

RULES = (ColumnRule("Ref", keep="x", required=True), ColumnRule("Place", keep="y"), ColumnRule("Notes", dropped=True))
cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
rows = st.lists(st.tuples(cells, cells, cells), max_size=12)


def written(table, line_end="\n"):
    """Write rows as CSV."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=line_end)
    writer.writerow(["Ref", "Notes", "Place"])
    writer.writerows(table)
    return out.getvalue().encode()


def seen(door):
    """Give what can be seen of a door."""
    return door.table.to_pydict(), door.lines.tolist(), door.dropped_columns


@settings(max_examples=200, deadline=None)
@given(rows, st.sampled_from(["\n", "\r\n"]))
def test_where_the_quick_reader_answers_the_careful_one_agrees(table, line_end):
    """Speed must not be another meaning."""
    data = written(table, line_end)
    quick = _read_quickly(data, RULES, 1, ",")
    if quick is not None:
        assert seen(quick) == seen(_read_carefully(_Text(data, frozenset(), Counter()), RULES, ","))


@settings(max_examples=100, deadline=None)
@given(rows)
def test_what_was_written_is_read(table):
    """The door changes nothing but surrounding blanks."""
    whole = [r for r in table if any(c.strip() for c in r)]
    door = read_csv(written(whole, "\r\n"), RULES)  # then a carriage return in a cell is quoted as well
    expected = [(r[0].strip() or None, r[2].strip() or None) for r in whole]
    header = ("Ref", "Place")
    found = list(zip(*(door.table[c].to_pylist() for c in header), strict=True))
    assert found == [pair for pair in expected if pair != header] or door.quirks["stray-header"]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_at_all_make_the_door_fall_over(data):
    """Whatever a file holds, it is read, set aside or refused with a code: never a crash."""
    for head in (b"", b"Ref,Place\n1,a\n", b"\xef\xbb\xbfRef,Place,Notes\n"):
        try:
            door = read_csv(head + data, RULES)
        except InvalidError as error:
            assert error.code in {"file-empty", "header-mismatch", "file-truncated", "quote-unclosed"}
        else:
            assert door.table.num_rows == len(door.lines)
