"""What the gate says no to, and that each no is on record with every reason."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from peelian.core.errors import ExpiredError, InvalidError, PeelianError, RefusedError
from peelian.core.ids import new_ulid
from peelian.gate.identity import Credential, request_sign_in
from peelian.model.question import Question, Where
from peelian.policy.charter import load_charter
from tests.support.gate import OPERATIONS, build, burglaries, codes, program

MONTHS = Question("incident", ("month",))
EQUALITY = Question("stop_equality", ("record_id", "sex"))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Give a deployment with a few rows, for tests that leave it as it was."""
    made = build(tmp_path_factory.mktemp("gate"))
    made.plant({"s": burglaries(20)})
    yield made
    made.gate.close()


@pytest.fixture
def own(tmp_path):
    """Give a deployment of a test's own."""
    made = build(tmp_path)
    made.plant({"s": burglaries(20)})
    yield made
    made.gate.close()


def refused(call, *args, **kwargs) -> RefusedError:
    """Return the refusal that a call ends in."""
    with pytest.raises(RefusedError) as error:
        call(*args, **kwargs)
    return error.value


def on_record(built, error: RefusedError) -> bool:
    """Say whether the newest refusal in the ledger has every reason of an error."""
    return built.bodies("refusal")[-1]["reasons"] == [r.code for r in error.reasons]


# Who


def test_nobody_is_let_in_by_a_sessions_number_alone(built):
    """A number is seen in logs and on screens; only the key makes somebody who they say they are."""
    mine, theirs = built.at_work("analyst-1"), built.at_work("neighbourhood-officer-1")
    stolen = refused(built.gate.view, Credential(theirs.session_id, mine.key), "hotspots", MONTHS)
    invented = refused(built.gate.view, Credential(new_ulid(built.clock), mine.key), "hotspots", MONTHS)
    assert stolen.as_dict() == invented.as_dict(), "whether such a session exists is not told either"
    assert stolen.code == "session-not-proved"
    assert built.bodies("refusal")[-1]["reasons"] == ["session-not-proved"]


def test_a_closed_session_is_no_session(built):
    """Whoever signs out means it."""
    credential = built.sign_in("analyst-1")
    built.gate.close_session(credential)
    assert refused(built.gate.who, credential).code == "session-ended"


def test_a_session_ends_with_the_shift(own):
    """A machine left signed in overnight is not somebody."""
    credential = own.at_work("analyst-1")
    own.clock.move(hours=12)
    error = refused(own.gate.view, credential, "hotspots", MONTHS)
    assert isinstance(error, ExpiredError) and error.code == "session-ended"


@pytest.mark.parametrize("wrong", ["key", "account", "time", "deployment"])
def test_every_failed_sign_in_gets_the_same_words(built, wrong):
    """Words that differ would tell whether somebody has an account here."""
    key = built.keys["analyst-1" if wrong != "key" else "analyst-2"]
    account = "nobody-9" if wrong == "account" else "analyst-1"
    at = built.clock.now().replace(year=2025) if wrong == "time" else built.clock.now()
    request, _ = request_sign_in(account, key, at, "elsewhere" if wrong == "deployment" else built.deployment.id)
    error = refused(built.gate.open_session, request)
    assert error.as_dict() == SIGN_IN_REFUSED
    assert built.leaves()[-1]["decision"] == "refuse"


SIGN_IN_REFUSED = {
    "family": "refused",
    "code": "sign-in-refused",
    "what": "This sign-in is not accepted.",
    "why": "The account, its key, the time or the deployment does not agree with what is on record.",
    "do": "Check that you hold the account's key and that your clock is right, then sign in again.",
    "reasons": [],
}


def test_without_a_working_context_nothing_opens(built):
    """Purpose and reason come from an operation; nobody works for no reason."""
    error = refused(built.gate.view, built.sign_in("analyst-1"), "hotspots", MONTHS)
    assert {"operation-missing", "purpose-not-in-mandate"} <= codes(error)
    assert on_record(built, error)


def test_nobody_sets_an_operation_that_they_are_not_on(built):
    """A reference that anybody may use is no reference."""
    for operation in ("op-assessment", "op-that-is-not"):
        error = refused(built.gate.set_context, built.sign_in("analyst-1"), operation)
        assert codes(error) == {"not-on-operation"}
        assert on_record(built, error)


