"""Workbooks, XML, JSON and databases made to exhaust, reach out or mislead: refused, and what they hold untold."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile

import pytest

from peelian.core.errors import InvalidError
from peelian.ingest.contract import ColumnRule
from peelian.ingest.database_door import read_database
from peelian.ingest.safe_xml import read_elements
from peelian.ingest.table_door import read_table
from peelian.ingest.workbook_door import LIMITS, read_workbook
from peelian.ingest.xml_door import read_xml
from tests.support.ingest import kind_of

SECRET = "Zebedee-Quillfeather-0042"
RULES = (ColumnRule("Name"), ColumnRule("Born"))
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    '<x><row Name="&c;"/></x>'
)
FETCHES = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x><row><Name>&a;</Name></row></x>'


def workbook(sheet: str, **members: str | bytes) -> bytes:
    """Write a workbook with one sheet, People."""
    out = io.BytesIO()
    parts = {
        "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="People" r:id="a"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="a" Target="sheet.xml"/></Relationships>',
        "xl/sheet.xml": sheet,
        "xl/styles.xml": '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as holder:
        for name, text in (parts | {f"xl/{k}.xml": v for k, v in members.items()}).items():
            holder.writestr(name, text)
    return out.getvalue()


HEAD = '<row r="1"><c r="A1" t="str"><v>Name</v></c><c r="B1" t="str"><v>Born</v></c></row>'


def rows_of(door) -> list[dict]:
    """Return the rows that came through."""
    return door.table.to_pylist()


def code(read, *arguments) -> str:
    """Return the code of the error that a reading ends in, and insist that nothing in it is what the file holds."""
    with pytest.raises(InvalidError) as caught:
        read(*arguments)
    error: BaseException | None = caught.value
    while error is not None:
        assert SECRET not in f"{error} {getattr(error, 'facts', '')}"
        error = error.__cause__ or error.__context__
    return caught.value.code


@pytest.mark.parametrize("text", [LAUGHS, FETCHES])
def test_a_document_that_declares_entities_is_refused_before_any_unfolds(text):
    """A few hundred bytes of entities fill a machine's memory, or read a file of it."""
    assert code(read_xml, text.encode(), RULES, "row") == "xml-document-type"
    assert code(read_workbook, workbook(text), RULES, "People") == "xml-document-type"


def test_elements_inside_elements_without_end_are_refused():
    """A stack that a stranger decides on is a stranger's program."""
    assert code(read_elements, b"<a>" * 5_000 + b"</a>" * 5_000, lambda *_: None) == "xml-too-deep"


@pytest.mark.parametrize("text", [f"<x><row Name='{SECRET}'/>", f"<x><row Name='{SECRET}'></x>", SECRET, ""])
def test_xml_that_is_cut_off_is_refused_and_nothing_of_it_told(text):
    """Half an export would look as if the other half had been withdrawn."""
    assert code(read_xml, text.encode(), RULES, "row") == "xml-damaged"


def test_a_workbook_that_unfolds_into_a_bomb_is_refused():
    """Thirty kilobytes that become thirty megabytes are no sheet of anybody's."""
    bomb = workbook(f"<worksheet>{HEAD}{'<row/>' * 5_000_000}</worksheet>")
    assert len(bomb) < 200_000 < 10 << 20 < LIMITS.file_bytes_max
    assert code(read_workbook, bomb, RULES, "People") == "workbook-too-large"


@pytest.mark.parametrize(
    "row",
    [
        '<row r="99999999999999999999"><c r="A2"><v>1</v></c></row>',
        '<row r="2"><c r="A2" t="s"><v>7</v></c></row>',
        '<row r="2"><c r="A2" s="x"><v>1</v></c></row>',
        '<row r="2"><c r="A2" s="1"><v>1e300</v></c></row>',
    ],
)
def test_a_workbook_that_points_nowhere_is_refused_with_a_reason(row):
    """A crash tells the engineer nothing, and may tell a log what the file holds."""
    assert code(read_workbook, workbook(f"<worksheet>{HEAD}{row}</worksheet>"), RULES, "People") == "workbook-damaged"


