"""Say why a place is on the list, in a sentence a sergeant would read and in a table that adds up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

_MONTHS = "January February March April May June July August September October November December".split()


def sentence(cell: Mapping[str, Any], periods: Sequence[str]) -> str:
    """Explain one cell of a result in plain words.

    Parameters
    ----------
    cell : mapping
        One of ``result["cells"]`` of :func:`peelian.analyse.hotspots.run`, with contributions.
    periods : sequence of str
        ``result["periods"]``.
    """
    year = sum(cell["recorded"][:12])
    most = max(range(len(periods)), key=lambda i: (cell["here"][i] + cell["nearby"][i], -i))
    share = 100 * (cell["here"][most] + cell["nearby"][most]) / cell["expected"] if cell["expected"] else 0
    nearby = 100 * sum(cell["nearby"]) / cell["expected"] if cell["expected"] else 0
    return (
        f"About {_count(cell['expected'])} expected here, {cell['times_average']:g} times the area's average; "
        f"most likely {_between(cell['count_low'], cell['count_high'])} will be recorded. "
        f"{_number(year)} recorded here in the last twelve months. "
        f"What counts most is {_period(periods[most])} ({share:.0f} %); places nearby add {nearby:.0f} %."
    )


def waterfall(cell: Mapping[str, Any], periods: Sequence[str]) -> list[dict[str, object]]:
    """Lay a cell's figure out as steps from nothing to what is expected.

    Returns
    -------
    list of dict
        ``step recorded here nearby adds upto``, exact decimals as text; the last ``upto`` is the expected count.
    """
    rows: list[dict[str, object]] = []
    upto = Decimal(0)
    for i, period in enumerate(periods):
        here, nearby = Decimal(str(cell["here"][i])), Decimal(str(cell["nearby"][i]))
        upto += here + nearby
        rows.append(_step(period, format(cell["recorded"][i], "g"), here, nearby, upto))
    anywhere = Decimal(str(cell["anywhere"]))
    rows.append(_step("anywhere in the area", "", Decimal(0), anywhere, upto + anywhere))
    return rows


def waterfall_markdown(cell: Mapping[str, Any], periods: Sequence[str]) -> str:
    """Write the waterfall as a Markdown table; periods that add nothing are left out."""
    head = ["| when | recorded here | adds, from here | adds, from nearby | so far |", "|---|---:|---:|---:|---:|"]
    rows = [
        f"| {r['step']} | {r['recorded']} | {r['here']} | {r['nearby']} | {r['upto']} |"
        for r in waterfall(cell, periods)
        if r["adds"] != "0"
    ]
    return "\n".join([*head, *rows, f"| **expected** | | | | **{cell['expected']}** |"])


def _step(step: str, recorded: str, here: Decimal, nearby: Decimal, upto: Decimal) -> dict[str, object]:
    def plain(value: Decimal) -> str:
        return format(value.normalize(), "f")

    return {
        "step": step,
        "recorded": recorded,
        "here": plain(here),
        "nearby": plain(nearby),
        "adds": plain(here + nearby),
        "upto": plain(upto),
    }


def _count(expected: float) -> str:
    return f"{expected:.1f}" if expected >= 0.1 else f"{expected:.2f}"


def _number(recorded: float) -> str:
    if recorded == 0:
        return "None was"
    return "One was" if recorded == 1 else f"{recorded:g} were"


def _between(low: int, high: int) -> str:
    if high == 0:
        return "none"
    return f"{low}" if low == high else f"{low} to {high}" if low else f"none to {high}"


def _period(period: str) -> str:
    if ".." in period:
        first, last = period.split("..")
        return f"{_period(first)} to {_period(last)}"
    year, month = period.split("-")
    return f"{_MONTHS[int(month) - 1]} {year}"
