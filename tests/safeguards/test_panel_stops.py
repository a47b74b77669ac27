"""The panel's stop: what counts for it, what does not, who obeys it, and who can undo it."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.core.errors import ExpiredError, InvalidError, MissingError, RefusedError
from peelian.gate.entries import Act
from peelian.gate.memory.panel_record import OPS
from peelian.gate.opening import open_gate
from peelian.model.question import Question
from peelian.model.stop import read_statement
from peelian.policy.charter import load_charter
from peelian.store.deployment import open_deployment
from tests.support.gate import Built, build, burglaries, codes

MONTHS = Question("incident", ("month",))
ONE, TWO, THREE = "panel-member-1", "panel-member-2", "panel-member-3"
WHY = "The published error does not hold."


@pytest.fixture
def built(tmp_path) -> Built:
    """A deployment with something to look at and nothing stopped."""
    made = build(tmp_path)
    made.plant({"s": burglaries(3)})
    yield made
    made.gate.close()


def propose(built: Built, mandate: str = "hotspots", **more):
    """Put a stop before the panel."""
    return built.gate.propose_stop(built.at_work(ONE), mandate, WHY, **more)


def state(built: Built, mandate: str = "hotspots") -> str:
    """Say what anybody can see of a mandate."""
    return built.gate.mandate_states()[mandate]


def not_counted(built: Built, proposal, signatures, by=ONE) -> set[str]:
    """Hand in signatures that must not count; return why they did not."""
    with pytest.raises(RefusedError) as refused:
        built.gate.sign_for_panel(built.at_work(by), proposal.id, signatures)
    assert refused.value.code == "signature-not-counted"
    assert built.leaves()[-1]["op"] == "refusal", "a refusal to count is on record"
    assert state(built) == "in force"
    return codes(refused.value)


def test_two_members_stop_a_tool_and_it_is_off_at_once(built):
    """The power that the public was promised has to work, whole, with nobody's help."""
    who = built.at_work("analyst-1")
    assert built.gate.view(who, "hotspots", MONTHS).rows_read == 3
    proposal = propose(built)
    first = built.sign_for_panel(proposal, ONE)
    assert not first.done and state(built) == "in force"
    second = built.sign_for_panel(proposal, TWO)
    assert second.done and state(built) == "stopped"
    with pytest.raises(RefusedError) as refused:
        built.gate.view(who, "hotspots", MONTHS)
    assert codes(refused.value) == {"mandate-halted"}
    [stop] = built.gate.stops()
    assert (stop.whose, stop.reason, stop.proved, stop.stands) == ("panel", WHY, True, True)
    assert [a for a, _ in stop.signatures] == [ONE, TWO]
    assert built.leaves()[-2]["op"] == "halt" and built.leaves()[-2]["tool"] == "hotspots"


def test_a_proposal_alone_and_one_signature_stop_nothing(built):
    """One member who is wrong, bought or pressed must not be able to stop the police."""
    built.sign_for_panel(propose(built), ONE)
    assert state(built) == "in force" and built.gate.stops() == []
    with pytest.raises(RefusedError) as refused:
        built.gate.act_on_mandate(built.at_work(ONE), "hotspots", "halt", WHY)
    assert codes(refused.value) == {"not-your-office"}
    with pytest.raises(RefusedError) as refused:
        built.gate.act_on_mandate(built.at_work(ONE), "hotspots", "end-mandate", WHY)
    assert codes(refused.value) == {"not-your-office"}, "ending it alone would be stopping it alone"


def test_the_same_member_twice_is_one_member(built):
    """Signing again, with the same key or a second seat's name, is no second opinion."""
    proposal = propose(built)
    built.sign_for_panel(proposal, ONE)
    again = built.signature(ONE, proposal.statement.text)
    assert not_counted(built, proposal, {ONE: again}) == {"signature-not-new"}
    assert not_counted(built, proposal, {TWO: again}) == {"signature-not-good"}
    assert not_counted(built, proposal, {}) == {"signature-not-new"}


