"""CSV bytes -> the declared columns, in memory.

Two readers, one result. The quick one is Arrow's, and serves only files in which every line is one whole row. At the
first irregularity the file goes to the careful one, which reads line by line, repairs what has one meaning (a
byte-order mark, a stray header, Windows-1252) and turns away what has none, with its line. A property test holds the
two together.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from peelian.core.errors import InvalidError
from peelian.ingest.contract import ColumnRule, fold
from peelian.ingest.door import Door, Header, Rejected, arrange, count_dropped, match_header, undeclared

_BLOCK = 4 << 20
_LINES_PER_ROW_MAX = 50  # a row over more lines than this is an open quotation mark
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class _Text:
    """A file as UTF-8 with line ends kept, the lines that could not be decoded, and what had to be done."""

    data: bytes
    undecodable: frozenset[int]
    quirks: Counter[str]


def read_csv(data: bytes, rules: Sequence[ColumnRule], *, threads: int = 1, separator: str = ",") -> Door:
    """Read the declared columns of a CSV file; all others are never parsed.

    Parameters
    ----------
    data : bytes
        The file.
    rules : sequence of ColumnRule
        The contract's columns for this kind of file.
    threads : int
        Arrow reads with several threads when this is above 1.
    separator : str
        What stands between cells.

    Returns
    -------
    Door
        Cells are text without surrounding blanks; an empty cell is null.

    Raises
    ------
    InvalidError
        ``file-empty``, ``header-mismatch``, ``file-truncated``, ``quote-unclosed``.
    """
    data, quirks = _strip_mark(data)
    if not data or data.isspace():
        raise InvalidError(
            "file-empty",
            "The file holds nothing.",
            why="An empty file would look as if every row had been withdrawn.",
            do="Ask the publisher, or download it again.",
        )
    quick = _read_quickly(data, rules, threads, separator)
    if quick is None:
        return _read_carefully(_decode(data, quirks), rules, separator)
    return Door(quick.table, quick.lines, (), quick.dropped_columns, quick.undeclared, quirks)


def read_header(data: bytes) -> list[str]:
    """Return the cells of a CSV file's first line that is not blank; what cannot be read is an empty list."""
    data, _ = _strip_mark(data[: 1 << 16])
    text = data.lstrip(b"\r\n").decode("utf-8", errors="replace")
    return next(csv.reader(io.StringIO(text.partition("\n")[0])), [])


def _strip_mark(data: bytes) -> tuple[bytes, Counter[str]]:
    if data.startswith(codecs.BOM_UTF8):
        return data[len(codecs.BOM_UTF8) :], Counter({"byte-order-mark": 1})
    if data.startswith(_UTF16):
        text = data.decode("utf-16", errors="replace")
        return text.encode("utf-8"), Counter({"utf-16": 1})
    return data, Counter()


