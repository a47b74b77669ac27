"""Shaped rows: what a source's reader hands on, and what it may look at while it reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import duckdb
import numpy as np
import pyarrow as pa

from peelian.core.time import Micros
from peelian.ingest.contract import Contract, FileKind
from peelian.ingest.door import Door, Rejected
from peelian.ingest.projection import Projector
from peelian.ingest.safe_zip import Limits

READER = 1
"""Version of the reading rules. Raise it when the same bytes would give other rows, so that slices are read again."""


@dataclass(frozen=True)
class Options:
    """What the caller decides about a reading.

    Parameters
    ----------
    pepper : bytes
        The deployment's secret; ids cannot be guessed from public data without it.
    read_at : int
        Now, microseconds UTC: when a row was first read, for sources that do not say when they said it.
    epsg : int
        The deployment's projected reference system.
    force : str
        Force id for files that do not name one; ``""`` when they do.
    own_force : str
        Force that the deployment belongs to: for what is the force's own, when neither file nor caller names one.
    bounds_m : tuple of float or None
        ``(east_min, north_min, east_max, north_max)`` around the force; points outside it are not kept.
    threads : int
        Files read side by side.
    limits : Limits
        How far an archive may expand.
    """

    pepper: bytes
    read_at: Micros
    epsg: int = 27700
    force: str = ""
    bounds_m: tuple[float, float, float, float] | None = None
    threads: int = 2
    limits: Limits = field(default_factory=Limits)
    own_force: str = ""

    def rules(self) -> dict[str, object]:
        """Return what of this decides the rows, for the fingerprint."""
        bounds = list(self.bounds_m) if self.bounds_m else None
        return {
            "epsg": self.epsg,
            "force": self.force,
            "own_force": self.own_force,
            "bounds_m": bounds,
            "reader": READER,
        }


@dataclass(frozen=True)
class FileSeen:
    """A file on its way in: what its name says, and the hash of its bytes."""

    name: str
    sha256: str
    force: str = ""
    month: int | None = None
    slice_id: str = ""  # "" when only the rows can tell
    beside: tuple[str, ...] = ()  # hashes of the other files that its rows are completed from


@dataclass(frozen=True)
class Context:
    """Everything a source's reader may look at besides the rows."""

    contract: Contract
    kind: FileKind
    options: Options
    file: FileSeen
    con: duckdb.DuckDBPyConnection
    projector: Projector
    name: str = ""
    mapping_hash: str = ""
    beside: Callable[[str], Door] | None = None  # what another kind of file of the delivery holds


@dataclass(frozen=True)
class Shaped:
    """One file's rows in the model's columns.

    Parameters
    ----------
    tables : mapping of str to mapping of str to pyarrow.Array
        Table -> domain column -> values. Columns left out are null.
    key : pyarrow.Table
        The natural key.
    content : pyarrow.Table
        Every kept column, lasting ones first.
    event_on : pyarrow.Array of date32
        The day from which retention counts.
    slice_ids : str or pyarrow.Array of str
        One for all rows, or one a row.
    drops_copies : ndarray of bool
        Rows of which exact copies mean nothing.
    lines : ndarray of int
    rejected : tuple of Rejected
        Rows turned away, those of the door included; they are not in the arrays.
    quirks : mapping of str to ndarray of bool
        Quirk -> rows it touched.
    referenced : ndarray of bool or None
        Rows with a reference of the source's own, to count repeated ones.
    present : mapping of str to ndarray of bool
        Table -> rows that say anything in it; a table left out has a row for each.
    subject : pyarrow.Array of str or None
        The source's own number for the person that a row is about; null where it has none.
    recorded_at : pyarrow.Array of int or None
        When the source wrote the row, microseconds UTC; null where it does not say.
    said : mapping of str to mapping of str to pyarrow.Array
        Table -> what its rows say of their own label, by column (``_role_class`` and so on).
    """

    tables: Mapping[str, Mapping[str, pa.Array]]
    key: pa.Table
    content: pa.Table
    event_on: pa.Array
    slice_ids: str | pa.Array
    drops_copies: np.ndarray
    lines: np.ndarray
    rejected: tuple[Rejected, ...]
    quirks: Mapping[str, np.ndarray]
    referenced: np.ndarray | None = None
    present: Mapping[str, np.ndarray] = field(default_factory=dict)
    subject: pa.Array | None = None
    recorded_at: pa.Array | None = None
    said: Mapping[str, Mapping[str, pa.Array]] = field(default_factory=dict)


class Sieve:
    """Collects which rows are turned away and why; the first reason found is the one given."""

    def __init__(self, door: Door) -> None:
        self.good = np.ones(door.table.num_rows, bool)
        self._door = door
        self._rejected = list(door.rejected)

    def reject(self, mask: np.ndarray, reason: str, column: str) -> None:
        """Turn away the rows of a mask that are still in."""
        fresh = mask & self.good
        if fresh.any():
            self._rejected += [Rejected(int(line), reason, column) for line in self._door.lines[fresh]]
            self.good &= ~mask

    def sift(self, shaped: Shaped) -> Shaped:
        """Return the shape without the rows that were turned away."""
        rejected = tuple(sorted(self._rejected, key=lambda r: (r.line, r.reason)))
        if self.good.all():
            return replace(shaped, rejected=rejected)
        keep = pa.array(self.good)
        tables = {t: {c: v.filter(keep) for c, v in columns.items()} for t, columns in shaped.tables.items()}
        ids = shaped.slice_ids
        return Shaped(
            tables=tables,
            key=shaped.key.filter(keep),
            content=shaped.content.filter(keep),
            event_on=shaped.event_on.filter(keep),
            slice_ids=ids if isinstance(ids, str) else ids.filter(keep),
            drops_copies=shaped.drops_copies[self.good],
            lines=shaped.lines[self.good],
            rejected=rejected,
            quirks={name: mask[self.good] for name, mask in shaped.quirks.items()},
            referenced=None if shaped.referenced is None else shaped.referenced[self.good],
            present={name: mask[self.good] for name, mask in shaped.present.items()},
            subject=None if shaped.subject is None else shaped.subject.filter(keep),
            recorded_at=None if shaped.recorded_at is None else shaped.recorded_at.filter(keep),
            said={t: {c: v.filter(keep) for c, v in said.items()} for t, said in shaped.said.items()},
        )
