"""Hotspots: where incidents that the public reports are likely next month, with every cell's reasons."""

from peelian.analyse.hotspots.method import Hotspots
from peelian.analyse.hotspots.plan import HOTSPOTS, HotspotsMethod, run

__all__ = ["HOTSPOTS", "Hotspots", "HotspotsMethod", "run"]
