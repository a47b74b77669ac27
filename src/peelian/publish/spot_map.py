"""A map of numbered places as SVG: a disc a place, larger where more is on record, streets below.

Works without scripts and prints in black and white; the number stands in the table beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from peelian.publish.html import Markup, tag
from peelian.publish.patrol_map import INK, OWN, Ground, draw_ground
from peelian.publish.picture import WIDTH, Ring, frame_around, scale_bar

SMALLEST_M = 600.0
"""A map shows at least so much ground, metres: a street that fills the picture is nowhere."""

MARGIN = 0.08
TALL = (0.55, 1.1)
"""How tall a map may be, in shares of its width."""


@dataclass(frozen=True)
class DrawnSpot:
    """One place: its number, easting and northing in metres, and how many records it stands for."""

    number: int
    at_m: tuple[float, float]
    count: int


def window_around(spots: Sequence[DrawnSpot]) -> tuple[float, float, float, float]:
    """Return west, south, east and north of what a map of some places shows, metres."""
    xs, ys = [s.at_m[0] for s in spots], [s.at_m[1] for s in spots]
    wide = max(max(xs) - min(xs), (max(ys) - min(ys)) / TALL[1], SMALLEST_M) * (1 + 2 * MARGIN)
    tall = max(max(ys) - min(ys), wide * TALL[0]) * (1 + MARGIN)
    x, y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    return x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2


def spot_map(ground: Ground, spots: Sequence[DrawnSpot], *, title: str, about: str) -> Markup:
    """Draw places on their ground.

    Parameters
    ----------
    title, about : str
        Name and description for people who listen instead of look.
    """
    west, south, east, north = window_around(spots)
    corners: Ring = [(west, south), (east, north)]
    frame = frame_around([corners])
    top = round(frame.height - 20, 1)
    below = tag("g", draw_ground(frame, ground), clip_path="url(#spots-clip)")
    most = max(s.count for s in spots)
    return tag(
        "svg",
        tag("title", title, id="spots-title"),
        tag("desc", about, id="spots-about"),
        tag("defs", tag("clipPath", tag("rect", x=0, y=0, width=f"{WIDTH:.0f}", height=top), id="spots-clip")),
        tag("rect", x=0, y=0, width=f"{WIDTH:.0f}", height=top, fill="#fbfbf9"),
        below,
        [_spot(frame.at(*s.at_m), s, most) for s in reversed(spots)],
        scale_bar(frame),
        viewBox=f"0 0 {WIDTH:.0f} {frame.height:.0f}",
        role="img",
        aria_labelledby="spots-title spots-about",
        xmlns="http://www.w3.org/2000/svg",
        class_="p-drawn",
        font_size="10",
        font_family="inherit",
    )


def _spot(at: tuple[float, float], spot: DrawnSpot, most: int) -> Markup:
    radius = round(6.0 + 4.0 * sqrt(spot.count / most), 1)
    disc = tag("circle", r=radius, fill="#fff", stroke=OWN, stroke_width="1.8")
    number = tag("text", spot.number, y=3.2, text_anchor="middle", font_size="9", font_weight="700", fill=INK)
    return tag("g", disc, number, transform=f"translate({at[0]} {at[1]})")
