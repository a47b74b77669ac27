"""Groups: gangs, county lines with children who run for them, crews of thieves, frauds that share a payee.

A child who runs for a county line is above all a victim. The crime system says suspect; the truth says victim.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from peelian.synth.city.codes import CONV, CONVICTED, MO_AT, OFFENCE, STORY, SUSP, USED, VICT, WITN
from peelian.synth.city.everyday import DAY, outcomes, recording_delay
from peelian.synth.city.log import Log, parties, together
from peelian.synth.city.streams import Ints
from peelian.synth.city.world import World

MEMBER_PARTS = ("leader", "member", "runner", "holder", "mule")
LEADER, MEMBER, RUNNER, HOLDER, MULE = range(5)

KINDS = ("gang", "county-line", "vehicle-theft", "phone-theft", "plant-theft", "fraud")
_RATIO = {"gang": 1.0, "county-line": 1.0, "vehicle-theft": 0.5, "phone-theft": 0.5, "plant-theft": 0.34, "fraud": 0.5}
_SIZES = {"gang": (8, 18), "county-line": (2, 4), "vehicle-theft": (3, 6), "phone-theft": (3, 7),
          "plant-theft": (3, 5), "fraud": (1, 3)}  # fmt: skip
_AGES = {"gang": (15, 29), "county-line": (22, 40), "vehicle-theft": (19, 45), "phone-theft": (16, 26),
         "plant-theft": (22, 55), "fraud": (20, 45)}  # fmt: skip

_DOES: dict[str, tuple[tuple[str, float], ...]] = {
    "gang": (("VIOL", 0.3), ("ROBB", 0.25), ("DRUG-SUP", 0.15), ("WEAP", 0.12), ("HARM", 0.08), ("PUBORD", 0.1)),
    "county-line": (("DRUG-SUP", 0.6), ("DRUG-POSS", 0.2), ("VIOL", 0.12), ("WEAP", 0.08)),
    "vehicle-theft": (("TOMV", 0.75), ("TFV", 0.25)),
    "phone-theft": (("THEFT-PER", 0.7), ("ROBB", 0.3)),
    "plant-theft": (("TPLANT", 0.8), ("BURG-OTH", 0.2)),
    "fraud": (("FRAUD", 1.0),),
}
_WAY = {
    "vehicle-theft": ("KEY", "REL", "VKEY"),
    "phone-theft": ("", "MPD", "PHN"),
    "plant-theft": ("FNC", "VAN", "PLT"),
    "gang": ("", "KNF", ""),
    "county-line": ("", "", ""),
    "fraud": ("", "DIS", "CASH"),
}
CRIMES_EACH = {"gang": 45, "county-line": 22, "vehicle-theft": 30, "phone-theft": 40, "plant-theft": 14, "fraud": 12}


@dataclass(frozen=True)
class Groups:
    """Groups and who belongs to them.

    Parameters
    ----------
    kind : ndarray of int, shape (n_groups,)
        Position in :data:`KINDS`.
    ward : ndarray of int
        Where a group is at home.
    group, person, part : ndarray of int
        Membership, in parallel, in order of group.
    held_group, held_dwelling, held_tenant, held_from, held_until : ndarray of int
        Cuckooed addresses: which line took over whose dwelling, from day to day.
    vehicles : ndarray of int, shape (n_groups, 2)
        What its members drive, -1 for none.
    """

    kind: Ints
    ward: Ints
    group: Ints
    person: Ints
    part: Ints
    held_group: Ints
    held_dwelling: Ints
    held_tenant: Ints
    held_from: Ints
    held_until: Ints
    vehicles: Ints

    def members(self, group: int, *parts: int) -> Ints:
        """Return a group's members, of some parts or all."""
        low, high = np.searchsorted(self.group, [group, group + 1])
        who = self.person[low:high]
        return who[np.isin(self.part[low:high], parts)] if parts else who


