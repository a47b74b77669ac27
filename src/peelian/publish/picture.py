"""Pictures as SVG, drawn here: a map of forecast cells, and bars with ranges. Each has a table twin on its page.

Nothing rests on colour alone: cells differ by pattern and carry their rank, bars carry their figures.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from peelian.publish.html import Markup, join, tag

WIDTH = 400.0  # units of the view box; text of 10 units stays readable on a telephone
MARGIN = 14.0
LETTERS = "11.5"  # units; said in the picture, so that the page around it cannot blow them up
BAR_LETTERS = "13.5"  # bars leave room for larger ones, and are shown at two thirds of their size on a telephone
SMALLEST_CELL = 3.2  # a cell of a large area is drawn at least this wide, else nobody could find it
NUMBERED = 20

Ring = Sequence[Sequence[float]]
Box = tuple[float, float, float, float]

_CELL = re.compile(r"^c(?P<side>\d+(?:\.\d+)?)-(?P<column>-?\d+)-(?P<row>-?\d+)$")


def corner_of(cell: str) -> tuple[float, float, float]:
    """Read easting, northing (lower left corner) and side out of a cell's name, metres: ``c150-135-1012``."""
    parts = _CELL.match(cell)
    assert parts, "a cell is named by its side, column and row"
    side = float(parts["side"])
    return int(parts["column"]) * side, int(parts["row"]) * side, side


@dataclass(frozen=True)
class Frame:
    """Turns metres into units of the view box; north is up."""

    west: float
    north: float
    scale: float
    height: float

    def at(self, easting: float, northing: float) -> tuple[float, float]:
        """Return the place in the view box, rounded to a hundredth."""
        return (
            round(MARGIN + (easting - self.west) * self.scale, 2),
            round(MARGIN + (self.north - northing) * self.scale, 2),
        )


def frame_around(rings: Sequence[Ring]) -> Frame:
    """Fit the rings into the picture's width."""
    xs = [p[0] for ring in rings for p in ring]
    ys = [p[1] for ring in rings for p in ring]
    scale = (WIDTH - 2 * MARGIN) / max(max(xs) - min(xs), 1.0)
    tall = (max(ys) - min(ys)) * scale
    return Frame(min(xs), max(ys), scale, tall + 2 * MARGIN + 22)


def map_of_cells(rings: Sequence[Ring], cells: Sequence[Mapping[str, object]], *, title: str, about: str) -> Markup:
    """Draw the study area and the chosen cells, best first.

    Parameters
    ----------
    rings : sequence of rings, each a sequence of (easting, northing)
        The study area's outlines, metres.
    cells : sequence of mappings
        ``cell`` (its name) and ``expected``, in order of rank.
    title, about : str
        Name and description for people who listen instead of look.
    """
    frame = frame_around(rings)
    outline = " ".join(_ring_path(frame, ring) for ring in rings)
    squares = [_square(frame, str(c["cell"])) for c in cells]
    thirds = [_third(i, len(cells)) for i in range(len(cells))]
    return tag(
        "svg",
        tag("title", title, id="map-title"),
        tag("desc", about, id="map-about"),
        _patterns(),
        tag("path", d=outline, fill="#f4f5f2", stroke="#16202a", stroke_width="1.2", fill_rule="evenodd"),
        [
            tag("rect", x=x, y=y, width=w, height=w, fill=f"url(#third-{third})", stroke="#16202a", stroke_width="0.6")
            for (x, y, w), third in zip(squares, thirds, strict=True)
        ],
        _numbers(squares, frame.height),
        scale_bar(frame),
        viewBox=f"0 0 {WIDTH:.0f} {frame.height:.0f}",
        font_size=LETTERS,
        role="img",
        aria_labelledby="map-title map-about",
        xmlns="http://www.w3.org/2000/svg",
    )


def _ring_path(frame: Frame, ring: Ring) -> str:
    points = [frame.at(p[0], p[1]) for p in ring]
    return "M" + "L".join(f"{x} {y}" for x, y in points) + "Z"


def _square(frame: Frame, cell: str) -> tuple[float, float, float]:
    """Return left, top and width in the view box, never too small to see."""
    easting, northing, side = corner_of(cell)
    x, y = frame.at(easting, northing + side)
    wide = max(side * frame.scale, SMALLEST_CELL)
    grown = (wide - side * frame.scale) / 2
    return round(x - grown, 2), round(y - grown, 2), round(wide, 2)


