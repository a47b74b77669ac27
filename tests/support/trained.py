"""Who of the example's people has passed which practice set, unless a test says otherwise."""

from __future__ import annotations

TRAINED = {
    "analyst-1": ("hotspots", "incident_person"),
    "neighbourhood-officer-1": ("hotspots", "incident_person"),
    "response-sergeant-1": ("hotspots", "incident_person"),
    "model-owner-1": ("hotspots", "stop_person", "stop_equality"),
    "data-protection-officer-1": ("stop_person",),
}
"""Analyst 2 has not: somebody has to be refused."""
