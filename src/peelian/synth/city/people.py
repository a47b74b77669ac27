"""The people of a made-up city: households and families, twins, names and changes of name, moves, telephones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from peelian.synth.city.calendar import NO_DAY, Calendar
from peelian.synth.city.columns import Texts, numbered, pick
from peelian.synth.city.cultures import CULTURES
from peelian.synth.city.layout import HOUSEHOLD, Layout
from peelian.synth.city.names import TAIL, Pool, given_pool, surname_pool
from peelian.synth.city.sizes import Size
from peelian.synth.city.streams import Bools, Floats, Ints, chosen, spread, stream

YEAR = 365.25
NOBODY = -1

_KINDS = {"single": 0.29, "couple": 0.26, "family": 0.24, "lone": 0.10, "sharers": 0.06, "three": 0.05}
_SINGLE, _COUPLE, _FAMILY, _LONE, _SHARERS, _THREE = range(6)
HEAD, PARTNER, CHILD, SHARER, ELDER = range(5)
"""Places in a household."""

TWINS = 0.018
_TAIL_POOL = 0.6
"""Generated surnames of a culture for one of its people."""


@dataclass(frozen=True)
class Names:
    """All words of names in one column; people hold positions in it."""

    words: Texts
    surname_start: Ints
    given_start: Ints
    surnames: tuple[Pool, ...]
    givens: tuple[tuple[Pool, Pool], ...]


@dataclass(frozen=True)
class People:
    """Everybody. Arrays run in parallel; a person's number is a position in them.

    Days of life and death count from 1970-01-01; other days from the first day of the history.
    Names are positions in ``names.words``, -1 for none; dwellings are positions in the layout, -1 for none.
    """

    names: Names
    culture: Ints
    female: Bools
    birth: Ints
    papers_birth: Ints
    household: Ints
    place: Ints
    twin: Bools
    home: Ints
    moved_to: Ints
    moved_on: Ints
    forename: Ints
    middle: Ints
    surname: Ints
    new_surname: Ints
    renamed_on: Ints
    phone: Ints
    new_phone: Ints
    phone_on: Ints
    end: int

    @property
    def n(self) -> int:
        """Return how many people there are."""
        return len(self.birth)

    @property
    def age(self) -> Floats:
        """Return ages in years at the end of the history."""
        return (self.end - self.birth) / YEAR

    @property
    def head(self) -> Ints:
        """Return for everybody the first of their household."""
        return np.flatnonzero(np.diff(self.household, prepend=-1))[self.household]

    def home_on(self, who: Ints, day: Ints) -> Ints:
        """Return where people lived on a day."""
        moved = (self.moved_to[who] >= 0) & (day >= self.moved_on[who])
        return np.where(moved, self.moved_to[who], self.home[who])

    def surname_on(self, who: Ints, day: Ints) -> Ints:
        """Return people's surnames on a day."""
        renamed = (self.new_surname[who] >= 0) & (day >= self.renamed_on[who])
        return np.where(renamed, self.new_surname[who], self.surname[who])

    def phone_on_day(self, who: Ints, day: Ints) -> Ints:
        """Return people's telephone numbers on a day; -1 for none."""
        changed = (self.new_phone[who] >= 0) & (day >= self.phone_on[who])
        return np.where(changed, self.new_phone[who], self.phone[who])


def settle(seed: int, size: Size, layout: Layout, calendar: Calendar) -> People:
    """Fill the dwellings with households."""
    rng = stream(seed, "people")
    households = min(int(size.people / HOUSEHOLD), layout.n)
    home = rng.permutation(layout.n)[:households]
    kind = chosen(rng, np.array(list(_KINDS.values())), households)
    household, nth = spread(_members(kind, rng))
    place = _places(kind[household], nth)
    end = calendar.epoch_day + calendar.n_days
    age = _ages(kind, household, place, rng)
    female = _sexes(kind, household, place, rng)
    birth = end - (age * YEAR).astype(np.int64) - rng.integers(0, 365, len(age))
    twin = _twins(birth, household, place, rng)
    culture = _cultures(layout, home, household, rng)
    names = _names(size)
    given = _given_names(names, culture, female, household, place, rng)
    surname, new_surname, renamed_on = _surnames(names, culture, female, household, place, rng, calendar)
    moved_to, moved_on = _moves(layout, household, place, age, rng, calendar)
    phones = _phones(len(age), age, household, place, rng, calendar)
    return People(
        names, culture, female, birth, _papers(birth, culture, age, rng), household, place, twin, home[household],
        moved_to, moved_on, *given, surname, new_surname, renamed_on, *phones, end,
    )  # fmt: skip


