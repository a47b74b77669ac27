"""Write an assessment for people: Markdown with every figure, whose tables are the twins of the picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any


def assessment_markdown(result: Mapping[str, Any], *, title: str = "Assessment of the hotspots method") -> str:
    """Write an assessment as Markdown, warnings first.

    Parameters
    ----------
    result : mapping
        What :func:`peelian.assess.assess_hotspots` returned.
    title : str
        First heading.
    """
    parts = [
        f"# {title}",
        _verdict(result),
        "## What to hold against these figures",
        _bullets([w["what"] + (f" ({w['count']:,})" if w["count"] > 1 else "") for w in result["warnings"]]),
        "## What was tested",
        _tested(result),
        "## How often recorded crime fell into the chosen places",
        "Value and 95 % interval (paired block bootstrap over months). Share of hindsight: see below.",
        *(_budget_table(result, budget) for budget in _budgets(result)),
        _glossary(),
        "## Differences in hit rate, the method less the other",
        _differences(result["differences"]),
        "## Calibration",
        _calibration(result["calibration"]),
        "## Feedback",
        _feedback(result["feedback"]),
        "## Exposure by group",
        _exposure(result["exposure"]),
        "## Month by month",
        _origins(result),
    ]
    return "\n\n".join(parts) + "\n"


def _verdict(result: Mapping[str, Any]) -> str:
    verdict = result["verdict"]
    word = "**It may be mandated**" if verdict["may_be_mandated"] else "**It may not be mandated**"
    why = "; ".join(verdict["reasons"]) or "no registered reason speaks against it"
    budgets = ", ".join(f"{b:.1%}" for b in verdict["clearly_better_at"]) or "no budget"
    practice = result["methods"][verdict["present_practice"]]["title"]
    return f"{word}: {why}.\nClearly better than {practice} at {budgets} of the area. Feedback: {verdict['feedback']}."


def _tested(result: Mapping[str, Any]) -> str:
    plan, design = result["registration"], result["design"]
    return _bullets(
        [
            f"Offences: {', '.join(plan['offences'])}. Months: {plan['months'][0]} to {plan['months'][-1]}, each from "
            f"strictly earlier data, reporting lag {plan['lag_months']} months.",
            f"Area: {design['area_km2']:,} km2 in {design['cells']:,} cells of {design['cell_m']:g} m, "
            f"grid `{design['grid_hash'][:16]}`, frozen.",
            f"Incidents: {design['incidents_tested']:,.0f} tested, {design['incidents_in_all']:,.0f} in all, "
            f"from {design['first_month']}.",
            f"Registered before the run: {'`' + result['registered'] + '`' if result['registered'] else 'no'}.",
        ]
    )


def _budgets(result: Mapping[str, Any]) -> list[str]:
    return list(next(iter(result["methods"].values()))["budgets"])


def _budget_table(result: Mapping[str, Any], budget: str) -> str:
    rows = []
    for method in result["methods"].values():
        at = method["budgets"][budget]
        figures = [at["hit_rate"], at["pai"], at["pei"], at["share_of_hindsight"]]
        log_score = f"{method['log_score']['value']:.3f}" if method["log_score"] else ""
        rows.append([method["title"], _percent(figures[0]), *(_plain(f) for f in figures[1:]), log_score])
    head = ["", "hit rate", "PAI", "PEI", "share of hindsight", "log score"]
    return f"### At {float(budget):.1%} of the area\n\n" + _table(head, rows)


def _glossary() -> str:
    return _bullets(
        [
            "Hit rate: recorded incidents in the chosen cells, of all in the area.",
            "PAI: hit rate over the share of the area chosen. It grows as cells shrink where points are snapped: "
            "compare only at equal cells.",
            "PEI: PAI over the oracle's, who knows the month.",
            "Share of hindsight: hit rate over that of a rate known from all other months, before and after. It is a "
            "mark, not a strict bound; the two-sided one is harder.",
            "Log score: mean log of the probability given to the places where it happened, over an even spread.",
        ]
    )


def _differences(rows: Sequence[Mapping[str, Any]]) -> str:
    body = [[r["against"], f"{r['budget']:.1%}", _points(r), "clear" if r["clear"] else "may be noise"] for r in rows]
    return _table(["against", "budget", "points, 95 % interval", "after Bonferroni"], body)


def _calibration(calibration: Mapping[str, Any]) -> str:
    rows = [
        [
            str(d["decile"]),
            f"{d['cells']:,}",
            f"{d['expected']:,.0f}",
            f"{d['observed']:,.0f} ({d['observed_low']:,.0f} to {d['observed_high']:,.0f})",
            f"{d['ratio']:.3f}",
        ]
        for d in [*calibration["deciles"], {"decile": "all", "cells": 0, **calibration["total"]}]
    ]
    coverage = calibration["coverage"]
    note = (
        f"Each tenth was expected to hold a tenth of the incidents, lowest places first. "
        f"The published interval of a chosen cell's count held in {coverage['held']:.1%} of {coverage['cells']:,} "
        f"cases (promised: at least {coverage['promised']:.0%}; counts are whole, so small ones hold more often)."
    )
    return note + "\n\n" + _table(["tenth", "cells", "expected", "recorded (95 %)", "recorded / expected"], rows)


def _feedback(feedback: Mapping[str, Any]) -> str:
    rows = [
        [
            f"{r['discovered_share']:.0%}",
            f"{r['share']:.3f} (sd {r['sd']:.3f})",
            f"{r['above_four_fifths']:.0%}",
            f"{r['concentration']:.2f}",
            "runs away" if r["runaway"] else "stable",
        ]
        for r in feedback["loop"]
    ]
    plain, corrected = feedback["urn"]
    note = (
        f"Made-up towns, synthetic: the method sends patrols for three years and learns from what is recorded. True "
        f"share of the first half .55. Judged at {feedback['discovered_share']:.0%} of crime discovered by patrols: "
        f"**{feedback['verdict']}**. "
        f"The auditor's own check, Ensign's urn: share {plain['share']:.3f} sd {plain['sd']:.3f}, "
        f"{plain['above_four_fifths']:.0%} of runs above .8; corrected {corrected['share']:.3f} "
        f"sd {corrected['sd']:.3f}."
    )
    head = ["discovered by patrols", "forecast share of first half", "towns above .8", "concentration", ""]
    return note + "\n\n" + _table(head, rows)


def _exposure(views: Sequence[Mapping[str, Any]]) -> str:
    if not views:
        return "Not measured: no equality table was opened."
    return "\n\n".join(_exposure_view(v) for v in views)


def _exposure_view(view: Mapping[str, Any]) -> str:
    when = "in the tested months" if view["months"] == "test" else "of earlier months, under the last plan"
    rows = [
        [g["group"], f"{g['stops']:,}", f"{g['inside']:,}", _percent({"value": g["share"], **g}), _ratio(g)]
        for g in [view["all"], *view["groups"]]
    ]
    note = (
        f"{view['column']}: stops {when} inside the places chosen at {view['budget']:.1%} of the area. Counts under "
        f"{view['rules']['suppress_below']} are withheld ({view['suppressed']} groups), others rounded to "
        f"{view['rules']['round_to']}."
    )
    return note + "\n\n" + _table(["group", "stops", "inside", "share inside", "over everyone's"], rows)


def _origins(result: Mapping[str, Any]) -> str:
    rows = [
        [o["month"], f"{o['incidents']:,.0f}", f"{o['expected']:,.0f}", *(f"{h:,.0f}" for h in o["hits"])]
        for o in result["origins"]
    ]
    return _table(["month", "recorded", "expected", *(f"hits at {float(b):.1%}" for b in _budgets(result))], rows)


def _percent(figure: Mapping[str, float | None]) -> str:
    return _figure(figure, lambda v: f"{100 * v:.1f}", " %")


def _plain(figure: Mapping[str, float | None]) -> str:
    return _figure(figure, lambda v: f"{v:.3g}")


def _points(figure: Mapping[str, float | None]) -> str:
    return _figure(figure, lambda v: f"{100 * v:+.2f}")


def _figure(figure: Mapping[str, float | None], write: Callable[[float], str], unit: str = "") -> str:
    """Write a value and its bounds, or that there is none."""
    value, low, high = (figure[k] for k in ("value", "low", "high"))
    if value is None or low is None or high is None:
        return "none: nothing to divide by"
    return f"{write(value)}{unit} ({write(low)} to {write(high)})"


def _ratio(group: Mapping[str, Any]) -> str:
    return (
        ""
        if group["ratio"] is None
        else f"{group['ratio']:.2f} ({group['ratio_low']:.2f} to {group['ratio_high']:.2f})"
    )


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"* {line}" for line in lines)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in lines)
