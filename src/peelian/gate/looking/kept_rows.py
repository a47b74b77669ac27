"""Reading a few rows by what they are found by, without opening the lake's files for them.

A search looks at sixty rows of millions; in the lake each would cost the reading of a whole column of a file. The index
keeps every row beside its keys, so these are read from there, as long as the index knows exactly the version of the
table that the reader is to see: otherwise nothing is returned, and the lake is asked as ever. The same rows come out
either way: label and expiry are part of the query to the index, and are looked at again here on every row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from peelian.core.search_keys import SUBJECT, plate_keys, reference_keys
from peelian.gate.house import House
from peelian.gate.looking.index_entries import KEPT, NUMBERS, TABLES_BY_NUMBER, day_number
from peelian.gate.looking.indexing import versions_known
from peelian.gate.looking.row_packing import Row, as_table, unpack
from peelian.model.pole import PERSON_TABLES
from peelian.policy.rules import Circumstances
from peelian.store.commit import Done
from peelian.store.grant import Grant
from peelian.store.index import Key, Visible
from peelian.store.lake import HISTORY

_ORDER = ("record_id", "slice_id", "subject_id")

Found = tuple[str, Row]
"""A row, and the table it is of."""


@dataclass(frozen=True)
class KeptRows:
    """What the index keeps of some tables, for one reader at one commit.

    Parameters
    ----------
    house : House
    grant : Grant
        To read ``index``, and the tables.
    done : Done or None
        The commit that the reader is to see.
    labels : frozenset of int
        Labels that the reader may see.
    """

    house: House
    grant: Grant
    done: Done | None
    labels: frozenset[int]
    now: Circumstances

    def of(self, tables: Iterable[str], record_ids: Iterable[str]) -> list[Found] | None:
        """Return the rows of some records, whichever of some tables they are in; None where the lake must be asked."""
        wanted = self._held(tables)
        ids = list(dict.fromkeys(record_ids))
        keys = [(NUMBERS[t], r) for t in wanted or () for r in ids]
        return self._read(wanted, keys, ())

    def by(self, tables: Iterable[str], any_of: Sequence[str]) -> list[Found] | None:
        """Return the rows that are found by one of some keys; None where the lake must be asked."""
        return self._read(self._held(tables), (), any_of)

    def among(self, table: str, columns: Sequence[str], column: str, values: Sequence[str]) -> pa.Table | None:
        """Return the rows of one table in which a text column has one of some values; None where the lake must be."""
        sought = _sought(table, column, values)
        if sought is None:
            return None
        found = self._read(self._held([table]), *sought)
        if found is None:
            return None
        exact = frozenset(values)
        rows = [row for _, row in found if row[column] in exact]
        return as_table(table, rows, columns)

    def _held(self, tables: Iterable[str]) -> tuple[str, ...] | None:
        """Return those of some tables that anything was ever committed to; None when the index knows one otherwise."""
        vector: Mapping[str, int] = self.done.vector if self.done else {}
        held = tuple(t for t in tables if t in vector)
        known = versions_known(self.house) if held else {}
        same = all(t in KEPT and _both(known, t) == _both(vector, t) for t in held)
        return held if same else None

    def _read(self, tables: tuple[str, ...] | None, keys: Iterable[Key], any_of: Sequence[str]) -> list[Found] | None:
        if tables is None:
            return None
        index, today = self.house.index, self.now.now.date()
        visible = Visible(self.labels, [NUMBERS[t] for t in tables], day_number(today))
        packed = [*index.rows_of(self.grant, keys, visible), *index.rows_by(self.grant, any_of, visible)]
        if self._held(tables) is None:  # somebody has begun to write the index meanwhile
            return None
        found = unpack(TABLES_BY_NUMBER, dict.fromkeys(packed))
        seen = [one for one in found if one[1]["label_id"] in self.labels and one[1]["expires_on"] > today]
        return sorted(seen, key=lambda one: (*(str(one[1][c]) for c in _ORDER), one[0]))


def _both(versions: Mapping[str, int], table: str) -> tuple[int | None, int | None]:
    return versions.get(table), versions.get(table + HISTORY)


def _sought(table: str, column: str, values: Sequence[str]) -> tuple[list[Key], tuple[str, ...]] | None:
    """Say by which records and which keys rows are found that have one of some values; None when by none."""
    number, make = NUMBERS.get(table), KEPT.get(table, {}).get(column)
    if number is None:
        return None
    own = [(number, v) for v in values if _RECORD_ID.fullmatch(v)]
    if column == "record_id":
        return own, ()
    if column == "subject_id" and table in PERSON_TABLES:  # a subject that is a record is found by it
        return own, tuple(SUBJECT + v for v in values)
    spelt = [make(v)[:1] for v in values] if make in (reference_keys, plate_keys) else [()]
    return ([], tuple(k for keys in spelt for k in keys)) if all(spelt) else None


_RECORD_ID = re.compile("[0-9a-f]{32}")
