"""Programs are told what the gate would tell their holder, no more and no sooner; and nobody else's."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import pytest
from starlette.testclient import TestClient

from peelian.core.errors import PeelianError
from peelian.gate.identity import Credential
from tests.support.desk_site import BASE, OWN, PLAN, DeskSite, desk_site

V1 = "/api/v1"
PEOPLE = ("analyst-1", "neighbourhood-officer-1", "model-owner-1", "official-1", "data-protection-officer-1")
OPERATIONS = {
    "model-owner-1": "op-assessment",
    "official-1": "op-oversight",
    "data-protection-officer-1": "op-erasure",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskSite]:
    """Give a desk with findings, a plan and a note."""
    with desk_site(tmp_path_factory.mktemp("programs")) as site:
        yield site


@pytest.fixture(scope="module")
def clients(served: DeskSite) -> dict[str, TestClient]:
    """Give each of several people a browser, at work."""
    return {person: served.client(person, OPERATIONS.get(person, "op-patrol-planning")) for person in PEOPLE}


def outcome(call: Callable[[], object]) -> str:
    """Return the code of what the gate says no to a direct call with, or that it says yes."""
    try:
        call()
    except PeelianError as error:
        return error.code
    return "yes"


@pytest.mark.parametrize("person", PEOPLE)
def test_what_the_gate_would_refuse_programs_are_refused_and_nothing_else(served, clients, person) -> None:
    """Two doors to the same room would need two guards; there is one."""
    gate, held = served.site.gate, served.built.at_work(person, OPERATIONS.get(person, "op-patrol-planning"))
    listed = {f["id"] for f in clients[person].get(f"{V1}/findings").json()["findings"]}
    assert listed == {lead.id for lead in gate.findings(held)}
    for finding_id in served.findings:
        direct = outcome(lambda i=finding_id: gate.finding(held, i))  # type: ignore[misc]
        told = clients[person].get(f"{V1}/findings/{finding_id}")
        if told.status_code == 200:
            assert direct == "yes" and told.json()["id"] == finding_id
        else:
            assert told.json()["code"] == direct
    ages = {a.source: a.searched for a in gate.source_ages(held)}
    assert {s["source"]: s["searched"] for s in clients[person].get(f"{V1}/sources").json()["sources"]} == ages


def test_whoever_decides_gets_no_result_before_their_own_view(served, clients) -> None:
    """A program must not be the way around the first step of a decision."""
    marked, unmarked, foreign = served.findings
    officer = clients["neighbourhood-officer-1"]
    assert officer.get(f"{V1}/findings/{marked}").status_code == 200
    answer = officer.get(f"{V1}/findings/{unmarked}")
    assert (answer.status_code, answer.json()["code"]) == (403, "own-view-first")
    assert [r["code"] for r in answer.json()["reasons"]] == ["own-view-first"]
    assert answer.json()["reasons"][0]["what"].startswith("Red line 4") and answer.json()["do"].startswith("Mark your")
    hidden, nothing = (officer.get(f"{V1}/findings/{i}") for i in (foreign, "01ZZZZZZZZZZZZZZZZZZZZZZZZ"))
    assert hidden.status_code == 404 and hidden.json() == nothing.json(), "a foreign one is not told from none"


def test_what_may_not_be_seen_and_what_does_not_exist_are_told_alike(served, clients) -> None:
    """A difference between the two answers is an answer."""
    foreign, nothing = (
        clients["analyst-1"].get(f"{V1}/findings/{i}") for i in (served.findings[2], "01ZZZZZZZZZZZZZZZZZZZZZZZZ")
    )
    assert (foreign.status_code, foreign.json()) == (nothing.status_code, nothing.json())
    assert foreign.status_code == 404


def test_a_plan_is_its_makers_alone(clients) -> None:
    """A reference can be read off a stop receipt; the plan cannot."""
    assert clients["neighbourhood-officer-1"].get(f"{V1}/plans/{PLAN}").json()["reference"] == PLAN
    theirs = clients["analyst-1"].get(f"{V1}/plans/{PLAN}")
    nobodys = clients["analyst-1"].get(f"{V1}/plans/H-2026-1123-99")
    assert theirs.status_code == 404 and theirs.json() == nobodys.json()
    assert clients["analyst-1"].get(f"{V1}/plans").json() == []


def test_look_ups_are_ones_own(served, clients) -> None:
    """The one list that would rank officers by what they looked up, if anybody else could have it."""
    mine = {p: {r["entry"] for r in c.get(f"{V1}/look-ups").json()["rows"]} for p, c in clients.items()}
    for person, entries in mine.items():
        assert entries, person
        assert all(not entries & other for p, other in mine.items() if p != person)
    asked = clients["analyst-1"].get(f"{V1}/look-ups", params={"account": "official-1", "actor": "official-1"}).json()
    assert {r["entry"] for r in asked["rows"]} & mine["official-1"] == set()


def test_a_bearer_is_the_same_session_and_needs_no_form_token(served, clients) -> None:
    """A program on another machine has no page to take a token from, and no browser to be tricked."""
    secret = served.secret(served.client("analyst-1"))
    program = TestClient(clients["analyst-1"].app, base_url=BASE)
    held = {"authorization": f"Bearer {secret}"}
    assert program.get(f"{V1}/session", headers=held).json()["account"] == "analyst-1"
    changed = program.put(f"{V1}/context", json={"operation": "op-patrol-planning"}, headers=held)
    assert changed.status_code == 200 and changed.json()["operation"] == "op-patrol-planning"


@pytest.mark.parametrize("secret", ["", "A" * 43, "A" * 42, "' OR 1=1 --", "é" * 43, "A" * 10_000, "null"])
def test_a_bearer_that_is_none_of_ours_opens_nothing(served, secret) -> None:
    """Nor does it break anything."""
    header = f"Bearer {secret}".encode()
    answer = served.client().get(f"{V1}/session", headers={"authorization": header})
    assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("empty", ["Bearer", "Bearer ", "bearer   "])
def test_a_bearer_without_a_secret_does_not_let_a_cookie_do_without_the_form_token(served, clients, empty) -> None:
    """The token is what tells a form of ours from another site's; the word alone proves nothing."""
    for headers in ({"origin": "http://elsewhere.invalid"}, OWN):
        answer = clients["analyst-1"].put(
            f"{V1}/context", json={"operation": "op-patrol-planning"}, headers=headers | {"authorization": empty}
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "form-from-elsewhere")


