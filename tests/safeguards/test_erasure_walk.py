"""Erasure end to end: a person is planted everywhere a stop can hold one, erased by a command, and looked for."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
import pytest

from peelian.store.residue import find_residue
from tests.support.ingest import STOP, STREET, to_csv, to_zip
from tests.support.walk import Walk, at_metres, call, found, months_ago, new_walk, stop_row, street_row

DPO, SECOND = "data-protection-officer-1", "data-protection-officer-2"
KEPT = (
    "Gender",
    "Age range",
    "Self-defined ethnicity",
    "Officer-defined ethnicity",
    "Legislation",
    "Object of search",
    "Outcome",
)
"""Columns of a stop that hold text and are kept."""
LEFT = ("Policing operation", "Name of person", "Officer's note")
"""Columns left at the door: one the contract drops, two that it does not know."""
MONTHS = 15


def planted(person: str, column: str, edition: str = "") -> str:
    """Make up a value that occurs nowhere by chance."""
    return f"zq{person}{edition} {column.lower().replace(' ', '')} qz"


def planted_stop(person: str, month: str, metres: float, edition: str = "") -> dict[str, str]:
    """Make a stop of a planted person; an edition is what a later publication says of the same stop."""
    row = stop_row(0, Date=f"{month}-15T13:37:00+00:00", **at_metres(metres, metres))
    kept = {c: planted(person, c, edition if c == "Outcome" else "") for c in KEPT}
    return row | kept | {c: planted(person, c) for c in LEFT}


def edition(path: Path, which: str) -> Path:
    """Write an archive of fifteen months of burglary, with two planted people and rows that must be set aside."""
    rng = np.random.default_rng(7)
    files = {}
    for k in range(MONTHS, 0, -1):
        month = f"{months_ago(k):%Y-%m}"
        places = rng.gamma(2.0, 400.0, (30, 2))
        streets = [street_row(100 * k + i, Month=month, **at_metres(*place)) for i, place in enumerate(places)]
        files[f"{month}/{month}-northmere-street.csv"] = to_csv(streets, STREET)
        stops = [
            stop_row(i, Date=f"{month}-{1 + i % 28:02d}T10:{i:02d}:00Z", **at_metres(90.0 * i, 500)) for i in range(40)
        ]
        if k == 1:
            stops += [planted_stop("anna", month, 612.3, which), planted_stop("berta", month, 744.9, which)]
            stops.append(planted_stop("anna", month, 612.3) | {"Date": planted("anna", "date")})
        cut_off = f"Person search,{planted('anna', 'cut off')}\n".encode() if k == 1 else b""
        files[f"{month}/{month}-northmere-stop-and-search.csv"] = to_csv(stops, [*STOP, *LEFT[1:]]) + cut_off
    return to_zip(path, files)


def rows_of(walk: Walk, table: str) -> list[dict]:
    """Read a table's files as they lie, history included, independently of the product."""
    folders = [walk.folder / "lake" / name for name in (table, f"{table}_history")]
    files = [str(p) for f in folders for p in f.rglob("*.parquet") if "_delta_log" not in p.parts]
    return ds.dataset(files, format="parquet").to_table().to_pylist()


@dataclass(frozen=True)
class Person:
    """Somebody planted: the id and every value that the deployment may hold of them."""

    subject: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Erased:
    """What was before and what came of it."""

    walk: Walk
    anna: Person
    berta: Person
    before: set[int]
    receipt: dict
    finding: dict
    first: Path
    folder: Path


def person(walk: Walk, name: str) -> Person:
    """Look a planted person up in the files themselves."""
    own = next(r for r in rows_of(walk, "stop_person") if r["age_band"] == planted(name, "Age range"))
    subject = own["subject_id"]
    stops = [r for r in rows_of(walk, "stop") if r["subject_id"] == subject]
    numbers = {str(r[c]) for r in stops for c in ("easting_m", "northing_m")}
    texts = {planted(name, c) for c in KEPT if c != "Outcome"}
    outcomes = {planted(name, "Outcome", e) for e in ("one", "two")}
    return Person(subject, (*sorted(texts | outcomes | numbers), own["record_id"], subject))


