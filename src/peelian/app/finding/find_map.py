"""A map of what a chart rests on: places of the same selection, drawn on the deployment's own streets."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from peelian.app.caller import Caller
from peelian.app.finding.find_chart import Shown
from peelian.app.patrol.patrol_ground import public_lines
from peelian.find.spots import Spot, Spots, gather_spots
from peelian.publish.patrol_map import Ground
from peelian.publish.picture import Ring
from peelian.publish.spot_map import DrawnSpot, spot_map, window_around

Window = tuple[float, float, float, float]


@dataclass(frozen=True)
class DrawnMap:
    """Places, and their picture; none where no record says a place."""

    found: Spots
    picture: Markup

    @property
    def spots(self) -> tuple[Spot, ...]:
        """Return the places."""
        return self.found.spots


def draw_map(caller: Caller, shown: Shown) -> DrawnMap:
    """Draw where what a chart rests on happened; nothing is looked up for it."""
    found = gather_spots(shown.line)
    if not found.spots:
        return DrawnMap(found, Markup(""))
    drawn = [DrawnSpot(s.number, s.at_m, len(s.moments)) for s in found.spots]
    window = window_around(drawn)
    streets, parks = public_lines(caller)
    ground = Ground([], _inside(streets, window), _inside(parks, window))
    about = f"{len(drawn)} numbered places. The table below the picture says what is on record at each."
    # Made by peelian.publish.html alone, which escapes whatever is put into it.
    return DrawnMap(found, Markup(spot_map(ground, drawn, title="Map", about=about)))


def _inside(lines: list[list[list[float]]], window: Window) -> list[Ring]:
    west, south, east, north = window
    return [
        line
        for line in lines
        if min(p[0] for p in line) <= east
        and max(p[0] for p in line) >= west
        and min(p[1] for p in line) <= north
        and max(p[1] for p in line) >= south
    ]
