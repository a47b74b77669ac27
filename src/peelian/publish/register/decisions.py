"""What a release about decisions says: so many of so many, with a likely range, worked out from rounded counts alone.

A share of rounded counts tells nothing that the counts do not tell. So anybody can work it out again, and nobody can
work a small group out of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peelian.core.stats import wilson_interval
from peelian.publish.disclosure_control import Limits, in_words

PLACES = ("alone", "tool", "together")
"""Shares of places; the others are shares of plans."""

HELD = "held back: beside the other figures it would tell of a small group"


def figures(table: Mapping[str, Any], limits: Limits) -> list[dict[str, Any]]:
    """Return every share that a release tells, in the release's order.

    Parameters
    ----------
    table : mapping
        ``rows`` (name, count or None below the limit), ``held`` (names of counts that were held back), ``shares``
        (name -> names of part and whole).

    Returns
    -------
    list of dict
        ``name part whole share low high told``: counts in words, share and range in whole hundredths or None.
    """
    counts = {str(name): value for name, value in table["rows"]}
    held = set(table["held"])
    return [_figure(str(name), str(part), str(whole), counts, held, limits) for name, part, whole in table["shares"]]


def _figure(
    name: str, part: str, whole: str, counts: Mapping[str, int | None], held: set[str], limits: Limits
) -> dict[str, Any]:
    words = {n: HELD if n in held else in_words(counts[n], limits) for n in (part, whole)}
    p, n = counts.get(part), counts.get(whole)
    told: dict[str, Any] = {"name": name, "part": words[part], "whole": words[whole]}
    if p is None or n is None:
        told |= {"share": None, "low": None, "high": None, "told": _told_without_share(words[part], words[whole])}
        return told
    low, high = (round(100 * end) for end in wilson_interval(p, n))
    share = round(100 * p / n)
    return told | {"share": share, "low": low, "high": high, "told": f"{words[part]} of {words[whole]}"}


def _told_without_share(part: str, whole: str) -> str:
    if whole == HELD or part == HELD:
        return HELD
    return f"{part} of {whole}" if whole.startswith("about") else f"{whole} in all"
