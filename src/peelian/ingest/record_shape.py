"""Shape the rows of a source that needs no code: its contract says what each column becomes. Pure.

A row is kept whole or turned away whole: a date that cannot be read, a code that nobody declared or an event that is
not in the delivery sends the row to quarantine with its reason, and it can be tried again once that is mended.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.ingest.contract import ColumnRule, FileKind
from peelian.ingest.door import Door
from peelian.ingest.joining import join_events
from peelian.ingest.located_points import locate_points
from peelian.ingest.own_label import say_labels
from peelian.ingest.shape import Context, Shaped, Sieve
from peelian.ingest.shaping import (
    each_distinct,
    is_null,
    local_days,
    months_of_days,
    parse_flags,
    parse_instants,
    parse_numbers,
)
from peelian.ingest.slice import ARROW_TYPES
from peelian.model.record import TABLES

EPOCH_MS = "epoch-ms"
_MINUTE = 60_000_000
_EARLIEST, _LATEST = date(1850, 1, 1), date(2100, 1, 1)
_NUMBERING = frozenset({"event_ref", "person_no", "vehicle_no", "role", "role_stated", "force"})
"""Columns that say whose row it is; a row of a companion table that has nothing else says nothing."""


@dataclass
class _Work:
    """One file on its way through: its cells, what is turned away, and what has been made of them."""

    rows: pa.Table
    sieve: Sieve
    context: Context
    made: dict[str, dict[str, pa.Array]]
    quirks: dict[str, np.ndarray]

    @property
    def kind(self) -> FileKind:
        """Return the kind of file."""
        return self.context.kind

    @property
    def zone(self) -> ZoneInfo:
        """Return where the system's clock stands."""
        return ZoneInfo(self.context.contract.time_zone)

    def cell(self, name: str) -> pa.Array:
        """Return a column as it came."""
        column = self.rows[name]
        return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column

    def put(self, target: str, values: pa.Array) -> None:
        """Fill a ``table.column``."""
        table, _, column = target.partition(".")
        self.made[table][column] = values

    def rule(self, name: str) -> ColumnRule:
        """Return what the contract says of a column; one that was joined in is read as plain text."""
        return next((r for r in self.kind.kept if r.name == name), ColumnRule(name))


def shape(door: Door, context: Context) -> Shaped:
    """Shape one file."""
    kind, sieve = context.kind, Sieve(door)
    rows = join_events(door, sieve, context)
    work = _Work(rows, sieve, context, {t: {} for t in kind.tables}, {})
    for rule in kind.kept:
        _fill(work, rule)
    _fill_points(work)
    _fill_always(work)
    for derived in kind.derive:
        _DERIVE[derived.how](work, derived.put, *derived.of)
    key = {name: _text(work.cell(name)) for name in kind.key}
    referenced = ~is_null(key[kind.key[0]])
    return sieve.sift(
        Shaped(
            tables=work.made,
            key=pa.table(key),
            content=pa.table(key | {r.name: _text(work.cell(r.name)) for r in kind.kept}),
            event_on=_event_on(work),
            slice_ids=context.file.slice_id,
            drops_copies=referenced
            if kind.same_rows == "drop-when-referenced"
            else _all(rows, kind.same_rows == "drop"),
            lines=door.lines,
            rejected=(),
            quirks=work.quirks,
            referenced=None if kind.joined or len(kind.key) > 1 else referenced,
            present={t: _says_anything(work, t) for t in kind.companions},
            subject=_text(work.cell(kind.subject)) if kind.subject else None,
            recorded_at=_recorded_at(work),
            said=say_labels(work.rows, work.made, context),
        )
    )


def _all(rows: pa.Table, value: bool) -> np.ndarray:
    return np.full(rows.num_rows, value)


def _fill(work: _Work, rule: ColumnRule) -> None:
    """Turn one column of the source into what it becomes."""
    cells = work.cell(rule.name)
    if rule.required:
        work.sieve.reject(is_null(cells), "required-empty", rule.name)
    if rule.check:
        fits = pc.match_substring_regex(_text(cells), f"^(?:{rule.check})$")
        work.sieve.reject(~is_null(cells) & ~np.asarray(fits.fill_null(True)), "value-unfit", rule.name)
    if rule.stated:
        work.put(rule.stated, _text(cells))
    if rule.split[0]:
        _put_parts(work, rule, _text(cells))
    for target in filter(None, (rule.keep, *rule.also)):
        table, _, column = target.partition(".")
        if column not in ("easting_m", "northing_m"):  # a point is read whole
            work.put(target, _read(work, rule, cells, TABLES[table].column(column).kind))


