"""A few made-up people in two systems, a model release that was never trained, and linking without a worker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import pytest

from peelian.app.workers import link_plan
from peelian.gate.findings.running import Program
from peelian.gate.linking import linking
from peelian.gate.linking.linking import Linked, Wanted
from peelian.gate.rooms.link_room import LinkRoom, link_room
from peelian.model.label import Label
from peelian.policy.rules import MethodFacts
from peelian.resolve.release import ModelRelease, StepWeight
from peelian.resolve.score import shape_rows
from peelian.resolve.shape import BLOCKING, LADDERS
from tests.support.gate import METHOD_FOLDER, Built, build, record, worker_that

SERVES = frozenset(
    {"crime-investigation", "victim-safeguarding", "danger-to-life", "record-linking", "erasure-on-request"}
)
CRIME = Label(SERVES, source="crime", force="northmere")
CUSTODY = Label(SERVES, source="custody", force="northmere")
SEALED = Label(SERVES, markings=frozenset({"sealed"}), source="intelligence", force="northmere")
ONLY_LINKING = Label(frozenset({"record-linking"}), source="custody", force="northmere")
LABELS = (CRIME, CUSTODY, SEALED, ONLY_LINKING)

PROGRAM = Program(
    MethodFacts(name="link-people", target="", inputs=frozenset(), offences=frozenset(), area="", glass_box=True),
    (METHOD_FOLDER,),
    ("no-such-worker",),
)


def release() -> ModelRelease:
    """Return a release whose weights are those that stand where training saw too little."""
    weights = {
        ladder.name: {s.name: StepWeight(s.m, s.u, _mbit(s.m / s.u)) for s in ladder.known} for ladder in LADDERS
    }
    return ModelRelease(
        prior_mbit=-14_000, weights=weights, terms={}, stops={}, blocking=BLOCKING, ladders=shape_rows(),
        accept_mbit=8_000, review_mbit=0, versions={}, training={},
    )  # fmt: skip


def _mbit(ratio: float) -> int:
    from math import log2

    return round(1000 * log2(ratio))


def person(number: int, label: Label = CRIME, **said: object) -> dict[str, object]:
    """Make a row about a person: Amina Okafor, born in 1988, unless said otherwise."""
    return {
        "record_id": record(number),
        "label_id": label.label_id,
        "event_ref": f"NM/{number}/26",
        "person_no": 0,
        "role": "suspect",
        "role_stated": "SUSP",
        "person_ref": "",
        "forenames": "Amina",
        "surname": "Okafor",
        "aliases": "",
        "birth_on": date(1988, 4, 12),
        "address": "14 Mill Road",
        "postcode": "NM1 4AB",
        "phones": "",
    } | said


def town(folder: Path, monkeypatch: pytest.MonkeyPatch, tables: Mapping[str, Iterable[Mapping[str, object]]]) -> Built:
    """Build a deployment that holds these people, where linking runs in this process instead of in a worker."""
    return fill(build(folder, code_hashes={"link-people": PROGRAM.code_hash}), monkeypatch, tables)


def at_site(
    built: Built, monkeypatch: pytest.MonkeyPatch, tables: Mapping[str, Iterable[Mapping[str, object]]]
) -> Built:
    """Fill a deployment that is served, and link what it holds; its mandate approves no code."""
    monkeypatch.setattr(Program, "code_hash", "0" * 64)
    fill(built, monkeypatch, tables)
    link(built)
    return built


def fill(built: Built, monkeypatch: pytest.MonkeyPatch, tables: Mapping[str, Iterable[Mapping[str, object]]]) -> Built:
    """Plant people; linking runs in this process instead of in a worker."""
    built.plant_labels(LABELS)
    for table, rows in tables.items():
        built.plant({f"planted/{table}": rows}, table)
    monkeypatch.setattr(linking, "run_in_worker", worker_that(link_plan.run))
    return built


def room(built: Built) -> LinkRoom:
    """Return the room in which records are linked."""
    return link_room(built.gate)


def link(built: Built, **wanted: object) -> Linked:
    """Link as the data engineer does, with the release that was never trained."""
    engineer = built.at_work("data-engineer-1", "op-linking")
    frozen = room(built).freeze(engineer, "link-people", PROGRAM, release().to_dict())
    given = {"release": frozen, "threads": 1} | wanted
    return room(built).link(engineer, "link-people", PROGRAM, Wanted(**given))  # type: ignore[arg-type]


def edges(built: Built) -> list[dict[str, object]]:
    """Return every edge as it lies in the lake, without when it was written."""
    house = built.house
    name = house.engine.relation(house.grant("read", "person_link"), "person_link", house.head.follow().done, None)
    rows = house.engine.run(f'SELECT * EXCLUDE (seq_from) FROM "{name}" ORDER BY record_a, record_b')
    return rows.to_pylist()
