"""Every format of a system's export is read the same way, and none of them is trusted."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from datetime import UTC, datetime

import pytest

from peelian.core.errors import InvalidError
from peelian.ingest import workbook_door
from peelian.ingest.catalogue import open_source
from peelian.ingest.database_door import mark_of
from peelian.ingest.safe_xml import read_elements
from peelian.ingest.table_door import parts_of, read_names
from peelian.ingest.workbook_door import sheet_names
from tests.support.systems import (
    crime,
    crime_files,
    order,
    orders_db,
    party,
    read_system,
    report,
    reports,
    rezipped,
    rows_of,
    sample,
    set_aside,
    subject,
)

BOMB = b"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<reports><report ref="&b;" kind="MISCHI" opened="2026-05-01T10:00:00"/></reports>"""
FETCH = b"""<?xml version="1.0"?><!DOCTYPE r SYSTEM "file:///etc/passwd"><reports/>"""


@pytest.mark.parametrize("data", [BOMB, FETCH])
def test_xml_that_declares_a_document_type_is_refused_before_it_is_read(data):
    """A few hundred bytes of entities unfold into gigabytes, or name the machine's own files."""
    [part, *_] = read_system("safeguarding", {"reports.xml": data})
    assert part.refused == "xml-document-type"


def test_xml_too_deep_or_cut_off_is_refused():
    """Half a file read without a word would withdraw the other half."""
    with pytest.raises(InvalidError, match="xml-too-deep"):
        read_elements(b"<a>" * 100 + b"</a>" * 100, lambda element, around: None)
    whole = (sample("safeguarding") / "reports.xml").read_bytes()
    slices = read_system("safeguarding", {"reports.xml": whole[: len(whole) // 2]})
    assert {part.refused for part in slices} == {"xml-damaged"} and not any(part.tables for part in slices)


def test_an_element_takes_what_its_parent_says():
    """A missing child's row carries no date: the report around it does, and with it how long it is kept."""
    xml = b"""<reports><report ref="S1" kind="MISCHI" opened="2026-05-01T23:30:00"><person line="0" part="MISSING"
      surname="Thompson"/><person line="1" part="REPORTER"/></report></reports>"""
    slices = read_system("safeguarding", {"reports.xml": xml})
    people = rows_of(slices, "missing_person")
    assert [p["event_ref"] for p in people] == ["S1", "S1"] and people[0]["_event_on"].isoformat() == "2026-05-01"
    assert [p["role"] for p in people] == ["victim", "witness"]  # a missing child is a victim first


def test_a_workbook_is_read_by_sheet_with_its_dates():
    """A custody system exports what spreadsheets hold: numbers that a style calls dates."""
    data = (sample("custody") / "custody.xlsx").read_bytes()
    assert sheet_names(data) == ["Detentions", "People", "Markers"]
    slices = read_system("custody", {"custody.xlsx": data})
    held, people = rows_of(slices, "custody"), rows_of(slices, "custody_person")
    assert len(held) == len(people) == 15 and rows_of(slices, "warning")
    at = datetime.fromtimestamp(held[0]["at_arrival"] / 1e6, UTC)
    assert at.date() == held[0]["_event_on"] and at.second == 0
    assert all(p["role"] == "suspect" for p in people) and any(p["birth_on"] for p in people)


def test_a_workbook_without_a_sheet_or_cut_off_is_refused():
    """A sheet left out of an export would look as if every warning had been withdrawn."""
    data = (sample("custody") / "custody.xlsx").read_bytes()
    book = b'<workbook xmlns:r="x"><sheets><sheet name="Detentions" sheetId="1" r:id="rId1"/></sheets></workbook>'
    slices = read_system("custody", {"custody.xlsx": rezipped(data, {"xl/workbook.xml": book})})
    assert sorted(part.refused for part in slices) == ["", "sheet-missing", "sheet-missing"]
    [*parts] = read_system("custody", {"custody.xlsx": data[:2000]})
    assert {part.refused for part in parts} == {"workbook-damaged"}


def test_texts_inside_cells_and_shared_ones_are_the_same_texts():
    """Every program writes workbooks its own way; what they say is one."""
    members = {
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="r1" Target="worksheets/s.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": '<workbook><workbookPr date1904="1"/><sheets><sheet name="S" id="r1"/></sheets></workbook>',
        "xl/sharedStrings.xml": "<sst><si><t>Name</t></si><si><r><t>An</t></r><r><t>na</t></r></si></sst>",
        "xl/styles.xml": '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="[$-809]d mmm yyyy"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>',
        "xl/worksheets/s.xml": '<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c>'
        '<c r="C1" t="inlineStr"><is><t>On</t></is></c></row><row r="2"><c r="A2" t="s"><v>1</v></c>'
        '<c r="C2" s="1"><v>0</v></c><c r="D2"><v>7.5</v></c></row></sheetData></worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for name, text in members.items():
            book.writestr(name, text)
    rows = workbook_door._rows(workbook_door._Workbook(out.getvalue()), "S")
    assert rows.rows == [{"Name": "Anna", "On": "1904-01-01", "column 4": "7.5"}] and rows.lines == [2]


def test_lists_inside_json_become_rows_of_their_own():
    """A report names several people; each is a row, and none is lost."""
    files = reports(
        report("I1", subjects=[subject(), subject(name="SALEH", part="ASSOC", dob=None)]), report("I2", subjects=[])
    )
    people = rows_of(read_system("intelligence", files), "intelligence_person")
    assert [(p["event_ref"], p["person_no"]) for p in people] == [("I1", 0), ("I1", 1)]
    assert (people[0]["surname"], people[0]["forenames"], people[0]["aliases"]) == (
        "WHITE",
        "Lenny Daniel",
        "Len|Lenny",
    )
    assert people[0]["phones"] == "06412501044" and (people[1]["surname"], people[1]["forenames"]) == ("SALEH", None)


def test_two_mistakes_on_one_line_are_two_rows_of_quarantine():
    """Two people of one report with an unknown part stand on one line; one of them must not hide the other."""
    bad = report("I1", subjects=[subject(part="??"), subject(part="??", name="B"), subject()])
    good = [report(f"I{i}", subjects=[subject()] * 4) for i in range(2, 5)]
    slices = read_system("intelligence", reports(bad, *good))
    assert set_aside(slices) == [("code-unknown", "part", 1)] * 2
    ids = [r["record_id"] for part in slices for r in part.quarantine.to_pylist()]
    assert len(set(ids)) == 2


def test_a_condition_that_nobody_declared_sets_the_order_aside():
    """An officer at a door cannot act on letters; a condition left out would be worse."""
    good = [f"O{n}" for n in range(2, 32)]
    orders = [order("O1", conditions="NC;ZZ"), *(order(no) for no in good)]
    slices = read_system("courts", {"orders.db": orders_db(orders, [party(no) for no in good])})
    assert set_aside(slices) == [("code-unknown", "conditions", 1)]
    assert {r["source_ref"] for r in rows_of(slices, "court_order")} == set(good)


def test_a_database_file_is_read_without_touching_the_disk(tmp_path, monkeypatch):
    """Court data in a temporary file would be court data in a backup."""
    monkeypatch.chdir(tmp_path)
    slices = read_system(
        "courts", {"orders.db": orders_db([order("O1"), order("O2", "CB")], [party("O1"), party("O2")])}
    )
    assert [(r["kind"], r["conditions"]) for r in rows_of(slices, "court_order")] == [
        ("non-molestation", "no-contact|keep-out-of-an-area"),
        ("bail", "no-contact|keep-out-of-an-area"),
    ]
    roles = {r["event_ref"]: r["role"] for r in rows_of(slices, "court_order_person")}
    assert roles == {"O1": "other", "O2": "suspect"}  # whom a civil court binds is nobody's suspect
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_database_or_one_without_a_table_is_refused():
    """An empty table and a missing one are not the same."""
    data = orders_db([order("O1")], [party("O1")])
    assert {p.refused for p in read_system("courts", {"orders.db": b"not a database" * 100})} == {"database-unreadable"}
    with sqlite3.connect(":memory:") as con:
        con.deserialize(data)
        con.execute("DROP TABLE parties")
        con.commit()
        less = con.serialize()
    con.close()
    assert sorted(p.refused for p in read_system("courts", {"orders.db": less})) == ["", "table-missing"]


@pytest.fixture
def database(tmp_path):
    """Give the file of a SQLite database, and the address of it."""
    path = tmp_path / "court.sqlite"
    path.write_bytes(orders_db([order("O1"), order("O2")], [party("O1")]))
    return path, {"courts.url": f"sqlite:///{path}\n".encode()}


def test_any_database_is_read_by_its_address_and_gives_the_same_rows(database):
    """A force reads its systems where they are; an export in between is one more copy."""
    path, address = database
    by_file = read_system("courts", {"orders.db": path.read_bytes()})
    by_address = read_system("courts", address)

    def ids(slices):
        return {
            (r["record_id"], r["row_hash"]) for t in ("court_order", "court_order_person") for r in rows_of(slices, t)
        }

    assert ids(by_file) == ids(by_address) and len(ids(by_file)) == 3


def test_a_table_is_read_again_only_when_its_column_of_changes_says_so(database):
    """A nightly look at millions of unchanged rows would be a load on the court's own system."""
    path, address = database
    kind = open_source("courts").contract.kind("orders")
    before = mark_of(address["courts.url"], kind)
    assert before == mark_of(address["courts.url"], kind)
    with sqlite3.connect(path) as con:
        con.execute("UPDATE orders SET state = 'BRE', updated = '2026-06-01 09:00:00' WHERE order_no = 'O1'")
    changed = mark_of(address["courts.url"], kind)
    with sqlite3.connect(path) as con:
        con.execute("DELETE FROM orders WHERE order_no = 'O2'")
    con.close()
    assert len({before, changed, mark_of(address["courts.url"], kind)}) == 3


@pytest.mark.parametrize("url", [b"nonsense", b"nosuchdialect://h/n", b"sqlite:////no/such/folder/x.db?secret-word=1"])
def test_an_address_that_leads_nowhere_is_refused_and_told_to_nobody(url):
    """It may hold a password."""
    slices = read_system("courts", {"courts.url": url})
    assert {p.refused for p in slices} <= {"database-driver-missing", "database-address-refused"}
    assert all(b"secret-word" not in str(p.warnings).encode() for p in slices)


def test_an_address_opens_nothing_of_a_deployment_makes_no_file_and_takes_no_odd_option(tmp_path):
    """Whoever can drop a file into a watched folder would otherwise read the desk database as a source, row by row."""
    house = tmp_path / "house" / "inner"
    house.mkdir(parents=True)
    (tmp_path / "house" / "peelian.toml").write_text("")
    sqlite3.connect(house / "desk.db").close()
    (tmp_path / "looks-outside.db").symlink_to(house / "desk.db")
    addresses = [
        f"sqlite:///{house}/desk.db",
        f"sqlite:///{tmp_path}/looks-outside.db",
        f"sqlite:///file:{house}/desk.db?uri=true",
        f"sqlite:///{tmp_path}/new.db",
        "sqlite://",
        "postgresql+psycopg://reader@127.0.0.1:1/x?passfile=/etc/hostname",
        "mysql+pymysql://reader@127.0.0.1:1/x?local_infile=1",
    ]
    for address in addresses:
        with pytest.raises(InvalidError) as caught:
            parts_of("courts.url", address.encode())
        assert caught.value.code == "database-address-refused", address
        assert str(tmp_path) not in str(caught.value)
    assert not (tmp_path / "new.db").exists()


def test_parts_and_columns_of_every_format_are_found_for_a_new_contract():
    """Somebody who connects a system should not have to know how its format nests."""
    files = {
        "custody/custody.xlsx": (["Detentions", "People", "Markers"], "Detentions", "Custody no"),
        "courts/orders.db": (["orders", "parties"], "orders", "order_no"),
        "safeguarding/reports.xml": (["report", "report/person"], "report/person", "../ref"),
        "intelligence/reports.jsonl": (["", "subjects", "vehicles"], "subjects", "../urn"),
    }
    for name, (parts, part, column) in files.items():
        source, base = name.split("/")
        data = (sample(source) / base).read_bytes()
        assert parts_of(base, data) == parts and column in read_names(base, data, part)


def test_cells_parted_by_a_semicolon_are_cells():
    """Half of Europe's exports are; read by commas they would be one column."""
    slices = read_system("command_control", {p.name: p.read_bytes() for p in sample("command_control").iterdir()})
    assert len(rows_of(slices, "call")) == 15 and set_aside(slices) == []
    assert set_aside(read_system("crime", crime_files([crime("C1")]))) == []