def test_a_signature_under_another_text_does_not_count(built):
    """What a member signed elsewhere, for another tool, version or reason must not be used here."""
    proposal = propose(built)
    for changed in (
        {"deployment": "01K0000000000000000000000Z"},
        {"version": "0" * 64},
        {"mandate": "source-plans"},
        {"reason": "Another reason."},
        {"proposal": "01K0000000000000000000000Z"},
        {"title": "Another tool"},
        {"begins_at": built.clock.now() + timedelta(hours=1)},
    ):
        other = replace(proposal.statement, **changed)
        signed = {TWO: built.signature(TWO, other.text)}
        assert not_counted(built, proposal, signed) == {"signature-not-good"}, changed


def test_a_signature_to_stop_does_not_lift_and_one_to_lift_does_not_stop(built):
    """The two must never be taken for one another."""
    stop = built.panel_stops("hotspots", WHY)
    lift = built.gate.propose_lift(built.at_work(ONE), stop.id, WHY)
    signed = dict(stop.signatures)
    with pytest.raises(RefusedError) as refused:
        built.gate.sign_for_panel(built.at_work(ONE), lift.id, signed)
    assert codes(refused.value) == {"signature-not-good"}
    assert state(built) == "stopped"


def test_who_is_not_on_the_panel_does_not_count_and_cannot_hand_in(built):
    """The owner, the approver and the administrator have keys too."""
    proposal = propose(built)
    for person in ("official-1", "approver-1", "system-administrator-1", "analyst-1"):
        signed = {person: built.signature(person, proposal.statement.text)}
        assert not_counted(built, proposal, signed) == {"signer-not-on-panel"}
    both = {p: built.signature(p, proposal.statement.text) for p in (ONE, TWO)}
    with pytest.raises(RefusedError) as refused:
        built.gate.sign_for_panel(built.at_work("official-1"), proposal.id, both)
    assert codes(refused.value) == {"not-on-the-panel"}
    with pytest.raises(RefusedError):
        built.gate.propose_stop(built.at_work("official-1"), "hotspots", WHY)
    with pytest.raises(RefusedError):
        built.gate.proposals(built.at_work("official-1"))


def test_a_key_that_was_not_enrolled_does_not_count(built):
    """Whose key it is stands in the ledger, not in what a caller says."""
    proposal, mine = propose(built), Ed25519PrivateKey.generate()
    built.keys = {**built.keys, TWO: mine}
    signed = {TWO: built.signature(TWO, proposal.statement.text)}
    assert not_counted(built, proposal, signed) == {"signature-not-good"}
    assert not_counted(built, proposal, {TWO: "not base64!"}) == {"signature-not-good"}


def without_seat(built: Built, person: str) -> None:
    """Enter a charter in which somebody holds no seat any more, as a ruling of the panel would."""
    house = built.house
    seats = {s.id: s.held_by for s in built.charter.panel.seats if s.held_by and s.held_by != person}
    body = {"charter": house.charter.hash, "before": house.charter.hash, "panel": {"seats": seats, "signatures": 2}}
    house.recorder.record([Act("charter-loaded", "charter", "", "record", body)])


def test_a_member_who_left_the_panel_counts_no_more_not_even_with_what_they_signed_before(built):
    """A signature is an act of office, and the office has ended."""
    proposal = propose(built)
    built.sign_for_panel(proposal, THREE)
    without_seat(built, THREE)
    after = built.sign_for_panel(proposal, ONE)
    assert not after.done and state(built) == "in force"
    other = built.gate.propose_stop(built.at_work(ONE), "hotspots", "Again.")
    signed = {THREE: built.signature(THREE, other.statement.text)}
    assert not_counted(built, other, signed) == {"signer-not-on-panel"}
    assert built.sign_for_panel(proposal, TWO).done


def test_what_was_carried_out_or_has_lapsed_is_not_carried_out_again(built):
    """Signatures of last month must not stop the tool again after it was lifted."""
    proposal = propose(built)
    built.sign_for_panel(proposal, ONE, TWO)
    signed = {p: built.signature(p, proposal.statement.text) for p in (ONE, TWO, THREE)}
    [stop] = built.gate.stops()
    lift = built.panel_lifts(stop)
    assert lift.done and state(built) == "in force"
    assert not_counted(built, proposal, signed) == {"proposal-carried-out"}
    lift_signed = {p: built.signature(p, lift.statement.text) for p in (ONE, TWO)}
    built.panel_stops("hotspots", "A second time.")
    with pytest.raises(RefusedError):
        built.gate.sign_for_panel(built.at_work(ONE), lift.id, lift_signed)
    assert state(built) == "stopped", "a lifting that was used lifts no later stop"
    late = built.gate.propose_stop(built.at_work(ONE), "source-plans", WHY)
    built.clock.move(days=7)
    built.held.clear()
    with pytest.raises(ExpiredError) as lapsed:
        built.sign_for_panel(late, ONE, TWO)
    assert lapsed.value.code == "proposal-lapsed"