def test_nothing_opens_once_the_operation_is_closed(own):
    """A shift that is over is no reason to look."""
    gate = amended(own, "operations.yml", "closes_at: 2027-11-23T10:00:00", "closes_at: 2026-11-23T11:00:00")
    who = own.sign_in("analyst-1", gate)
    gate.set_context(who, "op-patrol-planning")
    assert gate.view(who, "hotspots", MONTHS).rows_read == 20
    own.clock.move(hours=3)
    error = refused(gate.view, who, "hotspots", MONTHS)
    assert codes(error) & {"operation-closed", "operation-missing"}
    assert {"operation-closed", "not-on-operation"} & codes(refused(gate.set_context, who, "op-patrol-planning"))
    gate.close()


def amended(own, file, old, new):
    """Have an amended charter adopted, and open the door under it."""
    path = own.deployment.charter / file
    text = path.read_text()
    assert old in text, "the amendment changes something"
    path.write_text(text.replace(old, new))
    own.gate.adopt_charter(own.at_work("approver-1"), load_charter(own.deployment.charter))
    return own.reopen()


# Under what


def test_no_mandate_no_view(built):
    """What nobody has decided, nobody may do."""
    error = refused(built.gate.view, built.at_work("analyst-1"), "no-such-mandate", MONTHS)
    assert "no-mandate" in codes(error) and on_record(built, error)


def test_a_mandate_that_nobody_has_adopted_is_paper(tmp_path):
    """A file in a folder is a proposal."""
    made = build(tmp_path, adopt=False)
    made.adopt("danger-to-life")
    error = refused(made.gate.view, made.at_work("analyst-1"), "hotspots", MONTHS)
    assert codes(error) == {"mandate-not-adopted"} and on_record(made, error)
    made.gate.close()


def test_a_mandate_stops_at_its_end_and_no_clock_turned_back_revives_it(own):
    """A sunset that an administrator can put off is none."""
    own.clock.at = own.charter.mandates["hotspots"].ends_at - timedelta(hours=1)
    before, who = own.clock.at, own.at_work("analyst-1")
    assert own.gate.view(who, "hotspots", MONTHS).rows_read == 20
    own.clock.move(hours=1)
    error = refused(own.gate.view, who, "hotspots", MONTHS)
    assert isinstance(error, ExpiredError) and "mandate-expired" in codes(error) and on_record(own, error)
    own.clock.at = before
    gate = own.reopen()
    for door in (own.gate, gate):
        assert "mandate-expired" in codes(refused(door.view, who, "hotspots", MONTHS))
        assert door.clock.now() > before
    gate.close()


def test_an_ended_mandate_is_off_at_once(own):
    """Whoever ends it should not have to wait for anybody's cache."""
    who, official = own.at_work("analyst-1"), own.at_work("official-1")
    assert own.gate.view(who, "hotspots", MONTHS).rows_read == 20
    own.gate.act_on_mandate(official, "hotspots", "end-mandate")
    assert codes(refused(own.gate.view, who, "hotspots", MONTHS)) == {"mandate-not-adopted"}
    own.adopt("hotspots")
    assert own.gate.view(who, "hotspots", MONTHS).rows_read == 20


@pytest.mark.parametrize("mandate", ["oversight", "replay-results", "publish-register"])
def test_whoever_is_overseen_does_not_end_what_oversight_rests_on(own, mandate):
    """An owner who could end the panel's duties would be rid of questions, of replays and of the public register."""
    refusal = refused(own.gate.act_on_mandate, own.at_work("official-1"), mandate, "end-mandate")
    assert codes(refusal) == {"not-your-office"}
    own.gate.act_on_mandate(own.at_work("approver-1"), mandate, "end-mandate")


def test_a_halt_is_heard_at_the_very_next_call_of_every_open_door(own):
    """The panel's stop has to work now, in every process, however warm its caches are."""
    other, who = own.reopen(), own.at_work("analyst-1")
    assert own.gate.view(who, "hotspots", MONTHS).rows_read == other.view(who, "hotspots", MONTHS).rows_read == 20
    stop = own.panel_stops("hotspots", "The published error does not hold.")
    for door in (other, own.gate):
        for call in (lambda d: d.view(who, "hotspots", MONTHS), lambda d: d.check_run(who, "hotspots", program())):
            assert codes(refused(call, door)) == {"mandate-halted"}
        assert door.mandate_states()["hotspots"] == "stopped"
    own.panel_lifts(stop, "It has been corrected.")
    assert other.view(who, "hotspots", MONTHS).rows_read == 20
    other.close()


