"""Disclosure control: no count leaves by which somebody could be found in a small group.

Counts below a limit are held back, the rest are rounded, and totals are added up from what is shown, so that nothing
held back can be found by taking away. A release is then held against everything that has left before, and against the
public record of use, which shows exact counts of what was done: what a patient reader could work out from all of it
together is worked out here first, by solving for it. What would say more of a small group than "fewer than the limit"
stays in.

References
----------
OpenSAFELY, permitted results: redact counts of seven and below, round to five, totals from rounded cells.
Fellegi (1972), On the question of statistical confidentiality, JASA 67: bounds on cells from what was released.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from peelian.core.errors import LimitError, Reason, RefusedError

ATOMS_MAX = 4_096
"""More smallest groups than this are not searched; a release that makes so many is refused, never waved through."""

BEYOND = 2**53
"""Stands for an end that nothing holds."""

LOG_DIMENSIONS = ("day", "decision", "op", "purpose", "tool")
"""What the public record of use shows of each entry, and so what it counts exactly."""


@dataclass(frozen=True)
class Limits:
    """What a charter lays down about counts that leave.

    Parameters
    ----------
    suppress_below : int
        Counts below this are held back, > 0.
    round_to : int
        The others are rounded to the nearest multiple of this, > 0.
    """

    suppress_below: int = 8
    round_to: int = 5

    def __post_init__(self) -> None:
        assert self.suppress_below > 0 and self.round_to > 0, "limits are positive"


@dataclass(frozen=True)
class Cell:
    """One count and the group it counts.

    Parameters
    ----------
    about : str
        What is counted, e.g. ``look-ups``; cells about different things never overlap.
    where : mapping of str to frozenset of str
        Dimension -> values the group covers. A dimension that is not named is covered whole.
    count : int
        The true count, >= 0. It never leaves.
    """

    about: str
    where: Mapping[str, frozenset[str]] = field(default_factory=dict)
    count: int = 0

    def covers(self, other: Cell) -> bool:
        """Say whether everything that the other cell counts is counted here too."""
        if self.about != other.about:
            return False
        return all(d in other.where and other.where[d] <= values for d, values in self.where.items())

    @property
    def name(self) -> str:
        """Return the group in words: dimension and values, in order."""
        parts = [f"{d} {' or '.join(sorted(v))}" for d, v in sorted(self.where.items())]
        return f"{self.about}: {', '.join(parts) or 'all'}"


def suppress(count: int, limits: Limits = Limits()) -> int | None:  # frozen
    """Return the count, or None when it is below the limit. Nought is below it too."""
    assert count >= 0, "a count is not negative"
    return None if count < limits.suppress_below else count


def round_count(count: int, limits: Limits = Limits()) -> int:
    """Round to the nearest multiple, halves upwards; in whole numbers, so that it is the same everywhere."""
    return (2 * count + limits.round_to) // (2 * limits.round_to) * limits.round_to


def shown(count: int, limits: Limits = Limits()) -> int | None:
    """Return what may be shown of a count: None below the limit, else the rounded count."""
    kept = suppress(count, limits)
    return None if kept is None else round_count(kept, limits)


@dataclass(frozen=True)
class Shown:
    """A table as it may leave: rounded counts, None where one is held back, and the total of what is shown."""

    cells: Mapping[str, int | None]
    total: int


def disclose(counts: Mapping[str, int], limits: Limits = Limits()) -> Shown:
    """Turn true counts into a table that may leave.

    The total is added up from the rounded cells. A true total beside them would give away what was held back.

    Examples
    --------
    >>> disclose({"a": 3, "b": 8, "c": 16, "d": 23})
    Shown(cells={'a': None, 'b': 10, 'c': 15, 'd': 25}, total=50)
    """
    cells = {name: shown(count, limits) for name, count in counts.items()}
    return Shown(cells, sum(v for v in cells.values() if v is not None))


def in_words(count: int | None, limits: Limits = Limits()) -> str:
    """Write a count that left for people."""
    return f"fewer than {limits.suppress_below}" if count is None else f"about {count:,}"


# --- what a patient reader can work out ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bounded:
    """What is known from outside of one group: its true count lies between low and high, both included."""

    cell: Cell
    low: int
    high: int


def known_from(cell: Cell, limits: Limits = Limits()) -> Bounded:
    """Return what showing a cell tells: below the limit, or a rounding interval."""
    if cell.count < limits.suppress_below:
        return Bounded(cell, 0, limits.suppress_below - 1)
    middle = round_count(cell.count, limits)
    inside = [n for n in range(max(0, middle - limits.round_to), middle + limits.round_to + 1)
              if n >= limits.suppress_below and round_count(n, limits) == middle]  # fmt: skip
    return Bounded(cell, inside[0], inside[-1])


def known_exactly(cell: Cell) -> Bounded:
    """Return what the public record of use tells of a group that it counts: everything."""
    return Bounded(cell, cell.count, cell.count)


@dataclass(frozen=True)
class Leak:
    """A small group that could be told more closely than "below the limit", and how closely."""

    cell: Cell
    low: int
    high: int


def leaks(
    fresh: Sequence[Bounded], known: Sequence[Bounded], limits: Limits = Limits()
) -> list[Leak]:  # fmt: skip
    """Work out which small groups would be narrowed down by a release, given all that is known already.

    Parameters
    ----------
    fresh : sequence of Bounded
        What the release would tell.
    known : sequence of Bounded
        What earlier releases and the public record tell.

    Returns
    -------
    list of Leak
        Groups whose interval ends below the limit, is narrower than the limit itself gives away, and was not as
        narrow before. Empty: nothing small can be told apart.

    Notes
    -----
    Every cell is cut into the smallest groups that any cell tells apart; the least and the greatest count of each that
    fit with everything known are found by integer programming, which is exact. A reader who knows something from
    elsewhere may do better; that is what rounding is for.
    """
    found: list[Leak] = []
    for about in sorted({b.cell.about for b in fresh}):
        ours = [b for b in fresh if b.cell.about == about]
        others = [b for b in known if b.cell.about == about]
        found += _leaks_about(ours, others, limits)
    return found


def _leaks_about(fresh: Sequence[Bounded], known: Sequence[Bounded], limits: Limits) -> list[Leak]:
    groups = _Groups([b.cell for b in (*known, *fresh)])
    before, after = _Solver(groups, known), _Solver(groups, [*known, *fresh])
    found = []
    for cell, members in groups.to_check():
        low, high = after.bounds(members)
        if high >= limits.suppress_below or (low, high) == (0, limits.suppress_below - 1):
            continue
        if before.bounds(members) != (low, high):
            found.append(Leak(cell, low, high))
    return found


class _Groups:
    """The smallest groups that a set of cells tells apart, and which of them each cell holds."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = list(dict.fromkeys((c.about, tuple(sorted((d, v) for d, v in c.where.items()))) for c in cells))
        self.about = cells[0].about
        self.classes = {d: _classes([dict(w)[d] for _, w in self.cells if d in dict(w)]) for d in self._dimensions()}
        size = int(np.prod([len(c) for c in self.classes.values()], dtype=np.int64)) if self.classes else 1
        if size > ATOMS_MAX:
            raise LimitError(
                "disclosure-too-fine",
                "The release tells so many small groups apart that it cannot be checked against earlier ones.",
                why="What has not been checked does not leave.",
                do="Release fewer or coarser tables at a time.",
                facts={"groups": size, "limit": ATOMS_MAX},
            )
        self.atoms = list(product(*self.classes.values()))

    def _dimensions(self) -> list[str]:
        return sorted({d for _, where in self.cells for d, _ in where})

    def members(self, where: Mapping[str, frozenset[str]]) -> frozenset[int]:
        """Return the numbers of the smallest groups inside a cell."""
        wanted = [(n, where[d]) for n, d in enumerate(self.classes) if d in where]
        return frozenset(i for i, atom in enumerate(self.atoms) if all(atom[n] <= v for n, v in wanted))

    def to_check(self) -> Iterable[tuple[Cell, frozenset[int]]]:
        """Give what a reader would look for: smallest groups, cells, and one cell without another inside it."""
        seen: set[frozenset[int]] = set()
        named = [(Cell(self.about, dict(w)), self.members(dict(w))) for _, w in self.cells]
        single = [(self._named(i), frozenset([i])) for i in range(len(self.atoms))]
        rest = [(_less(a, b), m - n) for a, m in named for b, n in named if n < m]
        for cell, members in (*named, *rest, *single):
            if members and members not in seen:
                seen.add(members)
                yield cell, members

    def _named(self, number: int) -> Cell:
        return Cell(self.about, dict(zip(self.classes, self.atoms[number], strict=True)))


