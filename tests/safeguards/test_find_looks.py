"""Looking somebody up: judged, recorded, minimised, and blind to what the session may not see."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import date

import pytest

from peelian.app.finding import find
from peelian.app.finding.find_told import as_plain
from peelian.core.errors import InvalidError, LimitError, MissingError, RefusedError
from peelian.find.answer import NOT_LINKED, NOTHING, SOME_MAY_BE_HIDDEN
from peelian.gate.rooms.searching import Asked, look_room
from peelian.store.residue import find_residue
from tests.support.gate import codes, record
from tests.support.people import CALLS, COURTS, CRIME, CUSTODY, SEALED, at_work, caller_of, person, row, vehicle

ELSEWHERE = {"address": "9 Dock Road", "postcode": "NM9 9AA", "phones": "", "birth_on": date(1970, 1, 1)}
FIRM = ELSEWHERE | {"forenames": "", "birth_on": None}

PLANTED = {
    "incident_person": [
        person(1, event_ref="NM/1/26"),
        person(3, surname="Smyth", forenames="Jon", birth_on=date(1961, 4, 12), address="", postcode="", phones=""),
        person(4, forenames="Lily", surname="Stone", birth_on=date(2014, 2, 2), role="victim", event_ref="NM/1/26"),
        person(5, surname="Unvergesslich", forenames="Zdenko", address="", postcode="", phones="", birth_on=None),
        person(6, event_ref="NM/6/26", surname="Plum & Quay Scaffolding Ltd", role="victim", **FIRM),
        person(7, event_ref="NM/7/26", surname="PLUM AND QUAY SCAFFOLDING LIMITED", role="victim", **FIRM),
        person(8, event_ref="NM/6/26", surname="Quay", forenames="Plum", person_no=1, **ELSEWHERE),
    ],
    "incident": [row(11, CRIME, source_ref="NM/1/26", offence="burglary", at_start=1_790_000_000_000_000)],
    "incident_vehicle": [vehicle(21, event_ref="NM/1/26")],
    "call": [
        row(31, CALLS, source_ref="4471", at=1_791_000_000_000_000, kind="domestic", grade="1", place="14 Mill Road")
    ],
    "warning": [
        row(41, CUSTODY, source_ref="W1", about="address", kind="weapons", address="14 Mill Road", grade="2B",
            from_on=date(2025, 5, 3), review_on=date(2026, 5, 3))
    ],
    "court_order": [
        row(51, COURTS, source_ref="O9", kind="non-molestation", state="in-force", until_on=date(2027, 2, 1))
    ],
    "court_order_person": [person(52, COURTS, event_ref="O9", address="", postcode="", phones="", role="other")],
}  # fmt: skip

QUESTIONS = ("jhon smyth mill rd", "smith", "john 04/12/1988", "ab12 cde", "AB*2CD?", "AB12 CDF", "NM/1/26",
             "07700 900123", "900123", "14 mill road", "NM1 4AB", "zz99 zzz", "nobody atall")  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build a deployment with a few people in it."""
    made = at_work(tmp_path_factory.mktemp("find"), PLANTED)
    yield made
    made.gate.close()


@pytest.fixture(scope="module")
def sergeant(built):
    """Return a sergeant who works on safeguarding."""
    return caller_of(built)


def told(answer):
    """Return everything an answer says but for where in the record it stands."""
    return as_plain(replace(answer, coverage=replace(answer.coverage, entry=0, index_at=None)))


def everything(caller):
    """Ask everything there is to ask."""
    answers = [told(find.search(caller, q)) for q in QUESTIONS]
    answers.append(told(find.incident_page(caller, "CAD 4471")))
    answers.append(told(find.incident_page(caller, "14 Mill Road")))
    answers.append(told(find.profile(caller, "person", f"incident_person:{record(1)}")))
    answers.append(told(find.profile(caller, "vehicle", "AB12 CDE")))
    answers.append(told(find.check_list(caller, QUESTIONS[2:6])))
    for kind, key in (("person", f"incident_person:{record(900)}"), ("vehicle", "ZZ99ZZZ"), ("phone", "07700 999999")):
        with pytest.raises(MissingError) as caught:
            find.profile(caller, kind, key)
        answers.append(caught.value.as_dict())
    return answers


