"""The walk of the first release, command by command, on a small made-up town."""

from __future__ import annotations

import csv
import functools
import http.server
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from peelian.synth.town import TownFiles
from tests.support.walk import Walk, call, clean_environment, found, listing, months_ago, new_walk, small_town

PEELIAN = Path(sys.executable).with_name("peelian")
FIGURES = {"hit_rate", "pai", "pei", "share_of_hindsight"}


@dataclass(frozen=True)
class Walked:
    """What was made, and what each command printed."""

    walk: Walk
    town: TownFiles
    ingested: dict
    assessed: dict
    finding: dict


@pytest.fixture(scope="module")
def walked(tmp_path_factory) -> Walked:
    """Walk to a finding once for all tests of this file."""
    folder = tmp_path_factory.mktemp("walk")
    town = small_town(folder / "town")
    walk = new_walk(folder / "w", "data-engineer-1", "model-owner-1", "analyst-1")
    ingested = walk.ingest("incidents", town.incidents, "--mapping", town.mapping)
    months = f"{months_ago(2):%Y-%m}..{months_ago(1):%Y-%m}"
    options = ("--test", months, "--cell-m", 300, "--rival", "last-year", "--rival", "kde")
    assessed = walk.json("assess", "hotspots", *options, as_="model-owner-1")
    finding = walk.json("analyse", "hotspots", "--cell-m", 300, as_="analyst-1")
    return Walked(walk, town, ingested, assessed, finding)


@pytest.fixture
def served(walked, tmp_path):
    """Serve the public part of the ledger's folder, and nothing else of it, as any web server could."""
    for name in ("checkpoint", "vkey", "tile"):
        (tmp_path / name).symlink_to(walked.walk.folder / "ledger" / name)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    handler.log_message = lambda *a: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def test_the_program_is_installed_and_lists_its_commands_in_order_of_a_walk():
    """The first thing anybody types."""
    told = subprocess.run([PEELIAN, "--help"], capture_output=True, text=True, check=True, timeout=120)
    commands = "init sign-in context ingest source analyse assess replay erase why ledger witness demo".split()
    places = [told.stdout.index(f"\n  {name} ") for name in commands]
    assert len(places) == len(commands)


def test_ingest_counts_every_row_and_prints_what_was_asked_for(walked):
    """Rows that nobody accounts for are how data go wrong."""
    told = walked.ingested
    assert {"read", "kept", "changed", "deleted", "duplicate", "quarantined", "dropped_columns", "seconds"} <= set(told)
    with walked.town.incidents.open(newline="", encoding="utf-8") as file:
        n_lines = sum(1 for _ in csv.DictReader(file))
    assert told["read"] == n_lines == told["kept"] + told["duplicate"] + told["quarantined"]
    assert told["added"] == told["kept"]
    assert (told["changed"], told["deleted"]) == (0, 0)
    assert set(told["dropped_columns"]) == {"Officer Note", "Victim Name"}


def test_a_second_ingest_of_the_same_file_changes_nothing(walked):
    """A nightly run must not make work, versions or doubt."""
    again = walked.walk.ingest("incidents", walked.town.incidents, "--mapping", walked.town.mapping)
    assert (again["added"], again["changed"], again["deleted"]) == (0, 0, 0)


def test_an_assessment_gives_each_method_and_budget_its_figures_with_their_range(walked):
    """A hit rate without its range, its ceiling and its rivals is an advertisement."""
    methods = walked.assessed["methods"]
    assert {"hotspots", "last-year", "kde", "oracle"} <= set(methods)
    for name, budgets in methods.items():
        assert set(budgets) == {"0.01", "0.02", "0.05"}, name
        for at in budgets.values():
            assert set(at) >= FIGURES, name
            for figure in FIGURES:
                value, low, high = (at[figure][k] for k in ("value", "low", "high"))
                assert None in (value, low, high) or low <= value <= high
    assert methods["hotspots"]["0.05"]["share_of_hindsight"]["value"] > 0
    assert walked.assessed["present_practice"] == {"name": "last-year", "stand_in": True}


def test_what_an_assessment_measures_was_entered_before_it_ran(walked):
    """Figures chosen afterwards always flatter."""
    entries = walked.walk.json("ledger", "show", "--last", 1000)["entries"]
    by_op = {op: [e["index"] for e in entries if e["op"] == op] for op in ("registration", "assessment", "combination")}
    [registered] = by_op["registration"]
    assert registered == walked.assessed["registered_at_entry"]
    assert registered < by_op["combination"][0] < by_op["assessment"][0]


