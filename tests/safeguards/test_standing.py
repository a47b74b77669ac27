"""What stands for longer than a page: saved searches end with their authority, covert flags change nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from peelian.app.caller import at_door
from peelian.app.finding import find, standing
from peelian.app.finding.find_told import as_plain
from peelian.app.session import set_context, sign_in
from peelian.core.errors import InvalidError, MissingError, RefusedError
from peelian.gate.rooms.searching import look_room
from peelian.gate.rooms.standing import standing_room, sweep_standing
from peelian.gate.rooms.watching import Declared, watch_room
from peelian.model.looks import FLAGGED
from tests.support.desk_site import OWN, people_site
from tests.support.gate import FOUNDED_AT, record
from tests.support.people import caller_of, person, vehicle
from tests.support.walk import call

JOHN, BOB = f"incident_person:{record(1)}", f"incident_person:{record(3)}"
BOB_FOX = {"forenames": "Bob", "surname": "Fox", "birth_on": date(1970, 5, 5), "address": "", "phones": ""}
GIA = {"forenames": "Gia", "surname": "Marsh", "birth_on": date(1977, 7, 7), "address": "", "phones": ""}
PLANTED = {
    "incident_person": [
        person(1, subject_id="s-john"),
        person(3, subject_id="s-bob", **BOB_FOX),
        person(5, subject_id=record(85), **GIA),
    ],
    "incident_vehicle": [vehicle(21), vehicle(22, plate="XY34ZZZ")],
}
SOON, LATER = date(2026, 12, 1), date(2026, 12, 20)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Serve a deployment with a few records, for pages and for use-cases alike."""
    with people_site(tmp_path_factory.mktemp("standing"), PLANTED) as site:
        yield site


@pytest.fixture(scope="module")
def analyst(desk):
    """Return whoever saves and flags."""
    return caller_of(desk.built, "analyst-1", "op-investigation-1")


@pytest.fixture(scope="module")
def other(desk):
    """Return a colleague on another operation."""
    return caller_of(desk.built)


def told(page):
    """Return everything a page says but where in the record it stands."""
    return json.dumps(as_plain(replace(page, coverage=replace(page.coverage, entry=0, index_at=None))))


# Saved searches


def test_a_saved_search_runs_with_the_rights_of_the_moment_and_marks_what_is_new(desk, analyst):
    """Nobody should read the same forty hits every morning to find the forty-first."""
    saved = standing.save_search(analyst, "XY34 ZZZ", "the van", LATER)
    assert (saved.name, saved.text, saved.stands, saved.until_on) == ("the van", "XY34 ZZZ", True, LATER)
    before = len(desk.built.leaves())
    first = standing.run_search(analyst, saved.id)
    assert first.first and first.answer.found and not first.new
    assert [e["op"] for e in desk.built.leaves()[before:]] == ["consultation", "saved-search-run"]
    assert standing.run_search(analyst, saved.id).new == ()
    desk.built.plant({"more": [vehicle(23, plate="XY34ZZZ")]}, "call_vehicle")
    look_room(desk.built.gate).bring_up_to_date()
    again = standing.run_search(analyst, saved.id)
    assert again.new and not again.first
    mandate = look_room(desk.built.gate).mandate_for(analyst.credential)
    stop = desk.built.panel_stops(mandate)
    assert [s.state for s in standing.saved_searches(analyst)] == [standing.STATES["mandate-over"]]
    with pytest.raises(MissingError):
        standing.run_search(analyst, saved.id)
    desk.built.panel_lifts(stop)
    assert standing.run_search(analyst, saved.id).answer.found


def test_a_saved_search_is_its_owners_on_its_operation(desk, analyst, other):
    """A list that one officer left behind is how people stayed on lists nobody answered for."""
    saved = standing.save_search(analyst, "bob fox", "", SOON)
    assert standing.saved_searches(other) == []
    for act in (standing.run_search, standing.end_search):
        with pytest.raises(MissingError) as caught:
            act(other, saved.id)
        assert caught.value.code == "saved-search-missing"
    elsewhere = caller_of(desk.built, "analyst-1", "op-patrol-planning")
    with pytest.raises(MissingError):
        standing.run_search(elsewhere, saved.id)


