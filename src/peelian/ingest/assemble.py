"""Shaped rows -> slices: ids and hashes, companion tables, counts, and the contract's assertions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.core.canonical import digest
from peelian.core.errors import InvalidError, PeelianError, Warned
from peelian.core.time import from_micros
from peelian.ingest.contract import Assertion
from peelian.ingest.door import Door, Rejected
from peelian.ingest.keys import Claim, Identified, identify, secret_tag
from peelian.ingest.quirks import QUIRKS
from peelian.ingest.scanner import scan
from peelian.ingest.shape import Context, FileSeen, Options, Shaped
from peelian.ingest.shaping import each_distinct, is_null
from peelian.ingest.slice import ARROW_TYPES, EVENT_ON, QUARANTINE_SCHEMA, Counts, Slice, slice_schema
from peelian.model.record import TABLES


def make_slices(shaped: Shaped, door: Door, context: Context) -> list[Slice]:
    """Turn one file's shaped rows into its slices.

    Raises
    ------
    InvalidError
        ``assertion-failed`` when the file breaks a bound for which the contract says ``refuse``.
    """
    warnings = (*_check_assertions(shaped, door, context), *scan(door, context.kind))
    domain = _domain_tables(shaped)
    identified = _identify(shaped, domain, context)
    tables = _build_tables(shaped, domain, identified, context)
    alone = isinstance(shaped.slice_ids, str)
    told = Counter(door.quirks)  # what concerns the whole file is told once, with its first slice
    slices: list[Slice] = []
    for slice_id, mine in _groups(shaped):
        rejected = shaped.rejected if alone else ()
        counts = _count(mine, identified, len(rejected), shaped, door, told)
        part = tables if alone else _rows_of(tables, slice_id)
        slices.append(_slice(slice_id, part, rejected, counts, warnings, context))
        told, warnings = Counter(), ()
    if not alone:
        slices.append(_unplaced(shaped, context))  # also when empty: it replaces what was turned away last time
    return slices


def refused_slice(error: PeelianError, file: FileSeen, source: str, options: Options) -> Slice:
    """Make the slice that stands for a refused file: nothing to replace, one line of quarantine."""
    line, column = int(error.facts.get("line") or 0), str(error.facts.get("column") or "")
    slice_id = file.slice_id or unplaced_id(source, file.name)
    return Slice(
        slice_id=slice_id,
        tables={},
        quarantine=_quarantine((Rejected(line, error.code, column),), slice_id, source, file, options),
        counts=Counts(files_refused=1),
        warnings=(Warned("file-refused", f"{error.what} {QUIRKS['file-refused']}", facts={"reason": error.code}),),
        file_name=file.name,
        file_sha256=file.sha256,
        fingerprint="",
        refused=error.code,
    )


def unplaced_id(source: str, file_name: str) -> str:
    """Name the slice that holds the rejected rows of a file whose rows belong to several slices."""
    return f"{source}/unplaced/{file_name}"


def fingerprint(slice_id: str, file: FileSeen, contract_hash: str, mapping_hash: str, options: Options) -> str:
    """Hash over everything that decides a slice's rows: same fingerprint, same rows."""
    decides = [slice_id, file.sha256, contract_hash, mapping_hash, file.force, file.month or 0, options.rules()]
    return digest([*decides, list(file.beside)] if file.beside else decides)


def _identify(shaped: Shaped, domain: Mapping[str, pa.Table], context: Context) -> Identified:
    pepper, source = context.options.pepper, context.contract.source

    # INVARIANT: the slice is part of every id, so that no two slices can claim one record.
    def tag(slice_id: str) -> str:
        return secret_tag(pepper, source, slice_id)

    if isinstance(shaped.slice_ids, str):
        tags = pa.repeat(tag(shaped.slice_ids), len(shaped.lines))
    else:
        tags = each_distinct(shaped.slice_ids, tag, pa.string())
    tables = {name: (secret_tag(pepper, source, "row", name), table) for name, table in domain.items()}
    return identify(context.con, Claim(shaped.key, shaped.content, shaped.drops_copies, tags, tables))