def test_nobody_but_the_panel_lifts_what_the_panel_stopped(built):
    """A stop that whoever is stopped can lift is advice."""
    stop = built.panel_stops("hotspots", WHY)
    for person in ("official-1", "approver-1", ONE, "data-protection-officer-1"):
        with pytest.raises(RefusedError) as refused:
            built.gate.act_on_mandate(built.at_work(person), "hotspots", "lift", "It is needed.")
        assert "panel-stop-stands" in codes(refused.value)
        assert state(built) == "stopped"
    with pytest.raises(RefusedError):
        built.gate.act_on_mandate(built.at_work("approver-1"), "hotspots", "adopt-mandate")
    lift = built.gate.propose_lift(built.at_work(ONE), stop.id, "Mended.")
    assert not built.sign_for_panel(lift, ONE).done and state(built) == "stopped"
    assert built.sign_for_panel(lift, THREE).done and state(built) == "in force"
    assert built.gate.stops()[0].lifted.reason == "Mended."


def test_an_entry_that_lifts_without_signatures_lifts_nothing(built):
    """Whoever can write the log by another way than the gate must not be able to let a tool go on."""
    stop = built.panel_stops("hotspots", WHY)
    lift = built.gate.propose_lift(built.at_work(ONE), stop.id, "Mended.")
    real = {p: built.signature(p, lift.statement.text) for p in (ONE, TWO)}
    body = {
        "actor": ONE, "whose": "panel", "proposal": lift.id, "mandate": "hotspots", "stop": stop.id,
        "statement": lift.statement.text, "public_reason": "Mended.", "signatures": [],
    }  # fmt: skip
    text = lift.statement.text
    forged = [
        {},
        {"signatures": [[ONE, real[ONE]]]},
        {"signatures": [[ONE, real[ONE]], [ONE, real[ONE]]]},
        {"signatures": [[ONE, real[ONE]], [TWO, real[ONE]]]},
        {"signatures": [["official-1", built.signature("official-1", text)], [ONE, real[ONE]]]},
        {"signatures": sorted(real.items()), "proposal": stop.id},
        {"signatures": sorted(real.items()), "stop": "another"},
        {"signatures": sorted(real.items()), "mandate": "source-plans"},
        {"signatures": [list(p) for p in stop.signatures], "statement": stop.statement},
        {"whose": "owner", "stops": [stop.id]},
    ]
    for changed in forged:
        built.house.recorder.record([Act("lift", "hotspots", "", "record", body | changed)])
        assert state(built) == "stopped", changed
    other = built.reopen()
    assert other.mandate_states()["hotspots"] == "stopped"
    other.close()
    built.house.recorder.record([Act("lift", "hotspots", "", "record", body | {"signatures": sorted(real.items())})])
    assert state(built) == "in force", "with them it does: nothing else was amiss"


def test_an_entry_that_stops_stops_even_when_it_does_not_prove_itself(built):
    """Stopping fails safe: a form that changed or a key that was lost must not let a stopped tool go on."""
    body = {"actor": ONE, "whose": "panel", "mandate": "hotspots", "public_reason": WHY}
    built.house.recorder.record([Act("halt", "hotspots", "", "record", body)])
    assert state(built) == "stopped"
    assert [s.proved for s in built.gate.stops()] == [False]


def test_a_proposal_that_cannot_be_read_keeps_nobody_from_reading_on(built):
    """One malformed line must not shut every door."""
    for op in sorted(OPS - {"halt", "lift"}):
        body = {"actor": ONE, "statement": "nonsense", "proposal": "x", "account": ONE, "signature": ""}
        body |= {"charter": built.house.charter.hash}
        built.house.recorder.record([Act(op, "panel", "", "record", body)])
    assert state(built) == "in force"
    assert built.panel_stops("hotspots").proved, "and the panel can still stop"