def test_what_a_search_was_for_is_gone_when_it_ends(desk, analyst):
    """A search that is over must not go on saying whom somebody looked for."""
    saved = standing.save_search(analyst, "Quirinius 01/02/1971", "a name", SOON)
    standing.end_search(analyst, saved.id)
    [ended] = [s for s in standing.saved_searches(analyst) if s.id == saved.id]
    assert (ended.name, ended.text, ended.stands) == ("", "", False)
    house = desk.built.house
    assert house.keys.get(f"standing/saved/{saved.id}") is None
    assert "quirinius" not in json.dumps(desk.built.bodies("search-saved")).lower()
    assert desk.built.leaves()[-1]["op"] == "saved-search-ended"


@pytest.mark.parametrize(
    ("text", "until", "code"),
    [
        ("bob fox", FOUNDED_AT.date() - timedelta(days=1), "standing-malformed"),
        ("bob fox", FOUNDED_AT.date() + timedelta(days=200), "standing-malformed"),
        ("?", SOON, "question-empty"),
    ],
)
def test_a_saved_search_has_words_and_an_end(analyst, text, until, code):
    """What has no end is kept for ever."""
    with pytest.raises(InvalidError) as caught:
        standing.save_search(analyst, text, "x", until)
    assert caught.value.code == code


def test_nobody_saves_a_search_outside_what_they_may_look_up(desk):
    """A search that may not be made may not be kept for later either."""
    for who, operation in (("analyst-2", "op-patrol-planning"), ("data-protection-officer-1", "op-erasure")):
        caller = caller_of(desk.built, who, operation)
        with pytest.raises(RefusedError):
            standing.save_search(caller, "bob fox", "", SOON)
    hurry = caller_of(desk.built, "response-sergeant-1", "op-response")
    hurry.gate.set_context(hurry.credential, "", emergency_purpose="danger-to-life")
    with pytest.raises(RefusedError):
        standing.save_search(hurry, "bob fox", "", SOON)


def test_nobody_saves_a_search_for_themselves_or_flags_themselves(desk):
    """The same rule at every door, also at those that look later."""
    standards = desk.built.at_work("professional-standards-1", "op-standards")
    mine = Declared("Rowan", "Petit", date(1985, 3, 3), plates=("RP85 PET",))
    watch_room(desk.built.gate).keep_details(standards, "watch-use", "analyst-2", mine)
    caller = caller_of(desk.built, "analyst-2", "op-investigation-1")
    for ask in (
        lambda: standing.save_search(caller, "rp85 pet", "mine", SOON),
        lambda: _flag(caller, "covert", "vehicle", "RP85 PET"),
    ):
        with pytest.raises(RefusedError) as caught:
            ask()
        assert caught.value.code == "self-search"


# Flags


def _flag(caller, kind, about, key, contact="Burglary desk, 101 ext. 4"):
    return standing.set_flag(caller, kind, about, key, contact=contact, review_on=SOON, until=LATER)


def test_a_covert_flag_changes_nothing_that_anybody_else_is_told(desk, analyst, other):
    """An answer that differs by a byte tells somebody that they are watched."""

    def everything():
        start = len(desk.built.leaves())
        pages = [find.profile(other, "person", BOB), find.profile(other, "vehicle", "XY34ZZZ")]
        pages += [find.search(other, "bob fox"), find.check_list(other, ["XY34 ZZZ"])]
        written = [(e["op"], e["tool"], e["decision"]) for e in desk.built.leaves()[start:]]
        return [told(p) for p in pages], written

    plain = everything()
    flags = [_flag(analyst, "covert", "person", BOB), _flag(analyst, "covert", "vehicle", "XY34ZZZ")]
    assert everything() == plain, "neither what is shown nor how much is entered"
    looked = {f.id: f.looked for f in standing.flags(analyst)}
    assert all({one.account for one in looked[f.id]} == {"response-sergeant-1"} for f in flags)
    for f in flags:
        standing.end_flag(analyst, f.id)
    assert everything() == plain