def hidden_rows(rng):
    """Make rows that nobody at work here may see: sealed, of another purpose, or expired, all of them like others."""
    gone = {"expires_on": date(2026, 11, 1)}
    names = ["Smith", "Smyth", "Stone", "Atall"]
    ways = [{}, gone | {"label_id": CRIME.label_id}, {"label_id": 77}]
    people = [person(900, SEALED, event_ref="NM/1/26")] + [
        person(100 + i, SEALED, event_ref="NM/1/26", surname=rng.choice(names)) | rng.choice(ways) for i in range(60)
    ]
    return {
        "incident_person": people,
        "incident_vehicle": [vehicle(200 + i, SEALED, plate=rng.choice(["AB12CDE", "ZZ99ZZZ"])) for i in range(20)],
        "warning": [row(300, SEALED, about="address", kind="dog", address="14 Mill Road", source_ref="W2")],
        "call": [row(310, SEALED, source_ref="4471", kind="sealed", place="99 Other Street", at=0)],
        "court_order_person": [person(320, SEALED, event_ref="O9")],
    }


def test_what_may_not_be_seen_changes_nothing_that_is_said(built, sergeant):
    """Hits, order, counts, pages and messages must be the same whether or not hidden records exist."""
    before = everything(sergeant)
    for table, rows in hidden_rows(random.Random(1)).items():
        built.plant({f"hidden/{table}": rows}, table)
    look_room(built.gate).bring_up_to_date()
    assert everything(sergeant) == before
    look_room(built.gate).bring_up_to_date(whole=True)  # the index finds the same, however it came to be
    assert everything(sergeant) == before


def test_rows_are_the_same_from_the_index_and_from_the_lake(built, sergeant):
    """The index keeps rows so that a search need not open the lake; an answer that depended on which would be wrong."""
    room, house = look_room(built.gate), built.gate._house
    room.bring_up_to_date()
    before, asked = everything(sergeant), Asked("search", ("x",))
    house.index.note(house.grant("write", "index"), house.index.state() | {"writing": True})  # as while it is
    assert everything(sergeant) == before
    with room.look(sergeant.credential, room.mandate_for(sergeant.credential), {"call": ("kind",)}, asked) as look:
        assert look.kept("call").of(["call"], [record(31)]) is None
        room.bring_up_to_date()
        [(table, row)] = look.kept("call").of(["call"], [record(31)])
        assert (table, row["kind"], row["expires_on"].year > 2026) == ("call", "domestic", True)
        assert look.kept("call").of(["call"], [record(310)]) == [], "a sealed row is in no answer"
    assert everything(sergeant) == before


def test_an_answer_says_why_and_what_was_left_out(sergeant):
    """A hit without a reason is not believed; silence about what was not searched reads like nothing is known."""
    answer = find.search(sergeant, "jhon smyth mill rd")
    assert answer.found[0].title in ("John SMITH", "Jon SMYTH") and "same address" in answer.found[0].why
    assert all(f.why and h.fact.source for f in answer.found for h in f.hits)
    assert answer.notes == (SOME_MAY_BE_HIDDEN, NOT_LINKED)
    assert all(s.searched or s.why_not for s in answer.coverage.sources) and answer.coverage.sources
    assert find.search(sergeant, "zz99 zzz").nothing == NOTHING


