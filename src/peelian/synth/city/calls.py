"""Command and control: ``calls.csv``, ``call_people.csv``, ``call_vehicles.csv``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from peelian.synth.city.calendar import write_dates
from peelian.synth.city.codes import CALL_TYPES, OFFENCE, OFFENCES, SUSP, VICT, WITN
from peelian.synth.city.columns import Texts, numbered, numbers, pick
from peelian.synth.city.crime import places, vehicle_lines
from peelian.synth.city.export import DAY, Cut, Export, Mentions, Sheet, late_and_gone, write_csv
from peelian.synth.city.groups import RUNNER
from peelian.synth.city.life import Life, pen
from peelian.synth.city.log import Log, Parties, parties, together
from peelian.synth.city.streams import Ints, chosen, spread
from peelian.synth.city.telling import CALL, sentences, with_details
from peelian.synth.city.writing import Written

SYSTEM = "command_control"
PEN = pen(SYSTEM)
TYPES = tuple(CALL)
GRADES, RESULTS = tuple("IPSR"), ("CRIME", "ARR", "ADV", "NOTRACE", "REF", "DUP")
PARTS, VEHICLE_PARTS = ("CALLER", "VICTIM", "SUBJECT"), ("USED", "SEEN", "DAMAGED")
CALLER, VICTIM, SUBJECT = range(3)
_UNCALLED = [OFFENCE[c] for c in ("DRUG-POSS", "DRUG-SUP", "WEAP")]
_EVERYDAY = {
    "DOM": 6, "VIO": 5, "BURG": 2, "THEFT": 5, "VEH": 4, "DRUG": 4, "ASB": 16, "NOISE": 10, "WELF": 14, "MISP": 4,
    "SUSP": 9, "TRAF": 14, "ALRM": 6, "FRAUD": 2, "WEAP": 1,
}  # fmt: skip


def draw_calls(life: Life) -> Log:
    """Draw the calls: about crimes, about cuckooed addresses, and about everything else."""
    about = _about_crimes(life)
    held = _about_cuckooed(life)
    log = together([about, held, _everyday(life, max(life.world.size.calls - len(about) - len(held), 50))])
    log = log.where(log["opened"] < life.world.calendar.minutes)
    return life.twice(life.only_living(log, log["opened"] // DAY, SYSTEM), SYSTEM).in_order("opened")


def _about_crimes(life: Life) -> Log:
    rng, crimes = life.world.stream(SYSTEM, "crimes"), life.crimes
    about = (rng.random(len(crimes)) < 0.55) & ~np.isin(crimes["offence"], _UNCALLED)
    some = crimes.where(about)
    kinds = np.array([TYPES.index(CALL_TYPES[c]) for c in OFFENCES])
    people = some.people
    victim, witness, suspect = (people.where(people.part == p) for p in (VICT, WITN, SUSP))
    told = rng.random(len(suspect)) < 0.45
    calls_self = rng.random(len(victim)) < 0.7
    opened = np.minimum(some["end"] + rng.exponential(25, len(some)).astype(np.int64), some["recorded"])
    return Log(
        {"opened": opened, "kind": kinds[some["offence"]], "dwelling": some["dwelling"],
         "result": np.where(rng.random(len(some)) < 0.15, 1, 0)},
        parties(
            (victim.event[calls_self], victim.who[calls_self], CALLER),
            (witness.event, witness.who, CALLER),
            (victim.event[~calls_self], victim.who[~calls_self], VICTIM),
            (suspect.event[told], suspect.who[told], SUBJECT),
        ),
        Parties(some.vehicles.event, some.vehicles.who, np.minimum(some.vehicles.part, 1)),
    )  # fmt: skip


def _about_cuckooed(life: Life) -> Log:
    """Draw what neighbours of a cuckooed address ring about while it is held."""
    world, groups, rng = life.world, life.groups, life.world.stream(SYSTEM, "cuckooed")
    which, _ = spread(3 + rng.poisson(5, len(groups.held_dwelling)))
    n = len(which)
    day = groups.held_from[which] + (rng.random(n) * (groups.held_until - groups.held_from)[which]).astype(np.int64)
    dwelling = groups.held_dwelling[which]
    runners = groups.person[groups.part == RUNNER]
    seen = np.flatnonzero(rng.random(n) < 0.3) if len(runners) else np.zeros(0, dtype=np.int64)
    runner = runners[rng.integers(0, max(len(runners), 1), len(seen))] if len(runners) else seen
    near = np.minimum(dwelling + 1, world.layout.n - 1)
    return Log(
        {"opened": day * DAY + world.calendar.draw_hours(rng, n, "night"), "dwelling": dwelling,
         "kind": np.array([TYPES.index(k) for k in ("DRUG", "ASB", "SUSP", "WELF")])[rng.integers(0, 4, n)],
         "result": rng.integers(2, 5, n)},
        parties((np.arange(n), world.resident(rng, near), CALLER), (seen, runner, SUBJECT)),
    )  # fmt: skip


def _everyday(life: Life, n: int) -> Log:
    world, rng = life.world, life.world.stream(SYSTEM, "everyday")
    kinds = np.array([TYPES.index(k) for k in _EVERYDAY])
    often = world.stream(SYSTEM, "often").lognormal(0.0, 1.3, world.layout.n)
    dwelling = chosen(rng, often, n)
    event = np.arange(n)
    named, subject, victim = (np.flatnonzero(rng.random(n) < share) for share in (0.72, 0.14, 0.06))
    caller = np.where(
        rng.random(len(named)) < 0.7, world.resident(rng, dwelling[named]), world.anybody(rng, len(named))
    )
    known = life.chance.known_to_all[rng.integers(0, len(life.chance.known_to_all), max(4, n // 1500))]
    seen = np.flatnonzero(rng.random(n) < 0.05)
    return Log(
        {"opened": world.calendar.draw_minutes(rng, n),
         "kind": kinds[chosen(rng, np.array(list(_EVERYDAY.values()), float), n)],
         "dwelling": dwelling, "result": rng.integers(2, 6, n)},
        parties(
            (event[named], caller, CALLER),
            (rng.integers(0, n, len(known)), known, CALLER),
            (victim, world.resident(rng, dwelling[victim]), VICTIM),
            (subject, world.offender_near(rng, dwelling[subject]), SUBJECT),
        ),
        parties((seen, rng.integers(0, world.vehicles.n, len(seen)), 1)),
    )  # fmt: skip


def calls_export(life: Life) -> Export:
    """Write what command and control hands over."""
    world, log = life.world, draw_calls(life)
    ref = numbered("CC", np.arange(len(log)) + 1, 8)
    late, gone = late_and_gone(log["opened"], world.calendar.minutes, world.stream(SYSTEM, "rows"), clean=life.clean)
    now, later = life.write(PEN, log.people, log["opened"][log.people.event] // DAY, _hostels(life, log))
    head = {"incident_no": pick(ref, log.people.event), "line": numbers(log.people.lines()),
            "part": pick(PARTS, log.people.part)}  # fmt: skip
    vehicles = vehicle_lines(world, log.vehicles, ref, "incident_no", VEHICLE_PARTS)
    vehicles.pop("model")
    return Export(
        SYSTEM,
        {
            "calls": Sheet(_events(life, log, ref), np.arange(len(log))),
            "call_people": Sheet(head | _fields(now), log.people.event, _fields(later)),
            "call_vehicles": Sheet(vehicles, log.vehicles.event),
        },
        late,
        gone,
        _write,
        (Mentions("call_person", "person", log.people, ref), Mentions("call_vehicle", "vehicle", log.vehicles, ref)),
    )


def _hostels(life: Life, log: Log) -> tuple[Ints, Ints]:
    """Say which callers give a hostel's address and telephone instead of their own."""
    rng, n = life.world.stream(SYSTEM, "hostels"), len(log.people)
    at = rng.integers(0, len(life.chance.hostels), n)
    there = (rng.random(n) < 0.004) & (log.people.part == CALLER)
    return np.where(there, life.chance.hostels[at], -1), np.where(there, life.chance.hostel_phone[at], -1)