def test_a_finding_explains_its_cells_and_names_its_known_error(walked):
    """Nobody may be sent somewhere by a number that cannot be taken apart."""
    finding = walked.finding
    cells = finding["result"]["cells"]
    assert cells and all(c["sentence"] and c["low"] <= c["expected"] <= c["high"] for c in cells)
    assert finding["known_error"]["assessment"] == walked.assessed["assessment"]
    assert finding["phase"] == "pre-deployment"


@pytest.mark.parametrize("threads", [1, 2])
def test_a_finding_is_made_again_byte_for_byte(walked, threads):
    """A figure that cannot be made again cannot be challenged."""
    again = walked.walk.json("replay", walked.finding["id"], "--threads", threads, as_="analyst-1")
    assert again["same"] is True
    assert again["replayed_digest"] == walked.finding["digest"]
    assert (again["rows_gone"], again["code_changed"]) == (0, False)


def test_a_replay_after_new_data_rests_on_the_record_as_it_was_known(walked, tmp_path):
    """New rows must not make last week's finding look wrong."""
    town = small_town(tmp_path / "town", months=15, burglaries=300)
    mapping = town.mapping.read_text().replace("mapping: made-up-town", "mapping: second-town")
    town.mapping.write_text(mapping)
    assert walked.walk.ingest("incidents", town.incidents, "--mapping", town.mapping)["added"] > 300
    assert walked.walk.json("replay", walked.finding["id"], as_="analyst-1")["same"] is True


def test_the_ledger_verifies_in_its_folder_and_over_the_web(walked, served):
    """Anyone outside can check the record with nothing but its files."""
    for where in (walked.walk.folder, walked.walk.folder / "ledger", served):
        told = call("ledger", "verify", where, "--json", home=walked.walk.home).ok().json
        assert set(told) >= {"size", "root", "ok", "witnesses"}
        assert told["ok"] is True
        assert told["size"] > 20
        assert told["witnesses"] == []


def test_verifying_needs_no_key_and_no_deployment(walked, tmp_path):
    """Whoever checks the force must need nothing from it but the record."""
    told = call("ledger", "verify", walked.walk.folder / "ledger", "--json", home=tmp_path / "nobody")
    assert told.ok().json["ok"] is True
    assert not (tmp_path / "nobody").exists()


