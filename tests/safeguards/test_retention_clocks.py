"""What is over is deleted: one walk over one deployment, in which each step is a promise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from peelian.core.errors import ExpiredError, InvalidError, RefusedError
from peelian.gate.entries import Act
from peelian.gate.findings import running
from peelian.gate.rooms.amending import Said, amend_room
from peelian.gate.rooms.link_verdicts import Judgement
from peelian.gate.rooms.retaining import retain_room
from peelian.gate.rooms.searching import Asked, look_room
from peelian.gate.seen import kept_parameters
from peelian.model.label import Label
from peelian.model.question import Question, Where
from peelian.store.residue import find_residue
from tests.support.gate import Built, burglaries, codes, program, record, worker_that
from tests.support.linked import CUSTODY, edges, link, person, room, town

NIGHT = "data-engineer-1"
DPO = "data-protection-officer-1"
SHORT = date(2026, 12, 1)
"""The last day of what the walk is about; the deployment is founded on 23 November."""
HOUSING = Label(frozenset({"victim-safeguarding", "erasure-on-request"}), source="housing", force="northmere")
WORDS = ("zq overdue amina qz", "zq earlier version qz", "zq tenant qz")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Somebody whose record ends soon, once written otherwise; the same person in another system; a partner's rows."""
    over = person(1, surname=WORDS[0], birth_on=date(1988, 4, 12), expires_on=SHORT, subject_id=record(91))
    tables = {
        "incident_person": [over | {"address": WORDS[1]}, person(2, forenames="Ben", birth_on=None)],
        "custody_person": [person(11, CUSTODY)],
        "intelligence_person": [person(21, CUSTODY, expires_on=SHORT), person(22, CUSTODY, forenames="Bo")],
    }
    with pytest.MonkeyPatch.context() as patch:
        made = town(tmp_path_factory.mktemp("over"), patch, tables)
        made.plant({"planted/incident_person": [over, tables["incident_person"][1]]}, "incident_person")
        made.plant_labels([HOUSING])
        made.plant({"planted/tenancy": [{"record_id": record(31), "address": WORDS[2], "label_id": HOUSING.label_id}]},
                   "tenancy")  # fmt: skip
        link(made)
        look_room(made.gate).bring_up_to_date(whole=True)
        patch.setattr(running, "run_in_worker", worker_that(lambda tables, parameters: RESULT))
        yield made


RESULT = {"base_rate": {"expected_total": 3}, "cells": [{"id": "a", "expected": 1.5}]}
MONTHS = Question("incident", ("month",), where=(Where("place", "==", "Short Street"),))


def finding(built: Built) -> str:
    """Have a method find something in incidents that end soon."""
    built.plant({"planted/incident": burglaries(3, 600, place="Short Street", expires_on=SHORT)}, "incident")
    who = built.at_work("analyst-1")
    ran = built.gate.run(who, "hotspots", program(), {"incident": MONTHS}, PARAMETERS)
    view = ran.opened.views["incident"]
    said = {
        "method": "hotspots", "code_hash": program().code_hash, "mandate": "hotspots", "purpose": "burglary-prevention",
        "seq": view.seq, "question": {"incident": MONTHS.as_dict()}, "rows_digest": ran.opened.rows_digest,
        "rows_read": view.rows_read, "parameters": kept_parameters(PARAMETERS), "seed": 0, "result": RESULT,
        "base_rate": RESULT["base_rate"], "known_error": {}, "phase": "pre-deployment",
    }  # fmt: skip
    return built.gate.post_finding(who, "hotspots", said, "hotspots-cells", ran.entry).id


PARAMETERS = {"polygon": {"type": "Polygon", "coordinates": []}, "cell_m": 150}


def states(built: Built) -> dict[str, str]:
    """Return the state of each finding that is kept."""
    found = built.house.desk.finding_states(built.house.grant("read", "findings"))
    return {finding_id: state for finding_id, state, _ in found}


def test_a_finding_is_reopened_when_a_record_it_rests_on_is_restricted_and_no_other_record(built):
    """Whoever reads it is told; what another question asked is not touched."""
    made = finding(built)
    said = Said("restricted", "It is a copy of another report.")
    officer, room_ = built.at_work(DPO), amend_room(built.gate)
    told = room_.amend(officer, "erase-on-request", f"incident_person:{record(2)}", said)
    assert (told["findings"], states(built)) == ([], {made: "new"})
    told = room_.amend(officer, "erase-on-request", f"incident:{record(600)}", said)
    assert (told["findings"], states(built)) == ([made], {made: "reopened"})
    for key in (f"incident_person:{record(2)}", f"incident:{record(600)}"):
        room_.amend(officer, "erase-on-request", key, Said("lift", "It is not a copy after all."))