def test_an_overt_flag_says_whom_to_ask_on_the_page_and_to_its_owner_who_looked(analyst, other):
    """Two teams at one door is how somebody gets hurt."""
    person_flag, plate = _flag(analyst, "overt", "person", BOB), _flag(analyst, "overt", "vehicle", "XY34 ZZZ")
    assert [f.contact for f in find.profile(other, "person", BOB).flags] == ["Burglary desk, 101 ext. 4"]
    assert find.profile(other, "vehicle", "xy34zzz").flags[0].operation == "Burglaries and robberies since the summer"
    assert find.profile(other, "person", JOHN).flags == ()
    [shown] = [f for f in standing.flags(analyst) if f.id == person_flag.id]
    assert shown.looked[0].account == "response-sergeant-1" and shown.on == BOB
    for flag in (person_flag, plate):
        standing.end_flag(analyst, flag.id)
    assert find.profile(other, "person", BOB).flags == ()


def test_who_looked_is_told_under_the_flags_own_mandate_on_its_operation_and_to_nobody_who_left_it(
    desk, analyst, other, monkeypatch
):
    """A flag is how a crooked officer would be warned: the panel stops it without stopping look-ups."""

    def told():
        [one] = [f for f in standing.flags(analyst) if f.id == flag.id]
        return one.stands, one.told, len(one.looked)

    flag = _flag(analyst, "covert", "person", BOB)
    find.profile(other, "person", BOB)
    assert told() == (True, True, 1)
    elsewhere = caller_of(desk.built, "analyst-1", "op-patrol-planning")
    [away] = [f for f in standing.flags(elsewhere) if f.id == flag.id]
    assert (away.stands, away.told, away.looked) == (True, False, ())
    with pytest.raises(RefusedError) as caught:
        _flag(other, "covert", "vehicle", "XY34 ZZZ")
    assert {r.code for r in caught.value.reasons} >= {"role-not-in-mandate"}
    stop = desk.built.panel_stops("deconflict")
    assert told() == (False, False, 0) and find.profile(other, "person", BOB).title
    desk.built.panel_lifts(stop)
    assert told() == (True, True, 2)
    operations = desk.built.charter.operations
    left = replace(operations["op-investigation-1"], members=operations["op-investigation-1"].members - {"analyst-1"})
    monkeypatch.setitem(desk.built.house.charter.__dict__, "operations", {**operations, left.id: left})
    assert told() == (False, False, 0)


def test_a_flag_tells_its_owner_of_no_refusal(desk, analyst):
    """That somebody looked for themselves is for standards to know, not for whoever set a flag on them."""
    standards = desk.built.at_work("professional-standards-1", "op-standards")
    room, mine = watch_room(desk.built.gate), Declared("Nia", "Fold", plates=("NF77 FOL",))
    room.keep_details(standards, "watch-use", "neighbourhood-officer-1", mine)
    flag = _flag(analyst, "covert", "vehicle", "NF77FOL")
    with pytest.raises(RefusedError):
        find.search(caller_of(desk.built, "neighbourhood-officer-1", "op-safeguarding"), "nf77 fol")
    assert [f.looked for f in standing.flags(analyst) if f.id == flag.id] == [()]
    assert any(lead.looker == "neighbourhood-officer-1" for lead in room.leads(standards, "watch-use", 30))


def test_a_flag_on_somebody_close_is_a_lead(desk, analyst):
    """Whoever is told who looks at their brother can warn him."""
    standards = desk.built.at_work("professional-standards-1", "op-standards")
    room, close = watch_room(desk.built.gate), Declared("Bob", "Fox", date(1970, 5, 5))
    room.keep_details(standards, "watch-use", "analyst-1", Declared("Tamsin", "Hale", relations=(close,)))
    flag = _flag(analyst, "covert", "person", BOB)
    leads = [one for one in room.leads(standards, "watch-use", 30) if one.kind == FLAGGED]
    assert [(one.looker, one.strong) for one in leads[:1]] == [("analyst-1", True)]
    standing.end_flag(analyst, flag.id)