def _read_quickly(data: bytes, rules: Sequence[ColumnRule], threads: int, separator: str) -> Door | None:
    """Read with Arrow, or return None when any line is not exactly one whole row."""
    if b"\0" in data or (b"\r" in data and data.count(b"\r") != data.count(b"\r\n")):
        return None
    header_end = data.find(b"\n")
    try:
        cells = next(csv.reader([data[: max(header_end, 0)].decode("utf-8")], delimiter=separator), [])
    except UnicodeDecodeError:
        return None
    if not cells:
        return None
    header = match_header(cells, rules)
    names = [f"c{i}" for i in range(len(cells))]
    wanted = {f"c{place}": name for name, place in header.places.items()}
    try:
        table = pacsv.read_csv(
            pa.BufferReader(data),
            read_options=pacsv.ReadOptions(use_threads=threads > 1, block_size=_BLOCK, skip_rows=1, column_names=names),
            parse_options=pacsv.ParseOptions(delimiter=separator),
            convert_options=pacsv.ConvertOptions(
                include_columns=list(wanted),
                column_types={c: pa.string() for c in wanted},
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid:
        return None
    n_lines = data.count(b"\n") + (not data.endswith(b"\n"))
    if n_lines != table.num_rows + 1:
        return None
    columns = {wanted[c]: _trim(table.column(c)) for c in table.column_names}
    if _holds_header(columns, header):
        return None
    n = table.num_rows
    return Door(
        arrange(columns, rules, n),
        np.arange(2, n + 2, dtype=np.int64),
        (),
        count_dropped(header, n),
        undeclared(header),
    )


def _trim(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Take off surrounding blanks; what is then empty is null."""
    if not any(_has_blank_edge(chunk) for chunk in column.chunks):
        return column
    trimmed = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _has_blank_edge(chunk: pa.StringArray) -> bool:
    """Say whether any text may begin or end with a blank, by its first and last byte.

    Trimming every text costs ten times more. Bytes of characters beyond ASCII count as blanks here: some of them are.
    """
    _, offsets, data = chunk.buffers()
    if data is None:
        return False
    ends = np.frombuffer(offsets, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
    first, last = ends[:-1], ends[1:]
    filled = last > first
    letters = np.frombuffer(data, np.uint8)
    edges = (letters[first[filled]], letters[last[filled] - 1])
    return any(bool(((edge <= ord(" ")) | (edge >= 0x80)).any()) for edge in edges)


def _holds_header(columns: dict[str, pa.ChunkedArray], header: Header) -> bool:
    """Say whether some row repeats the header: files put together by hand hold such rows."""
    name, place = next(iter(header.places.items()))
    return bool(pc.any(pc.equal(columns[name], header.cells[place].strip())).as_py())


def _decode(data: bytes, quirks: Counter[str]) -> _Text:
    """Make UTF-8 of a file; a line that is not UTF-8 is read as Windows-1252, and counted."""
    try:
        data.decode("utf-8")
        return _Text(data, frozenset(), quirks)
    except UnicodeDecodeError:
        pass
    lines = data.split(b"\n")
    lost: set[int] = set()
    for i, line in enumerate(lines):
        if not _is_utf8(line):
            lines[i], readable = _from_windows(line)
            quirks["windows-1252"] += readable
            if not readable:
                lost.add(i + 1)
    return _Text(b"\n".join(lines), frozenset(lost), quirks)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _from_windows(line: bytes) -> tuple[bytes, bool]:
    try:
        return line.decode("cp1252").encode("utf-8"), True
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace").encode("utf-8"), False


def _read_carefully(text: _Text, rules: Sequence[ColumnRule], separator: str) -> Door:
    rows = _rows(text.data.decode("utf-8"), separator)
    _, cells = next(rows, ((1, 1), []))
    header = match_header(cells, rules)
    kept = [(name, place) for name, place in header.places.items()]
    folded = [fold(c) for c in header.cells]
    values: dict[str, list[str | None]] = {name: [] for name, _ in kept}
    lines: list[int] = []
    rejected: list[Rejected] = []
    quirks = Counter(text.quirks)
    ends_whole = text.data.endswith((b"\n", b"\r"))
    last = text.data.count(b"\n") + 1
    for (first, end), row in rows:
        problem = _row_problem(row, len(cells), text.undecodable, first, end)
        if problem == "ragged-row" and end == last and not ends_whole and len(row) < len(cells):
            raise truncated_error(end)
        if [fold(c) for c in row[: len(cells)]] == folded:
            quirks["stray-header"] += 1
        elif problem:
            rejected.append(Rejected(first, problem))
        else:
            quirks["trailing-commas"] += len(row) > len(cells)
            lines.append(first)
            for name, place in kept:
                values[name].append(row[place].strip() or None)
    n = len(lines)
    table = arrange({name: pa.array(v, pa.string()) for name, v in values.items()}, rules, n)
    dropped = count_dropped(header, n + len(rejected))
    return Door(table, np.array(lines, np.int64), tuple(rejected), dropped, undeclared(header), +quirks)


def _row_problem(row: list[str], width: int, lost: frozenset[int], first: int, end: int) -> str:
    if lost and any(line in lost for line in range(first, end + 1)):
        return "undecodable"
    if any("\0" in cell for cell in row):
        return "nul-byte"
    # A spreadsheet may pad rows with empty cells on the right; nothing is lost by leaving those.
    if len(row) < width or any(cell.strip() for cell in row[width:]):
        return "ragged-row"
    return ""


def _rows(text: str, separator: str) -> Iterator[tuple[tuple[int, int], list[str]]]:
    """Yield each row that is not blank with its first and last line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    before = 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _unclosed(before + 1) from error
        if reader.line_num - before > _LINES_PER_ROW_MAX:
            raise _unclosed(before + 1)
        if len(row) > 1 or (row and row[0].strip()):
            yield (before + 1, reader.line_num), row
        before = reader.line_num


def _unclosed(line: int) -> InvalidError:
    return InvalidError(
        "quote-unclosed",
        f"A quotation mark opened near line {line} is never closed.",
        why="Every row after it would be swallowed as one cell.",
        do="Mend the line, or ask the publisher for the file again.",
        facts={"line": line},
    )


def truncated_error(line: int) -> InvalidError:
    """Make the error for a file that breaks off."""
    return InvalidError(
        "file-truncated",
        f"The file breaks off in the middle of line {line}.",
        why="Half a file is not a re-publication: rows that are missing would look as if they were withdrawn.",
        do="Copy or download it again.",
        facts={"line": line},
    )
