"""How decisions turned out leaves rounded, checked by two others, in one release a month, and never by officer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from peelian.app.publishing.decisions_measured import file_measure, measure_decisions
from peelian.app.publishing.register import publish_bundle, publish_site
from peelian.app.publishing.releases import (
    author_mark,
    check_counts,
    propose_counts,
    propose_decisions,
    release_counts,
    tables_mark,
)
from peelian.core.canonical import digest
from peelian.core.errors import InvalidError, MissingError, RefusedError
from peelian.policy.charter import load_charter
from tests.support.gate import TEMPLATE, TRAINED, Built, build
from tests.support.patrol import CELL_M, caller, grid_of, rows_inside

OFFICERS = ("neighbourhood-officer-1", "neighbourhood-officer-2", "response-sergeant-1")
OCTOBER = 12 * 2026 + 9
WENT = {"over and right": 22, "over and wrong": 11, "stayed and right": 14, "stayed and wrong": 9, "same": 13}
"""What became of how many plans; none of these numbers, nor a difference of them, may be read off a page."""


def fuller(folder: Path) -> Built:
    """Make a deployment in which three people decide about places."""
    template = shutil.copytree(TEMPLATE, folder / "template")
    for name, old, new in (
        ("people.yml", "  - id: response-sergeant-1", "  - id: neighbourhood-officer-2\n    display_name: Ona Birch\n"
         "    roles: [neighbourhood-officer]\n  - id: response-sergeant-1"),
        ("operations.yml", "neighbourhood-officer-1, response-sergeant-1]\n",
         "neighbourhood-officer-1, neighbourhood-officer-2, response-sergeant-1]\n"),
    ):  # fmt: skip
        text = (template / name).read_text()
        assert old in text
        (template / name).write_text(text.replace(old, new, 1))
    built = build(folder, template=template)
    built.train({"neighbourhood-officer-2": TRAINED["neighbourhood-officer-1"]})
    return built


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """Give a deployment with 69 plans of October, whose month is on record."""
    made = fuller(tmp_path_factory.mktemp("fuller"))
    cells = grid_of(made).ids
    hit, missed = cells[7], cells[9]
    at = grid_of(made).corner([7])
    row = rows_inside(made, 1)[0]
    places = {"easting_m": float(at[0][0]) + CELL_M / 2, "northing_m": float(at[1][0]) + CELL_M / 2}
    later = row | {"record_id": f"{1:032d}", "month": OCTOBER + 1}
    made.plant({"a": [row | places | {"record_id": f"{2:032d}", "month": OCTOBER}, later]})
    views = {
        "over and right": (missed, hit, hit),
        "over and wrong": (hit, missed, missed),
        "stayed and right": (hit, missed, hit),
        "stayed and wrong": (missed, hit, missed),
        "same": (hit, hit, hit),
    }
    people = [caller(made, person) for person in OFFICERS]
    todo = [views[name] for name, n in WENT.items() for _ in range(n)]
    for i, (own, tool, chosen) in enumerate(todo):
        body = {"blind": True, "own": [own], "tool_cells": [tool], "cells": [chosen], "month": "2026-10"}
        body |= {"offences": ["burglary"]}
        who = people[i % len(people)]
        made.gate.post_paper(who.credential, "hotspots", "plan", f"plan-{i}", body)
    yield made
    made.gate.close()


def at_work(built: Built, person: str) -> SimpleNamespace:
    """Return somebody who publishes, or who measures."""
    return caller(built, person, "op-assessment" if person == "model-owner-1" else "op-oversight")


def test_the_whole_way_from_plans_to_the_page(built: Built, tmp_path: Path) -> None:
    """One walk: measured, filed, proposed, refused unchecked, checked twice, released, on the page, rebuilt."""
    official = at_work(built, "official-1")
    with pytest.raises(MissingError) as missing:
        propose_decisions(official)
    assert missing.value.code == "measure-missing"

    filed = file_measure(at_work(built, "model-owner-1"))
    assert {f["name"]: f["told"] for f in filed["figures"]}["differed"] == "about 55 of about 70"
    before = page(built, tmp_path / "before")
    assert "is not known yet" in before and "about 55" not in before, "what is filed is not published"

    number = str(propose_decisions(official)["proposal"])
    with pytest.raises(RefusedError) as refused:
        release_counts(official, number)
    assert refused.value.code == "release-unchecked"
    for checker in ("publication-checker-1", "publication-checker-2"):
        check_counts(at_work(built, checker), number, agreed=True, words="")
    release_counts(official, number)

    after = page(built, tmp_path / "after")
    assert "about 55 of about 70" in after and "about 35 of about 55" in after
    assert not any(f">{n}<" in after or f" {n} of " in after for n in (69, 56, 33, 23)), "true counts stay in"
    assert not any(person in after for person in OFFICERS)
    table = json.loads((tmp_path / "after" / "downloads" / "decisions.json").read_text())
    assert {row["figure"] for row in table} >= {"alone", "tool", "together", "went_over"}
    publish_bundle(tmp_path / "after" / "bundle.json", tmp_path / "again")
    for name in ("tools/hotspots/index.html", "downloads/decisions.csv", "counts/index.html"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "after" / name).read_bytes()

    with pytest.raises(InvalidError) as again:
        propose_decisions(official)
    assert again.value.code == "nothing-new"
    left = measure_decisions(at_work(built, "model-owner-1"))
    assert left.measures.counts["plans"] == 0, "a plan is counted in one release and in no other"
    assert propose_counts(official)["proposal"], "other counts still leave beside it"


def page(built: Built, out: Path) -> str:
    """Publish the register and return the tool's page, with what breaks a line taken out."""
    built.gate.publish_head()
    publish_site(SimpleNamespace(gate=built.gate, deployment=built.deployment), out)
    return " ".join((out / "tools" / "hotspots" / "index.html").read_text().split())


