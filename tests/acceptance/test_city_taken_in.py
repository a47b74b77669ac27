"""A made-up village's nine systems taken in through a new deployment, then three of them as they were a month later."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from peelian.core.time import SystemClock, to_micros
from peelian.ingest.catalogue import open_source
from peelian.ingest.run import Reading
from peelian.ingest.shape import Options
from peelian.policy.charter import load_charter
from peelian.store.deployment import Deployment, open_deployment
from peelian.store.grant import READ, Mint
from peelian.store.keys import pepper
from peelian.store.lake import Lake
from peelian.synth.city import make_city
from tests.support.systems import adopt
from tests.support.walk import Walk, new_walk

ENGINEER = "data-engineer-1"
LATER = ("crime", "custody", "intelligence")
NOTHING_EXPIRED = ("incident", "custody", "intelligence", "missing", "court_order", "stop")


def rows_of_exports(systems: Path) -> dict[str, dict[str, int]]:
    """Count the rows of each export without Peelian: system -> table -> rows."""
    sheets = zipfile.ZipFile(systems / "custody/custody.xlsx")
    n_sheet = [len(re.findall(rb"<row ", sheets.read(f"xl/worksheets/sheet{i}.xml"))) - 1 for i in (1, 2, 3)]
    reports = [json.loads(line) for line in (systems / "intelligence/reports.jsonl").read_text().splitlines()]
    missing = ElementTree.parse(systems / "safeguarding/reports.xml").getroot()
    orders = sqlite3.connect(systems / "courts/orders.db")
    of_orders = [orders.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("orders", "parties")]
    orders.close()
    return {
        "crime": _csv(systems / "crime", incident="crimes", incident_person="crime_persons",
                      incident_vehicle="crime_vehicles"),
        "command_control": _csv(systems / "command_control", call="calls", call_person="call_people",
                                call_vehicle="call_vehicles"),
        "stop_search": _csv(systems / "stop_search", stop="stops"),
        "custody": dict(zip(("custody", "custody_person", "warning"), n_sheet, strict=True)),
        "courts": dict(zip(("court_order", "court_order_person"), of_orders, strict=True)),
        "intelligence": {"intelligence": len(reports)}
        | {f"intelligence_{t}": sum(len(r[f"{k}s"]) for r in reports)
           for t, k in (("person", "subject"), ("vehicle", "vehicle"))},
        "safeguarding": {"missing": len(missing), "missing_person": len(missing.findall("report/person"))},
        "anpr": {"plate_read": sum(pq.read_metadata(p).num_rows for p in (systems / "anpr").iterdir())},
        "housing": _csv(systems / "housing", tenancy="tenancies"),
    }  # fmt: skip


def _csv(folder: Path, **tables: str) -> dict[str, int]:
    counted = {}
    for table, name in tables.items():
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            counted[table] = sum(1 for _ in csv.reader(file)) - 1
    return counted


class Held:
    """What a deployment's lake holds now, asked of the store itself."""

    def __init__(self, walk: Walk) -> None:
        self.deployment: Deployment = open_deployment(
            walk.folder, allowed=load_charter(walk.folder / "charter").jurisdiction.regions
        )
        self.lake = Lake(self.deployment.lake, n_buckets=self.deployment.n_buckets, threads=2)

    def rows(self, table: str, columns: str) -> list[tuple]:
        """Return columns of a table's current rows."""
        version = DeltaTable(str(self.lake.path(table))).version()
        with duckdb.connect(config={"threads": 2}) as con:
            return con.sql(
                f"SELECT {columns} FROM ({self.lake.scan_sql(Mint().grant(READ, [table]), table, version)})"
            ).fetchall()

    def labels(self, walk: Walk) -> Mapping[int, dict]:
        """Return the dictionary of labels, by number."""
        with sqlite3.connect(f"file:{walk.folder / 'desk.db'}?mode=ro", uri=True) as con:
            return {row[0]: json.loads(row[1]) for row in con.execute("SELECT label_id, body FROM labels")}


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Take in a village, a partner's file once its agreement is adopted, then three systems a month later."""
    folder = tmp_path_factory.mktemp("village")
    make_city(folder / "city", seed=7, size="village", today=SystemClock().now().date())
    walk = new_walk(folder / "w", ENGINEER)
    first = walk.ingest("city", folder / "city/systems")["systems"]
    refused = first["housing"]
    adopt(walk, "sharing-housing")
    first["housing"] = walk.ingest("housing", folder / "city/systems/housing")
    before = {table: len(Held(walk).rows(table, "record_id")) for table in NOTHING_EXPIRED}
    for name in LATER:
        shutil.copytree(folder / "city/later/systems" / name, folder / "later" / name)
    second = walk.ingest("city", folder / "later")["systems"]
    return walk, folder / "city", first, before, (refused, second)


