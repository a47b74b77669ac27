"""A map of a patrol plan as SVG: whose idea each place was, told by form first and colour second, streets below.

A ring is a person's place, a hatched square the tool's, a ringed hatched square both; each has a letter or number that
stands in the table beside it. Works without scripts, prints in black and white.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from peelian.publish.html import Markup, join, tag
from peelian.publish.picture import WIDTH, Box, Frame, Ring, corner_of, frame_around, free_place, scale_bar

INK, OWN, TOOL = "#16202a", "#8a3d00", "#1f5c46"
LABEL = 16.0
"""Height of a place's letter in units of the view box: 12 pixels where the map is 300 wide, on the smallest phones."""

NEAR_M = 700.0
"""What is shown around the places, metres."""


@dataclass(frozen=True)
class Drawn:
    """One place on the map: its cell, ``own``, ``tool``, ``both`` or ``plain``, and its letter or number."""

    cell: str
    kind: str
    label: str


@dataclass(frozen=True)
class Ground:
    """What lies below: outlines of the area, streets and parks, as rings and lines of projected metres."""

    rings: Sequence[Ring]
    streets: Sequence[Ring] = ()
    parks: Sequence[Ring] = ()


def patrol_map(
    ground: Ground, places: Sequence[Drawn], *, title: str, about: str, name: str, near: bool = False
) -> Markup:
    """Draw places on their ground.

    Parameters
    ----------
    title, about : str
        Name and description for people who listen instead of look.
    name : str
        Tells this picture's names from those of others on the page.
    near : bool
        Show the surroundings of the places only, instead of the whole area.
    """
    frame = frame_around([_window(places)] if near and places else ground.rings)
    top = frame.height - 20
    return tag(
        "svg",
        tag("title", title, id=f"{name}-title"),
        tag("desc", about, id=f"{name}-about"),
        _definitions(name, top),
        tag("g", draw_ground(frame, ground), [_symbol(frame, p, name) for p in places], clip_path=f"url(#{name}-clip)"),
        _labels(frame, places),
        scale_bar(frame),
        viewBox=f"0 0 {WIDTH:.0f} {frame.height:.0f}",
        role="img",
        aria_labelledby=f"{name}-title {name}-about",
        xmlns="http://www.w3.org/2000/svg",
        class_="p-drawn",
        font_size="10",
        font_family="inherit",
    )


def symbol(kind: str, name: str) -> Markup:
    """Draw one symbol by itself, for a legend or a table; the words beside it say what it is."""
    square = tag("rect", x=7, y=7, width=14, height=14, fill=f"url(#{name}-hatch)", stroke=TOOL, stroke_width="1.5")
    ring = tag("circle", cx=14, cy=14, r=12, fill="none", stroke=OWN, stroke_width="2.5")
    parts = {"own": [ring], "tool": [square], "both": [square, ring]}[kind]
    return tag(
        "svg", _hatch(name), parts, viewBox="0 0 28 28", width=28, height=28, aria_hidden="true", class_="p-symbol",
        focusable="false", xmlns="http://www.w3.org/2000/svg",
    )  # fmt: skip


def _window(places: Sequence[Drawn]) -> Ring:
    corners = [corner_of(p.cell) for p in places]
    west, east = min(x for x, _, _ in corners) - NEAR_M, max(x + side for x, _, side in corners) + NEAR_M
    south, north = min(y for _, y, _ in corners) - NEAR_M, max(y + side for _, y, side in corners) + NEAR_M
    # A strip would be drawn as a slit or a tower: the window is never far from square.
    middle, half = (south + north) / 2, max(north - south, 0.6 * (east - west)) / 2
    centre, reach = (west + east) / 2, max(east - west, 0.8 * 2 * half) / 2
    return [(centre - reach, middle - half), (centre + reach, middle + half)]