def form_groups(world: World) -> Groups:
    """Form the groups; nobody is in two, but for children who run and were in trouble before."""
    rng = world.stream("groups")
    age, wards = world.people.age, len(world.layout.ward_start) - 1
    ward_of = world.layout.ground.house_district[world.people.home]
    kinds = np.concatenate([
        np.full(max(1, round(world.size.gangs * _RATIO[k])), at) for at, k in enumerate(KINDS)
    ])  # fmt: skip
    ward = rng.integers(0, wards, len(kinds))
    by_ward = np.argsort(ward_of, kind="stable")
    starts = np.searchsorted(ward_of[by_ward], np.arange(wards + 1))
    taken: set[int] = set()
    rows: list[tuple[int, int, int]] = []
    held: list[tuple[int, int, int, int, int]] = []
    for group, (kind, w) in enumerate(zip(kinds.tolist(), ward.tolist(), strict=True)):
        here = by_ward[starts[w] : starts[w + 1]]
        rows += _core(world, group, KINDS[kind], here, age, taken, rng)
        if KINDS[kind] == "county-line":
            rows += [
                (group, who, RUNNER) for who in _take(here[(age[here] > 13.2) & (age[here] < 17.8)], 5, taken, rng)
            ]
            held += _cuckoo(world, group, here, taken, rng)
    rows += [(g, tenant, HOLDER) for g, _, tenant, _, _ in held]
    rows.sort()
    of, person, part = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    homes, dwellings, tenants, first, until = np.array(held, dtype=np.int64).reshape(-1, 5).T
    vehicles = _vehicles(world, len(kinds), of, person, rng)
    return Groups(kinds, ward, of, person, part, homes, dwellings, tenants, first, until, vehicles)


def _core(
    world: World, group: int, kind: str, here: Ints, age: np.ndarray, taken: set[int], rng: np.random.Generator
) -> list[tuple[int, int, int]]:
    low, high = _AGES[kind]
    fit = here[(age[here] > low) & (age[here] < high) & (~world.people.female[here] | (rng.random(len(here)) < 0.12))]
    n = int(rng.integers(_SIZES[kind][0], _SIZES[kind][1] + 1))
    ordinary = MULE if kind == "fraud" else MEMBER
    return [(group, who, LEADER if k == 0 else ordinary) for k, who in enumerate(_take(fit, n, taken, rng))]


def _take(some: Ints, n: int, taken: set[int], rng: np.random.Generator) -> list[int]:
    free = [w for w in rng.permutation(some)[: 3 * n + 10].tolist() if w not in taken][:n]
    taken.update(free)
    return free


def _cuckoo(
    world: World, group: int, here: Ints, taken: set[int], rng: np.random.Generator
) -> list[tuple[int, int, int, int, int]]:
    """Choose people who live alone, whose homes a line takes over for a while."""
    homes = world.people.home[here]
    alone = here[(world.home_start[homes + 1] - world.home_start[homes] == 1) & (world.people.age[here] > 28)]
    alone = alone[world.people.moved_to[alone] < 0]
    out = []
    for who in _take(alone, int(rng.integers(1, 4)), taken, rng):
        first = int(rng.integers(30, world.calendar.n_days - 60))
        until = min(first + int(rng.integers(30, 240)), world.calendar.n_days - 1)
        out.append((group, int(world.people.home[who]), who, first, until))
    return out


def _vehicles(world: World, n_groups: int, group: Ints, person: Ints, rng: np.random.Generator) -> Ints:
    """Give each group two vehicles: its members' own, or others lent to it."""
    table = rng.integers(0, world.vehicles.n, (n_groups, 2))
    own = world.vehicle_of[person]
    for g in range(n_groups):
        theirs = own[(group == g) & (own >= 0)][:2]
        table[g, : len(theirs)] = theirs
    return table


def group_crimes(world: World, groups: Groups) -> Log:
    """Draw what the groups did, as far as it was recorded."""
    return together([_crimes_of(world, groups, g) for g in range(len(groups.kind))])