def test_every_row_of_every_system_is_accounted_for(story):
    """A row that nobody can account for was lost, or came in twice."""
    _, city, first, _, _ = story
    expected = {name: sum(tables.values()) for name, tables in rows_of_exports(city / "systems").items()}
    assert {name: one["read"] for name, one in first.items()} == expected
    for one in first.values():
        assert one["read"] == one["kept"] + one["expired"] + one["duplicate"] + one["quarantined"]
        assert one["files_refused"] == []


def test_each_table_holds_the_rows_of_its_own_part_of_an_export(story):
    """People of one sheet in the table of another would be somebody else's record."""
    _, city, _, before, _ = story
    exported = {t: n for tables in rows_of_exports(city / "systems").values() for t, n in tables.items()}
    assert before == {table: exported[table] for table in NOTHING_EXPIRED}


def test_a_later_delivery_leaves_what_it_alone_would_have_made(story):
    """What came before must not shine through: a row withdrawn is gone, a row put right is right."""
    walk, city, _, _, (_, second) = story
    held = Held(walk)
    options = Options(
        pepper=pepper(held.deployment.keys), read_at=to_micros(SystemClock().now()), own_force="northmere", threads=1
    )
    for name in LATER:
        alone: dict[str, set[tuple]] = {}
        for part in Reading(open_source(name), city / "later/systems" / name, options):
            for table, rows in part.tables.items():
                pairs = zip(*(rows[c].to_pylist() for c in ("record_id", "subject_id", "row_hash")), strict=True)
                alone.setdefault(table, set()).update(pairs)
        for table, rows in alone.items():
            assert set(held.rows(table, "record_id, subject_id, row_hash")) == rows, table
    assert sum(one["changed"] for one in second.values()) > 0
    assert sum(one["deleted"] for one in second.values()) > 0


def test_a_row_says_whom_it_is_about_and_the_gate_writes_it_on_its_label(story):
    """Victims are not suspects (DPA 2018 s.38), and a sealed report is not everybody's."""
    walk, city, *_ = story
    held = Held(walk)
    labels = held.labels(walk)
    wanted = {"suspect": "offender-side", "convicted": "offender-side", "victim": "victim-side"}
    for role, label_id in held.rows("incident_person", "DISTINCT role, label_id"):
        assert labels[label_id]["role_class"] == wanted.get(role, labels[label_id]["role_class"])
    lines = (city / "later/systems/intelligence/reports.jsonl").read_text(encoding="utf-8").splitlines()
    sealed = {r["urn"] for r in map(json.loads, lines) if r["sealed"]}
    marked = {i for i, label in labels.items() if "sealed-case" in label["markings"]}
    for table in ("intelligence_text", "intelligence_person", "intelligence_vehicle"):
        rows = held.rows(table, "event_ref, label_id")
        assert {ref for ref, label_id in rows if label_id in marked} == sealed & {ref for ref, _ in rows}
    assert sealed
    assert {labels[i]["basis"] for (i,) in held.rows("intelligence", "DISTINCT label_id")} == {"assessment"}


def test_what_a_partner_shares_is_three_fields_and_the_address(story):
    """Names, debts and benefits of tenants are in the file; none may be in the lake (red line 11)."""
    walk, _, first, _, (refused, _) = story
    assert [r["code"] for r in refused["reasons"]] == ["mandate-not-adopted", "red-line-11-partner"]
    columns = "source_ref, postcode, address, tenancy_from, cuckooing_concern, vulnerable_tenant"
    rows = Held(walk).rows("tenancy", columns)
    assert rows
    assert all(row[:2] == (None, None) and row[2] for row in rows)
    assert {"arrears", "benefit", "ethnicity", "tenant"} <= set(first["housing"]["dropped_columns"])


def test_the_same_delivery_again_changes_nothing(story):
    """Whoever is unsure whether it ran may run it again."""
    walk, city, *_ = story
    again = walk.ingest("custody", city / "later/systems/custody")
    assert (again["read"], again["skipped_slices"]) == (0, 3)
