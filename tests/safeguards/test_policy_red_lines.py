"""The eleven red lines, each tried; and the promises that the rules keep by themselves (safeguards, PL-xx)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from peelian.policy.charter import load_charter
from peelian.policy.rules import Rulebook
from peelian.policy.shape import read_shape
from tests.support.charters import NOON, actor, charter, circumstances, codes, copy_charter, hotspots, rulebook

REFUSED = sorted(p.id for p in charter().purposes.values() if p.refused)


def run(**changed):
    """Judge a run of the hotspots method, changed."""
    return rulebook().judge_run(actor("analyst-1"), circumstances(), hotspots(**changed))


def test_every_red_line_names_rules_and_every_rule_of_a_red_line_is_named():
    """A red line without a rule is a sentence."""
    rules = rulebook().rules.rules
    for line in charter().red_lines:
        assert line.rules
        assert all(rules[r].redline == str(line.number) for r in line.rules)
    assert [r.number for r in charter().red_lines] == list(range(1, 12))


@pytest.mark.parametrize("target", ["person-offending", "person", "", "PLACE"])
def test_red_line_1_no_method_scores_persons(target):
    """PL-15: the Matrix scored people; nothing here may."""
    assert codes(run(target=target)) == {"red-line-1-target"}


@pytest.mark.parametrize("column", ["stop_equality.sex", "incident.ethnicity", "incident.surname", "x.home_postcode"])
def test_red_line_2_no_protected_characteristic_or_proxy_is_an_input(column):
    """Indirect discrimination comes in through a column with an innocent name."""
    assert "red-line-2-inputs" in codes(run(inputs=frozenset({column})))


@pytest.mark.parametrize("offence", ["drugs", "possession-of-weapons", "public-order"])
def test_red_line_3_no_forecast_from_what_policing_finds(offence):
    """PL-18: patrols find drugs where patrols are sent."""
    assert "red-line-3-offences" in codes(run(offences=frozenset({"burglary", offence})))


def test_red_line_4_the_platform_does_nothing_to_a_person():
    """PL-16: an output cannot trigger an adverse act, whoever asks."""
    for person in charter().people:
        assert "red-line-4-adverse-act" in codes(rulebook().judge_act(actor(person), circumstances(), "adverse-act"))


@pytest.mark.parametrize("purpose", REFUSED)
def test_red_line_5_a_refused_purpose_opens_nothing_to_anybody(purpose):
    """PL-01, PL-09: not to the chief, not in an emergency, not on the log."""
    for person in charter().people:
        for mandate in charter().mandates:
            for emergency in (False, True):
                now = circumstances(mandate, purpose=purpose, emergency=emergency)
                verdict = rulebook().judge_open(actor(person), now, "incident", ["month"])
                assert "red-line-5-purpose" in codes(verdict)
        now = circumstances("read-log", purpose=purpose)
        assert {"red-line-5-purpose", "log-purpose"} <= codes(rulebook().judge_act(actor(person), now, "read-log"))


@pytest.mark.parametrize(
    ("kind", "rule"), [("face-images", 6), ("social-media", 6), ("health", 11), ("immigration", 11)]
)
def test_red_lines_6_and_11_refuse_kinds_of_data(tmp_path, kind, rule):
    """No face recognition, no social media, no other services' data: not even under an otherwise valid mandate."""
    folder = copy_charter(tmp_path / "charter")
    path = folder / "mandates/source-incidents.yml"
    path.write_text(path.read_text().replace("data_kinds: [recorded-crime]", f"data_kinds: [recorded-crime, {kind}]"))
    mandate = load_charter(folder).mandates["source-incidents"]
    wanted = {6: "red-line-6-faces-and-social-media", 11: "red-line-11-other-services"}[rule]
    now = replace(circumstances("source-incidents"), mandate=mandate)
    assert codes(rulebook().judge_post(actor("data-engineer-1"), now, "rows", "incident")) == {wanted}
    now = replace(now, mandate_adopted=False, purpose="oversight")
    assert codes(rulebook().judge_act(actor("approver-1"), now, "adopt-mandate")) == {wanted}


def test_red_line_7_nobody_is_a_super_user():
    """No person of the charter opens anything without a mandate, and the administrator nothing at all."""
    for person in charter().people:
        now = circumstances(None)
        assert "no-mandate" in codes(rulebook().judge_open(actor(person), now, "incident", ["month"]))
    admin = actor("system-administrator-1")
    for mandate in charter().mandates:
        verdict = rulebook().judge_open(admin, circumstances(mandate), "incident", ["month"])
        assert {"administrator-sees-nothing", "role-not-in-mandate"} <= codes(verdict)


def test_red_line_7_everything_stops_at_the_end_of_its_mandate():
    """PL-20: a mandate expires to off, for everybody and every deed."""
    late = NOON + timedelta(days=700)
    for mandate in charter().mandates:
        for person in charter().people:
            now = circumstances(mandate, now=late)
            who = actor(person)
            assert "mandate-expired" in codes(rulebook().judge_open(who, now, "incident", ["month"]))
            assert "mandate-expired" in codes(rulebook().judge_post(who, now, "rows", "incident"))
            assert "mandate-expired" in codes(rulebook().judge_act(who, now, "erase"))


def test_red_line_8_nothing_happens_outside_the_jurisdiction():
    """PL-06: a copy of the deployment on another continent answers nobody."""
    abroad = Rulebook(charter(), region="US")
    assert "red-line-8-jurisdiction" in codes(
        abroad.judge_open(actor("analyst-1"), circumstances(), "incident", ["month"])
    )


