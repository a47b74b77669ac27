"""A served deployment that holds a few made-up people: for looking them up on pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from peelian.app.caller import Place
from peelian.app.served import Site
from peelian.app.serving import Address, in_background
from peelian.people.keyring import Keyring
from peelian.store.deployment import finish_deployment
from tests.support.people import CALLS, COURTS, CRIME, CUSTODY, INTELLIGENCE, at_work, person, row, vehicle
from tests.support.served import Served

AT = 1_790_000_000_000_000
"""In September 2026, microseconds."""

KIM = {"forenames": "Kim", "surname": "Lee", "birth_on": date(2012, 2, 1)}
JANE = {"forenames": "Jane", "surname": "Doe", "birth_on": date(1990, 2, 1)}
ALEX = {"forenames": "Alex", "surname": "Poe", "birth_on": None, "address": "", "postcode": "", "phones": ""}

PEOPLE = {
    "incident": [
        row(11, CRIME, source_ref="NM/1/26", offence="burglary", at_start=AT, easting_m=4523e2, northing_m=3391e2),
        row(12, CRIME, source_ref="NM/2/26", offence="shoplifting", at_start=AT + 86_400_000_000 * 30),
    ],
    "incident_person": [
        person(1, event_ref="NM/1/26"),
        person(2, event_ref="NM/1/26", person_no=1, **JANE, address="2 Elm Road", phones="+447700900456"),
        person(3, event_ref="NM/1/26", person_no=2, role="victim", **KIM, phones=""),
        person(4, event_ref="NM/2/26", **JANE, address="2 Elm Road", phones="+447700900456"),
        person(5, event_ref="NM/2/26", person_no=1, role="witness", **ALEX),
        person(6, surname="Smyth", forenames="Jon", birth_on=date(1961, 4, 12), address="", postcode="", phones=""),
    ],
    "incident_vehicle": [vehicle(21, event_ref="NM/1/26"), vehicle(22, event_ref="NM/2/26", plate="XY34 ZZZ")],
    "incident_text": [
        row(61, CRIME, event_ref="NM/1/26", text="Forced the rear window with a screwdriver. Left in QR34 STU.")
    ],
    "custody": [row(71, CUSTODY, source_ref="K/7", suite="Northmere", offence="burglary", at_arrival=AT)],
    "custody_person": [person(72, CUSTODY, event_ref="K/7", phones="")],
    "call": [
        row(31, CALLS, source_ref="4471", at=AT, kind="domestic", grade="1", place="14 Mill Road"),
        row(32, CALLS, source_ref="4472", at=AT - 86_400_000_000, kind="noise", grade="3", place="14 Mill Road"),
    ],
    "warning": [
        row(41, INTELLIGENCE, source_ref="W1", about="address", kind="weapons", address="14 Mill Road", grade="2B",
            from_on=date(2025, 5, 3), review_on=date(2027, 5, 3))
    ],
    "court_order": [
        row(51, COURTS, source_ref="O9", kind="non-molestation", state="in-force", until_on=date(2027, 2, 1))
    ],
    "court_order_person": [person(52, COURTS, event_ref="O9", address="", postcode="", phones="", role="other")],
}  # fmt: skip


@contextmanager
def found_site(folder: Path) -> Iterator[Served]:
    """Serve a deployment that holds these people, on a free port of this machine."""
    built = at_work(folder, PEOPLE)
    built.gate.close()
    finish_deployment(built.deployment.folder)
    place = Place(built.deployment.folder, folder / "home", clock=built.clock)
    keyring = Keyring(place.home, built.deployment.id)
    for account, key in built.keys.items():
        keyring.save_account_key(account, key)
    with Site(place) as site, in_background(site, Address(port=0)) as url:
        yield Served(url.rstrip("/"), site, place)