def _domain_tables(shaped: Shaped) -> dict[str, pa.Table]:
    """Complete each table's domain columns, in the model's order; a column the source has not is null."""
    n = len(shaped.lines)
    made = {}
    for name, columns in shaped.tables.items():
        spec = TABLES[name]
        assert set(columns) <= set(spec.column_names), "a source fills declared columns only"
        types = [(c.name, ARROW_TYPES[c.kind]) for c in spec.columns]
        made[name] = pa.table([columns.get(c, pa.nulls(n, kind)) for c, kind in types], schema=pa.schema(types))
    return made


def _groups(shaped: Shaped) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each slice id, in order, and its rows; a file of one slice yields it even when no row is left."""
    if isinstance(shaped.slice_ids, str):
        yield shaped.slice_ids, np.ones(len(shaped.lines), bool)
        return
    codes = shaped.slice_ids.dictionary_encode()
    indices = codes.indices.to_numpy()
    for name, i in sorted((name, i) for i, name in enumerate(codes.dictionary.to_pylist())):
        yield name, indices == i


def _count(
    mine: np.ndarray, identified: Identified, n_rejected: int, shaped: Shaped, door: Door, told: Counter[str]
) -> Counts:
    quirks = dict(shaped.quirks)
    if shaped.referenced is not None:
        quirks["repeated-reference"] = identified.repeats & shaped.referenced
    found = Counter({name: int((mask & mine).sum()) for name, mask in quirks.items()}) + told
    n_mine, n_kept = int(mine.sum()), int((mine & identified.stays).sum())
    return Counts(
        read=n_mine + n_rejected,
        kept=n_kept,
        duplicate=n_mine - n_kept,
        quarantined=n_rejected,
        dropped_columns=dict.fromkeys(sorted(door.dropped_columns), n_mine + n_rejected),
        quirks={name: found[name] for name in sorted(found) if found[name]},
    )


def _slice(
    slice_id: str,
    tables: Mapping[str, pa.Table],
    rejected: tuple[Rejected, ...],
    counts: Counts,
    warnings: tuple[Warned, ...],
    context: Context,
) -> Slice:
    file, contract, options = context.file, context.contract, context.options
    noted = tuple(Warned(name, QUIRKS[name], n) for name, n in counts.quirks.items())
    return Slice(
        slice_id=slice_id,
        tables=tables,
        quarantine=_quarantine(rejected, slice_id, contract.source, file, options),
        counts=counts,
        warnings=(*warnings, *noted),
        file_name=file.name,
        file_sha256=file.sha256,
        fingerprint=fingerprint(slice_id, file, contract.hash, context.mapping_hash, options),
    )


def _unplaced(shaped: Shaped, context: Context) -> Slice:
    n = len(shaped.rejected)
    slice_id = unplaced_id(context.contract.source, context.file.name)
    counts = Counts(read=n, quarantined=n)
    return _slice(slice_id, {}, shaped.rejected, counts, (), context)


def _build_tables(
    shaped: Shaped, domain: Mapping[str, pa.Table], identified: Identified, context: Context
) -> dict[str, pa.Table]:
    """Put the system columns beside the domain columns of the rows that stay."""
    n = len(identified.record_id)
    stays = None if n == len(shaped.lines) else pa.array(identified.stays)

    def staying(values: Any) -> Any:
        return values if stays is None or values is None else values.filter(stays)

    slice_ids = shaped.slice_ids
    system = {
        "record_id": identified.record_id,
        "subject_id": _subjects(identified.record_id, staying(shaped.subject), context),
        "slice_id": pa.repeat(slice_ids, n) if isinstance(slice_ids, str) else staying(slice_ids),
        "recorded_at": _recorded_at(n, staying(shaped.recorded_at), context),
        EVENT_ON: staying(shaped.event_on),
    }
    built = {}
    for name, table in domain.items():
        said = {column: staying(values) for column, values in shaped.said.get(name, {}).items()}
        table = staying(table)
        columns = {
            **system,
            "row_hash": identified.row_hash[name],
            **dict(zip(table.column_names, table.columns, strict=True)),
        }
        schema = slice_schema(TABLES[name])
        rows = pa.table([columns[field.name] for field in schema], schema=schema)
        for column, values in said.items():
            rows = rows.append_column(column, values)
        built[name] = rows.filter(staying(pa.array(shaped.present[name]))) if name in shaped.present else rows
    return built


def _subjects(record_id: pa.Array, own_numbers: pa.Array | None, context: Context) -> pa.Array:
    """Name the person a row is about: by the source's own number where it has one, else by the record."""
    if own_numbers is None:
        return record_id
    pepper, source = context.options.pepper, context.contract.source
    named = each_distinct(own_numbers, lambda number: secret_tag(pepper, source, "subject", number), pa.string())
    return pc.if_else(pc.is_valid(named), named, record_id)


