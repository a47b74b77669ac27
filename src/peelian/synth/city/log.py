"""What happened, in columns: events, the people in them, the vehicles in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from peelian.synth.city.streams import Bools, Ints


def _none() -> Ints:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Parties:
    """Who (or which vehicle) was in which event, as what. Arrays run in parallel, in the order of the system's lines.

    Parameters
    ----------
    event : ndarray of int
        Position of the event in its log.
    who : ndarray of int
        A person's or vehicle's number; a firm's number is written as ``-2 - number``.
    part : ndarray of int
        A code of the system.
    """

    event: Ints = field(default_factory=_none)
    who: Ints = field(default_factory=_none)
    part: Ints = field(default_factory=_none)

    def __len__(self) -> int:
        return len(self.event)

    def where(self, mask: Bools | Ints) -> Parties:
        """Return some of them."""
        return Parties(self.event[mask], self.who[mask], self.part[mask])

    def moved(self, to: Ints) -> Parties:
        """Return them with each event's new position, in order of event; those of events moved to -1 are gone."""
        event = to[self.event]
        order = np.argsort(event, kind="stable")
        return Parties(event, self.who, self.part).where(order[event[order] >= 0])

    def lines(self) -> Ints:
        """Return each one's number within its event, from 0. They are in order of event."""
        assert (np.diff(self.event) >= 0).all(), "parties are in order of event"
        return np.arange(len(self.event)) - np.searchsorted(self.event, self.event)


def parties(*some: tuple[Ints, Ints, int]) -> Parties:
    """Put (events, who, part) together, leaving out nobody (-1) and whoever is in an event already."""
    event = np.concatenate([e for e, _, _ in some]) if some else _none()
    who = np.concatenate([w for _, w, _ in some]) if some else _none()
    part = np.concatenate([np.full(len(e), p) for e, _, p in some]) if some else _none()
    keep = who != -1
    event, who, part = event[keep], who[keep], part[keep]
    order = np.lexsort((who, event))
    again = np.zeros(len(event), dtype=bool)
    again[order[1:]] = (np.diff(event[order]) == 0) & (np.diff(who[order]) == 0)
    return Parties(event[~again], who[~again], part[~again])


@dataclass(frozen=True)
class Log:
    """Events of one system. ``columns`` run in parallel; times are minutes since the history began."""

    columns: Mapping[str, Ints]
    people: Parties = field(default_factory=Parties)
    vehicles: Parties = field(default_factory=Parties)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, column: str) -> Ints:
        return self.columns[column]

    def where(self, mask: Bools) -> Log:
        """Return the events of a mask with who was in them."""
        to = np.where(mask, np.cumsum(mask) - 1, -1)
        return Log({k: v[mask] for k, v in self.columns.items()}, self.people.moved(to), self.vehicles.moved(to))

    def in_order(self, column: str) -> Log:
        """Return the events in order of a column."""
        order = np.argsort(self.columns[column], kind="stable")
        to = np.empty(len(order), dtype=np.int64)
        to[order] = np.arange(len(order))
        return Log({k: v[order] for k, v in self.columns.items()}, self.people.moved(to), self.vehicles.moved(to))


def together(logs: Sequence[Log]) -> Log:
    """Put logs of one system after each other; a column that one of them lacks is 0 there."""
    names = list(dict.fromkeys(k for log in logs for k in log.columns))
    sizes = [len(log) for log in logs]
    columns = {
        k: np.concatenate([log.columns.get(k, np.zeros(n, dtype=np.int64)) for log, n in zip(logs, sizes, strict=True)])
        for k in names
    }
    starts = np.cumsum([0, *sizes[:-1]])
    return Log(columns, _joined([x.people for x in logs], starts), _joined([x.vehicles for x in logs], starts))


def _joined(some: Sequence[Parties], starts: Ints) -> Parties:
    return Parties(
        np.concatenate([p.event + s for p, s in zip(some, starts, strict=True)]),
        np.concatenate([p.who for p in some]),
        np.concatenate([p.part for p in some]),
    )
