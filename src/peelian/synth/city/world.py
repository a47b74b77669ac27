"""A made-up city before anything happens: ground, people, vehicles, and who tends to offend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from peelian.synth.city.calendar import Calendar
from peelian.synth.city.layout import Layout, lay_out
from peelian.synth.city.people import NOBODY, People, settle
from peelian.synth.city.sizes import Size
from peelian.synth.city.streams import Floats, Ints, chosen, stream
from peelian.synth.city.vehicles import Firms, Vehicles, open_firms, register_vehicles

OFFENDING = 0.045
"""Share of people who offend now and then; a few of them often (log-normal)."""


@dataclass(frozen=True)
class World:
    """Everything that stays while life goes on.

    Parameters
    ----------
    by_home, home_start : ndarray of int
        People ordered by dwelling, and where each dwelling's begin, with the end appended.
    offenders : ndarray of int
        Who offends now and then, ordered by ward; ``offender_start`` says where each ward begins.
    often : ndarray of float
        How often each of them does, relative.
    vehicle_of : ndarray of int, shape (n_people,)
        A person's vehicle, -1 for none.
    """

    seed: int
    size: Size
    calendar: Calendar
    layout: Layout
    people: People
    firms: Firms
    vehicles: Vehicles
    by_home: Ints
    home_start: Ints
    offenders: Ints
    offender_start: Ints
    often: Floats
    vehicle_of: Ints

    def stream(self, *kind: str) -> np.random.Generator:
        """Return the random stream of a kind of thing."""
        return stream(self.seed, *kind)

    def resident(self, rng: np.random.Generator, dwelling: Ints) -> Ints:
        """Return somebody who lives in each dwelling, -1 where nobody does."""
        width = self.home_start[dwelling + 1] - self.home_start[dwelling]
        at = self.home_start[dwelling] + (rng.random(len(dwelling)) * width).astype(np.int64)
        return np.where(width > 0, self.by_home[np.minimum(at, len(self.by_home) - 1)], NOBODY)

    def anybody(self, rng: np.random.Generator, n: int, low: float = 16, high: float = 90) -> Ints:
        """Return n people between two ages, none for somebody of another age drawn by chance."""
        who = rng.integers(0, self.people.n, n)
        for _ in range(4):
            age = self.people.age[who]
            off = (age < low) | (age > high)
            who[off] = rng.integers(0, self.people.n, int(off.sum()))
        return who

    def offender_near(self, rng: np.random.Generator, dwelling: Ints, local: float = 0.65) -> Ints:
        """Return somebody who offends for each place: mostly from its ward, the frequent ones more often."""
        ward = self.layout.ground.house_district[dwelling]
        start, stop = self.offender_start[ward], self.offender_start[ward + 1]
        edges = np.concatenate([[0.0], np.cumsum(self.often)])
        there = (rng.random(len(ward)) < local) & (stop > start)
        low, high = np.where(there, edges[start], 0.0), np.where(there, edges[stop], edges[-1])
        at = np.searchsorted(edges, low + rng.random(len(ward)) * (high - low), side="right") - 1
        return self.offenders[np.minimum(at, len(self.offenders) - 1)]


def make_world(seed: int, size: Size, calendar: Calendar) -> World:
    """Build the place and fill it."""
    layout = lay_out(size)
    people = settle(seed, size, layout, calendar)
    firms = open_firms(seed, people, layout)
    vehicles = register_vehicles(seed, people, firms, calendar)
    by_home = np.argsort(people.home, kind="stable")
    home_start = np.searchsorted(people.home[by_home], np.arange(layout.n + 1))
    offenders, offender_start, often = _offenders(seed, people, layout)
    vehicle_of = np.full(people.n, -1)
    private = np.flatnonzero(vehicles.keeper >= 0)
    vehicle_of[vehicles.keeper[private]] = private
    return World(
        seed, size, calendar, layout, people, firms, vehicles, by_home, home_start, offenders, offender_start, often,
        vehicle_of,
    )  # fmt: skip


def _offenders(seed: int, people: People, layout: Layout) -> tuple[Ints, Ints, Floats]:
    rng = stream(seed, "offenders")
    age = people.age
    weight = np.where((age > 13) & (age < 55), np.exp(-np.abs(age - 21) / 12), 0.0) * np.where(people.female, 0.22, 1.0)
    who = np.unique(chosen(rng, weight, max(20, int(people.n * OFFENDING))))
    ward = layout.ground.house_district[people.home[who]]
    order = np.argsort(ward, kind="stable")
    wards = len(layout.ward_start) - 1
    return who[order], np.searchsorted(ward[order], np.arange(wards + 1)), rng.lognormal(0.0, 0.8, len(who))
