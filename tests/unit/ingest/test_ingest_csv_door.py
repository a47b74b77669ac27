"""CSV bytes to declared columns: each real oddity on its own, with its line."""

from __future__ import annotations

import pytest

from peelian.core.errors import InvalidError
from peelian.ingest.contract import ColumnRule
from peelian.ingest.csv_door import read_csv, read_header

RULES = (
    ColumnRule("Ref", keep="x", required=True),
    ColumnRule("Place", keep="y", aliases=("Location",)),
    ColumnRule("Notes", dropped=True),
)


def read(text, **options):
    """Read a text as a file."""
    data = text if isinstance(text, bytes) else text.encode()
    return read_csv(data, RULES, **options)


def cells(door):
    """Give the cells that passed, row by row."""
    return [tuple(row.values()) for row in door.table.to_pylist()]


def test_only_declared_columns_pass_and_the_others_are_counted():
    """PL-02: what is not declared is not even parsed."""
    door = read("Ref,Religion,Notes,Place\n1,secret,private,Mill Lane\n2,secret,private,\n")
    assert door.table.column_names == ["Ref", "Place"]
    assert cells(door) == [("1", "Mill Lane"), ("2", None)]
    assert door.dropped_columns == {"Notes": 2, "Religion": 2}
    assert door.undeclared == ("Religion",)


def test_a_missing_optional_column_is_empty():
    """An older file without a newer column is still a file."""
    assert cells(read("Ref\n1\n")) == [("1", None)]


def test_headers_match_by_alias_and_without_case_or_spaces():
    """Publishers rename columns; spreadsheets capitalise them."""
    assert cells(read(" REF ,location\n1,Mill Lane\n")) == [("1", "Mill Lane")]


@pytest.mark.parametrize("header", ["Place,Notes", "Ref,ref", "1234,Mill Lane"])
def test_a_wrong_header_refuses_the_file_without_quoting_it(header):
    """A file without a header has a person's data in its first line; the error must not repeat it."""
    with pytest.raises(InvalidError) as caught:
        read(f"{header}\n1,2\n")
    assert caught.value.code == "header-mismatch"
    assert "Mill Lane" not in str(caught.value) + str(caught.value.facts)


def test_an_undeclared_column_with_a_dangerous_name_is_named_by_its_place():
    """A name may be a formula, or the first row of a file without a header."""
    door = read('Ref,"=cmd|calc","07700 900123"\n1,a,b\n')
    assert set(door.dropped_columns) == {"column 2", "column 3"}


