"""Past patrol plans: the practice that a method must beat."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.ingest import OPTIONS, read_files

FORCE = replace(OPTIONS, force="northmere")


def read_plan(text, options=FORCE):
    """Read one file of plans; give its rows and slices."""
    parts = read_files({"plans.csv": text.encode()}, "plans", options)
    return [row for p in parts if p.tables for row in p.tables["plan"].to_pylist()], parts


def test_a_plan_by_month_becomes_ranked_places():
    """Places in order of rank are what a budget is cut from."""
    rows, parts = read_plan("Plan,Month,Offence,Lon,Lat,Priority\nP1,2024-05,Burglary,-1.0,54.0,1\n")
    assert parts[0].slice_id == "plans/northmere/burglary/2024-05"
    assert {k: rows[0][k] for k in ("force", "offence", "month", "plan_ref", "rank")} == {
        "force": "northmere",
        "offence": "burglary",
        "month": 24292,
        "plan_ref": "P1",
        "rank": 1,
    }
    assert rows[0]["easting_m"] == pytest.approx(465_500, abs=500)


def test_a_plan_by_dates_belongs_to_the_month_of_its_middle_day():
    """Plans rarely begin on the first of a month."""
    rows, _ = read_plan(
        "Plan,From,To,Offence,Easting,Northing\n"
        "P1,2024-05-27,2024-06-20,Burglary,450000,460000\nP2,2024-05-27,,Burglary,450000,460000\n"
    )
    assert [r["month"] for r in rows] == [24292, 24293]  # slices come in order of month
    assert {r["plan_ref"]: r["month"] for r in rows} == {"P1": 24293, "P2": 24292}
    assert rows[0]["easting_m"] == 450_000.0


def test_a_plan_without_place_month_or_sense_is_set_aside():
    """A plan nobody can place on a map cannot be raced."""
    good = "".join(f"P,2024-05,Burglary,{450_000 + i},460000,{i + 1}\n" for i in range(20))
    bad = "P,2024-05,Burglary,,,1\nP,,Burglary,450000,460000,1\nP,2024-05,,450000,460000,1\n"
    bad += "P,2024-05,Burglary,450000,460000,0\n"
    _, parts = read_plan("Plan,Month,Offence,Easting,Northing,Rank\n" + good + bad)
    found = [(r["line"], r["reason"], r["column_name"]) for r in parts[-1].quarantine.to_pylist()]
    assert found == [
        (22, "required-empty", "Easting"),
        (23, "required-empty", "Month"),
        (24, "required-empty", "Offence"),
        (25, "not-a-number", "Rank"),
    ]


def test_a_plan_needs_a_force():
    """Practice belongs to somebody."""
    text = "Month,Offence,Easting,Northing\n2024-05,Burglary,450000,460000\n"
    assert read_plan(text, OPTIONS)[1][0].refused == "force-unknown"
    rows, _ = read_plan(text.replace("Month", "Force,Month").replace("\n2024", "\nNorthmere,2024"), OPTIONS)
    assert rows[0]["force"] == "northmere"


def test_plans_that_name_no_force_are_the_deployments_own():
    """A force's own plans seldom say whose they are; a column that does say goes first."""
    own = replace(OPTIONS, own_force="northmere")
    text = "Plan,Month,Offence,Lon,Lat,Priority\nP1,2024-05,Burglary,-1.0,54.0,1\n"
    assert read_plan(text, own)[0][0]["force"] == "northmere"
    named = text.replace("Priority\n", "Priority,Force\n").replace(",1\n", ",1,Southmere\n")
    assert read_plan(named, own)[0][0]["force"] == "southmere"
