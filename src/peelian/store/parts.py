"""Part files: how rows become Parquet files of one bucket each, and how those are named to Delta."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake.transaction import AddAction, RemoveAction

from peelian.core.errors import InvalidError
from peelian.store.lake import BUCKET, STATS_COLUMNS

ROW_GROUP = 122_880
"""DuckDB's own row group: one unit of work for a thread, and the unit that statistics let it skip."""

CLUSTERED_BY = ("label_id", "slice_id")
"""A reader who may see few labels, and a slice that is published again, skip most row groups."""

BY_ID = "event_ref"
"""A table with this column (who, what, which words in an event) is looked up by record: its files are in the order of
record ids, in small row groups, so that sixty records are found without reading all of them [M]."""

ROW_GROUP_BY_ID = 1024

_RANDOM = frozenset({"record_id", "subject_id", "row_hash", "source_ref", "easting_m", "northing_m"})
"""Columns with hardly a value twice: a dictionary costs twice the writing and three times the reading [M]."""

_NIBBLE: npt.NDArray[np.uint8] = np.full(256, 255, np.uint8)
for _value, _digit in enumerate(b"0123456789abcdef"):
    _NIBBLE[_digit] = _value


@dataclass(frozen=True)
class Part:
    """One Parquet file of one bucket; ``path`` is relative to the table's folder."""

    path: str
    rows: int
    size: int = 0
    stats: str = ""

    @property
    def bucket(self) -> int:
        """Return the bucket, which Delta spells in the path."""
        return int(self.path.split("/", 1)[0].removeprefix(f"{BUCKET}="))

    def add(self, at_ms: int) -> AddAction:
        """Return Delta's *add* of this file."""
        return AddAction(self.path, self.size, {BUCKET: str(self.bucket)}, at_ms, True, self.stats)

    def remove(self) -> RemoveAction:
        """Return Delta's *remove* of this file, dated long ago.

        The date serves one thing only: *vacuum* spares a file removed "later" than the computer's clock says it is,
        and our clock may be ahead of that one. When files go is said by leases, not by dates.
        """
        return RemoveAction(self.path, True, 0, None, {BUCKET: str(self.bucket)})


def buckets_of(record_ids: pa.ChunkedArray, n_buckets: int) -> npt.NDArray[np.uint16]:
    """Say which bucket each record belongs to: the last hex digits of its id, modulo the number of buckets.

    Raises
    ------
    InvalidError
        ``record-id-malformed`` unless every id is 32 lower-case hex digits.
    """
    return (last_digits(record_ids) % n_buckets).astype(np.uint16)


def last_digits(record_ids: pa.ChunkedArray) -> npt.NDArray[np.uint32]:
    """Return the last four hex digits of each id, as a number."""
    parts = [_last_digits(chunk) for chunk in record_ids.chunks if len(chunk)]
    return np.concatenate(parts) if parts else np.empty(0, np.uint32)


def all_differ(record_ids: pa.ChunkedArray) -> bool:
    """Say whether no id comes twice; False may also be said of some that do not.

    Equal ids have equal sums, so different sums are proof; sorting a million of those takes a tenth of what grouping
    the texts does.
    """
    odd = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], np.uint64)
    words = [_text_bytes(c).view(np.uint64) for c in record_ids.chunks if len(c)]
    if not words:
        return True
    sums = np.sort(np.concatenate([(w * odd).sum(axis=1, dtype=np.uint64) for w in words]))
    return bool((sums[1:] != sums[:-1]).all())


def _last_digits(ids: pa.StringArray) -> npt.NDArray[np.uint32]:
    digits = _NIBBLE[_text_bytes(ids)]
    if int(digits.max()) > 15:
        raise _malformed()
    return (digits[:, -4:].astype(np.uint32) @ np.array([4096, 256, 16, 1], np.uint32)).astype(np.uint32)


