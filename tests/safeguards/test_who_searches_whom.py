"""Who looks at whom: nobody looks for themselves, by no door; a colleague who does it for them is noticed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial

import pytest

from peelian.app.finding import find, find_chart, suggestions
from peelian.app.finding.find_told import as_plain
from peelian.core.errors import LimitError, MissingError, RefusedError
from peelian.gate.looking import watched
from peelian.gate.rooms.amending import Said, amend_room
from peelian.gate.rooms.link_room import link_room
from peelian.gate.rooms.searching import Asked, look_room
from peelian.gate.rooms.watching import Declared, watch_room
from peelian.model.looks import OWN_REACHED, OWN_RECORD, PAIR, RELATION, SELF
from peelian.store.residue import find_residue
from tests.support.gate import codes, record
from tests.support.people import CRIME, at_work, caller_of, person, row, vehicle

ANN = {"forenames": "Ann", "surname": "Lee", "birth_on": date(1990, 1, 1), "address": "2 Elm Road", "phones": ""}
ALIAS = {"forenames": "J", "surname": "Fox", "aliases": "Jonny|John Smith", "birth_on": date(1988, 4, 12)}
DEE = {"forenames": "Dee", "surname": "Kent", "birth_on": date(1975, 6, 6)}
CROWD = {"forenames": "Cara", "surname": "Crowd", "address": "9 Mill Road", "phones": "", "birth_on": date(1970, 1, 1)}
TEXTS = ("x" * 380 + " He drove AB12 CDE.", "Lives at 14 Mill Road, NM1 4AB.", "Rang from 07700 900123.",
         "John Brian SMITH, born 12/04/1988, was there.")  # fmt: skip
PLANTED = {
    "incident_person": [
        *(person(500 + i, event_ref="NM/500/26", subject_id=f"c-{i}", **CROWD) for i in range(70)),
        person(1, subject_id="s-john"),
        person(2, subject_id="s-ann", **ANN),
        person(3, subject_id="s-bob", forenames="Bob", surname="Fox", birth_on=date(1970, 5, 5), address="", phones=""),
        person(5, subject_id="s-alias", **ALIAS, address="", phones=""),
        person(4, subject_id=record(80), **DEE, address="", phones=""),
    ],
    "incident_vehicle": [vehicle(21), vehicle(22, plate="XY34ZZZ")],
    "incident_text": [
        row(61, CRIME, event_ref="NM/3/26", text="John Smith was there in QX34 XQX."),
        *(row(62 + n, CRIME, event_ref="NM/3/26", text=text) for n, text in enumerate(TEXTS)),
    ],
}
JOHN = Declared(
    "John", "Smith", date(1988, 4, 12), ("14 Mill Road, NM1 4AB",), ("07700 900123",), ("AB12 CDE",),
    (Declared("Ann", "Lee", date(1990, 1, 1)),),
)  # fmt: skip

OWN = ("john smith", "SMITH, John 12/4/1988", "ab12 cde", "AB12*CDE", "07700 900123", "14 Mill Rd",
       "14 mill rd nm1 4ab", "born 1988-04-12 smith john",
       "qq ww ee rr tt yy uu ii john smith 12/4/1988", "jo\u200bhn smi\u00adth", "07700 900123.", "tel:07700900123",
       "\uff21\uff22\uff11\uff12 \uff23\uff24\uff25")  # fmt: skip
OTHERS = ("john smith 1961-04-12", "14 mill road zz1 1aa", "XY34 ZZZ", "2 elm road", "bob fox")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build a deployment that holds a record about its sergeant, and whose standards entered who the sergeant is."""
    made = at_work(tmp_path_factory.mktemp("whom"), PLANTED)
    standards = made.at_work("professional-standards-1", "op-standards")
    watch_room(made.gate).keep_details(standards, "watch-use", "response-sergeant-1", JOHN)
    yield made
    made.gate.close()


@pytest.fixture(scope="module")
def sergeant(built):
    """Return the sergeant, who is John Smith of 14 Mill Road."""
    return caller_of(built)


@pytest.fixture(scope="module")
def analyst(built):
    """Return a colleague."""
    return caller_of(built, "analyst-1", "op-investigation-1")


@pytest.fixture
def standards(built):
    """Return somebody of professional standards at work."""
    return built.at_work("professional-standards-1", "op-standards")


def refused_as_self(ask):
    """Ask, and return the refusal, which must be the one for oneself."""
    with pytest.raises(RefusedError) as caught:
        ask()
    assert caught.value.code == "self-search" and caught.value.reasons
    return caught.value


