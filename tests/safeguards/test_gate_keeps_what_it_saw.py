"""What is kept is what the gate saw: rows, code, parameters, result; and what is read back is what was kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from peelian.core.errors import InvalidError, PeelianError, TamperedError
from peelian.core.ids import new_ulid
from peelian.core.time import iso
from peelian.gate.findings import running
from peelian.gate.findings.running import Ran, Step
from peelian.gate.identity import Credential
from peelian.gate.seen import KEPT, kept_parameters
from peelian.model.finding import Assessment
from peelian.model.question import Question
from tests.support.gate import METHOD_FOLDER, Built, build, burglaries, program, worker_that

MONTHS = Question("incident", ("month",))
PARAMETERS = {"polygon": {"type": "Polygon", "coordinates": []}, "cell_m": 150}
RESULT = {"base_rate": {"expected_total": 3}, "cells": [{"id": "a", "expected": 1.5}]}


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Built:
    """Give a deployment with a few rows, whose workers answer at once."""
    made = build(tmp_path)
    made.plant({"s": burglaries(5)})
    monkeypatch.setattr(running, "run_in_worker", worker_that(lambda tables, parameters: RESULT))
    return made


def run(built: Built) -> tuple[Credential, Ran]:
    """Run the method as the analyst."""
    who = built.at_work("analyst-1")
    return who, built.gate.run(who, "hotspots", program(), {"incident": MONTHS}, PARAMETERS)


def finding_of(ran: Ran) -> dict[str, Any]:
    """Return what an honest caller says of a run."""
    view = ran.opened.views["incident"]
    return {
        "method": "hotspots",
        "code_hash": program().code_hash,
        "mandate": "hotspots",
        "purpose": "burglary-prevention",
        "seq": view.seq,
        "question": {"incident": MONTHS.as_dict()},
        "rows_digest": ran.opened.rows_digest,
        "rows_read": view.rows_read,
        "parameters": kept_parameters(PARAMETERS),
        "seed": 0,
        "result": RESULT,
        "base_rate": RESULT["base_rate"],
        "known_error": {},
        "phase": "pre-deployment",
    }


FALSE = {
    "another method": {"method": "convoys"},
    "other code": {"code_hash": "f" * 64},
    "another mandate": {"mandate": "danger-to-life"},
    "another purpose": {"purpose": "oversight"},
    "another phase": {"phase": "production"},
    "another commit": {"seq": 0},
    "other rows": {"rows_digest": "0" * 64},
    "fewer rows": {"rows_read": 1},
    "no question": {"question": {}},
    "another question": {"question": {"incident": Question("incident", ("place",)).as_dict()}},
    "other parameters": {"parameters": kept_parameters(PARAMETERS | {"cell_m": 300})},
    "a better result": {"result": RESULT | {"cells": []}},
    "another base rate": {"base_rate": {"expected_total": 4}},
}


@pytest.mark.parametrize("what", FALSE)
def test_a_finding_says_what_the_gate_saw_and_nothing_else(built: Built, what: str) -> None:
    """A finding written by hand could send officers anywhere, and bear the name of an assessed method."""
    who, ran = run(built)
    with pytest.raises((InvalidError, PeelianError)) as error:
        built.gate.post_finding(who, "hotspots", finding_of(ran) | FALSE[what], "hotspots-cells", ran.entry)
    assert error.value.code in ("finding-unsupported", "refused-by-rule")
    assert built.bodies("finding") == []
    assert built.gate.post_finding(who, "hotspots", finding_of(ran), "hotspots-cells", ran.entry).label_id


def test_a_finding_of_a_run_that_never_was_is_not_kept(built: Built) -> None:
    """The number of an entry is not a run; nor is a run of another mandate, or one long gone."""
    who, ran = run(built)
    view = built.gate.view(who, "hotspots", MONTHS)
    for entry in (0, view.entry, ran.entry + 1):
        with pytest.raises(InvalidError) as error:
            built.gate.post_finding(who, "hotspots", finding_of(ran), "hotspots-cells", entry)
        assert error.value.code == "finding-unsupported"
    for _ in range(KEPT):
        run(built)
    with pytest.raises(InvalidError):
        built.gate.post_finding(who, "hotspots", finding_of(ran), "hotspots-cells", ran.entry)


def test_a_kept_finding_names_the_entry_of_its_run(built: Built) -> None:
    """Years later the record must lead from a finding to the rows that were opened for it."""
    who, ran = run(built)
    built.gate.post_finding(who, "hotspots", finding_of(ran), "hotspots-cells", ran.entry)
    [kept] = built.bodies("finding")
    assert kept["run"] == ran.entry
    assert built.bodies()[ran.entry]["code"] == program().code_hash


@pytest.mark.parametrize("reopened", [False, True])
def test_a_finding_edited_in_the_desk_database_is_found_out_when_it_is_read(built: Built, reopened: bool) -> None:
    """An administrator with the disk must not be able to add an address to a plan."""
    who, ran = run(built)
    kept = built.gate.post_finding(who, "hotspots", finding_of(ran), "hotspots-cells", ran.entry)
    assert built.gate.finding(who, kept.id).digest == kept.digest
    edit(built, "findings", '"expected":1.5', '"expected":9.5')
    gate = built.reopen() if reopened else built.gate
    with pytest.raises(TamperedError) as error:
        gate.finding(who, kept.id)
    assert error.value.code == "finding-altered"


def edit(built: Built, table: str, before: str, after: str) -> None:
    """Edit a row as somebody with the disk would."""
    with sqlite3.connect(built.deployment.desk) as con:
        columns = [row[1] for row in con.execute(f"PRAGMA table_info({table})")]
        changed = sum(
            con.execute(
                f"UPDATE {table} SET {c} = replace({c}, ?, ?) WHERE instr({c}, ?)", (before, after, before)
            ).rowcount
            for c in columns
        )
    assert changed == 1


# Assessments


def assess(built: Built) -> tuple[Credential, Ran, Assessment]:
    """Promise and run an assessment; say of it what an honest caller says."""
    who = built.at_work("model-owner-1")
    promised = built.gate.register(who, "assess-hotspots", "hotspots", {"months": ["2026-10"]})
    assessed = replace(program(), assessed=(METHOD_FOLDER,))
    parameters = {"registered": promised.digest}
    ran = built.gate.run(who, "assess-hotspots", assessed, {"incident": MONTHS}, parameters)
    made = Assessment(
        id=new_ulid(built.clock),
        method="hotspots",
        code_hash=program().code_hash,
        mandate="assess-hotspots",
        seq=ran.opened.views["incident"].seq,
        registered=promised.digest,
        registered_at_entry=promised.entry,
        design={},
        results=RESULT,
        made_at=iso(built.clock.now()),
    )
    return who, ran, made


SOFTER: dict[str, Callable[[Assessment], Assessment]] = {
    "other code": lambda a: replace(a, code_hash="f" * 64),
    "another method": lambda a: replace(a, method="convoys"),
    "better figures": lambda a: replace(a, results=RESULT | {"cells": []}),
    "another commit": lambda a: replace(a, seq=0),
    "no promise": lambda a: replace(a, registered="0" * 64),
    "an earlier promise": lambda a: replace(a, registered_at_entry=a.registered_at_entry - 1),
}


@pytest.mark.parametrize("what", SOFTER)
def test_an_assessment_says_what_the_gate_saw_and_was_promised(built: Built, what: str) -> None:
    """A method leaves its trial on this; figures that somebody typed are no evidence."""
    who, ran, made = assess(built)
    with pytest.raises(PeelianError) as error:
        built.gate.post_assessment(who, "assess-hotspots", SOFTER[what](made), ran.entry)
    assert error.value.code in ("assessment-unsupported", "refused-by-rule")
    assert built.house.head.follow().assessments == set()
    built.gate.post_assessment(who, "assess-hotspots", made, ran.entry)
    assert built.gate.latest_assessment("hotspots") is not None


def test_a_promise_made_after_the_run_is_none(built: Built) -> None:
    """Choosing what to measure when the figures are known is not a test."""
    who, ran, made = assess(built)
    late = built.gate.register(who, "assess-hotspots", "hotspots", {"months": ["2026-09"]})
    given = replace(made, registered=late.digest, registered_at_entry=late.entry)
    with pytest.raises(InvalidError) as error:
        built.gate.post_assessment(who, "assess-hotspots", given, ran.entry)
    assert error.value.code == "assessment-unsupported"


def test_an_assessment_edited_in_the_desk_database_is_found_out_when_it_is_read(built: Built) -> None:
    """Every finding quotes it as the method's known error."""
    who, ran, made = assess(built)
    built.gate.post_assessment(who, "assess-hotspots", made, ran.entry)
    edit(built, "assessments", '"expected":1.5', '"expected":9.5')
    with pytest.raises(TamperedError) as error:
        built.gate.latest_assessment("hotspots")
    assert error.value.code == "assessment-altered"


# Steps


def test_each_worker_of_a_run_is_given_its_own_views_and_what_came_before(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker with the method's code must not so much as receive what the other one measures it by."""
    told: list[tuple[list[str], object]] = []

    def work(tables: dict[str, object], parameters: dict[str, object]) -> dict[str, object]:
        told.append((sorted(tables), parameters.get("before")))
        return {"step": len(told)}

    monkeypatch.setattr(running, "run_in_worker", worker_that(work))
    steps = (Step(("first",), frozenset({"incident"})), Step(("second",), frozenset({"other"})))
    questions = {"incident": MONTHS, "other": Question("incident", ("place",))}
    ran = built.gate.run(built.at_work("analyst-1"), "hotspots", replace(program(), steps=steps), questions, {})
    assert told == [(["incident"], None), (["other"], {"step": 1})]
    assert (ran.result, ran.parts) == ({"step": 2}, ({"step": 1}, {"step": 2}))
