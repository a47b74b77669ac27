"""The crime system: ``crimes.csv``, ``crime_persons.csv``, ``crime_vehicles.csv``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from peelian.synth.city.calendar import write_dates
from peelian.synth.city.codes import MO, OFFENCES, OUTCOMES, PARTS, UNDER_WAY, VEHICLE_PARTS
from peelian.synth.city.columns import Texts, glue_filled, numbered, numbers, patched, pick
from peelian.synth.city.everyday import outcomes
from peelian.synth.city.export import DAY, Cut, Export, Mentions, Sheet, late_and_gone, write_csv
from peelian.synth.city.life import Life, pen
from peelian.synth.city.log import Log, Parties
from peelian.synth.city.streams import Ints
from peelian.synth.city.telling import CRIME, sentences, with_details, with_notes
from peelian.synth.city.vehicles import make_text, plate_text
from peelian.synth.city.world import World
from peelian.synth.city.writing import Written

SYSTEM = "crime"
PEN = pen(SYSTEM, "N", 0.75, 0.4, 0.4)


def crime_numbers(life: Life) -> Texts:
    """Write each crime's number."""
    return numbered("NM", np.arange(len(life.crimes)) + 1, 8)


def crime_export(life: Life) -> Export:
    """Write what the crime system hands over."""
    log, world = life.crimes, life.world
    ref = crime_numbers(life)
    late, gone = late_and_gone(log["recorded"], world.calendar.minutes, world.stream(SYSTEM, "rows"), clean=life.clean)
    return Export(
        SYSTEM,
        {
            "crimes": Sheet(_events(life, log, ref), np.arange(len(log)), {"outcome": _outcomes_later(world, log)}),
            "crime_persons": _people(life, log, ref),
            "crime_vehicles": Sheet(vehicle_lines(world, log.vehicles, ref, "crime_no", VEHICLE_PARTS),
                                    log.vehicles.event),
        },
        late,
        gone,
        _write,
        (
            Mentions("incident_person", "person", log.people, ref),
            Mentions("incident_vehicle", "vehicle", log.vehicles, ref),
        ),
    )  # fmt: skip


def _events(life: Life, log: Log, ref: Texts) -> dict[str, Texts]:
    world, calendar = life.world, life.world.calendar
    rng = world.stream(SYSTEM, "text")
    texts = with_details(world, sentences(CRIME, list(OFFENCES), log["offence"], rng), rng)
    at = places(world, log["dwelling"], world.stream(SYSTEM, "places"))
    return {
        "crime_no": ref,
        "recorded": calendar.write(log["recorded"], "%Y-%m-%d"),
        "from": calendar.write(log["start"], "%Y-%m-%d"),
        "to": calendar.write(log["end"], "%Y-%m-%d"),
        "offence": pick(OFFENCES, log["offence"]),
        "mo": glue_filled("/", *(pick(MO, log[slot]) for slot in ("mo_in", "mo_with", "mo_for"))),
        "street": world.layout.street_text(log["dwelling"]),
        "district": world.layout.ward_text(log["dwelling"]),
        "easting": numbers(at[0]),
        "northing": numbers(at[1]),
        "outcome": pick(OUTCOMES, log["outcome"]),
        "summary": with_notes(texts, log["note"]),
    }


def _outcomes_later(world: World, log: Log) -> Texts:
    """Write outcomes as they were a month later: some of what was under way has been dealt with."""
    rng = world.stream(SYSTEM, "outcomes later")
    done = (log["outcome"] == UNDER_WAY) & (rng.random(len(log)) < 0.3)
    new = outcomes(rng, np.zeros(len(log), dtype=bool), np.zeros(len(log), dtype=np.int64), 10**9)
    return pick(OUTCOMES, np.where(done, new, log["outcome"]))


def places(world: World, dwelling: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return easting and northing in whole metres, a little off the front door."""
    at = np.round(world.layout.ground.house_m[dwelling] + rng.normal(0, 2.0, (len(dwelling), 2))).astype(np.int64)
    return at[:, 0], at[:, 1]


def _people(life: Life, log: Log, ref: Texts) -> Sheet:
    people = log.people
    now, later = life.write(PEN, people, log["recorded"][people.event] // DAY)
    head = {"crime_no": pick(ref, people.event), "line": numbers(people.lines()), "part": pick(PARTS, people.part)}
    died = write_dates(life.died("crime", people.who), "%d/%m/%Y")
    return Sheet(head | _fields(now) | {"died": died}, people.event, _fields(later))


def _fields(written: Written) -> dict[str, Texts]:
    return {
        "nominal": written.ref,
        "forenames": written.forenames,
        "surname": written.surname,
        "alias": written.aliases,
        "dob": write_dates(written.birth, "%d/%m/%Y"),
        "address": written.address,
        "postcode": written.postcode,
        "tel": written.phones,
    }


def vehicle_lines(world: World, some: Parties, ref: Texts, key: str, parts: tuple[str, ...]) -> dict[str, Texts]:
    """Write the vehicles of a system's events; half of the plates with a blank in the middle."""
    make, model, colour = make_text(world.vehicles, some.who)
    plates = plate_text(some.who)
    spaced = world.stream(key, "plates").random(len(some)) < 0.5
    return {
        key: pick(ref, some.event),
        "line": numbers(some.lines()),
        "part": pick(parts, some.part),
        "vrm": patched(plates, spaced, lambda texts: [f"{t[:4]} {t[4:]}" for t in texts]),
        "make": make,
        "model": model,
        "colour": colour,
    }


def _write(folder: Path, cuts: Mapping[str, Cut]) -> None:
    for name, cut in cuts.items():
        write_csv(folder / f"{name}.csv", cut)
