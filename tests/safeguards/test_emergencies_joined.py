"""Danger to life opens without an operation; within a day a supervisor says what it belonged to, or it is a failure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from peelian.app.publishing.register_facts import gather
from peelian.core.errors import InvalidError, MissingError, RefusedError
from peelian.gate.identity import Credential
from peelian.gate.memory.emergency_record import emergency_record_from
from peelian.gate.memory.head import Head
from peelian.gate.memory.recall import facts_of
from peelian.model.question import Question
from peelian.publish.register.site import troubles
from tests.support.charters import actor, circumstances, rulebook
from tests.support.desk_site import OWN, DeskSite, desk_site
from tests.support.gate import Built, build, burglaries, codes

OFFICER, SERGEANT = "neighbourhood-officer-1", "response-sergeant-1"
WHY = "Call 4711: a woman was followed home."


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    """Give a deployment with a few rows."""
    made = build(tmp_path)
    made.plant({"a": burglaries(3)})
    yield made
    made.gate.close()


def declare(built: Built, person: str = OFFICER) -> Credential:
    """Declare danger to life, and look something up."""
    credential = built.sign_in(person)
    built.gate.set_context(credential, "", emergency_purpose="danger-to-life")
    built.gate.view(credential, "danger-to-life", Question("incident", ("month",)))
    return credential


def one(built: Built, person: str = SERGEANT):
    """Return the only emergency there is, as a supervisor sees it."""
    [found] = built.gate.emergencies(built.sign_in(person), look_ups=True)
    return found


def test_a_supervisor_joins_an_emergency_and_it_is_in_the_record(built: Built) -> None:
    """What opened without an operation is accounted for the next day, by somebody else."""
    declare(built)
    found = one(built)
    assert (found.emergency.account, found.look_ups, found.emergency.settled) == (OFFICER, 1, None)
    assert built.bodies("consultation")[-1]["actor"] == SERGEANT, "that it was looked at is an entry"
    sergeant = built.sign_in(SERGEANT)
    built.gate.settle_emergency(sergeant, found.emergency.id, "op-response", WHY)
    said = one(built).emergency.settled
    assert said is not None
    assert (said.operation, said.reason, said.role) == ("op-response", WHY, "response-sergeant")
    assert built.leaves()[said.entry]["op"] == "emergency-settled"
    assert built.gate.late_emergencies() == 0
    with pytest.raises(RefusedError) as again:
        built.gate.settle_emergency(sergeant, found.emergency.id, "", "It was nothing.")
    assert again.value.code == "emergency-settled", "what was said is not written over"


def test_nobody_says_what_their_own_emergency_was(built: Built) -> None:
    """Who looks somebody up without an operation, and then excuses it, has no supervisor."""
    credential = declare(built, SERGEANT)
    found = one(built)
    assert found.mine
    with pytest.raises(RefusedError) as refused:
        built.gate.settle_emergency(credential, found.emergency.id, "op-response", WHY)
    assert codes(refused.value) == {"own-emergency"}
    built.gate.settle_emergency(built.sign_in("official-1"), found.emergency.id, "", "A false alarm at the school.")
    assert one(built).emergency.settled.operation == ""


@pytest.mark.parametrize("person", [OFFICER, "analyst-1", "panel-member-1", "system-administrator-1"])
def test_only_supervisors_say_what_it_was(built: Built, person: str) -> None:
    """A colleague's word for a colleague is no supervision, and the panel watches those who supervise."""
    declare(built, SERGEANT)
    found = one(built)
    with pytest.raises(RefusedError) as refused:
        built.gate.settle_emergency(built.sign_in(person), found.emergency.id, "op-response", WHY)
    assert "not-a-supervisor" in codes(refused.value)


