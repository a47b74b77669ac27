"""Missing people and safeguarding: ``reports.xml``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from peelian.synth.city.calendar import write_dates
from peelian.synth.city.columns import Texts, gathered, glue, numbered, numbers, pick
from peelian.synth.city.export import DAY, Cut, Export, Mentions, Sheet, late_and_gone
from peelian.synth.city.groups import LEADER, RUNNER
from peelian.synth.city.intelligence import write_lines
from peelian.synth.city.life import Life, pen
from peelian.synth.city.log import Log, parties, together
from peelian.synth.city.streams import chosen, spread
from peelian.synth.city.writing import Written

SYSTEM = "safeguarding"
PEN = pen(SYSTEM, "S", 0.6)
KINDS = ("MISCHI", "MISADU", "EXPL", "AAR")
PARTS = ("MISSING", "ATRISK", "REPORTER", "CONCERN")
_CHILD, _ADULT, _EXPLOITED, _AT_RISK = range(4)
_MISSING, _ATRISK, _REPORTER, _CONCERN = range(4)


def draw_concerns(life: Life) -> Log:
    """Draw reports: children who run for a line, tenants whose homes are taken over, victims of abuse, and others."""
    some = [_runners(life), _tenants(life), _abused(life)]
    some.append(_others(life, max(life.world.size.safeguarding - sum(map(len, some)), 20)))
    log = together(some)
    log = log.where(log["at"] < life.world.calendar.minutes)
    return life.only_living(log, log["at"] // DAY, SYSTEM).in_order("at")


def _runners(life: Life) -> Log:
    world, groups, rng = life.world, life.groups, life.world.stream(SYSTEM, "runners")
    row = np.flatnonzero(groups.part == RUNNER)
    which, _ = spread(2 + rng.poisson(3.5, len(row)))
    n, event = len(which), np.arange(len(which))
    child, group = groups.person[row][which], groups.group[row][which]
    missing = rng.random(n) < 0.7
    leaders = np.full(len(groups.kind), -1)
    is_leader = groups.part == LEADER
    leaders[groups.group[is_leader]] = groups.person[is_leader]
    named = ~missing & (rng.random(n) < 0.4)
    return Log(
        {"at": world.calendar.draw_minutes(rng, n, "evening"), "kind": np.where(missing, _CHILD, _EXPLOITED),
         "dwelling": world.people.home[child]},
        parties(
            (event[missing], child[missing], _MISSING),
            (event[~missing], child[~missing], _ATRISK),
            (event[named], leaders[group[named]], _CONCERN),
            (event[missing], world.resident(rng, world.people.home[child[missing]]), _REPORTER),
        ),
    )  # fmt: skip


def _tenants(life: Life) -> Log:
    groups, rng = life.groups, life.world.stream(SYSTEM, "tenants")
    n = len(groups.held_tenant)
    day = (groups.held_from + groups.held_until) // 2
    return Log(
        {"at": day * DAY + rng.integers(480, 1100, n), "kind": np.full(n, _AT_RISK), "dwelling": groups.held_dwelling},
        parties((np.arange(n), groups.held_tenant, _ATRISK)),
    )


def _abused(life: Life) -> Log:
    couples, rng = life.couples, life.world.stream(SYSTEM, "abused")
    pair = np.flatnonzero(rng.random(len(couples.victim)) < 0.35)[: max(life.world.size.safeguarding // 4, 5)]
    n, event = len(pair), np.arange(len(pair))
    return Log(
        {"at": life.world.calendar.draw_minutes(rng, n, "day"), "kind": np.full(n, _AT_RISK),
         "dwelling": life.world.people.home[couples.victim[pair]]},
        parties((event, couples.victim[pair], _ATRISK), (event, couples.abuser[pair], _CONCERN)),
    )  # fmt: skip


def _others(life: Life, n: int) -> Log:
    world, rng = life.world, life.world.stream(SYSTEM, "others")
    kind = chosen(rng, np.array([0.35, 0.22, 0.03, 0.4]), n)
    often = world.anybody(rng, max(10, n // 4), 12, 95)
    who = often[chosen(rng, 1.0 / (1 + np.arange(len(often))) ** 0.5, n)]
    kind = np.where((world.people.age[who] < 18) & (kind != _EXPLOITED), _CHILD, np.where(kind == _CHILD, _ADULT, kind))
    missing = kind <= _ADULT
    event = np.arange(n)
    rings = np.flatnonzero(rng.random(n) < 0.5)
    return Log(
        {"at": world.calendar.draw_minutes(rng, n), "kind": kind, "dwelling": world.people.home[who]},
        parties(
            (event[missing], who[missing], _MISSING),
            (event[~missing], who[~missing], _ATRISK),
            (rings, world.resident(rng, world.people.home[who[rings]]), _REPORTER),
        ),
    )


def safeguarding_export(life: Life) -> Export:
    """Write what the safeguarding system hands over."""
    world, log = life.world, draw_concerns(life)
    ref = numbered("SG", np.arange(len(log)) + 1, 6)
    late, gone = late_and_gone(log["at"], world.calendar.minutes, world.stream(SYSTEM, "rows"), clean=life.clean)
    now, later = life.write(PEN, log.people, log["at"][log.people.event] // DAY)
    line, part = numbers(log.people.lines()), pick(PARTS, log.people.part)
    died = write_dates(life.died(SYSTEM, log.people.who), "%Y-%m-%d")
    return Export(
        SYSTEM,
        {
            "reports": Sheet({"xml": _event(life, log, ref)}, np.arange(len(log))),
            "people": Sheet(
                {"xml": _person(line, part, now, died)}, log.people.event, {"xml": _person(line, part, later, died)}
            ),
        },
        late,
        gone,
        _write,
        (Mentions("missing_person", "person", log.people, ref),),
    )


def _event(life: Life, log: Log, ref: Texts) -> Texts:
    calendar, n, rng = life.world.calendar, len(log), life.world.stream(SYSTEM, "events")
    found = log["at"] + 60 + rng.exponential(1500, n).astype(np.int64)
    found = np.where((log["kind"] <= _ADULT) & (found < calendar.minutes), found, -1)
    return _attributes({
        "ref": ref,
        "kind": pick(KINDS, log["kind"]),
        "risk": pick(tuple("HML"), chosen(rng, np.array([0.22, 0.6, 0.18]), n)),
        "opened": _seconds(calendar.write(log["at"], "%Y-%m-%d", "T")),
        "found": _seconds(calendar.write(found, "%Y-%m-%d", "T")),
        "place": life.world.layout.street_text(log["dwelling"]),
    })  # fmt: skip


def _seconds(texts: Texts) -> Texts:
    return pc.if_else(pc.equal(texts, ""), "", glue("", texts, ":00"))


def _person(line: Texts, part: Texts, written: Written, died: Texts) -> Texts:
    fields = {
        "line": line, "part": part, "nominal": written.ref, "forenames": written.forenames, "surname": written.surname,
        "dob": write_dates(written.birth, "%Y-%m-%d"), "address": written.address, "postcode": written.postcode,
        "phone": written.phones, "died": died,
    }  # fmt: skip
    return glue("", "<person", _attributes(fields), "/>")


def _attributes(fields: Mapping[str, Texts]) -> Texts:
    """Write attributes; what is empty is left out. Firms alone hold an ampersand."""
    out = []
    for name, texts in fields.items():
        text = pc.replace_substring(texts, "&", "&amp;")
        out.append(pc.if_else(pc.equal(texts, ""), "", glue("", f' {name}="', text, '"')))
    return glue("", *out)


def _write(folder: Path, cuts: Mapping[str, Cut]) -> None:
    reports, people = cuts["reports"], cuts["people"]
    at = np.searchsorted(reports.event, people.event)
    inside = gathered(people.table["xml"].combine_chunks(), at, len(reports.event), "\n  ")
    heads = reports.table["xml"].combine_chunks()
    lines = glue("", "<report", heads, ">\n  ", inside, "\n</report>\n")
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<reports>\n'
    write_lines(folder / "reports.xml", lines, head, "</reports>\n")
