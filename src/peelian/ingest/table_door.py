"""One door for each format: CSV, JSON lines, Parquet, Excel, XML, SQLite and other databases; packed by gzip or not."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from peelian.core.errors import InvalidError
from peelian.ingest.contract import ColumnRule, FileKind
from peelian.ingest.csv_door import read_csv, read_header, truncated_error
from peelian.ingest.database_door import DATABASES, read_database, table_columns, table_names
from peelian.ingest.door import Door, match_header
from peelian.ingest.flat_rows import FlatRows, nested, without_nul
from peelian.ingest.workbook_door import read_workbook, sheet_columns, sheet_names
from peelian.ingest.xml_door import element_paths, flatten_xml, read_xml

_LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
SUFFIXES = (".csv", ".csv.gz", ".parquet", *_LINES, ".xlsx", ".xml", ".xml.gz", *DATABASES)
"""Endings of file names that can be read."""

_FIRST_LINES = 200

NUMBER = "#"
"""The name under which an object's place in its list, counted from 0, is a cell of its own."""


def read_table(base_name: str, data: bytes, kind: FileKind, *, threads: int = 1) -> Door:
    """Read the declared columns of a file by the ending of its name (``.gz`` files are unpacked by then).

    Raises
    ------
    InvalidError
        ``file-empty``, ``file-damaged``, ``header-mismatch``, ``file-truncated``, ``quote-unclosed``,
        ``xml-document-type``, ``workbook-damaged``, ``sheet-missing``, ``database-unreadable``.
    """
    name, rules = base_name.lower(), kind.columns
    if name.endswith(".parquet"):
        return _read_parquet(data, rules)
    if name.endswith(_LINES):
        return _read_json_lines(data, rules, kind.part)
    if name.endswith(".xlsx"):
        return read_workbook(data, rules, kind.part)
    if name.endswith((".xml", ".xml.gz")):
        return read_xml(data, rules, kind.part)
    if name.endswith(DATABASES):
        return read_database(name, data, rules, kind.part)
    return read_csv(data, rules, threads=threads, separator=kind.separator)


def read_names(base_name: str, data: bytes, part: str = "") -> list[str]:
    """Return the column names of a file, or of a part of it, as it writes them."""
    name = base_name.lower()
    if name.endswith(".parquet"):
        return list(_open_parquet(data).schema_arrow.names)
    if name.endswith(_LINES):
        return _json_names(data, part)
    if name.endswith(".xlsx"):
        return sheet_columns(data, part) if part else []
    if name.endswith((".xml", ".xml.gz")):
        return list(flatten_xml(data, part).names) if part else []
    if name.endswith(DATABASES):
        return table_columns(name, data, part) if part else []
    return read_header(data)


def parts_of(base_name: str, data: bytes) -> list[str]:
    """Return what a file holds that is read apart: sheets, tables, elements, lists; ``""`` is the file itself."""
    name = base_name.lower()
    if name.endswith(_LINES):
        return ["", *_json_lists(data)]
    if name.endswith(".xlsx"):
        return sheet_names(data)
    if name.endswith((".xml", ".xml.gz")):
        return element_paths(data)
    return table_names(name, data) if name.endswith(DATABASES) else [""]


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
    return without_nul(columns, header, rules, np.arange(1, n + 1, dtype=np.int64), ())


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
    raise nested(name)


def _blank_is_null(column: pa.ChunkedArray) -> pa.ChunkedArray:
    trimmed = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _json_names(data: bytes, part: str) -> list[str]:
    for line in io.BytesIO(data):
        row = _json_row(line)
        for cells in _json_rows(row, part) if isinstance(row, dict) else []:
            return list(cells)
    return []


def _json_lists(data: bytes) -> list[str]:
    """Return the names under which the first objects hold lists of objects."""
    found: dict[str, None] = {}
    for line in islice(io.BytesIO(data), _FIRST_LINES):
        row = _json_row(line)
        for name, value in row.items() if isinstance(row, dict) else []:
            if isinstance(value, list) and value and isinstance(value[0], dict):
                found[name] = None
    return list(found)


def _json_row(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _read_json_lines(data: bytes, rules: Sequence[ColumnRule], part: str) -> Door:
    """Read JSON lines: the names of all objects together are the header.

    With a part, each object of that list is a row; what stands around the list has ``../`` before its name, and the
    object's place in the list is :data:`NUMBER`.
    """
    rows, last = FlatRows(), (0, True)
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        row = _json_row(line) if line.strip() else None
        if isinstance(row, dict):
            rows.n_around += 1
            for cells in _json_rows(row, part):
                rows.add(number, cells)
            for _ in range(_not_objects(row, part)):
                rows.reject(number, "not-an-object")
        elif line.strip():
            rows.reject(number, "not-an-object")
        last = number, isinstance(row, dict) or not line.strip()
    if not data.endswith(b"\n") and not last[1]:
        raise truncated_error(last[0])
    return rows.door(rules)


def _not_objects(row: dict[str, object], part: str) -> int:
    inner = row.get(part) if part else []
    return sum(not isinstance(cells, dict) for cells in inner) if isinstance(inner, list) else inner is not None


def _json_rows(row: dict[str, object], part: str) -> Iterator[dict[str, object]]:
    if not part:
        yield row
        return
    inner = row.get(part)
    around = {f"../{name}": value for name, value in row.items() if name != part}
    for number, cells in enumerate(inner if isinstance(inner, list) else []):
        if isinstance(cells, dict):
            yield cells | around | {NUMBER: str(number)}
