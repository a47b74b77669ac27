"""Stop and search: ``stops.csv``. A person searched is not thereby a suspect."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from peelian.synth.city.calendar import write_dates
from peelian.synth.city.columns import Texts, no_texts, numbered, numbers, pick, placed
from peelian.synth.city.crime import places
from peelian.synth.city.cultures import CULTURES
from peelian.synth.city.export import DAY, Cut, Export, Mentions, Sheet, late_and_gone, write_csv
from peelian.synth.city.groups import MEMBER, RUNNER
from peelian.synth.city.life import Life, pen
from peelian.synth.city.log import Log, parties
from peelian.synth.city.streams import Bools, Ints, chosen
from peelian.synth.city.vehicles import make_text, plate_text
from peelian.synth.city.writing import Written

SYSTEM = "stop_search"
PEN = pen(SYSTEM)
_TYPES, _LAWS = ("PERSON", "VEHICLE", "BOTH"), ("PACE1", "MDA23", "S60", "FA47")
_OBJECTS = ("DRUGS", "WEAPON", "STOLEN", "TOOLS", "FIREARM")
_OUTCOMES = ("NFA", "ARREST", "COMM", "CAUTION", "SUMMONS")
_SELF = {
    "english": "W1", "irish": "W2", "south-asian": "A1", "west-african": "B2", "arabic": "O1", "slavic": "W9",
    "chinese": "A9", "caribbean": "B1", "iberian": "W9",
}  # fmt: skip
_SEEN = {"W1": "IC1", "W2": "IC1", "W9": "IC1", "A1": "IC4", "A2": "IC4", "A9": "IC5", "B1": "IC3", "B2": "IC3",
         "O1": "IC6", "N1": "IC9"}  # fmt: skip


def draw_stops(life: Life) -> Log:
    """Draw the stops: half of people known to offend, the young more than others, and members of groups."""
    world, rng, n = life.world, life.world.stream(SYSTEM), life.world.size.stops
    dwelling = rng.integers(0, world.layout.n, n)
    group = life.groups.person[(life.groups.part == MEMBER) | (life.groups.part == RUNNER)]
    luck = rng.random(n)
    who = np.where(luck < 0.5, world.offender_near(rng, dwelling), world.anybody(rng, n, 14, 35))
    known = np.flatnonzero(luck > 0.94)
    who[known] = group[rng.integers(0, len(group), len(known))]
    kind = chosen(rng, np.array([0.72, 0.05, 0.23]), n)
    vehicle = np.where(kind > 0, world.vehicle_of[who], -1)
    lent = (kind > 0) & (vehicle < 0)
    vehicle[lent] = rng.integers(0, world.vehicles.n, int(lent.sum()))
    event = np.arange(n)
    log = Log(
        {"at": world.calendar.draw_minutes(rng, n, "evening"), "dwelling": dwelling, "kind": kind,
         "law": chosen(rng, np.array([0.38, 0.58, 0.03, 0.01]), n),
         "object": chosen(rng, np.array([0.6, 0.17, 0.12, 0.09, 0.02]), n),
         "outcome": chosen(rng, np.array([0.72, 0.12, 0.11, 0.03, 0.02]), n)},
        parties((event, who, 0)), parties((event, vehicle, 0)),
    )  # fmt: skip
    return life.twice(life.only_living(log, log["at"] // DAY, SYSTEM), SYSTEM).in_order("at")


def stops_export(life: Life) -> Export:
    """Write what the stop-and-search system hands over."""
    world, log = life.world, draw_stops(life)
    ref = numbered("SS", np.arange(len(log)) + 1, 7)
    late, gone = late_and_gone(log["at"], world.calendar.minutes, world.stream(SYSTEM, "rows"), clean=life.clean)
    now, later = life.write(PEN, log.people, log["at"] // DAY)
    columns = _events(life, log, ref) | _fields(now) | _equality(life, log.people.who) | _vehicle(life, log)
    return Export(
        SYSTEM,
        {"stops": Sheet(columns, np.arange(len(log)), _fields(later))},
        late,
        gone,
        _write,
        (Mentions("stop_person", "person", log.people, ref), Mentions("stop_vehicle", "vehicle", log.vehicles, ref)),
    )


def _events(life: Life, log: Log, ref: Texts) -> dict[str, Texts]:
    world = life.world
    east, north = places(world, log["dwelling"], world.stream(SYSTEM, "places"))
    return {
        "stop_no": ref,
        "at": world.calendar.write(log["at"], "%Y-%m-%d", "T"),
        "type": pick(_TYPES, log["kind"]),
        "legislation": pick(_LAWS, log["law"]),
        "object": pick(_OBJECTS, log["object"]),
        "outcome": pick(_OUTCOMES, log["outcome"]),
        "street": world.layout.street_text(log["dwelling"]),
        "easting": numbers(east),
        "northing": numbers(north),
    }


def _fields(written: Written) -> dict[str, Texts]:
    import pyarrow.compute as pc

    return {
        "forenames": written.forenames,
        "surname": written.surname,
        "dob": pc.utf8_upper(write_dates(written.birth, "%d-%b-%Y")),
        "address": written.address,
        "postcode": written.postcode,
    }


def _equality(life: Life, who: Ints) -> dict[str, Texts]:
    rng, people = life.world.stream(SYSTEM, "equality"), life.world.people
    codes = [_SELF[c.name] for c in CULTURES] + ["N1"]
    said = np.where(rng.random(len(who)) < 0.12, len(CULTURES), people.culture[who])
    seen = np.where(rng.random(len(who)) < 0.05, len(CULTURES), people.culture[who])
    return {
        "self_defined_ethnicity": pick(codes, said),
        "officer_ethnicity": pick([_SEEN[c] for c in codes], seen),
        "sex": pick(("M", "F"), people.female[who].astype(np.int64)),
    }


def _vehicle(life: Life, log: Log) -> dict[str, Texts]:
    n = len(log)
    which, has = np.zeros(n, dtype=np.int64), _has_vehicle(log)
    which[log.vehicles.event] = log.vehicles.who
    make, _, colour = make_text(life.world.vehicles, which)
    none = no_texts(n)
    return {name: placed(none, has, texts) for name, texts in
            (("vrm", plate_text(which)), ("make", make), ("colour", colour))}  # fmt: skip


def _has_vehicle(log: Log) -> Bools:
    has = np.zeros(len(log), dtype=bool)
    has[log.vehicles.event] = True
    return has


def _write(folder: Path, cuts: Mapping[str, Cut]) -> None:
    write_csv(folder / "stops.csv", cuts["stops"])