def test_a_changed_byte_in_the_record_is_told_and_gives_its_exit_code(walked, tmp_path):
    """Somebody who edits the record is found by the first outsider who looks."""
    copy = tmp_path / "ledger"
    shutil.copytree(walked.walk.folder / "ledger", copy)
    tile = max((copy / "tile" / "entries").rglob("*"), key=lambda p: p.stat().st_size if p.is_file() else 0)
    data = bytearray(tile.read_bytes())
    data[len(data) // 2] ^= 1
    tile.write_bytes(data)
    told = call("ledger", "verify", copy, "--json", home=tmp_path)
    assert told.code == 8
    assert told.json["ok"] is False
    assert told.json["problems"]


def test_a_checkpoint_kept_from_before_and_a_wrong_key_are_checked(walked, tmp_path):
    """A visitor who kept four lines of text can tell whether history was rewritten."""
    kept = tmp_path / "kept"
    kept.write_bytes((walked.walk.folder / "ledger" / "checkpoint").read_bytes())
    walked.walk.run("context", "show", as_="analyst-1").ok()
    first = call("ledger", "verify", walked.walk.folder, "--json", home=tmp_path).json
    again = call(
        "ledger", "verify", walked.walk.folder, "--seen", kept, "--vkey", first["vkey"], "--json", home=tmp_path
    )
    assert again.ok().json["ok"] is True
    other = found(tmp_path / "other")
    stranger = call("ledger", "verify", other.folder, "--vkey", first["vkey"], "--json", home=tmp_path)
    assert stranger.code == 8
    rewritten = call("ledger", "verify", other.folder, "--seen", kept, "--json", home=tmp_path)
    assert rewritten.code != 0


def test_the_public_part_of_the_record_names_nobody(walked):
    """The record is itself published: days, tools and purposes, never people or rows."""
    entries = walked.walk.json("ledger", "show", "--last", 1000)["entries"]
    text = str(entries)
    assert {"collection", "combination", "consultation", "commit-done"} <= {e["op"] for e in entries}
    for account in ("analyst-1", "data-engineer-1", "model-owner-1"):
        assert account not in text
    assert walked.finding["id"] not in text


def test_the_sealed_part_is_read_by_its_own_duty_and_that_is_entered(walked):
    """Whoever watches is watched too."""
    walk = walked.walk
    refused = walk.run("ledger", "show", "--private", "--json", as_="analyst-1")
    assert refused.code == 5
    assert "log-purpose" in {r["code"] for r in refused.error["reasons"]}
    walk.run("sign-in", "information-commissioner-1").ok()
    walk.run("context", "set", "op-lawfulness", as_="information-commissioner-1").ok()
    before = walk.json("ledger", "show")["size"]
    told = walk.json("ledger", "show", "--private", "--last", 40, as_="information-commissioner-1")
    assert "analyst-1" in str(told)
    assert walk.json("ledger", "show")["size"] > before


def test_why_gives_every_reason_and_who_could_change_it(walked):
    """A no that cannot be questioned is not accountable."""
    red = walked.walk.json("why", "--purpose", "immigration-enforcement", "--table", "incident", as_="analyst-1")
    assert red["purpose_refused_to_all"] is True
    assert not any(a["allowed"] for a in red["answers"])
    may = walked.walk.json("why", "--purpose", "burglary-prevention", "--table", "incident", as_="analyst-1")
    answers = {a["mandate"]: a for a in may["answers"]}
    assert answers["hotspots"]["allowed"] is True
    assert all(r["what"] and r["owner"] for a in may["answers"] for r in a["reasons"])
    sealed = walked.walk.json("why", "--purpose", "burglary-prevention", "--table", "stop_equality", as_="analyst-1")
    assert not any(a["allowed"] for a in sealed["answers"])


def test_a_preview_finds_the_source_and_writes_nothing(walked, monkeypatch):
    """Somebody who only wants to look must leave nothing behind."""
    here = walked.town.incidents.parent
    monkeypatch.chdir(here)
    before = listing(here, walked.walk.folder, walked.walk.home)
    shown = (
        call(
            "source",
            "preview",
            walked.town.incidents,
            "--mapping",
            walked.town.mapping,
            "--json",
            home=walked.walk.home,
        )
        .ok()
        .json
    )
    assert len(shown["tables"]["incident"]) == 5
    assert shown["rejected"] and all(r["reason"] for r in shown["rejected"])
    assert {"Victim Name", "Officer Note"} <= {c["column"] for c in shown["columns"] if c.get("dropped")} | set(
        shown["undeclared"]
    )
    assert listing(here, walked.walk.folder, walked.walk.home) == before


def test_a_forecast_of_what_police_activity_discovers_is_refused(walked):
    """Counts that follow patrols would send patrols after themselves."""
    told = walked.walk.run("analyse", "hotspots", "--offence", "drugs", "--json", as_="analyst-1")
    assert told.code == 5
    assert any(r["code"].startswith("red-line-3") for r in told.error["reasons"])


def test_no_command_reads_a_forecast_out_to_somebody_who_decides_on_patrols(walked):
    """Red line 4: whoever could print the forecast at the command line would mark it as their own view."""
    walked.walk.enter("neighbourhood-officer-1")
    finding = walked.finding["id"]
    for asked in (("replay", finding), ("analyse", "hotspots", "--offence", "burglary")):
        told = walked.walk.run(*asked, "--json", as_="neighbourhood-officer-1")
        assert told.code != 0 and "own-view-first" in {r["code"] for r in told.error["reasons"]}
        assert not told.out.strip() or "cells" not in told.out


def test_an_area_is_read_from_a_published_boundary(walked, tmp_path):
    """A force brings its own polygon."""
    out = tmp_path / "area.geojson"
    told = call("area", "read", walked.town.area, "--out", out, "--json", home=tmp_path).ok()
    assert told.json == {"area": str(out)}
    assert '"Polygon"' in out.read_text()


def test_the_whole_program_runs_in_a_process_of_its_own(walked):
    """The console script, its exit code and its two streams, as a shell sees them."""
    told = subprocess.run(
        [PEELIAN, "context", "show", "--in", walked.walk.folder, "--as", "nobody-1", "--json"],
        capture_output=True,
        text=True,
        env=clean_environment(walked.walk.home),
        timeout=120,
    )
    assert told.returncode == 5
    assert told.stdout == ""
    assert '"not-signed-in"' in told.stderr
