"""Pictures of the register: where a tool may be used, and how it did. Each has a table beside it on its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from peelian.publish.picture import Bar, bars_with_ranges, map_of_cells
from peelian.publish.register.words import Words


def area_picture(area: Mapping[str, Any], name: str) -> Markup:
    """Draw the outline that a permission covers, with a scale."""
    about = f"The outline of {name}, about {area['km2']} square kilometres. The tool may be used inside it only."
    return Markup(map_of_cells(area["rings"], [], title=f"Map of {name}", about=about))  # our own drawing


def score_picture(rows: Sequence[Mapping[str, Any]], own: str, words: Words, number: int) -> Markup:
    """Draw what share of the test's cases fell inside, for each way of choosing places, with its range."""
    bars = [
        Bar(words.method(r["method"]), r["share"] / 100, r["low"] / 100, r["high"] / 100, r["method"] == own)
        for r in sorted(rows, key=lambda r: (-r["share"], r["method"]))
    ]
    about = "; ".join(f"{b.label}: {round(100 * b.value)} in 100" for b in bars)
    drawn = bars_with_ranges(bars, title="Share that fell inside the chosen places", about=about, number=number)
    return Markup(drawn.replace(".0 %<", " %<"))  # our own drawing; hundredths are all that is shown
