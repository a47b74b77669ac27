"""Texts into values, column by column: what every source needs to shape its rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.core.time import from_micros, month_start, to_micros

_HOUR = 3_600_000_000
_QUARTER = _HOUR // 4
_DAY = 24 * _HOUR
_EARLIEST = -2_208_988_800_000_000  # 1900-01-01
_LATEST = 4_102_444_800_000_000  # 2100-01-01
_MONTH = re.compile(r"^(\d{4})-(0[1-9]|1[0-2])$")
_EPOCH_MONTH = 12 * 1970


def each_distinct(column: pa.ChunkedArray | pa.Array, make: Callable[[str], object], kind: pa.DataType) -> pa.Array:
    """Apply a function once to each distinct text of a column; null stays null."""
    encoded = _whole(column).dictionary_encode()
    made = pa.array([make(value) for value in encoded.dictionary.to_pylist()], kind)
    return made.take(encoded.indices)


def slug(label: str) -> str:
    """Turn a label into an id: ``Possession of weapons`` -> ``possession-of-weapons``."""
    return re.sub(r"[^a-z0-9]+", "-", label.casefold()).strip("-") or "unnamed"


def map_labels(column: pa.ChunkedArray | pa.Array, names: Mapping[str, str]) -> tuple[pa.Array, np.ndarray]:
    """Turn labels into ids by a declared list; one that is not listed becomes its slug and is marked.

    Returns
    -------
    tuple of (pyarrow.Array of str, ndarray of bool)
        The ids, and which rows had a label that is not listed.
    """
    folded = {label.casefold(): name for label, name in names.items()}
    ids = each_distinct(column, lambda label: folded.get(label.casefold()) or slug(label), pa.string())
    strange = each_distinct(column, lambda label: label.casefold() not in folded, pa.bool_())
    return ids, as_mask(strange)


def as_mask(flags: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """Turn a boolean Arrow column into a NumPy mask; null is False."""
    return _whole(pc.fill_null(flags, False)).to_numpy(zero_copy_only=False).astype(bool)


def is_null(column: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """Say which values are missing."""
    return as_mask(pc.is_null(column))


def parse_numbers(column: pa.ChunkedArray | pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Read decimal numbers.

    Returns
    -------
    tuple of (ndarray of float, ndarray of bool)
        The values, NaN where there is none; and which texts are no finite number.
    """
    column = _whole(column)
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        values = column.cast(pa.float64(), safe=False)
    else:
        try:
            values = column.cast(pa.float64())
        except pa.ArrowInvalid:
            values = each_distinct(column, _number, pa.float64())
    floats = values.to_numpy(zero_copy_only=False).astype(np.float64)
    return np.where(np.isfinite(floats), floats, np.nan), ~is_null(column) & ~np.isfinite(floats)


def _number(text: str) -> float | None:
    try:
        return float(text) if re.fullmatch(r"[+-]?[\d.]+(e[+-]?\d+)?", text, re.IGNORECASE | re.ASCII) else None
    except ValueError:
        return None


