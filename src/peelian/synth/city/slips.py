"""Slips of the keyboard, the ear and the camera, each a pure function of a text and a number that chooses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

_NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x", "0": "9", "1": "2", "2": "13", "3": "24",
    "4": "35", "5": "46", "6": "57", "7": "68", "8": "79", "9": "80",
}  # fmt: skip
_LOOKS = {
    "0": "O", "O": "0", "1": "I", "I": "1", "8": "B", "B": "8", "5": "S", "S": "5", "2": "Z", "Z": "2", "D": "O",
    "Q": "O", "M": "N", "N": "M", "V": "Y", "Y": "V", "6": "G", "G": "6", "E": "F", "F": "E", "U": "V", "H": "M",
    "C": "G", "P": "R", "R": "P", "K": "X", "X": "K", "W": "V", "T": "7", "7": "T", "3": "8", "9": "8", "4": "A",
    "A": "4", "J": "U", "L": "1",
}  # fmt: skip
_SHORT = {
    "Road": "Rd", "Street": "St", "Avenue": "Ave", "Lane": "Ln", "Close": "Cl", "Gardens": "Gdns", "Place": "Pl",
    "Terrace": "Terr", "Drive": "Dr", "Crescent": "Cres",
}  # fmt: skip


def mistyped(text: str, luck: int) -> str:
    """Return the text with one slip: two letters swapped, one lost, doubled or hit beside. ``luck`` >= 0 chooses."""
    if len(text) < 3:
        return text
    at, how = 1 + luck % (len(text) - 1), luck // 97 % 4
    if how == 0 and at + 1 < len(text):
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if how == 1:
        return text[:at] + text[at + 1 :]
    if how == 2:
        return text[:at] + text[at] + text[at:]
    near = _NEIGHBOURS.get(text[at].lower(), text[at])
    return text[:at] + near[luck // 389 % len(near)] + text[at + 1 :]


def wrong_digit(text: str, luck: int) -> str:
    """Return a number with a digit changed, or two swapped; never the first two, which make it nobody's."""
    places = [i for i, c in enumerate(text) if c.isdigit()][2:]
    if len(places) < 2:
        return text
    k = luck % (len(places) - 1)
    i, j = places[k], places[k + 1]
    if luck % 2 and text[i] != text[j]:
        return text[:i] + text[j] + text[i + 1 : j] + text[i] + text[j + 1 :]
    return text[:j] + str((int(text[j]) + 1 + luck % 8) % 10) + text[j + 1 :]


def misread(plate: str, luck: int) -> str:
    """Return a plate as a camera may read it: one character, seldom two, taken for one that looks like it.

    The first letter stays: it is what makes the plate nobody's.
    """
    out = list(plate)
    for k in (luck, luck // 11)[: 1 + (luck % 9 == 0)]:
        at = 1 + k % (len(out) - 1)
        out[at] = _LOOKS.get(out[at], out[at])
    return "".join(out)


def in_part(plate: str, luck: int) -> str:
    """Return a plate with one character missing; the two first stay, or it might be somebody's older plate."""
    at = 2 + luck % (len(plate) - 2)
    return plate[:at] + plate[at + 1 :]


def miswritten_postcode(postcode: str, luck: int) -> str:
    """Return a postcode with one slip; its two first letters stay, or it might be a real one."""
    return postcode[:2] + mistyped(postcode[2:], luck)


def abbreviated(address: str) -> str:
    """Return an address with its street's kind abbreviated."""
    head, _, kind = address.rpartition(" ")
    return f"{head} {_SHORT.get(kind, kind)}" if head else address


def with_luck(rng: np.random.Generator, slip: Callable[[str, int], str]) -> Callable[[list[str]], list[str]]:
    """Return a function that makes the same kind of slip in each text of a list, each by a luck of its own."""

    def changed(texts: list[str]) -> list[str]:
        return [slip(t, k) for t, k in zip(texts, rng.integers(0, 2**31, len(texts)).tolist(), strict=True)]

    return changed
