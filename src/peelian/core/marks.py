"""Marks: what a look-up was for, and whom a record is about, as short texts that can be compared and digested.

A mark is a kind, a colon and a value in one spelling: ``plate:AB12CDE``, ``person:john smith 1988-04-12``. The same
functions read what somebody typed, what a record says and what somebody has declared of themselves, so that the three
can never be spelt by different rules. Outside the gate marks exist as keyed digests only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations, product

from peelian.core.canonical_forms import (
    canonical_address,
    canonical_phone,
    canonical_plate,
    canonical_postcode,
    without_hidden,
)
from peelian.core.name_keys import name_tokens

TEXT_MAX, NAMES_MAX = 400, 16
"""Letters and words of a text that are read; of a longer one it is not known whom it is about."""

_DAYS_MAX, _OVERLAP = 3, 100
_ALIAS_WORDS_MAX, _ADDRESS_WORDS_MAX, _PLATE_WORDS_MAX, _PHONE_WORDS_MAX = 8, 7, 3, 5
_POINTS = re.compile(r"[;:!?\"<>=|\[\]{}]|[.,](?=\s|$)")
_DAY = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})\b|\b(\d{4})-(\d{2})-(\d{2})\b")
_PHONE = re.compile(r"\+?[\d ()-]+")
_POSTCODE = re.compile(r"\b[A-Za-z]{1,2}\d[\dA-Za-z]?\s*\d[A-Za-z]{2}\b")
_NUMBERED = re.compile(r"\d{1,4}[a-zA-Z]?")
_FLAT = frozenset({"flat", "apt", "unit"})
_PLATE_LENGTHS = range(4, 9)
_PHONE_DIGITS = range(9, 16)


@dataclass(frozen=True)
class Typed:
    """What a typed text is about.

    Parameters
    ----------
    marks : frozenset of str
    dated : bool
        Whether a day was typed: a name beside a birth date is of whoever was born then.
    whole : bool
        Whether all of it was read.
    """

    marks: frozenset[str]
    dated: bool
    whole: bool = True


def read_typed(text: str) -> Typed:
    """Read what somebody typed into a search, a list or an address at the door."""
    whole, text = len(text) <= TEXT_MAX, _POINTS.sub(" ", without_hidden(text[:TEXT_MAX]))
    days, rest = _take_days(text)
    postcodes, placed = [canonical_postcode(p) for p in _POSTCODE.findall(rest)], _POSTCODE.sub(" ", rest)
    marks = {f"phone:{p}" for p in _phones(rest.split())}
    marks |= {f"plate:{p}" for p in _plates(rest.split())}
    for address in _addresses(placed.replace(",", " ").split()):
        marks |= _address_marks(address, postcodes)
    tokens = tuple(dict.fromkeys(t for t in name_tokens(rest) if not any(c.isdigit() for c in t)))
    marks |= _name_marks(combinations(tokens[:NAMES_MAX], 2), days[:_DAYS_MAX])
    return Typed(frozenset(marks), bool(days), whole and len(tokens) <= NAMES_MAX)


def _take_days(text: str) -> tuple[tuple[date, ...], str]:
    found = []
    for d, m, y, iso_y, iso_m, iso_d in _DAY.findall(text):
        year = int(iso_y or y)
        year += 0 if year > 99 else 1900 if year > 30 else 2000
        try:
            found.append(date(year, int(iso_m or m), int(iso_d or d)))
        except ValueError:
            continue
    return tuple(found), _DAY.sub(" ", text)


def _runs(words: list[str], longest: int) -> Iterator[list[str]]:
    for start in range(len(words)):
        for end in range(start + 1, min(start + longest, len(words)) + 1):
            yield words[start:end]


def _phones(words: list[str]) -> Iterator[str]:
    """Give every run of a few words that could be a whole telephone number."""
    for run in _runs(words, _PHONE_WORDS_MAX):
        text = " ".join(run)
        if _PHONE.fullmatch(text) and sum(c.isdigit() for c in text) in _PHONE_DIGITS:
            yield canonical_phone(text)


def _plates(words: list[str]) -> Iterator[str]:
    """Give every run of a few words that could be a plate: letters and digits, neither alone."""
    for run in _runs(words, _PLATE_WORDS_MAX):
        plate = canonical_plate("".join(run))
        if len(plate) in _PLATE_LENGTHS and not plate.isalpha() and not plate.isdigit():
            yield plate


def _addresses(words: list[str]) -> Iterator[str]:
    """Give every run of words that begins with a number, or with a flat, and has a word behind it."""
    for start, word in enumerate(words):
        if _NUMBERED.fullmatch(word) or word.casefold() in _FLAT:
            for end in range(start + 2, min(start + _ADDRESS_WORDS_MAX, len(words)) + 1):
                if not words[end - 1].isdigit():
                    yield canonical_address(" ".join(words[start:end]))


def _address_marks(address: str, postcodes: Iterable[str]) -> set[str]:
    """Write an address: with each postcode that stands beside it, or as a place whose postcode nobody said."""
    known = [p for p in postcodes if p]
    return {f"address:{address}"} | ({f"address:{address} {p}" for p in known} if known else {f"place:{address}"})


def _name_marks(pairs: Iterable[tuple[str, str]], days: Iterable[date]) -> set[str]:
    born = list(days)
    marks = set()
    for one, other in pairs:
        name = " ".join(sorted((one, other)))
        marks |= {f"name:{name}"} | {f"person:{name} {on.isoformat()}" for on in born}
    return marks


# What records say

_PERSON = ("forenames", "surname", "birth_on")


def person_marks(forenames: str, surname: str, born_on: date | None) -> frozenset[str]:
    """Write somebody's name, by each of their first names, and with the birth date if there is one."""
    pairs = product(name_tokens(forenames), name_tokens(surname))
    return frozenset(_name_marks(pairs, [born_on] if born_on else []))


