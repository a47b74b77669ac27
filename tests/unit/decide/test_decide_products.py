"""What leaves the building: whole in every row, safe to open, in the form that the standard asks for."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import shapely

from peelian.core.errors import InvalidError
from peelian.decide.products import CSV_COLUMNS, Copy, PlannedPlace, Product, check_code, plan_csv, plan_geojson
from peelian.decide.products import read_recipient as recipient

AT = datetime(2026, 11, 27, 18, tzinfo=UTC)
PLACES = (
    PlannedPlace(1, "Mill Road, by Kiln Lane", "c150-135-1012", 20250.0, 151800.0, 150.0, "both", 0.9, 0.6, 1.3),
    PlannedPlace(2, '=HYPERLINK("http://x")', "c150-136-1012", 20400.0, 151800.0, 150.0, "own"),
)
PLAN = Product(
    "H-2026-1127-03", "Northmere Police", "Patrol places", "Friday 27 November, 18:00 to 02:00", ("burglary",),
    "2026-11", PLACES, "officer-1", "mix", "hotspots", AT + timedelta(days=90), "12 in 100", "@walk as before", AT,
    AT + timedelta(hours=8), True,
)  # fmt: skip
COPY = Copy(PLAN.reference, 2, "csv", "NE21", AT, "01J")
RINGS = {
    "c150-135-1012": [(-8.0, 51.0), (-8.0, 51.01), (-7.99, 51.01), (-7.99, 51.0)],
    "c150-136-1012": [(-7.99, 51.0), (-7.98, 51.0), (-7.98, 51.01), (-7.99, 51.01), (-7.99, 51.0)],
}


def rows():
    """Read the CSV back."""
    return list(csv.DictReader(io.StringIO(plan_csv(PLAN, COPY).decode())))


def test_every_row_says_what_it_is_for_whom_and_until_when():
    """A row cut out and passed on must still say that it expires."""
    for row in rows():
        assert set(row) == set(CSV_COLUMNS)
        assert row["expires_at"] == "2026-11-28T02:00:00Z" and row["recipient"] == "NE21" and row["copy"] == "2"
        assert row["permission"] == "hotspots" and row["known_error"] and row["check_code"]


def test_no_cell_runs_as_a_formula():
    """A street's name comes from a file that somebody else wrote."""
    assert rows()[1]["place"].startswith("'=") and rows()[0]["if_the_tool_is_off"].startswith("'@")


def test_geojson_is_closed_counterclockwise_and_in_degrees():
    """RFC 7946, 3.1.6 and 4: other programs draw holes where rings turn the wrong way."""
    out = json.loads(plan_geojson(PLAN, COPY, RINGS))
    assert out["type"] == "FeatureCollection" and "crs" not in out
    assert out["bbox"] == [-8.0, 51.0, -7.98, 51.01]
    for feature in out["features"]:
        ring = shapely.LinearRing(feature["geometry"]["coordinates"][0])
        assert ring.is_ccw and ring.is_closed
        assert feature["properties"]["expires_at"] and feature["properties"]["plan"] == PLAN.reference
    assert [f["properties"]["whose_idea"] for f in out["features"]] == ["both", "own"]


def test_a_copy_for_somebody_else_has_another_code():
    """A lost copy can be told from all others, and a made-up one from the real ones."""
    codes = {check_code(PLAN, c) for c in (COPY, replace(COPY, number=3), replace(COPY, recipient="NE22"))}
    codes |= {check_code(replace(PLAN, places=PLACES[:1]), COPY), check_code(PLAN, replace(COPY, nonce="01K"))}
    assert len(codes) == 5
    assert check_code(PLAN, COPY) == check_code(PLAN, COPY)


@pytest.mark.parametrize("text", ["", "   ", "x" * 41, "=cmd", "a\nb;c", "Röhre <b>"])
def test_a_copy_is_for_a_call_sign_or_a_team(text):
    """A recipient is written on paper that lies about: no descriptions, no marks."""
    with pytest.raises(InvalidError) as error:
        recipient(text)
    assert error.value.code == "recipient-missing"
    assert recipient("  NE 21 ") == "NE 21"
