"""Any table of incidents, described by a mapping file: formats, times, references, mistakes."""

from __future__ import annotations

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from peelian.core.errors import InvalidError
from peelian.core.time import from_micros, iso
from peelian.ingest.catalogue import FOLDER, open_source
from peelian.ingest.run import read_slices
from tests.support.ingest import OPTIONS

SAMPLE = FOLDER / "incidents" / "sample"
BASE = """\
mapping: test-table
title: A table
publisher: Northmere Police
licence: its own
lawful_basis: DPA 2018 s.35(2)(b)
force: northmere
time_zone: Europe/London
columns:
  start: {from: [When, Occurred]}
  end: Until
  x: Lon
  y: Lat
  offence: Kind
  ref: Number
drop:
  Notes: Free text.
"""
GOOD = {"When": "2024-07-01T10:00", "Kind": "a", "Lon": -1, "Lat": 54}
HEADER = "Number,When,Until,Lon,Lat,Kind,Notes\n"


def read_table(tmp_path, data, name="t.csv", mapping=BASE, **changes):
    """Read a table under a mapping file; give the incident rows and the slices."""
    for old, new in changes.items():
        mapping = mapping.replace(old, new)
    (tmp_path / "map.yml").write_text(mapping, encoding="utf-8")
    (tmp_path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    parts = list(read_slices(open_source("incidents", tmp_path / "map.yml"), tmp_path / name, OPTIONS))
    return [row for p in parts if p.tables for row in p.tables["incident"].to_pylist()], parts


def span(row):
    """Give a row's start and end as texts."""
    return iso(from_micros(row["at_start"])), iso(from_micros(row["at_end"]))


def test_exact_and_from_to_times_are_half_open_intervals(tmp_path):
    """A burglary found on return has a span, and methods weigh it as one."""
    rows, parts = read_table(
        tmp_path,
        HEADER
        + "1,2024-07-01 10:00,2024-07-01 18:00,-1,54,Burglary,x\n"
        + "2,2024-07-01 10:00,,-1,54,Burglary,x\n"
        + "3,2024-07-01 10:00,2024-07-01 09:00,-1,54,Burglary,x\n",
    )
    assert [r["precision"] for r in rows] == ["interval", "exact", "exact"]
    assert span(rows[0]) == ("2024-07-01T09:00:00Z", "2024-07-01T17:00:00Z")
    assert span(rows[1]) == span(rows[2]) == ("2024-07-01T09:00:00Z", "2024-07-01T09:01:00Z")
    assert parts[0].counts.quirks["end-before-start"] == 1
    assert parts[0].counts.dropped_columns == {"Notes": 3}


def test_days_and_months_are_whole_local_days_and_months(tmp_path):
    """A day in summer begins at 23:00 UTC of the day before."""
    table = "Number,When,Kind\n1,2024-07-01,Burglary\n"
    less = {"  end: Until\n  x: Lon\n  y: Lat\n": "", "columns:": "precision: day\ncolumns:"}
    (row,), _ = read_table(tmp_path, table, **less)
    assert (span(row), row["precision"]) == (("2024-06-30T23:00:00Z", "2024-07-01T23:00:00Z"), "day")
    less["columns:"] = "precision: month\ncolumns:"
    (row,), _ = read_table(tmp_path, table.replace("-01,", ","), **less)
    assert (span(row), row["precision"]) == (("2024-06-30T23:00:00Z", "2024-07-31T23:00:00Z"), "month")


def test_csv_parquet_and_json_lines_give_the_same_rows(tmp_path):
    """The format of an export is an accident."""
    whole = [
        {"Number": str(i), "When": f"2024-07-{1 + i:02d}T10:00:00", "Until": None, "Lon": -1.0, "Lat": 54.0 + i / 100}
        | {"Kind": "Burglary"}
        for i in range(5)
    ]
    head = list(whole[0])
    text = ",".join(head) + "\n" + "".join(",".join(str(r[c] or "") for c in head) + "\n" for r in whole)
    pq.write_table(pa.Table.from_pylist(whole), tmp_path / "made.parquet")
    forms = {
        "t.csv": text.encode(),
        "t.csv.gz": gzip.compress(text.encode()),
        "t.parquet": (tmp_path / "made.parquet").read_bytes(),
        "t.jsonl": "".join(json.dumps(r) + "\n" for r in whole).encode(),
        "t.ndjson.gz": gzip.compress("".join(json.dumps(r) + "\n" for r in whole).encode()),
    }
    seen = {name: read_table(tmp_path, data, name)[0] for name, data in forms.items()}
    ids = {name: [(r["record_id"], r["row_hash"]) for r in rows] for name, rows in seen.items()}
    assert all(pairs == ids["t.csv"] for pairs in ids.values())
    assert len(ids["t.csv"]) == 5


def test_parquet_times_numbers_and_dictionaries_are_understood(tmp_path):
    """Typed tables need no texts in between."""
    table = pa.table(
        {
            "Number": pa.array([1, 2]),
            "When": pa.array([1_719_828_000_000, 1_719_828_000_000], pa.timestamp("ms", "UTC")),
            "Until": pa.nulls(2),
            "Lon": pa.array([-1.0, None], pa.float32()),
            "Lat": pa.array([54, 54]),
            "Kind": pa.array(["Burglary", "Burglary"]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "made.parquet")
    rows, _ = read_table(tmp_path, (tmp_path / "made.parquet").read_bytes(), "t.parquet")
    assert [r["source_ref"] for r in rows] == ["1", "2"]
    assert [r["easting_m"] is None for r in rows] == [False, True]
    assert span(rows[0])[0] == "2024-07-01T10:00:00Z"


def test_nested_columns_and_broken_tables_are_refused(tmp_path):
    """A list in a cell has no declared meaning, half a table is none."""
    pq.write_table(
        pa.table({"When": [["a"]], "Kind": ["b"], "Number": ["1"], "Lon": ["-1"], "Lat": ["54"]}),
        tmp_path / "made.parquet",
    )
    data = (tmp_path / "made.parquet").read_bytes()
    cases = {
        ("t.parquet", data): "column-type-unfit",
        ("t.parquet", data[:-20]): "table-unreadable",
        ("t.jsonl", b'{"When": {"a": 1}, "Kind": "b", "Number": 1, "Lon": -1, "Lat": 54}\n'): "column-type-unfit",
        ("t.jsonl", b'{"When": "2024-07-01", "Kind": "b", "Lon": -1, "Lat": 54}\n{"When": "2024-'): "file-truncated",
        ("t.jsonl", b""): "file-empty",
    }
    for (name, content), code in cases.items():
        with pytest.raises(InvalidError) as caught:
            read_table(tmp_path, content, name)
        assert caught.value.code == code


def test_json_lines_that_are_no_objects_are_set_aside(tmp_path):
    """One bad line does not spoil the others."""
    good = "".join(json.dumps(GOOD | {"Number": str(i)}) + "\n" for i in range(9))
    rows, parts = read_table(
        tmp_path, good + "[1, 2]\n" + '{"When": "2024-07-01T10:00", "Kind": "a\\u0000"}\n', "t.jsonl"
    )
    assert len(rows) == 9
    assert [(r["line"], r["reason"]) for r in parts[0].quarantine.to_pylist()] == [
        (10, "not-an-object"),
        (11, "nul-byte"),
    ]


def test_projected_coordinates_pass_as_they_are(tmp_path):
    """Many forces export national grid."""
    rows, _ = read_table(
        tmp_path, HEADER + "1,2024-07-01 10:00,,450000.04,460000,Burglary,\n", **{"columns:": "epsg: 27700\ncolumns:"}
    )
    assert (rows[0]["easting_m"], rows[0]["northing_m"]) == (450_000.0, 460_000.0)


def test_a_wrong_reference_system_is_noticed(tmp_path):
    """Metres taken for degrees lose every point; nobody should find out from an empty map."""
    rows, parts = read_table(tmp_path, HEADER + "1,2024-07-01 10:00,,450000,460000,Burglary,\n")
    assert rows[0]["easting_m"] is None
    assert "assertion-warned" in [w.code for w in parts[0].warnings]


def test_labels_of_offences_are_mapped_and_strangers_counted(tmp_path):
    """A mandate names offence ids; a table has its own words for them."""
    labels = {"  offence: Kind": "  offence: {from: Kind, labels: {burglary: [BURG DWELL, BURG OTHER]}}"}
    rows, parts = read_table(
        tmp_path,
        HEADER + "1,2024-07-01 10:00,,-1,54,Burg Dwell,\n2,2024-07-01 10:00,,-1,54,Arson!,\n",
        **labels,
    )
    assert [r["offence"] for r in rows] == ["burglary", "arson"]
    assert parts[0].counts.quirks["offence-unknown"] == 1


def test_a_reference_keeps_a_corrected_row_the_same_record(tmp_path):
    """Time and place are corrected after the first report."""
    (old,), _ = read_table(tmp_path, HEADER + "7,2024-07-01 10:00,,-1,54,Burglary,\n")
    (new,), _ = read_table(tmp_path, HEADER + "7,2024-07-02 11:00,,-1.1,54,Robbery,\n")
    assert old["record_id"] == new["record_id"]
    assert old["row_hash"] != new["row_hash"]


@pytest.mark.parametrize(
    ("republished", "slices"),
    [
        ("whole", ["incidents/test-table"]),
        ("month", ["incidents/test-table/2024-06", "incidents/test-table/2024-07"]),
        ("file", ["incidents/test-table/t"]),
    ],
)
def test_the_mapping_says_what_is_published_again_as_a_whole(tmp_path, republished, slices):
    """Rows that vanish from a whole are withdrawn; so what the whole is must be said."""
    table = HEADER + "1,2024-06-30 22:59,,-1,54,Burglary,\n2,2024-07-01 10:00,,-1,54,Burglary,\n"
    _, parts = read_table(tmp_path, table, **{"columns:": f"republished: {republished}\ncolumns:"})
    assert [p.slice_id for p in parts if p.tables] == slices


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("mapping: test-table", "mapping: Test Table", "lower case"),
        ("publisher: Northmere Police\n", "", '"publisher" is missing'),
        ("  start: {from: [When, Occurred]}\n", "", 'field "start" is needed'),
        ("  offence: Kind\n", "", 'field "offence" is needed'),
        ("  y: Lat\n", "", "x and y come together"),
        ("  ref: Number", "  ref: When", "feeds two fields"),
        ("  ref: Number", "  suspect: Number", 'no field "suspect"'),
        ("  offence: Kind", "  offence: {always: Any Thing}", "named by its id"),
        ("  offence: Kind", "  offence: {from: Kind, always: burglary}", "one of the two"),
        ("  ref: Number", "  ref: {always: burglary}", "only the offence"),
        ("  offence: Kind", "  offence: {from: Kind, labels: {a: [X], b: [X]}}", "two meanings"),
        ("time_zone: Europe/London", "time_zone: Northmere", "such as Europe/London"),
        ("columns:", "precision: week\ncolumns:", '"precision" is one of'),
        ("columns:", "resolution_s: 0\ncolumns:", "number of seconds"),
        ("columns:", "epsg: GB\ncolumns:", "whole number"),
        ("columns:", "colums:", 'unknown key "colums"'),
    ],
)
def test_a_mistake_in_a_mapping_is_named_with_its_line(tmp_path, old, new, says):
    """A mapping is written by hand, once, by somebody in a hurry."""
    with pytest.raises(InvalidError) as caught:
        read_table(tmp_path, HEADER, **{old: new})
    assert caught.value.code == "declaration-invalid"
    assert says in caught.value.what
    assert f"map.yml, line {caught.value.facts['line']}" in caught.value.what


def test_the_sample_mapping_reads_the_sample_table():
    """The example in the manual works."""
    source = open_source("incidents", SAMPLE / "northmere-crimes.yml")
    (part,) = read_slices(source, SAMPLE / "northmere-crimes.csv", OPTIONS)
    assert part.counts.kept == 30
    assert set(part.tables["incident"]["precision"].to_pylist()) == {"interval", "exact"}
    assert "Invented Officer Note" not in str(part.tables["incident"].to_pydict())
