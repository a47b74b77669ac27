"""Ending what stands about somebody who is erased: flags on them, and saved searches that name them.

What a flag is called and what is searched for lie in the record, sealed under keys of their own; these go.
"""

from __future__ import annotations

from collections.abc import Iterable

from peelian.core.marks import read_typed
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.looking.sealed_words import key_of, words_under
from peelian.gate.looking.watched import TOOL, digested
from peelian.gate.memory.watch_record import Flag, Saved


def end_about(house: House, sure: Iterable[str], subject_ids: Iterable[str]) -> int:
    """End what stands about somebody, whoever it belongs to; return how much that was.

    Parameters
    ----------
    sure : iterable of str
        Marks that are theirs alone: a name with a birth date. A search for a name alone may be for another.
    """
    known = frozenset(sure)
    on = digested(house, known | {f"subject:{s}" for s in subject_ids})
    watch = house.head.follow().watch
    flags = [f for f in watch.flags.values() if f.ended_at is None and f.marks & on]
    searches = [
        s for s in watch.saved.values() if s.ended_at is None and s.what == "search" and _names(house, s, known)
    ]
    for flag in flags:
        _end(house, flag, "flag", "flag-ended")
    for saved in searches:
        _end(house, saved, "saved", "saved-search-ended")
    return len(flags) + len(searches)


def _names(house: House, saved: Saved, known: frozenset[str]) -> bool:
    text = str(words_under(house, saved.entry, key_of("saved", saved.id)).get("text", ""))
    return bool(read_typed(text).marks & known)


def _end(house: House, one: Flag | Saved, kind: str, op: str) -> None:
    house.recorder.record([Act(op, TOOL, one.purpose, "record", {kind: one.id, "why": "erased"})])
    house.keys.destroy(key_of(kind, one.id))