@pytest.fixture(scope="module")
def erased(tmp_path_factory) -> Erased:
    """Take two editions in, use what they hold, erase Anna."""
    folder = tmp_path_factory.mktemp("erasure")
    walk = new_walk(folder / "w", "data-engineer-1", "model-owner-1", "analyst-1", DPO, SECOND)
    first, second = edition(folder / "one.zip", "one"), edition(folder / "two.zip", "two")
    walk.ingest("police-uk", first)
    assert walk.ingest("police-uk", second)["changed"] == 2
    months = f"{months_ago(1):%Y-%m}..{months_ago(1):%Y-%m}"
    options = ("--test", months, "--cell-m", 500, "--rival", "last-year")
    walk.json("assess", "hotspots", *options, as_="model-owner-1")
    finding = walk.json("analyse", "hotspots", "--cell-m", 500, as_="analyst-1")
    anna, berta = person(walk, "anna"), person(walk, "berta")
    (walk.folder / "tmp" / "duckdb_temp_storage.tmp").write_text(planted("anna", "Age range"))
    before = {t.needle for t in find_residue(walk.folder, anna.values)}
    receipt = walk.json("erase", anna.subject, as_=DPO)
    return Erased(walk, anna, berta, before, receipt, finding, first, folder)


def test_every_value_was_there_before(erased):
    """A search that finds nothing afterwards proves nothing unless it found everything before."""
    assert erased.before == set(range(len(erased.anna.values)))


def test_nothing_of_the_person_is_left_in_any_file_of_the_deployment(erased):
    """Parquet pages and dictionaries, Delta's log, databases and their logs, indexes, the ledger, temporary files."""
    assert find_residue(erased.walk.folder, erased.anna.values) == []


def test_another_person_is_still_there_with_every_value(erased):
    """An erasure that takes others along is damage."""
    found_again = {t.needle for t in find_residue(erased.walk.folder, erased.berta.values)}
    assert found_again == set(range(len(erased.berta.values)))


def test_what_was_left_at_the_door_or_set_aside_was_never_written(erased):
    """Names and notes have no purpose here, and a rejected row is known by its line alone."""
    never = [planted(p, c) for p in ("anna", "berta") for c in LEFT]
    never += [planted("anna", "date"), planted("anna", "cut off")]
    assert find_residue(erased.walk.folder, never) == []
    assert {r["reason"] for r in rows_of(erased.walk, "quarantine")} == {"not-an-instant", "ragged-row"}


def test_the_receipt_says_what_was_rewritten_and_what_cannot_be(erased):
    """Backups and paper are beyond reach, and a receipt that hides it is a lie."""
    receipt = erased.receipt
    assert {"reference", "rows", "records", "places", "cannot", "keys_destroyed"} <= set(receipt)
    assert {"stop", "stop_person", "stop_equality"} <= set(receipt["rows"])
    assert any(p.startswith("lake/stop_person") for p in receipt["places"])
    assert any("backups" in c and "until" in c for c in receipt["cannot"])
    assert any("paper" in c for c in receipt["cannot"])
    assert erased.anna.subject not in str(receipt)


def test_the_ledger_still_verifies(erased):
    """Forgetting somebody must not cost the record its proof."""
    told = call("ledger", "verify", erased.walk.folder, "--json", home=erased.walk.home).ok().json
    assert told["ok"] is True
    entries = erased.walk.json("ledger", "show", "--last", 50)["entries"]
    assert {"erasure", "key-destroyed"} <= {e["op"] for e in entries}