def _read(work: _Work, rule: ColumnRule, cells: pa.Array, kind: str) -> pa.Array:
    """Read a column's cells as the kind of value that the model declares."""
    if rule.codes:
        return _decode(work, rule, cells)
    if kind == "text":
        return _clean(rule, _text(cells))
    if kind == "bool":
        flags, bad = parse_flags(_text(cells))
        return _or_reject(work, rule, flags, bad, "not-a-flag")
    if kind == "day":
        days = read_days(cells, rule.form)
        return _or_reject(work, rule, days, ~is_null(cells) & is_null(days), "not-a-day")
    if kind == "instant":
        at, bad = read_instants(cells, work.zone, rule.form)
        return _or_reject(work, rule, pa.array(at, mask=is_null(cells) | bad), bad, "not-an-instant")
    numbers, bad = parse_numbers(cells)
    if kind == "int":
        bad |= np.isfinite(numbers) & ((numbers != np.floor(numbers)) | (np.abs(numbers) > 1e15))
        numbers = np.where(np.isfinite(numbers) & ~bad, numbers, 0)
    values = numbers.astype(np.int64) if kind == "int" else numbers
    return _or_reject(work, rule, pa.array(values, mask=is_null(cells) | bad), bad, "not-a-number")


def _or_reject(work: _Work, rule: ColumnRule, values: pa.Array, bad: np.ndarray, reason: str) -> pa.Array:
    work.sieve.reject(bad, reason, rule.name)
    return values


def _decode(work: _Work, rule: ColumnRule, cells: pa.Array) -> pa.Array:
    """Turn the system's words into Peelian's by a declared list; an undeclared one sends the row to quarantine."""
    words = _text(cells)
    meanings = {label.casefold(): name for label, name in work.context.contract.codes[rule.codes].items()}

    def decode(cell: str) -> str | None:
        stated = [part.strip() for part in cell.split(rule.several) if part.strip()] if rule.several else [cell]
        known = [meanings.get(word.casefold()) for word in stated]
        return None if None in known else "|".join(filter(None, known))

    made = each_distinct(words, decode, pa.string())
    if rule.beside:  # a word of two parts goes before the word alone
        parts = [pc.fill_null(_text(work.cell(name)), "") for name in rule.beside]
        both = pc.binary_join_element_wise(*parts, words, "/")
        made = pc.coalesce(each_distinct(both, lambda word: meanings.get(word.casefold()), pa.string()), made)
    work.sieve.reject(~is_null(words) & is_null(made), "code-unknown", rule.name)
    return made


def _clean(rule: ColumnRule, texts: pa.Array) -> pa.Array:
    """Bring texts into the form that the model declares: several values between bars, telephone numbers as digits."""
    if not rule.several and not rule.digits:
        return texts

    def clean(text: str) -> str | None:
        parts = text.split(rule.several) if rule.several else [text]
        cleaned = [_digits(p) if rule.digits else p.strip().replace("|", " ") for p in parts]
        return "|".join(p for p in cleaned if p) or None

    return each_distinct(texts, clean, pa.string())


def _digits(text: str) -> str:
    plus = "+" if text.strip().startswith("+") else ""
    digits = re.sub(r"\D", "", text)
    return plus + digits if digits else ""


def _put_parts(work: _Work, rule: ColumnRule, texts: pa.Array) -> None:
    """Cut cells in two; a cell without the mark goes whole to the first part."""
    at, into = rule.split
    for place, target in enumerate(into):
        work.put(target, each_distinct(texts, lambda t, i=place: _part(t, at, i), pa.string()))  # type: ignore[misc]


def _part(text: str, at: str, place: int) -> str | None:
    parts = text.partition(at)
    return (parts[0] if place == 0 else parts[2]).strip() or None


def _text(cells: pa.Array) -> pa.Array:
    return cells if pa.types.is_string(cells.type) else cells.cast(pa.string())


def read_days(cells: pa.Array, form: str) -> pa.Array:
    """Read days: ISO 8601 or a ``strptime`` form; what is no day between 1850 and 2100 is null."""
    if pa.types.is_date(cells.type):
        return cells.cast(pa.date32())
    return each_distinct(_text(cells), lambda text: _day(text, form), pa.date32())


def _day(text: str, form: str) -> date | None:
    try:
        day = datetime.strptime(text, form).date() if form else datetime.fromisoformat(text).date()
    except ValueError:
        return None
    return day if _EARLIEST <= day < _LATEST else None


def read_instants(cells: pa.Array, zone: ZoneInfo, form: str) -> tuple[np.ndarray, np.ndarray]:
    """Read instants as microseconds UTC, and say which cells are none; a day that no month has is none."""
    if form == EPOCH_MS:
        numbers, bad = parse_numbers(cells)
        bad |= np.abs(numbers) > 4e12
        return np.where(np.isfinite(numbers) & ~bad, numbers, 0).astype(np.int64) * 1000, bad
    at, bad = parse_instants(cells, zone, form)
    if form:
        # An engine's strptime reads 31 February as 3 March: whatever does not come back as it was written is no time.
        parsed = pc.strptime(cells, format=form, unit="s", error_is_null=True)
        back = pc.strftime(parsed, format=form)
        same = pc.equal(pc.utf8_lower(back), pc.utf8_lower(cells)).fill_null(False)
        bad |= ~is_null(cells) & ~np.asarray(same)
    return at, bad