def test_no_workbook_at_all_is_said_so():
    """The older .xls, a renamed text file, half a download."""
    whole = workbook(f"<worksheet>{HEAD}</worksheet>")
    for data in (b"", SECRET.encode(), whole[:-40]):
        assert code(read_workbook, data, RULES, "People") == "workbook-damaged"
    assert code(read_workbook, whole, RULES, "Persons") == "sheet-missing"


def test_dates_of_a_workbook_are_told_by_their_style_and_gaps_stay_gaps():
    """A date is a number in a workbook; a cell that is left out moves no other."""
    sheet = f'<worksheet>{HEAD}<row r="5"><c r="B5" s="1"><v>45208</v></c></row></worksheet>'
    door = read_workbook(workbook(sheet), RULES, "People")
    assert rows_of(door) == [{"Name": None, "Born": "2023-10-09"}]
    assert door.lines.tolist() == [5]


def test_objects_in_a_list_are_rows_and_what_is_no_object_is_set_aside_with_its_line():
    """What is passed over without a word is lost without a word."""
    lines = [
        {"urn": "a", "people": [{"Name": "x"}, "y", {"Name": "z", "Religion": SECRET}]},
        {"urn": "b", "people": []},
        {"urn": "c", "people": "nobody"},
        {"urn": "d"},
    ]
    data = "".join(json.dumps(line) + "\n" for line in lines).encode() + b"[1]\n"
    kind = kind_of((*RULES, ColumnRule("../urn")), part="people")
    door = read_table("a.jsonl", data, kind)
    assert [(r["Name"], r["../urn"]) for r in rows_of(door)] == [("x", "a"), ("z", "a")]
    assert [(r.line, r.reason) for r in door.rejected] == [
        (1, "not-an-object"),
        (3, "not-an-object"),
        (5, "not-an-object"),
    ]
    assert "Religion" in door.undeclared
    assert SECRET not in str(door.table)


def test_json_that_nests_without_end_is_one_bad_line():
    """Ten thousand brackets end a parser that trusts them."""
    deep = b'{"a": ' * 100_000
    data = deep + b'\n{"people": [{"Name": "x"}]}\n'
    door = read_table("a.jsonl", data, kind_of(RULES, part="people"))
    assert [r.line for r in door.rejected] == [1]
    assert len(rows_of(door)) == 1


def test_json_lines_that_break_off_are_refused():
    """The last line is half a report."""
    data = b'{"people": []}\n{"people": [{"Name": "x"'
    assert code(read_table, "a.jsonl", data, kind_of(RULES, part="people")) == "file-truncated"


def database(*statements: str) -> bytes:
    """Write an SQLite file in memory."""
    con = sqlite3.connect(":memory:")
    for statement in statements:
        con.execute(statement)
    con.commit()
    data = con.serialize()
    con.close()
    return data


def test_only_tables_of_a_database_are_read_never_its_programs():
    """A view or a virtual table runs what whoever made the file wrote."""
    view = database("CREATE TABLE t (Name, Born)", "CREATE VIEW people AS SELECT * FROM t")
    module = database("CREATE VIRTUAL TABLE people USING fts4(Name, Born)")
    for data in (view, module, database("CREATE TABLE t (Name)")):
        assert code(read_database, "a.db", data, RULES, "people") == "table-missing"


def test_a_database_that_is_none_or_is_damaged_is_refused_and_nothing_of_it_told():
    """The engine's own message quotes the text that it could not read."""
    bad_text = database(
        "CREATE TABLE people (Name, Born)", f"INSERT INTO people VALUES (CAST('{SECRET}' || x'ff' AS TEXT), 1)"
    )
    whole = database("CREATE TABLE people (Name, Born)", *["INSERT INTO people VALUES ('x', 'y')"] * 900)
    torn = whole[:4096] + b"\xff" * (len(whole) - 4096)
    for data in (bad_text, torn, SECRET.encode() * 100):
        assert code(read_database, "a.db", data, RULES, "people") == "database-unreadable"


def test_the_columns_of_a_database_that_nobody_declared_are_never_asked_for():
    """What is not read cannot leak."""
    data = database("CREATE TABLE people (Name, Born, Faith)", f"INSERT INTO people VALUES ('x', 1, '{SECRET}')")
    door = read_database("a.db", data, RULES, "people")
    assert rows_of(door) == [{"Name": "x", "Born": "1"}]
    assert door.undeclared == ("Faith",)
