"""The rulebook's answers: yes where a mandate covers it, and every reason where not."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from peelian.model.label import Label
from peelian.model.record import TABLES
from peelian.policy.rules import ACTS, POST_KINDS, POSTS_THAT_ARE_ACTS, Rulebook
from tests.support.charters import NOON, actor, charter, circumstances, codes, hotspots, rulebook

COLUMNS = ("month", "easting_m", "northing_m")


def open_incident(person: str = "analyst-1", **changed: object):
    """Judge an opening of the incident table that should be allowed, but for what is changed."""
    return rulebook().judge_open(actor(person), circumstances(**changed), "incident", COLUMNS)


def test_an_analyst_opens_what_the_mandate_covers():
    """A platform that refuses everything is safe and useless."""
    verdict = open_incident()
    assert verdict.allow
    assert verdict.reasons == ()
    assert verdict.rules == ("grant-open",)
    assert verdict.policy_hash == rulebook().policy_hash


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"mandate": None}, "no-mandate"),
        ({"mandate_adopted": False}, "mandate-not-adopted"),
        ({"now": NOON - timedelta(days=300)}, "mandate-not-started"),
        ({"now": NOON + timedelta(days=400)}, "mandate-expired"),
        ({"halted": True}, "mandate-halted"),
        ({"purpose": "oversight"}, "purpose-not-in-mandate"),
        ({"operation_ref": ""}, "operation-missing"),
        ({"operation_open": False}, "operation-closed"),
        ({"actor_on_operation": False}, "not-on-operation"),
        ({"witnesses_ok": False}, "witnesses-lost"),
    ],
)
def test_one_thing_amiss_gives_exactly_its_reason(changed, code):
    """A person who gets the wrong reason asks the wrong office."""
    verdict = open_incident(**changed)
    assert not verdict.allow
    assert codes(verdict) == {code}
    reason = verdict.reasons[0]
    assert reason.owner
    assert reason.do
    assert "{" not in reason.what


def test_every_reason_is_given_not_the_first():
    """Whoever mends one thing only to meet the next stops asking and goes round."""
    verdict = rulebook().judge_open(
        actor("analyst-2"),
        circumstances(now=NOON + timedelta(days=400), halted=True, operation_open=False, witnesses_ok=False),
        "stop_person",
        ["age_band"],
    )
    assert codes(verdict) == {
        "mandate-expired", "mandate-halted", "operation-closed", "witnesses-lost", "untrained-table",
        "table-outside-scope", "columns-outside-scope",
    }  # fmt: skip


def test_without_a_mandate_only_that_is_said():
    """Reasons about a mandate that is not there are noise."""
    assert codes(open_incident(mandate=None)) == {"no-mandate"}


def test_the_last_microsecond_counts_and_the_end_does_not():
    """An interval is half-open: at ten o'clock it is over."""
    end = charter().mandates["hotspots"].ends_at
    assert open_incident(now=end - timedelta(microseconds=1)).allow
    assert codes(open_incident(now=end)) == {"mandate-expired"}
    assert open_incident(now=end).expired
    assert not open_incident(halted=True).expired


def test_columns_outside_the_scope_are_named_and_undeclared_ones_only_counted():
    """What somebody typed as a column's name may be a person's name, and refusals are logged."""
    verdict = rulebook().judge_open(
        actor("analyst-1"), circumstances(), "incident", ["month", "source_ref", "J. Smith"]
    )
    assert codes(verdict) == {"columns-outside-scope"}
    assert "source ref of reported crimes" in verdict.reasons[0].what
    assert "1 that nobody declared" in verdict.reasons[0].what
    assert "Smith" not in str(verdict)


def test_what_a_person_typed_never_comes_back_in_a_reason():
    """Reasons go to logs and screens."""
    typed = "Jane Doe 1 Mill Rd"
    verdict = rulebook().judge_open(
        actor("analyst-1"), circumstances(purpose=typed, operation_ref=typed, actor_on_operation=False), typed, [typed]
    )
    assert not verdict.allow
    assert typed not in str(verdict.reasons)