def _members(kind: Ints, rng: np.random.Generator) -> Ints:
    n = len(kind)
    children = 1 + np.minimum(rng.poisson(0.9, n), 5)
    counts = np.ones(n, dtype=np.int64)
    counts[kind == _COUPLE] = 2
    counts = np.where(kind == _FAMILY, 2 + children, counts)
    counts = np.where(kind == _LONE, 1 + children, counts)
    counts = np.where(kind == _SHARERS, 3 + rng.integers(0, 3, n), counts)
    return np.where(kind == _THREE, 3 + children, counts)


def _places(kind: Ints, nth: Ints) -> Ints:
    place = np.where(nth == 0, HEAD, CHILD)
    place = np.where((nth == 1) & np.isin(kind, (_COUPLE, _FAMILY, _THREE)), PARTNER, place)
    place = np.where((nth == 2) & (kind == _THREE), ELDER, place)
    return np.where(kind == _SHARERS, SHARER, place)


def _ages(kind: Ints, household: Ints, place: Ints, rng: np.random.Generator) -> Floats:
    """Draw ages in years at the end of the history."""
    low = np.array([20, 22, 25, 20, 18, 30])[kind]
    high = np.array([90, 82, 54, 48, 32, 52])[kind]
    head = low + (high - low) * rng.random(len(kind))
    own = head[household]
    n = len(own)
    child = np.clip(own - 18 - rng.random(n) * 22, 0, 24)
    age = np.where(place == PARTNER, np.clip(own + rng.normal(-1, 4, n), 18, 92), own)
    age = np.where(place == CHILD, child, age)
    age = np.where(place == SHARER, 18 + rng.gamma(2.0, 3.5, n), age)
    return np.where(place == ELDER, np.minimum(own + 21 + rng.random(n) * 14, 95), age)


def _sexes(kind: Ints, household: Ints, place: Ints, rng: np.random.Generator) -> Bools:
    n = len(place)
    head = rng.random(len(kind)) < np.where(kind == _LONE, 0.88, 0.48)
    female = rng.random(n) < 0.5
    female = np.where(place == HEAD, head[household], female)
    alike = rng.random(n) < 0.04
    return np.where(place == PARTNER, head[household] == alike, female).astype(bool)


def _twins(birth: Ints, household: Ints, place: Ints, rng: np.random.Generator) -> Bools:
    """Give some children the birthday of the child before them, in place; say who is a twin."""
    after = np.zeros(len(birth), dtype=bool)
    after[1:] = (place[1:] == CHILD) & (place[:-1] == CHILD) & (household[1:] == household[:-1])
    second = after & (rng.random(len(birth)) < TWINS)
    second[1:] &= ~second[:-1]
    at = np.flatnonzero(second)
    birth[at] = birth[at - 1]
    twin = second.copy()
    twin[at - 1] = True
    return twin


def _cultures(layout: Layout, home: Ints, household: Ints, rng: np.random.Generator) -> Ints:
    """Draw each household's culture by ward, and now and then another one for a member."""
    share = np.array([c.share for c in CULTURES])
    wards = len(layout.ward_start) - 1
    by_ward = share * np.exp(stream(20_260_303).normal(0, 0.6, (wards, len(share))))
    edges = np.cumsum(by_ward, axis=1) / by_ward.sum(axis=1, keepdims=True)
    ward = layout.ground.house_district[home]
    luck = rng.random(len(home))
    culture = (luck[:, None] > edges[ward]).sum(axis=1)[household]
    other = rng.random(len(household)) < 0.04
    culture[other] = chosen(rng, share, int(other.sum()))
    return np.minimum(culture, len(share) - 1)


def _names(size: Size) -> Names:
    surnames = tuple(surname_pool(c, int(size.people * c.share * _TAIL_POOL)) for c in CULTURES)
    givens = tuple(
        (given_pool(c, "m", int(size.people * c.share * 0.03)), given_pool(c, "f", int(size.people * c.share * 0.03)))
        for c in CULTURES
    )
    columns = [p.names for p in surnames] + [p.names for pair in givens for p in pair]
    starts = np.cumsum([0, *(len(c) for c in columns)])
    k = len(surnames)
    return Names(pa.concat_arrays(columns), starts[:k], starts[k:-1].reshape(k, 2), surnames, givens)


