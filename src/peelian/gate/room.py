"""A room of the gate: calls about one thing that have a place of their own beside the door, on the same house."""

from __future__ import annotations

from peelian.gate.house import House


class Room:
    """One part of one deployment's gate.

    Parameters
    ----------
    house : House
        The opened deployment.
    """

    def __init__(self, house: House) -> None:
        self._house = house
