"""A force loads its own past patrol plans: from then on a method is measured against them and not a stand-in."""

from __future__ import annotations

import csv

import pytest

from tests.support.walk import Walk, months_ago, new_walk, small_town

MONTHS = f"{months_ago(2):%Y-%m}..{months_ago(1):%Y-%m}"
OPTIONS = ("assess", "hotspots", "--test", MONTHS, "--cell-m", 300, "--rival", "last-year")


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Assess before and after plans are loaded: where burglaries were a year before, ranked by hand."""
    folder = tmp_path_factory.mktemp("plans")
    town = small_town(folder / "town")
    walk = new_walk(folder / "w", "data-engineer-1", "model-owner-1")
    walk.ingest("incidents", town.incidents, "--mapping", town.mapping)
    before = walk.json(*OPTIONS, as_="model-owner-1")
    plans = folder / "plans.csv"
    with plans.open("w", newline="") as file, town.incidents.open(newline="", encoding="utf-8") as rows:
        writer = csv.writer(file)
        writer.writerow(["Plan ref", "Month", "Offence", "Easting", "Northing", "Rank"])
        places = [(r["Easting"], r["Northing"]) for r in csv.DictReader(rows) if r["Offence"] == "Burglary"]
        for k in (2, 1):
            month = f"{months_ago(k):%Y-%m}"
            for rank, (x, y) in enumerate([p for p in places if all(p)][:60], start=1):
                writer.writerow([f"P-{month}", month, "Burglary", x, y, rank])
    loaded = walk.ingest("plans", plans)
    return walk, before, loaded, walk.json(*OPTIONS, as_="model-owner-1")


def test_without_plans_present_practice_is_called_a_stand_in(told):
    """Beating last year's count is not beating the force's own planners."""
    _, before, _, _ = told
    assert before["present_practice"] == {"name": "last-year", "stand_in": True}
    assert any("stand" in w.lower() for w in before["warnings"])
    assert "past-plans" not in before["methods"]


def test_plans_are_taken_in_as_places_in_order(told):
    """A plan is a ranked list of places, so that it can be cut to a budget."""
    _, _, loaded, _ = told
    assert (loaded["read"], loaded["added"], loaded["quarantined"]) == (120, 120, 0)


def test_with_plans_they_are_present_practice(told):
    """Now the method has to beat what was really done."""
    _, _, _, after = told
    assert after["present_practice"] == {"name": "past-plans", "stand_in": False}
    assert set(after["methods"]["past-plans"]) == {"0.01", "0.02", "0.05"}
    assert after["methods"]["past-plans"]["0.05"]["hit_rate"]["value"] is not None
    assert not any("stand-in" in w for w in after["warnings"])


def test_in_words_the_race_names_present_practice(told):
    """The table that people read says what the method was measured against."""
    walk: Walk = told[0]
    out = walk.run(*OPTIONS, as_="model-owner-1").ok().out
    assert "Present practice: past-plans." in out
    assert "past-plans" in out.split("5% of the area")[1]
