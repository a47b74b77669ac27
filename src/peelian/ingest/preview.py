"""Look before reading in: the first rows as they would be kept, what is dropped, what is rejected and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from peelian.core.errors import InvalidError, Warned
from peelian.core.time import from_micros, iso
from peelian.ingest.misplaced import misplaced
from peelian.ingest.quirks import REASONS
from peelian.ingest.run import Job, Reading
from peelian.ingest.shape import Options
from peelian.ingest.shaping import month_text
from peelian.ingest.slice import Counts, Slice, merge_warnings
from peelian.ingest.source import Source
from peelian.model.record import TABLES, Column, TableSpec

SEALED = "(sealed)"
PERSONAL = "(personal)"
_FILES_OF_A_KIND = 2
_REJECTED_SHOWN = 20
_BROKE_A_BOUND = "assertion-failed"


@dataclass(frozen=True)
class Preview:
    """What reading an archive would do, from its first files of each kind. Nothing is written.

    Parameters
    ----------
    files_read, files_total : int
        How many of the archive's files the preview looked at.
    tables : mapping of str to list of dict
        Table -> first rows as they would be kept. Values of personal columns read ``(personal)``, those of sealed
        tables ``(sealed)``: looking at them needs a mandate.
    columns : list of dict
        Each declared column: ``file column becomes reason purposes``, or ``dropped`` with the reason.
    undeclared : mapping of str to int
        Columns the contract does not know -> rows that had them; they would be dropped and counted.
    rejected : list of dict
        ``file line reason column`` of the first rows that would be set aside.
    refused : list of dict
        ``file reason what`` of files that would be refused as a whole.
    good_of_refused : mapping of str to list of dict
        Table -> first rows, shown as in ``tables``, of files refused only because too many others of their rows were
        set aside: what is right in them says what is wrong with the rest. None of them would be kept.
    counts : Counts
    warnings : list of Warned
    """

    files_read: int
    files_total: int
    tables: Mapping[str, list[dict[str, object]]]
    columns: list[dict[str, object]]
    undeclared: Mapping[str, int]
    rejected: list[dict[str, object]]
    refused: list[dict[str, object]]
    counts: Counts
    warnings: list[Warned] = field(default_factory=list)
    good_of_refused: Mapping[str, list[dict[str, object]]] = field(default_factory=dict)


def preview(
    source: Source, path: Path, options: Options, *, n_rows: int = 10, areas: Sequence[Mapping[str, Any]] = ()
) -> Preview:
    """Preview an archive: see :class:`Preview`.

    Parameters
    ----------
    areas : sequence of mapping
        Study areas as GeoJSON in degrees, that points should lie in; with none, only the country is asked for.

    Raises
    ------
    InvalidError
        ``nothing-to-read``, ``archive-damaged``, ``slice-claimed-twice``.
    MissingError
        ``archive-missing``.
    """
    reading = Reading(source, path, options, choose=_first_of_each_kind)
    tables: dict[str, list[dict[str, object]]] = {}
    rejected: list[dict[str, object]] = []
    refused: list[dict[str, object]] = []
    warnings: list[Warned] = []
    try:
        for part in reading:
            _add_rows(tables, part, n_rows)
            _add_rejected(part, rejected, refused)
            warnings += [*part.warnings, *misplaced(part.tables, options.epsg, areas)]
    except InvalidError as error:  # a single file that cannot be read at all
        refused.append({"file": path.name, "reason": error.code, "what": error.what})
    good = _of_refused(source, path, options, n_rows, refused, rejected)
    declared = {c.name for kind in source.contract.files for c in kind.columns}
    return Preview(
        files_read=reading.files_total,
        files_total=reading.files_listed,
        tables=tables,
        columns=list_columns(source),
        undeclared={n: k for n, k in reading.counts.dropped_columns.items() if n not in declared},
        rejected=rejected[:_REJECTED_SHOWN],
        refused=refused,
        counts=reading.counts,
        warnings=merge_warnings(reading.warnings + warnings),
        good_of_refused=good,
    )


def _of_refused(
    source: Source,
    path: Path,
    options: Options,
    n_rows: int,
    refused: Sequence[Mapping[str, object]],
    rejected: list[dict[str, object]],
) -> dict[str, list[dict[str, object]]]:
    """Read once more, without bounds, the files that broke a bound: show their good rows, add why others are not."""
    broke = {row["file"] for row in refused if row["reason"] == _BROKE_A_BOUND}
    good: dict[str, list[dict[str, object]]] = {}
    for part in Reading(_without_bounds(source), path, options, choose=_first_of_each_kind) if broke else ():
        if part.file_name in broke and not part.refused:
            _add_rows(good, part, n_rows)
            _add_rejected(part, rejected, [])
    return good


def _without_bounds(source: Source) -> Source:
    kinds = tuple(
        replace(k, asserts=tuple(replace(a, otherwise="warn") for a in k.asserts)) for k in source.contract.files
    )
    return replace(source, contract=replace(source.contract, files=kinds))


def list_columns(source: Source) -> list[dict[str, object]]:
    """Return what the contract says about each column, as plain data."""
    listed: list[dict[str, object]] = []
    for kind in source.contract.files:
        for rule in kind.columns:
            row: dict[str, object] = {"file": kind.name, "column": rule.name, "reason": rule.reason}
            if rule.dropped:
                row["dropped"] = True
            else:
                row |= {"becomes": ", ".join(rule.targets) or "not stored", "purposes": list(rule.purposes)}
                row |= {flag: True for flag in ("personal", "protected", "required") if getattr(rule, flag)}
            listed.append(row)
    return listed


def _first_of_each_kind(jobs: list[Job]) -> list[Job]:
    taken: dict[str, int] = {}
    chosen = []
    for job in jobs:
        kind = job.kind.name if job.kind else ""
        taken[kind] = taken.get(kind, 0) + 1
        if taken[kind] <= _FILES_OF_A_KIND:
            chosen.append(job)
    return chosen


def _add_rows(tables: dict[str, list[dict[str, object]]], part: Slice, n_rows: int) -> None:
    for name, table in part.tables.items():
        shown = tables.setdefault(name, [])
        shown += [_show_row(TABLES[name], row) for row in _first(table, n_rows - len(shown))]


def _first(table: pa.Table, n: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = table.slice(0, max(n, 0)).to_pylist()
    return rows


def _show_row(spec: TableSpec, row: Mapping[str, object]) -> dict[str, object]:
    return {c.name: _show(spec, c, row[c.name]) for c in spec.columns}


def _show(spec: TableSpec, column: Column, value: object) -> object:
    if spec.sealed:
        return SEALED
    if column.personal or column.protected:
        return PERSONAL
    if value is None:
        return None
    if column.name == "month":
        return month_text(int(str(value)))
    return iso(from_micros(int(str(value)))) if column.kind == "instant" else value


def _add_rejected(part: Slice, rejected: list[dict[str, object]], refused: list[dict[str, object]]) -> None:
    if part.refused:
        refused.append({"file": part.file_name, "reason": part.refused, "what": part.warnings[0].what})
        return
    for row in part.quarantine.select(["file_name", "line", "reason", "column_name"]).to_pylist():
        rejected.append(
            {
                "file": row["file_name"],
                "line": row["line"],
                "reason": row["reason"],
                "what": REASONS[row["reason"]],
                "column": row["column_name"],
            }
        )
