"""Everyday offences of a made-up city: no story behind them, but places, hours, repeat victims and known suspects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from peelian.synth.city.codes import (
    CHARGED,
    CONV,
    CONVICTED,
    DAMAGED,
    MO_AT,
    NO_ACTION,
    NO_SUSPECT,
    NOT_SUPPORTED,
    OFFENCE,
    REPT,
    SEEN,
    SUSP,
    TAKEN,
    UNDER_WAY,
    USED,
    VICT,
    WITN,
)
from peelian.synth.city.log import Log, Parties, parties, together
from peelian.synth.city.streams import Bools, Floats, Ints, chosen
from peelian.synth.city.world import World
from peelian.synth.crime import draw_offences

DAY = 1440


@dataclass(frozen=True)
class Habit:
    """How one offence tends to go.

    Parameters
    ----------
    share : float
        Of the everyday offences.
    hours : str
        Profile of hours.
    where : str
        ``home`` (burglary's own ground), ``centre``, ``street``.
    near : float
        Offences bred by one, mean.
    known : float
        Share with a named suspect.
    victim : str
        ``resident``, ``young``, ``anybody``, ``firm``, ``old`` or ``nobody``.
    away_h : float
        Hours between the earliest and the latest time it can have happened, mean.
    mo : str
        Ways in, with what, for what; choices joined by a bar, slots by blanks.
    """

    share: float
    hours: str
    where: str
    near: float
    known: float
    victim: str
    away_h: float = 0.0
    mo: str = "- - -"


HABITS: dict[str, Habit] = {
    "BURG-DW": Habit(0.15, "any", "home", 0.25, 0.12, "resident", 6, "RDR|WIN|FDR|KEY JEM|BRK|SNP|HAND JWL|CASH|VKEY"),
    "BURG-OTH": Habit(0.05, "night", "street", 0.15, 0.12, "firm", 8, "RDR|ROOF|WIN JEM|BRK TLS|CASH|ELEC"),
    "ROBB": Habit(0.05, "evening", "centre", 0.08, 0.25, "young", 0, "- KNF|THR|HAND|MPD PHN|CASH|BAG"),
    "TFV": Habit(0.13, "night", "street", 0.18, 0.06, "owner", 7, "WIN|KEY BRK|REL|HAND TLS|BAG|ELEC|CAT"),
    "TOMV": Habit(0.05, "night", "street", 0.10, 0.10, "owner", 7, "KEY|FDR REL|LTR|HAND VKEY"),
    "THEFT-PER": Habit(0.05, "day", "centre", 0.05, 0.05, "anybody", 1, "- HAND|DIS|MPD PHN|BAG|CASH"),
    "SHOP": Habit(0.09, "day", "firm", 0.0, 0.45, "firm", 0, "- HAND|BAG FOOD|ELEC"),
    "VIOL": Habit(0.15, "evening", "mixed", 0.0, 0.62, "anybody", 0, "- HAND|BAT|KNF -"),
    "HARM": Habit(0.015, "evening", "mixed", 0.0, 0.7, "young", 0, "- KNF|BAT|HAND -"),
    "STALK": Habit(0.03, "any", "home", 0.0, 0.75, "anybody", 24),
    "DRUG-POSS": Habit(0.03, "evening", "centre", 0.0, 0.97, "nobody"),
    "DRUG-SUP": Habit(0.01, "any", "mixed", 0.0, 0.9, "nobody"),
    "WEAP": Habit(0.015, "evening", "centre", 0.0, 0.95, "nobody"),
    "PUBORD": Habit(0.05, "evening", "centre", 0.0, 0.5, "anybody"),
    "CDAM": Habit(0.08, "night", "mixed", 0.05, 0.15, "resident", 5),
    "FRAUD": Habit(0.03, "day", "home", 0.0, 0.05, "old", 48),
    "TPLANT": Habit(0.012, "night", "firm", 0.05, 0.08, "firm", 10, "FNC|KEY VAN|REL PLT|TLS"),
}


def everyday_crimes(world: World, n: int) -> Log:
    """Draw about n offences."""
    total = sum(h.share for h in HABITS.values())
    grounds = _grounds(world)
    risk = world.stream("risk").lognormal(0.0, 1.2, world.people.n)
    return together([_of_kind(world, code, h, n * h.share / total, grounds, risk) for code, h in HABITS.items()])


def _grounds(world: World) -> dict[str, Floats]:
    """Return each dwelling's share of offences by kind of ground; the place's own, whatever the seed."""
    ground = world.layout.ground
    rng = np.random.default_rng(20_260_304)
    wards = len(world.layout.ward_start) - 1
    centres = ground.house_m[rng.integers(0, world.layout.n, 4 * wards + 6)]
    reach = np.sqrt(ground.outline.area / wards) * 0.13
    bumps = np.exp(-(cKDTree(centres).query(ground.house_m)[0] ** 2) / (2 * reach**2)) * 4
    street = rng.gamma(2.0, 0.5, len(ground.street_name))[ground.house_street]
    home = ground.base_rate * (0.4 + bumps) * street * rng.gamma(1.5, 1 / 1.5, world.layout.n)
    middle = np.array(ground.outline.centroid.coords[0])
    far = ((ground.house_m - middle) ** 2).sum(axis=1) / (ground.outline.area / np.pi)
    ward_seat = np.array([ground.house_m[ground.house_district == w].mean(axis=0) for w in range(wards)])
    near_seat = ((ground.house_m - ward_seat[ground.house_district]) ** 2).sum(axis=1) / (2 * (reach * 1.3) ** 2)
    centre = np.exp(-far / 0.03) + 0.6 * np.exp(-near_seat) * ground.base_rate + 0.02
    return {
        "home": home / home.sum(),
        "centre": centre / centre.sum(),
        "street": (s := 0.5 * home / home.sum() + 0.5 * centre / centre.sum()) / s.sum(),
        "mixed": (m := 0.3 * home / home.sum() + 0.5 * centre / centre.sum() + 0.2 / len(home)) / m.sum(),
    }


def _of_kind(world: World, code: str, habit: Habit, n: float, grounds: dict[str, Floats], risk: Floats) -> Log:
    rng = world.stream("crime", code)
    dwelling, day = _where_and_when(world, habit, n, grounds, rng)
    count = len(day)
    end = day * DAY + world.calendar.draw_hours(rng, count, habit.hours)
    start = np.maximum(end - (rng.gamma(2.0, habit.away_h * 30, count)).astype(np.int64), 0) if habit.away_h else end
    known = rng.random(count) < habit.known
    victim, owned = _victims(world, habit, dwelling, risk, rng)
    dwelling = _at_victim(world, habit, dwelling, victim, rng)
    outcome = outcomes(rng, known, end, world.calendar.minutes)
    columns = {
        "offence": np.full(count, OFFENCE[code]),
        "dwelling": dwelling,
        "start": start,
        "end": end,
        "recorded": end + recording_delay(rng, count),
        "outcome": outcome,
        **draw_mo(rng, habit.mo, count),
    }
    people = _people(world, dwelling, known, victim, outcome, rng, habit)
    return Log(columns, people, _vehicles(world, code, owned, people, rng))


def _where_and_when(
    world: World, habit: Habit, n: float, grounds: dict[str, Floats], rng: np.random.Generator
) -> tuple[Ints, Ints]:
    if habit.where == "firm":
        day = rng.integers(0, world.calendar.n_days, rng.poisson(n))
        firm = chosen(rng, 1.0 / (1 + np.arange(world.firms.n) % 37), len(day))
        return world.firms.dwelling[firm], day
    drawn = draw_offences(
        world.layout.ground, grounds[habit.where], first=world.calendar.first, n_days=world.calendar.n_days,
        n_mean=n, near_repeat=habit.near, rng=rng,
    )  # fmt: skip
    return drawn.house, drawn.day.astype(np.int64)


def _victims(world: World, habit: Habit, dwelling: Ints, risk: Floats, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return who was wronged (-1 nobody, -2 and below a firm), and which vehicle, -1 for none."""
    n, none = len(dwelling), np.full(len(dwelling), -1)
    if habit.victim == "nobody":
        return none, none
    if habit.victim == "firm":
        return -2 - rng.integers(0, world.firms.n, n), none
    if habit.victim == "owner":
        vehicle = rng.integers(0, world.vehicles.n, n)
        return world.vehicles.keeper[vehicle], vehicle
    if habit.victim == "resident":
        return world.resident(rng, dwelling), none
    low, high = {"young": (13, 30), "old": (45, 95)}.get(habit.victim, (12, 90))
    drawn = world.anybody(rng, n, low, high)
    age = world.people.age
    often = chosen(rng, np.where((age >= low) & (age <= high), risk, 0.0), n)
    return np.where(rng.random(n) < 0.6, often, drawn), none


def _at_victim(world: World, habit: Habit, dwelling: Ints, victim: Ints, rng: np.random.Generator) -> Ints:
    """Put some of what happens to grown-ups at their own door, and what is stolen outside a home near its keeper."""
    if habit.victim not in {"anybody", "old", "owner"}:
        return dwelling
    at_home = (victim >= 0) & (rng.random(len(dwelling)) < {"old": 0.95, "owner": 0.15}.get(habit.victim, 0.2))
    return np.where(at_home, world.people.home[np.maximum(victim, 0)], dwelling)


def _people(
    world: World, dwelling: Ints, known: Bools, victim: Ints, outcome: Ints, rng: np.random.Generator, habit: Habit
) -> Parties:
    count = len(dwelling)
    event = np.arange(count)
    suspect = world.offender_near(rng, dwelling)
    second = np.flatnonzero(known & (rng.random(count) < 0.12))
    witness = np.flatnonzero(rng.random(count) < 0.22)
    reporter = np.flatnonzero(rng.random(count) < (0.25 if habit.victim == "firm" else 0.07))
    convicted = known & (outcome == CONVICTED)
    neighbour = world.resident(rng, dwelling[witness])
    return parties(
        (event, victim, VICT),
        (event[convicted], suspect[convicted], CONV),
        (event[known & ~convicted], suspect[known & ~convicted], SUSP),
        (second, world.offender_near(rng, dwelling[second]), SUSP),
        (witness, np.where(rng.random(len(witness)) < 0.5, neighbour, world.anybody(rng, len(witness))), WITN),
        (reporter, world.anybody(rng, len(reporter), 18), REPT),
    )


def _vehicles(world: World, code: str, owned: Ints, people: Parties, rng: np.random.Generator) -> Parties:
    suspects = people.where((people.part == SUSP) | (people.part == CONV))
    theirs = world.vehicle_of[suspects.who]
    used = (theirs >= 0) & (rng.random(len(theirs)) < 0.3)
    seen = np.flatnonzero(rng.random(len(owned)) < 0.04)
    return parties(
        (np.arange(len(owned)), owned, TAKEN if code == "TOMV" else DAMAGED),
        (suspects.event[used], theirs[used], USED),
        (seen, rng.integers(0, world.vehicles.n, len(seen)), SEEN),
    )


def outcomes(rng: np.random.Generator, known: Bools, end: Ints, minutes: int) -> Ints:
    """Draw how each offence was dealt with; nothing is concluded within six weeks of the history's end."""
    luck = rng.random(len(known))
    with_suspect = np.select(
        [luck < 0.18, luck < 0.34, luck < 0.56, luck < 0.66, luck < 0.74],
        [CONVICTED, CHARGED, NOT_SUPPORTED, NO_ACTION, 4], 5,
    )  # fmt: skip
    outcome = np.where(known, with_suspect, np.where(luck < 0.85, NO_SUSPECT, UNDER_WAY))
    return np.where(minutes - end < 45 * DAY, UNDER_WAY, outcome)


def recording_delay(rng: np.random.Generator, n: int) -> Ints:
    """Draw minutes from an offence to its record: hours mostly, days for some."""
    late = rng.random(n) < 0.1
    return (rng.exponential(240, n) + np.where(late, rng.exponential(4 * DAY, n), 0)).astype(np.int64) + 5


def draw_mo(rng: np.random.Generator, choices: str, n: int) -> dict[str, Ints]:
    """Draw how it was done: a way in, with what, for what; 0 for nothing noted."""
    columns = {}
    for slot, some in zip(("mo_in", "mo_with", "mo_for"), [*choices.split(), "-", "-", "-"], strict=False):
        codes = np.array([MO_AT.get(c, 0) for c in some.split("|")])
        drawn = codes[chosen(rng, 1.0 / (1 + np.arange(len(codes))), n)]
        columns[slot] = np.where(rng.random(n) < 0.2, 0, drawn)
    return columns
