"""Courts: ``orders.db``, orders, bail and warrants with who must keep them and whom they protect."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import numpy as np

from peelian.synth.city.calendar import write_dates
from peelian.synth.city.codes import STORY, VICT
from peelian.synth.city.columns import Texts, glue, numbered, numbers, pick
from peelian.synth.city.custody import BAILED
from peelian.synth.city.export import DAY, Cut, Export, Mentions, Sheet, late_and_gone
from peelian.synth.city.groups import KINDS as GROUP_KINDS
from peelian.synth.city.groups import MEMBER
from peelian.synth.city.life import Life, pen
from peelian.synth.city.log import Log, parties, together
from peelian.synth.city.streams import Ints, chosen
from peelian.synth.city.writing import Written

SYSTEM = "courts"
PEN = pen(SYSTEM, "D", 0.9)
KINDS = ("CB", "WOA", "NMO", "RO", "SPO", "CBO")
STATES, PARTIES = ("INF", "END", "BRE"), ("DEFENDANT", "PROTECTED")
_DAYS = np.array([60, 120, 365, 730, 730, 730])
_CONDITIONS = {"CB": ("RE;SG", "NC;EX", "CU;RE", "NC"), "WOA": ("",), "NMO": ("NC;EX", "NC"), "RO": ("NC;EX", "NC"),
               "SPO": ("NC;EX",), "CBO": ("EX", "NC;EX")}  # fmt: skip


def draw_orders(life: Life, detentions: Log) -> Log:
    """Draw orders that protect partners, bail and warrants after custody, and behaviour orders on gang members."""
    of_couples, of_gangs = _of_couples(life), _of_gangs(life)
    left = life.world.size.orders - len(of_couples) - len(of_gangs)
    log = together([of_couples, of_gangs, _bail(life, detentions, max(left, 10))])
    log = log.where(log["from"] < life.world.calendar.n_days)
    return life.only_living(log, log["from"], SYSTEM).in_order("from")


def _of_couples(life: Life) -> Log:
    """Draw orders after some of a couple's events; they name both."""
    rng, crimes = life.world.stream(SYSTEM, "couples"), life.crimes
    of_couple = np.flatnonzero((crimes["story"] == STORY["couple"]) & (rng.random(len(crimes)) < 0.16))
    pair = crimes["story_ref"][of_couple]
    n, event = len(pair), np.arange(len(pair))
    return Log(
        {"from": crimes["recorded"][of_couple] // DAY + 3 + rng.integers(0, 20, n),
         "kind": np.array([2, 3, 4, 0])[chosen(rng, np.array([0.5, 0.25, 0.1, 0.15]), n)]},
        parties((event, life.couples.abuser[pair], 0), (event, life.couples.victim[pair], 1)),
    )  # fmt: skip


def _of_gangs(life: Life) -> Log:
    rng, groups = life.world.stream(SYSTEM, "gangs"), life.groups
    member = groups.person[(groups.part == MEMBER) & (groups.kind[groups.group] == GROUP_KINDS.index("gang"))]
    some = member[rng.random(len(member)) < 0.15]
    n = len(some)
    return Log(
        {"from": rng.integers(0, life.world.calendar.n_days, n), "kind": np.full(n, 5)},
        parties((np.arange(n), some, 0)),
    )


