"""Rows that the gate let through, gathered for one page, and the facts that can be read off them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from peelian.core.canonical_forms import says_legal_form
from peelian.core.search_keys import name_parts
from peelian.find.answer import Fact
from peelian.model.label import CONTESTED
from peelian.model.pole import PERSON_TABLES

Row = Mapping[str, Any]

EVENT_TABLES = ("incident", "custody", "intelligence", "call", "stop", "missing", "court_order")
ADULT_AT = 18
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_AT = {
    "incident": "at_start",
    "custody": "at_arrival",
    "intelligence": "at",
    "call": "at",
    "stop": "at",
    "missing": "at",
    "court_order": "from_on",
    "warning": "from_on",
    "tenancy": "tenancy_from",
    "plate_read": "at",
}
"""The column that says when."""


@dataclass
class Material:
    """What one page is made of.

    Parameters
    ----------
    rows : dict of str to list
        Table -> rows, each with ``_source``, ``_basis``, ``_handling``.
    today : date
        For ages, and for what is still in force.
    zone : tzinfo
        In which an instant becomes a day.
    """

    today: date
    zone: tzinfo
    rows: dict[str, list[Row]] = field(default_factory=dict)
    _events: dict[tuple[str, str, str], Row] = field(default_factory=dict)

    def add(self, table: str, rows: Iterable[Row]) -> None:
        """Add rows of a table; one that is there already stays once."""
        held = self.rows.setdefault(table, [])
        known = {r["record_id"] for r in held}
        for row in rows:
            if row["record_id"] not in known:
                known.add(row["record_id"])
                held.append(row)
            if table in EVENT_TABLES:
                self._events[table, str(row["_source"]), str(row.get("source_ref") or "")] = row

    def leave_out_contested(self) -> None:
        """Forget what somebody contests: it is shown on pages, marked as such, and is in no list."""
        for rows in self.rows.values():
            rows[:] = [r for r in rows if r.get("_standing") != CONTESTED]

    def of(self, *tables: str) -> Iterator[tuple[str, Row]]:
        """Give the rows of some tables, with the table of each."""
        for table in tables:
            for row in self.rows.get(table, ()):
                yield table, row

    def people(self) -> Iterator[tuple[str, Row]]:
        """Give every row about a person."""
        return self.of(*PERSON_TABLES)

    def event_of(self, table: str, row: Row) -> tuple[str, Row | None]:
        """Return the table and the row of the event that a row belongs to, when it is at hand."""
        event = table if table in EVENT_TABLES else event_table(table)
        if table in EVENT_TABLES:
            return event, row
        return event, self._events.get((event, str(row["_source"]), str(row.get("event_ref") or "")))

    def on(self, table: str, row: Row | None) -> date | None:
        """Return the day of an event, a warning or an order."""
        value = None if row is None else row.get(_AT.get(table, ""))
        return as_day(value, self.zone)

    def fact(self, about: str, says: str, table: str, row: Row, **more: Any) -> Fact:
        """Make a fact of a row, with source, day, grade, basis, role and event."""
        event_name, event = self.event_of(table, row)
        when = self.on(table, row) if table in _AT else self.on(event_name, event)
        given: dict[str, Any] = {
            "about": about,
            "says": says,
            "source": str(row["_source"]),
            "on": when,
            "grade": grade_of(table, row) or grade_of(event_name, event),
            "basis": str(row["_basis"]),
            "role": str(row.get("role") or ""),
            "event": "" if table in ("warning", "tenancy") else event_words(event_name, event, row),
            "table": table,
            "record_id": str(row["record_id"]),
            "at_m": _at_m(event or row),
            "event_ref": str(row.get("event_ref") or (row.get("source_ref") if table in EVENT_TABLES else "") or ""),
            "contested": row.get("_standing") == CONTESTED,
        }
        return Fact(**(given | more))


def _at_m(row: Row) -> tuple[int, int] | None:
    """Return where an event was, to the metre; 0, 0 is how some systems write that they do not know."""
    easting, northing = row.get("easting_m"), row.get("northing_m")
    return (round(easting), round(northing)) if easting and northing else None


def event_table(table: str) -> str:
    """Return the event's table for one of people, vehicles or texts in it."""
    for end in ("_person", "_vehicle", "_text"):
        if table.endswith(end):
            return table.removesuffix(end)
    return table