@pytest.mark.parametrize("question", OWN)
def test_nobody_searches_for_themselves(built, sergeant, analyst, question):
    """PL-35: an officer who looks up their own plate is stopped, and it is in the record; a colleague is not."""
    before = len(built.leaves())
    refused_as_self(lambda: find.search(sergeant, question))
    [leaf] = built.leaves()[before:]
    assert (leaf["op"], leaf["tool"], leaf["decision"]) == ("refusal", "look-up", "refuse")
    assert built.bodies("refusal")[-1]["reasons"] == ["self-search"]
    assert find.search(analyst, question).coverage.entry


@pytest.mark.parametrize("question", OTHERS)
def test_somebody_else_of_the_same_name_or_street_is_found(sergeant, question):
    """A sergeant called John Smith must be able to look for another John Smith."""
    assert find.search(sergeant, question).coverage.entry


def test_nobody_is_hidden_behind_other_words(built, sergeant, analyst):
    """Nine words before the name were enough to find somebody without its being noted who."""
    before = built.house.head.follow().done, len(built.leaves())
    words = " ".join(f"q{chr(97 + n)}" for n in range(16))
    for ask in (
        lambda: find.search(sergeant, f"{words} john smith 12/4/1988"),
        lambda: find.check_list(analyst, ["XY34 ZZZ", "x" * 400 + " AB12CDE"]),
        lambda: find.incident_page(analyst, "y" * 400 + " 14 mill road"),
    ):
        with pytest.raises(LimitError) as caught:
            ask()
        assert caught.value.code == "question-too-long"
    assert (built.house.head.follow().done, len(built.leaves())) == before


def test_everybody_on_a_page_is_noted_however_many_they_are(built, monkeypatch, analyst, standards):
    """Whoever is looked at among many could otherwise fall off the end of what is noted."""
    monkeypatch.setattr(watched, "MARKS_MAX", 2)
    before = len(built.leaves())
    find.profile(analyst, "person", f"incident_person:{record(1)}")
    entered = built.bodies("consultation")[-(len(built.leaves()) - before) + 1 :]
    assert len(entered) > 1 and all(len(body["marks"]) <= 2 for body in entered)
    for question in ("John Smith 1988-04-12", "07700 900123", "14 mill road nm1 4ab"):
        looks = watch_room(built.gate).who_looked(standards, "watch-use", question, 30)
        assert before in {one.entry for one in looks}


def test_a_text_that_holds_ones_own_number_or_address_is_withheld(built, sergeant, analyst):
    """What somebody wrote of an officer is not for that officer to read on the page of whoever reported it."""

    def words(caller):
        page = find.profile(caller, "person", f"incident_person:{record(3)}")
        return [f.says for s in page.sections for f in s.facts if f.about == "words"]

    assert set(TEXTS) < set(words(analyst)) and words(sergeant) == ["John Smith was there in QX34 XQX."]
    assert not find.search(sergeant, "rang from").found and find.search(analyst, "rang from").found


def test_a_text_that_names_its_reader_refuses_nobody(built, sergeant):
    """What somebody else wrote is not the reader's asking: no page is shut for it and no lead made of it."""
    before = len(built.leaves())
    page = suggestions.suggest(sergeant, "person", f"incident_person:{record(3)}")
    assert {s.says for s in page.suggestions} == {"QX34 XQX"}
    assert all(e["op"] != "refusal" for e in built.leaves()[before:])


DPO = "data-protection-officer-1"
DOORS = {
    "profile of a vehicle": lambda c: find.profile(c, "vehicle", "AB12CDE"),
    "profile of a phone": lambda c: find.profile(c, "phone", "+447700900123"),
    "profile of an address": lambda c: find.profile(c, "address", "14 Mill Road, NM1 4AB"),
    "incident page": lambda c: find.incident_page(c, "14 mill road"),
    "a line of a list": lambda c: find.check_list(c, ["XY34 ZZZ", "AB12 CDE"]),
    "a chart": lambda c: _draw(c, ("vehicle", "AB12CDE")),
    "a chart's next link": lambda c: _draw(c, ("vehicle", "XY34ZZZ"), ("phone", "+447700900123")),
}


def _draw(caller, *names):
    return find_chart.draw(caller, find_chart.Wanted(tuple((name, find_chart.Around()) for name in names)))


@pytest.mark.parametrize("door", DOORS)
def test_no_other_way_leads_to_oneself(built, sergeant, door):
    """A rule that one page forgets is no rule: it stands at the gate, and every page meets it."""
    before = len(built.leaves())
    error = refused_as_self(lambda: DOORS[door](sergeant))
    assert [e["op"] for e in built.leaves()[before:]] == ["refusal"]
    assert error.facts == ({"line": 2} if door in ("a line of a list", "a chart's next link") else {})