def _recorded_at(n: int, stated: pa.Array | None, context: Context) -> pa.Array:
    read_at = pa.scalar(context.options.read_at, pa.int64())
    return pa.repeat(read_at, n) if stated is None else stated.fill_null(read_at)


def _rows_of(tables: Mapping[str, pa.Table], slice_id: str) -> dict[str, pa.Table]:
    return {name: table.filter(pc.equal(table["slice_id"], slice_id)) for name, table in tables.items()}


def _quarantine(
    rejected: tuple[Rejected, ...], slice_id: str, source: str, file: FileSeen, options: Options
) -> pa.Table:
    """Write down which lines were turned away, and why: never what they hold."""
    tag = secret_tag(options.pepper, source, "quarantine", slice_id)
    # Several rows may stand on one line (objects of a list, elements of XML): they are told apart by their number.
    turn: Counter[Rejected] = Counter()
    ids = []
    for r in rejected:
        told = [tag, file.sha256, r.line, r.reason, r.column]
        ids.append(digest([*told, turn[r]] if turn[r] else told)[:32])
        turn[r] += 1
    n = len(rejected)
    columns = {
        "record_id": ids,
        "subject_id": ids,
        "slice_id": [slice_id] * n,
        "row_hash": ids,  # a line of quarantine never changes: it is there or it is not
        "recorded_at": [options.read_at] * n,
        "source": [source] * n,
        "file_name": [file.name] * n,
        "file_sha256": [file.sha256] * n,
        "line": [r.line for r in rejected],
        "reason": [r.reason for r in rejected],
        "column_name": [r.column for r in rejected],
        EVENT_ON: [from_micros(options.read_at).date()] * n,
    }
    return pa.table(columns, schema=QUARANTINE_SCHEMA)


def _check_assertions(shaped: Shaped, door: Door, context: Context) -> tuple[Warned, ...]:
    n_good = len(shaped.lines)
    warned: list[Warned] = []
    for assertion in context.kind.asserts:
        value = _measure(assertion, shaped, door, n_good, len(shaped.rejected))
        if assertion.holds(value):
            continue
        what = f"{assertion.check.replace('_', ' ')} is {value:.4g} ({assertion.reason})"
        if assertion.otherwise == "refuse":
            raise InvalidError(
                "assertion-failed",
                f"The file breaks a bound of its contract: {what}.{_set_aside_most(shaped.rejected)}",
                why="A file that is so unlike its kind would spoil what is stored.",
                do="Mend the mapping, or the export if it is wrong. If both are right, change the bound in source.yml.",
                facts={"check": assertion.check, "column": assertion.column, "value": round(value, 6)},
            )
        warned.append(Warned("assertion-warned", f"{QUIRKS['assertion-warned']} {what}."))
    return tuple(warned)


def _set_aside_most(rejected: Sequence[Rejected]) -> str:
    """Say why rows were set aside, commonest first: without it nobody could tell what to mend. Never what they hold."""
    told = []
    for (reason, column), n in Counter((r.reason, r.column) for r in rejected).most_common(3):
        first = min(r.line for r in rejected if (r.reason, r.column) == (reason, column))
        told.append(f"{reason}{f' ({column})' if column else ''} in {n:,}, first line {first}")
    return f" Rows set aside: {'; '.join(told)}." if told else ""


def _measure(assertion: Assertion, shaped: Shaped, door: Door, n_good: int, n_rejected: int) -> float:
    n_all = n_good + n_rejected
    if assertion.check == "rows":
        return float(n_all)
    if assertion.check == "rejected_share":
        return n_rejected / max(n_all, 1)
    if assertion.check == "empty_share":
        return float(is_null(door.table[assertion.column]).mean()) if door.table.num_rows else 0.0
    quirks = ("month-differs",) if assertion.check == "month_differs_share" else ("point-outside", "point-far")
    return sum(float(shaped.quirks[q].mean()) for q in quirks if n_good and q in shaped.quirks)