def as_day(value: Any, zone: tzinfo) -> date | None:
    """Turn a day or an instant in microseconds into a day."""
    if value is None or isinstance(value, date):
        return value
    return (_EPOCH + timedelta(microseconds=int(value))).astimezone(zone).date()


def grade_of(table: str, row: Row | None) -> str:
    """Return an intelligence grade as its system writes it, source before information."""
    if row is None or table not in ("intelligence", "warning"):
        return ""
    return str(row.get("grade") or "") or f"{row.get('source_grade') or ''}{row.get('information_grade') or ''}"


def event_words(table: str, event: Row | None, row: Row) -> str:
    """Say in a few words what an event is, with its reference."""
    said = {} if event is None else event
    what = {
        "incident": lambda: plain(said.get("offence")) or "crime report",
        "custody": lambda: "detained" + after(" for ", plain(said.get("offence"))),
        "intelligence": lambda: "report" + after(" on ", plain(said.get("topic"))),
        "call": lambda: "call" + after(": ", plain(said.get("kind"))),
        "stop": lambda: "stop and search" + after(" for ", plain(said.get("search_object"))),
        "missing": lambda: plain(said.get("kind")) or "safeguarding report",
        "court_order": lambda: plain(said.get("kind")) or "court order",
    }
    ref = str(row.get("event_ref") or row.get("source_ref") or "")
    return (what[table]() if table in what else plain(table)) + after(", ", ref)


def plain(value: Any) -> str:
    """Write a code as words."""
    return str(value or "").replace("-", " ").replace("_", " ").replace("|", ", ").strip()


def after(before: str, text: str) -> str:
    """Put something before a text, if there is a text."""
    return before + text if text else ""


def filed_apart(row: Row, other: Row) -> bool:
    """Say whether two records under one number of a system are of two people: other births, and no name in common.

    A number is typed by somebody, as everything is; a slip of it must not make two people one.
    """
    births = {row.get("birth_on"), other.get("birth_on")}
    if None in births or len(births) == 1:
        return False
    return not set(name_parts(full_name(row))) & set(name_parts(full_name(other)))


def is_firm(row: Row) -> bool:
    """Say whether a row about a person is about a firm: a name with a legal form, without forenames or birth date."""
    return not row.get("forenames") and not row.get("birth_on") and says_legal_form(str(row.get("surname") or ""))


def name_of(table: str, row: Row) -> tuple[str, str]:
    """Return under which kind and key the page of whom a row is about is asked for."""
    return ("organisation", full_name(row)) if is_firm(row) else ("person", f"{table}:{row['record_id']}")


def full_name(row: Row) -> str:
    """Write a name with the surname in capitals, as officers read it."""
    first, last = str(row.get("forenames") or ""), str(row.get("surname") or "")
    return " ".join(filter(None, (first, last.upper()))) or "(no name)"


def full_address(row: Row) -> str:
    """Write an address and its postcode."""
    return ", ".join(filter(None, (str(row.get("address") or row.get("place") or ""), str(row.get("postcode") or ""))))


def between_bars(value: Any) -> tuple[str, ...]:
    """Split what stands between bars."""
    return tuple(filter(None, str(value or "").split("|")))


def age_on(born_on: date, today: date) -> int:
    """Return somebody's age in whole years."""
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def newest_first(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Order facts: the newest first, those without a day last; ties by record."""
    return tuple(sorted(facts, key=lambda f: (f.on is None, -(f.on or date.min).toordinal(), f.record_id, f.says)))
