"""From a method's result and an assessment's figures, as plain data, to the parts of a walk that a report shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from peelian.publish.walk import Cell, Forecast, Part, Score

MONTHS_SHOWN = 3
"""The months of a cell that counted most are named; the others are summed."""

_FIGURES = ("pai", "pei", "share_of_hindsight")


def forecast_from(
    result: Mapping[str, Any],
    *,
    budget: float,
    offence: str,
    rings: Sequence[Sequence[Sequence[float]]],
    area_name: str = "the area",
    places: Mapping[str, str] | None = None,
    finding: str = "",
) -> Forecast:
    """Take the cells of one budget out of a hotspots result.

    Parameters
    ----------
    result : mapping
        What the method handed back: ``month grid base_rate budgets periods cells``.
    budget : float
        One of the result's budgets, share of the area.
    offence : str
        Offence id.
    rings : sequence of rings
        The study area's outlines, easting and northing in metres.
    area_name : str
        The area's public name.
    places : mapping of str to str, optional
        Cell name -> a name people know, e.g. a street.
    finding : str
        The finding's id.
    """
    size = next(b["cells"] for b in result["budgets"] if b["budget"] == budget)
    names, periods = places or {}, [month_words(p) for p in result["periods"]]
    return Forecast(
        finding=finding,
        offence=offence,
        month=month_words(result["month"]),
        cell_m=result["grid"]["cell_m"],
        cells_in_area=result["grid"]["cells"],
        budget=budget,
        interval=result["base_rate"]["interval"],
        rings=rings,
        area_name=area_name,
        cells=[_cell(cell, periods, names) for cell in result["cells"][:size]],
    )


def month_words(month: str) -> str:
    """Write ``2026-10`` as ``Oct 2026``, ``2025-11..2026-10`` as ``Nov 2025 to Oct 2026``, anything else as it is."""
    try:
        return " to ".join(date.fromisoformat(f"{part}-01").strftime("%b %Y") for part in month.split(".."))
    except ValueError:
        return month


def _cell(cell: Mapping[str, Any], periods: Sequence[str], places: Mapping[str, str]) -> Cell:
    out = Cell(
        cell=cell["id"], expected=cell["expected"], low=cell["low"], high=cell["high"], why=_parts(cell, periods)
    )
    if cell["id"] in places:
        out["place"] = places[cell["id"]]
    return out


def _parts(cell: Mapping[str, Any], periods: Sequence[str]) -> list[Part]:
    """Name the months that counted most, sum the others; the parts add up to the cell's figure."""
    if "here" not in cell:
        return []
    order = sorted(range(len(periods)), key=lambda i: (-cell["here"][i], i))
    named, others = order[:MONTHS_SHOWN], order[MONTHS_SHOWN:]
    parts = [Part(label=periods[i], amount=cell["here"][i], kind="here") for i in named]
    parts.append(Part(label="other months", amount=sum(cell["here"][i] for i in others), kind="here"))
    parts.append(Part(label="places near by", amount=sum(cell["nearby"]), kind="nearby"))
    parts.append(Part(label="anywhere in the area", amount=cell["anywhere"], kind="anywhere"))
    return [p for p in parts if p["amount"]]


def scores_from(methods: Mapping[str, Any], *, own: str) -> list[Score]:
    """Take every contestant's figures at every budget out of an assessment's results.

    Parameters
    ----------
    methods : mapping
        ``{name: {"title", "budgets": {"0.01": {"hit_rate": {"value", "low", "high"}, "pai": ..., ...}}}}``.
    own : str
        The method the report is about.
    """
    return [
        _score(name, float(budget), figures, name == own)
        for name, method in methods.items()
        for budget, figures in method["budgets"].items()
    ]


def _score(name: str, budget: float, figures: Mapping[str, Any], own: bool) -> Score:
    hit = figures["hit_rate"]
    score = Score(method=name, budget=budget, hit_rate=hit["value"], own=own)
    if hit.get("low") is not None and hit.get("high") is not None:
        score |= {"low": hit["low"], "high": hit["high"]}
    for figure in _FIGURES:
        value = figures.get(figure, {}).get("value")
        if value is not None:
            score[figure] = value  # type: ignore[literal-required]
    return score


def exposure_words(views: Sequence[Mapping[str, Any]]) -> str:
    """Say which groups were stopped more often inside the chosen squares than everybody was; "" when nobody was.

    Parameters
    ----------
    views : sequence of mapping
        An assessment's ``exposure``: ``column all groups flagged``, one for each protected characteristic.
    """
    sentences = []
    for view in (v for v in views if v["all"]["stops"]):
        groups = [f"{g['group']} {g['share']:.0%} ({g['low']:.0%} to {g['high']:.0%})" for g in view["groups"]]
        text = f"By {view['column'].replace('_', ' ')}, share of stops that fell inside: everyone "
        text += f"{view['all']['share']:.0%}; {', '.join(groups) or 'no group is large enough to be told'}."
        text += f" More than others: {', '.join(view['flagged'])}." if view["flagged"] else ""
        sentences.append(text)
    return " ".join(sentences)