def _text_bytes(ids: pa.StringArray) -> npt.NDArray[np.uint8]:
    """Look at the ids' bytes in Arrow's own buffers, one row an id: a million in under a tenth of a second."""
    offsets = np.frombuffer(ids.buffers()[1], np.int32)[ids.offset : ids.offset + len(ids) + 1]
    if ids.null_count or not bool((np.diff(offsets) == 32).all()):
        raise _malformed()
    return np.frombuffer(ids.buffers()[2], np.uint8)[offsets[0] : offsets[-1]].reshape(-1, 32)


def _malformed() -> InvalidError:
    return InvalidError(
        "record-id-malformed",
        "A record id is not 32 lower-case hex digits.",
        why="Ids are cut from a peppered hash; the bucket of a row is read from its last digits.",
        do="Make ids as the source contract says; never from a person's name or number.",
    )


Split = dict[int, list[tuple[pa.RecordBatch, npt.NDArray[np.int64]]]]
"""For each bucket, which rows of which batches belong to it."""


def split_by_bucket(tables: Sequence[pa.Table], n_buckets: int) -> Split:
    """Say which rows belong to each bucket, without moving any: joining them first costs as much as writing them."""
    split: Split = {}
    for batch in (b for table in tables for b in table.to_batches() if b.num_rows):
        buckets = buckets_of(pa.chunked_array([batch["record_id"]]), n_buckets)
        order = np.argsort(buckets, kind="stable")
        bounds = np.searchsorted(buckets[order], np.arange(n_buckets + 1))
        for bucket, (start, end) in enumerate(pairwise(bounds)):
            if end > start:
                split.setdefault(bucket, []).append((batch, order[start:end]))
    return split


def cluster(rows: pa.Table) -> pa.Table:
    """Order rows by label, then slice, unless they are; those that are looked up one by one by their ids."""
    if BY_ID in rows.column_names:
        return rows.sort_by("record_id")
    label, slice_id = (_ranks(rows[c]) for c in CLUSTERED_BY)
    key = label << 32 | slice_id
    return rows if bool((np.diff(key) >= 0).all()) else rows.take(pa.array(np.argsort(key, kind="stable")))


def _ranks(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Replace values by their rank among the different values (few)."""
    coded = column.combine_chunks().dictionary_encode()
    rank = np.argsort(np.argsort(coded.dictionary.to_numpy(zero_copy_only=False).astype(object)))
    return rank.astype(np.int64)[coded.indices.to_numpy()] if len(rank) else np.empty(0, np.int64)


def write_part(folder: Path, path: str, rows: pa.Table) -> Part:
    """Write one Parquet file, clustered, and on the disk for good when this returns."""
    target = folder / path
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    rows = cluster(rows)
    coded = [n for n in rows.column_names if n not in _RANDOM]
    group = ROW_GROUP_BY_ID if BY_ID in rows.column_names else ROW_GROUP
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        pq.write_table(rows, out, compression="zstd", compression_level=1, use_dictionary=coded, row_group_size=group)
        out.flush()
        os.fsync(out.fileno())
    sync_folder(target.parent)
    return Part(path, rows.num_rows, target.stat().st_size, _stats(rows))


def _stats(rows: pa.Table) -> str:
    """Write Delta's statistics of a file: the number of rows, and bounds of the surrogates alone.

    INVARIANT: no value of a domain column is ever in Delta's log, so none can outlive its row there.
    """
    bounds = {c: pc.min_max(rows[c]).as_py() for c in STATS_COLUMNS}
    return json.dumps(
        {
            "numRecords": rows.num_rows,
            "minValues": {c: b["min"] for c, b in bounds.items()},
            "maxValues": {c: b["max"] for c, b in bounds.items()},
            "nullCount": dict.fromkeys(bounds, 0),
        }
    )


def read_part(folder: Path, part: Part, schema: pa.Schema) -> pa.Table:
    """Read one file whole under the pinned schema; a column it does not have yet is NULL."""
    rows = pq.ParquetFile(folder / part.path).read(use_threads=False)
    nothing = {f.name: pa.nulls(rows.num_rows, f.type) for f in schema if f.name not in rows.column_names}
    return pa.table([nothing[f.name] if f.name in nothing else rows[f.name] for f in schema], schema=schema)


def sync_folder(folder: Path) -> None:
    """Make new names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