def test_it_is_joined_only_to_an_operation_that_was_open_then(built: Built) -> None:
    """An operation opened afterwards to cover a look-up covers nothing."""
    declare(built)
    with pytest.raises(RefusedError) as refused:
        built.gate.settle_emergency(built.sign_in(SERGEANT), one(built).emergency.id, "op-of-nobody", WHY)
    assert codes(refused.value) == {"operation-not-open-then"}
    later = rulebook().judge_emergency(actor(SERGEANT), circumstances(None), mine=False, named=True, open_then=False)
    assert {r.code for r in later.reasons} == {"operation-not-open-then"}
    assert (
        rulebook().judge_emergency(actor(SERGEANT), circumstances(None), mine=False, named=True, open_then=True).allow
    )


def test_words_are_asked_for_and_a_number_that_is_none_is_told(built: Built) -> None:
    """A form that takes an empty reason collects empty reasons."""
    declare(built)
    found, sergeant = one(built), built.sign_in(SERGEANT)
    with pytest.raises(InvalidError):
        built.gate.settle_emergency(sergeant, found.emergency.id, "op-response", "  ")
    with pytest.raises(MissingError):
        built.gate.settle_emergency(sergeant, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "op-response", WHY)


def test_joining_opens_nothing_for_the_one_who_declared_it(built: Built) -> None:
    """Else a supervisor could let somebody into an operation that they are not on."""
    credential = declare(built)
    built.gate.settle_emergency(built.sign_in(SERGEANT), one(built).emergency.id, "op-patrol-planning", WHY)
    met = built.gate.who(credential)
    assert met.operation is None and met.operation_ref == ""


def test_a_memory_of_the_head_knows_emergencies_too(built: Built) -> None:
    """A process that opens a long ledger from memory must not forget what waits for a supervisor."""
    declare(built)
    built.gate.settle_emergency(built.sign_in(SERGEANT), one(built).emergency.id, "op-response", WHY)
    known = built.house.head.emergencies
    fresh = Head(built.house.ledger, built.house.keys.log_key())
    assert emergency_record_from(facts_of(fresh.follow())["emergencies"]) == known  # type: ignore[arg-type]


@pytest.fixture
def at_desk(tmp_path: Path) -> Iterator[DeskSite]:
    """Give a served site."""
    with desk_site(tmp_path) as made:
        yield made


def test_what_nobody_judged_in_a_day_is_on_the_page_of_the_panel_and_on_the_register(at_desk: DeskSite) -> None:
    """The whole way: declared, seen by the sergeant, late, told to panel and public, judged late."""
    built = at_desk.built
    built.gate.set_context(built.sign_in(OFFICER), "", emergency_purpose="danger-to-life")
    found = one(built).emergency
    sergeant = at_desk.client(SERGEANT)
    page = sergeant.get("/desk/emergencies")
    assert page.status_code == 200 and "Waits" in page.text and "Bram Adeyemi" in page.text
    assert gather(at_desk.site)["emergencies_late"] == ""

    built.clock.move(hours=25)
    bundle = gather(at_desk.site)
    assert bundle["emergencies_late"] == "fewer than 8", "one is never told as one"
    assert "Emergencies were not judged in time" in {t["what"] for t in troubles(bundle, [])}
    room = at_desk.client("panel-member-1", "op-oversight").get("/panel").text
    assert "not judged yet" in room and "Neighbourhood officer" in room and "Bram Adeyemi" not in room

    sergeant = at_desk.client(SERGEANT)
    csrf = {"csrf": at_desk.token(sergeant)["x-csrf-token"]}
    address = f"/desk/emergencies/{found.id}"
    empty = sergeant.post(address, data=csrf | {"operation": "", "reason": ""}, headers=OWN)
    assert empty.status_code == 422 and "Choose an operation" in empty.text
    kept = sergeant.post(address, data=csrf | {"operation": "op-response", "reason": WHY}, headers=OWN)
    assert kept.status_code == 303
    page = sergeant.get("/desk/emergencies").text
    assert "Joined" in page and "more than 24 hours after" in page
    assert gather(at_desk.site)["emergencies_late"] == "fewer than 8", "late stays late"
