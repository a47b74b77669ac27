"""A loading that is killed at any step, of any kind of source, and run again leaves what an undisturbed one leaves."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable

from peelian.app.caller import Place, at_door
from peelian.app.intake.sources import ingest
from peelian.policy.charter import load_charter
from peelian.store.deployment import open_deployment
from peelian.store.grant import READ, Mint
from peelian.store.lake import Lake
from tests.support.systems import adopt, sample
from tests.support.walk import Walk, call, clean_environment, new_walk

ROOT = Path(__file__).resolve().parents[2]
ENGINEER = "data-engineer-1"
SYSTEMS = (
    "crime", "custody", "intelligence", "command_control", "anpr", "stop_search", "safeguarding", "courts", "housing",
)  # fmt: skip
BY_ADDRESS = "courts by address"
KINDS = (*SYSTEMS, BY_ADDRESS)
"""CSV, Excel, JSON lines, Parquet, XML, SQLite, and a database behind an address."""
FEW = ("custody", BY_ADDRESS)


def deliver(kind: str, folder: Path) -> tuple[str, Path]:
    """Return a source and what it delivers, outside any deployment."""
    if kind != BY_ADDRESS:
        return kind, sample(kind)
    folder.mkdir(exist_ok=True)
    shutil.copy(sample("courts") / "orders.db", folder / "court.sqlite")
    (folder / "courts.url").write_text(f"sqlite:///{folder / 'court.sqlite'}\n", encoding="utf-8")
    return "courts", folder / "courts.url"


def load(walk: Walk, source: str, archive: Path, step: Callable[[str], object] = lambda name: None) -> None:
    """Take in a delivery, telling each step of its commit."""
    with at_door(Place(walk.folder, walk.home, ENGINEER)) as caller:
        caller.gate._house.writer.step = step
        ingest(caller, source, archive, index=False)


def held(walk: Walk) -> dict[str, set[tuple]]:
    """Return every current row of every table: ids and hashes."""
    deployment = open_deployment(walk.folder, allowed=load_charter(walk.folder / "charter").jurisdiction.regions)
    lake = Lake(deployment.lake, n_buckets=deployment.n_buckets, threads=1)
    rows = {}
    with duckdb.connect(config={"threads": 1}) as con:
        for table in sorted(p.name for p in deployment.lake.iterdir() if not p.name.endswith("_history")):
            version = DeltaTable(str(lake.path(table))).version()
            sql = lake.scan_sql(Mint().grant(READ, [table]), table, version)
            rows[table] = set(con.sql(f"SELECT slice_id, record_id, subject_id, row_hash FROM ({sql})").fetchall())
    return rows


def start(folder: Path) -> Walk:
    """Give a deployment that any of the sources may come into."""
    walk = new_walk(folder, ENGINEER)
    adopt(walk, "sharing-housing")
    return walk


def copies_at_steps(walk: Walk, into: Path, source: str, archive: Path, wanted: Callable[[str], bool]) -> list[Walk]:
    """Take in a delivery and keep the disk as it lay at each wanted step: what a kill there would leave."""
    copies: list[Walk] = []

    def copy(name: str) -> None:
        if wanted(name):
            folder = into / f"{len(copies)}-{name.replace(':', '-')}"
            shutil.copytree(walk.folder.parent, folder)
            copies.append(Walk(folder / walk.folder.name, folder / walk.home.name))

    load(walk, source, archive, copy)
    return copies


def test_loadings_that_are_killed_one_after_the_other_leave_what_undisturbed_ones_leave(tmp_path):
    """The machine that takes in a night's exports may die in each of them."""
    whole = start(tmp_path / "whole")
    shutil.copytree(tmp_path / "whole", tmp_path / "first")
    broken = Walk(tmp_path / "first" / whole.folder.name, tmp_path / "first" / whole.home.name)
    for kind, at in zip(FEW, ("delta:custody_person", "before-done"), strict=True):
        source, archive = deliver(kind, tmp_path / "court")
        load(whole, source, archive)
        [broken] = copies_at_steps(broken, tmp_path / f"killed-{source}", source, archive, lambda s, at=at: s == at)
        load(broken, source, archive)
    rows = held(broken)
    assert rows == held(whole)
    assert all(rows[t] for t in ("custody_person", "court_order_person"))
    assert call("ledger", "verify", broken.folder, "--json", home=broken.home).ok().json["ok"] is True


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_at_every_step_of_every_kind_of_source_is_made_good(tmp_path, kind):
    """Power fails when it likes, in whichever system's turn."""
    source, archive = deliver(kind, tmp_path / "court")
    walk = start(tmp_path / "w")
    copies = copies_at_steps(walk, tmp_path, source, archive, lambda step: True)
    expected = held(walk)
    assert len(copies) > 4
    for copy in copies:
        load(copy, source, archive)
        assert held(copy) == expected, copy.folder


def victim(folder: str, home: str, source: str, archive: str, at: str) -> None:
    """Take in a delivery in this process and kill it with signal 9 at one step."""
    kill: Callable[[str], object] = lambda step: os.kill(os.getpid(), signal.SIGKILL) if step == at else None  # noqa: E731
    load(Walk(Path(folder), Path(home)), source, Path(archive), kill)


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["crime", BY_ADDRESS])
@pytest.mark.parametrize("at", ["intent", "before-done", "done"])
def test_a_real_kill_of_a_loading_is_made_good(tmp_path, kind, at):
    """Signal 9 asks nobody: what copies of the disk show must be so."""
    source, archive = deliver(kind, tmp_path / "court")
    walk, whole = start(tmp_path / "w"), start(tmp_path / "whole")
    said = ", ".join(repr(str(word)) for word in (walk.folder, walk.home, source, archive, at))
    code = f"import tests.acceptance.test_ingest_killed as t; t.victim({said})"
    child = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=clean_environment(walk.home), capture_output=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    load(walk, source, archive)
    load(whole, source, archive)
    assert held(walk) == held(whole)
