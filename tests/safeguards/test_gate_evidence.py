"""A method leaves its trial on a recorded test of its own code, not on somebody's word."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from peelian.core.errors import RefusedError
from peelian.core.ids import new_ulid
from peelian.core.time import iso
from peelian.gate.findings import running
from peelian.gate.findings.running import hash_code
from peelian.model.finding import Assessment
from peelian.model.question import Question
from peelian.policy.charter import load_charter
from tests.support.gate import METHOD_FOLDER, Built, build, codes, program, worker_that

MONTHS = Question("incident", ("month",))


def assessment(built: Built, code_hash: str, monkeypatch: pytest.MonkeyPatch) -> Assessment:
    """Promise, run and keep an assessment, as the model owner; the code is what the gate is said to have hashed."""
    monkeypatch.setattr(running, "run_in_worker", worker_that(lambda tables, parameters: {}))
    assessed = replace(program(), assessed=(METHOD_FOLDER,))
    who = built.at_work("model-owner-1")
    kept = built.gate.register(who, "assess-hotspots", "hotspots", {"of": code_hash})
    ran = built.gate.run(who, "assess-hotspots", assessed, {"incident": MONTHS}, {"registered": kept.digest})
    seen = built.house._seen[ran.entry]
    built.house._seen[ran.entry] = replace(seen, assessed_hash=code_hash)
    made = Assessment(
        id=new_ulid(built.clock),
        method="hotspots",
        code_hash=code_hash,
        mandate="assess-hotspots",
        seq=ran.opened.views["incident"].seq,
        registered=kept.digest,
        registered_at_entry=kept.entry,
        design={},
        results={},
        warnings=(),
        made_at=iso(built.clock.now()),
        extra={},
    )
    built.gate.post_assessment(who, "assess-hotspots", made, ran.entry)
    return made


def adopt_for_production(built: Built, evidence: str) -> None:
    """Put a charter into force in which the method is past its trial, and adopt its mandate, as the approver."""
    file = built.deployment.charter / "mandates" / "hotspots.yml"
    text = file.read_text()
    old = next(line for line in text.splitlines() if line.startswith("phase:"))
    rest = [line for line in text.splitlines() if not line.startswith("evidence:")]
    file.write_text("\n".join(rest).replace(old, f"phase: production\nevidence: [{evidence}]") + "\n")
    built.gate.adopt_charter(built.at_work("approver-1"), load_charter(built.deployment.charter))
    again = built.reopen()
    try:
        again.act_on_mandate(built.at_work("approver-1"), "hotspots", "adopt-mandate")
    finally:
        again.close()


def test_only_an_assessment_on_record_of_the_same_code_takes_a_method_out_of_its_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else "tested before use" would be a line of text that anybody can type."""
    built = build(tmp_path)
    own = assessment(built, hash_code((METHOD_FOLDER,)), monkeypatch)
    others = assessment(built, "f" * 64, monkeypatch)
    with pytest.raises(RefusedError) as refused:
        adopt_for_production(built, "trust me")
    assert codes(refused.value) == {"evidence-unknown"}
    built.gate = built.reopen()
    with pytest.raises(RefusedError) as refused:
        adopt_for_production(built, others.id)
    assert codes(refused.value) == {"evidence-unknown"}
    built.gate = built.reopen()
    adopt_for_production(built, own.digest)
    assert built.reopen().mandate_states()["hotspots"] == "in force"