def test_a_bearer_opens_no_page(served) -> None:
    """Pages are for browsers; a header that some proxy adds must not sign anybody in to them."""
    secret = served.secret(served.client("analyst-1"))
    answer = served.client().get("/desk", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")


def test_a_no_says_what_why_by_whom_and_what_now(served) -> None:
    """A program that only knows 403 sends its user to the telephone."""
    client = served.client("analyst-1")
    answer = client.put(f"{V1}/context", json={"operation": "op-oversight"}, headers=served.token(client))
    body = answer.json()
    assert answer.status_code == 403 and body["family"] == "refused"
    assert {"type", "title", "status", "code", "what", "why", "do", "reasons"} <= set(body)
    assert all({"code", "what", "owner", "do"} <= set(r) for r in body["reasons"])


def test_an_emergency_and_an_operation_at_once_contradict_each_other(served) -> None:
    """Otherwise an emergency would open an operation's rows to somebody who is not on it."""
    client = served.client("neighbourhood-officer-1")
    both = {"operation": "op-response", "emergency": "danger-to-life"}
    answer = client.put(f"{V1}/context", json=both, headers=served.token(client))
    assert (answer.status_code, answer.json()["code"]) == (422, "context-contradictory")
    alone = client.put(f"{V1}/context", json={"emergency": "danger-to-life"}, headers=served.token(client))
    assert alone.json()["emergency"] is True
    wrong = client.put(f"{V1}/context", json={"emergency": "burglary-prevention"}, headers=served.token(client))
    assert wrong.status_code == 403


def test_the_public_part_needs_nobody_and_names_nobody(served) -> None:
    """What the register says, a program can read; who did what, it cannot."""
    client = served.client()
    status = client.get(f"{V1}/status").json()
    assert status["permissions"]["hotspots"] == "in force" and status["demonstration"] is True
    text = "".join(client.get(f"{V1}/{p}").text for p in ("status", "permissions", "stops", "record/head"))
    people = served.site.charter.people.values()
    assert not [p.id for p in people if p.id in text or p.display_name in text]


def test_a_stop_is_told_to_the_very_next_request(tmp_path) -> None:
    """The officer's screen changes at the next action, and so does the program's answer."""
    with desk_site(tmp_path) as site:
        client = site.client("neighbourhood-officer-1")
        assert client.get(f"{V1}/findings").json()["findings"]
        site.built.panel_stops("hotspots", "It is not tested.")
        tool = next(t for t in client.get(f"{V1}/tools").json() if t["mandate"] == "hotspots")
        assert (tool["state"], tool["stopped_why"]) == ("stopped", "It is not tested.")
        assert tool["fallback"]
        assert client.get(f"{V1}/findings").json()["findings"] == []
        assert client.get(f"{V1}/plans/{PLAN}").status_code == 403
        page = client.get("/desk").text
        assert "is stopped" in page and "Do this instead" in page and "It is not tested." in page


def test_a_session_from_elsewhere_is_nobodys(served) -> None:
    """The credential of one deployment is a stranger in another; so is one made up."""
    held = served.built.at_work("analyst-1")
    stranger = dataclasses.replace(held, session_id="01ZZZZZZZZZZZZZZZZZZZZZZZZ")
    assert isinstance(stranger, Credential)
    assert outcome(lambda: served.site.gate.findings(stranger)) == "session-not-proved"


def test_a_note_left_by_a_program_reaches_the_people_on_the_operation_alone(served, clients) -> None:
    """The same rule as on the page."""
    writer = clients["neighbourhood-officer-1"]
    left = writer.post(f"{V1}/hand-over", json={"note": " Lamp out in Mill Road. "}, headers=served.token(writer))
    assert left.status_code == 201 and left.json()[0]["text"] == "Lamp out in Mill Road."
    assert clients["analyst-1"].get(f"{V1}/hand-over").json()[0]["mine"] is False
    assert clients["official-1"].get(f"{V1}/hand-over").json() == []
    for note in ("", "   ", "x" * 2_001):
        answer = writer.post(f"{V1}/hand-over", json={"note": note}, headers=served.token(writer))
        assert answer.status_code == 422
    assert writer.post(f"{V1}/hand-over", json={"note": "x"}, headers=OWN).status_code == 403
