"""A slice: the unit that a source publishes again as a whole, e.g. one force's burglaries of one month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa

from peelian.core.errors import Warned
from peelian.model.record import QUARANTINE, TableSpec

EVENT_ON = "_event_on"
"""Extra column of every table in a slice: the day from which the gate counts retention. The gate strips it."""

CARRIED: tuple[tuple[str, pa.DataType], ...] = (
    ("record_id", pa.string()),
    ("subject_id", pa.string()),
    ("slice_id", pa.string()),
    ("row_hash", pa.string()),
    ("recorded_at", pa.int64()),
)
"""The system columns that ingest fills. ``label_id``, ``expires_on`` and ``seq_from`` are the gate's to stamp."""

ARROW_TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "day": pa.date32(),
    "instant": pa.int64(),
}


def slice_schema(spec: TableSpec) -> pa.Schema:
    """Return the Arrow schema of a table inside a slice: carried columns, domain columns, ``_event_on``."""
    domain = [(c.name, ARROW_TYPES[c.kind]) for c in spec.columns]
    return pa.schema([*CARRIED, *domain, (EVENT_ON, pa.date32())])


@dataclass(frozen=True)
class Counts:
    """What happened to the rows of one slice.

    Parameters
    ----------
    read : int
        Rows the file holds for this slice: always ``kept + duplicate + quarantined``.
    kept, duplicate, quarantined : int
        Rows that became records; exact copies declared worthless by the contract; rows set aside with a reason.
    dropped_columns : mapping of str to int
        Column name -> rows whose value was left at the door, undeclared columns among them.
    quirks : mapping of str to int
        Name of a quirk (``docs/reference/sources/quirks.md``) -> rows it touched.
    files_refused : int
        Files refused as a whole; their rows are not in ``read``.
    """

    read: int = 0
    kept: int = 0
    duplicate: int = 0
    quarantined: int = 0
    dropped_columns: Mapping[str, int] = field(default_factory=dict)
    quirks: Mapping[str, int] = field(default_factory=dict)
    files_refused: int = 0

    def __post_init__(self) -> None:
        # INVARIANT: every row read is accounted for.
        assert self.read == self.kept + self.duplicate + self.quarantined, "rows read = kept + duplicate + quarantined"

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.read + other.read,
            self.kept + other.kept,
            self.duplicate + other.duplicate,
            self.quarantined + other.quarantined,
            add_tallies(self.dropped_columns, other.dropped_columns),
            add_tallies(self.quirks, other.quirks),
            self.files_refused + other.files_refused,
        )

    def as_dict(self) -> dict[str, object]:
        """Return the counts as plain data."""
        plain: dict[str, object] = {k: getattr(self, k) for k in _NUMBERS}
        return plain | {"dropped_columns": dict(self.dropped_columns), "quirks": dict(self.quirks)}


def merge_warnings(warnings: Iterable[Warned]) -> list[Warned]:
    """Add up warnings that say the same, in order of code."""
    merged: dict[tuple[str, str], Warned] = {}
    for warned in warnings:
        key = (warned.code, warned.what)
        before = merged.get(key)
        merged[key] = replace(warned, count=warned.count + before.count) if before else warned
    return [merged[key] for key in sorted(merged)]


_NUMBERS = ("read", "kept", "duplicate", "quarantined", "files_refused")


def add_tallies(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """Add two mappings of name to count, names in order."""
    return {name: one.get(name, 0) + other.get(name, 0) for name in sorted({*one, *other})}


@dataclass(frozen=True)
class Slice:
    """One slice, ready to be stamped and committed.

    Parameters
    ----------
    slice_id : str
        E.g. ``police_uk/metropolitan/street/2019-05``.
    tables : mapping of str to pyarrow.Table
        Table name -> all its rows for this slice (:func:`slice_schema`). **Empty when the file was refused**, or when
        the rejected rows of a file belong to no slice: then nothing is replaced.
    quarantine : pyarrow.Table
        Rows of the ``quarantine`` table for this slice: file hash, line, reason, column. No values.
    counts : Counts
    warnings : tuple of Warned
    file_name : str
        Path inside the archive; nested archives are joined by ``!``.
    file_sha256 : str
    fingerprint : str
        Hash over slice, file, contract and options. A slice whose last commit carries the same one need not be read
        again. ``""`` when refused: a refused file is tried again each time.
    refused : str
        Reason code when the whole file was refused, else ``""``.
    """

    slice_id: str
    tables: Mapping[str, pa.Table]
    quarantine: pa.Table
    counts: Counts
    warnings: tuple[Warned, ...]
    file_name: str
    file_sha256: str
    fingerprint: str
    refused: str = ""


QUARANTINE_SCHEMA = slice_schema(QUARANTINE)
