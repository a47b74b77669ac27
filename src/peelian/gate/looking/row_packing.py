"""How a row is written beside the search index, and read back: one JSON array, in the order in which it is stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import pyarrow as pa

from peelian.model.record import TABLES
from peelian.store.lake import arrow_schema

PACKED = "_packed"
"""Name of the column that holds a packed row while an index is written."""

Row = dict[str, Any]


@cache
def shape_of(table: str) -> tuple[tuple[str, str], ...]:
    """Return the stored columns of a table in order, each with its kind: what a packed row is read by."""
    return tuple((f.name, str(f.type)) for f in arrow_schema(TABLES[table]))


def packing_sql(table: str, number: int) -> str:
    """Write the expression that packs a row: the table's number, then every column."""
    names = ", ".join(f'"{name}"' for name, _ in shape_of(table))
    return f'json_array({int(number)}, {names})::VARCHAR AS "{PACKED}"'


def unpack(tables: Mapping[int, str], packed: Iterable[bytes]) -> list[tuple[str, Row]]:
    """Read packed rows back; returns each with the table it is of."""
    found = []
    for one in packed:
        number, *values = json.loads(one)
        table = tables[number]
        row = dict(zip(_names(table), values, strict=True))
        for name in _days(table):
            row[name] = row[name] and date.fromisoformat(row[name])
        found.append((table, row))
    return found


@cache
def _names(table: str) -> tuple[str, ...]:
    return tuple(name for name, _ in shape_of(table))


@cache
def _days(table: str) -> tuple[str, ...]:
    return tuple(name for name, kind in shape_of(table) if kind == "date32[day]")


def as_table(table: str, rows: Sequence[Row], columns: Iterable[str]) -> pa.Table:
    """Write rows as the engine gives them: by name and declared type, minus zero as zero."""
    schema = arrow_schema(TABLES[table])
    arrays = {}
    for name in columns:
        kind = schema.field(name).type
        values = [row[name] for row in rows]
        arrays[name] = pa.array([v + 0.0 if isinstance(v, float) else v for v in values], kind)
    return pa.table(arrays)
