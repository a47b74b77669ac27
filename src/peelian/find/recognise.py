"""What may be named in free text: plates, telephone numbers, addresses and names, by fixed patterns.

Nothing is learnt and nothing is kept: the same words give the same spans, each with why. A span is a suggestion and no
fact. It says where something that looks like a plate stands, never that the vehicle was there.

References
----------
Road Vehicles (Display of Registration Marks) Regulations 2001, schedule 2 (forms of marks; unchecked).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from peelian.core.canonical_forms import canonical_address, canonical_phone, canonical_plate
from peelian.core.name_keys import fold_name

KINDS = ("plate", "phone", "address", "name")

_PLATE = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"[A-Z]{2}[0-9]{2} ?[A-Z]{3}"  # since 2001
    r"|[A-Z][0-9]{1,3} ?[A-Z]{3}"  # 1983 to 2001
    r"|[A-Z]{3} ?[0-9]{1,3}[A-Z]"  # 1963 to 1983
    r")(?![A-Za-z0-9])"
)
_PHONE = re.compile(
    r"(?<![0-9A-Za-z+-])(?<![0-9] )(?:\+44[ -]?(?:\(0\))?|00 ?44[ -]?|0)[1-9](?:[ -]?[0-9]){8,9}(?![0-9A-Za-z])"
)
_PLACES = (
    "Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Drive|Dr|Close|Cl|Court|Ct|Crescent|Cres|Gardens|Gdns|Green|Grove|Hill|House|"
    "Mews|Park|Place|Pl|Row|Square|Sq|Terrace|Ter|View|Walk|Way|Wharf|Yard|Rise|Parade|Mount"
)
_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9])(?:[Ff]lat [0-9]+[A-Za-z]?,? )?[0-9]{1,4}[A-Za-z]? "
    rf"(?:[A-Z][a-z'\u2019-]+ ){{1,3}}(?:{_PLACES})\b\.?"
)
_WORD = r"(?:[A-Z][a-z\u00df-\u00ff]*(?:['\u2019-]?[A-Z]?[a-z\u00df-\u00ff]+)+|[A-Z]['\u2019][A-Z][a-z]+|[A-Z][a-z])"
_PARTICLE = r"(?:(?:de|da|dos|del|di|van|von|der|den|bin|ibn|al|el|la|le) )"
_NAME = re.compile(rf"(?<![A-Za-z0-9'\u2019-])(?=({_WORD} (?:{_WORD} )?{_PARTICLE}{{0,2}}{_WORD})(?![A-Za-z]))")
_SHORTER = re.compile(rf"{_WORD} {_PARTICLE}{{0,2}}{_WORD}(?![A-Za-z])")

_WHY = {
    "plate": "it has the form of a number plate",
    "phone": "it has the form of a telephone number",
    "address": "a number, words and a kind of street stand together",
    "name": "somebody of this name is on record",
}


@dataclass(frozen=True)
class Span:
    """One thing that may be named.

    Parameters
    ----------
    kind : str
        One of :data:`KINDS`.
    start, end : int
        Where it stands in the text, half-open.
    says : str
        The text there.
    key : str
        Its one spelling, by which two are the same.
    why : str
        In words.
    """

    kind: str
    start: int
    end: int
    says: str
    key: str
    why: str


def recognise(text: str) -> tuple[Span, ...]:
    """Return plates, telephone numbers and addresses in the order of the text; none overlaps another."""
    found = [
        *_spans("plate", _PLATE, text, canonical_plate),
        *_spans("phone", _PHONE, text, canonical_phone),
        *_spans("address", _ADDRESS, text, canonical_address),
    ]
    return _apart(found)


def name_shaped(text: str) -> tuple[str, ...]:
    """Return what could be a name by its capitals: two or three words each, to be asked for before they count."""
    said: dict[str, None] = {}
    for match in _NAME.finditer(text):
        said[match[1]] = None
        shorter = _SHORTER.match(text, match.start())
        if shorter:
            said[shorter[0]] = None
    return tuple(said)


def recognise_names(text: str, known: Iterable[str]) -> tuple[Span, ...]:
    """Return where names stand that somebody on record has; no name is suggested for its form alone.

    Parameters
    ----------
    known : iterable of str
        Names out of :func:`name_shaped` of whom there is somebody on record.
    """
    found = []
    for name in known:
        whole = rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])"
        found += [
            Span("name", m.start(), m.end(), m[0], fold_name(name), _WHY["name"]) for m in re.finditer(whole, text)
        ]
    return _apart(found)


def same_name(one: str, other: str) -> bool:
    """Say whether two full names have the same first and the same last word, however they are written."""
    a, b = fold_name(one).split(), fold_name(other).split()
    return len(a) > 1 and len(b) > 1 and (a[0], a[-1]) == (b[0], b[-1])


def _spans(kind: str, pattern: re.Pattern[str], text: str, spell: Callable[[str], str]) -> Iterator[Span]:
    for match in pattern.finditer(text):
        yield Span(kind, match.start(), match.end(), match[0], spell(match[0]), _WHY[kind])


def _apart(found: Iterable[Span]) -> tuple[Span, ...]:
    """Leave out what overlaps a longer span, or one before it of the same length."""
    kept: list[Span] = []
    for span in sorted(found, key=lambda s: (s.start - s.end, s.start, s.kind)):
        if all(span.end <= k.start or k.end <= span.start for k in kept):
            kept.append(span)
    return tuple(sorted(kept, key=lambda s: s.start))
