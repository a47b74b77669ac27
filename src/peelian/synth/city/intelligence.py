"""Intelligence: ``reports.jsonl``, one report a line, graded 3x5x2, some sealed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.synth.city.calendar import write_dates
from peelian.synth.city.columns import Texts, either, gathered, glue, glue_filled, no_texts, numbered, numbers, pick
from peelian.synth.city.crime import places, vehicle_lines
from peelian.synth.city.errors import TOLD_OF_THE_DEAD
from peelian.synth.city.export import DAY, Cut, Export, Mentions, Sheet, late_and_gone
from peelian.synth.city.groups import HOLDER, KINDS, RUNNER
from peelian.synth.city.life import Life, pen
from peelian.synth.city.log import Log, parties, together
from peelian.synth.city.people import phone_text
from peelian.synth.city.streams import Ints, chosen, spread
from peelian.synth.city.telling import REPORT, sentences, with_details
from peelian.synth.city.writing import Written

SYSTEM = "intelligence"
PEN = pen(SYSTEM, "", 0.0, 0.7, 0.5)
TOPICS = tuple(REPORT)
PARTS, VEHICLE_PARTS = ("SUBJECT", "ASSOC", "VICT", "MENTION"), ("USED", "OWNED", "SEEN")
SUBJECT, ASSOC, VICTIM, MENTION = range(4)
SEALED = 0.015
_OF_KIND = {"gang": "GANG", "county-line": "CLINE", "vehicle-theft": "OAC", "phone-theft": "ROBB", "plant-theft": "OAC",
            "fraud": "FRAUD"}  # fmt: skip


def draw_reports(life: Life) -> Log:
    """Draw the reports: on groups, and on people who offend."""
    of_groups = _of_groups(life)
    others = _others(life, max(life.world.size.reports - len(of_groups), 20))
    log = together([of_groups, others])
    log = log.where(log["at"] < life.world.calendar.minutes)
    told = life.world.stream(SYSTEM, "dead").random(len(log.people)) < TOLD_OF_THE_DEAD
    return life.only_living(log, log["at"] // DAY, SYSTEM, told).in_order("at")


def _of_groups(life: Life) -> Log:
    world, groups, rng = life.world, life.groups, life.world.stream(SYSTEM, "groups")
    each = 4 + rng.poisson(min(30.0, 0.35 * world.size.reports / len(groups.kind)), len(groups.kind))
    group, _ = spread(each)
    n, event = len(group), np.arange(len(group))
    first = np.searchsorted(groups.group, np.arange(len(groups.kind) + 1))
    width = (first[1:] - first[:-1])[group]
    rows = []
    for k, share in enumerate((1.0, 0.6, 0.3, 0.12)):
        some = np.flatnonzero(rng.random(n) < share)
        at = first[group[some]] + (rng.random(len(some)) * width[some]).astype(np.int64)
        harmed = np.isin(groups.part[at], (RUNNER, HOLDER)) & (rng.random(len(some)) < 0.4)
        rows += [(some[harmed], groups.person[at][harmed], VICTIM),
                 (some[~harmed], groups.person[at][~harmed], SUBJECT if k == 0 else ASSOC)]  # fmt: skip
    drives = np.flatnonzero(rng.random(n) < 0.4)
    held = np.full(len(groups.kind), -1)
    held[groups.held_group] = groups.held_dwelling
    where = np.where((held[group] >= 0) & (rng.random(n) < 0.5), held[group],
                     world.layout.draw_in_wards(rng, groups.ward[group]))  # fmt: skip
    topic = np.array([TOPICS.index(_OF_KIND[k]) for k in KINDS])[groups.kind[group]]
    return Log(
        {"at": world.calendar.draw_minutes(rng, n, "day"), "topic": topic, "dwelling": where, "line": group + 1},
        parties(*rows),
        parties((event[drives], groups.vehicles[group[drives], rng.integers(0, 2, len(drives))], 0)),
    )


def _others(life: Life, n: int) -> Log:
    world, rng = life.world, life.world.stream(SYSTEM, "others")
    dwelling = rng.integers(0, world.layout.n, n)
    who = world.offender_near(rng, dwelling)
    second, named = np.flatnonzero(rng.random(n) < 0.3), np.flatnonzero(rng.random(n) < 0.12)
    known = np.flatnonzero(rng.random(n) < 0.01)
    drives = np.flatnonzero((world.vehicle_of[who] >= 0) & (rng.random(n) < 0.35))
    everybody = life.chance.known_to_all
    return Log(
        {"at": world.calendar.draw_minutes(rng, n, "day"), "topic": rng.integers(0, len(TOPICS), n),
         "dwelling": world.people.home[who]},
        parties(
            (np.arange(n), who, SUBJECT),
            (second, world.offender_near(rng, dwelling[second]), ASSOC),
            (named, world.anybody(rng, len(named)), MENTION),
            (known, everybody[rng.integers(0, len(everybody), len(known))], MENTION),
        ),
        parties((drives, world.vehicle_of[who[drives]], 0)),
    )  # fmt: skip


def intelligence_export(life: Life) -> Export:
    """Write what the intelligence system hands over."""
    world, log = life.world, draw_reports(life)
    ref = numbered("IR", np.arange(len(log)) + 1, 7)
    late, gone = late_and_gone(log["at"], world.calendar.minutes, world.stream(SYSTEM, "rows"), clean=life.clean)
    now, later = life.write(PEN, log.people, log["at"][log.people.event] // DAY)
    parts = pick(PARTS, log.people.part)
    return Export(
        SYSTEM,
        {
            "reports": Sheet(_events(life, log, ref), np.arange(len(log))),
            "subjects": Sheet({"json": _subject(parts, now)}, log.people.event, {"json": _subject(parts, later)}),
            "vehicles": Sheet({"json": _vehicle(life, log, ref)}, log.vehicles.event),
        },
        late,
        gone,
        _write,
        (
            Mentions("intelligence_person", "person", log.people, ref),
            Mentions("intelligence_vehicle", "vehicle", log.vehicles, ref),
        ),
    )


def _events(life: Life, log: Log, ref: Texts) -> dict[str, Texts]:
    """Write each report but for its subjects, as the beginning of a JSON object."""
    world, n, rng = life.world, len(log), life.world.stream(SYSTEM, "text")
    east, north = places(world, log["dwelling"], rng)
    texts = with_details(world, sentences(REPORT, list(TOPICS), log["topic"], rng), rng, name=0.08, phone=0.05)
    texts = glue_filled(" ", texts, _deal_line(life, log))
    fields = {
        "urn": _quoted(ref),
        "written": _quoted(_written(life, log["at"])),
        "source_eval": numbers(1 + chosen(rng, np.array([0.25, 0.6, 0.15]), n)),
        "intel_eval": _quoted(pick(tuple("ABCDE"), chosen(rng, np.array([0.14, 0.2, 0.22, 0.4, 0.04]), n))),
        "handling": _quoted(pick(("P", "C"), chosen(rng, np.array([0.85, 0.15]), n))),
        "sealed": either(rng.random(n) < SEALED, "true", "false"),
        "topic": _quoted(pick(TOPICS, log["topic"])),
        "location": _quoted(world.layout.street_text(log["dwelling"])),
        "easting": numbers(east),
        "northing": numbers(north),
        "text": _quoted(texts),
    }
    return {"json": _members(fields)}


def _deal_line(life: Life, log: Log) -> Texts:
    """Write the number that a county line is rung on, in some of the reports about it."""
    line, rng = log["line"], life.world.stream(SYSTEM, "lines")
    told = (line > 0) & (log["topic"] == TOPICS.index("CLINE")) & (rng.random(len(log)) < 0.5)
    number = glue("", "Deal line is ", phone_text(3 * life.world.people.n + line), ".")
    return either(told, number, no_texts(len(log)))


def _written(life: Life, at: Ints) -> Texts:
    calendar = life.world.calendar
    zone = pick(("+00:00", "+01:00"), (calendar.offset_minutes()[at // DAY] > 0).astype(np.int64))
    return glue("", calendar.write(at, "%Y-%m-%d", "T"), ":00", zone)


def _subject(part: Texts, written: Written) -> Texts:
    name = pc.if_else(pc.equal(written.surname, ""), written.forenames,
                      glue("", pc.utf8_upper(written.surname), ", ", written.forenames))  # fmt: skip
    dob = write_dates(written.birth, "%Y-%m-%d")
    fields = {
        "part": _quoted(part),
        "name": _quoted(pc.utf8_rtrim(name, ", ")),
        "dob": _or_null(dob),
        "address": _or_null(written.address),
        "postcode": _or_null(written.postcode),
        "phones": _listed(pc.replace_substring(written.phones, ";", '","')),
        "aliases": _listed(pc.replace_substring(written.aliases, ";", '","')),
    }
    return glue("", "{", _members(fields), "}")


def _vehicle(life: Life, log: Log, ref: Texts) -> Texts:
    columns = vehicle_lines(life.world, log.vehicles, ref, "urn", VEHICLE_PARTS)
    fields = {k: _quoted(columns[k]) for k in ("part", "vrm", "make", "model", "colour")}
    return glue("", "{", _members(fields), "}")


def _members(fields: Mapping[str, Texts]) -> Texts:
    return glue(",", *(glue("", f'"{name}":', text) for name, text in fields.items()))


def _quoted(texts: Texts) -> Texts:
    # No text of a made-up city holds a quotation mark, a backslash or a control character.
    return glue("", '"', texts, '"')


def _or_null(texts: Texts) -> Texts:
    return pc.if_else(pc.equal(texts, ""), "null", _quoted(texts))


def _listed(texts: Texts) -> Texts:
    return pc.if_else(pc.equal(texts, ""), "[]", glue("", '["', texts, '"]'))


def _write(folder: Path, cuts: Mapping[str, Cut]) -> None:
    reports = cuts["reports"]
    rows = np.arange(len(reports.event))
    parts = []
    for name in ("subjects", "vehicles"):
        at = np.searchsorted(reports.event, cuts[name].event)
        texts = cuts[name].table["json"].combine_chunks()
        parts.append(glue("", f'"{name}":[', gathered(texts, at, len(rows), ","), "]"))
    lines = glue("", "{", glue(",", reports.table["json"].combine_chunks(), *parts), "}\n")
    write_lines(folder / "reports.jsonl", lines)


def write_lines(path: Path, lines: Texts, head: str = "", tail: str = "") -> None:
    """Write texts after each other, each with its own line end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        out.write(head.encode())
        for start in range(0, len(lines), 100_000):
            piece = lines.slice(start, 100_000)
            whole = pa.concat_arrays([piece])
            buffers = whole.buffers()
            ends = np.frombuffer(buffers[1], dtype=np.int32)[whole.offset : whole.offset + len(whole) + 1]
            out.write(memoryview(buffers[2])[int(ends[0]) : int(ends[-1])])
        out.write(tail.encode())
