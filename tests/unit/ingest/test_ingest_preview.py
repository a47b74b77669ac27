"""A look before loading: what would be kept, dropped, rejected. Nothing is written."""

from __future__ import annotations

import json

from peelian.ingest.catalogue import FOLDER, open_source
from peelian.ingest.preview import PERSONAL, SEALED, preview
from tests.support.ingest import OPTIONS, STOP, STOP_FILE, STREET_FILE, stop_row, street_csv, street_row, to_csv, to_zip


def look(path, **options):
    """Preview a police.uk archive."""
    return preview(open_source("police_uk"), path, OPTIONS, **options)


def test_a_preview_shows_rows_drops_and_rejections(tmp_path):
    """A data engineer decides by it whether to load at all."""
    header = [*to_csv([]).decode().strip().split(","), "Religion"]
    rows = [street_row(i, Religion="none of your business") for i in range(9)] + [street_row(9, Month="May")]
    seen = look(to_zip(tmp_path / "a.zip", {STREET_FILE: to_csv(rows, header)}), n_rows=3)
    assert len(seen.tables["incident"]) == 3
    assert seen.tables["incident"][0]["month"] == "2024-05"
    assert seen.tables["incident"][0]["at_start"] == "2024-04-30T23:00:00Z"
    assert seen.undeclared == {"Religion": 10}
    assert seen.rejected == [
        {
            "file": STREET_FILE,
            "line": 11,
            "reason": "not-a-month",
            "what": "the month is not written as 2019-05",
            "column": "Month",
        }
    ]
    dropped = [c for c in seen.columns if c["file"] == "street" and c.get("dropped")]
    assert {c["column"] for c in dropped} == {"Context", "LSOA name", "Reported by"}
    assert all(c["reason"] for c in seen.columns)
    assert "none of your business" not in json.dumps([seen.tables, seen.columns, seen.rejected, list(seen.undeclared)])


def test_a_preview_shows_no_characteristics_of_persons(tmp_path):
    """Loading data takes no mandate to look at who was searched."""
    data = to_csv([stop_row(1, **{"Self-defined ethnicity": "White - Irish"})], STOP)
    seen = look(to_zip(tmp_path / "a.zip", {STOP_FILE: data}))
    assert seen.tables["stop_equality"] == [
        dict.fromkeys(("sex", "ethnicity_self_defined", "ethnicity_officer_defined"), SEALED)
    ]
    assert seen.tables["stop_person"][0]["age_band"] == PERSONAL
    assert "Irish" not in str(seen)


def test_a_preview_reads_few_files_and_says_so(tmp_path):
    """An archive of a gigabyte is looked at in seconds, and nobody thinks it was all."""
    months = [f"2024-{m:02d}" for m in range(1, 9)]
    files = {f"{m}-northmere-street.csv": street_csv(3, Month=m) for m in months}
    seen = look(to_zip(tmp_path / "a.zip", files))
    assert (seen.files_read, seen.files_total, seen.counts.read) == (2, 8, 6)


def test_a_preview_of_a_bad_file_tells_the_reason(tmp_path):
    """The preview is where one finds out."""
    (tmp_path / "2024-05-northmere-street.csv").write_bytes(b"Crime ID,Month\n")
    assert look(tmp_path / "2024-05-northmere-street.csv").refused[0]["reason"] == "header-mismatch"
    archive = to_zip(tmp_path / "a.zip", {STREET_FILE: b""})
    assert look(archive).refused[0]["reason"] == "file-empty"


def test_a_preview_of_a_file_refused_for_its_rows_shows_the_good_ones_and_why_the_others_are_not(tmp_path):
    """Whoever mends a mapping needs to see what it made of the rows that it got right."""
    rows = [street_row(i) for i in range(3)] + [street_row(i, Month="May") for i in range(3, 30)]
    file = tmp_path / STREET_FILE.split("/")[-1]
    file.write_bytes(to_csv(rows))
    seen = look(file, n_rows=2)
    assert [row["reason"] for row in seen.refused] == ["assertion-failed"]
    assert seen.tables == {} and len(seen.good_of_refused["incident"]) == 2
    assert {(row["reason"], row["column"]) for row in seen.rejected} == {("not-a-month", "Month")}


def test_a_preview_writes_nothing(tmp_path, monkeypatch):
    """Looking is not loading."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    look(FOLDER / "police_uk" / "sample")
    assert list(tmp_path.rglob("*")) == []


MAPPING = """
mapping: northmere-crimes
title: Recorded crimes
publisher: Northmere Police
licence: the force's own data
lawful_basis: Law enforcement
force: northmere
epsg: {epsg}
columns:
  ref: [ref]
  start: when
  x: [x]
  y: [y]
  offence:
    from: offence
    labels:
      burglary: [BURGLARY]
"""


def incidents(tmp_path, points, epsg):
    """Preview a table of incidents whose mapping names a reference system."""
    table, mapping = tmp_path / "t.csv", tmp_path / "t.yml"
    lines = "".join(f"r{i},BURGLARY,2024-05-0{1 + i % 9} 12:00,{x},{y}\n" for i, (x, y) in enumerate(points))
    table.write_text("Ref,Offence,When,X,Y\n" + lines)
    mapping.write_text(MAPPING.format(epsg=epsg))
    area = {"type": "Polygon", "coordinates": [[[-0.5, 51.3], [0.3, 51.3], [0.3, 51.7], [-0.5, 51.7], [-0.5, 51.3]]]}
    seen = preview(open_source("incidents", mapping), table, OPTIONS, areas=[area])
    return {w.code: w.count for w in seen.warnings}


LONDON_M, LONDON_DEGREES = [(530000 + 50 * i, 180000 + 50 * i) for i in range(30)], [(-0.1, 51.5)] * 30


def test_a_wrong_reference_system_is_noticed_before_anything_is_taken_in(tmp_path):
    """Points in the sea would be counted as outside every area for years before anybody wondered."""
    wrong = {
        "degrees taken for metres": (LONDON_DEGREES, 27700),
        "another country's grid": ([(500000 + 50 * i, 4649776 + 50 * i) for i in range(30)], 32633),
        "a neighbour's grid": (LONDON_M, 29903),
    }
    for points, epsg in wrong.values():
        told = incidents(tmp_path, points, epsg)
        assert sum(told.get(code, 0) for code in ("point-abroad", "point-outside-areas", "point-outside")) == 30, told
    for points, epsg in ((LONDON_M, 27700), (LONDON_DEGREES, 4326)):
        assert not {"point-abroad", "point-outside-areas"} & incidents(tmp_path, points, epsg).keys()
