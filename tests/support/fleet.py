"""A made-up fleet system: journeys and who rode in them, in any format that Peelian reads, under one contract."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from peelian.ingest.catalogue import of_contract
from peelian.ingest.contract import load_contract
from peelian.ingest.source import Source
from tests.support.exports import Export, Row, Rows

FORMATS = ("csv", "jsonl", "parquet", "xlsx", "xml", "db", "url")
TABLES = ("journeys", "riders")
_ONE_FILE = ("xlsx", "xml", "db", "url")

_CONTRACT = """\
source: fleet
shape: records
title: Journeys of a made-up fleet
publisher: nobody
licence: the force's own data
lawful_basis: Law enforcement (DPA 2018 s.35(2)(b))
cadence: nightly
time_zone: Europe/London
label: {{role_class: none, basis: fact, handling: none, markings: []}}
codes:
  roles: {{suspect: [DRIVER], victim: [PASSENGER]}}
files:
  journeys:
    table: call
    companions: [call_text]
    {journeys}
    slice: fleet/journeys
    retention_class: calls
    expires_from: day of event
    same_rows: drop
    key: [number]
    event: [started]
    recorded: started
    changed: changed
    columns:
      number: {{keep: [call.source_ref, call_text.event_ref], required: true, reason: Which., purposes: [a]}}
      started: {{keep: call.at, form: "%Y-%m-%d %H:%M:%S", required: true, reason: When., purposes: [a]}}
      place: {{keep: call.place, reason: Where., purposes: [a]}}
      note: {{keep: call_text.text, personal: true, reason: What., purposes: [a]}}
      changed: {{reason: Tells what is new., purposes: [a]}}
      depot: {{drop: Nobody asks.}}
  riders:
    table: call_person
    {riders}
    slice: fleet/riders
    retention_class: calls
    expires_from: day of event
    same_rows: drop
    key: [number, seat]
    subject: badge
    event: [began]
    joined: {{file: journeys, mine: number, theirs: number, take: {{began: started}}}}
    changed: changed
    label: [{{of: role_class, by: role}}]
    columns:
      number: {{keep: call_person.event_ref, required: true, reason: Which., purposes: [a]}}
      seat: {{keep: call_person.person_no, required: true, reason: Whose row., purposes: [a]}}
      part: {{keep: call_person.role, codes: roles, reason: As what., purposes: [a]}}
      badge: {{keep: call_person.person_ref, personal: true, reason: Who., purposes: [a]}}
      surname: {{keep: call_person.surname, personal: true, reason: Who., purposes: [a]}}
      born: {{keep: call_person.birth_on, personal: true, reason: Who., purposes: [a]}}
      changed: {{reason: Tells what is new., purposes: [a]}}
"""


def fleet(folder: Path, form: str) -> Source:
    """Write the contract for a format and open it."""
    one = form in _ONE_FILE
    said = {
        t: f"{'part: ' + t if one else ''}\n    file_name: '{'fleet' if one else t}[.]{form}'".lstrip() for t in TABLES
    }
    place = folder / "fleet"
    place.mkdir(parents=True, exist_ok=True)
    (place / "source.yml").write_text(_CONTRACT.format(**said), encoding="utf-8")
    return of_contract(load_contract(place))


def file_of(table: str, form: str) -> tuple[str, str]:
    """Return the file and the part of it that hold a table in a format."""
    form = "db" if form == "url" else form
    return (f"fleet.{form}", table) if form in _ONE_FILE else (f"{table}.{form}", "")


def journey(number: int, day: int = 1, place: str = "Mill Road", note: str | None = None, tick: int = 0) -> Row:
    """Make a journey."""
    stamp = f"2026-05-20 10:00:{tick:02d}"
    return {"number": f"J{number}", "started": f"2026-05-{day:02d} 08:30:00", "place": place, "note": note,
            "changed": stamp, "depot": "North"}  # fmt: skip


def rider(
    number: int, seat: int, part: str = "DRIVER", badge: str | None = None, surname: str = "White", tick: int = 0
) -> Row:
    """Make somebody who rode."""
    return {"number": f"J{number}", "seat": str(seat), "part": part, "badge": badge, "surname": surname,
            "born": "1991-03-04", "changed": f"2026-05-20 10:00:{tick:02d}"}  # fmt: skip


LIKE: Mapping[str, Rows] = {"journeys": [journey(0, note="x")], "riders": [rider(0, 0, badge="B0")]}


def as_export(tables: Mapping[str, Rows], form: str) -> Export:
    """Place tables where a format has them."""
    return {file_of(table, form): rows for table, rows in tables.items()}
