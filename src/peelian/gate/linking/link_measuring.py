"""Measuring links against a truth that somebody brings: done by a worker unseen, and only figures come out.

A truth exists for made-up data alone. It is never kept here: it goes to the worker with the records, and is gone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from peelian.core.errors import InvalidError
from peelian.gate.entries import Act
from peelian.gate.findings.running import Program, read_result
from peelian.gate.house import House
from peelian.gate.linking.link_rows import TABLE, read_people
from peelian.gate.linking.linking import DUTY, READ, judge_linking
from peelian.gate.linking.models import read_release
from peelian.gate.presence import Presence
from peelian.gate.sandbox.worker import run_in_worker
from peelian.model.pole import PERSON_TABLES

WHICH = ("event_ref", "person_no")
"""What tells which person of which event a record is about, so that a truth can be held against it."""

PAIRS_MIN = 100
"""A group of fewer true pairs is not published."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{0,40}")

MEASURED = READ | {f"{table}.{column}" for table in PERSON_TABLES for column in WHICH}


def measure_links(
    house: House, presence: Presence, mandate_id: str, program: Program, truth: Mapping[str, pa.Table]
) -> Mapping[str, object]:
    """Hold the links of the last run against a truth.

    Parameters
    ----------
    program : Program
        The worker that measures: the code that links, started another way.
    truth : mapping of str to pa.Table
        Given to the worker beside ``people`` and ``links``.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    MissingError
        ``release-missing`` before the first run.
    """
    release = house.head.follow().links.release
    now = judge_linking(house, presence, mandate_id, program, release, MEASURED)
    document = read_release(house, release)
    detail = {"mandate": mandate_id, "code": now.code_hash, "release": release, "measured": True}
    detail |= {"tables": list(PERSON_TABLES)}
    act = Act("combination", DUTY, now.purpose, "allow", presence.who() | detail, presence.reason)
    [entry] = house.recorder.record([act])
    house.ready()
    now = judge_linking(house, presence, mandate_id, program, release, MEASURED)
    with house.leases.hold(program.timeout_s):
        done = house.head.follow().done
        allowed = house.rulebook.comparable_labels(presence.actor, now, house.labels())
        people = read_people(house, done, allowed, now.now.date(), entry, more=WHICH)
        name = house.engine.relation(house.grant("read", TABLE, entry=entry), TABLE, done, None)
        links = house.engine.run(
            f'SELECT record_a, record_b, weight_mbit, reason FROM "{name}" ORDER BY record_a, record_b'
        )
    known = pc.and_(*(pc.is_in(links.column(c), people.ids) for c in ("record_a", "record_b")))
    given = {"people": people.with_which(WHICH), "links": links.filter(known)} | dict(truth)
    worker = run_in_worker(
        program.command, given, {"release": document}, timeout_s=program.timeout_s, memory_mb=program.memory_mb,
        private=[house.deployment.folder],
    )  # fmt: skip
    found = read_result(worker.output, DUTY)
    body = presence.who() | {"mandate": mandate_id, "release": release, "run": entry, "figures": public_figures(found)}
    house.recorder.record([Act("links-measured", DUTY, now.purpose, "record", body)])
    house.head.follow()
    return found


def public_figures(found: Mapping[str, Any]) -> dict[str, Any]:
    """Take from what a worker gave back the figures that are published with the release: numbers, and names of groups.

    Shares are whole thousandths. A group of fewer than a hundred true pairs is left out: its rates would be chance.

    Raises
    ------
    InvalidError
        ``links-unmeasured``.
    """
    try:
        groups = [
            {"group": _name(group), "value": _name(value), **_rates(rates)}
            for group, values in sorted(found["groups"].items())
            for value, rates in sorted(values.items())
            if int(rates["pairs_true"]) >= PAIRS_MIN
        ]
        whole = {"records": int(found["records"]), "questions": int(found["questions"])}
        return whole | {"all": _rates(found["clustered"]), "groups": groups}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidError(
            "links-unmeasured",
            "Measuring links gave back something that is no set of rates.",
            why="What comes from a worker is never trusted; nothing was entered or published.",
            do="Have the code that measures looked at.",
        ) from error


def _rates(rates: Mapping[str, Any]) -> dict[str, int]:
    shares = {
        f"{name}_per_1000": round(1000 * float(rates[f"{name}_rate"])) for name in ("false_merge", "missed_merge")
    }
    if not all(0 <= share <= 1000 for share in shares.values()):
        raise ValueError("a share is from 0 to 1")
    return {"pairs": int(rates["pairs_true"])} | shares


def _name(text: object) -> str:
    if not isinstance(text, str) or not _NAME.fullmatch(text):
        raise ValueError("the name of a group")
    return text