def test_who_is_erased_is_in_no_flag_and_no_saved_search(desk, analyst):
    """A search that somebody saved would go on naming whom everything else has forgotten."""
    house = desk.built.house
    flag = _flag(analyst, "covert", "person", f"incident_person:{record(5)}")
    named = standing.save_search(analyst, "gia marsh 7/7/1977", "her", SOON)
    other_one = standing.save_search(analyst, "marsh", "many", SOON)
    receipt = desk.built.gate.erase(desk.built.at_work("data-protection-officer-1"), "erase-on-request", record(85))
    assert receipt["standing"] == 2
    assert house.keys.get(f"standing/flag/{flag.id}") is None and house.keys.get(f"standing/saved/{named.id}") is None
    stands = {s.id: (s.stands, s.text) for s in standing.saved_searches(analyst)}
    assert stands[named.id] == (False, "") and stands[other_one.id] == (True, "marsh")


def test_what_is_over_is_swept_with_the_nightly_deletion(desk, analyst):
    """What its owner never looks at again must go all the same."""
    saved, flag = standing.save_search(analyst, "Vespasian 1/1/70", "x", SOON), _flag(analyst, "covert", "person", BOB)
    officer = desk.built.gate.who(desk.built.at_work("data-protection-officer-1", "op-erasure"))
    sweep_standing(desk.built.house, officer)
    watch, keys, now = desk.built.house.head.watch, desk.built.house.keys, desk.built.clock.now()
    named = [f"standing/saved/{saved.id}", f"standing/flag/{flag.id}"]
    assert all(keys.get(name) for name in named), "what stands is left alone"
    watch.saved[saved.id] = replace(watch.saved[saved.id], expires_at=now)
    watch.flags[flag.id] = replace(watch.flags[flag.id], expires_at=now)
    assert sweep_standing(desk.built.house, officer) == 2
    assert not any(keys.get(name) for name in named)


@pytest.mark.parametrize(
    "terms",
    [
        {"contact": "", "review_on": SOON, "until": LATER},
        {"contact": "x", "review_on": LATER, "until": SOON},
        {"contact": "x", "review_on": FOUNDED_AT.date(), "until": SOON},
        {"contact": "x", "review_on": SOON, "until": FOUNDED_AT.date() + timedelta(days=400)},
    ],
)
def test_a_flag_has_somebody_to_ask_a_review_and_an_end(analyst, terms):
    """A flag without an end is a list nobody answers for."""
    with pytest.raises(InvalidError) as caught:
        standing.set_flag(analyst, "overt", "vehicle", "XY34 ZZZ", **terms)
    assert caught.value.code == "standing-malformed"


def test_a_flag_is_seen_and_ended_by_its_owner_alone(desk, analyst, other):
    """A list of covert flags would be the thing most worth having."""
    flag = _flag(analyst, "covert", "vehicle", "XY34 ZZZ")
    assert standing.flags(other) == []
    with pytest.raises(MissingError) as caught:
        standing.end_flag(other, flag.id)
    assert caught.value.code == "flag-missing"
    with pytest.raises(RefusedError):
        _flag(caller_of(desk.built, "analyst-2", "op-patrol-planning"), "covert", "vehicle", "XY34 ZZZ")
    standing.end_flag(analyst, flag.id)
    assert all("XY34" not in json.dumps(b) for b in desk.built.bodies("flag-set"))


# Pages and programs


def _form(page, action):
    """Return the hidden fields of the form that leads somewhere."""
    [form] = re.findall(rf'<form method="post" action="/?{re.escape(action)}".*?</form>', page, re.DOTALL)[:1]
    return dict(re.findall(r'name="(csrf|search)" value="([^"]*)"', form))


