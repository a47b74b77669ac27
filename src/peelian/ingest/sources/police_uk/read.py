"""Shape the rows of data.police.uk: street, outcomes, stop and search. Pure: texts in, arrays out."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.core.errors import InvalidError
from peelian.ingest.door import Door
from peelian.ingest.located_points import locate_points
from peelian.ingest.shape import Context, Shaped, Sieve
from peelian.ingest.shaping import (
    as_mask,
    is_null,
    local_days,
    map_labels,
    month_span,
    month_text,
    months_of_days,
    parse_flags,
    parse_instants,
    parse_months,
)


def shape(door: Door, context: Context) -> Shaped:
    """Shape one file by its kind."""
    return {"street": _street, "outcomes": _outcomes, "stop": _stop}[context.kind.name](door, context)


def _street(door: Door, context: Context) -> Shaped:
    rows, sieve = door.table, Sieve(door)
    months = _months(rows["Month"], sieve)
    sieve.reject(is_null(rows["Crime type"]), "required-empty", "Crime type")
    offence, strange_offence = map_labels(rows["Crime type"], context.contract.offences)
    points = locate_points(rows["Longitude"], rows["Latitude"], sieve, context, ("Longitude", "Latitude"))
    force = _force(rows, sieve, context)
    start, end, last_day = month_span(months, ZoneInfo(context.contract.time_zone))
    texts = {name: rows[name].combine_chunks() for name in rows.column_names}
    reference, referenced = texts["Crime ID"], ~is_null(texts["Crime ID"])
    lasting = {"reference": reference, "month": months, "offence": offence, "x": points.x_key, "y": points.y_key}
    lasting |= {"place": texts["Location"], "area": texts["LSOA code"]}
    incident = {
        "force": force,
        "offence": offence,
        "month": months,
        "at_start": start,
        "at_end": end,
        "precision": pa.repeat("month", len(months)),
        "easting_m": points.easting_m,
        "northing_m": points.northing_m,
        "place": texts["Location"],
        "area_code": texts["LSOA code"],
        "outcome": texts["Last outcome category"],
        "source_ref": reference,
    }
    quirks = {"empty-reference": ~referenced, "offence-unknown": strange_offence}
    quirks |= {"month-differs": _month_differs(months, context), **points.quirks}
    return sieve.sift(
        Shaped(
            tables={"incident": incident},
            key=_key_or_reference(referenced, lasting),
            content=pa.table({**lasting, "outcome": texts["Last outcome category"]}),
            event_on=last_day,
            slice_ids=_slice_ids(force, months, context),
            drops_copies=_drops_copies(context, referenced),
            lines=door.lines,
            rejected=(),
            quirks=quirks,
            referenced=referenced,
        )
    )


def _outcomes(door: Door, context: Context) -> Shaped:
    rows, sieve = door.table, Sieve(door)
    months = _months(rows["Month"], sieve)
    stated = rows["Outcome type"].combine_chunks()
    sieve.reject(is_null(stated), "required-empty", "Outcome type")
    outcome, strange, renamed = _outcome_ids(stated, context)
    force = _force(rows, sieve, context)
    reference = rows["Crime ID"].combine_chunks()
    referenced = ~is_null(reference)
    content = pa.table({"reference": reference, "month": months, "outcome": stated, "area": rows["LSOA code"]})
    return sieve.sift(
        Shaped(
            tables={
                "outcome": {
                    "force": force,
                    "month": months,
                    "outcome": outcome,
                    "outcome_stated": stated,
                    "area_code": rows["LSOA code"].combine_chunks(),
                    "source_ref": reference,
                }
            },
            key=content.select(["reference", "outcome"]),
            content=content,
            event_on=month_span(months, ZoneInfo(context.contract.time_zone))[2],
            slice_ids=_slice_ids(force, months, context),
            drops_copies=_drops_copies(context, referenced),
            lines=door.lines,
            rejected=(),
            quirks={
                "empty-reference": ~referenced,
                "outcome-unknown": strange,
                "outcome-renamed": renamed,
                "month-differs": _month_differs(months, context),
            },
            referenced=referenced,
        )
    )


def _stop(door: Door, context: Context) -> Shaped:
    rows, sieve = door.table, Sieve(door)
    zone = ZoneInfo(context.contract.time_zone)
    at, unreadable = parse_instants(rows["Date"], zone)
    sieve.reject(is_null(rows["Date"]), "required-empty", "Date")
    sieve.reject(unreadable, "not-an-instant", "Date")
    days = local_days(at, zone)
    # Files are cut by local month: 23:30 UTC on 30 June is July in London.
    months = pa.array(months_of_days(days))
    points = locate_points(rows["Longitude"], rows["Latitude"], sieve, context, ("Longitude", "Latitude"))
    texts = {name: rows[name].combine_chunks() for name in rows.column_names}
    outcome, strange, renamed = _outcome_ids(texts["Outcome"], context)
    flags, unclear = _flags(texts)
    force = _force(rows, sieve, context)
    event = {"force": force, "at": pa.array(at), "month": months, "outcome": outcome}
    event |= {"easting_m": points.easting_m, "northing_m": points.northing_m}
    # INVARIANT: no characteristic of a person is part of the natural key, so none is behind an id.
    key = {"at": pa.array(at), "type": texts["Type"], "x": points.x_key, "y": points.y_key}
    key |= {"law": texts["Legislation"], "object": texts["Object of search"]}
    rest = ("Gender", "Age range", "Self-defined ethnicity", "Officer-defined ethnicity", "Outcome", *_FLAGS)
    return sieve.sift(
        Shaped(
            tables=_stop_tables(event, texts, flags),
            key=pa.table(key),
            content=pa.table(key | {name: texts[name] for name in rest}),
            event_on=pa.array(days).cast(pa.int32()).cast(pa.date32()),
            slice_ids=_slice_ids(force, months, context),
            drops_copies=_drops_copies(context, np.zeros(len(months), bool)),
            lines=door.lines,
            rejected=(),
            quirks={
                "outcome-unknown": strange,
                "outcome-renamed": renamed,
                "flag-unreadable": unclear,
                "month-differs": _month_differs(months, context),
            }
            | points.quirks,
        )
    )


def _stop_tables(
    event: Mapping[str, pa.Array], texts: Mapping[str, pa.Array], flags: Mapping[str, pa.Array]
) -> dict[str, dict[str, pa.Array]]:
    """Part what happened from who it happened to, and both from the sealed characteristics."""
    return {
        "stop": {
            **event,
            "stop_type": texts["Type"],
            "legislation": texts["Legislation"],
            "search_object": texts["Object of search"],
            "outcome_stated": texts["Outcome"],
            "outcome_linked": flags["Outcome linked to object of search"],
            "part_of_operation": flags["Part of a policing operation"],
        },
        "stop_person": {
            # DPA 2018 s.38: a person who was searched is not thereby a suspect.
            "role": pa.repeat("other", len(texts["Type"])),
            "age_band": texts["Age range"],
            "more_than_outer_clothing_removed": flags["Removal of more than just outer clothing"],
        },
        "stop_equality": {
            "sex": texts["Gender"],
            "ethnicity_self_defined": texts["Self-defined ethnicity"],
            "ethnicity_officer_defined": texts["Officer-defined ethnicity"],
        },
    }


_FLAGS = (
    "Part of a policing operation",
    "Outcome linked to object of search",
    "Removal of more than just outer clothing",
)


def _months(column: pa.ChunkedArray, sieve: Sieve) -> pa.Array:
    months, unreadable = parse_months(column)
    sieve.reject(is_null(column), "required-empty", "Month")
    sieve.reject(unreadable, "not-a-month", "Month")
    return months


def _flags(texts: Mapping[str, pa.Array]) -> tuple[dict[str, pa.Array], np.ndarray]:
    read = {name: parse_flags(texts[name]) for name in _FLAGS}
    return {name: flags for name, (flags, _) in read.items()}, np.any([unclear for _, unclear in read.values()], axis=0)


def _outcome_ids(stated: pa.Array, context: Context) -> tuple[pa.Array, np.ndarray, np.ndarray]:
    """Return canonical outcomes, which labels are not listed, and which are an older name."""
    names = context.contract.outcomes[context.kind.name]
    ids, strange = map_labels(stated, names)
    present: dict[str, str] = {}
    for label, name in names.items():
        present.setdefault(name, label.casefold())
    current = pa.array(sorted(present.values()), pa.string())
    older = pc.invert(pc.is_in(pc.utf8_lower(stated), value_set=current))
    return ids, strange, as_mask(pc.and_(older, pc.is_valid(stated))) & ~strange


def _force(rows: pa.Table, sieve: Sieve, context: Context) -> pa.Array:
    """Take the force from the file's name, from the caller, or else from the rows."""
    known = context.file.force or context.options.force
    if known:
        return pa.repeat(known, rows.num_rows)
    if "Falls within" not in rows.column_names or rows["Falls within"].null_count == rows.num_rows:
        raise InvalidError(
            "force-unknown",
            "Neither the file's name nor its rows say which force it comes from.",
            why="Every row belongs to a force: mandates are given for one.",
            do="Name the file as the publisher does (2019-05-kent-street.csv), or give the force.",
        )
    ids, strange = map_labels(rows["Falls within"], context.contract.forces)
    sieve.reject(strange | is_null(rows["Falls within"]), "force-unknown", "Falls within")
    return ids


