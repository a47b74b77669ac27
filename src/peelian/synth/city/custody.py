"""Custody: ``custody.xlsx`` with detentions, the people detained and warning markers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from peelian.synth.city.calendar import NO_DAY
from peelian.synth.city.codes import CONV, CUSTODY_OFFENCES, OFFENCES, SUSP
from peelian.synth.city.columns import Texts, no_texts, numbered, numbers, pick, placed
from peelian.synth.city.export import DAY, Cut, Export, Mentions, Sheet, late_and_gone
from peelian.synth.city.life import Life, pen
from peelian.synth.city.log import Log, parties, together
from peelian.synth.city.streams import Ints, chosen
from peelian.synth.city.vehicles import plate_text
from peelian.synth.city.workbook import DAY_CELL, INSTANT_CELL, NUMBER, excel_days, excel_minutes, write_workbook
from peelian.synth.city.writing import Written

SYSTEM = "custody"
PEN = pen(SYSTEM, "C", 0.97, 0.3, 0.4)
WORDS = (*dict.fromkeys(CUSTODY_OFFENCES.values()), "FAIL TO APPEAR")
OUTCOMES = ("CHARGED", "BAILED", "RUI", "NFA", "CAUTION")
BAILED = 1
MARKERS = ("WE", "VI", "DO", "FI", "SH", "CO")
ABOUT = ("person", "address", "vehicle")
ARRESTED = 0.5


def draw_detentions(life: Life) -> Log:
    """Draw detentions after crimes with a suspect, and of those who failed to appear; never two at once."""
    world, rng, crimes = life.world, life.world.stream(SYSTEM), life.crimes
    wanted, people = world.size.detentions, crimes.people
    suspect = people.where(((people.part == SUSP) | (people.part == CONV)) & (rng.random(len(people)) < ARRESTED))
    suspect = suspect.where(world.people.age[suspect.who] > 12)
    if len(suspect) > wanted:
        suspect = suspect.where(np.sort(rng.permutation(len(suspect))[:wanted]))
    n = len(suspect)
    word_of = np.array([WORDS.index(CUSTODY_OFFENCES[c]) for c in OFFENCES])
    after = Log(
        {"arrived": crimes["recorded"][suspect.event] + rng.exponential(900, n).astype(np.int64),
         "word": word_of[crimes["offence"][suspect.event]]},
        parties((np.arange(n), suspect.who, 0)),
    )  # fmt: skip
    extra = max(wanted - n, 8)
    who = world.offenders[chosen(rng, world.often, extra)]
    absent = Log(
        {"arrived": world.calendar.draw_minutes(rng, extra), "word": np.full(extra, len(WORDS) - 1)},
        parties((np.arange(extra), who, 0)),
    )
    log = together([after, absent])
    log = life.only_living(log, log["arrived"] // DAY, SYSTEM)
    stay = 180 + rng.gamma(2.0, 300, len(log)).astype(np.int64)
    log = Log(dict(log.columns) | {"released": log["arrived"] + stay}, log.people)
    log = log.where((log["released"] < world.calendar.minutes) & _one_at_a_time(log))
    outcome = chosen(rng, np.array([0.34, 0.27, 0.18, 0.16, 0.05]), len(log))
    suite = world.layout.ward_borough[world.layout.ground.house_district[world.people.home[log.people.who]]]
    return Log(dict(log.columns) | {"outcome": outcome, "suite": suite}, log.people).in_order("arrived")


def _one_at_a_time(log: Log) -> np.ndarray:
    """Say which detentions begin after the same person's earlier ones have ended."""
    who = np.empty(len(log), dtype=np.int64)
    who[log.people.event] = log.people.who
    order = np.lexsort((log["arrived"], who))
    ends = np.where(np.diff(who[order], prepend=-1) != 0, -1, np.roll(log["released"][order], 1))
    keep = np.zeros(len(log), dtype=bool)
    keep[order] = log["arrived"][order] > ends + 60
    return keep