def test_a_firm_is_an_organisation_and_stands_once(sergeant):
    """A firm under the heading of people is a person to whoever reads quickly; two spellings of it are no two firms."""
    found = find.search(sergeant, "quay plum").found
    assert {(f.kind, f.title, f.born_on, len(f.hits), f.linked) for f in found} == {
        ("organisation", "PLUM & QUAY SCAFFOLDING LTD", None, 2, False),
        ("person", "Plum QUAY", date(1970, 1, 1), 1, False),
    }
    firm = next(f for f in found if f.kind == "organisation")
    assert len(find.profile(sergeant, firm.kind, firm.key).names) == 2


def test_the_page_at_the_door_puts_first_what_could_hurt(sergeant):
    """Warnings, children and orders decide how somebody knocks."""
    page = find.incident_page(sergeant, "CAD 4471")
    assert page.address == "14 mill road" and page.call[0].says.startswith("domestic")
    assert page.warnings[0].says == "weapons, about the address; should have been looked at again by now"
    assert (page.warnings[0].grade, page.warnings[0].source) == ("2B", "custody")
    assert [p.title for p in page.children] == ["Lily STONE"] and page.people[0].child
    assert "John SMITH (same name and birth date; not confirmed" in page.orders[0].says
    assert [v.key for v in page.vehicles] == ["AB12CDE"]


def test_a_child_is_shown_as_somebody_to_protect(sergeant):
    """Runners in county lines are children and mostly victims."""
    page = find.profile(sergeant, "person", f"incident_person:{record(4)}")
    assert page.under_18 and [s.id for s in page.sections[:3]] == ["exploitation", "victim", "orders"]
    assert page.sections[1].facts[0].role == "victim"
    assert {c.title for c in page.connections} == {"John SMITH", "AB12CDE"}


def test_a_firm_has_one_page_whichever_way_its_legal_form_is_written_and_no_namesake_is_on_it(sergeant):
    """Half of what is on record about a firm is under the other spelling; somebody called Plum Quay is no firm."""
    names = ("organisation", "plum & quay scaffolding plc"), ("person", f"incident_person:{record(7)}")
    pages = [find.profile(sergeant, *name) for name in names]
    for page in pages:
        assert (page.kind, page.under_18, len(page.names)) == ("organisation", False, 2)
        assert [(c.kind, c.title) for c in page.connections] == [("person", "Plum QUAY")]
        assert [f.role for s in page.sections for f in s.facts if s.id == "victim"] == ["victim", "victim"]
    one, missing, other = find.profiles(sergeant, [names[0], ("organisation", "no such firm ltd"), names[1]])
    assert one and other and missing is None and one.key == other.key
    whom = find.profile(sergeant, "person", f"incident_person:{record(8)}")
    assert [(c.kind, c.title) for c in whom.connections] == [("organisation", "PLUM & QUAY SCAFFOLDING LTD")]


def test_each_line_of_a_list_is_a_look_up_of_its_own(built, sergeant):
    """Two hundred plates checked are two hundred look-ups, however they were typed."""
    before = len(built.leaves())
    find.check_list(sergeant, ["AB12 CDE", "John Smith", "zzz"])
    entered = [e for e in built.leaves()[before:] if e["op"] == "consultation"]
    assert len(entered) == 3 and {e["tool"] for e in entered} == {"look-up"}
    with pytest.raises(LimitError) as caught:
        find.check_list(sergeant, ["x"] * 201)
    assert caught.value.code == "list-too-long"


def test_a_look_up_outside_what_one_works_on_is_refused_and_recorded(built):
    """Curiosity has no operation."""
    curious = caller_of(built, "analyst-2", "op-patrol-planning")
    before = len(built.leaves())
    with pytest.raises(RefusedError) as caught:
        find.search(curious, "john smith")
    assert "purpose-not-in-mandate" in codes(caught.value)
    assert [e["op"] for e in built.leaves()[before:]] == ["refusal"]
    assert built.bodies("refusal")[-1]["asked_for"] == ["john smith"]


