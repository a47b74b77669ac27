"""Rows gathered one by one from a format that is not a table: cells by name, and the line each row stands on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.core.errors import InvalidError
from peelian.ingest.contract import ColumnRule
from peelian.ingest.door import Door, Header, Rejected, arrange, count_dropped, match_header, undeclared

SEVERAL = ";"
"""Stands between the values of a list inside a cell."""


@dataclass
class FlatRows:
    """Rows as they are found; all names that occur together are the header."""

    rows: list[Mapping[str, object]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    n_around: int = 0  # what the rows stand in: reports without one person in them are no empty file

    def add(self, line: int, cells: Mapping[str, object]) -> None:
        """Take a row."""
        self.rows.append(cells)
        self.lines.append(line)
        self.names |= dict.fromkeys(cells)

    def reject(self, line: int, reason: str) -> None:
        """Turn a line away that is no row."""
        self.rejected.append(Rejected(line, reason))

    def door(self, rules: Sequence[ColumnRule]) -> Door:
        """Return the declared columns as text.

        Raises
        ------
        InvalidError
            ``header-mismatch``, ``column-type-unfit`` when a kept column holds objects, ``file-empty``.
        """
        if not self.names and not self.rejected:
            if not self.n_around:
                raise empty_file()
            return Door(arrange({}, rules, 0), np.empty(0, np.int64), (), {}, ())
        header = match_header(list(self.names), rules)
        columns = {name: self._column(name, header.cells[place]) for name, place in header.places.items()}
        return without_nul(columns, header, rules, np.array(self.lines, np.int64), tuple(self.rejected))

    def _column(self, name: str, cell: str) -> pa.ChunkedArray:
        return pa.chunked_array([pa.array([_text(name, row.get(cell)) for row in self.rows], pa.string())])


def _text(name: str, value: object) -> str | None:
    """Write a value as the text a CSV cell would hold."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(v, (str, int, float)) for v in value):
        return SEVERAL.join(str(v).replace(SEVERAL, ",").strip() for v in value) or None
    if isinstance(value, (list, dict, bytes, memoryview)):
        raise nested(name)
    return str(value).strip() or None


def empty_file() -> InvalidError:
    """Say that a file holds no row at all."""
    return InvalidError(
        "file-empty",
        "The file holds nothing.",
        why="An empty file would look as if every row had been withdrawn.",
        do="Export it again.",
    )


def nested(name: str) -> InvalidError:
    """Say that a column holds what has no declared meaning."""
    return InvalidError(
        "column-type-unfit",
        f'The column for "{name}" holds nested or binary values.',
        why="Only texts, numbers and times have a declared meaning.",
        do="Export it as text, or leave it out of the mapping.",
        facts={"column": name},
    )


def without_nul(
    columns: Mapping[str, pa.ChunkedArray],
    header: Header,
    rules: Sequence[ColumnRule],
    lines: np.ndarray,
    rejected: tuple[Rejected, ...],
) -> Door:
    """Turn away rows whose texts hold a NUL: ids are hashed over texts joined by it."""
    bad = np.zeros(len(lines), bool)
    for column in columns.values():
        if pa.types.is_string(column.type):
            found = pc.fill_null(pc.match_substring(column, "\0"), False)
            bad |= np.asarray(found.to_numpy(), bool)
    table = arrange(columns, rules, len(lines))
    more = tuple(Rejected(int(line), "nul-byte") for line in lines[bad])
    dropped = count_dropped(header, len(lines) + len(rejected))
    return Door(table.filter(pa.array(~bad)), lines[~bad], (*rejected, *more), dropped, undeclared(header), Counter())
