"""A file that an officer brings along: CSV, Excel or JSON lines, read within bounds, looked at by the scanner.

Nothing is kept here. Every cell is text. What looks like a special category or another service's data is told before
anybody decides which columns are kept (:func:`peelian.ingest.scanner.scan`); it is told by column and count.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from peelian.core.errors import InvalidError, LimitError, MissingError, Warned
from peelian.find.check_list import lines_of
from peelian.ingest.contract import ColumnRule, FileKind
from peelian.ingest.scanner import scan
from peelian.ingest.table_door import parts_of, read_names, read_table

BYTES_MAX = 5 << 20
UNPACKED_MAX = 64 << 20
MEMBERS_MAX = 1_000
ROWS_MAX = 20_000
COLUMNS_MAX = 60
CELL_MAX = 2_000
"""How large a file may be: for a case, not for a system."""

SUFFIXES = (".csv", ".xlsx", ".jsonl", ".ndjson", ".txt")

_LONGEST_NAME = 80


@dataclass(frozen=True)
class Uploaded:
    """A file as it was read.

    Parameters
    ----------
    columns : tuple of str
        As the file names them.
    rows : tuple of tuple of str
        Cells by column; empty where the file has none.
    rejected : int
        Lines that were no rows and were left out.
    flags : tuple of Warned
        What the scanner says, by column and count; never a value.
    flagged : frozenset of str
        Columns that it says something of.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    rejected: int = 0
    flags: tuple[Warned, ...] = ()
    flagged: frozenset[str] = frozenset()

    def column(self, name: str) -> list[str]:
        """Return the cells of a column that are not empty, each once, in the order of the file.

        Raises
        ------
        MissingError
            ``upload-column-missing``.
        """
        if name not in self.columns:
            raise MissingError(
                "upload-column-missing",
                "The file has no such column.",
                why="A column is named as the file names it.",
                do="Look at the preview for the names.",
            )
        place = self.columns.index(name)
        return list(dict.fromkeys(row[place] for row in self.rows if row[place]))


def read_upload(file_name: str, data: bytes) -> Uploaded:
    """Read a file within bounds.

    Raises
    ------
    LimitError
        ``upload-too-large``.
    InvalidError
        ``upload-kind-unknown``, ``file-empty``, ``file-damaged``, ``header-mismatch``, ``workbook-damaged`` and what
        else the door says of a file.
    """
    name = _checked(file_name, data)
    if name.endswith(".txt"):
        return _lines(data)
    part = (parts_of(name, data) or [""])[0] if name.endswith(".xlsx") else ""
    columns = [c for c in dict.fromkeys(read_names(name, data, part)) if c.strip()]
    if not 1 <= len(columns) <= COLUMNS_MAX:
        raise too_large(f"has {len(columns)} columns; one to {COLUMNS_MAX} are read")
    if any(len(c) > _LONGEST_NAME for c in columns):
        raise too_large(f"has a column whose name is longer than {_LONGEST_NAME} characters")
    kind = _kind(columns, part)
    door = read_table(name, data, kind)
    if door.table.num_rows > ROWS_MAX:
        raise too_large(f"has more than {ROWS_MAX} rows")
    flags = tuple(scan(door, kind))
    flagged = frozenset(c for c in columns if any(f"Column: {c}." in warned.what for warned in flags))
    cells = [_texts(door.table.column(c)) for c in columns]
    rows = tuple(row for row in zip(*cells, strict=True) if any(row))
    return Uploaded(tuple(columns), rows, len(door.rejected), flags, flagged)


SHOWN_MAX = 1_000
"""Lines of a list that are shown again in the form."""


def list_in(file_name: str, data: bytes, column: str = "") -> list[str]:
    """Return a list to check out of a file: one of its columns, the first where none is named.

    Raises
    ------
    LimitError
        ``upload-too-large``.
    InvalidError
        As :func:`read_upload`.
    MissingError
        ``upload-column-missing``.
    """
    read = read_upload(file_name, data)
    return list(lines_of("\n".join(read.column(column.strip() or read.columns[0]))))


def _checked(file_name: str, data: bytes) -> str:
    name = file_name.lower().rsplit("/", 1)[-1].rsplit("\\", 1)[-1]
    if not name.endswith(SUFFIXES):
        raise InvalidError(
            "upload-kind-unknown",
            "A file of this kind is not read.",
            why="Each kind is read by a door of its own, that knows what may be wrong with it.",
            do=f"Save it as one of these: {', '.join(SUFFIXES)}.",
        )
    if not data:
        raise InvalidError("file-empty", "The file is empty.", why="Nothing can be read from it.", do="Choose another.")
    if len(data) > BYTES_MAX:
        raise too_large(f"has more than {BYTES_MAX >> 20} MiB")
    if name.endswith(".xlsx"):
        _check_packed(data)
    return name


def _check_packed(data: bytes) -> None:
    """Refuse a workbook that unpacks too far; what its table of contents says, the unpacking is held to."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            sizes = [member.file_size for member in book.infolist()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return  # the door says what is wrong with it
    if len(sizes) > MEMBERS_MAX or sum(sizes) > UNPACKED_MAX:
        raise too_large(f"unpacks to more than {UNPACKED_MAX >> 20} MiB or {MEMBERS_MAX} parts")


def _kind(columns: Sequence[str], part: str) -> FileKind:
    """Describe the file as free text that nobody declared, so that the scanner looks at every column of it."""
    rules = tuple(ColumnRule(c, keep="intelligence_text.text", personal=True) for c in columns)
    return FileKind("upload", "intelligence_text", (), "", "", "", "", "keep", rules, (), part=part)


def _texts(column: pa.ChunkedArray) -> list[str]:
    return ["" if cell is None else str(cell).strip()[:CELL_MAX] for cell in column.to_pylist()]


def _lines(data: bytes) -> Uploaded:
    lines = [line.strip() for line in data.decode("utf-8-sig", errors="replace").splitlines()]
    rows = tuple((line[:CELL_MAX],) for line in lines if line)
    if len(rows) > ROWS_MAX:
        raise too_large(f"has more than {ROWS_MAX} lines")
    return Uploaded(("line",), rows)


def too_large(what: str) -> LimitError:
    """Return the error for a file that is larger than a case's may be."""
    return LimitError(
        "upload-too-large",
        f"The file {what}.",
        why="A file for one case is small; a larger one is a system's, and comes in under a source's mandate.",
        do="Leave out what the case does not need, or ask the data engineer.",
    )
