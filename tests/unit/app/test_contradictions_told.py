"""From records that contradict each other to the sentence that a reader sees, one story for each contradiction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from peelian.app.caller import Caller, Place
from peelian.app.linking import resolve
from peelian.core.time import to_micros
from peelian.people.keyring import HeldSession, OneSession
from tests.support.gate import Built, record
from tests.support.linked import CRIME, CUSTODY, link, person, town

MET = datetime(2026, 6, 1, 12, tzinfo=UTC)


def event(number: int, **said: object) -> dict[str, object]:
    """Make an event of the crime system, or another's with ``label_id``."""
    return {"record_id": record(500 + number), "label_id": CRIME.label_id, "source_ref": f"NM/{number}/26"} | said


def stay(number: int, suite: str, hour: int) -> dict[str, object]:
    """Make eight hours in custody."""
    at = to_micros(MET + timedelta(hours=hour))
    told = {"suite": suite, "at_arrival": at, "at_release": at + 8 * 3_600_000_000}
    return event(number, label_id=CUSTODY.label_id, **told)


def somebody(numbers: tuple[int, int], surname: str, one: dict[str, object], other: dict[str, object]):
    """Make two records of one name and one home."""
    shared = {"surname": surname, "address": f"{numbers[0]} {surname} Road", "postcode": ""}
    return [person(n, **(shared | said)) for n, said in zip(numbers, (one, other), strict=True)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """Four pairs whom a machine would join, and one thing about each that cannot be true of one person."""
    unborn, nobody = {"birth_on": date(2026, 9, 1)}, {"birth_on": None}
    people = [
        *somebody((1, 2), "Quill", {"phones": "07700 900123"}, nobody | {"phones": "07700 900123"}),
        person(3, surname="Quill", address="1 Quill Road", postcode="", birth_on=date(1979, 11, 2)),
        *somebody((11, 12), "Harlow", unborn, nobody),
        *somebody((21, 22), "Tarn", {"died_on": date(2026, 1, 1)}, {}),
    ]
    held = [p | {"label_id": CUSTODY.label_id} for p in somebody((31, 32), "Brandt", {}, {})]
    tables = {
        "incident_person": people,
        "custody_person": held,
        "incident": [event(n, at_start=to_micros(MET)) for n in (12, 22)],
        "custody": [stay(31, "North", 0), stay(32, "South", 6)],
    }
    with pytest.MonkeyPatch.context() as patch:
        made = town(tmp_path_factory.mktemp("contradictions"), patch, tables)
        link(made)
        yield made


def caller(built: Built) -> Caller:
    """Return somebody who investigates."""
    at_work = built.at_work("analyst-1", "op-investigation-1")
    until = built.clock.now() + timedelta(hours=1)
    session = HeldSession(at_work.session_id, "analyst-1", built.deployment.id, until, at_work.key)
    return Caller(
        Place(built.deployment.folder, built.deployment.folder, clock=built.clock),
        built.deployment,
        built.gate,
        OneSession(session),
    )


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (1, 3, "two dates of birth well apart"),
        (11, 12, "met before birth, or at an age beyond 120"),
        (21, 22, "met after the recorded death"),
        (31, 32, "in two custody suites at the same time"),
    ],
)
def test_what_cannot_be_true_of_one_person_is_told_in_words(built: Built, one: int, other: int, said: str) -> None:
    """A reader who is shown two people must be told what keeps them apart, or joins them in their head."""
    asked = caller(built)
    assert record(other) not in resolve.entity(asked, record(one))["records"]
    shown = resolve.hypothesis(asked, record(one), record(other))
    assert said in shown["why"]
    assert {record(one), record(other)} <= {r["record"] for r in shown["records"]}