def test_a_table_nobody_declared_is_taken_for_sealed_and_personal():
    """What is not known is treated as the worst it could be."""
    assert {"sealed-table", "untrained-table"} <= codes(
        rulebook().judge_open(actor("analyst-1"), circumstances(), "x", [])
    )


def test_the_caller_cannot_unseal_a_table():
    """The shape of the record says what is sealed; a flag left out must not open it."""
    assert "sealed-table" in codes(
        rulebook().judge_open(actor("analyst-1"), circumstances(), "stop_equality", [], False)
    )


def test_a_method_runs_as_its_mandate_says():
    """The run, its offences, its area, its inputs and its code are all in the mandate."""
    run = rulebook().judge_run
    assert run(actor("analyst-1"), circumstances(), hotspots()).allow
    for changed, code in (
        ({"offences": frozenset({"violence-and-sexual-offences"})}, "offence-outside-scope"),
        ({"area": "elsewhere"}, "area-outside-scope"),
        ({"inputs": frozenset({"incident.source_ref"})}, "inputs-outside-scope"),
        ({"name": "other"}, "mandate-not-for-this"),
    ):
        assert code in codes(run(actor("analyst-1"), circumstances(), hotspots(**changed)))
    assert codes(run(actor("analyst-1"), circumstances(code_hash="f" * 64), hotspots())) == {"code-changed"}
    assert codes(run(actor("analyst-1"), circumstances(code_hash=""), hotspots())) == {"code-changed"}
    assert codes(run(actor("analyst-2"), circumstances(), hotspots())) == {"untrained-method"}


def test_offences_outside_the_scope_are_named():
    """The analyst has to know which of eight offences to leave out."""
    verdict = rulebook().judge_run(
        actor("analyst-1"),
        circumstances(),
        hotspots(offences=frozenset({"burglary", "violence-and-sexual-offences", "made-up"})),
    )
    assert "violence-and-sexual-offences" in verdict.reasons[0].what
    assert "(unknown)" in verdict.reasons[0].what


def test_an_assessment_runs_and_posts_under_its_own_mandate():
    """Assessing is not using: another mandate, another role, another purpose."""
    owner, now = actor("model-owner-1"), circumstances("assess-hotspots")
    assert rulebook().judge_run(owner, now, hotspots()).allow
    assert rulebook().judge_open(owner, now, "stop_equality", ["record_id", "sex"], sealed=True).allow
    assert rulebook().judge_post(owner, now, "assessment", "hotspots").allow
    assert rulebook().judge_act(owner, now, "register-assessment").allow
    assert rulebook().judge_post(owner, now, "registration").allow
    assert not rulebook().judge_post(owner, now, "finding", "hotspots").allow
    assert not rulebook().judge_run(actor("analyst-1"), now, hotspots()).allow


def test_rows_come_in_only_under_a_source():
    """An analyst who could write rows could write evidence."""
    loader = circumstances("source-police-uk")
    for table in ("incident", "stop", "stop_person", "stop_equality", "outcome", "quarantine"):
        assert rulebook().judge_post(actor("data-engineer-1"), loader, "rows", table).allow
    assert codes(rulebook().judge_post(actor("data-engineer-1"), loader, "rows", "plan")) == {"table-outside-scope"}
    assert "mandate-not-for-this" in codes(
        rulebook().judge_post(actor("analyst-1"), circumstances(), "rows", "incident")
    )
    assert not rulebook().judge_open(actor("data-engineer-1"), loader, "incident", ["month"]).allow


def test_findings_come_from_the_method_they_name():
    """A finding under another method's mandate would carry another method's evidence."""
    assert rulebook().judge_post(actor("analyst-1"), circumstances(), "finding", "hotspots").allow
    assert not rulebook().judge_post(actor("analyst-1"), circumstances(), "finding", "series").allow