def test_an_owner_stops_their_own_tool_and_one_member_lets_it_go_on(built):
    """Whoever answers for a tool must not wait for a meeting; nor switch it on again themselves."""
    official = built.at_work("official-1")
    built.gate.act_on_mandate(official, "hotspots", "halt", "It looks wrong to us.")
    [stop] = built.gate.stops()
    assert (stop.whose, state(built)) == ("owner", "stopped")
    with pytest.raises(RefusedError):
        built.gate.act_on_mandate(official, "hotspots", "lift", "It was nothing.")
    built.gate.act_on_mandate(built.at_work(TWO), "hotspots", "lift", "It was nothing.")
    assert state(built) == "in force"
    with pytest.raises(MissingError):
        built.gate.act_on_mandate(built.at_work(TWO), "hotspots", "lift", "Again.")


def test_a_stop_of_both_is_lifted_only_as_the_panels(built):
    """An owner's stop beside the panel's must not become a way round the panel."""
    built.gate.act_on_mandate(built.at_work("official-1"), "hotspots", "halt", "Ours.")
    stop = built.panel_stops("hotspots", WHY)
    with pytest.raises(RefusedError):
        built.gate.act_on_mandate(built.at_work(ONE), "hotspots", "lift", "Ours is over.")
    built.panel_lifts(stop)
    assert state(built) == "stopped", "the owner's own still stands"
    built.gate.act_on_mandate(built.at_work(ONE), "hotspots", "lift", "Ours is over.")
    assert state(built) == "in force"


def test_a_stop_at_the_end_of_the_shift_begins_then_and_not_before(built):
    """Officers who are out with tonight's plan finish it; the next shift has none."""
    ends = built.clock.now() + timedelta(hours=5)
    built.panel_stops("hotspots", WHY, begins_at=ends)
    who = built.at_work("analyst-1")
    built.clock.at = ends - timedelta(microseconds=1)
    assert state(built) == "in force" and built.gate.view(who, "hotspots", MONTHS).rows_read == 3
    built.clock.at = ends
    assert state(built) == "stopped"
    with pytest.raises(RefusedError):
        built.gate.view(who, "hotspots", MONTHS)
    for hours in (-1, 0, 25):
        with pytest.raises(InvalidError) as error:
            propose(built, "source-plans", begins_at=built.clock.now() + timedelta(hours=hours))
        assert error.value.code == "stop-too-far-ahead"


def test_a_mandate_changed_after_the_proposal_takes_a_new_one(built):
    """Members read one version; another must not be stopped, or let go on, in their name."""
    proposal = propose(built)
    mandates = dict(built.house.charter.mandates)
    mandates["hotspots"] = replace(mandates["hotspots"], fallback="Something else.")
    built.house.charter = replace(built.house.charter, mandates=mandates)
    with pytest.raises(RefusedError) as refused:
        built.sign_for_panel(proposal, ONE, TWO)
    assert codes(refused.value) == {"statement-outdated"}


def elsewhere(folder, clock, orders, answers):
    """Look, again and again, from a process of one's own."""
    example = load_charter(folder / "charter")
    deployment = open_deployment(folder, allowed=example.jurisdiction.regions)
    gate = open_gate(deployment, example, clock=clock, threads=1)
    while (credential := orders.get()) is not None:
        try:
            answers.put(gate.view(credential(), "hotspots", MONTHS).rows_read)
        except RefusedError as error:
            answers.put(sorted(codes(error)))
    gate.close()


class Held:
    """A credential that can go to another process of the same person."""

    def __init__(self, credential):
        self.session_id, self.secret = credential.session_id, credential.key.private_bytes_raw()

    def __call__(self):
        """Return the credential."""
        from peelian.gate.identity import Credential

        return Credential(self.session_id, Ed25519PrivateKey.from_private_bytes(self.secret))


