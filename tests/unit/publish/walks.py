"""A walk through the made-up town, for the report's tests; figures invented but of the right form."""

from __future__ import annotations

from functools import cache

import numpy as np

from peelian.publish.walk import Walk
from peelian.synth import Town, make_town


@cache
def _town() -> Town:
    return make_town(plant=False)


def town_walk(n_cells: int = 57, *, synthetic: bool = True) -> Walk:
    """Give a whole walk on the made-up town."""
    town = _town()
    at = town.ground.house_m[town.burglaries.house]
    places, first, counts = np.unique((at // 150).astype(int), axis=0, return_index=True, return_counts=True)
    best = np.argsort(-counts, kind="stable")[:n_cells]
    streets = [town.ground.street_name[town.ground.house_street[town.burglaries.house[i]]] for i in first[best]]
    return Walk(
        force="Northmere Police",
        made_at="2026-11-22 09:00 UTC",
        synthetic=synthetic,
        permission={
            "title": "Patrol places",
            "what": "Suggests streets to walk to prevent burglary. It never scores a person.",
            "mandate": "hotspots-burglary",
            "owner": "Head of neighbourhood policing",
            "approver": "Northmere Policing Board, vote of 2 October 2026",
            "lawful_basis": "Data Protection Act 2018, section 35(2)(b)",
            "starts_on": "2026-10-05",
            "ends_on": "2027-03-03",
            "phase": "pilot",
            "uses": ["month", "place", "offence"],
            "never_uses": ["people", "ethnicity", "drugs", "stop and search"],
            "fallback": "Walk last year's map and what the neighbourhood team knows.",
        },
        source={
            "title": "Incidents of the made-up town",
            "publisher": "Peelian",
            "licence": "Apache-2.0",
            "file_sha256": "3c601f5ee847a41f56581808529e6080ceafef32006003ada3a1be6f0e35c298",
            "read": 7471,
            "kept": 7435,
            "duplicate": 8,
            "quarantined": 28,
            "reasons": {"no-point": 7, "far-away": 6},
            "dropped_columns": {"Victim Name": 7471, "Officer Note": 7471},
        },
        forecast={
            "finding": "01KAN0000000000000000000AA",
            "offence": "burglary",
            "month": "November 2026",
            "cell_m": 150,
            "cells_in_area": 1141,
            "budget": 0.05,
            "area_name": "Northmere",
            "rings": [[(x, y) for x, y in town.ground.outline.exterior.coords]],
            "cells": [
                {
                    "cell": f"c150-{places[i][0]}-{places[i][1]}",
                    "place": street,
                    "expected": counts[i] / 36,
                    "low": counts[i] / 52,
                    "high": counts[i] / 25,
                    "why": [
                        {"label": "Oct 2026", "amount": counts[i] / 90},
                        {"label": "Sep 2026", "amount": counts[i] / 110},
                        {"label": "earlier months", "amount": counts[i] / 120},
                        {"label": "places near by", "amount": counts[i] / 200, "kind": "nearby"},
                    ],
                }
                for i, street in zip(best, streets, strict=True)
            ],
        },
        test={
            "months": "November 2025 to October 2026",
            "registered_at_entry": 41,
            "scores": [
                score
                for budget, k in ((0.01, 0.36), (0.05, 1.0))
                for score in (
                    {"method": "hotspots", "own": True, "budget": budget, "hit_rate": 0.368 * k, "low": 0.34 * k,
                     "high": 0.395 * k, "pai": 7.4, "pei": 0.88, "share_of_hindsight": 0.96},
                    {"method": "last-year", "budget": budget, "hit_rate": 0.331 * k, "low": 0.30 * k,
                     "high": 0.36 * k, "pai": 6.6, "pei": 0.79, "share_of_hindsight": 0.86},
                    {"method": "kde", "budget": budget, "hit_rate": 0.345 * k, "low": 0.32 * k, "high": 0.37 * k},
                    {"method": "hindsight", "budget": budget, "hit_rate": 0.385 * k},
                )
            ],
            "feedback": "No. Fed with its own patrols' arrests for a year it chose the same places as before.",
            "warnings": ["Synthetic data: these figures say nothing about any real place."],
        },
        steps=[
            {"what": "Made a deployment with the charter of the example force.", "command": "peelian init demo",
             "entry": 0},
            {"what": "Read the incidents.", "command": "peelian ingest incidents incidents.csv --in demo", "entry": 7},
        ],
        stopped=[
            {
                "asked": "A map of where drugs offences will be found",
                "code": "police-initiated-offence",
                "reasons": ["Red line 3: no forecasting from offences that police activity itself discovers."],
                "owner": "Nobody in the force: a red line changes only by a published ruling of the panel.",
                "do": "Ask for an offence that the public reports.",
            }
        ],
        record={
            "checkpoint": "northmere.example/ledger\n57\nq8Zl0r1c4K0f0mM2X0pV1cB8bH9m7b1a5w2e6d3f4g8=\n\n- sig",
            "size": 57,
            "root": "abc9",
            "verify": "peelian ledger verify demo/ledger",
            "witnesses": [],
        },
        to_break=["peelian analyse hotspots --offence drugs --in demo"],
        falls_short=["No ethnicity table is loaded, so the burden by group is not measured."],
    )  # fmt: skip