def test_a_source_that_publishes_the_person_again_does_not_bring_them_back(erased):
    """Open data is published anew each month; the promise has to outlast that."""
    told = erased.walk.ingest("police-uk", erased.first)
    assert told["changed"] == 1  # Berta's outcome, as the first edition had it
    assert find_residue(erased.walk.folder, erased.anna.values) == []
    assert find_residue(erased.walk.folder, erased.berta.values) != []
    listed = erased.walk.json("subjects", "--table", "stop_person", "--limit", 10000, as_=DPO)["subjects"]
    assert erased.anna.subject not in listed
    assert erased.berta.subject in listed


def test_a_replay_says_how_many_of_its_rows_are_gone(erased):
    """A finding that rested on erased rows cannot be made again, and must say why."""
    walk, finding = erased.walk, erased.finding
    assert walk.json("replay", finding["id"], as_="analyst-1")["same"] is True
    east, north = min((r["easting_m"], r["northing_m"]) for r in rows_of(walk, "incident"))
    [row] = [r for r in rows_of(walk, "incident") if (r["easting_m"], r["northing_m"]) == (east, north)]
    assert walk.json("erase", row["subject_id"], as_=DPO)["findings"] == [finding["id"]]
    again = walk.json("replay", finding["id"], as_="analyst-1")
    assert (again["same"], again["rows_gone"]) == (False, 1)
    told = walk.run("replay", finding["id"], as_="analyst-1").ok()
    assert "1 gone" in told.out


def test_a_second_request_finds_nobody_and_says_so(erased):
    """Asking twice is harmless, and the answer is the same as for somebody who was never here."""
    again = erased.walk.run("erase", erased.anna.subject, "--json", as_=DPO)
    never = erased.walk.run("erase", "f" * 32, "--json", as_=DPO)
    assert (again.code, again.error) == (never.code, never.error)
    assert again.error["code"] == "subject-missing"
    assert find_residue(erased.walk.folder, [erased.anna.subject, "f" * 32]) == []


def test_two_deployments_know_the_same_person_by_different_ids(erased, tmp_path):
    """Else two forces' files could be laid side by side."""
    other = found(tmp_path / "other")
    other.enter("data-engineer-1")
    other.ingest("police-uk", shutil.copy(erased.first, tmp_path))
    berta = person(other, "berta")
    assert berta.subject != erased.berta.subject
    ids = {r["record_id"] for r in rows_of(other, "incident")}
    assert not ids & {r["record_id"] for r in rows_of(erased.walk, "incident")}


def test_requests_and_clocks_work_from_the_command_line_and_leave_the_walk_as_it_was(erased):
    """What the officers are told to type has to do what the page of instructions says."""
    walk = erased.walk
    row = next(r for r in rows_of(walk, "stop") if r["subject_id"] == erased.berta.subject)
    key, why = f"stop:{row['record_id']}", ("--reason", "Request 7/26: it was somebody else.")
    told = walk.json("record", "contest", key, *why, as_=DPO)
    assert (told["kind"], told["versions"]) == ("contested", 1)
    opened = walk.run("record", "list", as_=DPO).ok().out
    assert f"{key}  decide by {told['due_on']}; you entered it" in opened and "of which late: 0" in opened
    refused = walk.run("record", "lift", key, *why, "--json", as_=DPO).error
    assert refused["reasons"][0]["code"] == "own-objection"
    shown = walk.run("record", "lift", key, *why, as_=SECOND).ok()
    assert "Done, reference" in shown.out and "lake/stop: current and past versions" in shown.out
    assert (
        walk.run("record", "restrict", "Berta Example", *why, "--json", as_=DPO).error["code"] == "record-key-malformed"
    )
    ahead = walk.json("retain", "--dry-run", "--on", "2090-01-01", as_=DPO)
    assert ahead["counts"]["stop"]["current"] > 0 and ahead["rows"] == {}
    assert "Would delete" in walk.run("retain", "--dry-run", "--on", "2090-01-01", as_=DPO).ok().out
    assert walk.run("retain", "--on", "2090-01-01", "--json", as_=DPO).error["code"] == "retain-on-another-day"
    assert "Nothing is over" in walk.run("retain", as_=DPO).ok().out
    assert find_residue(walk.folder, erased.berta.values) != []