def _third(rank: int, n: int) -> int:
    return min(3 * rank // max(n, 1), 2)


def _patterns() -> Markup:
    """Three fillings that differ in form: crossed lines, slanted lines, dots."""
    slant = tag("path", d="M0 4L4 0M-1 1L1 -1M3 5L5 3", stroke="#1f5c46", stroke_width="1")
    back = tag("path", d="M0 0L4 4M-1 3L1 5M3 -1L5 1", stroke="#1f5c46", stroke_width="1")
    dot = tag("circle", cx="2", cy="2", r="0.8", fill="#1f5c46")
    fillings = (join(slant, back), slant, dot)
    grounds = ("#9fc9b5", "#cfe3d9", "#eef5f1")
    return tag("defs", [
        tag("pattern", tag("rect", width="4", height="4", fill=ground), filling,
            id=f"third-{i}", width="4", height="4", patternUnits="userSpaceOnUse")
        for i, (filling, ground) in enumerate(zip(fillings, grounds, strict=True))
    ])  # fmt: skip


def _numbers(squares: Sequence[tuple[float, float, float]], height: float) -> list[Markup]:
    """Write the rank beside each cell, where no other number stands; a thin line leads to it."""
    taken: list[Box] = [(x, y, x + w, y + w) for x, y, w in squares]
    out = []
    for rank, (x, y, w) in enumerate(squares[:NUMBERED], start=1):
        place = free_place(x + w / 2, y + w / 2, 7 * len(str(rank)), height, taken)
        if place is None:
            continue
        left, top, right, bottom = place
        taken.append(place)
        middle = ((left + right) / 2, (top + bottom) / 2)
        out.append(tag("line", x1=round(x + w / 2, 1), y1=round(y + w / 2, 1), x2=round(middle[0], 1),
                       y2=round(middle[1], 1), stroke="#16202a", stroke_width="0.5"))  # fmt: skip
        out.append(tag("text", rank, x=round(left, 1), y=round(bottom - 1.5, 1), class_="halo"))
    return out


def free_place(x: float, y: float, wide: float, height: float, taken: Sequence[Box], tall: float = 11.0) -> Box | None:
    """Find the nearest free spot for a number, looking around in widening circles."""
    turns = ((1, 0), (0, -1), (-1, 0), (0, 1), (0.7, -0.7), (-0.7, -0.7), (-0.7, 0.7), (0.7, 0.7))
    for far in (9, 12, 15, 18, 22, 26, 31, 37):
        for dx, dy in turns:
            left, top = x + dx * far - wide / 2, y + dy * far - tall / 2
            box = (left, top, left + wide, top + tall)
            inside = left > 1 and top > 1 and box[2] < WIDTH - 1 and box[3] < height - 20
            if inside and not any(_overlap(box, other) for other in taken):
                return box
    return None


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def scale_bar(frame: Frame) -> Markup:
    """Draw a bar of a round length, and say where north is."""
    lengths = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
    metres = max((n for n in lengths if n * frame.scale <= WIDTH / 3), default=lengths[0])
    y, wide = frame.height - 8, metres * frame.scale
    label = f"{metres // 1000} km" if metres >= 1000 else f"{metres} m"
    return join(
        tag("line", x1=MARGIN, y1=y, x2=round(MARGIN + wide, 1), y2=y, stroke="#16202a", stroke_width="2"),
        tag("text", label, x=round(MARGIN + wide + 5, 1), y=y + 3.5),
        tag("text", "North is up", x=WIDTH - MARGIN, y=y + 3.5, text_anchor="end"),
    )


@dataclass(frozen=True)
class Bar:
    """One bar: a share between 0 and 1, its range, and how to draw it."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    own: bool = False  # the tool the page is about


def bars_with_ranges(bars: Sequence[Bar], *, title: str, about: str, number: int = 0) -> Markup:
    """Draw one bar below the other, label above, figure at the end, range as a line with stops.

    Parameters
    ----------
    bars : sequence of Bar
    title, about : str
        Name and description for people who listen instead of look.
    number : int
        Tells this picture's names from those of others on the page.
    """
    top = max([*(b.high or b.value for b in bars), 0.01]) * 1.02
    per_share = (WIDTH - 2 * MARGIN - 42) / top
    slanted = tag(
        "pattern",
        tag("rect", width="5", height="5", fill="#fff"),
        tag("path", d="M0 5L5 0M-1 1L1 -1M4 6L6 4", stroke="#4d5761", stroke_width="1"),
        id=f"slanted-{number}",
        width="5",
        height="5",
        patternUnits="userSpaceOnUse",
    )
    return tag(
        "svg",
        tag("title", title, id=f"bars-title-{number}"),
        tag("desc", about, id=f"bars-about-{number}"),
        tag("defs", slanted),
        [_bar(b, 8 + 36 * i, per_share, f"url(#slanted-{number})") for i, b in enumerate(bars)],
        viewBox=f"0 0 {WIDTH:.0f} {16 + 36 * len(bars)}",
        font_size=BAR_LETTERS,
        role="img",
        aria_labelledby=f"bars-title-{number} bars-about-{number}",
        xmlns="http://www.w3.org/2000/svg",
    )


def _bar(bar: Bar, y: float, per_share: float, slanted: str) -> Markup:
    wide = bar.value * per_share
    fill = "#1f5c46" if bar.own else slanted
    end = MARGIN + max(wide, (bar.high or 0.0) * per_share)
    return join(
        tag("text", bar.label, x=MARGIN, y=y + 9, font_weight="700" if bar.own else None),
        tag("rect", x=MARGIN, y=y + 15, width=round(wide, 1), height=13, fill=fill, stroke="#16202a"),
        _range(bar, y, per_share),
        tag("text", percent(bar.value), x=round(end + 5, 1), y=y + 25, font_weight="700"),
    )


def _range(bar: Bar, y: float, per_share: float) -> Markup | None:
    """Draw the range as a line with stops, on a white line so that it shows on any filling."""
    if bar.low is None or bar.high is None:
        return None
    low, high = (round(MARGIN + v * per_share, 1) for v in (bar.low, bar.high))
    path = f"M{low} {y + 17}V{y + 26}M{low} {y + 21.5}H{high}M{high} {y + 17}V{y + 26}"
    return join(
        tag("path", d=path, stroke="#fff", stroke_width="4", fill="none"),
        tag("path", d=path, stroke="#b25c00", stroke_width="1.8", fill="none"),
    )


def percent(share: float) -> str:
    """Write a share as a percentage with one digit."""
    return f"{100 * share:.1f} %"