def test_what_is_typed_is_in_no_public_leaf_and_no_file(built, sergeant):
    """The name somebody looked for is about that person, and the record of use is public."""
    find.search(sergeant, "Unvergesslich")
    assert built.bodies("consultation")[-1]["asked"] == "Unvergesslich"
    assert "nvergesslich" not in json.dumps(built.leaves())
    assert find_residue(built.deployment.ledger, ["nvergesslich"]) == []


def test_a_stop_of_the_panel_ends_a_look_that_is_open(built, sergeant):
    """Nothing is opened on an old judgement."""
    room = look_room(built.gate)
    mandate = room.mandate_for(sergeant.credential)
    with room.look(sergeant.credential, mandate, {"call": ("kind",)}, Asked("search", ("x",))) as look:
        assert look.read("call", ("kind",), [record(31)]).num_rows == 1
        stop = built.panel_stops(mandate)
        with pytest.raises(RefusedError) as caught:
            look.read("call", ("kind",), [record(31)])
        assert caught.value.code == "look-ended"
    with pytest.raises(RefusedError):
        find.search(sergeant, "john smith")
    built.panel_lifts(stop)
    assert find.search(sergeant, "ab12 cde").found


def test_an_index_that_is_behind_says_so(built, sergeant):
    """Somebody who finds nothing must know whether the newest delivery was looked into."""
    built.plant({"late": [vehicle(600, plate="LA73LAT")]}, "call_vehicle")
    answer = find.search(sergeant, "LA73 LAT")
    assert answer.coverage.index_behind and not answer.found and len(answer.notes) == 3
    look_room(built.gate).bring_up_to_date()
    answer = find.search(sergeant, "LA73 LAT")
    assert answer.found[0].why == ("same plate",) and not answer.coverage.index_behind
    built.plant({"late": []}, "call_vehicle")
    look_room(built.gate).bring_up_to_date()
    assert not find.search(sergeant, "LA73 LAT").found
    built.plant({"plans": [row(601, CRIME, offence="burglary", month=24300)]}, "plan")
    assert not find.search(sergeant, "LA73 LAT").coverage.index_behind, "what no search looks into makes none late"


def test_a_build_of_the_index_that_was_stopped_goes_on_where_it_was(built, sergeant):
    """Millions of records take minutes to index: a restart in between loses none of it."""
    room, told = look_room(built.gate), []

    def stop(n, of):
        told.append((n, of))
        if n == 5:
            raise KeyboardInterrupt

    before = everything(sergeant)
    with pytest.raises(KeyboardInterrupt):
        room.bring_up_to_date(whole=True, tell=stop)
    assert everything(sergeant) == before, "old parts and new ones find the same"
    room.bring_up_to_date(whole=True, tell=lambda n, of: told.append((n, of)))
    assert told == [(n, 16) for n in range(1, 17)]
    assert everything(sergeant) == before
    room.bring_up_to_date(whole=True, tell=lambda n, of: told.append((n, of)))
    assert len(told) == 32, "what was built whole is built anew from the start"


@pytest.mark.parametrize(("kind", "key"), [("person", "John Smith"), ("ship", "x"), ("person", "call:" + "0" * 32)])
def test_no_page_is_asked_for_by_a_name(sergeant, kind, key):
    """Many people have the same name; a page is about a record somebody chose."""
    with pytest.raises(InvalidError):
        find.profile(sergeant, kind, key)
    with pytest.raises(InvalidError):
        find.search(sergeant, "?")


def test_an_erased_person_is_in_no_file_of_the_index(built, sergeant):
    """An erasure that leaves a name in an index has erased nothing."""
    assert find.search(sergeant, "Unvergesslich").found
    assert find_residue(built.deployment.index, ["unvergesslich"])
    officer = built.at_work("data-protection-officer-1")
    built.gate.erase(officer, "erase-on-request", record(5))
    assert not find.search(sergeant, "Unvergesslich").found
    assert find_residue(built.deployment.index, ["unvergesslich", record(5)]) == []
