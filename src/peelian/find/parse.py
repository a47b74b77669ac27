"""What a question was taken for: a half-remembered name, a partial plate, a number, a place, a day, words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from peelian.core.canonical_forms import (
    canonical_address,
    canonical_phone,
    canonical_plate,
    canonical_postcode,
    without_hidden,
)
from peelian.core.name_keys import fold_name, name_tokens
from peelian.core.search_keys import canonical_reference
from peelian.find.answer import Understood
from peelian.model.search import ANY_ONE, ANY_RUN

_DAY = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})\b|\b(\d{4})-(\d{2})-(\d{2})\b")
_PHONE = re.compile(r"(?<![\w/])(?:\+\d|0\d)[\d ()-]{6,}\d\b")
_POSTCODE = re.compile(r"\b[A-Za-z]{1,2}\d[\dA-Za-z]?\s*\d[A-Za-z]{2}\b")
_PLATES = (
    re.compile(r"\b[A-Za-z]{2}\d{2}\s?[A-Za-z]{3}\b"),  # since 2001
    re.compile(r"\b[A-Za-z]\d{1,3}\s?[A-Za-z]{3}\b"),  # 1983 to 2001
    re.compile(r"\b[A-Za-z]{3}\s?\d{1,3}[A-Za-z]\b"),  # 1963 to 1983
)
_PATTERN = re.compile(r"(?<!\S)(?=\S*[*?])[0-9A-Za-z*?]{3,}(?!\S)")
_REFERENCE = re.compile(
    r"(?<!\S)(?=\S*\d)[0-9A-Za-z]+(?:[/-][0-9A-Za-z]+)+(?!\S)|\b[A-Za-z]{2,6}\s?\d{3,}\b|\b\d{4,8}\b"
)
_STREETS = frozenset(
    """avenue close court crescent drive gardens green grove hill house lane mews parade park place quay rise road
    row square street terrace view walk way wharf yard""".split()
)
_SAID_BESIDE = frozenset({"born", "dob", "b"})
"""Words that people write before a birth date; they are part of no name."""


@dataclass(frozen=True)
class Parsed:
    """A question taken apart.

    Parameters
    ----------
    names : tuple of str
        Folded parts of a name, in the order typed; also looked for as words.
    born_on : date or None
        A day, taken for a birth date.
    plate, plate_like : str
        A whole plate; a pattern with wildcards.
    phone, phone_end : str
        A whole number; its last digits.
    postcode, address : str
        Canonical; the address without its postcode.
    references : tuple of str
        Canonical reference numbers.
    """

    text: str
    names: tuple[str, ...] = ()
    born_on: date | None = None
    plate: str = ""
    plate_like: str = ""
    phone: str = ""
    phone_end: str = ""
    postcode: str = ""
    address: str = ""
    references: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.understood)

    @property
    def understood(self) -> tuple[Understood, ...]:
        """Return what the question was taken for, so that whoever typed it can see it."""
        said = (
            ("name", " ".join(self.names)),
            ("born", self.born_on.isoformat() if self.born_on else ""),
            ("plate", self.plate or self.plate_like),
            ("phone", self.phone or (f"ends in {self.phone_end}" if self.phone_end else "")),
            ("address", ", ".join(filter(None, (self.address, self.postcode)))),
            ("reference", ", ".join(self.references)),
        )
        return tuple(Understood(kind, words) for kind, words in said if words)


@dataclass
class _Rest:
    """What is left of a text once parts of it have been recognised and taken out."""

    text: str
    taken: list[str] = field(default_factory=list)

    def take(self, pattern: re.Pattern[str]) -> str:
        """Take out the first match; return it."""
        found = pattern.search(self.text)
        if found is None:
            return ""
        self.text = f"{self.text[: found.start()]} {self.text[found.end() :]}"
        return found.group().strip()


def parse_question(text: str) -> Parsed:
    """Take a typed question apart: what has an unmistakable form first, then a place, and what is left is a name."""
    rest = _Rest(" ".join(without_hidden(text).split()))
    born_on = _day(rest)
    phone = canonical_phone(rest.take(_PHONE))
    like = rest.take(_PATTERN).upper()
    postcode = canonical_postcode(rest.take(_POSTCODE))
    plate = next((canonical_plate(p) for p in map(rest.take, _PLATES) if p), "")
    address = _address(rest)
    references = tuple(dict.fromkeys(s for r in iter(lambda: rest.take(_REFERENCE), "") for s in _spellings(r)))
    return Parsed(
        text=text,
        names=tuple(n for n in name_tokens(rest.text) if n not in _SAID_BESIDE) if _has_letters(rest.text) else (),
        born_on=born_on,
        plate=plate,
        plate_like=like if len(re.sub("[*?]", "", like)) >= 2 else "",
        phone=phone,
        phone_end=next((r[-6:] for r in references if r.isdigit() and len(r) >= 6), ""),
        postcode=postcode,
        address=address,
        references=references,
    )


def _spellings(reference: str) -> tuple[str, ...]:
    """Give a reference number as typed, and without the name of its system before it (``CAD 4471``)."""
    whole = canonical_reference(reference)
    digits = re.fullmatch(r"[A-Z]+ ?(\d{3,})", reference.upper())
    return (whole, digits.group(1)) if digits else (whole,)


def _has_letters(text: str) -> bool:
    return any(c.isalpha() for c in text)


def _day(rest: _Rest) -> date | None:
    before = rest.text
    found = _DAY.search(before)
    if found is None:
        return None
    d, m, y, iso_y, iso_m, iso_d = found.groups()
    year = int(iso_y or y)
    year += 0 if year > 99 else 1900 if year > 30 else 2000
    try:
        on = date(year, int(iso_m or m), int(iso_d or d))
    except ValueError:
        return None
    rest.take(_DAY)
    return on


def _address(rest: _Rest) -> str:
    """Take an address out: a number and what follows, up to a word for a kind of street, or the word before it."""
    words = rest.text.replace(",", " ").split()
    plain = [canonical_address(w) or fold_name(w) for w in words]
    ends = [i for i, w in enumerate(plain) if w in _STREETS and i > 0] + [
        i for i, w in enumerate(words) if fold_name(w) == "st" and i > 0
    ]
    if not ends:
        return ""
    end = max(ends)
    numbered = [i for i in range(end) if re.fullmatch(r"\d+[a-zA-Z]?", words[i])]
    start = numbered[0] if numbered else end - 1
    if start >= 2 and fold_name(words[start - 2]) in ("flat", "apt", "unit"):
        start -= 2
    if numbered and start >= 1 and fold_name(words[start - 1]) in ("flat", "apt", "unit"):
        start -= 1
    address = canonical_address(" ".join(words[start : end + 1]))
    rest.text = " ".join(words[:start] + words[end + 1 :])
    return address


def as_like(pattern: str, kind: str) -> str:
    """Write a plate pattern for the index: its kind, and capitals, digits and wildcards alone."""
    return kind + "".join(c for c in pattern.upper() if c.isalnum() or c in (ANY_RUN, ANY_ONE))
