"""Who dies in the years of a history, which systems learn of it, and who bears the same name and lives on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from peelian.synth.city.calendar import NO_DAY
from peelian.synth.city.errors import DEATH_KNOWN
from peelian.synth.city.people import CHILD, YEAR, People
from peelian.synth.city.streams import Bools, Ints
from peelian.synth.city.world import World

NEVER = 1 << 40
_YOUNGEST = 4
_YEARLY_AT_0, _GROWS = 3e-5, 0.095
"""Risk of dying in a year of life: grows by so much with each year of age (Gompertz), near 6 % at 80."""

_EARLY = 25
"""One in so many of those who offend dies, whatever their age: intelligence goes on about somebody who is known."""


@dataclass(frozen=True)
class Deaths:
    """Who has died.

    Parameters
    ----------
    day : ndarray of int, shape (n_people,)
        Day of the history, :data:`NEVER` for those who live.
    namesake : ndarray of int, shape (n_people,)
        Of somebody dead, a child of the same name who lives; -1 for none.
    living : ndarray of int
        Grown-ups who live: one of them is met where a drawn event would have met somebody dead.
    """

    day: Ints
    namesake: Ints
    living: Ints

    def before(self, who: Ints, day: Ints) -> Bools:
        """Say who had died before a day; a firm never does."""
        return (who >= 0) & (self.day[np.maximum(who, 0)] < day)

    def stand_in(self, who: Ints, where: Bools, rng: np.random.Generator) -> Ints:
        """Put somebody who lives in the place of some."""
        others = self.living[rng.integers(0, len(self.living), int(where.sum()))]
        out = who.copy()
        out[where] = others
        return out


def draw_deaths(world: World, spared: Ints) -> Deaths:
    """Draw deaths by age; some parents die whose child bears their name. Those whose story goes on are spared."""
    people, rng = world.people, world.stream("deaths")
    dies = rng.random(people.n) < -np.expm1(-_risk(people) * world.calendar.n_days / YEAR)
    on = rng.integers(0, world.calendar.n_days, people.n)
    may = people.age > _YOUNGEST
    may[spared] = False
    parent, child = _of_one_name(people)
    pair = may[parent]
    parent, child = parent[pair][::5], child[pair][::5]
    dies[parent], dies[world.offenders[::_EARLY]], dies[child] = True, True, False
    day = np.where(dies & may, on, NEVER)
    namesake = np.full(people.n, -1)
    namesake[parent] = child
    living = np.flatnonzero((day == NEVER) & (people.age > 18) & (people.age < 70))
    return Deaths(day, namesake, living)


def death_day(world: World, deaths: Deaths, system: str, who: Ints, *, clean: bool) -> Ints:
    """Return what a system knows of people's deaths: days since 1970-01-01, ``NO_DAY`` where it knows of none."""
    known = world.stream("deaths", system).random(world.people.n) < (1.0 if clean else DEATH_KNOWN[system])
    at = np.maximum(who, 0)
    told = (who >= 0) & known[at] & (deaths.day[at] < NEVER)
    return np.where(told, deaths.day[at] + world.calendar.epoch_day, NO_DAY)


def _risk(people: People) -> np.ndarray:
    return _YEARLY_AT_0 * np.exp(_GROWS * people.age)


def _of_one_name(people: People) -> tuple[Ints, Ints]:
    """Return heads of households and, beside each, a child of the same names and sex."""
    head = people.head
    alike = (people.forename == people.forename[head]) & (people.surname == people.surname[head])
    child = np.flatnonzero(alike & (people.place == CHILD) & (people.female == people.female[head]))
    return head[child], child