@pytest.mark.parametrize("empty", [b"", b"\n\n", b"  \r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(empty):
    """Read as a re-publication it would withdraw everything."""
    with pytest.raises(InvalidError) as caught:
        read(empty)
    assert caught.value.code == "file-empty"


def test_a_byte_order_mark_is_left_out_and_counted():
    """Otherwise the first column would have a name nobody declared."""
    door = read(b"\xef\xbb\xbfRef,Place\n1,Mill Lane\n")
    assert cells(door) == [("1", "Mill Lane")]
    assert door.quirks["byte-order-mark"] == 1


def test_utf_16_is_read_by_its_mark():
    """Some spreadsheets save nothing else."""
    door = read("Ref,Place\n1,Café Row\n".encode("utf-16"))
    assert cells(door) == [("1", "Café Row")]
    assert door.quirks["utf-16"] == 1


def test_windows_lines_in_a_utf_8_file_are_repaired_line_by_line():
    """Exports are put together from several programs; each line has one meaning."""
    door = read(b"Ref,Place\n1,Caf\xe9 Row\n2,Caf\xc3\xa9 Row\n")
    assert cells(door) == [("1", "Café Row"), ("2", "Café Row")]
    assert door.quirks["windows-1252"] == 1


def test_a_line_in_no_known_encoding_is_turned_away_with_its_line():
    """A replacement character in a street's name would be a made-up name."""
    door = read(b"Ref,Place\n1,ok\n2,\x81\x8d\n3,ok\n")
    assert cells(door) == [("1", "ok"), ("3", "ok")]
    assert [(r.line, r.reason) for r in door.rejected] == [(3, "undecodable")]


def test_ragged_rows_are_turned_away_with_their_lines():
    """A cell too many means that some column is shifted."""
    door = read("Ref,Place\n1,a\n2,b,c\n3\n4,d\n")
    assert cells(door) == [("1", "a"), ("4", "d")]
    assert [(r.line, r.reason) for r in door.rejected] == [(3, "ragged-row"), (4, "ragged-row")]
    assert door.lines.tolist() == [2, 5]


def test_empty_cells_beyond_the_last_column_are_harmless():
    """Spreadsheets pad rows; nothing is lost."""
    door = read("Ref,Place\n1,a,,\n2,b\n")
    assert cells(door) == [("1", "a"), ("2", "b")]
    assert door.quirks["trailing-commas"] == 1


def test_a_stray_header_is_left_out_and_counted():
    """Files put together with cat repeat their header."""
    door = read("Ref,Place\n1,a\nRef,Place\n2,b\n")
    assert cells(door) == [("1", "a"), ("2", "b")]
    assert door.quirks["stray-header"] == 1
    assert door.lines.tolist() == [2, 4]


def test_nul_bytes_turn_a_row_away():
    """Ids are hashed over texts joined by NUL: a NUL inside would let two rows collide."""
    door = read(b"Ref,Place\n1,a\x00b\n2,c\n")
    assert cells(door) == [("2", "c")]
    assert [(r.line, r.reason) for r in door.rejected] == [(2, "nul-byte")]


def test_line_numbers_count_blank_lines_and_quoted_line_ends():
    """A data engineer opens the file at the line we name."""
    door = read('Ref,Place\n\n1,"two\nlines"\n\n2,b\n3,c,d\n')
    assert cells(door) == [("1", "two\nlines"), ("2", "b")]
    assert door.lines.tolist() == [3, 6]
    assert door.rejected[0].line == 7


def test_a_file_that_breaks_off_is_refused():
    """Half a file is not a re-publication: the missing half would look withdrawn."""
    with pytest.raises(InvalidError) as caught:
        read("Ref,Place,Notes\n1,a,b\n2,c")
    assert caught.value.code == "file-truncated"
    assert caught.value.facts["line"] == 3


def test_a_last_line_without_line_end_is_whole_if_its_cells_are():
    """Many programs leave the last line end out."""
    assert cells(read("Ref,Place\n1,a\n2,b")) == [("1", "a"), ("2", "b")]


def test_an_open_quotation_mark_refuses_the_file():
    """It would swallow the rest of the file as one cell."""
    with pytest.raises(InvalidError) as caught:
        read('Ref,Place\n1,"a\n' + "2,b\n" * 200)
    assert caught.value.code == "quote-unclosed"
    assert caught.value.facts["line"] == 2


def test_old_line_ends_are_read():
    """A file saved by an old program has carriage returns only."""
    assert cells(read(b"Ref,Place\r1,a\r2,b\r")) == [("1", "a"), ("2", "b")]
    assert cells(read(b"Ref,Place\r\n1,a\r\n2,b\r\n")) == [("1", "a"), ("2", "b")]


def test_blanks_around_cells_do_not_count():
    """One trailing blank must not make a second offence type."""
    assert cells(read("Ref,Place\n 1 , Mill Lane \n2,   \n")) == [("1", "Mill Lane"), ("2", None)]


def test_threads_change_nothing():
    """Two cores must give what one gives."""
    text = "Ref,Place\n" + "".join(f"{i},street {i}\n" for i in range(5000))
    assert cells(read(text)) == cells(read(text, threads=2))


def test_a_header_can_be_looked_at_alone():
    """Telling a file's kind takes its first line only."""
    assert read_header(b'\xef\xbb\xbf\nRef,"Place, or so"\n1,2\n') == ["Ref", "Place, or so"]
    assert read_header(b"") == []
