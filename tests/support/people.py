"""A few made-up people, vehicles and events of several systems, planted with the labels a test needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from peelian.app.caller import Caller, Place
from peelian.core.time import FixedClock
from peelian.gate.rooms.searching import look_room
from peelian.model.label import Label
from peelian.people.keyring import HeldSession, OneSession
from tests.support.gate import FOUNDED_AT, Built, build, record

PURPOSES = frozenset({"crime-investigation", "victim-safeguarding", "danger-to-life", "erasure-on-request"})
CRIME = Label(PURPOSES, source="crime", force="northmere")
CALLS = Label(PURPOSES, source="command_control", force="northmere")
INTELLIGENCE = Label(PURPOSES, source="intelligence", basis="assessment", handling="P", force="northmere")
CUSTODY = Label(PURPOSES, source="custody", force="northmere")
COURTS = Label(PURPOSES, source="courts", force="northmere")
SEALED = Label(PURPOSES, markings=frozenset({"sealed"}), source="intelligence", force="northmere")
LABELS = (CRIME, CALLS, INTELLIGENCE, CUSTODY, COURTS, SEALED)

Row = Mapping[str, object]


def person(number: int, label: Label = CRIME, **said: object) -> dict[str, object]:
    """Make a row about a person: John Smith of 14 Mill Road, born in 1988, unless said otherwise."""
    plain = {
        "record_id": record(number),
        "label_id": label.label_id,
        "event_ref": f"NM/{number}/26",
        "person_no": 0,
        "role": "suspect",
        "role_stated": "SUSP",
        "person_ref": "",
        "forenames": "John",
        "surname": "Smith",
        "aliases": "",
        "birth_on": date(1988, 4, 12),
        "address": "14 Mill Road",
        "postcode": "NM1 4AB",
        "phones": "+447700900123",
    }
    return plain | said


def vehicle(number: int, label: Label = CRIME, **said: object) -> dict[str, object]:
    """Make a row about a vehicle."""
    plain = {
        "record_id": record(number),
        "label_id": label.label_id,
        "event_ref": f"NM/{number}/26",
        "vehicle_no": 0,
        "role": "used",
        "plate": "AB12CDE",
        "make": "Ford",
        "model": "Fiesta",
        "colour": "blue",
    }
    return plain | said


def row(number: int, label: Label, **said: object) -> dict[str, object]:
    """Make any other row."""
    return {"record_id": record(number), "label_id": label.label_id} | said


def caller_of(built: Built, person: str = "response-sergeant-1", operation: str = "op-safeguarding") -> Caller:
    """Return somebody at work as the use-cases meet them."""
    credential = built.at_work(person, operation)
    place = Place(built.deployment.folder, built.deployment.folder)
    held = HeldSession(credential.session_id, person, built.deployment.id, FOUNDED_AT, credential.key)
    return Caller(place, built.deployment, built.gate, OneSession(held))


def at_work(
    folder: Path,
    tables: Mapping[str, Iterable[Row]],
    clock: FixedClock | None = None,
    *,
    more: tuple[Label, ...] = (),
) -> Built:
    """Build a deployment that holds these rows, its index up to date."""
    built = build(folder, clock=clock)
    built.plant_labels((*LABELS, *more))
    for table, rows in tables.items():
        built.plant({f"planted/{table}": rows}, table)
    look_room(built.gate).bring_up_to_date()
    return built
