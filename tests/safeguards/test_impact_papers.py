"""A tool whose impact papers are about something else than what runs, or are not there, is off (PL-13)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from peelian.core.errors import RefusedError
from peelian.gate import running
from peelian.model.question import Question
from peelian.policy.charter import load_charter
from peelian.policy.impact import outdated
from peelian.policy.rules import Rulebook
from tests.support.charters import actor, charter, circumstances, codes, copy_charter, hotspots, rulebook
from tests.support.gate import Built, build, burglaries, program, worker_that
from tests.support.gate import codes as refused_codes

MONTHS = Question("incident", ("month",))
OFFICER = replace(actor("neighbourhood-officer-1"), trained=frozenset({"hotspots"}))


def amended(folder: Path, file: str, old: str, new: str) -> Rulebook:
    """Return the rules of the example charter with one text replaced."""
    text = (copy_charter(folder) / file).read_text()
    assert old in text, "the amendment met its text"
    (folder / file).write_text(text.replace(old, new, 1))
    return Rulebook(load_charter(folder))


CHANGES = {
    "another role": (
        "mandates/hotspots.yml",
        "roles: [analyst,",
        "roles: [model-owner, analyst,",
        "role that may use it: model-owner was added",
    ),
    "another type of crime": (
        "mandates/hotspots.yml",
        "offences: [burglary, robbery,",
        "offences: [burglary,",
        "type of crime: robbery is gone",
    ),
    "another time limit on a source": (
        "mandates/source-plans.yml",
        "retention_class: patrol-plans",
        "retention_class: open-data",
        "time limit on data: patrol-plans is gone",
    ),
    "a paper that is missing": (
        "tools/hotspots.yml",
        "  - kind: equality",
        "  - kind: human-rights",
        "equality impact assessment: there is none",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_tool_whose_papers_are_about_something_else_is_off_and_is_told_by_what(name: str, tmp_path: Path) -> None:
    """An assessment of another tool than the one that would run is none."""
    file, old, new, words = CHANGES[name]
    rules = amended(tmp_path / "charter", file, old, new)
    now = circumstances(mandate=None)
    now = replace(now, mandate=rules.charter.mandates["hotspots"], purpose="burglary-prevention")
    for verdict in (
        rules.judge_run(OFFICER, now, hotspots()),
        rules.judge_open(OFFICER, now, "incident", ["month"]),
        rules.judge_act(OFFICER, now, "decide-plan"),
        rules.judge_act(actor("approver-1"), replace(now, mandate_adopted=False), "adopt-mandate"),
    ):
        [reason] = [r for r in verdict.reasons if r.code == "papers-outdated"]
        assert words in reason.what
        assert reason.owner and reason.do


def test_a_tool_whose_papers_fit_runs() -> None:
    """The example is one that fits, so that what stops the others is their difference."""
    assert outdated(charter(), charter().mandates["hotspots"]) == []
    assert rulebook().judge_run(OFFICER, circumstances(), hotspots()).allow


def test_a_method_that_reads_a_column_its_papers_do_not_name_is_refused() -> None:
    """One more column is another tool, even where the mandate would allow it."""
    verdict = rulebook().judge_run(OFFICER, circumstances(), hotspots(inputs=frozenset({"incident.outcome"})))
    assert codes(verdict) == {"papers-outdated"}
    assert "incident.outcome" in verdict.reasons[0].what


def test_a_new_version_is_assessed_before_papers_are_written_about_it(tmp_path: Path) -> None:
    """Papers rest on a test; a rule that kept the test from running would keep the papers from being written."""
    rules = amended(tmp_path / "charter", *CHANGES["another role"][:3])
    now = replace(circumstances("assess-hotspots"), mandate=rules.charter.mandates["assess-hotspots"])
    owner = replace(actor("model-owner-1"), trained=frozenset({"hotspots"}))
    assert rules.judge_run(owner, now, hotspots(inputs=frozenset({"incident.outcome"}))).allow


def adopt_changed(built: Built, changes: dict[str, tuple[str, str]]) -> Built:
    """Put a charter into force in which texts are replaced, and open the door anew."""
    for file, (old, new) in changes.items():
        path = built.deployment.charter / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
    new_charter = load_charter(built.deployment.charter)
    built.gate.adopt_charter(built.at_work("approver-1"), new_charter)
    built.gate.close()
    built.gate, built.charter = built.reopen(), new_charter
    return built


def test_an_edited_data_contract_stops_the_tool_until_its_papers_are_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PL-13's own test: edit what data is held, and the tool stops; write the papers again, and it runs."""
    monkeypatch.setattr(running, "run_in_worker", worker_that(lambda tables, parameters: {}))
    built = build(tmp_path)
    built.plant({"a": burglaries(3)})
    analyst = built.at_work("analyst-1")
    built.gate.run(analyst, "hotspots", program(), {"incident": MONTHS}, {})

    adopt_changed(built, {"mandates/source-plans.yml": ("retention_class: patrol-plans", "retention_class: open-data")})
    assert built.gate.mandate_states()["hotspots"] == "papers outdated"
    with pytest.raises(RefusedError) as refused:
        built.gate.run(analyst, "hotspots", program(), {"incident": MONTHS}, {})
    assert refused_codes(refused.value) == {"papers-outdated"}
    assert built.bodies("refusal")[-1]["reasons"] == ["papers-outdated"], "the refusal is on record"

    described = ("retention: [open-data, patrol-plans, recorded-crime]", "retention: [open-data, recorded-crime]")
    adopt_changed(built, {"tools/hotspots.yml": described})
    assert built.gate.mandate_states()["hotspots"] == "in force"
    built.gate.run(analyst, "hotspots", program(), {"incident": MONTHS}, {})
    built.gate.close()