def test_ones_own_record_is_like_one_that_does_not_exist(built, sergeant, standards):
    """Told otherwise, a refusal would say that there is something about oneself."""
    told = []
    for key in (record(1), record(5), record(999)):  # the second calls the sergeant by a name beside the first
        with pytest.raises(MissingError) as caught:
            find.profile(sergeant, "person", f"incident_person:{key}")
        told.append(caught.value.as_dict())
    assert told[0] == told[1] == told[2]
    assert not any("marks" in e.body or "own" in e.body for e in built.gate.own_entries(sergeant.credential, DAY))
    leads = watch_room(built.gate).leads(standards, "watch-use", 30)
    assert [lead.kind for lead in leads if lead.kind == OWN_RECORD] == [OWN_RECORD] * 2


DAY = datetime(2026, 11, 20, tzinfo=UTC)


def test_what_is_about_oneself_changes_nothing_that_one_is_told(built, sergeant):
    """Whether there are records about oneself must not be found out by asking for others."""
    asked = ("mill road nm1 4ab", "smith 1970-01-01", "XY3*ZZZ", "bob fox", "crowd 1970-01-01", "mill")

    def everything():
        answers = [find.search(sergeant, q) for q in asked]
        return [as_plain(replace(a, coverage=replace(a.coverage, entry=0, index_at=None))) for a in answers]

    before = everything()
    assert sum(len(a["found"]) for a in before) > 20, "one answer is cut at its limit"
    own = [person(100 + i, event_ref="NM/3/26", subject_id=f"s-{i}") for i in range(40)]
    built.plant({"own/people": own}, "incident_person")
    look_room(built.gate).bring_up_to_date()
    assert everything() == before


def test_a_pattern_that_reaches_oneself_is_a_lead_and_tells_nobody_that_it_was(built, sergeant, standards):
    """AB1?CDE is AB12 CDE to whoever types it: answered as if there were nothing, and looked into by others."""

    def asked(question):
        before = len(built.leaves())
        answer = find.search(sergeant, question)
        entered = [{k: v for k, v in e.items() if k != "commitment"} for e in built.leaves()[before:]]
        return [f.title for f in answer.found], entered

    def reached():
        return [lead for lead in watch_room(built.gate).leads(standards, "watch-use", 30) if lead.kind == OWN_REACHED]

    start, nobodys, own = len(reached()), asked("QQ1?QQQ"), asked("AB1?CDE")
    assert own == nobodys and own[0] == [], "what is shown, and how much is entered"
    [lead] = reached()[: len(reached()) - start]
    assert (lead.looker, lead.strong) == ("response-sergeant-1", True)
    asked("XY3?ZZZ"), asked("bob fox")
    assert len(reached()) == start + 1, "others are looked for in the same way every day"
    assert not any("own" in e.body for e in built.gate.own_entries(sergeant.credential, DAY))


def test_records_side_by_side_leave_out_ones_own(built, sergeant):
    """Judging links is a look at records, and no way round."""
    columns = {"incident_person": ("event_ref",)}
    with link_room(built.gate).looking(sergeant.credential, "judge-links", columns, Asked("entity", ("",))) as look:
        assert look.read("incident_person", ("event_ref",), [record(1), record(3)]).num_rows == 1


def test_a_colleague_who_looks_for_somebody_soon_after_is_noticed(built, sergeant, analyst, standards):
    """T22: a block by name is theatre if a colleague does it for you."""
    refused_as_self(lambda: find.search(sergeant, "AB12 CDE"))
    find.search(analyst, "ab12cde")
    find.profile(analyst, "person", f"incident_person:{record(1)}")
    find.profile(analyst, "person", f"incident_person:{record(2)}")  # whom the sergeant is close to
    find.search(analyst, "bob fox")
    leads = watch_room(built.gate).leads(standards, "watch-use", 30)
    pairs = [lead for lead in leads if lead.kind == PAIR and lead.strong and lead.asked_entry >= 0]
    assert {lead.evidence for lead in pairs} >= {("person",), ("plate",), ("address", "person", "phone")}
    assert {(lead.looker, lead.about) for lead in pairs} == {("analyst-1", "response-sergeant-1")}


def test_looking_for_somebody_close_is_a_lead_and_no_refusal(built, sergeant, standards):
    """A relation may be in a case; whether one should have handed it over is for people to judge."""
    assert find.search(sergeant, "ann lee 1990-01-01").found
    leads = watch_room(built.gate).leads(standards, "watch-use", 30)
    assert any(lead.kind == RELATION and lead.strong for lead in leads) and any(lead.kind == SELF for lead in leads)


