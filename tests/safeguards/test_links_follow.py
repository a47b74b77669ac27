"""Links follow a correction, an objection and an erasure in the same run, and equal a run from scratch."""

from __future__ import annotations

from datetime import date

import pytest

from peelian.app import people
from peelian.app.caller import Caller
from peelian.app.corrections import amend
from peelian.app.linking import relinking
from peelian.core.errors import RefusedError
from peelian.gate.linking.linking import Wanted
from tests.support.gate import Built, codes, record
from tests.support.linked import CUSTODY, PROGRAM, edges, link, person, release, room, town
from tests.support.people import caller_of

DPO, OTHER = "data-protection-officer-1", "data-protection-officer-2"
WHY = "Request 14/26: her passport was seen."
KEY = f"incident_person:{record(3)}"
MOTHER = {"birth_on": date(1970, 1, 2), "address": "3 Hill Street", "postcode": ""}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Amina in two systems, her mother of the same name in two, and a record of hers with the daughter's birth date."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(relinking, "LINKING", PROGRAM)
        hers = person(3, address="", postcode="")
        made = town(tmp_path_factory.mktemp("follow"), patch, {
            "incident_person": [person(1, subject_id=record(91)), person(2, **MOTHER), hers],
            "custody_person": [person(11, CUSTODY), person(12, CUSTODY, **MOTHER)],
        })  # fmt: skip
        link(made)
        yield made


def officer(built: Built, who: str = DPO) -> Caller:
    """Return a data protection officer, at work on requests."""
    return caller_of(built, who, "op-erasure")


def ends(built: Built, number: int) -> set[str]:
    """Return the records that a record is joined to."""
    pairs = ({str(e["record_a"]), str(e["record_b"])} for e in edges(built))
    return {other for pair in pairs if record(number) in pair for other in pair - {record(number)}}


def same_as_from_scratch(built: Built) -> bool:
    """Say whether the edges are those of a run that compares everything, widest clusters and hashes included."""
    before = edges(built)
    link(built, whole=True)
    return before == edges(built)


def test_a_request_lets_nobody_link_anything_but_what_was_linked_before(built):
    """Who answers requests could otherwise train a model, or try another on everybody, under the duty to link."""
    credential, frozen = built.at_work(DPO), room(built).release_in_use
    for wanted in (Wanted(train=True), Wanted(release=frozen), Wanted(release=frozen, again=True, whole=True)):
        with pytest.raises(RefusedError) as refused:
            room(built).link(credential, "link-people", PROGRAM, wanted)
        assert codes(refused.value) == {"linking-not-from-scratch"}
    with pytest.raises(RefusedError) as refused:
        room(built).freeze(credential, "link-people", PROGRAM, release().to_dict() | {"accept_mbit": 1})
    assert codes(refused.value) == {"linking-not-from-scratch"}
    with pytest.raises(RefusedError) as refused:
        room(built).relink(built.at_work("analyst-1", "op-investigation-1"), "link-people", PROGRAM, [record(1)])
    assert {"role-not-in-mandate", "purpose-not-in-mandate"} <= codes(refused.value)


def test_a_correction_cuts_the_wrong_links_and_makes_the_right_ones_in_one_run(built):
    """Until the next night the wrong person would stay joined to nobody, and the right one unwarned."""
    assert ends(built, 3) == {record(1), record(11)}
    told = amend.correct(officer(built), KEY, "birth_on", "1970-01-02", WHY)
    assert told["relinked"] | {"entry": 0} == {
        "state": "made", "made": 2, "questions": 0, "compared": 1, "entry": 0, "why": [],
    }  # fmt: skip
    assert ends(built, 3) == {record(2), record(12)}
    assert same_as_from_scratch(built)


def test_making_them_again_is_entered_as_a_combination_by_whoever_answered_the_request(built):
    """Section 62 asks who combined and what for; the answer is not the machine, nor the nightly run."""
    by = [b for b in built.bodies("combination") if b["actor"] == DPO]
    assert len(by) == 1 and {(b["mandate"], b["operation"]) for b in by} == {("link-people", "op-erasure")}


def test_an_objection_takes_the_record_out_of_every_cluster_and_its_end_puts_it_back(built):
    """What is contested joins nobody, and what turns out right is joined again without waiting for a night."""
    told = amend.contest(officer(built), KEY, WHY)
    assert (told["links"], told["relinked"]["made"], ends(built, 3)) == (2, 0, set())
    told = amend.lift(officer(built, OTHER), KEY, WHY)
    assert (told["relinked"]["made"], ends(built, 3)) == (2, {record(2), record(12)})


def test_links_wait_and_the_receipt_says_why_when_linking_is_stopped(built):
    """A correction is a duty and linking a permission: a stop on the one never stops the other, nor is passed by."""
    stop = built.panel_stops("link-people")
    told = amend.contest(officer(built), KEY, WHY)
    assert told["relinked"]["state"] == "waiting"
    assert any("stopped" in why for why in told["relinked"]["why"])
    assert "links wait for the next run" in relinking.say_relinked(told["relinked"])[0]
    assert ends(built, 3) == set()
    built.panel_lifts(stop)
    assert amend.lift(officer(built, OTHER), KEY, WHY)["relinked"]["state"] == "made"


def test_an_erasure_leaves_no_cluster_named_after_what_is_gone(built):
    """The key of a cluster is made of its first record; it must not outlive that record in others' links."""
    receipt = people.erase(officer(built), record(91))
    assert receipt["relinked"]["state"] == "made"
    assert same_as_from_scratch(built)


def test_what_is_no_person_has_no_links_to_make(built):
    """A correction to a plate must not set off the comparing of everybody."""
    assert relinking.relink(officer(built), ["incident"], [record(1)])["state"] == "nothing-to-make"
