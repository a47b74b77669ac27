"""What all systems of a made-up city write about: the crimes and the stories behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from peelian.synth.city.chance import Chance, plant_chance
from peelian.synth.city.codes import OFFENCE, VICT, WITN
from peelian.synth.city.couples import Couples, couple_crimes, find_couples
from peelian.synth.city.deaths import Deaths, death_day, draw_deaths
from peelian.synth.city.errors import ERRORS, ROW_ERRORS
from peelian.synth.city.everyday import DAY, everyday_crimes
from peelian.synth.city.groups import Groups, form_groups, group_crimes
from peelian.synth.city.log import Log, Parties, together
from peelian.synth.city.series import series_crimes
from peelian.synth.city.streams import Bools, Ints
from peelian.synth.city.world import World
from peelian.synth.city.writing import STREET, Pen, Written, put_right, write_people
from peelian.synth.city.writing import clean as clean_pen


@dataclass(frozen=True)
class Life:
    """Three years of a city.

    Parameters
    ----------
    crimes : Log
        In order of when they were recorded; as the crime system numbers them.
    couples, groups, chance : Couples, Groups, Chance
    series_offender : ndarray of int, shape (n_series,)
    nickname : ndarray of int, shape (n_people,)
        Street names, positions in ``writing.STREET``, -1 for none.
    deaths : Deaths
    clean : bool
        Nothing goes wrong on the way into the systems.
    """

    world: World
    crimes: Log
    couples: Couples
    groups: Groups
    chance: Chance
    series_offender: Ints
    nickname: Ints
    deaths: Deaths
    clean: bool

    def only_living(self, log: Log, day: Ints, system: str, keep: Bools | None = None) -> Log:
        """Return the log with somebody else wherever it would meet somebody dead, or not yet born, on the event's day.

        ``keep`` says which lines may go on about the dead.
        """
        return _only_living(self.world, self.deaths, log, day, system, keep)

    def died(self, system: str, who: Ints) -> Ints:
        """Return when people died, as far as a system knows: days since 1970-01-01, ``NO_DAY`` for none."""
        return death_day(self.world, self.deaths, system, who, clean=self.clean)

    def twice(self, log: Log, system: str) -> Log:
        """Return the log with a few events entered twice."""
        if self.clean:
            return log
        again = self.world.stream(system, "again").random(len(log)) < ROW_ERRORS["again"][0]
        return together([log, log.where(again)])

    def write(
        self, pen: Pen, people: Parties, day: Ints, hostel: tuple[Ints, Ints] | None = None
    ) -> tuple[Written, Written]:
        """Write people into a system; return how it reads now and how it reads a month later, some rows put right."""
        rng = self.world.stream(pen.system, "people")
        held = clean_pen(pen) if self.clean else pen
        now = write_people(self.world, held, people.who, day, rng, nickname=self.nickname, hostel=hostel)
        where = self._corrected(pen.system, len(people))
        if not where.any():
            return now, now
        right = write_people(
            self.world, clean_pen(pen), people.who, day, self.world.stream(pen.system, "right"),
            nickname=self.nickname, hostel=hostel,
        )  # fmt: skip
        return now, put_right(now, right, where)

    def _corrected(self, system: str, n: int) -> Bools:
        if self.clean:
            return np.zeros(n, dtype=bool)
        return self.world.stream(system, "corrected").random(n) < ROW_ERRORS["corrected"][0]


def live(world: World, *, clean: bool) -> Life:
    """Let three years pass."""
    couples, groups, chance = find_couples(world), form_groups(world), plant_chance(world)
    of_couples = couple_crimes(world, couples)
    of_series, offender = series_crimes(world)
    of_groups = group_crimes(world, groups)
    stories = len(of_couples) + len(of_series) + len(of_groups)
    everyday = _with_known_to_all(world, everyday_crimes(world, max(world.size.crimes - stories, 100)), chance)
    crimes = together([everyday, of_couples, of_series, of_groups])
    crimes = crimes.where(crimes["recorded"] < world.calendar.minutes)
    deaths = draw_deaths(world, _spared(couples, groups, chance, offender))
    people = crimes.people
    defrauded = (crimes["offence"][people.event] == OFFENCE["FRAUD"]) & (people.part == VICT)
    crimes = _only_living(world, deaths, crimes, crimes["end"] // DAY, "crime", defrauded)
    life = Life(world, crimes, couples, groups, chance, offender, _nicknames(world, groups), deaths, clean)
    return Life(**{**life.__dict__, "crimes": life.twice(crimes, "crime").in_order("recorded")})


def _spared(couples: Couples, groups: Groups, chance: Chance, offender: Ints) -> Ints:
    """Return those whose story goes on to the end."""
    return np.concatenate(
        [couples.victim, couples.abuser, groups.person, groups.held_tenant, chance.known_to_all, offender]
    )


def _only_living(world: World, deaths: Deaths, log: Log, day: Ints, system: str, keep: Bools | None = None) -> Log:
    people = log.people
    who = _only_born(world, people.who, day[people.event])
    late = deaths.before(who, day[people.event])
    late = late if keep is None else late & ~keep
    who = deaths.stand_in(who, late, world.stream(system, "living"))
    return Log(log.columns, Parties(people.event, who, people.part), log.vehicles)


def _only_born(world: World, who: Ints, day: Ints) -> Ints:
    """Put the head of the household in the place of a child who was not born on that day."""
    people, at = world.people, np.maximum(who, 0)
    unborn = (who >= 0) & (people.birth[at] > day + world.calendar.epoch_day)
    return np.where(unborn, people.head[at], who)


def _with_known_to_all(world: World, crimes: Log, chance: Chance) -> Log:
    """Make a few ordinary people victim or witness of dozens of unrelated offences."""
    rng = world.stream("chance", "crimes")
    each = np.minimum(rng.integers(20, 50, len(chance.known_to_all)), max(3, len(crimes) // 40))
    who = np.repeat(chance.known_to_all, each)
    event = rng.choice(len(crimes), len(who), replace=False)
    part = np.where(rng.random(len(who)) < 0.3, VICT, WITN)
    people = crimes.people
    grown = Parties(
        np.concatenate([people.event, event]), np.concatenate([people.who, who]), np.concatenate([people.part, part])
    )
    return Log(crimes.columns, grown, crimes.vehicles)


def _nicknames(world: World, groups: Groups) -> Ints:
    """Give members of groups street names; several people bear one."""
    out = np.full(world.people.n, -1)
    out[groups.person] = world.stream("nicknames").integers(0, len(STREET), len(groups.person))
    return out


def pen(
    system: str, ref_form: str = "", ref_share: float = 0.0, alias_share: float = 0.0, both_phones: float = 0.0
) -> Pen:
    """Return a system's hand, with its documented errors."""
    return Pen(system, ERRORS[system], ref_form, ref_share, alias_share, both_phones)
