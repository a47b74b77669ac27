"""A table in the making: what one commit adds, supersedes, deletes or erases, before anything is told to Delta."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.core.errors import InvalidError
from peelian.core.time import Clock
from peelian.store.compare import Difference, Due, compare, count_repeats, find, find_due
from peelian.store.lake import HISTORY, Lake
from peelian.store.tombstones import Tombstones
from peelian.store.twin import Twin

BUFFER_ROWS = 1_500_000
"""Rows held in memory before they are written out."""

_REQUIRED = ("record_id", "subject_id", "slice_id", "row_hash", "label_id", "expires_on", "recorded_at")


@dataclass(frozen=True)
class Change:
    """What an act did to a table, in rows.

    ``same`` were there already as given; ``added`` are new, ``changed`` have a new version, ``deleted`` are gone from
    current data (their last version is in history), ``erased`` are gone altogether, ``suppressed`` were given and not
    taken because they had been erased before.
    """

    same: int = 0
    added: int = 0
    changed: int = 0
    deleted: int = 0
    erased: int = 0
    suppressed: int = 0

    @property
    def kept(self) -> int:
        """Rows given that are current afterwards: same, changed and added."""
        return self.same + self.changed + self.added

    def as_dict(self) -> dict[str, int]:
        """Return the counts as plain data."""
        return asdict(self)

    def __add__(self, other: Change) -> Change:
        mine, theirs = asdict(self), asdict(other)
        return Change(**{k: mine[k] + theirs[k] for k in mine})


class Draft:
    """One table inside a commit: its current data and its history."""

    def __init__(
        self, lake: Lake, table: str, seq: int, clock: Clock, step: Callable[[str], None], tombstones: Tombstones | None
    ) -> None:
        self.lake, self.table, self.seq = lake, table, seq
        self.clock, self.step, self.tombstones = clock, step, tombstones
        self.current = Twin(lake, table, clock, step)
        self._past: Twin | None = None
        self._slices: set[str] = set()

    @property
    def past(self) -> Twin:
        """The history twin, opened when first needed."""
        if self._past is None:
            self._past = Twin(self.lake, self.table + HISTORY, self.clock, self.step)
        return self._past

    def replace_slices(self, rows: pa.Table, slice_ids: Collection[str]) -> Change:
        """Compare the rows of some slices with what is current, and take over the difference."""
        rows, suppressed = self._without_erased(self._checked(rows))
        _refuse_strays(rows, slice_ids)
        if self._slices & set(slice_ids):
            self.flush()  # a slice given twice in one commit: the second is compared with the first
        self._slices |= set(slice_ids)
        return self._take_over(rows, compare(self.current, rows, slice_ids)) + suppressed

    def append(self, rows: pa.Table) -> Change:
        """Take rows that the caller knows to be new."""
        rows, suppressed = self._without_erased(self._checked(rows))
        self._slices |= set(pc.unique(rows["slice_id"]).to_pylist())
        self._hold(rows)
        return Change(added=rows.num_rows) + suppressed

    def _take_over(self, rows: pa.Table, diff: Difference) -> Change:
        for path, numbers in diff.leaving.items():
            self.current.leave(path, numbers)
        whole = len(diff.fresh) == rows.num_rows
        self._hold(rows if whole else rows.take(pa.array(diff.fresh)))
        deleted = diff.n_leaving - diff.n_changed
        added = len(diff.fresh) - diff.n_changed
        return Change(rows.num_rows - len(diff.fresh), added, diff.n_changed, deleted)

    def _hold(self, rows: pa.Table) -> None:
        self.current.add(rows)
        if self.current.n_fresh >= BUFFER_ROWS:
            self.flush()

    def erase(self, record_ids: Collection[str], subject_ids: Collection[str]) -> Change:
        """Take every version of some records or subjects out of current data and history."""
        n = 0
        for twin in self._twins():
            for path, numbers in find(twin, record_ids, subject_ids).items():
                twin.leave(path, numbers)
                n += len(numbers)
            twin.flush()
        return Change(erased=n)

    def expire(self, due: Due, files_max: int) -> tuple[Change, bool]:
        """Take rows that are over out of current data and history, from so many files at most.

        Returns
        -------
        tuple of Change and bool
            The rows that went, and whether there are more.
        """
        n, left = 0, files_max
        for twin in self._twins():
            found = sorted(find_due(twin, due).items())
            for path, numbers in found[: max(0, left)]:
                twin.leave(path, numbers)
                n += len(numbers)
            left -= len(found)
            twin.flush()
        return Change(erased=n), left < 0

    def amend(self, rows: pa.Table, relabel: Mapping[int, int]) -> Change:
        """Put a new version in the place of records' rows, and give their earlier versions the labels that follow.

        Parameters
        ----------
        rows : pa.Table
            Every current row of the records concerned, as it is to be.
        relabel : mapping of int to int
            For a label that a version may have, the one that it has from now on.
        """
        self.flush()
        rows = self._checked(rows)
        records = pc.unique(rows["record_id"]).to_pylist()
        for path, numbers in find(self.current, records, ()).items():
            self.current.leave(path, numbers)
        self._hold(rows)
        self.flush()
        for path, numbers in find(self.past, records, ()).items():
            self.past.leave(path, numbers)
        for left in self.past.flush():
            self.past.add(_relabelled(left, relabel))
        self.past.flush()
        return Change(changed=rows.num_rows)

    def _twins(self) -> list[Twin]:
        """Return current data, and history where there is any."""
        self.flush()
        past_exists = (self.lake.path(self.table + HISTORY) / "_delta_log").exists()
        return [self.current, self.past] if past_exists else [self.current]

    def flush(self) -> None:
        """Write what is held; versions that were visible at some commit go to history."""
        for left in self.current.flush():
            seen = left.filter(pc.less(left["seq_from"], self.seq))
            if seen.num_rows:
                self.past.add(seen.append_column("seq_to", pa.repeat(pa.scalar(self.seq, pa.int64()), seen.num_rows)))
        if self._past is not None:
            self._past.flush()

    def commit(self) -> None:
        """Write and commit both twins, history first: a superseded version is never in neither."""
        self.flush()
        if self._past is not None:
            self._past.commit()
        self.current.commit()

    def discard(self) -> None:
        """Delete the files written for a commit that will not be."""
        for twin in (self.current, self._past):
            if twin is not None:
                twin.discard()

    def _without_erased(self, rows: pa.Table) -> tuple[pa.Table, Change]:
        """Leave out records that were erased: a source that re-publishes them does not bring them back."""
        erased = self.tombstones.among(rows["record_id"], rows["subject_id"]) if self.tombstones else np.zeros(0, bool)
        if not erased.any():
            return rows, Change()
        return rows.filter(pa.array(~erased)), Change(suppressed=int(erased.sum()))

    def _checked(self, rows: pa.Table) -> pa.Table:
        """Return the rows under the pinned schema and stamped with this commit, or refuse them."""
        wanted = [f for f in self.current.schema if f.name != "seq_from"]
        _refuse_shape(self.table, rows, [f.name for f in wanted])
        columns = [rows[f.name].cast(f.type) for f in wanted]
        empty = [f.name for f, c in zip(wanted, columns, strict=True) if f.name in _REQUIRED and c.null_count]
        if empty:
            raise InvalidError(
                "rows-not-as-declared",
                f'Rows for table "{self.table}" lack a value in {", ".join(empty)}.',
                why="A row without an id, label or expiry could be neither restricted nor erased.",
                do="Let the gate stamp the rows; check the source's contract.",
            )
        columns.append(pa.chunked_array([pa.repeat(pa.scalar(self.seq, pa.int64()), rows.num_rows)]))
        out = pa.table(columns, schema=pa.schema([*wanted, pa.field("seq_from", pa.int64())]))
        return _refuse_repeats(self.table, out.select(self.current.schema.names), self.lake.threads)


def _relabelled(rows: pa.Table, relabel: Mapping[int, int]) -> pa.Table:
    labels = pa.array([relabel.get(i, i) for i in rows["label_id"].to_pylist()], pa.int64())
    return rows.set_column(rows.column_names.index("label_id"), "label_id", labels)


def _refuse_shape(table: str, rows: pa.Table, wanted: list[str]) -> None:
    lacking = sorted(set(wanted) - set(rows.column_names))
    undeclared = sorted(set(rows.column_names) - set(wanted))
    if lacking or undeclared:
        raise InvalidError(
            "rows-not-as-declared",
            f'Rows for table "{table}" lack {", ".join(lacking) or "nothing"} '
            f"and bring undeclared {', '.join(undeclared) or 'nothing'}.",
            why="Columns that nobody declared never reach the disk.",
            do="Make the rows as the table is declared in the model.",
        )


def _refuse_strays(rows: pa.Table, slice_ids: Collection[str]) -> None:
    if set(pc.unique(rows["slice_id"]).to_pylist()) - set(slice_ids):
        raise InvalidError(
            "row-outside-slice",
            "Rows belong to a slice that is not being replaced.",
            why="Replacing a slice says what all of it is; a row of another slice would be doubled or lost.",
            do="Name every slice the rows belong to.",
        )


def _refuse_repeats(table: str, rows: pa.Table, threads: int) -> pa.Table:
    """Return the rows, or refuse them when a slice has one record twice.

    INVARIANT: a table has at most one current row of a record about one subject in a slice.
    """
    n = count_repeats(rows, threads)
    if n:
        raise InvalidError(
            "record-repeated",
            f'{n} records of table "{table}" come more than once in one slice.',
            why="The store could not say which of them is the record.",
            do="Number repeats of one natural key in the source's reader (the ordinal in the record id).",
            facts={"records": n},
        )
    return rows
