"""What rows say of their own label, as the contract declares it. The gate builds the labels; nobody else does."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.ingest.contract import Saying
from peelian.ingest.shape import Context
from peelian.ingest.shaping import each_distinct

ROLE_CLASSES: Mapping[str, str] = {
    "suspect": "offender-side",
    "convicted": "offender-side",
    "victim": "victim-side",
    "witness": "witness-side",
    "other": "none",
}
"""Role of a person in an event (DPA 2018 s.38) -> the class that the row's label carries."""


def say_labels(
    rows: pa.Table, made: Mapping[str, Mapping[str, pa.Array]], context: Context
) -> dict[str, dict[str, pa.Array]]:
    """Return, for each table, what its rows say of their own label: ``_role_class`` and so on."""
    said: dict[str, dict[str, pa.Array]] = {}
    for saying in context.kind.label:
        for table in saying.tables or context.kind.tables:
            values = _values(saying, rows, made[table])
            if values is not None:
                of = said.setdefault(table, {})
                column = f"_{saying.of}"
                of[column] = _both(of[column], values) if column in of else values
    return said


def _values(saying: Saying, rows: pa.Table, made: Mapping[str, pa.Array]) -> pa.Array | None:
    if saying.by_role:
        role = made.get("role")
        return None if role is None else each_distinct(role, ROLE_CLASSES.get, pa.string())
    if saying.always:
        return pa.repeat(saying.always, rows.num_rows)
    cells = rows[saying.column].combine_chunks()
    if saying.meanings:
        return each_distinct(cells, lambda text: saying.meanings.get(text.casefold()), pa.string())
    return _found(saying, cells)


def _found(saying: Saying, cells: pa.Array) -> pa.Array:
    """Say what the words of a cell say: a marking that nobody set is worse than one too many."""
    lower = pc.utf8_lower(cells)
    found = pa.repeat("", len(cells))
    for value, words in saying.words.items():
        masks = [np.asarray(pc.match_substring(lower, w.casefold()).fill_null(False)) for w in words]
        found = _both(found, pc.if_else(pa.array(np.any(masks, axis=0)), value, ""))
    return found


def _both(one: pa.Array, other: pa.Array) -> pa.Array:
    """Put two sayings of a row together, between bars."""
    return pc.utf8_trim(pc.binary_join_element_wise(pc.fill_null(one, ""), pc.fill_null(other, ""), "|"), "|")
