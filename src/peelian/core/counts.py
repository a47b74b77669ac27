"""Counts of dated points by cell and month, with what was known when.

An event whose time is only known as an interval is spread over its months in proportion (aoristic weight; Ratcliffe
2000). Each piece remembers the month in which it became known, so that a forecast can be made with what was known
then and judged by what is known now.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from peelian.core.time import month_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MILLION = 1_000_000
"""Weights are whole millionths, so that their sums do not depend on the order of rows."""

DELAY_MAX = 4096
"""Months; what became known later than that counts as known then."""


@dataclass(frozen=True)
class Counts:
    """Weights by (month, cell, month known), unique and in that order.

    Parameters
    ----------
    n_cells : int
        Cells of the grid.
    cell, month, known : ndarray of int64, shape (k,)
        Place in the grid; month of the event and month in which it became known, numbered as
        :func:`peelian.core.time.month_of` does. ``known >= month``.
    weight : ndarray of float, shape (k,)
        Events, a whole number of millionths.
    """

    n_cells: int
    cell: Ints = field(repr=False)
    month: Ints = field(repr=False)
    known: Ints = field(repr=False)
    weight: Floats = field(repr=False)

    @classmethod
    def from_events(cls, n_cells: int, cell: Ints, month: Ints, known: Ints, millionths: Ints) -> Counts:
        """Add up events; those outside the grid (cell -1) are left out. The order of the events does not matter."""
        inside = cell >= 0
        cell, month, known, millionths = cell[inside], month[inside], known[inside], millionths[inside]
        known = np.clip(known, month, month + DELAY_MAX - 1)
        # One key for (month, cell, delay) sorts several times faster than three, most of all when nearly in order.
        key = (month * n_cells + cell) * DELAY_MAX + known - month
        order = np.argsort(key, kind="stable")
        cell, month, known, millionths = cell[order], month[order], known[order], millionths[order]
        first = np.ones(len(cell), dtype=bool)
        first[1:] = np.diff(key[order]) != 0
        starts = np.flatnonzero(first)
        total = np.add.reduceat(millionths, starts) if len(starts) else millionths
        return cls(n_cells, cell[first], month[first], known[first], total / MILLION)

    @cached_property
    def months(self) -> Ints:
        """The months that hold anything, in order."""
        return np.unique(self.month)

    @cached_property
    def _by_month(self) -> Floats:
        return np.asarray(np.bincount(self.month - self.month[0], weights=self.weight), dtype=np.float64)

    def usable(self, target: int, lag_months: int) -> slice | NDArray[np.bool_]:
        """Pick what a forecast for a month may use: events older than the lag, known before the month begins."""
        end = int(np.searchsorted(self.month, target - lag_months, side="left"))
        late = self.known[:end] >= target
        if not late.any():
            return slice(0, end)
        return np.concatenate([~late, np.zeros(len(self.month) - end, dtype=bool)])

    def in_month(self, month: int, known_before: int | None = None) -> Floats:
        """Return what happened in a month, by cell, as known before some month or at the end of the data."""
        start, end = np.searchsorted(self.month, [month, month + 1])
        rows = np.arange(int(start), int(end))
        if known_before is not None:
            rows = rows[self.known[rows] < known_before]
        weight = np.bincount(self.cell[rows], weights=self.weight[rows], minlength=self.n_cells)
        return np.asarray(weight, dtype=np.float64)

    def summed(self, rows: slice | NDArray[np.bool_], by_month: Floats | None = None, first: int = 0) -> Floats:
        """Add up some rows by cell, each weighted by ``by_month[month - first]`` when that is given."""
        weight = self.weight[rows]
        if by_month is not None:
            weight = weight * by_month[self.month[rows] - first]
        return np.asarray(np.bincount(self.cell[rows], weights=weight, minlength=self.n_cells), dtype=np.float64)

    def totals(self, rows: slice | NDArray[np.bool_], first: int, n_months: int) -> Floats:
        """Add up some rows by month, ``n_months`` months from ``first``; a slice ends where a month does."""
        if isinstance(rows, slice) and rows.start == 0 and len(self.month) and first == self.month[0]:
            end = int(self.month[rows][-1]) - first + 1
            return np.concatenate([self._by_month[:end], np.zeros(n_months - end)])
        sums = np.bincount(self.month[rows] - first, weights=self.weight[rows], minlength=n_months)
        return np.asarray(sums[:n_months], dtype=np.float64)


def months_of_instants(micros: Ints) -> Ints:
    """Return each instant's month; instants are integer microseconds UTC, months as ``core.time.month_of`` has them."""
    return np.asarray(micros, dtype="datetime64[us]").astype("datetime64[M]").astype(np.int64) + 12 * 1970


def starts_of_months(months: Ints) -> Ints:
    """Return the first instant of each month, integer microseconds UTC."""
    return (np.asarray(months) - 12 * 1970).astype("datetime64[M]").astype("datetime64[us]").astype(np.int64)


def spread_over_months(start: Ints, end: Ints, months_max: int) -> tuple[Ints, Ints, Ints]:
    """Spread each interval over its months in proportion to time (aoristic weights).

    Parameters
    ----------
    start, end : ndarray of int64
        Half-open intervals, microseconds UTC; an empty one counts in the month it starts in.
    months_max : int
        Intervals over more months than this are left out: they say next to nothing about when.

    Returns
    -------
    tuple of ndarray of int64
        ``row`` (position of the event), ``month``, ``millionths``; an event's millionths add up to a million.

    References
    ----------
    Ratcliffe (2000), Aoristic analysis, International Journal of Geographical Information Science 14.
    """
    end = np.maximum(end, start + 1)
    first, last = months_of_instants(start), months_of_instants(end - 1)
    pieces = np.where(last - first < months_max, last - first + 1, 0)
    row = np.repeat(np.arange(len(start)), pieces)
    month = np.repeat(first, pieces) + _count_within(pieces)
    # Cumulative shares rounded, then differenced: every event's pieces add up to exactly a million.
    upto = (np.minimum(starts_of_months(month + 1), end[row]) - start[row]) / (end - start)[row]
    cumulative = np.rint(upto * MILLION).astype(np.int64)
    millionths = np.diff(cumulative, prepend=0)
    opening = np.flatnonzero(_count_within(pieces) == 0)
    millionths[opening] = cumulative[opening]
    return row, month, millionths


def _count_within(pieces: Ints) -> Ints:
    """Return 0, 1, ... within each run of ``pieces``."""
    ends = np.cumsum(pieces)
    return np.arange(int(pieces.sum())) - np.repeat(ends - pieces, pieces)


def month_name(month: int) -> str:
    """Write a numbered month as ``2019-05``."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def month_number(name: str) -> int:
    """Return the number of a month written as ``2019-05``. Raises ValueError when it is not one."""
    return month_of(date.fromisoformat(f"{name}-01"))
