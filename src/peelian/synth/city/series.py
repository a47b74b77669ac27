"""Series: one offender, a patch, and a way of doing it that changes as it goes."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from peelian.synth.city.codes import CONV, CONVICTED, MO_AT, OFFENCE, STORY, SUSP, USED, VICT, WITN
from peelian.synth.city.everyday import DAY, outcomes, recording_delay
from peelian.synth.city.log import Log, parties
from peelian.synth.city.streams import Ints, spread
from peelian.synth.city.world import World

PER_PEOPLE = 1 / 1_400
"""Series for one inhabitant, over the whole history."""

DETECTED = 0.22
"""Share of a series' offences that are ever laid at its offender's door."""

_WAYS = {
    "BURG-DW": (("RDR", "SNP", "JWL"), ("RDR", "JEM", "JWL"), ("WIN", "JEM", "CASH")),
    "ROBB": (("", "KNF", "PHN"), ("", "MPD", "PHN"), ("", "MPD", "BAG")),
    "TFV": (("WIN", "BRK", "TLS"), ("KEY", "REL", "TLS"), ("KEY", "REL", "CAT")),
    "BURG-OTH": (("ROOF", "BRK", "TLS"), ("RDR", "JEM", "CASH"), ("RDR", "JEM", "ELEC")),
}
"""What each kind of series begins with, and what it turns into."""


def series_crimes(world: World) -> tuple[Log, Ints]:
    """Draw the series; return their offences and each series' offender."""
    rng = world.stream("series")
    n_series = max(2, int(world.people.n * PER_PEOPLE))
    offender = rng.choice(world.offenders, min(n_series, len(world.offenders)), replace=False)
    kind = rng.integers(0, len(_WAYS), len(offender))
    which, nth = spread(rng.integers(5, 26, len(offender)))
    n, size = len(which), np.bincount(which)
    first = rng.integers(0, max(1, world.calendar.n_days - 200), len(offender))
    gap = rng.uniform(1.5, 9.0, len(offender))
    day = first[which] + (nth * gap[which] * rng.uniform(0.7, 1.3, n)).astype(np.int64)
    day = np.minimum(day, world.calendar.n_days - 1)
    end = day * DAY + world.calendar.draw_hours(rng, n, "night")
    phase = np.minimum(3 * nth // np.maximum(size[which], 1), 2)
    event, who = np.arange(n), offender[which]
    known = rng.random(n) < DETECTED
    outcome = outcomes(rng, known, end, world.calendar.minutes)
    convicted = known & (outcome == CONVICTED)
    dwelling = _places(world, offender, which, nth, rng)
    codes = [OFFENCE[k] for k in _WAYS]
    victim = world.resident(rng, dwelling)
    seen = np.flatnonzero(rng.random(n) < 0.15)
    vehicle = world.vehicle_of[who]
    drives = (vehicle >= 0) & (rng.random(n) < 0.2)
    columns = {
        "offence": np.array(codes)[kind[which]],
        "dwelling": dwelling,
        "start": np.maximum(end - rng.integers(10, 400, n), 0),
        "end": end,
        "recorded": end + recording_delay(rng, n),
        "outcome": outcome,
        **_ways(kind[which], phase, rng),
        "story": np.full(n, STORY["series"]),
        "story_ref": which,
        "phase": phase,
    }
    people = parties(
        (event, victim, VICT),
        (event[convicted], who[convicted], CONV),
        (event[known & ~convicted], who[known & ~convicted], SUSP),
        (seen, world.resident(rng, dwelling[seen]), WITN),
    )
    return Log(columns, people, parties((event[drives], vehicle[drives], USED))), offender


def _ways(kind: Ints, phase: Ints, rng: np.random.Generator) -> dict[str, Ints]:
    table = np.array([[[MO_AT[c] for c in way] for way in ways] for ways in _WAYS.values()])
    chosen_ways = table[kind, phase]
    unsaid = rng.random(chosen_ways.shape) < 0.15
    values = np.where(unsaid, 0, chosen_ways)
    return {slot: values[:, k] for k, slot in enumerate(("mo_in", "mo_with", "mo_for"))}


def _places(world: World, offender: Ints, which: Ints, nth: Ints, rng: np.random.Generator) -> Ints:
    """Place offences round an anchor not far from home; the anchor moves once, late in the series."""
    house = world.layout.ground.house_m
    home = house[world.people.home[offender]]
    reach = np.sqrt(world.layout.ground.outline.area) * 0.08 + 200
    anchors = home[:, None, :] + rng.normal(0, reach, (len(offender), 2, 2))
    at = anchors[which, (nth > 9).astype(int)] + rng.normal(0, 260, (len(which), 2))
    return cKDTree(house).query(at)[1].astype(np.int64)
