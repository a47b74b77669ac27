"""What practice cases are made of: a stream of draws that follows from a seed, and the form of a case."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

Item = TypeVar("Item")


class Draw:
    """Draws that follow from a seed alone: the same on every machine and in every version of Python.

    Parameters
    ----------
    seed : bytes
        Secret of the attempt.
    """

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._turn = 0

    def below(self, n: int) -> int:
        """Return a whole number from 0 up to, but not, n. The bias is under n in 2**64."""
        self._turn += 1
        block = hashlib.blake2b(self._turn.to_bytes(8, "big"), key=self._seed[:64], digest_size=8).digest()
        return int.from_bytes(block, "big") % n

    def between(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return low + self.below(high - low + 1)

    def pick(self, items: Sequence[Item]) -> Item:
        """Return one of several."""
        return items[self.below(len(items))]

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """Return all of several in any order (Fisher-Yates)."""
        out = list(items)
        for i in range(len(out) - 1, 0, -1):
            j = self.below(i + 1)
            out[i], out[j] = out[j], out[i]
        return out


@dataclass(frozen=True)
class Case:
    """One made-up case as it is shown.

    Parameters
    ----------
    number : int
        From 1.
    title : str
    facts : tuple of (str, str)
        What is so, as a list of name and value.
    caption : str
        Of the table.
    head : tuple of str
        The table's columns.
    rows : tuple of tuple of str
        The table.
    total : tuple of str
        Its last row.
    says : str
        The sentence that the tool, or the colleague, says about it.
    """

    number: int
    title: str
    facts: tuple[tuple[str, str], ...]
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...]
    says: str

    def as_dict(self) -> dict[str, object]:
        """Return the case as plain data."""
        return asdict(self)


def hundredths(value: int) -> str:
    """Write a number of hundredths as a decimal."""
    return f"{value // 100}.{value % 100:02d}"


def month_words(month: int) -> str:
    """Write a month's number (``12 * year + month - 1``) as people do."""
    names = "January February March April May June July August September October November December".split()
    return f"{names[month % 12]} {month // 12}"