def _fill_points(work: _Work) -> None:
    """Place the rows of each table that has a point: a point is two columns."""
    sides: dict[str, dict[str, str]] = {}
    for rule in work.kind.kept:
        for target in (rule.keep, *rule.also):
            table, _, column = target.partition(".")
            if column in ("easting_m", "northing_m"):
                sides.setdefault(table, {})[column] = rule.name
    for table, names in sides.items():
        x, y = names["easting_m"], names["northing_m"]
        points = locate_points(work.rows[x], work.rows[y], work.sieve, work.context, (x, y))
        work.made[table] |= {"easting_m": points.easting_m, "northing_m": points.northing_m}
        work.quirks |= points.quirks


def _fill_always(work: _Work) -> None:
    """Fill what is the same in every row."""
    n = work.rows.num_rows
    own = work.context.options.force or work.context.options.own_force
    for target, value in work.kind.always.items():
        table, _, column = target.partition(".")
        kind = ARROW_TYPES[TABLES[table].column(column).kind]
        work.put(target, pa.repeat(pa.scalar(own if value == "{force}" else value, kind), n))


def _derive_month(work: _Work, put: str, of: str) -> None:
    """Give the local month of an instant."""
    at = _column(work, of)
    days = local_days(at.fill_null(0).to_numpy(zero_copy_only=False), work.zone)
    work.put(put, pa.array(months_of_days(days), mask=is_null(at)))


def _derive_end(work: _Work, put: str, start: str, end: str) -> None:
    """Give the end of an interval: a minute after the start where none is stated, or where it lies before."""
    first, last = (_column(work, c) for c in (start, end))
    backwards = pc.fill_null(pc.less(last, first), False)
    work.quirks["end-before-start"] = np.asarray(backwards)
    moment = pc.add(first, _MINUTE)
    work.put(put, pc.if_else(pc.fill_null(pc.greater(last, moment), False), last, moment))


def _derive_precision(work: _Work, put: str, start: str, end: str) -> None:
    """Say whether a time is known to the minute or lies in an interval."""
    span = pc.subtract(_column(work, end), _column(work, start))
    work.put(put, pc.if_else(pc.fill_null(pc.greater(span, _MINUTE), False), "interval", "exact"))


_DERIVE: Mapping[str, Callable[..., None]] = {
    "month": _derive_month,
    "end": _derive_end,
    "precision": _derive_precision,
}


def _column(work: _Work, target: str) -> pa.Array:
    table, _, column = target.partition(".")
    return work.made[table][column]


def _event_on(work: _Work) -> pa.Array:
    """Return the day that retention counts from: the first of the named columns that is filled."""
    kind, n = work.kind, work.rows.num_rows
    if kind.expires_from == "day of taking in":
        days = np.full(n, work.context.options.read_at)
        return pa.array(local_days(days, work.zone)).cast(pa.int32()).cast(pa.date32())
    found = pa.nulls(n, pa.date32())
    for name in kind.event:
        found = pc.coalesce(found, _days_of(work, name))
    work.sieve.reject(is_null(found), "event-day-missing", kind.event[0])
    return found


def _days_of(work: _Work, name: str) -> pa.Array:
    """Return the local days of a column of days or instants."""
    cells, form = work.cell(name), work.rule(name).form
    if work.kind.joined and name in work.kind.joined.take:
        theirs = next(k for k in work.context.contract.files if k.name == work.kind.joined.file)
        form = next(r.form for r in theirs.kept if r.name == work.kind.joined.take[name])
    if form != EPOCH_MS and not any(mark in form for mark in ("%H", "%I")) and form:
        return read_days(cells, form)
    at, bad = read_instants(cells, work.zone, form)
    return pa.array(local_days(at, work.zone), mask=is_null(cells) | bad).cast(pa.int32()).cast(pa.date32())


def _recorded_at(work: _Work) -> pa.Array | None:
    if not work.kind.recorded:
        return None
    rule = work.rule(work.kind.recorded)
    cells = work.cell(rule.name)
    at, bad = read_instants(cells, work.zone, rule.form)
    return pa.array(at, mask=is_null(cells) | bad)


def _says_anything(work: _Work, table: str) -> np.ndarray:
    """Say which rows hold anything for a companion table besides whose row it is."""
    telling: Mapping[str, pa.Array] = work.made[table]
    masks = [~is_null(values) for column, values in telling.items() if column not in _NUMBERING]
    return np.any(masks, axis=0) if masks else _all(work.rows, False)
