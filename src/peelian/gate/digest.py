"""One digest for one answer, whatever engine or chunking produced it."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc


def table_digest(table: pa.Table) -> str:
    """Return the SHA-256 over columns in order: name, type, nulls, values. Rows are taken in the order given.

    Parameters
    ----------
    table : pa.Table
        Already in its total order.

    Returns
    -------
    str
        64 hex digits; equal for equal content, however the table is split into chunks or buffers are padded.
    """
    state = hashlib.sha256(f"rows {table.num_rows}\n".encode())
    for name in table.column_names:
        column = table.column(name)
        state.update(f"{name} {column.type}\n".encode())
        _add_column(state, column.combine_chunks())
    return state.hexdigest()


def _add_column(state: hashlib._Hash, column: pa.Array) -> None:
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    state.update(np.packbits(pc.is_valid(column).to_numpy(zero_copy_only=False)).tobytes())
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        lengths, text = _text(pc.fill_null(column, "") if column.null_count else column)
        state.update(lengths.astype("<i8").data)
        state.update(text.data)
    elif pa.types.is_floating(column.type):
        state.update(pc.fill_null(column, 0.0).to_numpy(zero_copy_only=False).astype("<f8").tobytes())
    else:
        whole = pc.fill_null(column.cast(pa.int64() if not pa.types.is_date(column.type) else pa.int32()), 0)
        state.update(whole.to_numpy(zero_copy_only=False).astype("<i8").tobytes())


def _text(column: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Return the length of each text in bytes, and all of them one after another, straight from Arrow's buffers."""
    width = np.int64 if pa.types.is_large_string(column.type) else np.int32
    _, offsets, content = column.buffers()
    if not len(column):
        return np.empty(0, np.int64), np.empty(0, np.uint8)
    at = np.frombuffer(offsets, width)[column.offset : column.offset + len(column) + 1].astype(np.int64)
    return np.diff(at), np.frombuffer(content or b"", np.uint8)[at[0] : at[-1]]