def test_a_halt_entered_while_a_look_up_is_under_way_comes_first(own, monkeypatch):
    """The record would else show a look-up under a mandate that was already stopped."""
    other, who = own.reopen(), own.at_work("analyst-1")
    proposal = own.gate.propose_stop(own.at_work("panel-member-1"), "hotspots", "Stop.")
    real = other._house.recorder.record

    def halted_meanwhile(acts):
        if acts[0].op == "consultation":
            own.sign_for_panel(proposal, "panel-member-1", "panel-member-2")
        return real(acts)

    monkeypatch.setattr(other._house.recorder, "record", halted_meanwhile)
    monkeypatch.setattr(other._house.engine, "run", must_not_run)
    assert codes(refused(other.view, who, "hotspots", MONTHS)) == {"mandate-halted"}
    monkeypatch.undo()
    other.close()


def must_not_run(sql):
    """Stand in for the engine where nothing may be opened."""
    raise AssertionError("data were opened")


def test_a_mandate_changed_after_its_adoption_is_not_adopted(own):
    """What was approved is a text, not a name: a changed one needs a new approval."""
    gate = amended(own, "mandates/hotspots.yml", "Walk where", "Walk anywhere")
    who = own.sign_in("analyst-1", gate)
    gate.set_context(who, "op-patrol-planning")
    assert codes(refused(gate.view, who, "hotspots", MONTHS)) == {"mandate-not-adopted"}
    assert gate.mandate_states()["hotspots"] == "proposed"
    gate.act_on_mandate(own.at_work("approver-1"), "hotspots", "adopt-mandate")
    assert gate.view(who, "hotspots", MONTHS).rows_read == 20
    gate.close()


def test_a_charter_edited_on_disk_opens_nothing(own):
    """A rule changes by a recorded act of the approving body, never by whoever can write a file."""
    path = own.deployment.charter / "people.yml"
    path.write_text(path.read_text().replace("roles: [system-administrator]", "roles: [approver]"))
    gate, who = own.reopen(), own.at_work("analyst-1")
    for call in (
        lambda: gate.view(who, "hotspots", MONTHS),
        lambda: gate.open_session(
            request_sign_in("official-1", own.keys["official-1"], own.clock.at, own.deployment.id)[0]
        ),
        lambda: gate.act_on_mandate(own.at_work("approver-1"), "hotspots", "end-mandate"),
    ):
        assert refused(call).code == "charter-not-in-force"
    gate.close()


def test_nobody_writes_themselves_into_office(own):
    """A new charter is judged by the one in force: its own words make nobody an approver."""
    path = own.deployment.charter / "people.yml"
    path.write_text(path.read_text().replace("roles: [system-administrator]", "roles: [approver]"))
    new = load_charter(own.deployment.charter)
    for person in ("system-administrator-1", "official-1", "analyst-1"):
        error = refused(own.gate.adopt_charter, own.sign_in(person), new)
        assert "not-your-office" in codes(error) and on_record(own, error)
    assert own.house.head.charter_hash == own.charter.hash


def test_a_person_whom_the_charter_no_longer_names_is_out(own):
    """A session does not outlive the role it was opened for."""
    who = own.at_work("analyst-2")
    shutil.copytree(own.deployment.charter, own.deployment.folder / "tmp" / "charter")
    people = own.deployment.charter / "people.yml"
    text = people.read_text()
    start, end = text.index("  - id: analyst-2"), text.index("  - id: neighbourhood-officer-1")
    people.write_text(text[:start] + text[end:])
    gate = amended(own, "operations.yml", "[analyst-1, analyst-2, ", "[analyst-1, ")
    assert refused(gate.view, who, "hotspots", MONTHS).code == "account-not-in-charter"
    gate.close()


