"""How a system writes a person down: the truth of the day, then what goes wrong on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow.compute as pc

from peelian.synth.city.calendar import NO_DAY
from peelian.synth.city.columns import Texts, either, glue, glue_filled, no_texts, numbered, patched, pick, placed
from peelian.synth.city.cultures import STREET_NAMES
from peelian.synth.city.errors import NONE, Errors
from peelian.synth.city.names import called, spelt_otherwise
from peelian.synth.city.people import People, phone_text, word
from peelian.synth.city.slips import abbreviated, mistyped, miswritten_postcode, with_luck, wrong_digit
from peelian.synth.city.streams import Bools, Ints
from peelian.synth.city.world import World

STREET = tuple(STREET_NAMES.split())


@dataclass(frozen=True)
class Written:
    """People as written, row by row. Dates of birth are days since 1970-01-01, ``NO_DAY`` for none."""

    ref: Texts
    forenames: Texts
    surname: Texts
    aliases: Texts
    birth: Ints
    address: Texts
    postcode: Texts
    phones: Texts


@dataclass(frozen=True)
class Pen:
    """One system's hand.

    Parameters
    ----------
    system : str
        Chooses the numbers it gives to people.
    errors : Errors
    ref_form : str
        Letter before its own numbers; empty when it has none.
    ref_share : float
        Share of rows in which the person's number is known to it.
    alias_share : float
        Share of members of groups whose street name it notes.
    both_phones : float
        Share of people with a new number of whom it keeps the former one, too, behind a semicolon.
    """

    system: str
    errors: Errors
    ref_form: str = ""
    ref_share: float = 0.0
    alias_share: float = 0.0
    both_phones: float = 0.0


def write_people(
    world: World,
    pen: Pen,
    who: Ints,
    day: Ints,
    rng: np.random.Generator,
    *,
    nickname: Ints,
    hostel: tuple[Ints, Ints] | None = None,
) -> Written:
    """Write people as a system does.

    Parameters
    ----------
    who : ndarray of int
        People's numbers; a firm's as ``-2 - number``.
    day : ndarray of int
        Day of the history on which each is written.
    nickname : ndarray of int, shape (n_people,)
        Position of a person's street name in :data:`STREET`, -1 for none.
    hostel : (ndarray of int, ndarray of int), optional
        Address (dwelling) and telephone that each row gives instead of its own, -1 for its own.
    """
    firm, person = who < -1, np.maximum(who, 0)
    home, phone = world.people.home_on(person, day), world.people.phone_on_day(person, day)
    e, people = pen.errors, world.people
    hit = _dice(rng, len(who))
    old_home = hit(e.address_former) & (home != people.home[person])
    home = np.where(old_home, people.home[person], home)
    phone = np.where(hit(e.phone_former) & (phone >= 0), people.phone[person], phone)
    if hostel is not None:
        home, phone = np.where(hostel[0] >= 0, hostel[0], home), np.where(hostel[1] >= 0, hostel[1], phone)
    home = np.where(firm, world.firms.dwelling[np.maximum(-2 - who, 0) % world.firms.n], home)
    forenames, surname = _names(people, e, person, day, rng, hit)
    written = Written(
        _refs(pen, world, person, rng, hit),
        forenames,
        surname,
        _aliases(people, pen, person, day, nickname, hit),
        _births(people.papers_birth[person], e, rng, hit),
        _addresses(pick(world.layout.address, home), e, rng, hit),
        _postcodes(pick(world.layout.postcode, home), e, rng, hit),
        _phones(phone, _former_phones(world, pen, person, phone, hit), e, rng, hit),
    )
    return _with_firms(world, written, who, firm)


Dice = Callable[[float], Bools]


def _dice(rng: np.random.Generator, n: int) -> Dice:
    """Return a function that says, for a share, in which rows it comes to pass."""

    def hit(share: float) -> Bools:
        return np.zeros(n, dtype=bool) if share <= 0 else rng.random(n, dtype=np.float32) < share

    return hit


def _names(
    people: People, e: Errors, person: Ints, day: Ints, rng: np.random.Generator, hit: Dice
) -> tuple[Texts, Texts]:
    first, middle = word(people, people.forename[person]), word(people, people.middle[person])
    middle = placed(middle, hit(e.middle_left_out), no_texts(len(person)))
    former = hit(e.former_surname)
    surname = word(people, np.where(former, people.surname[person], people.surname_on(person, day)))
    short = hit(e.short_form)
    first = patched(first, short, with_luck(rng, called))
    first = patched(first, hit(e.other_spelling) & ~short, with_luck(rng, spelt_otherwise))
    first = patched(first, hit(e.typing_name / 2), with_luck(rng, mistyped))
    first = patched(first, hit(e.initial_only), lambda texts: [t[:1] for t in texts])
    surname = patched(surname, hit(e.other_spelling), with_luck(rng, spelt_otherwise))
    surname = patched(surname, hit(e.typing_name / 2), with_luck(rng, mistyped))
    forenames = glue_filled(" ", first, middle)
    swapped = hit(e.names_swapped)
    forenames, surname = placed(forenames, swapped, surname), placed(surname, swapped, forenames)
    no_first, no_last = hit(e.forename_missing), hit(e.surname_missing)
    unknown = either(hit(0.4 if e.surname_missing else 0.0), "UNKNOWN", no_texts(len(person)))
    return placed(forenames, no_first, no_texts(len(person))), placed(surname, no_last & ~no_first, unknown)


def _refs(pen: Pen, world: World, person: Ints, rng: np.random.Generator, hit: Dice) -> Texts:
    """Write the system's own numbers: some people have two, and once in a while it is a housemate's."""
    if not pen.ref_form:
        return no_texts(len(person))
    again = np.where(hit(pen.errors.number_again), 1 + rng.integers(0, 2, len(person)), 0)
    other = np.where(hit(pen.errors.number_of_another), np.minimum(person + 1, world.people.n - 1), person)
    number = ((other * 3 + again) * 7_654_321 + 1_111_111 * len(pen.system)) % 10_000_000
    return placed(numbered(pen.ref_form, number, 7), ~hit(pen.ref_share), no_texts(len(person)))


def _aliases(people: People, pen: Pen, person: Ints, day: Ints, nickname: Ints, hit: Dice) -> Texts:
    known = hit(pen.alias_share) & (nickname[person] >= 0)
    street = either(known, pick(STREET, np.maximum(nickname[person], 0)), no_texts(len(person)))
    renamed = (people.new_surname[person] >= 0) & (day >= people.renamed_on[person]) & hit(pen.alias_share / 2)
    if not renamed.any():
        return street
    former = glue(" ", word(people, people.forename[person]), word(people, people.surname[person]))
    return glue_filled(";", street, either(renamed, former, no_texts(len(person))))


def _births(true: Ints, e: Errors, rng: np.random.Generator, hit: Dice) -> Ints:
    date = true.astype("datetime64[D]")
    year = date.astype("datetime64[Y]")
    month = (date.astype("datetime64[M]") - year.astype("datetime64[M]")).astype(np.int64)
    day = (date - date.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64)
    n = len(true)
    new_year = hit(e.birth_new_year)
    off = np.where(rng.random(n) < 0.3, rng.integers(-1, 2, n), 0)
    out = np.where(new_year, (year + off).astype("datetime64[D]").astype(np.int64), true)
    swap = hit(e.birth_day_month) & (day < 12) & ~new_year
    swapped = (year.astype("datetime64[M]") + day).astype("datetime64[D]").astype(np.int64) + month
    out = np.where(swap, swapped, out)
    slip = hit(e.birth_slip) & ~new_year & ~swap
    out = np.where(slip, true + np.array([1, -1, 10, -10, 30, -31, 365, -366])[rng.integers(0, 8, n)], out)
    return np.where(hit(e.birth_missing), NO_DAY, out)


def _addresses(address: Texts, e: Errors, rng: np.random.Generator, hit: Dice) -> Texts:
    address = patched(address, hit(e.address_short), lambda texts: [abbreviated(t) for t in texts])
    address = patched(address, hit(e.address_slip), with_luck(rng, mistyped))
    return placed(address, hit(e.address_missing), no_texts(len(address)))


def _postcodes(postcode: Texts, e: Errors, rng: np.random.Generator, hit: Dice) -> Texts:
    postcode = patched(postcode, hit(e.postcode_slip), with_luck(rng, miswritten_postcode))
    return placed(postcode, hit(e.postcode_missing), no_texts(len(postcode)))


def _former_phones(world: World, pen: Pen, person: Ints, phone: Ints, hit: Dice) -> Ints:
    people = world.people
    changed = (people.new_phone[person] >= 0) & (phone == people.new_phone[person])
    return np.where(changed & hit(pen.both_phones), people.phone[person], -1)


def _phones(phone: Ints, former: Ints, e: Errors, rng: np.random.Generator, hit: Dice) -> Texts:
    texts = patched(phone_text(phone), hit(e.phone_slip), with_luck(rng, wrong_digit))
    texts = patched(texts, hit(e.phone_abroad), lambda some: ["+44 " + t[1:] if t else t for t in some])
    if (former >= 0).any():
        texts = glue_filled(";", texts, phone_text(former))
    return placed(texts, hit(e.phone_missing), no_texts(len(phone)))


def _with_firms(world: World, written: Written, who: Ints, firm: Bools) -> Written:
    if not firm.any():
        return written
    none = no_texts(len(who))
    names = pick(world.firms.name, np.maximum(-2 - who, 0) % world.firms.n)
    return Written(
        ref=placed(written.ref, firm, none),
        forenames=placed(written.forenames, firm, none),
        surname=placed(written.surname, firm, pc.utf8_upper(names)),
        aliases=placed(written.aliases, firm, none),
        birth=np.where(firm, NO_DAY, written.birth),
        address=written.address,
        postcode=written.postcode,
        phones=placed(written.phones, firm, none),
    )


def put_right(as_was: Written, clean: Written, where: Bools) -> Written:
    """Return what was written with some rows put right; the system's own number stays."""
    return Written(
        ref=as_was.ref,
        birth=np.where(where, clean.birth, as_was.birth),
        **{
            name: placed(getattr(as_was, name), where, getattr(clean, name))
            for name in ("forenames", "surname", "aliases", "address", "postcode", "phones")
        },
    )


def clean(pen: Pen) -> Pen:
    """Return a hand that makes no mistakes."""
    return replace(pen, errors=NONE)
