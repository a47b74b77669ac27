"""Which entries are whose, since a day began: positions only, nothing of what an entry holds.

Entries stand in order of time, so a day is a stretch at the log's end. Finding one's own there means opening the
ordinary part of each; this remembers, for one process, whose each was, so that it is done once.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import date, timedelta

from peelian.gate.entries import read_body
from peelian.ledger.log import Ledger

_KEPT = timedelta(days=7)
"""So long are positions kept that nobody asks for any more."""

OPENED_MAX = 5_000
"""Entries of people's own that are kept opened: some fifty people's shifts."""


@dataclass
class OwnIndex:
    """Positions of entries by who made them.

    Parameters
    ----------
    ledger : Ledger
        Read, never written, from here.
    log_key : bytes
        Opens the ordinary part of payloads.
    """

    ledger: Ledger
    log_key: bytes
    begins: date | None = None
    read_to: int = 0
    opened: dict[int, object] = field(default_factory=dict, repr=False)
    _mine: dict[str, list[int]] = field(default_factory=dict, repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def positions(self, actor_id: str, since: date) -> list[int]:
        """Return where a person's entries stand that were made on or after a day (UTC), oldest first."""
        with self._turn:
            if self.begins is None or since < self.begins or since - self.begins > _KEPT:
                self._mine.clear()
                self.read_to, self.begins = self.first_of(since), since
            self._follow()
            return list(self._mine.get(actor_id, ()))

    def keep_opened(self, index: int, entry: object) -> None:
        """Keep an entry as it was read: it never changes, so a page that shows it again need not open it again."""
        while len(self.opened) >= OPENED_MAX:
            self.opened.pop(next(iter(self.opened)), None)
        self.opened[index] = entry

    def _follow(self) -> None:
        size = self.ledger.size()
        for index, leaf, private in self.ledger.read(self.read_to, size):
            actor = read_body(private, self.log_key, leaf=leaf).get("actor")
            if isinstance(actor, str):
                self._mine.setdefault(actor, []).append(index)
        self.read_to = max(self.read_to, size)

    def first_of(self, day: date) -> int:
        """Return the first entry of a day, by halving: the clock of entries never runs back."""
        low, high = 0, self.ledger.size()
        while low < high:
            middle = (low + high) // 2
            _, leaf, _ = next(self.ledger.read(middle, middle + 1))
            if date.fromisoformat(json.loads(leaf)["day"]) < day:
                low = middle + 1
            else:
                high = middle
        return low
