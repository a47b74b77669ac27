"""Abuse within couples: most come to notice once, a few again and again, and the worst often with no earlier contact.

References
----------
Bland and Ariel (2015), Targeting Escalation in Reported Domestic Abuse: no escalation was found in 727 chronic couples,
and over half of those with the gravest harm had no earlier contact. So there is none here either.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from peelian.synth.city.codes import CONV, CONVICTED, OFFENCE, STORY, SUSP, VICT, WITN
from peelian.synth.city.everyday import DAY, draw_mo, outcomes, recording_delay
from peelian.synth.city.log import Log, parties
from peelian.synth.city.people import HEAD, PARTNER
from peelian.synth.city.streams import Ints, chosen, spread
from peelian.synth.city.world import World

ABUSE = 0.09
"""Share of couples with abuse that comes to notice in three years."""

_KINDS = {"DAHR": 0.62, "VIOL": 0.2, "STALK": 0.1, "CDAM": 0.05, "HARM": 0.03}


@dataclass(frozen=True)
class Couples:
    """Couples in which one harms the other. Arrays run in parallel; ``parted_on`` is a day, -1 for still together."""

    abuser: Ints
    victim: Ints
    parted_on: Ints


def find_couples(world: World) -> Couples:
    """Choose the couples."""
    people, rng = world.people, world.stream("couples")
    partner = np.flatnonzero(people.place == PARTNER)
    partner = partner[people.place[partner - 1] == HEAD]
    pair = partner[rng.random(len(partner)) < ABUSE]
    head_harms = rng.random(len(pair)) < np.where(people.female[pair - 1], 0.2, 0.8)
    abuser, victim = np.where(head_harms, pair - 1, pair), np.where(head_harms, pair, pair - 1)
    parted = np.where(rng.random(len(pair)) < 0.3, rng.integers(60, world.calendar.n_days, len(pair)), -1)
    return Couples(abuser, victim, parted)


def couple_crimes(world: World, couples: Couples) -> Log:
    """Draw what happened between them."""
    rng = world.stream("couples", "crimes")
    n_times = 1 + np.minimum(rng.negative_binomial(0.35, 0.16, len(couples.abuser)), 25)
    pair, _ = spread(n_times)
    n = len(pair)
    event = np.arange(n)
    offence = np.array([OFFENCE[k] for k in _KINDS])[chosen(rng, np.array(list(_KINDS.values())), n)]
    end = world.calendar.draw_minutes(rng, n, "evening")
    abuser, victim = couples.abuser[pair], couples.victim[pair]
    known = np.ones(n, dtype=bool)
    outcome = outcomes(rng, known, end, world.calendar.minutes)
    convicted = outcome == CONVICTED
    sees = rng.random(n) < 0.3
    columns = {
        "offence": offence,
        "dwelling": world.people.home_on(victim, end // DAY),
        "start": end - rng.integers(0, 90, n).clip(0, end),
        "end": end,
        "recorded": end + recording_delay(rng, n) // 3,
        "outcome": outcome,
        **draw_mo(rng, "- HAND|THR|KNF -", n),
        "story": np.full(n, STORY["couple"]),
        "story_ref": pair,
    }
    people = parties(
        (event, victim, VICT),
        (event[convicted], abuser[convicted], CONV),
        (event[~convicted], abuser[~convicted], SUSP),
        (event[sees], world.resident(rng, columns["dwelling"][sees]), WITN),
    )
    return Log(columns, people)
