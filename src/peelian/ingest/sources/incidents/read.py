"""Shape the rows of a table of incidents, as its mapping file says. Pure: columns in, arrays out."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.ingest.contract import Contract
from peelian.ingest.door import Door
from peelian.ingest.located_points import LocatedPoints, locate_points
from peelian.ingest.shape import Context, Shaped, Sieve
from peelian.ingest.shaping import (
    each_distinct,
    is_null,
    local_days,
    map_labels,
    month_span,
    month_text,
    months_of_days,
    parse_instants,
    parse_months,
    slug,
    to_utc,
)
from peelian.ingest.source import Source
from peelian.ingest.sources.incidents.mapping import Field, TableMapping, bind, load_mapping

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
_DAY = 86_400_000_000


def open_mapped(contract: Contract, mapping_file: Path) -> Source:
    """Open the source for one table, described by a mapping file."""
    mapping = load_mapping(mapping_file, contract)
    return Source(
        contract=bind(contract, mapping),
        shape=partial(shape, mapping=mapping),
        name=mapping.name,
        epsg=mapping.epsg,
        suffixes=SUFFIXES,
        mapping_hash=mapping.hash,
    )


def shape(door: Door, context: Context, *, mapping: TableMapping) -> Shaped:
    """Shape one table."""
    rows, sieve = door.table, Sieve(door)
    zone = ZoneInfo(mapping.time_zone)
    start, end, precision, backwards = _times(rows, sieve, mapping, zone)
    days = local_days(start, zone)
    months = pa.array(months_of_days(days))
    offence, strange = _offence(rows, mapping.fields["offence"], sieve)
    points = _points(rows, sieve, context)
    texts = {name: _text(rows, name) for name in ("place", "area", "outcome", "ref")}
    referenced = ~is_null(texts["ref"])
    lasting = {"start": pa.array(start), "offence": offence, "x": points.x_key, "y": points.y_key}
    lasting["place"] = texts["place"]
    by_reference = pa.array(referenced)
    key = {"ref": texts["ref"]} | {
        name: pc.if_else(by_reference, pa.scalar(None, v.type), v) for name, v in lasting.items()
    }
    return sieve.sift(
        Shaped(
            tables={
                "incident": {
                    "force": pa.repeat(mapping.force, rows.num_rows),
                    "offence": offence,
                    "month": months,
                    "at_start": pa.array(start),
                    "at_end": pa.array(end),
                    "precision": precision,
                    "easting_m": points.easting_m,
                    "northing_m": points.northing_m,
                    "place": texts["place"],
                    "area_code": texts["area"],
                    "outcome": texts["outcome"],
                    "source_ref": texts["ref"],
                }
            },
            key=pa.table(key),
            content=pa.table(
                {"ref": texts["ref"], **lasting, "end": pa.array(end), "area": texts["area"]}
                | {"outcome": texts["outcome"]}
            ),
            event_on=pa.array(days).cast(pa.int32()).cast(pa.date32()),
            slice_ids=_slice_ids(months, context, mapping),
            drops_copies=referenced,
            lines=door.lines,
            rejected=(),
            quirks={
                "empty-reference": ~referenced,
                "offence-unknown": strange,
                "end-before-start": backwards,
                **points.quirks,
            },
            referenced=referenced,
        )
    )


def _times(
    rows: pa.Table, sieve: Sieve, mapping: TableMapping, zone: ZoneInfo
) -> tuple[np.ndarray, np.ndarray, pa.Array, np.ndarray]:
    """Return start, end (both microseconds UTC, half-open), precision, and rows that end before they start."""
    n = rows.num_rows
    sieve.reject(is_null(rows["start"]), "required-empty", "start")
    if mapping.precision == "month":
        months, unreadable = parse_months(rows["start"])
        sieve.reject(unreadable, "not-a-month", "start")
        start, end, _ = month_span(months.fill_null(12 * 1970), zone)
        return start.to_numpy(), end.to_numpy(), pa.repeat("month", n), np.zeros(n, bool)
    start_at, unreadable = parse_instants(rows["start"], zone, mapping.fields["start"].form)
    sieve.reject(unreadable, "not-an-instant", "start")
    if mapping.precision == "day":
        days = local_days(start_at, zone)
        first, after = (to_utc(pa.array(d * _DAY), zone).to_numpy() for d in (days, days + 1))
        return first, after, pa.repeat("day", n), np.zeros(n, bool)
    return _interval(rows, sieve, mapping, zone, start_at)


def _interval(
    rows: pa.Table, sieve: Sieve, mapping: TableMapping, zone: ZoneInfo, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray, pa.Array, np.ndarray]:
    moment = start + int(mapping.resolution_s * 1_000_000)
    if "end" not in rows.column_names or rows["end"].null_count == rows.num_rows:
        return start, moment, pa.repeat("exact", len(start)), np.zeros(len(start), bool)
    end, unreadable = parse_instants(rows["end"], zone, mapping.fields["end"].form)
    sieve.reject(unreadable, "not-an-instant", "end")
    given = ~is_null(rows["end"])
    spans = given & (end > start)
    precision = pc.if_else(pa.array(spans), "interval", "exact")
    return start, np.where(spans, np.maximum(end, moment), moment), precision, given & (end < start)


def _offence(rows: pa.Table, field: Field, sieve: Sieve) -> tuple[pa.Array, np.ndarray]:
    n = rows.num_rows
    if field.always:
        return pa.repeat(field.always, n), np.zeros(n, bool)
    stated = _text(rows, "offence")
    sieve.reject(is_null(stated), "required-empty", "offence")
    if field.labels is None:
        return each_distinct(stated, slug, pa.string()), np.zeros(n, bool)
    return map_labels(stated, field.labels)


def _points(rows: pa.Table, sieve: Sieve, context: Context) -> LocatedPoints:
    empty = pa.chunked_array([pa.nulls(rows.num_rows, pa.string())])
    x, y = (rows[name] if name in rows.column_names else empty for name in ("x", "y"))
    return locate_points(x, y, sieve, context, ("x", "y"))


def _text(rows: pa.Table, name: str) -> pa.Array:
    """Return a field as text; one that the mapping leaves out is all null."""
    if name not in rows.column_names:
        return pa.nulls(rows.num_rows, pa.string())
    column = rows[name].combine_chunks()
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def _slice_ids(months: pa.Array, context: Context, mapping: TableMapping) -> str | pa.Array:
    if context.file.slice_id:
        return context.file.slice_id
    return each_distinct(
        months.cast(pa.string()), lambda m: f"incidents/{mapping.name}/{month_text(int(m))}", pa.string()
    )
