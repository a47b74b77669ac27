"""Where what is on record happened: the same facts as on a chart's timeline, by place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from peelian.find.timeline import Moment, Timeline

SPOTS_MAX = 60
"""Places on one map: more numbers than that cannot be told apart."""

Metres = tuple[int, int]


@dataclass(frozen=True)
class Spot:
    """One place, and what happened there, an event once, the newest first.

    Parameters
    ----------
    at_m : tuple of int
        Easting and northing, metres.
    """

    number: int
    at_m: Metres
    moments: tuple[Moment, ...]


@dataclass(frozen=True)
class Spots:
    """Places, those with most events first; how many were left out, and how many records say no place."""

    spots: tuple[Spot, ...]
    left_out: int = 0
    nowhere: int = 0


def gather_spots(line: Timeline) -> Spots:
    """Put what happened at one place together, each event once."""
    at: dict[Metres, dict[tuple[str, str], Moment]] = {}
    told = [part for moment in line.moments for part in (moment, *moment.parts)]
    for moment in told:
        if moment.fact.at_m is not None:
            event = moment.fact.source, moment.fact.event or moment.fact.record_id
            there = at.setdefault(moment.fact.at_m, {})
            if event not in there or (moment.fact.role and not there[event].fact.role):
                there[event] = moment  # what somebody whose page is open did there says most
    places = [(where, tuple(moments.values())) for where, moments in at.items()]
    ranked = sorted(places, key=lambda item: (-len(item[1]), -_newest(item[1]).toordinal(), item[0]))
    spots = tuple(Spot(n, where, moments) for n, (where, moments) in enumerate(ranked[:SPOTS_MAX], start=1))
    nowhere = sum(moment.fact.at_m is None for moment in told)
    return Spots(spots, max(0, len(ranked) - SPOTS_MAX), nowhere)


def _newest(moments: Sequence[Moment]) -> date:
    return max((m.on for m in moments if m.on), default=date.min)