def test_red_line_9_no_informal_lists():
    """PL-36 and the Gangs Matrix: people struck off stayed on lists on personal drives."""
    assert "red-line-9-lists" in codes(rulebook().judge_post(actor("analyst-1"), circumstances(), "list", "names"))
    assert "mandate-not-for-this" in codes(rulebook().judge_act(actor("analyst-1"), circumstances(), "export"))


def test_red_line_10_no_black_box():
    """PL-17: a result that cannot be read cannot be contested."""
    assert codes(run(glass_box=False)) == {"red-line-10-glass-box"}


def test_pl_08_without_witnesses_methods_exports_and_new_mandates_stop():
    """A log that only the operator has seen can be rewritten by the operator."""
    lost = circumstances(witnesses_ok=False)
    assert codes(rulebook().judge_run(actor("analyst-1"), lost, hotspots())) == {"witnesses-lost"}
    assert "witnesses-lost" in codes(rulebook().judge_act(actor("analyst-1"), lost, "export"))
    adopting = circumstances(witnesses_ok=False, mandate_adopted=False, purpose="oversight")
    assert codes(rulebook().judge_act(actor("approver-1"), adopting, "adopt-mandate")) == {"witnesses-lost"}


def test_pl_20_whoever_owns_a_mandate_does_not_approve_it():
    """The owner gains by it, so somebody else decides."""
    now = circumstances(mandate_adopted=False, purpose="oversight")
    assert rulebook().judge_act(actor("approver-1"), now, "adopt-mandate").allow
    assert "adopt-own" in codes(rulebook().judge_act(actor("official-1"), now, "adopt-mandate"))


def test_pl_21_the_user_after_the_last_of_a_trial_is_refused():
    """User 51 of a trial for 50."""
    mandate = charter().mandates["hotspots"]
    trial = replace(mandate, scope=replace(mandate.scope, users_max=50))
    for number, allowed in ((50, True), (51, False)):
        now = replace(circumstances(user_number=number), mandate=trial)
        assert rulebook().judge_open(actor("analyst-1"), now, "incident", ["month"]).allow == allowed


def test_pl_22_the_panel_stops_a_tool_and_only_the_panel_lets_it_go_on():
    """A stop that the operator can lift is advice."""
    for person in charter().people:
        for n_signed, act in (
            (0, "panel-halt"),
            (1, "panel-halt"),
            (2, "panel-halt"),
            (1, "panel-lift"),
            (2, "panel-lift"),
        ):
            now = circumstances(halted=True, purpose="oversight", signed=n_signed)
            allowed = rulebook().judge_act(actor(person), now, act).allow
            assert allowed == (person.startswith("panel-member") and n_signed == 2)
    assert codes(rulebook().judge_run(actor("analyst-1"), circumstances(halted=True), hotspots())) == {"mandate-halted"}


def test_pl_22_an_owner_stops_their_own_tool_alone_and_a_member_lets_it_go_on():
    """Whoever answers for a tool must be able to switch it off now; and not be the one who switches it on."""
    for person in charter().people:
        own = circumstances(halted=True, purpose="oversight", panel_stop=False)
        assert rulebook().judge_act(actor(person), own, "halt").allow == (person == "official-1")
        assert rulebook().judge_act(actor(person), own, "lift").allow == person.startswith("panel-member")
        panels = circumstances(halted=True, purpose="oversight", panel_stop=True, signed=9)
        assert not rulebook().judge_act(actor(person), panels, "lift").allow


def test_pl_22_no_lapse_keeps_the_panel_from_stopping():
    """The day everything is broken is the day a stop is needed."""
    worst = circumstances(
        purpose="oversight", now=NOON + timedelta(days=700), witnesses_ok=False, mandate_adopted=False,
        operation_open=False, actor_on_operation=False, halted=True, signed=2,
    )  # fmt: skip
    assert rulebook().judge_act(actor("panel-member-1"), worst, "panel-halt").allow


def test_sealed_tables_open_for_an_assessment_only():
    """Ethnicity is kept to find out who carries the burden, and for nothing else."""
    for person in charter().people:
        for mandate in charter().mandates:
            verdict = rulebook().judge_open(actor(person), circumstances(mandate), "stop_equality", ["sex"], True)
            assert verdict.allow == (person == "model-owner-1" and mandate == "assess-hotspots")


def test_a_practice_set_taken_once_is_not_a_licence_for_life():
    """PL-16: what was passed has to be passed again within the year, and most of what is wrong has to be caught."""
    for terms in charter().practice.values():
        assert terms.valid_months <= 12 and terms.must_catch >= 0.5 and terms.must_keep >= 0.5


def test_each_action_that_touches_data_is_under_a_mandate():
    """A new action put outside the group would be outside every rule about mandates."""
    shape = read_shape(charter().schema)
    outside = {n for n, a in shape.actions.items() if "under-mandate" not in a.groups}
    assert outside == {
        "adopt-mandate", "end-mandate", "halt", "lift", "propose-stop", "panel-halt", "give-back-copy",
        "panel-lift", "load-charter", "set-context", "start", "adverse-act", "read-own-entries", "read-own-papers",
        "sit-practice", "write-to-panel", "hand-over", "read-hand-over",
        "see-emergencies", "settle-emergency",  # who supervises an emergency must not need a mandate to be told of it
    }  # fmt: skip
