"""A tool whose impact papers are about something else than what runs, or are not there, is off (PL-13)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from peelian.core.errors import RefusedError
from peelian.gate.findings import running
from peelian.model.question import Question
from peelian.policy.charter import load_charter
from peelian.policy.impact import outdated
from peelian.policy.rules import Rulebook
from tests.support.charters import actor, charter, circumstances, codes, copy_charter, hotspots, rulebook
from tests.support.gate import Built, build, burglaries, program, worker_that
from tests.support.gate import codes as refused_codes

MONTHS = Question("incident", ("month",))
ANALYST = replace(actor("analyst-1"), trained=frozenset({"hotspots"}))
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
    assert rulebook().judge_run(ANALYST, circumstances(), hotspots()).allow


def test_a_method_that_reads_a_column_its_papers_do_not_name_is_refused() -> None:
    """One more column is another tool, even where the mandate would allow it."""
    verdict = rulebook().judge_run(ANALYST, circumstances(), hotspots(inputs=frozenset({"incident.outcome"})))
    assert codes(verdict) == {"papers-outdated"}
    assert "outcome of reported crimes" in verdict.reasons[0].what


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


WAITS = ("publication.yml", "papers_public_days:\n  value: 0", "papers_public_days:\n  value: 28")


def test_a_tool_whose_papers_are_three_days_old_is_refused_and_after_the_days_it_runs(tmp_path: Path) -> None:
    """PL-13's own test: papers that nobody had time to read cannot be objected to before the tool is used."""
    rules = amended(tmp_path / "charter", *WAITS)
    now = replace(circumstances(mandate=None), mandate=rules.charter.mandates["hotspots"])
    for days in (-1, 0, 3, 27):
        waiting = replace(now, papers_days=days)
        for verdict in (
            rules.judge_run(ANALYST, waiting, hotspots()),
            rules.judge_open(ANALYST, waiting, "incident", ["month"]),
            rules.judge_act(OFFICER, waiting, "decide-plan"),
        ):
            [reason] = [r for r in verdict.reasons if r.code == "papers-too-new"]
            assert f"public for {max(days, 0)} days" in reason.what and "after 28" in reason.what
    assert rules.judge_run(ANALYST, replace(now, papers_days=28), hotspots()).allow
    testing = replace(circumstances("assess-hotspots"), mandate=rules.charter.mandates["assess-hotspots"])
    owner = replace(actor("model-owner-1"), trained=frozenset({"hotspots"}))
    assert rules.judge_run(owner, testing, hotspots()).allow, "it is tested while people read"


def test_the_days_count_from_the_record_and_a_changed_paper_starts_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A date that is typed into a paper is anybody's; the record's day is not, and it holds in every process."""
    monkeypatch.setattr(running, "run_in_worker", worker_that(lambda tables, parameters: {}))
    charter_of = copy_charter(tmp_path / "law")
    file, old, new = WAITS
    (charter_of / file).write_text((charter_of / file).read_text().replace(old, new, 1))
    built = build(tmp_path / "d", template=charter_of)
    built.plant({"a": burglaries(3)})

    def state(days: float) -> str:
        built.clock.move(days=days)
        built.held.clear()  # nobody is signed in for days
        return built.gate.mandate_states()["hotspots"]

    assert state(40) == "papers too new", "days on which no register showed them do not count"
    assert built.gate.enter_shown_papers() == ["hotspots"] and built.gate.enter_shown_papers() == []
    assert state(3) == "papers too new"
    with pytest.raises(RefusedError) as refused:
        built.gate.run(built.at_work("analyst-1"), "hotspots", program(), {"incident": MONTHS}, {})
    assert refused_codes(refused.value) == {"papers-too-new"}
    elsewhere = built.reopen()
    assert state(24.9) == "papers too new" and state(0.1) == "in force"
    assert elsewhere.mandate_states()["hotspots"] == "in force", "in another process too"
    elsewhere.close()
    built.gate.run(built.at_work("analyst-1"), "hotspots", program(), {"incident": MONTHS}, {})

    adopt_changed(built, {"tools/hotspots.yml": ("Reported crimes of nine types", "Crimes of nine types, reported,")})
    assert built.gate.mandate_states()["hotspots"] == "papers too new"
    assert built.gate.enter_shown_papers() == ["hotspots"] and state(28) == "in force"
    built.gate.close()
