"""Make sure that a table handed to a worker holds its own cells and not one byte more.

An Arrow table that was cut out of a bigger one can still carry it: a slice shares its neighbours' buffers, a dictionary
keeps the values of rows that were filtered away, a null may cover the value it replaced, a schema has notes attached.
Hostile code reads memory, not rows, so all of that is left behind here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.core.errors import InvalidError

_NARROW = 32


def detach_table(table: pa.Table) -> pa.Table:
    """Copy what must be copied so that the table's bytes are those of its cells alone.

    Raises
    ------
    InvalidError
        ``worker-column-type`` for a nested or unknown type.
    """
    columns = [_detach_column(name, table.column(name)) for name in table.column_names]
    fields = [pa.field(name, column.type) for name, column in zip(table.column_names, columns, strict=True)]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _detach_column(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = _plain_type(column.type)
    if kind is None:
        raise InvalidError(
            "worker-column-type",
            f'Column "{name}" has the type {column.type}, which is not handed to a method.',
            why="Only flat types can be shown to carry nothing but the cells themselves.",
            do="Give the method one column for each value.",
            facts={"column": name, "type": str(column.type)},
        )
    return pa.chunked_array([_detach_array(_flatten(chunk, kind)) for chunk in column.chunks], type=kind)


def _flatten(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_run_end_encoded(array.type):
        array = pc.run_end_decode(array)
    return array if array.type == kind else array.cast(kind)


def _plain_type(kind: pa.DataType) -> pa.DataType | None:
    """Return the flat type that holds the same values, or None for what has no flat form."""
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return _plain_type(kind.value_type)
    if pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_binary_view(kind):
        return pa.binary()
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    if pa.types.is_interval(kind):
        return None
    if pa.types.is_primitive(kind) or pa.types.is_decimal(kind) or pa.types.is_fixed_size_binary(kind):
        return kind
    return kind if pa.types.is_null(kind) or any(test(kind) for test in texts) else None


def _detach_array(array: pa.Array) -> pa.Array:
    """Copy a slice out of its parent and blank what lies under nulls; an array that is already alone stays."""
    if pa.types.is_null(array.type):
        return pa.nulls(len(array))
    if not _is_alone(array):
        array = array.take(pa.array(np.arange(len(array))))
    return _blank_nulls(array) if array.null_count else array


def _is_alone(array: pa.Array) -> bool:
    """Say whether the array's buffers end where its cells end, to the bit."""
    kind = array.type
    long = pa.types.is_large_string(kind) or pa.types.is_large_binary(kind)
    short = pa.types.is_string(kind) or pa.types.is_binary(kind)
    n_end = 8 if long else 4 if short else 0  # the last of the offsets, which ``nbytes`` does not count
    shares_a_byte = len(array) % 8 != 0 and (pa.types.is_boolean(kind) or array.null_count > 0)
    return array.offset == 0 and not shares_a_byte and array.get_total_buffer_size() - array.nbytes == n_end


def _blank_nulls(array: pa.Array) -> pa.Array:
    valid = pc.is_valid(array)
    cells = pc.fill_null(array, _blank(array.type))
    buffers: list[Any] = [valid.buffers()[1], *cells.buffers()[1:]]
    return pa.Array.from_buffers(array.type, len(array), buffers, offset=0)


def _blank(kind: pa.DataType) -> pa.Scalar:
    if pa.types.is_fixed_size_binary(kind):
        return pa.scalar(bytes(kind.byte_width), kind)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pa.scalar("", kind)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.scalar(b"", kind)
    if pa.types.is_boolean(kind):
        return pa.scalar(False)
    if pa.types.is_decimal(kind):
        return pa.scalar(Decimal(0), kind)
    if pa.types.is_floating(kind):
        return pa.scalar(0.0).cast(kind)
    # Instants, days and durations are counted in whole numbers of their own width.
    return pa.scalar(0, pa.int32() if kind.bit_width == _NARROW else pa.int64()).cast(kind)
