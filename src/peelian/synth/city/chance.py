"""What looks like something and is nothing: people known to everyone, common names, addresses and phones of many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from peelian.synth.city.streams import Ints
from peelian.synth.city.world import World


@dataclass(frozen=True)
class Chance:
    """Ordinary people who look suspicious by chance.

    Parameters
    ----------
    known_to_all : ndarray of int
        People who are victim or witness in dozens of events: a shopkeeper, a caretaker, a neighbour.
    hostels, hostel_phone : ndarray of int
        Dwellings whose address, and telephones whose number, many unrelated people give.
    drivers : ndarray of int
        Vehicles that deliver everywhere and so are near many scenes.
    """

    known_to_all: Ints
    hostels: Ints
    hostel_phone: Ints
    drivers: Ints


def plant_chance(world: World) -> Chance:
    """Choose them."""
    rng = world.stream("chance")
    n = max(2, world.people.n // 6_000)
    vans = np.flatnonzero(world.vehicles.firm >= 0)
    return Chance(
        known_to_all=world.anybody(rng, n, 25, 65),
        hostels=rng.integers(0, world.layout.n, n),
        hostel_phone=2 * world.people.n + 1000 + np.arange(n),
        drivers=rng.choice(vans, min(len(vans), max(2, world.vehicles.n // 2_000)), replace=False),
    )