def test_a_search_is_saved_asked_again_and_ended_on_pages(desk):
    """What only a command line can do nobody on a desk does."""
    client = desk.client("analyst-1", "op-investigation-1")
    csrf = client.get("/api/v1/session").json()["csrf"]
    token = client.post("/desk/search", data={"csrf": csrf, "wanted": "XY34 ZZZ"}, headers=OWN).headers["location"]
    answer = client.get(token).text
    fields = _form(answer, "desk/saved")
    assert (
        client.post("/desk/saved", data=fields | {"name": "a van", "until": "nonsense"}, headers=OWN).status_code == 422
    )
    done = client.post("/desk/saved", data=fields | {"name": "a van", "until": LATER.isoformat()}, headers=OWN)
    assert done.status_code == 303
    listed = client.get("/desk/saved").text
    assert "a van" in listed and "Ask again" in listed
    run = re.findall(r"desk/saved/[0-9A-Z]{26}/run", listed)[0]
    shown = client.post(f"/{run}", data={"csrf": csrf}, headers=OWN)
    assert shown.status_code == 200 and "first time" in shown.text and "XY34ZZZ" in shown.text
    ended = client.post("/" + run.replace("/run", "/end"), data={"csrf": csrf}, headers=OWN)
    assert ended.status_code == 303 and "What it was for is gone" in client.get("/desk/saved").text


def test_a_flag_is_set_on_the_page_and_shown_on_it(desk):
    """Whoever finds that somebody else works on it must be able to say so there and then."""
    client = desk.client("analyst-1", "op-investigation-1")
    csrf = client.get("/api/v1/session").json()["csrf"]
    token = client.post("/desk/search", data={"csrf": csrf, "wanted": "XY34 ZZZ"}, headers=OWN).headers["location"]
    profile = re.findall(r"/desk/profile/[\w-]+", client.get(token).text)[0]
    form = re.findall(r"/desk/flags/new/[\w-]+", client.get(profile).text)[0]
    assert client.get(form).status_code == 200
    said = {"csrf": csrf, "kind": "overt", "contact": "", "review": SOON.isoformat(), "until": LATER.isoformat()}
    assert "says whom to ask" in client.post(form, data=said, headers=OWN).text
    said |= {"contact": "the duty desk", "title": "the van"}
    assert client.post(form, data=said, headers=OWN).status_code == 303
    assert "Before you act, ask: the duty desk" in client.get(profile).text
    listed = client.get("/desk/flags").text
    assert "the van" in listed and "Nobody else has looked" in listed
    end = re.findall(r"desk/flags/[0-9A-Z]{26}/end", listed)[0]
    assert client.post(f"/{end}", data={"csrf": csrf}, headers=OWN).status_code == 303
    assert "Before you act" not in client.get(profile).text


def test_who_looked_is_shown_to_standards_and_refused_to_the_desk(desk, other):
    """The page that tells on colleagues is the one most worth keeping shut."""
    find.profile(other, "person", BOB)
    client = desk.client("professional-standards-1", "op-standards")
    assert "/desk/watch" in client.get("/desk").text
    csrf = client.get("/api/v1/session").json()["csrf"]
    assert client.get("/desk/watch").status_code == 200
    shown = client.post("/desk/watch", data={"csrf": csrf, "wanted": "Bob Fox 5/5/1970"}, headers=OWN)
    assert "Dilys Novak" in shown.text and "Safeguarding of victims" in shown.text
    assert client.post("/desk/watch", data={"csrf": csrf, "wanted": "x"}, headers=OWN).status_code == 422
    told = client.post("/api/v1/who-looked", json={"text": "Bob Fox 5/5/1970"}, headers=desk.token(client)).json()
    assert told[0]["account"] == "response-sergeant-1"
    assert client.post("/api/v1/leads", json={}, headers=desk.token(client)).status_code == 200
    desk_client = desk.client("analyst-1", "op-investigation-1")
    assert "/desk/watch" not in desk_client.get("/desk").text
    assert desk_client.get("/desk/watch").status_code == 403
    headers = desk.token(desk_client)
    assert desk_client.post("/api/v1/who-looked", json={"text": "Bob Fox"}, headers=headers).status_code == 403


