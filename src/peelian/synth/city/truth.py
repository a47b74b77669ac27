"""The truth about a made-up city: who is who, in every line of every system. Evaluation alone reads it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from peelian.synth.city.calendar import NO_DAY
from peelian.synth.city.codes import CONV, STORY, SUSP, VICT
from peelian.synth.city.columns import Texts, glue, glue_filled, pick
from peelian.synth.city.crime import crime_numbers
from peelian.synth.city.cultures import CULTURES
from peelian.synth.city.deaths import NEVER
from peelian.synth.city.errors import (
    CLONES,
    DEATH_KNOWN,
    OURS,
    READ_ERRORS,
    ROW_ERRORS,
    TOLD_OF_THE_DEAD,
    table_lines,
)
from peelian.synth.city.export import Export, Mentions
from peelian.synth.city.groups import KINDS, MEMBER_PARTS, RUNNER
from peelian.synth.city.life import Life
from peelian.synth.city.people import phone_text, word
from peelian.synth.city.vehicles import make_text, payee_text, plate_text


def write_truth(folder: Path, life: Life, exports: Sequence[Export]) -> None:
    """Write everything that is so, whatever the systems say."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "persons": _persons(life),
        "vehicles": _vehicles(life),
        "groups": _groups(life),
        "cuckooed": _cuckooed(life),
        "series": _series(life),
        "linked_crimes": _linked(life),
        "repeat": _repeat(life),
        "couples": _couples(life),
        "deaths": _deaths(life),
        "chance": _chance(life),
    }
    for name, table in tables.items():
        pa.parquet.write_table(table, folder / f"{name}.parquet", compression="zstd")
    for name, of in (("mentions", "person"), ("vehicle_mentions", "vehicle")):
        _write_mentions(folder / f"{name}.parquet", exports, of)
    (folder / "notes.md").write_text(notes_text(clean=life.clean), encoding="utf-8")


def notes_text(*, clean: bool) -> str:
    """Write the error rates, each with where it is from."""
    lines = ["# What goes wrong in this made-up city, and how often", ""]
    lines += ["Errors are switched off here; the rates below are what they would be.", ""] if clean else []
    lines += [*table_lines(), "", "## Rows and plate reads", "", "| what | share | source |", "|---|---|---|"]
    lines += [f"| {what} | {100 * rate:.3g} % | {OURS} |" for rate, what in ROW_ERRORS.values()]
    lines += [f"| the dead whose death {s} knows of | {100 * rate:.3g} % | {OURS} |" for s, rate in DEATH_KNOWN.items()]
    lines += [f"| later lines of intelligence that go on about the dead | {100 * TOLD_OF_THE_DEAD:.3g} % | {OURS} |"]
    lines += [f"| {what} | {100 * rate:.3g} % | {source} |" for rate, what, source in READ_ERRORS.values()]
    lines += [f"| vehicles that bear another's plate | {100 * CLONES:.3g} % | {OURS} |", ""]
    lines += ["A line about a firm has no person and is in no table here.", ""]
    return "\n".join(lines)


def _persons(life: Life) -> pa.Table:
    people, layout = life.world.people, life.world.layout
    day = life.world.calendar
    who = np.arange(people.n)
    moved = np.where(people.moved_to >= 0, people.moved_on, -1)
    return pa.table({
        "person_id": who,
        "forenames": glue_filled(" ", word(people, people.forename), word(people, people.middle)),
        "surname": word(people, people.surname),
        "new_surname": word(people, people.new_surname),
        "renamed_on": _day(day.epoch_day, np.where(people.new_surname >= 0, people.renamed_on, -1)),
        "culture": pick([c.name for c in CULTURES], people.culture),
        "sex": pick(("M", "F"), people.female.astype(np.int64)),
        "birth_on": pa.array(people.birth.astype("datetime64[D]")),
        "birth_on_papers": pa.array(people.papers_birth.astype("datetime64[D]")),
        "died_on": _day(day.epoch_day, _died(life)),
        "household": people.household,
        "twin": people.twin,
        "address": pick(layout.address, people.home),
        "postcode": pick(layout.postcode, people.home),
        "new_address": pc.if_else(pa.array(moved >= 0), pick(layout.address, np.maximum(people.moved_to, 0)), ""),
        "moved_on": _day(day.epoch_day, moved),
        "phone": phone_text(people.phone),
        "new_phone": phone_text(people.new_phone),
    })  # fmt: skip


def _day(epoch_day: int, day: np.ndarray) -> pa.Array:
    dates = pa.array((day + epoch_day).astype("datetime64[D]"))
    return pc.if_else(pa.array(day >= 0), dates, pa.nulls(len(day), dates.type))


def _vehicles(life: Life) -> pa.Table:
    vehicles = life.world.vehicles
    which = np.arange(vehicles.n)
    make, model, colour = make_text(vehicles, which)
    return pa.table({
        "vehicle_id": which, "plate": plate_text(which), "make": make, "model": model, "colour": colour,
        "keeper": vehicles.keeper, "firm": vehicles.firm, "sold_to": vehicles.sold_to,
        "sold_on": _day(life.world.calendar.epoch_day, np.where(vehicles.sold_to >= 0, vehicles.sold_on, -1)),
    })  # fmt: skip