def _bail(life: Life, detentions: Log, n: int) -> Log:
    """Draw bail with conditions and warrants; some bail protects a victim of the same detained person."""
    rng, people = life.world.stream(SYSTEM, "bail"), life.crimes.people
    bailed = np.flatnonzero(detentions["outcome"] == BAILED)
    if len(bailed) > n:
        bailed = np.sort(rng.permutation(bailed)[:n])
    who = detentions.people.who[bailed]
    event = np.arange(len(bailed))
    victims = people.where((people.part == VICT) & (people.who >= 0)).who
    protects = np.flatnonzero(rng.random(len(bailed)) < 0.35)
    return Log(
        {"from": detentions["released"][bailed] // DAY, "kind": np.where(rng.random(len(bailed)) < 0.2, 1, 0)},
        parties((event, who, 0), (protects, victims[rng.integers(0, len(victims), len(protects))], 1)),
    )


def courts_export(life: Life, detentions: Log) -> Export:
    """Write what the courts hand over."""
    world, log = life.world, draw_orders(life, detentions)
    ref = numbered("CO", np.arange(len(log)) + 1, 7)
    minutes = world.calendar.minutes
    late, gone = late_and_gone(log["from"] * DAY, minutes, world.stream(SYSTEM, "rows"), clean=life.clean)
    day = log["from"][log.people.event]
    now, later = life.write(PEN, log.people, day)
    head = {"order_no": pick(ref, log.people.event), "line": numbers(log.people.lines()),
            "party": pick(PARTIES, log.people.part)}  # fmt: skip
    stamp = _updated(world.calendar.write_days(day, "%Y-%m-%d"), "10")
    end = _updated(world.calendar.write_days(np.full(len(day), world.calendar.n_days - 1), "%Y-%m-%d"), "18")
    changed = np.array(_differs(_fields(now), _fields(later)))
    later_stamp = pick([*stamp.to_pylist(), end[0].as_py() if len(end) else ""],
                       np.where(changed, len(stamp), np.arange(len(stamp))))  # fmt: skip
    return Export(
        SYSTEM,
        {
            "orders": Sheet(_events(life, log, ref), np.arange(len(log))),
            "parties": Sheet(
                head | _fields(now) | {"updated": stamp}, log.people.event, _fields(later) | {"updated": later_stamp}
            ),
        },
        late,
        gone,
        _write,
        (Mentions("court_order_person", "person", log.people, ref),),
    )


def _differs(now: Mapping[str, Texts], later: Mapping[str, Texts]) -> list[bool]:
    rows = zip(*(t.to_pylist() for t in now.values()), strict=True)
    others = zip(*(t.to_pylist() for t in later.values()), strict=True)
    return [a != b for a, b in zip(rows, others, strict=True)]


def _events(life: Life, log: Log, ref: Texts) -> dict[str, Texts]:
    calendar, n, rng = life.world.calendar, len(log), life.world.stream(SYSTEM, "events")
    until = log["from"] + (_DAYS[log["kind"]] * rng.uniform(0.7, 1.3, n)).astype(np.int64)
    state = np.where(until < calendar.n_days, 1, np.where(rng.random(n) < 0.12, 2, 0))
    flat = [c for k in KINDS for c in _CONDITIONS[k]]
    starts = np.cumsum([0, *(len(_CONDITIONS[k]) for k in KINDS)])
    condition = starts[:-1][log["kind"]] + (rng.random(n) * np.diff(starts)[log["kind"]]).astype(np.int64)
    court = pick(["Northmere Magistrates' Court", "Northmere Crown Court", "Northmere Family Court"],
                 np.array([0, 0, 2, 1, 0, 1])[log["kind"]])  # fmt: skip
    return {
        "order_no": ref,
        "kind": pick(KINDS, log["kind"]),
        "court": court,
        "conditions": pick(flat, condition),
        "state": pick(STATES, state),
        "from_date": _date(calendar.epoch_day, log["from"]),
        "until_date": _date(calendar.epoch_day, until),
        "updated": _updated(calendar.write_days(log["from"], "%Y-%m-%d"), "09"),
    }


def _date(epoch_day: int, day: Ints) -> Texts:
    return write_dates(day + epoch_day, "%Y-%m-%d")


def _updated(days: Texts, hour: str) -> Texts:
    return glue("", days, f" {hour}:00:00")


def _fields(written: Written) -> dict[str, Texts]:
    return {
        "nominal": written.ref,
        "first": written.forenames,
        "last": written.surname,
        "dob": write_dates(written.birth, "%Y-%m-%d"),
        "address": written.address,
        "postcode": written.postcode,
    }


def _write(folder: Path, cuts: Mapping[str, Cut]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(folder / "orders.db")) as db:
        db.execute("PRAGMA journal_mode=OFF")
        db.execute("PRAGMA synchronous=OFF")
        for name, cut in cuts.items():
            columns = ", ".join(f'"{c}" {"INTEGER" if c == "line" else "TEXT"}' for c in cut.table.column_names)
            key = "order_no, line" if name == "parties" else "order_no"
            db.execute(f"CREATE TABLE {name} ({columns}, PRIMARY KEY ({key}))")
            marks = ", ".join("NULLIF(?, '')" for _ in cut.table.column_names)
            rows = zip(*(c.to_pylist() for c in cut.table.columns), strict=True)
            db.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
        db.commit()