def test_a_stop_made_in_one_process_is_obeyed_in_another_at_its_next_decision(built):
    """The officer's screen and the panel's are not the same program."""
    fresh = multiprocessing.get_context("spawn")
    orders, answers = fresh.Queue(), fresh.Queue()
    who = Held(built.at_work("analyst-1"))
    other = fresh.Process(target=elsewhere, args=(built.deployment.folder, built.clock, orders, answers))
    other.start()
    try:
        orders.put(who)
        assert answers.get(timeout=60) == 3
        stop = built.panel_stops("hotspots", WHY)
        orders.put(who)
        assert answers.get(timeout=30) == ["mandate-halted"]
        built.panel_lifts(stop)
        orders.put(who)
        assert answers.get(timeout=30) == 3
    finally:
        orders.put(None)
        other.join(timeout=30)
    assert other.exitcode == 0


def test_two_doors_that_count_the_last_signature_at_once_make_one_stop(built):
    """Otherwise one lifting would lift one of two, and the tool would stay off for no reason that anybody can see."""
    proposal = propose(built)
    built.sign_for_panel(proposal, ONE)
    other = built.reopen()
    real = other._house.recorder.record

    def meanwhile(acts):
        out = real(acts)
        if acts[0].op == "stop-signed":
            built.sign_for_panel(proposal, TWO)
        return out

    other._house.recorder.record = meanwhile
    assert built.sign_for_panel(proposal, THREE, gate=other).done
    assert len(built.gate.stops()) == 1
    built.panel_lifts(built.gate.stops()[0])
    assert state(built) == "in force"
    other.close()


def test_a_statement_says_all_that_a_signature_is_for(built):
    """Members sign what they read, and read all of it."""
    statement = propose(built).statement
    assert read_statement(statement.text) == statement
    for words in ("hotspots", built.charter.mandates["hotspots"].digest, built.deployment.id, WHY, "at once", "stop"):
        assert words in statement.text


def test_another_name_for_a_stopped_tool_lets_it_not_go_on(built):
    """Else the approving body would undo the panel's stop with a copy of the permission under another name."""
    approver, analyst, folder = built.at_work("approver-1"), built.at_work("analyst-1"), built.deployment.charter
    stop = built.panel_stops("hotspots", WHY)
    words = (folder / "mandates/hotspots.yml").read_text()
    (folder / "mandates/patrols.yml").write_text(words.replace("id: hotspots", "id: patrols", 1))
    built.gate.adopt_charter(approver, load_charter(folder))
    gate = built.reopen()
    for call in (
        lambda: gate.act_on_mandate(approver, "patrols", "adopt-mandate"),
        lambda: gate.act_on_mandate(built.at_work(ONE), "patrols", "lift", WHY),
        lambda: gate.view(analyst, "patrols", MONTHS),
    ):
        with pytest.raises(RefusedError) as refused:
            call()
        assert codes(refused.value) & {"mandate-halted", "panel-stop-stands"}
    assert gate.mandate_states()["patrols"] == "stopped"
    lift = gate.propose_lift(built.at_work(ONE), stop.id, WHY)
    assert built.sign_for_panel(lift, ONE, TWO, gate=gate).done
    gate.act_on_mandate(approver, "patrols", "adopt-mandate")
    assert gate.view(analyst, "patrols", MONTHS).rows_read == 3
    gate.close()


def test_a_stop_holds_for_a_use_that_had_two_permissions_before_it(built):
    """A second permission kept in reserve would be the way round a stop that no stop could close."""
    approver, analyst, folder = built.at_work("approver-1"), built.at_work("analyst-1"), built.deployment.charter
    words = (folder / "mandates/hotspots.yml").read_text()
    (folder / "mandates/patrols.yml").write_text(words.replace("id: hotspots", "id: patrols", 1))
    built.gate.adopt_charter(approver, load_charter(folder))
    built.gate.close()
    built.gate = built.reopen()
    built.gate.act_on_mandate(approver, "patrols", "adopt-mandate")
    assert built.gate.view(analyst, "patrols", MONTHS).rows_read == 3
    built.panel_stops("hotspots", WHY)
    with pytest.raises(RefusedError) as refused:
        built.gate.view(analyst, "patrols", MONTHS)
    assert codes(refused.value) == {"mandate-halted"}
    assert built.gate.mandate_states()["source-incidents"] == "in force", "a stop of a tool stops no source"
