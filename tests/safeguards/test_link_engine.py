"""Linking on Spark is chosen in public, refused where it cannot be, and leaves nothing but linking unlocked."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
import sandbox_attacks

from peelian.app.linking import resolve
from peelian.app.workers import link_plan
from peelian.core.errors import InvalidError, MissingError
from peelian.gate import door
from peelian.gate.linking import linking
from peelian.gate.linking.link_engine import LinkEngine, link_engine
from peelian.gate.sandbox.lockdown import PROTECTIONS
from peelian.gate.sandbox.worker import run_in_worker
from peelian.resolve.spark import require_spark
from peelian.store.deployment import Deployment
from tests.support.gate import worker_that
from tests.support.linked import CUSTODY, edges, link, person, town

SOURCE = Path(linking.__file__).parents[2]
PLACE = Deployment(Path("/nowhere"), "01K", "GB-ENG", 4)


def test_one_machine_links_where_nothing_is_said():
    """Nobody should have to write a setting to have the worker locked."""
    engine = link_engine(PLACE)
    assert (engine.name, engine.locked, engine.parameters, engine.entered) == ("duckdb", True, {}, {})


def test_spark_is_chosen_in_the_settings_and_spills_into_the_deployment():
    """What Spark leaves on disk must lie where an erasure and a clean-up look."""
    engine = link_engine(
        replace(PLACE, settings={"resolve": {"engine": "spark", "spark": {"spark.master": "local[4]"}}})
    )
    assert not engine.locked
    assert engine.options == {"spark.local.dir": "/nowhere/tmp", "spark.master": "local[4]"}


@pytest.mark.parametrize(
    "said",
    [
        {"engine": "presto"},
        {"engin": "spark"},
        {"spark": {"master": "x"}},
        {"spark": {"spark.master": 2}},
        "spark",
        {"engine": ["spark"]},
        {"spark": "local"},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(said):
    """A slip in a setting must not quietly link on something else."""
    with pytest.raises(InvalidError) as raised:
        link_engine(replace(PLACE, settings={"resolve": said}))
    assert raised.value.code == "resolve-settings-invalid"


def test_a_run_on_spark_says_so_in_the_record_and_finds_the_same(tmp_path, monkeypatch):
    """The worker is unlocked then: whoever reads the record must see it of each run."""
    people = {"incident_person": [person(1)], "custody_person": [person(11, CUSTODY, forenames="Amena")]}
    built = town(tmp_path, monkeypatch, people)
    link(built)
    found, asked = edges(built), []
    here = worker_that(lambda tables, told: link_plan.run(tables, {"release": told["release"]}))
    monkeypatch.setattr(linking, "run_in_worker", lambda *a, **k: asked.append((a[2], k["locked"])) or here(*a, **k))
    monkeypatch.setattr(linking, "link_engine", lambda _: LinkEngine("spark", options={"spark.master": "local[2]"}))
    link(built, whole=True)
    [(told, locked)] = asked
    assert (told["engine"], told["options"], locked) == ("spark", {"spark.master": "local[2]"}, False)
    first, second = (body for body in built.bodies("combination") if "release" in body)
    assert ("engine" in first, second["engine"], second["worker"]) == (False, "spark", "unlocked")
    assert edges(built) == found
    assert "unlocked" not in built.gate.link_rates()
    monkeypatch.setattr(door, "link_engine", lambda _: LinkEngine("spark"))
    assert built.gate.link_rates()["unlocked"] is True


def test_linking_is_refused_with_a_reason_where_spark_cannot_run(monkeypatch):
    """An operator is told what is missing before anybody's records are read."""
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(MissingError) as raised:
        require_spark()
    assert raised.value.code == "spark-missing"
    monkeypatch.setitem(sys.modules, "pyspark.sql", sys)
    monkeypatch.setitem(sys.modules, "pyspark", sys)
    with pytest.raises(MissingError) as raised:
        require_spark("/no/java/here")
    assert raised.value.code == "java-missing"
    assert resolve.require_spark is require_spark


def test_a_worker_started_unlocked_reports_no_protection():
    """What is not locked must never be told as locked."""
    command = [sys.executable, "-I", str(Path(sandbox_attacks.__file__))]
    done = run_in_worker(
        command, {"t": pa.table({"x": [1, 2]})}, {"act": "sum_column"}, timeout_s=30, memory_mb=512, locked=False
    )
    assert done.output == b"3"
    assert done.protections == dict.fromkeys(PROTECTIONS, False)


def test_nothing_but_linking_asks_for_an_unlocked_worker():
    """A method is treated as hostile code, whatever a setting says about linking."""
    asking = {p.name for p in SOURCE.rglob("*.py") if "locked=" in p.read_text(encoding="utf-8")}
    assert asking == {"linking.py", "worker.py"}