_REST = frozenset({"everything else"})


def _classes(values: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """Cut the values of one dimension into the largest parts that no cell divides, and the rest that none names."""
    by_cells: dict[tuple[bool, ...], set[str]] = {}
    for value in sorted(frozenset().union(*values)):
        by_cells.setdefault(tuple(value in v for v in values), set()).add(value)
    return [*(frozenset(v) for v in by_cells.values()), _REST]


def _less(whole: Cell, part: Cell) -> Cell:
    return Cell(f"{whole.name}, less {part.name}")


class _Solver:
    """Finds the least and the greatest count of some groups that fit with what is known."""

    def __init__(self, groups: _Groups, known: Sequence[Bounded]) -> None:
        from scipy.optimize import LinearConstraint  # here: a server's first page does not wait for it

        self.n = len(groups.atoms)
        rows = [groups.members(b.cell.where) for b in known]
        matrix = np.zeros((len(rows), self.n))
        for i, members in enumerate(rows):
            matrix[i, sorted(members)] = 1.0
        lows, highs = np.array([b.low for b in known]), np.array([b.high for b in known])
        self.rules = [LinearConstraint(matrix, lows, highs)] if len(rows) else []
        self.held = frozenset().union(*rows) if rows else frozenset()

    def bounds(self, members: frozenset[int]) -> tuple[int, int]:
        """Return the interval of the sum over some groups; an end that nothing holds is beyond all counts."""
        aim = np.zeros(self.n)
        aim[sorted(members)] = 1.0
        low = self._solve(aim) if members & self.held else 0.0
        high = -self._solve(-aim) if members <= self.held else BEYOND
        return round(low), round(high)

    def _solve(self, aim: np.ndarray) -> float:
        from scipy.optimize import Bounds, milp

        whole = np.ones(self.n)
        result = milp(aim, integrality=whole, bounds=Bounds(0, np.inf), constraints=self.rules)
        if not result.success:
            raise RefusedError(
                "disclosure-unchecked",
                "What could be worked out from this release and earlier ones could not be determined.",
                why="Either the counts contradict an earlier release, or the search did not end.",
                do="Compare with the earlier release; correct whichever is wrong and say so.",
            )
        return float(result.fun)


def keep_safe(fresh: Mapping[str, Bounded], known: Sequence[Bounded], limits: Limits) -> list[str]:
    """Return the names of the cells that may leave together, taken in order; the rest is held back.

    Where a whole and all but one of its parts are shown, the last part is shown too. So a cell is held back when a
    small group could be told apart by it, given those before it and what is known already.

    Parameters
    ----------
    fresh : mapping of str to Bounded
        What each cell would tell, what matters most first.
    """
    kept: list[str] = []
    for name in fresh:
        beside = [fresh[n] for n in kept if fresh[n].cell.about == fresh[name].cell.about]
        if not leaks([*beside, fresh[name]], known, limits):
            kept.append(name)
    return kept


def insist_on_safety(fresh: Sequence[Cell], known: Sequence[Bounded], limits: Limits) -> None:
    """Refuse a release by which a small group could be told apart.

    Raises
    ------
    RefusedError
        ``disclosure-by-difference``, with one reason a group; the groups are named, their counts are not.
    """
    found = leaks([known_from(c, limits) for c in fresh], known, limits)
    if found:
        reasons = [
            Reason("small-group", f"Could be worked out: {leak.cell.name}.", "the release's author", "Make it coarser.")
            for leak in found[:20]
        ]
        raise RefusedError(
            "disclosure-by-difference",
            f"Together with what has left before, this release would tell {len(found)} small groups apart.",
            why=f"No group of fewer than {limits.suppress_below} may be told more closely than that.",
            do="Merge groups or months, or wait until the difference is large enough.",
            reasons=reasons,
        )


# --- the public record of use is a release too -----------------------------------------------------------------------


def log_counts(leaves: Iterable[Mapping[str, object]]) -> list[Bounded]:
    """Count what the public record of use shows of what was done: exact, one cell for each combination that occurs.

    Parameters
    ----------
    leaves : iterable of mapping
        Public leaves, with ``day op purpose tool decision``.
    """
    counts: dict[tuple[str, ...], int] = {}
    for leaf in leaves:
        key = tuple(str(leaf[d]) for d in LOG_DIMENSIONS)
        counts[key] = counts.get(key, 0) + 1
    return [known_exactly(entry_cell(dict(zip(LOG_DIMENSIONS, key, strict=True)), n)) for key, n in counts.items()]


def entry_cell(where: Mapping[str, str], count: int) -> Cell:
    """Return the cell of entries of the record of use with certain public values."""
    return Cell("entries", {d: frozenset([v]) for d, v in where.items()}, count)


def merge_log(known: Sequence[Bounded], dimensions: Sequence[str]) -> list[Bounded]:
    """Add up the record's counts over all but some dimensions: what a release by those dimensions is held against."""
    counts: dict[tuple[str, ...], int] = {}
    for bounded in known:
        key = tuple(next(iter(bounded.cell.where[d])) for d in dimensions)
        counts[key] = counts.get(key, 0) + bounded.cell.count
    return [known_exactly(entry_cell(dict(zip(dimensions, key, strict=True)), n)) for key, n in counts.items()]


# --- releases that have left -----------------------------------------------------------------------------------------


def known_from_shown(cell: Cell, value: int | None, limits: Limits) -> Bounded:
    """Return what a shown value tells of its group: all counts that would have been shown so.

    True counts are not needed for this, so anybody can make the check again from what is public.
    """
    if value is None:
        return Bounded(cell, 0, limits.suppress_below - 1)
    near = range(max(0, value - limits.round_to), value + limits.round_to + 1)
    counts = [n for n in near if shown(n, limits) == value]
    if not counts:
        raise RefusedError(
            "disclosure-unchecked",
            "A released number is none that today's limits could give.",
            why="It was released under other limits, or changed afterwards.",
            do="Compare with the earlier release; correct whichever is wrong and say so.",
        )
    return Bounded(cell, counts[0], counts[-1])