def _slice_ids(force: pa.Array, months: pa.Array, context: Context) -> str | pa.Array:
    """One slice by the file's name; else one for each force and month among the rows."""
    if context.file.slice_id:
        return context.file.slice_id
    head = f"{context.contract.source}/"
    texts = months.dictionary_encode()
    written = pa.array([month_text(m) for m in texts.dictionary.to_pylist()], pa.string()).take(texts.indices)
    return pc.binary_join_element_wise(head, force, f"/{context.kind.name}/", written, "")


def _month_differs(months: pa.Array, context: Context) -> np.ndarray:
    if context.file.month is None:
        return np.zeros(len(months), bool)
    return as_mask(pc.not_equal(months, context.file.month))


def _drops_copies(context: Context, referenced: np.ndarray) -> np.ndarray:
    rule = context.kind.same_rows
    return referenced if rule == "drop-when-referenced" else np.full(len(referenced), rule == "drop")


def _key_or_reference(referenced: np.ndarray, lasting: Mapping[str, pa.Array]) -> pa.Table:
    """Key by the source's reference where there is one, else by what, when and where, never by the outcome."""
    blank = pa.array(referenced)
    columns = {"reference": lasting["reference"]}
    for name in ("month", "offence", "x", "y", "place", "area"):
        values = lasting[name]
        columns[name] = pc.if_else(blank, pa.scalar(None, values.type), values)
    return pa.table(columns)
