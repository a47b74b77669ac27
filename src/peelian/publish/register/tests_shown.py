"""A tool's test as the register may show it: shares in whole hundredths, counts under disclosure control.

A share to four digits of a known number of cases is a count; hundredths of some hundreds of cases are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peelian.model.finding import Assessment
from peelian.publish.disclosure_control import Limits, shown


def shown_test(assessment: Assessment, code_hash: str, limits: Limits) -> dict[str, Any]:
    """Return a tool's newest assessment, as public facts.

    Parameters
    ----------
    code_hash : str
        Of the code that is installed: a test of other code says nothing about this one.
    """
    results, plan = assessment.results, assessment.results["registration"]
    design, held = results["design"], results["calibration"]["coverage"]
    practice = results["present_practice"]
    return {
        "id": assessment.id,
        "digest": assessment.digest,
        "day": assessment.made_at[:10],
        "registered": assessment.registered,
        "registered_at_entry": assessment.registered_at_entry,
        "first_month": plan["months"][0],
        "last_month": plan["months"][-1],
        "offences": sorted(plan["offences"]),
        "area_km2": round(float(design["area_km2"]), 1),
        "squares": int(design["cells"]),
        "square_m": design["cell_m"],
        "cases": shown(round(design["incidents_tested"]), limits),
        "practice": practice["name"],
        "stand_in": practice["stand_in"],
        "scores": _scores(results["methods"], assessment.method),
        "clear": _clear(results["differences"], practice["name"]),
        "range_promised": _hundredths(held["promised"]),
        "range_held": _hundredths(held["held"]),
        "feedback": str(results["feedback"]["verdict"]),
        "feedback_up_to": _hundredths(results["feedback"].get("stable_up_to") or 0),
        "exposure": [_exposure(view) for view in results["exposure"]],
        "warnings": [w["what"] for w in results["warnings"]],
        "may_be_permitted": bool(results["verdict"]["may_be_mandated"]),
        "reasons": list(results["verdict"]["reasons"]),
        "of_this_code": assessment.code_hash == code_hash,
    }


def _hundredths(share: float) -> int:
    return int(100 * share + 0.5)


def _scores(methods: Mapping[str, Any], own: str) -> dict[str, list[dict[str, Any]]]:
    """Sort the contestants of each share of the area: the tool first, then the others, best first."""
    budgets = sorted({b for m in methods.values() for b in m["budgets"]}, key=float)
    table = {}
    for budget in budgets:
        rows: list[dict[str, Any]] = [
            {
                "method": name,
                "share": _hundredths(hit["value"]),
                "low": _hundredths(hit["low"] if hit.get("low") is not None else hit["value"]),
                "high": _hundredths(hit["high"] if hit.get("high") is not None else hit["value"]),
            }
            for name, method in methods.items()
            for hit in [method["budgets"][budget]["hit_rate"]]
        ]
        table[budget] = sorted(rows, key=lambda r: (r["method"] != own, -r["share"], r["method"]))
    return table


def _clear(differences: list[Mapping[str, Any]], practice: str) -> dict[str, str]:
    found = {}
    for row in differences:
        if row["against"] == practice:
            better = "better" if row["value"] > 0 else "worse"
            found[f"{row['budget']:g}"] = better if row["clear"] else "unclear"
    return found


def _exposure(view: Mapping[str, Any]) -> dict[str, Any]:
    """Return the share of stops inside the chosen places, by group; groups that are too small were left out before."""
    groups = [
        {
            "group": g["group"],
            "share": _hundredths(g["share"]),
            "low": _hundredths(g["low"]),
            "high": _hundredths(g["high"]),
        }
        for g in view["groups"]
    ]
    everyone = _hundredths(view["all"]["share"]) if view["all"]["stops"] else None
    return {"column": view["column"], "all": everyone, "groups": groups, "more": list(view["flagged"])}
