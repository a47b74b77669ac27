"""Keys under which two spellings of one name meet: folded text, sound, and what a short form may be short for.

Used alike by resolving and by searching, so that whatever one would link the other can find. Pure and deterministic:
the same token has the same keys on every machine and in every year. The rules are our own; they follow the ideas of
Metaphone and Double Metaphone (consonants by sound, a second key where a spelling has two readings) and are written
for the names met in Britain: English, Scots, Irish, Welsh, South Asian, Arabic, Turkish, Slavic, West African.
They decide only who is compared with whom and how alike two spellings are called; never what a person is.

References
----------
Philips (1990), Hanging on the Metaphone, Computer Language 7(12).
Philips (2000), The Double Metaphone Search Algorithm, C/C++ Users Journal 18(6).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from peelian.core.name_lists import CYRILLIC, GREEK, HONORIFICS, LETTERS, SEMITIC, SHORT_FORMS

PHONETIC_LENGTH = 6
"""How many sounds a key holds; what follows in a longer name does not count."""

_REMEMBERED = 1 << 17
_ROMAN = str.maketrans({**LETTERS, **CYRILLIC, **GREEK, **SEMITIC})
_JOINED = re.compile(r"['’‘`´ʼ.]")
_APART = re.compile(r"[^0-9a-z\u0100-\uffff]+")
_VOWELS = tuple("aeiouy")


@lru_cache(_REMEMBERED)
def fold_name(text: str) -> str:
    """Write a name in small Latin letters without accents, its parts one blank apart.

    Cyrillic, Greek, Arabic and Hebrew letters become the Latin letters nearest to them (the last two have mostly no
    vowels, so meet other spellings by sound only). Other scripts stay as they are. ``O'Brien`` becomes ``obrien``,
    ``Smith-Jones`` two parts. Folding twice changes nothing.
    """
    bare = _without_accents(text.casefold().translate(_ROMAN))
    roman = _without_accents(bare.translate(_ROMAN).casefold())
    return _APART.sub(" ", _JOINED.sub("", roman)).strip()


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


@lru_cache(_REMEMBERED)
def name_tokens(text: str) -> tuple[str, ...]:
    """Split a name into its folded parts, forms of address left out unless there is nothing else."""
    parts = tuple(fold_name(text).split())
    return tuple(p for p in parts if p not in HONORIFICS) or parts


@lru_cache(_REMEMBERED)
def nickname_keys(token: str) -> tuple[str, ...]:
    """Give the full names that a first name may be short for, or another spelling of; sorted.

    A full name of the list is its own key, a name that the list does not know has none: two names meet when they
    share a key. ``bob`` and ``robert`` both give ``('robert',)``, ``alex`` gives all it may be short for.
    """
    return _FULL_NAMES.get(fold_name(token), ())


def _by_short_form() -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for full, others in SHORT_FORMS.items():
        for name in (full, *others):
            found.setdefault(name, set()).add(full)
    return {name: tuple(sorted(full)) for name, full in found.items()}


_FULL_NAMES = _by_short_form()


@lru_cache(_REMEMBERED)
def phonetic_keys(token: str) -> tuple[str, ...]:
    """Give one or two keys of how a name sounds, the likelier first; none for a token without a Latin letter.

    Vowels count only at the start, doubled letters once, voiced and unvoiced letters alike. Where a spelling has two
    readings (``ch`` as in Church or in Christopher, ``j`` as in John or in Johann) there are two keys.
    """
    letters = re.sub("[^a-z]", "", fold_name(token))
    if not letters:
        return ()
    word = _respell(letters)
    likely = _sounds(word.translate(_LIKELY))
    other = _sounds(word.translate(_OTHER))
    return (likely,) if likely == other else (likely, other)


# Capitals stand for sounds that a later rule must not touch: X = sh, C = ch (church or k), J = soft g or j, V = w.
_SPELLINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^mac(?=[^aeiouyhk]|[kq])", "mk"),
        (r"^mc", "mk"),
        (r"^(?:kn|gn|pn)", "n"),
        (r"^wr", "r"),
        (r"^ps(?=[aeiouy])", "s"),
        (r"(?<=^w)h|(?<=^r)h", ""),
        (r"^x", "s"),
        (r"tsch|tch|tzsch", "C"),
        (r"schw", "Xv"),
        (r"sch|sh|sz(?=[aeiouy])", "X"),
        (r"[sc]z", "X"),
        (r"^ch(?=r|l)|chr", "k"),
        (r"chh|ch|cs(?=[aeiouy])", "C"),
        (r"zh|dj|dg(?=[eiy])|dzh", "J"),
        (r"kh|gh(?=[aeiouy])|q[uh]?|ck", "k"),
        (r"(?<=[aeiou])gh(?=[^aeiouy]|$)", ""),  # Wright, Leigh, Vaughn
        (r"gh", "k"),
        (r"ph|bh(?=[aeiouy])", "f"),
        (r"th|dh", "t"),
        (r"t[sz]|dz|ds(?=$)", "s"),
        (r"(?<=.)tion$", "Xn"),
        (r"(?<=s)c(?=[eiy])", ""),
        (r"c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"x", "ks"),
        (r"mb$|mb(?=s)", "m"),
        (r"gn$", "n"),
        (r"gg(?=[eiy])", "k"),
        (r"(?<!n)g(?=[eiy])", "G"),
        (r"j", "J"),
        (r"^w(?=[aeiouy])|(?<=[aeiouy])w(?=[aeiouy])", "V"),
        (r"w", ""),
        (r"^i(?=[aou])|^y(?=[aeiou])", "Y"),
        (r"(?<=[aeiouy])h(?=[aeiouy])|^h", "H"),
        (r"h", ""),
    )
)


def _respell(letters: str) -> str:
    for pattern, sound in _SPELLINGS:
        letters = pattern.sub(sound, letters)
    return letters


# Which letter a sound is written with: the likelier reading, and the other one.
_ALIKE = {"b": "P", "p": "P", "d": "T", "t": "T", "f": "F", "v": "F", "k": "K", "g": "K", "s": "S", "z": "S"}
_PLAIN = {"l": "L", "m": "M", "n": "N", "r": "R", "X": "X"}
_LIKELY = str.maketrans({**_ALIKE, **_PLAIN, "C": "X", "G": "J", "V": "W", "Y": "Y", "H": "H"})
_OTHER = str.maketrans({**_ALIKE, **_PLAIN, "C": "K", "G": "K", "J": "Y", "V": "F", "Y": "Y", "H": ""})


def _sounds(word: str) -> str:
    start = "A" if word.startswith(_VOWELS) else ""
    sounds = start + re.sub("[^A-Z]", "", word)
    return re.sub(r"(.)\1+", r"\1", sounds)[:PHONETIC_LENGTH] or "A"
