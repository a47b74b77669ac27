"""Draw an assessment: hit rates with their intervals, and calibration. SVG without script, fonts or colour alone.

The picture's twin is the tables of :mod:`peelian.assess.report`; its description says so to who cannot see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

WIDTH, LEFT, RIGHT = 860, 330, 40
ROW, HEAD = 22, 34
INK, LINE, METHOD, OTHER = "#0b0c0c", "#b1b4b6", "#1d70b8", "#505a5f"


def assessment_svg(result: Mapping[str, Any]) -> str:
    """Draw hit rates by budget and contestant, then calibration by tenths.

    Parameters
    ----------
    result : mapping
        What :func:`peelian.assess.assess_hotspots` returned.

    Returns
    -------
    str
        An SVG document with title and description.
    """
    methods = {k: v for k, v in result["methods"].items() if k != "oracle"}
    body, y = [], 10
    for budget in next(iter(methods.values()))["budgets"]:
        panel, y = _hit_rate_panel(methods, budget, result["registration"]["method"], y)
        body += panel
    panel, y = _calibration_panel(result["calibration"]["deciles"], y)
    body += panel
    return _document("\n".join(body), y, _description(result))


def _document(body: str, height: int, description: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title description" '
        f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="Arial, Helvetica, sans-serif" font-size="13">\n'
        f'<title id="title">How often recorded crime fell into the chosen places, and how well counts were foretold'
        f'</title>\n<desc id="description">{escape(description)}</desc>\n'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _description(result: Mapping[str, Any]) -> str:
    said = []
    for budget, at in result["methods"][result["registration"]["method"]]["budgets"].items():
        rate = at["hit_rate"]
        interval = f"{100 * rate['low']:.1f} to {100 * rate['high']:.1f}"
        said.append(f"at {float(budget):.1%} of the area {100 * rate['value']:.1f} % ({interval})")
    return "Hit rate of the method: " + "; ".join(said) + ". All figures are in the tables beside this picture."


def _hit_rate_panel(methods: Mapping[str, Any], budget: str, own: str, y: int) -> tuple[list[str], int]:
    found = {name: m["budgets"][budget]["hit_rate"] for name, m in methods.items()}
    rates = {name: r for name, r in found.items() if None not in r.values()}
    top = max((r["high"] for r in rates.values()), default=1.0) * 1.05 or 1.0
    out = [_text(10, y + 18, f"Hit rate at {float(budget):.1%} of the area, 95 % interval", weight="bold")]
    y += HEAD
    for name, rate in sorted(rates.items(), key=lambda item: -item[1]["value"]):
        out += _dot_row(methods[name]["title"].split(" (")[0], rate, top, y, own=name == own)
        y += ROW
    return out, y + 16


def _dot_row(label: str, rate: Mapping[str, float], top: float, y: int, *, own: bool) -> list[str]:
    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT - 60) * value / top

    middle, colour = y + ROW / 2, METHOD if own else OTHER
    shape = (
        f'<rect x="{x(rate["value"]) - 5:.1f}" y="{middle - 5:.1f}" width="10" height="10" fill="{colour}"/>'
        if own
        else f'<circle cx="{x(rate["value"]):.1f}" cy="{middle:.1f}" r="4.5" fill="{colour}"/>'
    )
    return [
        _text(LEFT - 12, middle + 4, label, anchor="end", weight="bold" if own else "normal"),
        _line(LEFT, middle, WIDTH - RIGHT - 60, middle, LINE, 0.5),
        _line(x(rate["low"]), middle, x(rate["high"]), middle, colour, 2),
        shape,
        _text(WIDTH - 10, middle + 4, f"{100 * rate['value']:.1f} %", anchor="end"),
    ]


def _calibration_panel(deciles: list[Mapping[str, Any]], y: int) -> tuple[list[str], int]:
    top = max(max(d["expected"], d["observed_high"]) for d in deciles) * 1.1
    height, base = 160, y + HEAD + 160
    step = (WIDTH - 120) / 10
    out = [
        _text(10, y + 18, "Expected (bar) and recorded (dot, 95 %), by tenth of places, lowest first", weight="bold")
    ]
    for i, d in enumerate(deciles):
        left, centre = 60 + i * step, 60 + i * step + step / 2
        out.append(
            f'<rect x="{left + 8:.1f}" y="{base - height * d["expected"] / top:.1f}" width="{step - 16:.1f}" '
            f'height="{height * d["expected"] / top:.1f}" fill="#eeefef" stroke="{OTHER}"/>'
        )
        low, high, seen = (base - height * d[k] / top for k in ("observed_low", "observed_high", "observed"))
        out.append(_line(centre, low, centre, high, METHOD, 2))
        out.append(f'<circle cx="{centre:.1f}" cy="{seen:.1f}" r="4.5" fill="{METHOD}"/>')
        out.append(_text(centre, base + 18, f"{d['decile']}", anchor="middle"))
        out.append(_text(centre, base + 34, f"{d['ratio']:.2f}", anchor="middle"))
    out.append(_line(60, base, WIDTH - 60, base, INK, 1))
    out.append(_text(10, base + 34, "ratio"))
    return out, base + 50


def _text(x: float, y: float, words: str, *, anchor: str = "start", weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{INK}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{escape(words)}</text>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"/>'
