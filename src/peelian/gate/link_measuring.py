"""Measuring links against a truth that somebody brings: done by a worker unseen, and only figures come out.

A truth exists for made-up data alone. It is never kept here: it goes to the worker with the records, and is gone.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.link_rows import TABLE, read_people
from peelian.gate.linking import DUTY, READ, judge_linking
from peelian.gate.models import read_release
from peelian.gate.presence import Presence
from peelian.gate.running import Program, read_result
from peelian.gate.worker import run_in_worker
from peelian.model.pole import PERSON_TABLES

WHICH = ("event_ref", "person_no")
"""What tells which person of which event a record is about, so that a truth can be held against it."""

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
    return read_result(worker.output, DUTY)