def custody_export(life: Life, log: Log) -> Export:
    """Write what custody hands over of these detentions."""
    world = life.world
    ref = numbered("CU", np.arange(len(log)) + 1, 6)
    late, gone = late_and_gone(log["arrived"], world.calendar.minutes, world.stream(SYSTEM, "rows"), clean=life.clean)
    now, later = life.write(PEN, log.people, log["arrived"] // DAY)
    head = {"Custody no": ref, "Line": numbers(log.people.lines()), "Part": pick(("DETAINEE",), log.people.part)}
    first = world.calendar.epoch_day
    detentions = {
        "Custody no": ref,
        "Suite": pick([f"NM{k + 1}" for k in range(world.size.boroughs)], log["suite"]),
        "Arrived": excel_minutes(world.calendar.shown(log["arrived"]), first),
        "Released": excel_minutes(world.calendar.shown(log["released"]), first),
        "Offence": pick(WORDS, log["word"]),
        "Outcome": pick(OUTCOMES, log["outcome"]),
    }
    markers, event = _markers(life, log, ref, now.ref)
    return Export(
        SYSTEM,
        {
            "Detentions": Sheet(detentions, np.arange(len(log))),
            "People": Sheet(
                head | _fields(now) | {"Date of death": excel_days(life.died(SYSTEM, log.people.who), NO_DAY)},
                log.people.event,
                _fields(later),
            ),
            "Markers": Sheet(markers, event),
        },
        late,
        gone,
        _write,
        (Mentions("custody_person", "person", log.people, ref),),
    )


def _fields(written: Written) -> dict[str, Texts]:
    return {
        "Nominal": written.ref,
        "Forename(s)": written.forenames,
        "Surname": written.surname,
        "AKA": written.aliases,
        "Date of birth": excel_days(written.birth, NO_DAY),
        "Home address": written.address,
        "Postcode": written.postcode,
        "Telephone": written.phones,
    }


def _markers(life: Life, log: Log, ref: Texts, nominal: Texts) -> tuple[dict[str, Texts], Ints]:
    """Write warning markers: about the detained person, their home or their vehicle."""
    world, rng = life.world, life.world.stream(SYSTEM, "markers")
    event = np.flatnonzero(rng.random(len(log)) < 0.1)
    n, who = len(event), log.people.who[event]
    about = chosen(rng, np.array([0.7, 0.2, 0.1]), n)
    about = np.where((about == 2) & (world.vehicle_of[who] < 0), 0, about)
    day = log["arrived"][event] // DAY
    none, kind = no_texts(n), chosen(rng, np.array([0.26, 0.3, 0.14, 0.08, 0.18, 0.04]), n)
    kind = np.where(about == 1, 2, kind)
    home = pick(world.layout.address, world.people.home_on(who, day))
    return {
        "Marker no": numbered("WM", np.arange(n) + 1, 6),
        "Custody no": pick(ref, event),
        "About": pick(ABOUT, about),
        "Nominal": placed(none, about == 0, pick(nominal, event)),
        "Address": placed(none, about == 1, home),
        "VRM": placed(none, about == 2, plate_text(np.maximum(world.vehicle_of[who], 0))),
        "Marker (code)": pick(MARKERS, kind),
        "From": excel_days(day + world.calendar.epoch_day, NO_DAY),
        "Review": excel_days(day + world.calendar.epoch_day + 365, NO_DAY),
    }, event


_KINDS: Mapping[str, Mapping[str, str]] = {
    "Detentions": {"Arrived": INSTANT_CELL, "Released": INSTANT_CELL},
    "People": {"Line": NUMBER, "Date of birth": DAY_CELL, "Date of death": DAY_CELL},
    "Markers": {"From": DAY_CELL, "Review": DAY_CELL},
}


def _write(folder: Path, cuts: Mapping[str, Cut]) -> None:
    write_workbook(folder / "custody.xlsx", {name: (cuts[name].table, kinds) for name, kinds in _KINDS.items()})
