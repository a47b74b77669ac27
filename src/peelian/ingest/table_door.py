"""One door for each format: CSV, JSON lines, Parquet; packed by gzip or not."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from peelian.core.errors import InvalidError
from peelian.ingest.contract import ColumnRule
from peelian.ingest.csv_door import read_csv, read_header, truncated_error
from peelian.ingest.door import Door, Header, Rejected, arrange, count_dropped, match_header, undeclared

_LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")


def read_table(base_name: str, data: bytes, rules: Sequence[ColumnRule], *, threads: int = 1) -> Door:
    """Read the declared columns of a file by the ending of its name (``.gz`` files are unpacked by then).

    Raises
    ------
    InvalidError
        ``file-empty``, ``file-damaged``, ``header-mismatch``, ``file-truncated``, ``quote-unclosed``.
    """
    name = base_name.lower()
    if name.endswith(".parquet"):
        return _read_parquet(data, rules)
    if name.endswith(_LINES):
        return _read_json_lines(data, rules)
    return read_csv(data, rules, threads=threads)


def read_names(base_name: str, data: bytes) -> list[str]:
    """Return the column names of a file, as it writes them."""
    name = base_name.lower()
    if name.endswith(".parquet"):
        return list(_open_parquet(data).schema_arrow.names)
    if name.endswith(_LINES):
        return _json_names(data)
    return read_header(data)


def _open_parquet(data: bytes) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(pa.BufferReader(data))
    except (pa.ArrowException, OSError) as error:
        raise InvalidError(
            "table-unreadable",
            "The file is no Parquet file, or is cut off.",
            why="Its table of contents stands at the end.",
            do="Copy or export it again.",
        ) from error


def _read_parquet(data: bytes, rules: Sequence[ColumnRule]) -> Door:
    file = _open_parquet(data)
    header = match_header(file.schema_arrow.names, rules)
    table = file.read(columns=[header.cells[place] for place in header.places.values()])
    n = table.num_rows
    columns = {name: _flat(name, table.column(header.cells[place])) for name, place in header.places.items()}
    return _without_nul(columns, header, rules, np.arange(1, n + 1, dtype=np.int64), (), Counter())


def _flat(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Take text, numbers, times and dictionaries of text; anything nested has no declared meaning."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _flat(name, column.cast(kind.value_type))
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _blank_is_null(column.cast(pa.string()))
    if pa.types.is_string(kind):
        return _blank_is_null(column)
    if pa.types.is_boolean(kind) or pa.types.is_null(kind):
        return column.cast(pa.string())
    if pa.types.is_decimal(kind):
        return column.cast(pa.float64())
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_temporal(kind):
        return column
    raise _nested(name)


def _nested(name: str) -> InvalidError:
    return InvalidError(
        "column-type-unfit",
        f'The column for "{name}" holds nested or binary values.',
        why="Only texts, numbers and times have a declared meaning.",
        do="Export it as text, or leave it out of the mapping.",
        facts={"column": name},
    )


def _blank_is_null(column: pa.ChunkedArray) -> pa.ChunkedArray:
    trimmed = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _without_nul(
    columns: dict[str, pa.ChunkedArray],
    header: Header,
    rules: Sequence[ColumnRule],
    lines: np.ndarray,
    rejected: tuple[Rejected, ...],
    quirks: Counter[str],
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
    return Door(table.filter(pa.array(~bad)), lines[~bad], (*rejected, *more), dropped, undeclared(header), quirks)


def _json_names(data: bytes) -> list[str]:
    for line in io.BytesIO(data):
        row = _json_row(line)
        if isinstance(row, dict):
            return list(row)
    return []


def _json_row(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _read_json_lines(data: bytes, rules: Sequence[ColumnRule]) -> Door:
    """Read JSON lines: the names of all objects together are the header."""
    if not data.strip():
        raise InvalidError(
            "file-empty",
            "The file holds nothing.",
            why="An empty file would look as if every row had been withdrawn.",
            do="Export it again.",
        )
    rows: list[dict[str, object]] = []
    lines: list[int] = []
    rejected: list[Rejected] = []
    names: dict[str, None] = {}
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        row = _json_row(line) if line.strip() else None
        if isinstance(row, dict):
            rows.append(row)
            lines.append(number)
            names |= dict.fromkeys(row)
        elif line.strip():
            rejected.append(Rejected(number, "not-an-object"))
    if rejected and not data.endswith(b"\n") and rejected[-1].line > max(lines, default=0):
        raise truncated_error(rejected[-1].line)
    header = match_header(list(names), rules)
    _refuse_nested(rows, header)
    columns = {
        name: pa.chunked_array([pa.array([_json_text(row.get(header.cells[place])) for row in rows], pa.string())])
        for name, place in header.places.items()
    }
    return _without_nul(columns, header, rules, np.array(lines, np.int64), tuple(rejected), Counter())


def _refuse_nested(rows: list[dict[str, object]], header: Header) -> None:
    for name, place in header.places.items():
        if any(isinstance(row.get(header.cells[place]), (list, dict)) for row in rows):
            raise _nested(name)


def _json_text(value: object) -> str | None:
    """Write a JSON value as the text a CSV cell would hold."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() or None