@pytest.mark.parametrize("person", ["model-owner-1", "analyst-1"])
def test_whoever_sees_plans_does_not_publish(built: Built, person: str) -> None:
    """One pair of hands for both could publish what two others never saw."""
    operation = {"model-owner-1": "op-assessment", "analyst-1": "op-patrol-planning"}[person]
    with pytest.raises(RefusedError):
        propose_decisions(caller(built, person, operation))


def test_what_a_release_says_of_its_author_and_its_numbers_cannot_be_tried(built: Built) -> None:
    """There are twenty people and few tables: a plain digest of either is as good as the name and the numbers."""
    proposal = {str(p.about) for p in built.gate.public_papers("release")}.pop()
    [release] = built.gate.public_papers("release", about=proposal)
    checks = built.gate.public_papers("release-check", about=proposal)
    assert {c.body["tables"] for c in checks} == {tables_mark(built.gate, proposal, release.body["tables"])}
    assert release.body["author"] == author_mark(built.gate, proposal, "official-1")
    said = {release.body["author"], *(c.body["tables"] for c in checks)}
    tried = ["official-1", list(release.body["tables"]), {"author": "official-1"}, {"tables": release.body["tables"]}]
    assert not said & {digest(one) for one in tried}
    assert author_mark(built.gate, "another", "official-1") not in said


@pytest.mark.parametrize("person", ["official-1", "neighbourhood-officer-1"])
def test_nobody_else_files_what_was_measured(built: Built, person: str) -> None:
    """An official who could read plans could read who decided them."""
    with pytest.raises(RefusedError):
        file_measure(caller(built, person, "op-oversight" if person == "official-1" else "op-patrol-planning"))


def test_too_few_decisions_are_not_filed_and_the_reason_says_how_few(tmp_path: Path) -> None:
    """Seven plans would tell each of three officers most of what the other two did."""
    made = build(tmp_path)
    with pytest.raises(InvalidError) as few:
        file_measure(at_work(made, "model-owner-1"))
    assert few.value.code == "too-few-decisions" and "fewer than 8 plans" in few.value.what
    assert load_charter(made.deployment.charter).publication.suppress_below == 8
    made.gate.close()
