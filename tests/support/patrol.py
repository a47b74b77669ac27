"""A deployment with one forecast ready, and people at work who could plan from it; small, and its clock moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import shapely

from peelian.app.caller import Caller, Place
from peelian.app.patrol.areas import projected_geometry
from peelian.core.grid import Grid, polygon_from_geojson
from peelian.core.ids import new_ulid
from peelian.core.time import iso
from peelian.gate.entries import Act
from peelian.gate.view import View
from peelian.model.finding import Finding
from peelian.model.question import Question
from peelian.people.keyring import HeldSession, OneSession
from tests.support.gate import OPEN_LABEL, Built, build, burglaries

EPSG, CELL_M = 27700, 500.0
PERIODS = ["2026-10", "2026-09"]
PLANNING = "op-patrol-planning"
DECISION = {"choice": "tool", "reason": "fits", "words": "They fit what we know.", "wrong_if": "Nothing happens there."}


def grid_of(built: Built) -> Grid:
    """Lay the grid that the example's area has in this test."""
    area = built.charter.areas[built.charter.mandates["hotspots"].scope.area]
    return Grid.from_polygon(polygon_from_geojson(projected_geometry(area.geojson, EPSG)), CELL_M)


def rows_inside(built: Built, n: int = 60) -> list[dict[str, object]]:
    """Make burglaries on invented streets inside the area, in the months before the forecast's."""
    grid = grid_of(built)
    step = max(1, len(grid) // n)
    rows = burglaries(n)
    for i, row in enumerate(rows):
        cell = (i * step) % len(grid)
        middle = shapely.Point(*(float(c[0]) + CELL_M / 2 for c in grid.corner([cell])))
        row |= {"easting_m": middle.x, "northing_m": middle.y, "month": 12 * 2026 + 9 - i % 6}
    return rows


@contextmanager
def at_patrol(folder: Path) -> Iterator[Built]:
    """Give a deployment with a forecast for November 2026, at nine in the morning on the 23rd."""
    built = build(folder)
    built.plant({"s": rows_inside(built)})
    yield built
    built.gate.close()


def caller(built: Built, person: str, operation: str | None = PLANNING) -> Caller:
    """Return somebody at the door, with the one session that they hold, working on something."""
    credential = built.sign_in(person)
    if operation:
        built.gate.set_context(credential, operation)
    ends = built.clock.now().replace(year=2027)
    held = HeldSession(credential.session_id, person, built.deployment.id, ends, credential.key)
    place = Place(built.deployment.folder, built.deployment.folder / "no-keys", person, built.clock)
    return Caller(place, built.deployment, built.gate, OneSession(held))


def post_forecast(built: Built, n: int = 12) -> str:
    """Plant a forecast of n places as the gate would have kept it after the analyst's run; return its number."""
    analyst = caller(built, "analyst-1")
    question = Question("incident", ("offence", "month", "easting_m", "northing_m"))
    view = built.gate.view(analyst.credential, "hotspots", question)
    house, made_at = built.house, built.clock.now()
    kept = Finding(
        **_finding(built, view, n),
        id=new_ulid(built.clock),
        label_id=OPEN_LABEL.label_id,
        policy_hash=house.rulebook.policy_hash,
        made_at=iso(made_at),
    )
    body = {"actor": "analyst-1", "mandate": "hotspots", "finding": kept.id, "digest": kept.digest, "seq": kept.seq}
    house.recorder.record([Act("finding", "hotspots", view.purpose, "record", body | {"run": view.entry})])
    house.desk.add_finding(house.grant("write", "findings"), kept, made_at)
    return kept.id


def _finding(built: Built, view: View, n: int) -> dict[str, Any]:
    grid = grid_of(built)
    cells = [_cell(grid, i * (len(grid) // n), rank) for rank, i in enumerate(range(n), start=1)]
    hit = {"value": 0.09, "low": 0.06, "high": 0.11}
    return {
        "method": "hotspots",
        "code_hash": "0" * 64,
        "mandate": "hotspots",
        "purpose": view.purpose,
        "seq": view.seq,
        "question": {"incident": view.question.as_dict()},
        "rows_digest": view.rows_digest,
        "rows_read": view.rows_read,
        "parameters": {"cell_m": CELL_M, "offences": ["burglary"], "target_month": 12 * 2026 + 10},
        "seed": 0,
        "result": {
            "month": "2026-11",
            "periods": PERIODS,
            "base_rate": {"expected_total": 60.0},
            "grid": {"cell_m": CELL_M, "cells": len(grid), "area_km2": 30.0},
            "cells": cells,
        },
        "base_rate": {"expected_total": 60.0},
        "known_error": {"assessed": True, "budgets": {"0.01": {"hit_rate": hit}}},
        "phase": "production",
    }


def _cell(grid: Grid, at: int, rank: int) -> dict[str, Any]:
    expected = round(3.0 - 0.1 * rank, 2)
    parts = {"here": [round(expected - 0.3, 2), 0.1], "nearby": [0.1, 0.0], "anywhere": 0.1}
    return {"id": grid.ids[at], "rank": rank, "expected": expected, "low": 0.5, "high": 4.0} | parts | {
        "sentence": f"About {expected} expected here."
    }  # fmt: skip


def own_cells(built: Built, n: int = 3) -> list[str]:
    """Return places that somebody might mark."""
    return grid_of(built).ids[7 : 7 + n]