def test_nobody_corrects_shuts_or_erases_what_is_about_themselves(built, standards):
    """Whoever answers for records could otherwise take away what speaks against them."""
    watch_room(built.gate).keep_details(standards, "watch-use", DPO, Declared("Dee", "Kent", date(1975, 6, 6)))
    officer, key, why = built.at_work(DPO), f"incident_person:{record(4)}", "It is not about me at all."
    acts = [partial(amend_room(built.gate).amend, officer, "erase-on-request", key, Said(kind, why, "surname", "X"))
            for kind in ("corrected", "restricted", "contested", "lift")]  # fmt: skip
    acts.append(lambda: built.gate.erase(officer, "erase-on-request", record(80)))
    before = built.house.head.follow().done
    for act in acts:
        with pytest.raises(RefusedError) as caught:
            act()
        assert caught.value.code == "own-record"
    assert built.house.head.follow().done == before, "nothing was written"
    leads = watch_room(built.gate).leads(standards, "watch-use", 30)
    assert len([lead for lead in leads if (lead.kind, lead.looker) == (SELF, DPO)]) == len(acts)


def test_who_looked_is_told_to_standards_and_is_itself_in_the_record(built, analyst, standards):
    """PL-09: a person who asks who looked them up is owed an answer, and whoever gives it is seen as well."""
    find.profile(analyst, "person", f"incident_person:{record(3)}")
    before = len(built.leaves())
    looks = watch_room(built.gate).who_looked(standards, "watch-use", "Bob Fox 5/5/1970", 30)
    assert (looks[0].actor, looks[0].what, looks[0].purpose) == ("analyst-1", "profile", "crime-investigation")
    assert [e["tool"] for e in built.leaves()[before:]] == ["watch-use"]
    assert built.bodies("consultation")[-1]["asked_for"] == "Bob Fox 5/5/1970"


@pytest.mark.parametrize(
    ("who", "operation", "code"),
    [
        ("analyst-1", "op-investigation-1", "not-a-watcher"),
        ("response-sergeant-1", "op-safeguarding", "role-not-in-mandate"),
        ("data-protection-officer-1", "op-lawfulness", "not-a-watcher"),
        ("panel-member-1", "op-oversight", "log-purpose"),
        ("system-administrator-1", None, "administrator-sees-nothing"),
    ],
)
def test_who_looked_is_told_to_nobody_else(built, who, operation, code):
    """Not to the desk, not for another purpose: what the log is for stands in the law."""
    credential = built.at_work(who, operation) if operation else built.sign_in(who)
    room = watch_room(built.gate)
    for ask in (
        lambda: room.who_looked(credential, "watch-use", "bob fox", 30),
        lambda: room.leads(credential, "watch-use", 30),
        lambda: room.known(credential, "watch-use"),
    ):
        with pytest.raises(RefusedError) as caught:
            ask()
        assert code in codes(caught.value)
    assert built.bodies("refusal")[-1]["asked"] == "see who looked at whom"


def test_the_panel_sees_it_while_it_checks_lawfulness(built):
    """Professional standards are the force's own; somebody outside can look over their shoulder."""
    member = built.at_work("panel-member-1", "op-lawfulness")
    assert watch_room(built.gate).leads(member, "watch-use", 30)


def test_nobody_enters_who_they_are_themselves(built, standards):
    """Whoever writes their own could leave out the plate that they mean to look for."""
    room = watch_room(built.gate)
    with pytest.raises(RefusedError) as caught:
        room.keep_details(standards, "watch-use", "professional-standards-1", JOHN)
    assert "own-details" in codes(caught.value)
    with pytest.raises(RefusedError):
        room.keep_details(built.at_work("analyst-1", "op-investigation-1"), "watch-use", "analyst-2", JOHN)
    other = built.at_work("professional-standards-2", "op-standards")
    mine = Declared("Imke", "Farrow", date(1980, 1, 1), plates=("IM11 KEF",))
    room.keep_details(other, "watch-use", "professional-standards-1", mine)
    refused_as_self(lambda: room.who_looked(standards, "watch-use", "im11 kef", 30))


def test_what_is_kept_of_staff_is_digests_and_no_words(built, standards):
    """Where an officer lives is nobody's business: not in the public record, not in the sealed part either."""
    kept = json.dumps([b for b in built.bodies("details-kept")])
    assert "digest" not in kept and not any(w in kept.lower() for w in ("smith", "mill", "ab12", "900123", "1988"))
    assert find_residue(built.deployment.ledger, ["Smith", "AB12CDE", "14 mill road"]) == []
    public = [e for e in built.leaves() if e["op"] == "details-kept"]
    assert public and all(set(e) == set(public[0]) and e["tool"] == "watch-use" for e in public)
    assert watch_room(built.gate).known(standards, "watch-use")["response-sergeant-1"] == 6


def test_what_is_known_of_staff_outlives_the_process(built, sergeant):
    """It is in the ledger: a restart lets nobody look for themselves."""
    again = built.reopen()
    try:
        refused_as_self(lambda: find.search(replace(sergeant, gate=again), "ab12 cde"))
    finally:
        again.close()