# What


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (Question("incident", ("source_ref",)), "columns-outside-scope"),
        (Question("incident", ("month",), (Where("source_ref", "==", "A1"),)), "columns-outside-scope"),
        (Question("incident", ("month",), order_by=(("source_ref", "asc"),)), "columns-outside-scope"),
        (Question("incident", ("month", "subject_id")), "columns-outside-scope"),
        (Question("incident", ("month", "label_id")), "columns-outside-scope"),
        (Question("incident", ("month", "expires_on")), "columns-outside-scope"),
        (Question("stop", ("month",)), "table-outside-scope"),
        (Question("stop_person", ("age_band",)), "table-outside-scope"),
        (EQUALITY, "sealed-table"),
        (EQUALITY, "untrained-table"),
        (Question("quarantine", ("reason",)), "table-outside-scope"),
    ],
)
def test_what_the_mandate_does_not_cover_is_refused_wherever_it_is_named(built, question, code):
    """Filtering or ordering by a column tells its values as surely as showing it."""
    error = refused(built.gate.view, built.at_work("analyst-1"), "hotspots", question)
    assert code in codes(error) and on_record(built, error)


def test_a_table_about_people_is_refused_to_whoever_has_sat_no_practice_set_for_it(built):
    """Whoever has never seen what goes wrong in such rows is a danger to the people in them."""
    error = refused(built.gate.view, built.at_work("analyst-2"), "hotspots", Question("stop_person", ("age_band",)))
    assert "untrained-table" in codes(error) and on_record(built, error)


@pytest.mark.parametrize("table", ["nobodys", "incident_history", "labels", "sessions", "incident; DROP TABLE x"])
def test_a_table_that_nobody_declared_does_not_exist(built, table):
    """There is no way round the declared tables: not into history, not into the desk, not into SQL."""
    with pytest.raises(PeelianError) as error:
        built.gate.view(built.at_work("analyst-1"), "hotspots", Question(table, ("month",)))
    assert error.value.code == "table-undeclared"


def test_protected_characteristics_open_for_an_assessment_and_for_nothing_else(built):
    """They are there to find out who carries the burden, and for no other reason."""
    assert built.gate.view(built.at_work("model-owner-1"), "assess-hotspots", EQUALITY).rows_read == 0
    for person, mandate in (
        ("analyst-1", "hotspots"),
        ("analyst-1", "assess-hotspots"),
        ("model-owner-1", "hotspots"),
        ("data-protection-officer-1", "erase-on-request"),
        ("neighbourhood-officer-1", "danger-to-life"),
    ):
        refused(built.gate.view, built.at_work(person), mandate, EQUALITY)


def test_a_system_administrator_sees_nothing(built):
    """Whoever keeps the machine running has no business in what is on it."""
    who = built.sign_in("system-administrator-1")
    for mandate in sorted(built.charter.mandates):
        for call in (
            lambda m=mandate: built.gate.view(who, m, MONTHS),
            lambda m=mandate: built.gate.fingerprints(who, m),
            lambda m=mandate: built.gate.read_log(who, m, 10),
            lambda m=mandate: built.gate.check_run(who, m, program()),
            lambda m=mandate: built.gate.erase(who, m, "0" * 32),
        ):
            assert "administrator-sees-nothing" in codes(refused(call))
    for operation in built.charter.operations:
        refused(built.gate.set_context, who, operation)


def test_a_purpose_that_is_refused_is_refused_to_everybody_in_every_way(built):
    """A purpose can come in by an operation, an emergency or a question to `why`; no way is left open."""
    refused_purposes = [p.id for p in built.charter.purposes.values() if p.refused]
    assert {"immigration-enforcement", "protest-monitoring", "officer-productivity-ranking"} <= set(refused_purposes)
    for person in sorted(built.keys):
        who = built.at_work(person) if person in OPERATIONS else built.sign_in(person)
        for purpose in refused_purposes:
            error = refused(built.gate.set_context, who, "", emergency_purpose=purpose)
            assert "red-line-5-purpose" in codes(error)
            told = built.gate.why(who, purpose, "incident")
            assert told["allowed"] is False and told["purpose_refused_to_all"] is True


def test_nobody_lists_what_a_source_holds_but_whoever_loads_it(built):
    """That there is a slice for a secret operation is itself told to nobody."""
    built.gate.fingerprints(built.at_work("data-engineer-1"), "source-incidents")
    for person in ("analyst-1", "model-owner-1", "panel-member-1", "neighbourhood-officer-1"):
        error = refused(built.gate.fingerprints, built.at_work(person), "source-incidents")
        assert "role-not-in-mandate" in codes(error) and on_record(built, error)


