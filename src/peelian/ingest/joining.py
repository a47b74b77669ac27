"""Completing rows from another file of the same delivery: a person's row has no date, the crime it belongs to has."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from peelian.ingest.door import Door
from peelian.ingest.shape import Context, Sieve
from peelian.ingest.shaping import is_null


def join_events(door: Door, sieve: Sieve, context: Context) -> pa.Table:
    """Return a file's rows with the columns that the contract joins in.

    A row whose event is not in the delivery is turned away: nobody could say how long to keep it. It comes in with
    the first delivery that holds both.
    """
    joined, rows = context.kind.joined, door.table
    if joined is None:
        return rows
    assert context.beside is not None, "a reading that knows the other files"
    theirs = _in_order(context.beside(joined.file).table, joined.theirs, list(joined.take.values()))
    keys = rows[joined.mine].combine_chunks()
    place = pc.index_in(keys, value_set=theirs[joined.theirs].combine_chunks())
    sieve.reject(is_null(place) | is_null(keys), "event-missing", joined.mine)
    for name, column in joined.take.items():
        rows = rows.append_column(name, theirs[column].combine_chunks().take(place))
    return rows


def _in_order(table: pa.Table, key: str, wanted: list[str]) -> pa.Table:
    """Put events that come twice into an order of their own, so that the order in the file decides nothing."""
    table = table.select(list(dict.fromkeys([key, *wanted])))
    if pc.count_distinct(table[key]).as_py() == table.num_rows:
        return table
    return table.sort_by([(name, "ascending") for name in table.column_names])