def row_marks(row: Mapping[str, object]) -> frozenset[str]:
    """Write whom and what a row is about, from the columns that it has; a name alone is nobody, and is left out."""
    marks: set[str] = set()
    forenames, surname, born = (row.get(c) for c in _PERSON)
    if isinstance(born, date):
        said = set(person_marks(str(forenames or ""), str(surname or ""), born))
        for alias in str(row.get("aliases") or "").split("|"):
            said |= _name_marks(combinations(dict.fromkeys(name_tokens(alias)[:_ALIAS_WORDS_MAX]), 2), [born])
        marks |= {m for m in said if m.startswith("person:")}
    for number in str(row.get("phones") or "").split("|"):
        marks |= thing_marks("phone", number)
    marks |= thing_marks("vehicle", str(row.get("plate") or ""))
    postcode = canonical_postcode(str(row.get("postcode") or ""))
    for column in ("address", "place"):
        address = canonical_address(str(row.get(column) or ""))
        marks |= _address_marks(address, [postcode]) if address else set()
    marks |= text_marks(str(row.get("text") or ""))
    if row.get("subject_id"):
        marks.add(f"subject:{row['subject_id']}")
    return frozenset(marks)


def text_marks(text: str) -> frozenset[str]:
    """Write what a text names beyond doubt: plates, phones, addresses, and names that stand near a birth date."""
    parts = (text[n : n + TEXT_MAX] for n in range(0, len(text), TEXT_MAX - _OVERLAP))
    return frozenset(m for part in parts for m in read_typed(part).marks if not m.startswith("name:"))


def thing_marks(kind: str, value: str) -> frozenset[str]:
    """Write a vehicle, a phone or an address."""
    if kind == "vehicle":
        plate = canonical_plate(value)
        return frozenset({f"plate:{plate}"} if plate else ())
    if kind == "phone":
        number = canonical_phone(value) if value.strip() else ""
        return frozenset({f"phone:{number}"} if number else ())
    postcodes = [canonical_postcode(p) for p in _POSTCODE.findall(value)]
    address = canonical_address(_POSTCODE.sub(" ", value))
    return frozenset(_address_marks(address, postcodes) if address else ())


# What somebody has declared


def declared_marks(marks: Iterable[str]) -> frozenset[str]:
    """Widen the marks of what is declared: a declared address with its postcode is also a place said without one.

    ``address:X`` alone would also be X in another town, so it stands only where no postcode was declared.
    """
    kept = set(marks)
    with_postcode = {m.rsplit(" ", 2)[0].removeprefix("address:") for m in kept if _has_postcode(m)}
    for address in with_postcode:
        kept.discard(f"address:{address}")
        kept.add(f"place:{address}")
    return frozenset(kept)


def _has_postcode(mark: str) -> bool:
    return mark.startswith("address:") and bool(_POSTCODE.search(mark.rsplit(":", 1)[1]))


def kind_of(mark: str) -> str:
    """Return a mark's kind; it is kept beside a digest, so that evidence can be named without what it is."""
    return mark.partition(":")[0]