def _events(life: Life, log: Log, ref: Texts) -> dict[str, Texts]:
    world, calendar, n = life.world, life.world.calendar, len(log)
    rng = world.stream(SYSTEM, "text")
    closed = np.minimum(log["opened"] + 10 + rng.exponential(180, n).astype(np.int64), calendar.minutes - 1)
    east, north = places(world, log["dwelling"], rng)
    return {
        "incident_no": ref,
        "opened": calendar.write(log["opened"], "%d/%m/%y", seconds=rng.integers(0, 60, n)),
        "closed": calendar.write(closed, "%d/%m/%y", seconds=rng.integers(0, 60, n)),
        "grade": pick(GRADES, chosen(rng, np.array([0.14, 0.36, 0.2, 0.3]), n)),
        "type": pick(TYPES, log["kind"]),
        "result": pick(RESULTS, log["result"]),
        "location": pick(world.layout.address, log["dwelling"]),
        "easting": numbers(east),
        "northing": numbers(north),
        "text": with_details(world, sentences(CALL, list(TYPES), log["kind"], rng), rng, vehicle=0.02, name=0.015),
    }


def _fields(written: Written) -> dict[str, Texts]:
    return {
        "forename": written.forenames,
        "surname": written.surname,
        "dob": write_dates(written.birth, "%d/%m/%Y"),
        "phone": written.phones,
        "address": written.address,
        "postcode": written.postcode,
    }


def _write(folder: Path, cuts: Mapping[str, Cut]) -> None:
    for name, cut in cuts.items():
        write_csv(folder / f"{name}.csv", cut, ";")