def test_programs_save_run_flag_and_end(desk):
    """The same over the wire, with the same end."""
    client = desk.client("analyst-1", "op-investigation-1")
    headers = desk.token(client)
    made = client.post("/api/v1/saved-searches", json={"text": "bob fox", "until": str(SOON)}, headers=headers)
    assert made.status_code == 200, made.text
    one = {"id": made.json()["id"]}
    assert client.post("/api/v1/saved-searches/run", json=one, headers=headers).json()["first"] is True
    assert client.post("/api/v1/saved-searches/end", json=one, headers=headers).status_code == 204
    assert client.post("/api/v1/saved-searches/run", json=one, headers=headers).status_code == 404
    wanted = {"kind": "covert", "about": "vehicle", "key": "XY34ZZZ", "review_on": str(SOON), "until": str(LATER)}
    flag = client.post("/api/v1/flags", json=wanted, headers=headers).json()
    assert any(f["id"] == flag["id"] for f in client.get("/api/v1/flags").json())
    assert client.post("/api/v1/flags/end", json={"id": flag["id"]}, headers=headers).status_code == 204
    refused = client.post("/api/v1/flags", json=wanted | {"kind": "overt"}, headers=headers)
    assert refused.status_code == 422 and refused.json()["code"] == "standing-malformed"


@pytest.fixture
def run(desk, monkeypatch, tmp_path):
    """Run commands as two people who have signed in, at the deployment's own time."""

    def place_of(folder, acting_as=None):
        return replace(desk.place, acting_as=acting_as)

    for module in ("watch", "find"):
        monkeypatch.setattr(f"peelian.cli.{module}.place_of", place_of)
    for account, operation in (("analyst-1", "op-investigation-1"), ("professional-standards-2", "op-standards")):
        with at_door(place_of("", account)) as caller:
            sign_in(caller, account)
            set_context(caller, operation)
    return lambda *args: call(*args, "--in", desk.place.folder, home=tmp_path)


def test_the_command_line_saves_flags_and_watches(run, tmp_path):
    """What works on a page alone cannot be put into a script or a drill."""
    analyst, standards = ("--as", "analyst-1"), ("--as", "professional-standards-2")
    (tmp_path / "me.json").write_text(json.dumps({"forenames": "Tamsin", "surname": "Hale", "plates": ["TH86 ALE"]}))
    assert "2 marks of analyst-1" in run("watch", "details", "analyst-1", tmp_path / "me.json", *standards).ok().out
    assert run("search", "th86ale", "--json", *analyst).error["code"] == "self-search"
    leads = run("watch", "leads", "--json", *standards).ok().json["leads"]
    assert leads[0]["kind"] == "self" and leads[0]["who"] == "Tamsin Hale"
    saved = run("search", "bob fox", "--save", "a name", "--until", SOON.isoformat(), *analyst).ok().err
    number = re.findall("[0-9A-HJKMNP-TV-Z]{26}", saved)[0]
    assert "a name" in run("saved", "list", *analyst).ok().out
    assert "First time" in run("saved", "run", number, *analyst).ok().err
    assert run("saved", "end", number, *analyst).ok() and run("saved", "run", number, *analyst).code == 4
    terms = ("--review", SOON.isoformat(), "--until", LATER.isoformat(), *analyst)
    flag = run("flag", "set", "covert", "vehicle", "XY34ZZZ", "--json", *terms).ok().json["flag"]["id"]
    assert flag in run("flag", "list", *analyst).ok().out and run("flag", "end", flag, *analyst).ok()
    assert "Tamsin Hale" in run("watch", "who", "bob fox", *standards).ok().out
    assert run("watch", "who", "bob fox", *analyst).code == 5


def test_nothing_stands_after_its_time(desk, analyst, other):
    """Expiry needs nobody to remember it."""
    saved, flag = standing.save_search(analyst, "bob fox", "x", SOON), _flag(analyst, "overt", "person", BOB)
    desk.built.clock.move(days=40)
    desk.built.held.clear()
    later = caller_of(desk.built, "analyst-1", "op-investigation-1")
    assert find.profile(caller_of(desk.built), "person", BOB).flags == ()
    states = {s.id: s.state for s in standing.saved_searches(later)}
    assert states[saved.id] == standing.STATES["expired"]
    assert {f.state for f in standing.flags(later) if f.id == flag.id} == {standing.STATES["expired"]}
    with pytest.raises(MissingError):
        standing_room(desk.built.gate).to_run(later.credential, saved.id)
