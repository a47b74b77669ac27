"""Keys of the search index: what a record is found by, and what a question looks for. Both are made here.

A key is a letter for its kind, a colon and a folded value without blanks: ``n:smith``, ``p:SMT``, ``v:AB12CDE``. One
function a kind turns text into keys, so that a record and a question can never be spelt by two different rules.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from peelian.core.canonical_forms import (
    canonical_address,
    canonical_phone,
    canonical_plate,
    canonical_postcode,
    plate_confusion_key,
)
from peelian.core.name_keys import fold_name, name_tokens, nickname_keys, phonetic_keys

NAME, SOUND, NICKNAME = "n:", "p:", "k:"
BORN, BORN_IN = "d:", "y:"
PLATE, PLATE_ALIKE = "v:", "c:"
PHONE, PHONE_END = "t:", "u:"
POSTCODE, PLACE = "z:", "a:"
REFERENCE, WORD = "r:", "w:"
SUBJECT, JOINED, CLUSTER, VERDICT = "s:", "e:", "g:", "j:"
"""Keys by which the gate itself reads rows that belong together; nobody can type one."""

PHONE_TAIL = 6
"""So many last digits are a key of their own: the half of a number that people remember."""

WORD_MIN, WORD_MAX = 3, 40
"""Letters of a word of free text that is a key. Shorter ones are in every text, longer ones are no words."""

_REMEMBERED = 1 << 19
_NOT_REFERENCE = re.compile("[^0-9A-Z]")
_BARS = re.compile(r"[|]")


@lru_cache(_REMEMBERED)
def name_keys_of(text: str) -> tuple[str, ...]:
    """Give the keys of a name, or of several between bars: its parts, how they sound, what they are short for."""
    keys: dict[str, None] = {}
    for token in name_parts(text):
        keys[NAME + token] = None
        keys.update(dict.fromkeys(SOUND + k for k in phonetic_keys(token)))
        keys.update(dict.fromkeys(NICKNAME + k for k in nickname_keys(token)))
    return tuple(keys)


@lru_cache(_REMEMBERED)
def name_parts(text: str) -> tuple[str, ...]:
    """Split a name, or several between bars, into folded parts."""
    return tuple(dict.fromkeys(t for part in _BARS.split(text) for t in name_tokens(part)))


def born_keys(on: date) -> tuple[str, ...]:
    """Give the keys of a birth date: the day, and the year alone."""
    return (BORN + on.isoformat(), f"{BORN_IN}{on.year}")


@lru_cache(_REMEMBERED)
def plate_keys(text: str) -> tuple[str, ...]:
    """Give the keys of a plate: as written, and with characters that are mistaken for each other made one."""
    plate = canonical_plate(text)
    return (PLATE + plate, PLATE_ALIKE + plate_confusion_key(plate)) if plate else ()


def phone_keys(text: str) -> tuple[str, ...]:
    """Give the keys of telephone numbers, between bars: the whole number, and its last digits."""
    keys: dict[str, None] = {}
    for part in _BARS.split(text):
        number = canonical_phone(part)
        if number:
            keys[PHONE + number] = None
            keys[PHONE_END + number[-PHONE_TAIL:]] = None
    return tuple(keys)


@lru_cache(_REMEMBERED)
def postcode_keys(text: str) -> tuple[str, ...]:
    """Give the key of a postcode."""
    postcode = canonical_postcode(text).replace(" ", "")
    return (POSTCODE + postcode,) if postcode else ()


@lru_cache(_REMEMBERED)
def address_keys(text: str) -> tuple[str, ...]:
    """Give the keys of an address: flat, number and words, each by itself."""
    return tuple(dict.fromkeys(PLACE + w for w in canonical_address(text).split()))


@lru_cache(_REMEMBERED)
def reference_keys(text: str) -> tuple[str, ...]:
    """Give the key of a reference number: capitals and digits alone."""
    bare = canonical_reference(text)
    return (REFERENCE + bare,) if bare else ()


def canonical_reference(text: str) -> str:
    """Write a reference number in capitals and digits only."""
    return _NOT_REFERENCE.sub("", text.upper())


def word_keys(text: str) -> tuple[str, ...]:
    """Give the keys of free text: its words, folded, very short ones left out."""
    words = (w for w in fold_name(text).split() if WORD_MIN <= len(w) <= WORD_MAX)
    return tuple(dict.fromkeys(WORD + w for w in words))
