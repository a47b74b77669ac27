"""Counts leave only rounded, checked by two others, and held against all that has left before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.ingest import street_row
from tests.support.walk import Walk, archive, at_metres, new_walk

PUBLISHERS = ("official-1", "publication-checker-1", "publication-checker-2")


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Found a deployment with 23 rows, and sign in those who publish."""
    walk = new_walk(tmp_path_factory.mktemp("counts"), "data-engineer-1")
    take_in(walk, 23, "2026-05")
    for account in PUBLISHERS:
        walk.run("sign-in", account).ok()
        walk.run("context", "set", "op-oversight", as_=account).ok()
    return walk


def take_in(walk: Walk, rows: int, month: str) -> None:
    """Take in so many burglaries of a month."""
    first = int(month[-2:]) * 1000
    streets = [street_row(first + i, Month=month, **at_metres(1000 + 10 * i, 1000)) for i in range(rows)]
    walk.ingest("police_uk", archive(walk.folder.parent / f"{month}.zip", streets, month=month))


def test_counts_go_out_rounded_and_twice_checked_and_not_otherwise(walk: Walk, tmp_path: Path) -> None:
    """A number that nobody checked, or that its author checked, is on no page."""
    proposal = walk.json("publish", "counts", as_="official-1")
    [table] = proposal["tables"]
    assert table["rows"] == [["police_uk", 25]]
    number = proposal["proposal"]
    assert walk.run("publish", "release", number, "--json", as_="official-1").error["code"] == "release-unchecked"
    walk.run("publish", "check", number, "--agree", as_="publication-checker-1").ok()
    again = walk.run("publish", "check", number, "--agree", "--json", as_="publication-checker-1")
    assert again.error["code"] == "already-written"
    assert walk.run("publish", "release", number, "--json", as_="official-1").error["code"] == "release-unchecked"
    assert walk.run("publish", "check", number, "--agree", as_="official-1").code == 5
    walk.run("publish", "check", number, "--agree", as_="publication-checker-2").ok()
    walk.run("publish", "release", number, as_="official-1").ok()
    walk.run("publish", "register", "--out", tmp_path / "s").ok()
    page = (tmp_path / "s" / "counts" / "index.html").read_text()
    assert "police_uk" in page
    assert ">25<" in page
    assert ">23<" not in page
    assert "publication-checker" not in page


def test_a_second_release_waits_until_enough_has_come_in(walk: Walk) -> None:
    """The difference of two honest tables is a third table that nobody checked."""
    take_in(walk, 2, "2026-06")
    same = walk.run("publish", "counts", "--json", as_="official-1")
    assert same.error["code"] == "nothing-new"
    take_in(walk, 40, "2026-04")
    more = walk.json("publish", "counts", as_="official-1")
    assert more["tables"][0]["rows"] == [["police_uk", 65]]


def test_two_tables_that_were_proposed_side_by_side_do_not_both_leave(walk: Walk) -> None:
    """Each was held against what had left, and neither against the other: together they tell a difference."""
    take_in(walk, 40, "2026-03")
    first = walk.json("publish", "counts", as_="official-1")["proposal"]
    take_in(walk, 1, "2026-02")
    second = walk.json("publish", "counts", as_="official-1")["proposal"]
    for number in (first, second):
        for checker in PUBLISHERS[1:]:
            walk.run("publish", "check", number, "--agree", as_=checker).ok()
    walk.run("publish", "release", first, as_="official-1").ok()
    assert walk.run("publish", "release", second, "--json", as_="official-1").error["code"] == "release-outdated"
    assert walk.run("publish", "counts", "--json", as_="official-1").error["code"] == "nothing-new"


def test_only_the_official_counts(walk: Walk) -> None:
    """True counts are data; they are opened for the duty to publish and for nothing else."""
    assert walk.run("publish", "counts", as_="data-engineer-1").code == 5