@pytest.mark.parametrize(
    ("person", "mandate", "act", "changed"),
    [
        ("data-protection-officer-1", "erase-on-request", "erase", {}),
        ("panel-member-1", "read-log", "read-log", {}),
        ("information-commissioner-1", "read-log", "read-log", {}),
        ("official-1", "publish-register", "publish", {}),
        ("approver-1", "hotspots", "adopt-mandate", {"mandate_adopted": False}),
        ("official-1", "hotspots", "end-mandate", {}),
        ("approver-1", "hotspots", "end-mandate", {}),
        ("panel-member-2", "hotspots", "propose-stop", {}),
        ("panel-member-2", "hotspots", "panel-halt", {"signed": 2}),
        ("panel-member-2", "hotspots", "panel-lift", {"signed": 2, "halted": True}),
        ("official-1", "hotspots", "halt", {}),
        ("panel-member-2", "hotspots", "lift", {"halted": True, "panel_stop": False}),
        ("approver-1", "hotspots", "load-charter", {}),
        ("analyst-1", None, "set-context", {}),
        ("system-administrator-1", None, "start", {"operation_ref": "", "operation_open": False}),
    ],
)
def test_each_office_does_its_duty(person, mandate, act, changed):
    """Refusing an office its duty leaves the duty undone."""
    purpose = {} if mandate in {"erase-on-request", "read-log", "publish-register"} else {"purpose": "oversight"}
    assert rulebook().judge_act(actor(person), circumstances(mandate, **purpose, **changed), act).allow


@pytest.mark.parametrize("act", ACTS)
def test_an_analyst_does_no_act_of_another_office(act):
    """Separation of duties is the whole point of offices; some things are everybody's."""
    verdict = rulebook().judge_act(actor("analyst-1"), circumstances(mandate_adopted=act != "adopt-mandate"), act)
    reading = {"read-own-entries", "read-hand-over", "give-back-copy"}
    everybodys = reading | {"set-context", "sit-practice", "write-to-panel", "hand-over"}
    assert verdict.allow == (act in everybodys)


def test_what_the_rules_do_not_know_is_refused():
    """A new act that nobody wrote a rule for must not slip through."""
    assert codes(rulebook().judge_act(actor("approver-1"), circumstances(), "grant-everything")) == {"act-unknown"}
    assert codes(rulebook().judge_post(actor("approver-1"), circumstances(), "watch", "x")) == {"kind-unknown"}


def test_posting_an_act_is_the_act():
    """One rule for one deed, whichever way it is asked."""
    for (kind, noun), act in POSTS_THAT_ARE_ACTS.items():
        for person in ("panel-member-1", "approver-1", "data-protection-officer-1"):
            now = circumstances("hotspots", mandate_adopted=act != "adopt-mandate", purpose="oversight")
            posted, done = (
                rulebook().judge_post(actor(person), now, kind, noun),
                rulebook().judge_act(actor(person), now, act),
            )
            assert posted == done
    assert set(POST_KINDS) & {k for k, _ in POSTS_THAT_ARE_ACTS} == set()


def test_a_safety_look_up_goes_on_without_witnesses_and_in_an_emergency_without_an_operation():
    """PL-08: somebody's life must not hang on a server at a university."""
    officer = actor("neighbourhood-officer-1")
    for changed in ({"witnesses_ok": False}, {"emergency": True, "operation_ref": "", "operation_open": False}):
        now = circumstances("danger-to-life", **changed)
        assert rulebook().judge_open(officer, now, "incident", ["offence", "place"]).allow
        label = Label(frozenset({"danger-to-life"}), force="northmere")
        assert rulebook().allowed_labels(officer, now, {1: label}) == {1}


def test_an_emergency_is_no_key_to_other_doors():
    """Every back door begins as an emergency."""
    now = circumstances(emergency=True, operation_ref="", operation_open=False)
    assert codes(rulebook().judge_open(actor("analyst-1"), now, "incident", COLUMNS)) == {"emergency-purpose"}
    assert "emergency-not-for-this" in codes(rulebook().judge_run(actor("analyst-1"), now, hotspots()))


