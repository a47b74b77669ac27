"""Vehicles of a made-up city, their keepers, and the firms whose vans are among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from peelian.synth.city.calendar import Calendar
from peelian.synth.city.columns import Texts, glue, numbered, pick
from peelian.synth.city.layout import Layout
from peelian.synth.city.people import NOBODY, People
from peelian.synth.city.streams import Ints, chosen, stream
from peelian.synth.words import street_names

_FIRST = tuple(name.split()[0] for name in street_names(84))
_LETTERS = "ABCDEFGHJKLMNOPRSTUVWX"
_YEARS = tuple(f"{y:02d}" for y in (*range(4, 27), *range(54, 76)))
_FIRST_LETTER = "JTU"
_PLATES = len(_FIRST_LETTER) * len(_LETTERS) * len(_YEARS) * len(_LETTERS) ** 3

MODELS: tuple[tuple[str, str], ...] = (
    ("FORD", "FIESTA"), ("FORD", "FOCUS"), ("VAUXHALL", "CORSA"), ("VAUXHALL", "ASTRA"), ("VOLKSWAGEN", "GOLF"),
    ("VOLKSWAGEN", "POLO"), ("NISSAN", "QASHQAI"), ("NISSAN", "JUKE"), ("TOYOTA", "YARIS"), ("TOYOTA", "AURIS"),
    ("BMW", "1 SERIES"), ("BMW", "3 SERIES"), ("AUDI", "A3"), ("AUDI", "A4"), ("MERCEDES", "A CLASS"),
    ("HONDA", "CIVIC"), ("HONDA", "JAZZ"), ("KIA", "SPORTAGE"), ("HYUNDAI", "I10"), ("PEUGEOT", "208"),
    ("RENAULT", "CLIO"), ("SKODA", "OCTAVIA"), ("SEAT", "IBIZA"), ("FIAT", "500"), ("MINI", "COOPER"),
    ("LAND ROVER", "DISCOVERY"), ("YAMAHA", "NMAX"), ("FORD", "TRANSIT"), ("VAUXHALL", "VIVARO"),
    ("MERCEDES", "SPRINTER"),
)  # fmt: skip
COLOURS = "BLACK WHITE GREY SILVER BLUE RED GREEN YELLOW ORANGE BROWN".split()
_VANS = 3  # the last of MODELS
MOPED = 26

_TRADES = (
    "Stores", "Builders", "Plant Hire", "Motors", "Foods", "Electrical", "Logistics", "Scaffolding", "Cafe", "Pharmacy",
    "Convenience", "Flooring", "Phones", "Jewellers", "Supplies",
)  # fmt: skip


@dataclass(frozen=True)
class Firms:
    """Firms: where they are and what they are called."""

    dwelling: Ints
    trade: Ints
    name: Texts

    @property
    def n(self) -> int:
        """Return how many there are."""
        return len(self.dwelling)


@dataclass(frozen=True)
class Vehicles:
    """Vehicles. A keeper is a person's number, -1 for a firm's van (``firm``), ``sold_to`` from ``sold_on`` on."""

    keeper: Ints
    firm: Ints
    sold_to: Ints
    sold_on: Ints
    model: Ints
    colour: Ints

    @property
    def n(self) -> int:
        """Return how many there are."""
        return len(self.keeper)

    def keeper_on(self, vehicle: Ints, day: Ints) -> Ints:
        """Return who kept vehicles on a day."""
        sold = (self.sold_to[vehicle] >= 0) & (day >= self.sold_on[vehicle])
        return np.where(sold, self.sold_to[vehicle], self.keeper[vehicle])


def open_firms(seed: int, people: People, layout: Layout) -> Firms:
    """Open a firm for about sixty people, most of them near the middle."""
    rng = stream(seed, "firms")
    n = max(6, people.n // 60)
    middle = np.array(layout.ground.outline.centroid.coords[0])
    far = np.hypot(*(layout.ground.house_m - middle).T)
    dwelling = chosen(rng, np.exp(-far / far.mean()) + 0.1, n)
    trade = rng.integers(0, len(_TRADES), n)
    first, second = rng.integers(0, len(_FIRST), n), rng.integers(0, len(_FIRST), n)
    return Firms(
        dwelling, trade, glue(" ", pick(_FIRST, first), "&", pick(_FIRST, second), pick(_TRADES, trade), "Ltd")
    )


def register_vehicles(seed: int, people: People, firms: Firms, calendar: Calendar) -> Vehicles:
    """Give half of the grown-ups a vehicle and every second firm a van; some are sold on."""
    rng = stream(seed, "vehicles")
    age = people.age
    keeper = np.flatnonzero((age > 19) & (age < 85) & (rng.random(people.n) < 0.5))
    vans = np.flatnonzero(rng.random(firms.n) < 0.5)
    n, private = len(keeper) + len(vans), len(keeper)
    model = rng.integers(0, len(MODELS) - _VANS, n)
    model[private:] = len(MODELS) - 1 - rng.integers(0, _VANS, len(vans))
    sold = np.where(rng.random(n) < 0.08, rng.choice(keeper, n), NOBODY)
    sold[private:] = NOBODY
    return Vehicles(
        keeper=np.concatenate([keeper, np.full(len(vans), NOBODY)]),
        firm=np.concatenate([np.full(private, NOBODY), vans]),
        sold_to=sold,
        sold_on=rng.integers(10, calendar.n_days, n),
        model=model,
        colour=chosen(rng, np.array([22, 18, 17, 14, 14, 8, 2, 1, 1, 1.0]), n),
    )


def plate_text(vehicle: Ints) -> Texts:
    """Write plates by vehicle number: each its own, of a form that is issued to nobody (first letter J, T or U)."""
    at = (np.asarray(vehicle) * 7_368_787 + 1_234_567) % _PLATES
    parts = np.unravel_index(at, (len(_FIRST_LETTER), len(_LETTERS), len(_YEARS), *(len(_LETTERS),) * 3))
    tables = (_FIRST_LETTER, _LETTERS, _YEARS, _LETTERS, _LETTERS, _LETTERS)
    return glue("", *(pick(list(t), p) for t, p in zip(tables, parts, strict=True)))


def make_text(vehicles: Vehicles, vehicle: Ints) -> tuple[Texts, Texts, Texts]:
    """Write make, model and colour."""
    model = vehicles.model[vehicle]
    return (
        pick([m for m, _ in MODELS], model),
        pick([m for _, m in MODELS], model),
        pick(COLOURS, vehicles.colour[vehicle]),
    )


def payee_text(number: Ints) -> Texts:
    """Write bank accounts by number; sort codes beginning with 00 belong to no bank."""
    return glue(
        " ",
        glue("-", "00", numbered("", number // 90 % 90, 2), numbered("", number % 90, 2)),
        numbered("", (number * 48_271 + 11_111_111) % 99_999_989, 8),
    )