def _definitions(name: str, top: float) -> Markup:
    window = tag("rect", x=0, y=0, width=f"{WIDTH:.0f}", height=round(top, 1))
    return join(_hatch(name), tag("defs", tag("clipPath", window, id=f"{name}-clip")))


def _hatch(name: str) -> Markup:
    slant = tag("path", d="M0 4L4 0M-1 1L1 -1M3 5L5 3", stroke=TOOL, stroke_width="1.3")
    pattern = tag(
        "pattern", tag("rect", width="4", height="4", fill="#d8eae1"), slant, id=f"{name}-hatch", width="4", height="4",
        patternUnits="userSpaceOnUse",
    )  # fmt: skip
    return tag("defs", pattern)


def draw_ground(frame: Frame, ground: Ground) -> Markup:
    """Draw what lies below: the area, parks, streets."""
    return join(
        tag("path", d=_paths(frame, ground.rings, closed=True), fill="#f6f6f2", stroke=INK, stroke_width="1.2",
            fill_rule="evenodd"),
        tag("path", d=_paths(frame, ground.parks, closed=True), fill="#dfe9d5") if ground.parks else None,
        tag("path", d=_paths(frame, ground.streets), fill="none", stroke="#c3c6c1", stroke_width="1")
        if ground.streets else None,
    )  # fmt: skip


def _paths(frame: Frame, lines: Iterable[Ring], *, closed: bool = False) -> str:
    out = []
    for line in lines:
        points = (frame.at(p[0], p[1]) for p in line)
        out.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + ("Z" if closed else ""))
    return "".join(out)


def _box(frame: Frame, cell: str) -> tuple[float, float, float]:
    """Return left, top and side in the view box; never so small that a hatch cannot be told."""
    easting, northing, side = corner_of(cell)
    x, y = frame.at(easting, northing + side)
    wide = max(side * frame.scale, 9.0)
    grown = (wide - side * frame.scale) / 2
    return round(x - grown, 1), round(y - grown, 1), round(wide, 1)


def _symbol(frame: Frame, place: Drawn, name: str) -> Markup:
    x, y, wide = _box(frame, place.cell)
    middle = {"cx": round(x + wide / 2, 1), "cy": round(y + wide / 2, 1), "r": round(0.82 * wide, 1)}
    square = tag("rect", x=x, y=y, width=wide, height=wide, fill=f"url(#{name}-hatch)", stroke=TOOL, stroke_width="1.4")
    plain = tag("rect", x=x, y=y, width=wide, height=wide, fill="#fff", stroke=INK, stroke_width="1")
    rings = [
        tag("circle", **middle, fill="none", stroke="#fff", stroke_width="4.5"),
        tag("circle", **middle, fill="none", stroke=OWN, stroke_width="2.4"),
    ]
    return join({"own": rings, "tool": [square], "both": [square, *rings], "plain": [plain]}[place.kind])


def _labels(frame: Frame, places: Sequence[Drawn]) -> list[Markup]:
    """Write each place's letter or number beside it, where nothing else stands."""
    taken: list[Box] = []
    for place in places:
        x, y, wide = _box(frame, place.cell)
        reach = 0.4 * wide if place.kind in ("own", "both") else 0.0
        taken.append((x - reach, y - reach, x + wide + reach, y + wide + reach))
    return [text for place in places for text in _label(frame, place, taken)]


def _label(frame: Frame, place: Drawn, taken: list[Box]) -> list[Markup]:
    x, y, wide = _box(frame, place.cell)
    free = free_place(x + wide / 2, y + wide / 2, 0.7 * LABEL * len(place.label), frame.height, taken, LABEL)
    if free is None:
        return []
    taken.append(free)
    left, _, _, bottom = free
    return [tag("text", place.label, x=round(left, 1), y=round(bottom - 2.5, 1), font_size=f"{LABEL:.0f}",
                font_weight="700", fill=INK, paint_order="stroke", stroke="#fff", stroke_width="3",
                stroke_linejoin="round")]  # fmt: skip
