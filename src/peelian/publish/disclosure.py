"""What a report may tell of single places: a forecast's parts are past incidents at one spot.

Made-up data and data that the publisher has put before the world already may be shown month by month. Anything else
is coarsened: the parts of a cell are summed into its own past and the rest, and figures lose their second digit, so
that nobody reads off a page in which month somebody on this street was a victim.
"""

from __future__ import annotations

from collections.abc import Sequence

from peelian.publish.walk import Cell, Part, Walk


def may_show_months(walk: Walk) -> bool:
    """Say whether parts may be shown one by one: only for made-up and for open data."""
    return bool(walk.get("synthetic") or walk.get("source", {}).get("open_data"))


def disclosed_cells(walk: Walk) -> list[Cell]:
    """Return the forecast's cells as this report may show them, best first."""
    cells = [cell.copy() for cell in walk.get("forecast", {}).get("cells", ())]
    if may_show_months(walk):
        return cells
    for cell in cells:
        cell["why"] = coarse_parts(cell.get("why", ()))
        for name in ("expected", "low", "high"):
            if name in cell:
                cell[name] = round(cell[name], 1)
    return cells


def coarse_parts(parts: Sequence[Part]) -> list[Part]:
    """Sum parts into two, the place's own past and the rest, so that no month can be read off."""
    here = sum(p["amount"] for p in parts if p.get("kind", "here") == "here")
    rest = sum(p["amount"] for p in parts if p.get("kind", "here") != "here")
    return [
        {"label": "earlier reports here, all months", "amount": round(here, 1), "kind": "here"},
        {"label": "places near by and the whole area", "amount": round(rest, 1), "kind": "nearby"},
    ]


def disclosure_note(walk: Walk) -> str:
    """Say in one sentence what was held back, or why nothing was."""
    if walk.get("synthetic"):
        return "Nothing is held back here, since nobody in these data exists."
    if may_show_months(walk):
        return (
            "The reasons are shown month by month, since the publisher has already published these incidents, "
            "with places moved to map points."
        )
    return (
        "Reasons are summed and figures rounded to one digit, so that nobody can read off this page when an offence "
        "was reported at one place."
    )
