"""Pools of names: common ones, and rarer ones put together from parts, as many as a city needs.

A pool is a column of names and their weights. Common names follow a power law, so that they collide as names do;
the tail is generated, so that a metropolis has over half a million different words in its names.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.synth.city.columns import Texts, glue, pick
from peelian.synth.city.cultures import CULTURES, SHORT_FORMS, SPELLINGS, Culture
from peelian.synth.city.streams import Ints, chosen, stream

TAIL = {"surname": 0.55, "given": 0.10}
"""Share of people with a name from the generated tail."""

_BENT = 0.7  # exponent of the power law of common names


@dataclass(frozen=True)
class Pool:
    """Names of one kind in one culture.

    Parameters
    ----------
    names : pyarrow.StringArray
        Common ones first, then generated ones; all different.
    n_common : int
        How many of them are common.
    """

    names: Texts
    n_common: int

    def draw(self, rng: np.random.Generator, n: int, tail: float) -> Ints:
        """Draw n positions."""
        common = chosen(rng, np.arange(1, self.n_common + 1) ** -_BENT, n)
        rare = rng.integers(self.n_common, max(len(self.names), self.n_common + 1), n)
        is_rare = (rng.random(n) < tail) & (len(self.names) > self.n_common)
        return np.where(is_rare, rare, common)


def surname_pool(culture: Culture, n: int) -> Pool:
    """Return a culture's surnames: the common ones and n generated."""
    return _pool(culture.surnames, culture, culture.ending, n, "surname")


def given_pool(culture: Culture, sex: str, n: int) -> Pool:
    """Return a culture's forenames of one sex (``m`` or ``f``): the common ones and n generated."""
    return _pool(culture.male if sex == "m" else culture.female, culture, culture.given_ending, n, f"given-{sex}")


def name_words(n: int) -> list[str]:
    """Return n different made-up words of names over all cultures, always the same: for benchmarks of search."""
    shares = np.array([c.share for c in CULTURES])
    out: list[str] = []
    for culture, share in zip(CULTURES, shares / shares.sum(), strict=True):
        out += surname_pool(culture, int(n * share * 1.15) + 1).names.to_pylist()
    words = list(dict.fromkeys(out))
    assert len(words) >= n, "the parts make enough words"
    return words[:n]


def _pool(common: str, culture: Culture, endings: str, n: int, kind: str) -> Pool:
    head = pa.array(list(dict.fromkeys(common.split())))
    if n <= 0:
        return Pool(head, len(head))
    words = pc.unique(pa.concat_arrays([head, _generated(culture, endings, n, kind)]))
    return Pool(words.slice(0, len(head) + n), len(head))


def _generated(culture: Culture, endings: str, n: int, kind: str) -> Texts:
    """Put n names together from parts, all different: onset, none to two middles, ending."""
    rng = stream(20_260_302, culture.name, kind)
    onset, middle, ending = culture.onset.split(), ["", *culture.middle.split()], endings.split()
    sizes = (len(onset), len(middle), len(middle), len(ending))
    total = int(np.prod(sizes))
    short = sizes[0] * sizes[1] * sizes[3]
    wanted = min(int(n * 1.6) + 50, total)
    picked = rng.choice(short, min(wanted // 2, short), replace=False)
    a, m, e = np.unravel_index(picked, (sizes[0], sizes[1], sizes[3]))
    more = rng.integers(0, total, wanted)
    b = np.unravel_index(more, sizes)
    parts = [np.concatenate(p) for p in ((a, b[0]), (m, b[1]), (np.zeros_like(m), b[2]), (e, b[3]))]
    words = glue("", pick(onset, parts[0]), pick(middle, parts[1]), pick(middle, parts[2]), pick(ending, parts[3]))
    return pc.unique(words)


_SPELT: dict[str, list[str]] = {}
for _group in SPELLINGS:
    for _name in _group.split():
        _SPELT.setdefault(_name, []).extend(other for other in _group.split() if other != _name)

_CALLED: dict[str, list[str]] = {}
for _group in SHORT_FORMS:
    _first, *_others = _group.split()
    _CALLED.setdefault(_first, []).extend(_others)

_SOUNDS = (
    ("ph", "f"), ("ee", "i"), ("oo", "u"), ("ou", "u"), ("kh", "k"), ("sz", "sh"), ("cz", "ch"), ("aa", "a"),
    ("ck", "k"), ("y", "i"), ("w", "v"), ("ie", "y"), ("ll", "l"), ("nn", "n"), ("tt", "t"), ("q", "k"), ("dh", "d"),
    ("gh", "g"), ("sh", "sch"), ("i", "ee"), ("u", "oo"), ("k", "c"),
)  # fmt: skip


def spelt_otherwise(word: str, luck: int) -> str:
    """Return another spelling of a name: from the groups, else by a rule of sound; the same when there is none.

    Parameters
    ----------
    luck : int
        Any number >= 0; chooses among several.
    """
    others = _SPELT.get(word)
    if others:
        return others[luck % len(others)]
    fitting = [(a, b) for a, b in _SOUNDS if a in word[1:]]
    if not fitting:
        return word
    a, b = fitting[luck % len(fitting)]
    return word[0] + word[1:].replace(a, b, 1)


def called(word: str, luck: int) -> str:
    """Return what somebody of that forename may be called: a short form, or the name's first syllable."""
    others = _CALLED.get(word)
    if others:
        return others[luck % len(others)]
    return word[:3] if len(word) > 5 and luck % 3 == 0 else word
