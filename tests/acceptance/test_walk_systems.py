"""A force connects its systems: each export is taken in in its turn, and what one refuses does not stop the others."""

from __future__ import annotations

import shutil

import pytest

from tests.support.systems import adopt, sample
from tests.support.walk import new_walk

ENGINEER = "data-engineer-1"


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """Give a deployment with its engineer at work, in which no agreement with a partner has been adopted."""
    return new_walk(tmp_path_factory.mktemp("walk"), ENGINEER)


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """Give a folder with the exports of five systems, one of which nobody knows."""
    folder = tmp_path_factory.mktemp("exports")
    for source in ("crime", "custody", "courts", "housing"):
        shutil.copytree(sample(source), folder / "systems" / source)
    (folder / "systems" / "fleet").mkdir()
    return folder


def test_a_folder_of_systems_is_taken_in_and_then_skipped(walk, exports):
    """Nightly exports are mostly last night's; only what changed should cost anything."""
    first = walk.json("ingest", "city", exports, as_=ENGINEER)["systems"]
    assert "red-line-11-partner" in {r["code"] for r in first["housing"]["reasons"]}  # nobody has agreed to it yet
    assert first["crime"]["added"] > 0 and first["custody"]["added"] > 0
    adopt(walk, "sharing-housing")
    told = walk.json("ingest", "city", exports, as_=ENGINEER)
    assert set(told["systems"]) == {"crime", "custody", "courts", "housing"} and told["unknown"] == ["fleet"]
    assert told["systems"]["housing"]["kept"] > 0 and told["systems"]["custody"]["skipped_slices"] == 3
    assert all(one["quarantined"] == 0 for one in told["systems"].values())
    again = walk.json("ingest", "city", exports, as_=ENGINEER)
    assert all(one["read"] == 0 and one["skipped_slices"] > 0 for one in again["systems"].values())


def test_an_agreement_that_is_stopped_stops_its_feed_alone(walk, exports):
    """The housing partner's agreement is in doubt; last night's crimes are still needed this morning."""
    walk.run("sign-in", "official-2").ok()
    walk.run("context", "set", "op-oversight", as_="official-2").ok()
    walk.run("mandate", "halt", "sharing-housing", "--reason", "Nobody reviewed it.", as_="official-2").ok()
    (exports / "systems" / "housing" / "tenancies.csv").write_bytes(
        (sample("housing") / "tenancies.csv").read_bytes().rsplit(b"\n", 2)[0] + b"\n"
    )
    told = walk.json("ingest", "city", exports, as_=ENGINEER)
    assert told["systems"]["housing"]["refused"] == "refused-by-rule" and "kept" in told["systems"]["crime"]
    assert "mandate-halted" in {r["code"] for r in told["systems"]["housing"]["reasons"]}


def test_sources_are_listed_and_checked_and_begun_from_a_file(walk, exports, tmp_path):
    """Whoever connects a system starts with its file, not with our code."""
    assert "housing" in {row["source"] for row in walk.json("source", "list")["sources"]}
    made = walk.run("source", "new", "fleet", exports / "systems" / "crime").ok()
    assert "every column but the first stays at the door" in made.out
    shutil.copytree(sample("crime"), walk.folder / "sources" / "fleet" / "sample", dirs_exist_ok=True)
    assert walk.json("source", "check", "fleet")["problems"] == []
    shown = walk.json("source", "preview", exports / "systems" / "crime", "--source", "fleet")
    assert shown["counts"]["kept"] > 0 and all(c.get("dropped") or c["becomes"] for c in shown["columns"])
    refused = walk.run("ingest", "fleet", exports / "systems" / "crime", "--json", as_=ENGINEER)
    assert refused.error["code"] == "no-mandate-for-this"  # a contract is not yet a permission
