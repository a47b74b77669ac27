"""What came through the door: the declared columns as text, the line of every row, and what was turned away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from peelian.core.errors import InvalidError
from peelian.ingest.contract import ColumnRule, fold
from peelian.ingest.telling_names import speaks_of

_SHOWABLE = re.compile(r"^[A-Za-z][A-Za-z0-9 _/().-]{0,39}$")


@dataclass(frozen=True)
class Rejected:
    """A row that was turned away: its line in the file, the reason's id, and the declared column at fault."""

    line: int
    reason: str
    column: str = ""


@dataclass(frozen=True)
class Door:
    """The declared part of one file.

    Parameters
    ----------
    table : pyarrow.Table
        One column for each kept rule, named as the contract spells it; absent optional columns are all null.
    lines : ndarray of int, shape (n,)
        Line of each row, counted from 1.
    rejected : tuple of Rejected
        Rows that are not rows: wrong number of cells, NUL bytes, undecodable text.
    dropped_columns : mapping of str to int
        Column left at the door -> number of rows that had it.
    undeclared : tuple of str
        Those among them that the contract does not know.
    quirks : Counter
    """

    table: pa.Table
    lines: np.ndarray
    rejected: tuple[Rejected, ...]
    dropped_columns: Mapping[str, int]
    undeclared: tuple[str, ...]
    quirks: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Header:
    """How a file's columns answer to the declared ones.

    Parameters
    ----------
    cells : tuple of str
        The header as the file writes it.
    places : mapping of str to int
        Declared, kept column -> position in the file.
    dropped : tuple of (str, bool)
        Column left at the door, and whether the contract knows it.
    """

    cells: tuple[str, ...]
    places: Mapping[str, int]
    dropped: tuple[tuple[str, bool], ...]


def match_header(cells: Sequence[str], rules: Iterable[ColumnRule]) -> Header:
    """Match a header to the declared columns, without case, spaces, underscores and hyphens, and by aliases.

    Raises
    ------
    InvalidError
        ``header-mismatch`` when a required column is missing or a declared one appears twice. The message names
        declared columns only: a file without a header would otherwise spill its first row into it.
    """
    rules = tuple(rules)
    meanings = {fold(spelling): rule for rule in rules for spelling in rule.spellings}
    places: dict[str, int] = {}
    dropped: list[tuple[str, bool]] = []
    for place, cell in enumerate(cells):
        rule = meanings.get(fold(cell))
        if rule is None or rule.dropped:
            dropped.append((rule.name if rule else show_name(cell, place), rule is not None))
        elif rule.name in places:
            raise _mismatch(f'column "{rule.name}" appears twice', rule.name)
        else:
            places[rule.name] = place
    missing = [r.name for r in rules if r.required and r.name not in places]
    if missing:
        raise _mismatch(f"required columns are missing: {', '.join(missing)}", missing[0])
    return Header(tuple(cells), places, tuple(dropped))


def answers_to(cells: Sequence[str], rules: Iterable[ColumnRule]) -> bool:
    """Say whether a header satisfies a set of declared columns."""
    try:
        match_header(cells, rules)
    except InvalidError:
        return False
    return True


def show_name(cell: str, place: int) -> str:
    """Name an undeclared column for a receipt: its own name if that is harmless, else its position.

    A long name may hold anything; of it only a word is told that speaks of what should not be there.
    """
    if _SHOWABLE.match(cell.strip()):
        return cell.strip()
    word = speaks_of(cell)[1]
    return f"column {place + 1} ({word})" if word else f"column {place + 1}"


def count_dropped(header: Header, n_rows: int) -> dict[str, int]:
    """Return how many rows lost each column that stayed at the door."""
    return {name: n_rows for name, _ in sorted(header.dropped)}


def undeclared(header: Header) -> tuple[str, ...]:
    """Return the names of columns that the contract does not know."""
    return tuple(sorted(name for name, known in header.dropped if not known))


def arrange(columns: Mapping[str, pa.Array | pa.ChunkedArray], rules: Iterable[ColumnRule], n_rows: int) -> pa.Table:
    """Put columns in the contract's order; a declared, optional column that the file lacks is all null."""
    names = [r.name for r in rules if not r.dropped]
    empty = pa.nulls(n_rows, pa.string())
    return pa.table([columns.get(name, empty) for name in names], names=names)


def _mismatch(what: str, column: str) -> InvalidError:
    return InvalidError(
        "header-mismatch",
        f"The file's first line is not the declared header: {what}.",
        why="Columns that are guessed at end up in the wrong place.",
        do="Check that this is the right kind of file; add an alias to the declaration if the publisher renamed it.",
        facts={"column": column},
    )
