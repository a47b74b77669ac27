"""What one system hands over: its sheets, which rows come late, which are put right, which are gone a month later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from peelian.synth.city.columns import Texts
from peelian.synth.city.errors import ROW_ERRORS
from peelian.synth.city.log import Parties
from peelian.synth.city.streams import Bools, Ints

DAY = 1440


@dataclass(frozen=True)
class Sheet:
    """A table of one system. ``event`` says to which event each row belongs; ``later`` holds columns put right."""

    columns: Mapping[str, Texts]
    event: Ints
    later: Mapping[str, Texts] = field(default_factory=dict)


@dataclass(frozen=True)
class Cut:
    """A sheet as one export holds it."""

    table: pa.Table
    event: Ints


@dataclass(frozen=True)
class Mentions:
    """The truth about a sheet of people or vehicles: who is meant by which line. Firms are not in it."""

    table: str
    of: str
    parties: Parties
    ref: Texts


@dataclass(frozen=True)
class Export:
    """All that a system hands over.

    Parameters
    ----------
    system : str
    sheets : mapping of str to Sheet
    late, gone : ndarray of bool, shape (n_events,)
        Events that only the later export has, and that it no longer has.
    write : callable
        Writes cut sheets into a folder.
    mentions : tuple of Mentions
    """

    system: str
    sheets: Mapping[str, Sheet]
    late: Bools
    gone: Bools
    write: Callable[[Path, Mapping[str, Cut]], None]
    mentions: tuple[Mentions, ...] = ()

    def now(self) -> dict[str, Cut]:
        """Return the sheets as first handed over."""
        return {name: _cut(sheet, ~self.late, {}) for name, sheet in self.sheets.items()}

    def a_month_later(self) -> dict[str, Cut]:
        """Return the sheets as handed over a month later."""
        return {name: _cut(sheet, ~self.gone, sheet.later) for name, sheet in self.sheets.items()}


def _cut(sheet: Sheet, keep: Bools, later: Mapping[str, Texts]) -> Cut:
    table = pa.table({name: later.get(name, column) for name, column in sheet.columns.items()})
    rows = keep[sheet.event]
    if rows.all():
        return Cut(table, sheet.event)
    return Cut(table.filter(pa.array(rows)), sheet.event[rows])


def late_and_gone(at: Ints, minutes: int, rng: np.random.Generator, *, clean: bool) -> tuple[Bools, Bools]:
    """Say which events come late and which go, by when they were recorded; none in a clean city."""
    if clean:
        none = np.zeros(len(at), dtype=bool)
        return none, none
    recent = minutes - at < 45 * DAY
    late = recent & (rng.random(len(at)) < ROW_ERRORS["late"][0])
    return late, ~late & (rng.random(len(at)) < ROW_ERRORS["gone"][0])


def write_csv(path: Path, cut: Cut, delimiter: str = ",") -> None:
    """Write a sheet as a table of text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = pa.csv.WriteOptions(delimiter=delimiter, quoting_style="needed", batch_size=65_536)
    pa.csv.write_csv(cut.table, str(path), write_options=options)
