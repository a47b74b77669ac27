"""Shape the rows of past patrol plans. Pure: texts in, arrays out."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.core.errors import InvalidError
from peelian.ingest.door import Door
from peelian.ingest.located_points import LocatedPoints, locate_points
from peelian.ingest.projection import Projector
from peelian.ingest.shape import Context, Shaped, Sieve
from peelian.ingest.shaping import (
    each_distinct,
    is_null,
    local_days,
    month_span,
    month_text,
    months_of_days,
    parse_instants,
    parse_months,
    parse_numbers,
    slug,
)


def shape(door: Door, context: Context) -> Shaped:
    """Shape one file of plans."""
    rows, sieve = door.table, Sieve(door)
    months = _months(rows, sieve, ZoneInfo(context.contract.time_zone))
    offence = each_distinct(rows["Offence"], slug, pa.string())
    sieve.reject(is_null(rows["Offence"]), "required-empty", "Offence")
    points = _points(rows, sieve, context)
    rank = _rank(rows, sieve)
    force = _force(rows, sieve, context)
    plan_ref = rows["Plan ref"].combine_chunks()
    key = {"plan": plan_ref, "month": months, "offence": offence, "x": points.x_key, "y": points.y_key}
    return sieve.sift(
        Shaped(
            tables={
                "plan": {
                    "force": force,
                    "offence": offence,
                    "month": months,
                    "plan_ref": plan_ref,
                    "rank": rank,
                    "easting_m": points.easting_m,
                    "northing_m": points.northing_m,
                }
            },
            key=pa.table(key),
            content=pa.table(key | {"rank": rank}),
            event_on=month_span(months, ZoneInfo(context.contract.time_zone))[2],
            slice_ids=_slice_ids(force, offence, months),
            drops_copies=np.ones(rows.num_rows, bool),
            lines=door.lines,
            rejected=(),
            quirks=points.quirks,
        )
    )


def _months(rows: pa.Table, sieve: Sieve, zone: ZoneInfo) -> pa.Array:
    """Take the month as written, or that of the middle day between From and To."""
    months, unreadable = parse_months(rows["Month"])
    sieve.reject(unreadable, "not-a-month", "Month")
    days = []
    for name in ("From", "To"):
        at, bad = parse_instants(rows[name], zone)
        sieve.reject(bad, "not-an-instant", name)
        days.append(np.where(is_null(rows[name]), np.nan, local_days(at, zone)))
    first, last = days[0], np.where(np.isnan(days[1]), days[0], days[1])
    middle = (first + last) / 2
    dated = ~np.isnan(middle)
    by_days = months_of_days(np.where(dated, middle, 0).astype(np.int64))
    months = pc.if_else(pc.is_null(months), pa.array(by_days, mask=~dated), months)
    sieve.reject(is_null(months), "required-empty", "Month")
    return months


def _points(rows: pa.Table, sieve: Sieve, context: Context) -> LocatedPoints:
    """Take degrees, or metres in the deployment's own reference system; a plan without a place is none."""
    metres = rows["Easting"].null_count < rows.num_rows
    if metres:
        epsg = context.options.epsg
        context = replace(context, projector=Projector(epsg, epsg))
    names = ("Easting", "Northing") if metres else ("Longitude", "Latitude")
    points = locate_points(rows[names[0]], rows[names[1]], sieve, context, names)
    sieve.reject(points.quirks["no-point"] | points.quirks["half-point"], "required-empty", names[0])
    return points


def _rank(rows: pa.Table, sieve: Sieve) -> pa.Array:
    rank, bad = parse_numbers(rows["Rank"])
    bad |= np.isfinite(rank) & ((rank != np.floor(rank)) | (rank < 1) | (rank > 1e9))
    sieve.reject(bad, "not-a-number", "Rank")
    known = np.isfinite(rank) & ~bad
    return pa.array(np.where(known, rank, 0).astype(np.int64), mask=~known)


def _force(rows: pa.Table, sieve: Sieve, context: Context) -> pa.Array:
    unnamed = rows["Force"].null_count == rows.num_rows
    known = context.options.force or (context.options.own_force if unnamed else "")
    if known:
        return pa.repeat(known, rows.num_rows)
    if unnamed:
        raise InvalidError(
            "force-unknown",
            "Neither the rows nor the caller say which force made the plans.",
            why="Every row belongs to a force: mandates are given for one.",
            do="Give the force, or add a column Force.",
        )
    sieve.reject(is_null(rows["Force"]), "force-unknown", "Force")
    return each_distinct(rows["Force"], slug, pa.string())


def _slice_ids(force: pa.Array, offence: pa.Array, months: pa.Array) -> pa.Array:
    written = each_distinct(months.cast(pa.string()), lambda m: month_text(int(m)), pa.string())
    return pc.binary_join_element_wise("plans", force, offence, written, "/")