def count(built: Built, on: date | None = None):
    """Count what is over as the nightly account does."""
    return retain_room(built.gate).count(built.at_work(NIGHT, "op-loading"), "retain", on)


def retain(built: Built):
    """Delete what is over as the nightly account does."""
    return retain_room(built.gate).retain(built.at_work(NIGHT, "op-loading"), "retain")


def test_nothing_goes_before_its_day_and_a_count_touches_nothing(built):
    """A count for a later day tells what would go; the same command without it deletes nothing today."""
    ahead = count(built, SHORT)
    assert {t: c.all for t, c in ahead.counts.items()} == {
        "incident": 5, "incident_person": 2, "intelligence_person": 1, "person_link": len(ending(built)),
    }  # fmt: skip
    assert count(built).counts == {}
    assert retain(built).reference == ""
    assert find_residue(built.deployment.lake, WORDS) != []


def ending(built: Built) -> list[dict[str, object]]:
    """Return the edges that end with the shorter-lived of their records."""
    return [e for e in edges(built) if e["expires_on"] == SHORT]


def test_only_those_whose_duty_it_is_delete_or_count(built):
    """An analyst learns from a count what there is; a mandate for something else opens nothing here."""
    for act in (retain_room(built.gate).count, retain_room(built.gate).retain):
        with pytest.raises(RefusedError) as refused:
            act(built.at_work("analyst-1", "op-investigation-1"), "retain")
        assert "role-not-in-mandate" in codes(refused.value)
        with pytest.raises(RefusedError) as refused:
            act(built.at_work(DPO), "erase-on-request")
        assert "mandate-not-for-this" in codes(refused.value)


def test_a_hold_needs_a_mandate_in_force_that_names_the_table(built):
    """Nobody keeps what is over by themselves, in a list of their own."""
    said = {"under": "erase-on-request"}, {"under": ""}, {"under": "hold-inquiry"}
    keys = [f"intelligence_person:{record(21)}"] * 2 + [f"tenancy:{record(31)}"]
    for given, key in zip(said, keys, strict=True):
        with pytest.raises(InvalidError, match="hold-not-in-force"):
            hold(built, key, **given)


def hold(built: Built, key: str, under: str = "hold-inquiry") -> dict[str, object]:
    """Hold a record, as the data protection officer."""
    said = Said("held", "An inquiry has asked for it in writing.", under=under)
    return amend_room(built.gate).amend(built.at_work(DPO), "erase-on-request", key, said)


def test_what_is_over_is_gone_from_every_place_and_what_is_held_is_said(built):
    """The night after: rows, earlier versions, edges, verdicts and the index know the record no more."""
    judged(built)
    hold(built, f"intelligence_person:{record(21)}")
    known_to_the_log(built, record(91), record(11))
    [known] = states(built)
    gone = {frozenset((e["record_a"], e["record_b"])) for e in ending(built)}
    built.clock.at += timedelta(days=SHORT.toordinal() - built.clock.at.date().toordinal())
    built.held.clear()
    done = retain(built)
    assert done.rows["incident_person"] == 2
    assert done.rows["link_verdict"] == 2
    assert done.holds == {"hold-inquiry": 2}  # the record, and what says that it is held
    assert gone and not gone & {frozenset((e["record_a"], e["record_b"])) for e in edges(built)}
    # Hers, and of an incident that was restricted; not of who has a row elsewhere, nor of what is held.
    assert (done.keys_destroyed, keys_of(built, 91, 11, 21)) == (2, [False, True, True])
    assert any(p.startswith("index: shard") for p in done.places)
    assert (done.findings, states(built)) == ((known,), {})
    assert find_residue(built.deployment.folder, [*WORDS[:2], record(1)]) == []
    assert find_residue(built.deployment.folder, [record(11), record(21), WORDS[2]]) != []


def known_to_the_log(built: Built, *subjects: str) -> None:
    """Have the record of use say something of somebody, under a key of theirs."""
    built.house.recorder.record([Act("alteration", "amend", "erasure-on-request", "allow", {}, "", subjects)])


def keys_of(built: Built, *numbers: int) -> list[bool]:
    """Say of whom the record of use can still tell that it was about them."""
    return [built.house.keys.get(record(n)) is not None for n in numbers]


def judged(built: Built) -> None:
    """Enter what a reviewer found about the record that ends."""
    credential = built.at_work("analyst-1", "op-investigation-1")
    wanted = {t: ("record_id",) for t in ("incident_person", "custody_person")}
    ids = (record(1), record(11))
    with room(built).looking(credential, "judge-links", wanted, Asked("review", ("",))) as look:
        found = Judgement("same", ids, (), ids, "Born on one day, at one address.")
        room(built).judge(credential, look, found)


