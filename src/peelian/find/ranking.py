"""How well a record fits a question, in fixed points, and why in words.

Points are the same for everybody and every record: what else is held, and how often a name occurs, does not enter. So
an answer's order says nothing about records that may not be seen. Strength is 1000 times the points reached of those
that the question could give; it orders, and is no probability. Under a model release its weights take this place.

================================  ======
name: each part the same             400  shared between the parts asked for
... short form of, or long form      85 %
... sounds alike                     75 %
... one letter off                   65 %
birth date the same                  300
... day and month swapped            75 %
... one digit different              65 %
... only the year the same           30 %
address: every word                  250  shared between the words asked for
postcode the same                    150
telephone number the same            300
... last digits the same             50 %
plate the same                       600
... but for characters mistaken      75 %
... fits the pattern                 70 %
... one character off                60 %
reference number the same            700
words of a text                      300  shared between the words asked for
================================  ======

A birth date years away from the one asked for takes 200 off: it is probably another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from peelian.core.canonical_forms import canonical_address, canonical_plate, canonical_postcode, plate_confusion_key
from peelian.core.name_keys import fold_name, nickname_keys, phonetic_keys
from peelian.core.search_keys import PHONE_TAIL, canonical_reference, name_parts, phone_keys, word_keys
from peelian.find.parse import Parsed

NAME, BORN, ADDRESS, POSTCODE, PHONE, PLATE, REFERENCE, WORDS = 400, 300, 250, 150, 300, 600, 700, 300
OTHER_BIRTH = 200
YEARS_APART = 3

Row = Mapping[str, Any]


@dataclass
class Fit:
    """Points that a record reached, with a reason for each; the strongest reason first."""

    reached: float = 0.0
    reasons: list[tuple[float, str]] = field(default_factory=list)
    against: list[str] = field(default_factory=list)

    def add(self, points: float, why: str) -> None:
        """Add points for a reason."""
        self.reached += points
        self.reasons.append((points, why))

    @property
    def why(self) -> tuple[str, ...]:
        """Return the reasons for, then those against."""
        ordered = sorted(self.reasons, key=lambda r: -r[0])
        return (*dict.fromkeys(w for _, w in ordered), *self.against)

    def strength(self, possible: float) -> int:
        """Return the points as thousandths of those possible."""
        return max(1, min(1000, round(1000 * self.reached / possible))) if possible > 0 else 1


def points_possible(asked: Parsed) -> float:
    """Return how many points a record could reach for a question."""
    given = (
        (asked.names, NAME),
        (asked.born_on, BORN),
        (asked.address, ADDRESS),
        (asked.postcode, POSTCODE),
        (asked.phone or asked.phone_end, PHONE if asked.phone else 0),
        (asked.plate or asked.plate_like, PLATE),
        (asked.references, REFERENCE),
    )
    return float(sum(points for what, points in given if what))


def fit_person(asked: Parsed, row: Row) -> Fit:
    """Say how well a record about a person fits."""
    fit = Fit()
    _fit_names(fit, asked, row)
    _fit_born(fit, asked, row.get("birth_on"))
    _fit_place(fit, asked, row)
    _fit_phone(fit, asked, row)
    _fit_reference(fit, asked, row)
    return fit


def fit_vehicle(asked: Parsed, row: Row) -> Fit:
    """Say how well a record about a vehicle fits."""
    fit = Fit()
    _fit_plate(fit, asked, str(row.get("plate") or ""))
    _fit_reference(fit, asked, row)
    _fit_words(fit, asked, " ".join(str(row.get(c) or "") for c in ("colour", "make", "model")))
    return fit


def fit_other(asked: Parsed, row: Row) -> Fit:
    """Say how well any other record fits: an event, a warning, a text, a tenancy."""
    fit = Fit()
    _fit_plate(fit, asked, str(row.get("plate") or ""))
    _fit_reference(fit, asked, row)
    _fit_place(fit, asked, row)
    _fit_words(fit, asked, str(row.get("text") or ""))
    return fit


def _fit_names(fit: Fit, asked: Parsed, row: Row) -> None:
    if not asked.names:
        return
    first, last = name_parts(str(row.get("forenames") or "")), name_parts(str(row.get("surname") or ""))
    others = name_parts(str(row.get("aliases") or ""))
    share = NAME / len(asked.names)
    for token in asked.names:
        degree, why = best_name(token, first, last, others)
        if degree:
            fit.add(degree * share, why)
    if len(asked.names) > 1 and asked.names[0] in last and asked.names[0] not in first and asked.names[-1] in first:
        fit.add(0, "names in the other order")


_FULL_NAME = {"first": "first name", "last": "surname", "other": "other name"}


def best_name(token: str, first: tuple[str, ...], last: tuple[str, ...], others: tuple[str, ...]) -> tuple[float, str]:
    """Return how well one part of a name meets any part of a record's names, and why: 0 when it does not."""
    best = (0.0, "")
    for place, parts in (("last", last), ("first", first), ("other", others)):
        for part in parts:
            degree, how = alike(token, part)
            if degree > best[0]:
                best = (degree, f"{_FULL_NAME[place]} {how}")
    return best


