"""Identifiers: ULIDs, made from the clock and the system's random source, never from a person's name."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from peelian.core.time import Clock, to_micros

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32: no I, L, O, U
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def new_ulid(clock: Clock, random_bytes: Callable[[int], bytes] = os.urandom) -> str:
    """Make a ULID: 48 bits of milliseconds, 80 random bits, 26 characters that sort by time.

    References
    ----------
    ULID specification, https://github.com/ulid/spec
    """
    value = (to_micros(clock.now()) // 1000) << 80 | int.from_bytes(random_bytes(10), "big")
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -5, -5))


def is_ulid(text: str) -> bool:
    """Say whether the text has the form of a ULID."""
    return bool(_ULID.fullmatch(text))