def _groups(life: Life) -> pa.Table:
    groups = life.groups
    return pa.table({
        "group_id": groups.group, "kind": pick(KINDS, groups.kind[groups.group]), "person_id": groups.person,
        "part": pick(MEMBER_PARTS, groups.part), "victim": groups.part >= RUNNER,
        "vehicle_1": groups.vehicles[groups.group, 0], "vehicle_2": groups.vehicles[groups.group, 1],
    })  # fmt: skip


def _cuckooed(life: Life) -> pa.Table:
    groups, layout, first = life.groups, life.world.layout, life.world.calendar.epoch_day
    return pa.table({
        "group_id": groups.held_group, "person_id": groups.held_tenant,
        "address": pick(layout.address, groups.held_dwelling), "postcode": pick(layout.postcode, groups.held_dwelling),
        "from_on": _day(first, groups.held_from), "until_on": _day(first, groups.held_until),
    })  # fmt: skip


def _series(life: Life) -> pa.Table:
    crimes = life.crimes
    rows = np.flatnonzero(crimes["story"] == STORY["series"])
    return pa.table({
        "series_id": crimes["story_ref"][rows], "crime_no": pick(crime_numbers(life), rows),
        "person_id": life.series_offender[crimes["story_ref"][rows]], "phase": crimes["phase"][rows],
    })  # fmt: skip


def _linked(life: Life) -> pa.Table:
    """List what ties crimes together beside a person: a group, a firearm, a payee."""
    crimes = life.crimes
    first, last = STORY["gang"], STORY["fraud"]
    rows = np.flatnonzero((crimes["story"] >= first) & (crimes["story"] <= last))
    note = crimes["note"][rows]
    arms = pc.if_else(pa.array(note % 2 == 1), glue("", "NB", pa.array(note // 2 + 101).cast(pa.string())), "")
    payee = pc.if_else(pa.array((note > 0) & (note % 2 == 0)), payee_text(note // 2), "")
    return pa.table({"group_id": crimes["story_ref"][rows], "crime_no": pick(crime_numbers(life), rows),
                     "firearm": arms, "payee": payee})  # fmt: skip


def _repeat(life: Life) -> pa.Table:
    """Count each person's crimes as victim and as suspect, where there are two or more."""
    people, n = life.crimes.people, life.world.people.n
    kept = people.where(people.who >= 0)
    wronged = np.bincount(kept.who[kept.part == VICT], minlength=n)
    accused = np.bincount(kept.who[(kept.part == SUSP) | (kept.part == CONV)], minlength=n)
    rows = np.flatnonzero((wronged > 1) | (accused > 1))
    return pa.table({"person_id": rows, "as_victim": wronged[rows], "as_suspect": accused[rows]})


def _couples(life: Life) -> pa.Table:
    couples = life.couples
    return pa.table({"couple_id": np.arange(len(couples.victim)), "abuser": couples.abuser, "victim": couples.victim})


def _died(life: Life) -> np.ndarray:
    return np.where(life.deaths.day < NEVER, life.deaths.day, -1)


def _deaths(life: Life) -> pa.Table:
    """List the dead, which systems have heard of it, and a child of the same name who lives."""
    who, deaths = np.flatnonzero(life.deaths.day < NEVER), life.deaths
    known = {f"known_to_{system}": life.died(system, who) != NO_DAY for system in DEATH_KNOWN}
    died = _day(life.world.calendar.epoch_day, deaths.day[who])
    return pa.table({"person_id": who, "died_on": died, "namesake": deaths.namesake[who], **known})


def _chance(life: Life) -> pa.Table:
    """List who and what looks suspicious by chance."""
    chance = life.chance
    columns = (
        ("known-to-all", chance.known_to_all),
        ("hostel", chance.hostels),
        ("delivers-everywhere", chance.drivers),
    )
    kinds: list[str] = [kind for kind, some in columns for _ in some]
    return pa.table({"what": kinds, "number": np.concatenate([some for _, some in columns])})


def _write_mentions(path: Path, exports: Sequence[Export], of: str) -> None:
    key = "person_id" if of == "person" else "vehicle_id"
    some = [(e, m) for e in exports for m in e.mentions if m.of == of]
    schema = pa.schema([("system", pa.string()), ("table", pa.string()), ("event_ref", pa.string()),
                        ("line", pa.int32()), (key, pa.int64()), ("late", pa.bool_()),
                        ("gone", pa.bool_())])  # fmt: skip
    with pa.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for export, mentions in some:
            writer.write_table(_mention_table(export, mentions, key).cast(schema))


def _mention_table(export: Export, mentions: Mentions, key: str) -> pa.Table:
    real = mentions.parties.who >= 0
    event, line = mentions.parties.event[real], mentions.parties.lines()[real]
    return pa.table({
        "system": _same(export.system, len(event)), "table": _same(mentions.table, len(event)),
        "event_ref": pick(mentions.ref, event), "line": line.astype(np.int32), key: mentions.parties.who[real],
        "late": export.late[event], "gone": export.gone[event],
    })  # fmt: skip


def _same(text: str, n: int) -> Texts:
    return pa.repeat(pa.scalar(text), n)