def test_the_log_is_read_for_its_own_purposes_only_and_reading_it_is_on_record(built):
    """DPA 2018 s.62(4): a log of who looked is not a tool to watch officers with."""
    for person in ("analyst-1", "official-1", "panel-member-1"):  # at work on something else
        refused(built.gate.read_log, built.at_work(person), "read-log", 5)
    who = built.at_work("information-commissioner-1")
    entries = built.gate.read_log(who, "read-log", 5)
    assert len(entries) == 5 and built.leaves()[-1]["op"] == "consultation"


# Emergencies


def test_danger_to_life_opens_a_look_up_without_an_operation_and_is_marked(built):
    """Seconds count; the reason is given afterwards, before a supervisor."""
    who = built.sign_in("neighbourhood-officer-1")
    context, operation = built.gate.set_context(who, "", emergency_purpose="danger-to-life")
    assert context.emergency and operation is None
    assert built.gate.view(who, "danger-to-life", MONTHS).rows_read == 20
    assert built.bodies("consultation")[-1]["emergency"] is True
    for call in (
        lambda: built.gate.view(who, "hotspots", MONTHS),
        lambda: built.gate.check_run(who, "hotspots", program()),
        lambda: built.gate.erase(who, "erase-on-request", "0" * 32),
        lambda: built.gate.read_log(who, "read-log", 5),
    ):
        assert codes(refused(call)) & {"purpose-not-in-mandate", "emergency-not-for-this"}


def test_an_emergency_is_for_keeping_people_alive(built):
    """Otherwise it would be the bypass that there must not be."""
    for purpose in ("burglary-prevention", "oversight", "no-such-purpose"):
        who = built.sign_in("neighbourhood-officer-1")
        assert "emergency-purpose" in codes(refused(built.gate.set_context, who, "", emergency_purpose=purpose))


def test_an_emergency_opens_no_operation_that_the_caller_is_not_on(built):
    """Its rows would be seen by whoever knows its name."""
    with pytest.raises(InvalidError) as error:
        built.gate.set_context(
            built.sign_in("neighbourhood-officer-1"), "op-assessment", emergency_purpose="danger-to-life"
        )
    assert error.value.code == "context-contradictory"


# Runs


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"offences": frozenset({"drugs"})}, "red-line-3-offences"),
        ({"offences": frozenset({"homicide"})}, "offence-outside-scope"),
        ({"area": "elsewhere"}, "area-outside-scope"),
        ({"inputs": frozenset({"incident.source_ref"})}, "inputs-outside-scope"),
        ({"inputs": frozenset({"stop_equality.sex"})}, "red-line-2-inputs"),
        ({"target": "person"}, "red-line-1-target"),
        ({"glass_box": False}, "red-line-10-glass-box"),
        ({"name": "another"}, "mandate-not-for-this"),
    ],
)
def test_a_run_beyond_its_mandate_is_refused_before_anything_is_looked_at(built, changed, code, monkeypatch):
    """A method says what it will do before it does it, and is held to it."""
    monkeypatch.setattr(built.house.engine, "run", must_not_run)
    who = built.at_work("analyst-1")
    error = refused(built.gate.run, who, "hotspots", program(**changed), {"incident": MONTHS}, {})
    assert code in codes(error) and on_record(built, error)


def test_code_that_was_not_approved_does_not_run(built, tmp_path):
    """What was assessed is this code, and no other by the same name."""
    shutil.copytree(program().folders[0], tmp_path / "gate_method", ignore=shutil.ignore_patterns("__pycache__"))
    same = replace(program(), folders=(tmp_path / "gate_method",))
    built.gate.check_run(built.at_work("analyst-1"), "hotspots", same)
    (tmp_path / "gate_method" / "method.py").write_text("# one word changed")
    error = refused(built.gate.check_run, built.at_work("analyst-1"), "hotspots", same)
    assert codes(error) == {"code-changed"}


def test_somebody_who_did_not_pass_the_practice_set_runs_nothing(built):
    """Analyst 2 took the practice set and did not see the planted mistakes."""
    assert codes(refused(built.gate.check_run, built.at_work("analyst-2"), "hotspots", program())) == {
        "untrained-method"
    }
