"""Real archives through the door; every figure is counted a second time, by the plainest means."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from dataclasses import replace

import pytest

from peelian.ingest.catalogue import FOLDER, open_source
from peelian.ingest.run import read_slices
from tests.support.ingest import OPTIONS

ARCHIVES = (
    "city-of-london-2018-2019",
    "gloucestershire-2022-2024",
    "kent-2025-q1",
    "metropolitan-burglary-2015-2019",
    "metropolitan-stop-and-search-2016-2018",
)
DROPPED = {
    "street": {"Reported by", "Falls within", "LSOA name", "Context"},
    "outcomes": {"Reported by", "Falls within", "LSOA name", "Longitude", "Latitude", "Location"},
    "stop-and-search": {"Policing operation"},
}
TABLES = {"street": "incident", "outcomes": "outcome", "stop-and-search": "stop"}
CHICAGO_GRID = 32616


def count_plainly(path) -> Counter:
    """Count an archive's rows and oddities with the csv module alone."""
    found = Counter()
    with zipfile.ZipFile(path) as holder:
        for name in holder.namelist():
            kind = next(k for k in DROPPED if name.endswith(f"{k}.csv"))
            rows = list(csv.DictReader(io.TextIOWrapper(holder.open(name), "utf-8")))
            count_file(rows, kind, found)
    return found


def count_file(rows, kind, found) -> None:
    """Count one file."""
    ids = Counter(r.get("Crime ID", "") for r in rows)
    copies = Counter(tuple(v for k, v in r.items() if k not in DROPPED[kind]) for r in rows)
    first_is_id = kind != "stop-and-search"
    drops = (n - 1 for row, n in copies.items() if row[0] or not first_is_id)
    n_copies = sum(drops)
    found["read"] += len(rows)
    found["duplicate"] += n_copies
    found[f"kept in {TABLES[kind]}"] += len(rows) - n_copies
    if kind != "outcomes":
        found["no-point"] += sum(not r["Longitude"] and not r["Latitude"] for r in rows)
    if first_is_id:
        found["empty-reference"] += ids[""]
    if kind == "street":
        found["repeated-reference"] += sum(n for i, n in ids.items() if i and n > 1)


@pytest.mark.realdata
@pytest.mark.parametrize("name", ARCHIVES)
def test_a_real_archive_is_read_whole_and_its_oddities_are_counted(real_data, name):
    """A receipt that is wrong once is never believed again."""
    path = real_data / "police_uk" / f"{name}.zip"
    plain = count_plainly(path)
    reading = read_slices(open_source("police_uk"), path, replace(OPTIONS, threads=2))
    kept, ids, repeated = Counter(), 0, 0
    for part in reading:
        assert not part.refused
        for table, rows in part.tables.items():
            kept[table] += rows.num_rows
            ids += len(set(rows["record_id"].to_pylist()))
        repeated += part.counts.quirks.get("repeated-reference", 0) if "/street/" in part.slice_id else 0
    counts = reading.counts
    assert (counts.read, counts.duplicate, counts.quarantined) == (plain["read"], plain["duplicate"], 0)
    assert all(kept[table] == plain[f"kept in {table}"] for table in TABLES.values())
    assert kept["stop"] == kept["stop_person"] == kept["stop_equality"]
    assert ids == kept.total()
    for quirk in ("no-point", "empty-reference"):
        assert counts.quirks.get(quirk, 0) == plain[quirk]
    assert repeated == plain["repeated-reference"]
    assert counts.quirks.get("point-far", 0) < 0.01 * counts.read
    assert not {"offence-unknown", "outcome-unknown", "month-differs", "stray-header"} & set(counts.quirks)


@pytest.mark.realdata
def test_labels_of_stops_that_changed_name_are_counted(real_data):
    """Two thirds of the Met's stops of 2016 to 2018 carry the older labels."""
    path = real_data / "police_uk" / "metropolitan-stop-and-search-2016-2018.zip"
    older = {"Nothing found - no further action", "Suspect arrested", "Offender given drugs possession warning"}
    older |= {"Local resolution", "Suspect summonsed to court", "Offender cautioned", "Offender given penalty notice"}
    with zipfile.ZipFile(path) as holder:
        name = next(n for n in sorted(holder.namelist()) if "2016-03" in n)
        rows = list(csv.DictReader(io.TextIOWrapper(holder.open(name), "utf-8")))
    n_older = sum(r["Outcome"] in older for r in rows)
    for part in read_slices(open_source("police_uk"), path, OPTIONS):
        if part.file_name == name:
            assert part.counts.quirks["outcome-renamed"] == n_older > 1000
            assert "no-further-action" in part.tables["stop"]["outcome"].to_pylist()
            break


@pytest.mark.realdata
def test_a_real_table_of_incidents_is_read_through_its_mapping(real_data):
    """Any force's export comes in by one short file."""
    path = real_data / "incident" / "chicago-aggravated-assaults-2010-2017.csv.gz"
    source = open_source("incidents", FOLDER / "incidents" / "sample" / "chicago-assaults.yml")
    reading = read_slices(source, path, replace(OPTIONS, epsg=CHICAGO_GRID))
    parts = [p for p in reading if p.tables]
    assert (reading.counts.read, reading.counts.kept, len(parts)) == (117_875, 117_875, 96)
    assert reading.counts.dropped_columns == {"district": 117_875}
    first = parts[0].tables["incident"].to_pylist()[0]
    assert (first["at_start"], first["place"]) == (1_262_325_900_000_000, "residence")  # 00:05 in Chicago, 06:05 UTC


@pytest.mark.realdata
def test_a_real_parquet_table_is_read_through_its_mapping(real_data, tmp_path):
    """Analysts keep tables as Parquet."""
    (tmp_path / "m.yml").write_text(
        "mapping: chicago-all\ntitle: All crime\npublisher: City of Chicago\nlicence: open data\nforce: chicago\n"
        "lawful_basis: published open data\nepsg: 4326\ntime_zone: UTC\n"
        "columns: {start: DATE, x: longitude, y: latitude, offence: {always: any-crime}}\n",
        encoding="utf-8",
    )
    path = real_data / "incident" / "chicago-all-crime-2017-01-08.parquet"
    reading = read_slices(open_source("incidents", tmp_path / "m.yml"), path, replace(OPTIONS, epsg=CHICAGO_GRID))
    (part,) = reading
    assert part.counts.kept == 165_567
    assert len(set(part.tables["incident"]["record_id"].to_pylist())) == 165_567
    assert part.tables["incident"]["easting_m"].null_count < 0.01 * 165_567