def test_labels_are_judged_one_by_one():
    """The gate pushes the allowed numbers into the engine; one too many is a leak."""
    mine = Label(frozenset({"burglary-prevention", "oversight"}), force="northmere")
    labels = {
        1: mine,
        2: Label(frozenset({"oversight"}), force="northmere"),
        3: Label(mine.purposes, force="elsewhere"),
        4: Label(mine.purposes, frozenset({"sensitive-location"}), force="northmere"),
        5: Label(mine.purposes, force="northmere", operation="op-any"),
        6: Label(mine.purposes, force="northmere", operation="op-secret"),
        7: Label(mine.purposes, force="northmere", handling="C"),
        8: Label(mine.purposes, force="northmere", handling="P"),
        9: Label(mine.purposes, force="many"),
    }
    assert rulebook().allowed_labels(actor("analyst-1"), circumstances(), labels) == {1, 5, 8}
    assert rulebook().allowed_labels(actor("analyst-1"), circumstances(halted=True), labels) == frozenset()
    assert rulebook().allowed_labels(actor("analyst-1"), circumstances(), {}) == frozenset()
    assert codes(rulebook().judge_label(actor("analyst-1"), circumstances(), labels[3])) == {"label-force"}


def test_the_key_of_a_label_cache_changes_with_whatever_the_rules_read():
    """A cache that forgets the operation shows one operation's rows to another."""
    key = rulebook().labels_rest_on(actor("analyst-1"), circumstances())
    assert key == rulebook().labels_rest_on(actor("analyst-1"), circumstances(now=NOON + timedelta(hours=5)))
    assert hash(key)
    for changed in (
        {"operation_ref": "op-other"}, {"purpose": "oversight"}, {"halted": True}, {"mandate_adopted": False},
        {"now": NOON + timedelta(days=400)}, {"now": NOON - timedelta(days=400)}, {"witnesses_ok": False},
        {"mandate": None}, {"emergency": True}, {"actor_on_operation": False}, {"user_number": 9},
    ):  # fmt: skip
        assert key != rulebook().labels_rest_on(actor("analyst-1"), circumstances(**changed))
    assert key != rulebook().labels_rest_on(actor("analyst-2"), circumstances())


def test_a_deployment_elsewhere_does_not_start():
    """PL-06: region us-east-1 in a configuration file must stop the start, not be found by an auditor."""
    elsewhere = Rulebook(charter(), region="US")
    now = circumstances(None, purpose="oversight")
    assert codes(elsewhere.judge_act(actor("system-administrator-1"), now, "start")) == {"red-line-8-jurisdiction"}
    assert not elsewhere.judge_open(actor("analyst-1"), circumstances(), "incident", COLUMNS).allow


def test_the_example_can_be_walked_from_end_to_end():
    """Every table of the walk is covered by some mandate that some person of the example may use."""
    for name, person, table in (
        ("hotspots", "analyst-1", "incident"), ("hotspots", "neighbourhood-officer-1", "plan"),
        ("assess-hotspots", "model-owner-1", "outcome"), ("assess-hotspots", "model-owner-1", "stop_equality"),
        ("danger-to-life", "neighbourhood-officer-1", "outcome"),
    ):  # fmt: skip
        mandate = charter().mandates[name]
        columns = [c for c in mandate.scope.columns if c.startswith(f"{table}.")]
        assert rulebook().judge_open(actor(person), circumstances(name), table, columns, TABLES[table].sealed).allow


def test_reasons_name_tables_and_columns_as_people_do():
    """An officer who is told "incident_person" is told nothing they could ask a colleague about."""
    raw = [name for name in TABLES if "_" in name]
    for table, spec in TABLES.items():
        for person in ("analyst-1", "panel-member-1"):
            for mandate in ("hotspots", "find-investigation", "replay-results"):
                verdict = rulebook().judge_open(actor(person), circumstances(mandate), table, spec.column_names)
                told = " ".join(r.what for r in verdict.reasons)
                assert not [name for name in raw if name in told] and not re.search(rf"\b{table}\.[a-z]", told)
    verdict = rulebook().judge_open(actor("panel-member-1"), circumstances("find-investigation"), "incident_person", [])
    assert "“people in reported crimes”" in " ".join(r.what for r in verdict.reasons)