def test_a_second_run_finds_nothing(built):
    """Every night ends with nothing left to do, and an empty night is no entry in the record."""
    before = len(built.bodies("erasure"))
    again = retain(built)
    assert (again.rows, again.reference) == ({}, "")
    assert again.counts["intelligence_person"].as_dict() == {"current": 0, "past": 0, "held": 1}
    assert len(built.bodies("erasure")) == before


def test_what_is_held_stays_unreadable(built):
    """A hold keeps a record for whoever decided on it, and lets nobody look into it for longer."""
    credential = built.at_work("analyst-1", "op-investigation-1")
    wanted = {"intelligence_person": ("surname",)}
    with look_room(built.gate).look(credential, "find-investigation", wanted, Asked("profile", ("x",))) as look:
        assert look.read("intelligence_person", ("surname",), [record(21)]).num_rows == 0
        assert look.read("intelligence_person", ("surname",), [record(22)]).num_rows == 1


def test_a_held_record_is_not_erased_until_the_hold_is_lifted(built):
    """Else a request would destroy what an inquiry has asked for; the answer names the mandate."""
    officer = built.at_work(DPO)
    with pytest.raises(RefusedError, match="record-held"):
        built.gate.erase(officer, "erase-on-request", record(21))


def test_nobody_takes_a_hold_back_who_does_not_answer_for_it(built, monkeypatch):
    """A hold that whoever erases can lift by themselves would keep nothing from them."""
    offices = built.house.charter.officials
    elsewhere = replace(offices["data-protection-office"], held_by="official-2")
    held_by = {**offices, "data-protection-office": elsewhere}
    monkeypatch.setitem(built.house.charter.__dict__, "officials", held_by)
    said = Said("lift", "The inquiry has what it asked for.")
    with pytest.raises(RefusedError) as caught:
        amend_room(built.gate).amend(built.at_work(DPO), "erase-on-request", f"intelligence_person:{record(21)}", said)
    assert codes(caught.value) == {"hold-not-yours"} and built.bodies("refusal")[-1]["reasons"] == ["hold-not-yours"]
    with pytest.raises(RefusedError, match="record-held"):
        built.gate.erase(built.at_work(DPO), "erase-on-request", record(21))


def test_a_hold_that_is_taken_back_holds_nothing(built):
    """The record goes with the next night."""
    said = Said("lift", "The inquiry has what it asked for.")
    amend_room(built.gate).amend(built.at_work(DPO), "erase-on-request", f"intelligence_person:{record(21)}", said)
    assert retain(built).rows["intelligence_person"] >= 1
    assert find_residue(built.deployment.lake, [record(21)]) == []


def test_what_a_partner_shared_goes_when_the_agreement_is_ended_before_its_day(built):
    """The rows' own last day is years off; without an agreement nothing of them may be here."""
    assert count(built).ended == ()
    built.gate.act_on_mandate(built.at_work("approver-1"), "sharing-housing", "end-mandate", "The partner asks for it.")
    done = retain(built)
    assert (done.ended, done.rows) == (("housing",), {"tenancy": 1})
    assert find_residue(built.deployment.folder, [WORDS[2]]) == []


def test_a_run_that_is_stopped_goes_on_where_it_was(built, monkeypatch):
    """A night that ends early leaves nothing half deleted, and the next one finishes it, old files included."""
    soon = built.clock.now().date() + timedelta(days=1)
    rows = [person(40 + n, surname=WORDS[0], expires_on=soon) for n in range(3)]
    built.plant({"planted/incident_person": rows}, "incident_person")
    built.plant({"planted/missing_person": [person(50, surname=WORDS[0], expires_on=soon)]}, "missing_person")
    known_to_the_log(built, record(50))
    built.clock.at += timedelta(days=1)
    built.held.clear()

    def stop(told: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retain_room(built.gate).retain(built.at_work(NIGHT, "op-loading"), "retain", stop)
    left = count(built)
    assert 0 < sum(c.all for c in left.counts.values()) < 4
    done = retain(built)
    assert (done.rows, done.keys_destroyed) == ({t: c.all for t, c in left.counts.items()}, 1)
    assert find_residue(built.deployment.folder, [WORDS[0]]) == []


def test_without_its_mandate_nothing_is_deleted(built):
    """The duty ends like any other; what is over stays unreadable meanwhile."""
    built.clock.at += timedelta(days=400)
    built.held.clear()
    with pytest.raises((ExpiredError, RefusedError)):
        retain(built)
