"""A search put to the data: keys to look for in turn, and the columns wanted of what is found. Never free-form text."""

from __future__ import annotations

from dataclasses import dataclass

ANY_RUN, ANY_ONE = "*", "?"
"""Wildcards of :attr:`AnyOf.like`: any run of characters, and any one."""


@dataclass(frozen=True)
class AnyOf:
    """Keys of which a record needs one.

    Parameters
    ----------
    exact : tuple of str
        Keys as :mod:`peelian.core.search_keys` spells them.
    near : tuple of str
        Keys that may be one letter off, or have two neighbours swapped.
    like : tuple of str
        Patterns with ``*`` and ``?``.
    """

    exact: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    like: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.exact or self.near or self.like)


@dataclass(frozen=True)
class Step:
    """One way to look: a record of these tables must meet every one of ``all_of``.

    Parameters
    ----------
    name : str
        Says in a word how strict it is; comes back with each record it found.
    tables : frozenset of str
        Only records of these; empty for every table that is open.
    """

    name: str
    all_of: tuple[AnyOf, ...]
    tables: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Sought:
    """Steps tried in turn, from strict to loose, until enough is found.

    Parameters
    ----------
    steps : tuple of Step
        In order.
    limit : int
        At most so many records in all; which ones is decided by record id, not by what cannot be seen.
    enough : int
        With so many records found, looser steps are left out.
    """

    steps: tuple[Step, ...]
    limit: int = 60
    enough: int = 25


@dataclass(frozen=True)
class Spotted:
    """A record that was found: where it is, and by which step."""

    table: str
    record_id: str
    step: str