def _given_names(
    names: Names, culture: Ints, female: Bools, household: Ints, place: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Draw forenames and middle names; some sons and daughters bear a parent's forename."""
    n = len(culture)
    forename, middle = np.full(n, -1), np.full(n, -1)
    for c, pair in enumerate(names.givens):
        for sex, pool in enumerate(pair):
            here = np.flatnonzero((culture == c) & (female == bool(sex)))
            forename[here] = names.given_start[c, sex] + pool.draw(rng, len(here), TAIL["given"])
            middle[here] = names.given_start[c, sex] + pool.draw(rng, len(here), TAIL["given"])
    middle[rng.random(n) < 0.45] = -1
    first = np.flatnonzero(np.diff(household, prepend=-1))[household]
    after_parent = (place == CHILD) & (female == female[first]) & (rng.random(n) < 0.03)
    forename[after_parent] = forename[first[after_parent]]
    return forename, middle


def _surnames(
    names: Names,
    culture: Ints,
    female: Bools,
    household: Ints,
    place: Ints,
    rng: np.random.Generator,
    calendar: Calendar,
) -> tuple[Ints, Ints, Ints]:
    """Give surnames by family, and new ones to those who marry or change theirs during the history."""
    n = len(culture)
    own = np.full(n, -1)
    for c, pool in enumerate(names.surnames):
        here = np.flatnonzero(culture == c)
        own[here] = names.surname_start[c] + pool.draw(rng, len(here), TAIL["surname"])
    takes = np.array([c.partner_takes for c in CULTURES])[culture]
    shares = ((place == PARTNER) & (rng.random(n) < takes)) | (place == CHILD) & (rng.random(n) < 0.93)
    shares |= (place == ELDER) & (rng.random(n) < 0.5)
    head = np.flatnonzero(np.diff(household, prepend=-1))[household]
    family = np.where(shares, own[head], own)
    luck = rng.random(n)
    marries = shares & (place == PARTNER) & (luck < 0.05)
    changes = (place != CHILD) & (luck > 0.994)
    surname = np.where(marries, own, family)
    new = np.where(marries, family, np.where(changes, own[rng.permutation(n)], -1))
    return surname, new, rng.integers(30, calendar.n_days, n)


def _moves(
    layout: Layout, household: Ints, place: Ints, age: Floats, rng: np.random.Generator, calendar: Calendar
) -> tuple[Ints, Ints]:
    """Move some households, and some of the young on their own."""
    together = rng.random(int(household.max()) + 1) < 0.12
    where = rng.integers(0, layout.n, len(together))
    when = rng.integers(10, calendar.n_days, len(together))
    alone = (rng.random(len(age)) < 0.12) & (age > 18) & (age < 32) & ((place == CHILD) | (place == SHARER))
    moved_to = np.where(together[household], where[household], -1)
    moved_to = np.where(alone, rng.integers(0, layout.n, len(age)), moved_to)
    moved_on = np.where(alone, rng.integers(10, calendar.n_days, len(age)), when[household])
    return moved_to, moved_on


def _phones(
    n: int, age: Floats, household: Ints, place: Ints, rng: np.random.Generator, calendar: Calendar
) -> tuple[Ints, Ints, Ints]:
    """Give telephones from eleven years on; some share one; some change theirs."""
    phone = np.arange(n)
    head = np.flatnonzero(np.diff(household, prepend=-1))[household]
    shared = (rng.random(n) < np.where(age > 75, 0.2, 0.03)) & (place != SHARER)
    phone = np.where(shared, phone[head], phone)
    phone[age < 11] = -1
    new = np.where((rng.random(n) < 0.18) & (phone >= 0) & ~shared, n + np.arange(n), -1)
    return phone, new, rng.integers(10, calendar.n_days, n)


def _papers(birth: Ints, culture: Ints, age: Floats, rng: np.random.Generator) -> Ints:
    """Return birth dates as people's papers have them: for some, 1 January, because nobody knows the day."""
    unknown = (rng.random(len(birth)) < np.array([c.new_year for c in CULTURES])[culture]) & (age > 18)
    years = birth.astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    return np.where(unknown, years, birth)


def phone_text(phone: Ints) -> Texts:
    """Write telephone numbers by their position: each its own, none in use; nothing for -1."""
    at = np.where(phone < 0, 0, phone)
    texts = numbered("06", (at * 387_420_489 + 123_456_789) % 1_000_000_000, 9)
    return pa.compute.if_else(pa.array(phone < 0), "", texts) if (phone < 0).any() else texts


def word(people: People, name: Ints) -> Texts:
    """Write names by their position; nothing for -1."""
    some = pick(people.names.words, np.where(name < 0, 0, name))
    return pa.compute.if_else(pa.array(name < 0), "", some) if (name < 0).any() else some


NOT_DEAD = NO_DAY
