"""A housing partner: ``tenancies.csv``. Most of its columns are there to be refused at the door."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from peelian.synth.city.columns import glue, numbered, numbers, pick
from peelian.synth.city.cultures import CULTURES
from peelian.synth.city.export import Cut, Export, Sheet, write_csv
from peelian.synth.city.life import Life
from peelian.synth.city.people import word

SYSTEM = "housing"


def housing_export(life: Life) -> Export:
    """Write what the housing partner hands over: cuckooed homes are among its lets."""
    world, rng = life.world, life.world.stream(SYSTEM)
    people, groups = world.people, life.groups
    heads = np.flatnonzero(np.diff(people.household, prepend=-1))
    some = rng.choice(heads, min(world.size.tenancies, len(heads)), replace=False)
    who = np.unique(np.concatenate([some, groups.held_tenant]))
    n = len(who)
    cuckooed = np.isin(who, groups.held_tenant)
    noticed = (cuckooed & (rng.random(n) < 0.8)) | (rng.random(n) < 0.004)
    vulnerable = (cuckooed & (rng.random(n) < 0.85)) | (rng.random(n) < 0.06)
    columns = {
        "tenancy_no": numbered("T", np.arange(n) + 1, 7),
        "tenant": glue(" ", word(people, people.forename[who]), word(people, people.surname[who])),
        "address": pick(world.layout.address, people.home[who]),
        "postcode": pick(world.layout.postcode, people.home[who]),
        "start": world.calendar.write_days(rng.integers(0, world.calendar.n_days, n), "%d/%m/%Y"),
        "cuckooing": pick(("N", "Y"), noticed.astype(np.int64)),
        "vulnerable": pick(("N", "Y"), vulnerable.astype(np.int64)),
        "arrears": numbers((rng.exponential(120, n) * (rng.random(n) < 0.4)).astype(np.int64)),
        "benefit": pick(("N", "Y"), (rng.random(n) < 0.5).astype(np.int64)),
        "ethnicity": pick([c.name for c in CULTURES], people.culture[who]),
    }
    none = np.zeros(n, dtype=bool)
    return Export(SYSTEM, {"tenancies": Sheet(columns, np.arange(n))}, none, none, _write)


def _write(folder: Path, cuts: Mapping[str, Cut]) -> None:
    write_csv(folder / "tenancies.csv", cuts["tenancies"])