def _crimes_of(world: World, groups: Groups, group: int) -> Log:
    kind = KINDS[groups.kind[group]]
    rng = world.stream("group", str(group))
    n = 2 + int(rng.poisson(CRIMES_EACH[kind]))
    event = np.arange(n)
    names, shares = zip(*_DOES[kind], strict=True)
    offence = np.array([OFFENCE[c] for c in names])[rng.choice(len(names), n, p=np.array(shares) / sum(shares))]
    end = world.calendar.draw_minutes(rng, n, "day" if kind in {"fraud", "phone-theft"} else "night")
    dwelling = _place(world, groups, group, kind, end // DAY, rng)
    known = rng.random(n) < (0.1 if kind == "fraud" else 0.5)
    outcome = outcomes(rng, known, end, world.calendar.minutes)
    columns = {
        "offence": offence, "dwelling": dwelling, "start": np.maximum(end - rng.integers(0, 180, n), 0), "end": end,
        "recorded": end + recording_delay(rng, n), "outcome": outcome,
        **{slot: np.where(rng.random(n) < 0.75, MO_AT[c], 0)
           for slot, c in zip(("mo_in", "mo_with", "mo_for"), _WAY[kind], strict=True)},
        "story": np.full(n, STORY[kind]), "story_ref": np.full(n, group), "note": _notes(kind, offence, group),
    }  # fmt: skip
    people = parties(
        (event, _victims(world, kind, offence, dwelling, rng), VICT),
        *_suspects(groups, group, event, known, outcome, rng),
        (event[::4], world.anybody(rng, len(event[::4])), WITN),
    )
    drives = np.flatnonzero(rng.random(n) < (0.05 if kind == "fraud" else 0.35))
    return Log(columns, people, parties((drives, groups.vehicles[group, rng.integers(0, 2, len(drives))], USED)))


def _notes(kind: str, offence: Ints, group: int) -> Ints:
    """Return what ties offences together: a firearm used twice by a gang, a payee shared by frauds; 0 for nothing."""
    if kind == "fraud":
        return np.full(len(offence), 2 * (group + 1))
    grave = np.flatnonzero(np.isin(offence, (OFFENCE["HARM"], OFFENCE["WEAP"], OFFENCE["VIOL"])))
    notes = np.zeros(len(offence), dtype=np.int64)
    if kind == "gang" and len(grave) >= 2:
        notes[grave[[0, -1]]] = 2 * group + 1
    return notes


def _place(world: World, groups: Groups, group: int, kind: str, day: Ints, rng: np.random.Generator) -> Ints:
    n = len(day)
    local = world.layout.draw_in_wards(rng, np.full(n, groups.ward[group]))
    far = rng.integers(0, world.layout.n, n)
    if kind == "county-line":
        held = np.flatnonzero(groups.held_group == group)
        if len(held):
            at = held[rng.integers(0, len(held), n)]
            inside = (day >= groups.held_from[at]) & (day <= groups.held_until[at])
            return np.where(inside, groups.held_dwelling[at], local)
    return np.where(rng.random(n) < (0.7 if kind == "gang" else 0.35), local, far)


def _victims(world: World, kind: str, offence: Ints, dwelling: Ints, rng: np.random.Generator) -> Ints:
    n = len(offence)
    if kind == "plant-theft":
        return -2 - rng.integers(0, world.firms.n, n)
    if kind == "fraud":
        return world.anybody(rng, n, 55, 95)
    if kind == "vehicle-theft":
        return world.resident(rng, dwelling)
    nobody = np.isin(offence, [OFFENCE[c] for c in ("DRUG-SUP", "DRUG-POSS", "WEAP")])
    return np.where(nobody, -1, world.anybody(rng, n, 14, 40))


def _suspects(
    groups: Groups, group: int, event: Ints, known: np.ndarray, outcome: Ints, rng: np.random.Generator
) -> list[tuple[Ints, Ints, int]]:
    """Name one to three members; those of a line's children and tenants as often as anybody."""
    pool = groups.members(group)
    out = []
    for k, share in enumerate((1.0, 0.55, 0.2)):
        some = known & (rng.random(len(event)) < share)
        who = pool[rng.integers(0, len(pool), len(event))]
        convicted = some & (outcome == CONVICTED) & (k == 0)
        rest = some & ~convicted
        out += [(event[convicted], who[convicted], CONV), (event[rest], who[rest], SUSP)]
    return out
