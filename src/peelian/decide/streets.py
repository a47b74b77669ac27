"""Names that people know for the squares of a grid: the street most incidents were recorded on, told apart."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from peelian.core.grid import Grid

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LEAD = re.compile(r"^(on or near|near)(\s+|$)", re.IGNORECASE)
_COMPASS = ("east", "north-east", "north", "north-west", "west", "south-west", "south", "south-east")


@dataclass(frozen=True)
class NamedCell:
    """One square with the name people know it by, and every street that runs through it."""

    cell: str
    name: str
    streets: tuple[str, ...]


def street_words(place: str) -> str:
    """Write a street as people say it: sources put "On or near" before it, and leave some empty."""
    tidy = _LEAD.sub("", " ".join(place.split()))
    return "" if tidy.lower() in {"", "no location", "unknown"} else tidy


def name_cells(
    grid: Grid, easting_m: Floats, northing_m: Floats, places: Sequence[str], counts: Ints
) -> dict[str, NamedCell]:
    """Name every cell of a grid.

    Parameters
    ----------
    grid : Grid
    easting_m, northing_m : ndarray of float, shape (n,)
        Points, projected metres.
    places : sequence of str, length n
        The street of each point, as its source words it.
    counts : ndarray of int64, shape (n,)
        Incidents at each point.

    Returns
    -------
    dict of str to NamedCell
        By cell, in order of name: the order tells nothing about how much was recorded. Cells where nothing was
        recorded are named after the nearest that has a name. Without any name at all it is empty.
    """
    tallies = _tallies(grid, easting_m, northing_m, places, counts)
    if not tallies:
        return {}
    bases = _bases(grid, tallies)
    names = _told_apart(grid, bases, tallies)
    cells = [NamedCell(grid.ids[i], names[i], _streets(tallies.get(i), bases[i])) for i in range(len(grid))]
    return {c.cell: c for c in sorted(cells, key=lambda c: (c.name.removeprefix("Near "), c.name, c.cell))}


def _tallies(
    grid: Grid, easting_m: Floats, northing_m: Floats, places: Sequence[str], counts: Ints
) -> dict[int, Counter[str]]:
    tallies: dict[int, Counter[str]] = defaultdict(Counter)
    at = grid.cell_of(easting_m, northing_m).tolist()
    for cell, place, count in zip(at, places, counts.tolist(), strict=True):
        street = street_words(place or "")
        if cell >= 0 and street:
            tallies[cell][street] += count
    return tallies


def _ranked(tally: Counter[str]) -> list[str]:
    return sorted(tally, key=lambda street: (-tally[street], street))


def _streets(tally: Counter[str] | None, base: str) -> tuple[str, ...]:
    return tuple(_ranked(tally)) if tally else (base.removeprefix("Near "),)


def _bases(grid: Grid, tallies: Mapping[int, Counter[str]]) -> list[str]:
    """Name each cell by its commonest street, or as near to the nearest cell that has one."""
    named = np.array(sorted(tallies))
    own = {int(i): _ranked(tallies[int(i)])[0] for i in named}
    out = []
    for i in range(len(grid)):
        if i in own:
            out.append(own[i])
            continue
        far = (grid.columns[named] - grid.columns[i]) ** 2 + (grid.rows[named] - grid.rows[i]) ** 2
        out.append(f"Near {own[int(named[int(np.argmin(far))])]}")
    return out


def _told_apart(grid: Grid, bases: Sequence[str], tallies: Mapping[int, Counter[str]]) -> list[str]:
    """Add what is needed to tell cells of one street apart: the next street, where it lies, at last a number."""
    names = list(bases)
    for step in (lambda group: [_by_next(i, tallies) for i in group], lambda group: _by_compass(grid, group), _numbers):
        groups: dict[str, list[int]] = defaultdict(list)
        for i, name in enumerate(names):
            groups[name].append(i)
        for group in (g for g in groups.values() if len(g) > 1):
            for i, more in zip(group, step(group), strict=True):
                names[i] += more
    return names


def _by_next(cell: int, tallies: Mapping[int, Counter[str]]) -> str:
    streets = _ranked(tallies[cell]) if cell in tallies else []
    return f", by {streets[1]}" if len(streets) > 1 else ""


def _by_compass(grid: Grid, group: Sequence[int]) -> list[str]:
    at = np.stack([grid.columns[np.array(group)], grid.rows[np.array(group)]], axis=1).astype(np.float64)
    away = at - at.mean(axis=0)
    turn = np.rint(np.arctan2(away[:, 1], away[:, 0]) / (np.pi / 4)).astype(int) % 8
    middle = np.hypot(away[:, 0], away[:, 1]) < 0.5
    return [" (middle)" if m else f" ({_COMPASS[t]})" for t, m in zip(turn.tolist(), middle.tolist(), strict=True)]


def _numbers(group: Sequence[int]) -> list[str]:
    return [f" {n}" for n in range(1, len(group) + 1)]


def find_cells(cells: Mapping[str, NamedCell], asked: str) -> list[NamedCell]:
    """Return the cells one of whose streets has every word asked for; all of them when nothing is asked."""
    words = asked.casefold().split()
    return [
        c for c in cells.values() if all(any(w in street.casefold() for street in (*c.streets, c.name)) for w in words)
    ]
