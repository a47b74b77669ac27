"""One stored table inside a commit: its files, the rows that leave them, the rows to be written.

A table's current data and its history are twins of one form. Only files that lose rows are rewritten, and only
within their bucket; a bucket that has gathered many small files has them merged in passing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from peelian.core.ids import new_ulid
from peelian.core.time import Clock, to_micros
from peelian.store.lake import BUCKET, Lake, arrow_schema
from peelian.store.parts import Part, Split, read_part, split_by_bucket, sync_folder, write_part

MAX_FILES = 8
"""A bucket with so many files has its smaller ones merged when it is next written to."""
KEEP_LARGE = 2
"""So many of a bucket's largest files are left alone by a merge."""

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Rewritten:
    """What the rewriting of one bucket did: files gone, the file that came (if any rows are left), rows that left."""

    gone: tuple[str, ...]
    came: Part | None
    left: tuple[pa.Table, ...]


class Twin:
    """One stored table, current or history, inside a commit."""

    def __init__(self, lake: Lake, name: str, clock: Clock, step: Callable[[str], None]) -> None:
        spec, history = lake.declared(name)
        self.lake, self.name, self.clock, self.step = lake, name, clock, step
        self.folder = lake.path(name)
        self.schema = arrow_schema(spec, history=history)
        self.delta = lake.ensure(name)
        before = lake.snapshot(name, self.delta.version())
        self.before = {p: Part(p, n) for p, n in zip(before.paths, before.rows, strict=True)}
        self.parts = dict(self.before)
        self.fresh: list[pa.Table] = []
        self.leaving: dict[str, list[Rows]] = {}

    @property
    def n_fresh(self) -> int:
        """Rows held in memory, not written yet."""
        return sum(t.num_rows for t in self.fresh)

    def add(self, rows: pa.Table) -> None:
        """Take rows to be written by the next :meth:`flush`."""
        if rows.num_rows:
            self.fresh.append(rows)

    def leave(self, path: str, numbers: Rows) -> None:
        """Say which rows of a file, by row number, leave it with the next :meth:`flush`."""
        if len(numbers):
            self.leaving.setdefault(path, []).append(numbers)

    def flush(self) -> list[pa.Table]:
        """Write the rows held and rewrite the files that lose some; return the rows that left."""
        if not self.fresh and not self.leaving:
            return []
        split = split_by_bucket(self.fresh, self.lake.n_buckets)
        buckets = sorted(split.keys() | {self.parts[p].bucket for p in self.leaving})
        with ThreadPoolExecutor(self.lake.threads) as pool:
            done = list(pool.map(lambda b: self._rewrite(b, split), buckets))
        for one in done:
            for path in one.gone:
                self._drop(path)
            if one.came:
                self.parts[one.came.path] = one.came
        self.fresh, self.leaving = [], {}
        self.step(f"files:{self.name}")
        return [table for one in done for table in one.left]

    def _rewrite(self, bucket: int, split: Split) -> _Rewritten:
        """Write one bucket's new file: fresh rows, what survives in files that lose rows, and small files merged."""
        losing = [self.parts[p] for p in sorted(self.leaving) if self.parts[p].bucket == bucket]
        merging = self._small(bucket, losing)
        stay = [pa.Table.from_batches([batch.take(pa.array(rows))]) for batch, rows in split.get(bucket, [])]
        left = []
        for part in losing:
            there = self.read(part)
            leaves = np.zeros(part.rows, bool)
            leaves[np.concatenate(self.leaving[part.path])] = True
            stay.append(there.filter(pa.array(~leaves)))
            left.append(there.filter(pa.array(leaves)))
        rows = pa.concat_tables([self.schema.empty_table(), *stay, *(self.read(p) for p in merging)])
        path = f"{BUCKET}={bucket}/{new_ulid(self.clock)}.parquet"
        came = write_part(self.folder, path, rows) if rows.num_rows else None
        return _Rewritten(tuple(p.path for p in (*losing, *merging)), came, tuple(left))

    def _small(self, bucket: int, losing: list[Part]) -> list[Part]:
        """List the smaller files of a bucket that has too many; they become one with the file being written."""
        here = [p for p in self.parts.values() if p.bucket == bucket and p not in losing]
        if len(here) < MAX_FILES:
            return []
        return sorted(here, key=lambda p: (-p.rows, p.path))[KEEP_LARGE:]

    def _drop(self, path: str) -> None:
        del self.parts[path]
        if path not in self.before:  # written earlier in this same commit: nobody has ever seen it
            (self.folder / path).unlink()

    def read(self, part: Part) -> pa.Table:
        """Read one file under the pinned schema."""
        return read_part(self.folder, part, self.schema)

    def commit(self) -> None:
        """Tell Delta, in one commit, which files came and which went."""
        assert not self.fresh and not self.leaving, "flushed before it is committed"
        at_ms = to_micros(self.clock.now()) // 1000
        came = [p.add(at_ms) for path, p in self.parts.items() if path not in self.before]
        went = [p.remove() for path, p in self.before.items() if path not in self.parts]
        if not came and not went:
            return
        schema = self.schema.append(pa.field(BUCKET, pa.int32()))
        self.delta.create_write_transaction([*came, *went], "append", schema, partition_by=[BUCKET])
        self._sync_log()
        self.step(f"delta:{self.name}")

    def _sync_log(self) -> None:
        """Make Delta's newest log entry survive a power cut: Delta itself does not ask the disk for that."""
        log = self.folder / "_delta_log"
        with max(log.glob("*.json")).open("rb") as entry:
            os.fsync(entry.fileno())
        sync_folder(log)

    def discard(self) -> None:
        """Delete what was written for a commit that will not be."""
        for path in self.parts.keys() - self.before.keys():
            (self.folder / path).unlink(missing_ok=True)