def alike(asked: str, held: str) -> tuple[float, str]:
    """Compare two folded parts of names; returns a degree from 0 to 1, and how they are alike."""
    if asked == held:
        return 1.0, "the same"
    if set(nickname_keys(asked)) & set(nickname_keys(held)):
        return 0.85, "a short or long form of the same name"
    if set(phonetic_keys(asked)) & set(phonetic_keys(held)):
        return 0.75, "sounds alike"
    if one_off(asked, held):
        return 0.65, "spelt one letter differently"
    return 0.0, ""


def one_off(a: str, b: str) -> bool:
    """Say whether two texts differ by one character put in, left out, changed, or swapped with its neighbour."""
    if abs(len(a) - len(b)) > 1 or a == b:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[start:], b[start:]
    if len(a) == len(b):
        swapped = len(rest_a) > 1 and rest_a[:2] == rest_b[1::-1] and rest_a[2:] == rest_b[2:]
        return rest_a[1:] == rest_b[1:] or swapped
    return rest_a[1:] == rest_b or rest_a == rest_b[1:]


def _fit_born(fit: Fit, asked: Parsed, held: date | None) -> None:
    if asked.born_on is None or held is None:
        return
    degree, why = same_birth(asked.born_on, held)
    if degree:
        fit.add(degree * BORN, why)
    apart = abs(asked.born_on.year - held.year)
    if not degree and apart >= YEARS_APART:
        fit.reached -= OTHER_BIRTH
        fit.against.append(f"born {apart} years apart: probably another")


def same_birth(asked: date, held: date) -> tuple[float, str]:
    """Compare two birth dates; returns a degree from 0 to 1, and how they are alike."""
    if asked == held:
        return 1.0, "same birth date"
    if (asked.year, asked.month, asked.day) == (held.year, held.day, held.month):
        return 0.75, "same birth date with day and month swapped"
    if sum(x != y for x, y in zip(asked.isoformat(), held.isoformat(), strict=True)) == 1:
        return 0.65, "birth date with one digit different"
    return (0.3, "born in the same year") if asked.year == held.year else (0.0, "")


def _fit_place(fit: Fit, asked: Parsed, row: Row) -> None:
    held = set(canonical_address(str(row.get("address") or row.get("place") or "")).split())
    wanted = asked.address.split()
    met = [w for w in wanted if w in held]
    if wanted and met:
        whole = len(met) == len(wanted)
        fit.add(ADDRESS * len(met) / len(wanted), "same address" if whole else "part of the address the same")
    if asked.postcode and canonical_postcode(str(row.get("postcode") or "")) == asked.postcode:
        fit.add(POSTCODE, "same postcode")


def _fit_phone(fit: Fit, asked: Parsed, row: Row) -> None:
    held = phone_keys(str(row.get("phones") or ""))
    if asked.phone and phone_keys(asked.phone)[0] in held:
        fit.add(PHONE, "same telephone number")
    elif asked.phone_end and any(k.endswith(asked.phone_end[-PHONE_TAIL:]) for k in held):
        fit.add(PHONE / 2, f"telephone number ends in the same {PHONE_TAIL} digits")


def _fit_plate(fit: Fit, asked: Parsed, held: str) -> None:
    plate = canonical_plate(held)
    if not plate:
        return
    if asked.plate_like and fits_pattern(asked.plate_like, plate):
        fit.add(0.7 * PLATE, "plate fits the pattern")
    if not asked.plate:
        return
    if plate == asked.plate:
        fit.add(PLATE, "same plate")
    elif plate_confusion_key(plate) == plate_confusion_key(asked.plate):
        fit.add(0.75 * PLATE, "same plate but for characters that are mistaken for each other")
    elif one_off(plate, asked.plate):
        fit.add(0.6 * PLATE, "plate one character off")


def fits_pattern(pattern: str, plate: str) -> bool:
    """Say whether a plate fits a pattern with ``*`` and ``?``."""
    if not pattern:
        return not plate
    if pattern[0] == "*":
        return any(fits_pattern(pattern[1:], plate[i:]) for i in range(len(plate) + 1))
    return bool(plate) and pattern[0] in ("?", plate[0]) and fits_pattern(pattern[1:], plate[1:])


def _fit_reference(fit: Fit, asked: Parsed, row: Row) -> None:
    held = {canonical_reference(str(row.get(c) or "")) for c in ("source_ref", "event_ref", "person_ref")} - {""}
    if held & set(asked.references):
        fit.add(REFERENCE, "same reference number")


def _fit_words(fit: Fit, asked: Parsed, text: str) -> None:
    wanted = [k for n in asked.names for k in word_keys(n)]
    held = set(word_keys(fold_name(text)))
    met = [k for k in wanted if k in held]
    if met and len(met) == len(wanted):
        fit.add(float(WORDS), "has these words" if len(met) > 1 else "has this word")