def parse_months(column: pa.ChunkedArray | pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Read months such as ``2019-05``.

    Returns
    -------
    tuple of (pyarrow.Array of int, ndarray of bool)
        ``12 * year + month - 1``, null where there is none; and which texts are no month.
    """
    months = each_distinct(column, month_number, pa.int64())
    return months, ~is_null(column) & is_null(months)


def month_number(text: str) -> int | None:
    """Return the number of a month written ``2019-05``, or None."""
    match = _MONTH.match(text)
    if not match or not 1900 <= int(match[1]) < 2100:
        return None
    return 12 * int(match[1]) + int(match[2]) - 1


def month_text(month: int) -> str:
    """Write a month's number as ``2019-05``: the inverse of :func:`month_number`."""
    return month_start(month).strftime("%Y-%m")


def parse_flags(column: pa.ChunkedArray | pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Read yes and no; which texts are neither is the second result."""
    words = {"true": True, "yes": True, "t": True, "y": True, "1": True}
    words |= {"false": False, "no": False, "f": False, "n": False, "0": False}
    flags = each_distinct(column, lambda text: words.get(text.casefold()), pa.bool_())
    return flags, ~is_null(column) & is_null(flags)


def parse_instants(column: pa.ChunkedArray | pa.Array, zone: ZoneInfo, form: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Read instants: ISO 8601, or a given ``strptime`` form; without an offset they are local time.

    Local times that an autumn clock shows twice are taken as the first of the two.

    Returns
    -------
    tuple of (ndarray of int, ndarray of bool)
        Microseconds UTC, 0 where there is none; and which texts are no instant between 1900 and 2100.
    """
    column = _whole(column)
    micros = _instants_of(column, zone, form)
    present = ~is_null(column)
    known = ~is_null(micros)
    values = micros.fill_null(0).to_numpy(zero_copy_only=False)
    sane = known & (values >= _EARLIEST) & (values < _LATEST)
    return np.where(sane, values, 0), present & ~sane


def _instants_of(column: pa.Array, zone: ZoneInfo, form: str) -> pa.Array:
    if pa.types.is_timestamp(column.type):
        naive = column.type.tz is None
        micros = column.cast(pa.timestamp("us", column.type.tz), safe=False).cast(pa.int64())
        return to_utc(micros, zone) if naive else micros
    if pa.types.is_date(column.type):
        return to_utc(column.cast(pa.timestamp("us")).cast(pa.int64()), zone)
    if form:
        return to_utc(pc.strptime(column, format=form, unit="us", error_is_null=True).cast(pa.int64()), zone)
    try:
        return column.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    except pa.ArrowInvalid:
        pass
    try:
        return to_utc(column.cast(pa.timestamp("us")).cast(pa.int64()), zone)
    except pa.ArrowInvalid:
        return each_distinct(column, lambda text: _instant(text, zone), pa.int64())


def _instant(text: str, zone: ZoneInfo) -> int | None:
    try:
        at = datetime.fromisoformat(text)
        return to_micros(at if at.tzinfo else at.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return None


def to_utc(local_micros: pa.Array, zone: ZoneInfo) -> pa.Array:
    """Turn local wall-clock microseconds into UTC ones, a zone's offset looked up once for each local quarter hour."""
    values = np.clip(local_micros.fill_null(0).to_numpy(zero_copy_only=False), _EARLIEST, _LATEST)
    offset = _by_quarter(values, lambda at: from_micros(at).replace(tzinfo=zone))
    return pa.array(values - offset, mask=is_null(local_micros))


def local_micros(utc_micros: np.ndarray, zone: ZoneInfo) -> np.ndarray:
    """Turn UTC microseconds into what the wall clock showed, as microseconds."""
    return utc_micros + _by_quarter(utc_micros, lambda at: from_micros(at).astimezone(zone))


def _by_quarter(micros: np.ndarray, local: Callable[[int], datetime]) -> np.ndarray:
    quarters, back = np.unique(micros // _QUARTER, return_inverse=True)
    offsets = [local(int(q) * _QUARTER).utcoffset() or timedelta() for q in quarters]
    return np.array([o // timedelta(microseconds=1) for o in offsets], np.int64)[back]


def local_days(utc_micros: np.ndarray, zone: ZoneInfo) -> np.ndarray:
    """Return the local day of each instant, as days since 1970-01-01."""
    return local_micros(utc_micros, zone) // _DAY


def months_of_days(days: np.ndarray) -> np.ndarray:
    """Return ``12 * year + month - 1`` of days since 1970-01-01."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + _EPOCH_MONTH


def month_span(months: pa.Array, zone: ZoneInfo) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Return first instant, end instant (both local midnight, as microseconds UTC) and last day of each month."""
    encoded = months.dictionary_encode()
    numbers = encoded.dictionary.to_pylist()
    starts = pa.array([_midnight(month_start(m), zone) for m in numbers], pa.int64())
    ends = pa.array([_midnight(month_start(m + 1), zone) for m in numbers], pa.int64())
    lasts = pa.array([month_start(m + 1) - timedelta(days=1) for m in numbers], pa.date32())
    return starts.take(encoded.indices), ends.take(encoded.indices), lasts.take(encoded.indices)


def _midnight(on: date, zone: ZoneInfo) -> int:
    return to_micros(datetime(on.year, on.month, on.day, tzinfo=zone).astimezone(UTC))


def _whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
