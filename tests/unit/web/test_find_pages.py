"""The pages of looking up say what they rest on, and no address says whom somebody seeks or found."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from peelian.app.finding import find, find_copies
from peelian.app.finding.find_links import LASTS, Links
from peelian.core.errors import LimitError, MissingError, Reason, RefusedError
from peelian.core.workbook import Sheet, write_book
from peelian.find.answer import Section
from tests.support import found
from tests.support.desk_site import BASE, OWN, DeskSite, desk_site
from tests.support.gate import burglaries, record

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SAID = ("jhon", "smyth", "SMITH", "john", "AB12", "plate-1", "tel-1", "07700", "Mill", "kim")
"""Parts of what was typed and of what was found: none may stand in an address."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskSite]:
    """Give a desk."""
    with desk_site(tmp_path_factory.mktemp("find")) as site:
        yield site


@pytest.fixture(scope="module")
def analyst(served: DeskSite) -> TestClient:
    """Give the browser of somebody at work."""
    return served.client("analyst-1", "op-investigation-1")


@pytest.fixture(autouse=True)
def answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have hand-made answers instead of look-ups."""
    profiles = {"john": found.JOHN, "jane": found.JANE, "jane-2": found.JANE}
    monkeypatch.setattr(find, "search", lambda caller, text: found.ANSWER)
    monkeypatch.setattr(find, "profile", lambda caller, kind, key: profiles.get(key) or found.profile(kind, key, "X"))
    monkeypatch.setattr(find, "profiles", lambda caller, names: [find.profile(caller, *name) for name in names])
    monkeypatch.setattr(find, "incident_page", lambda caller, what: found.PLACE)
    monkeypatch.setattr(find, "check_list", lambda caller, lines: found.LIST)


def send(served: DeskSite, client: TestClient, path: str, **fields: object) -> tuple[str, str]:
    """Send a form and follow it once; return the address it led to and the page."""
    answer = client.post(path, data=fields | {"csrf": served.token(client)["x-csrf-token"]}, headers=OWN)
    if answer.status_code != 303:
        return "", answer.text
    address = answer.headers["location"]
    return address, client.get(address).text


def addresses(page: str) -> list[str]:
    """Give every address of our own in a page."""
    return [html.unescape(a) for a in re.findall(r'(?:href|action)="([^"#]+)', page)]


def search(served: DeskSite, client: TestClient) -> tuple[str, str]:
    """Search for somebody."""
    return send(served, client, "/desk/search", wanted="jhon smyth")


def chart(served: DeskSite, client: TestClient) -> tuple[str, str]:
    """Go to the chart of somebody who was found."""
    person = next(a for a in addresses(search(served, client)[1]) if a.startswith("/desk/profile/"))
    there = next(a for a in addresses(client.get(person).text) if a.startswith("/desk/chart/"))
    return there, client.get(there).text


def test_no_address_of_any_page_says_whom_somebody_seeks_or_found(served, analyst) -> None:
    """Addresses end in histories, logs and on shared screens."""
    asked, answer = search(served, analyst)
    drawn, picture = chart(served, analyst)
    door, place = send(served, analyst, "/desk/incident", what="14 mill road")
    listed = send(served, analyst, "/desk/check-list", lines="AB12 CDE")[1]
    for page in (answer, picture, place, listed, analyst.get(drawn.replace("chart", "timeline")).text):
        said = [a for a in (asked, door, *addresses(page)) if any(word in a for word in SAID)]
        assert not said and "Stopped by a rule" not in page


def test_an_answer_says_why_where_it_stands_and_what_was_not_searched(served, analyst) -> None:
    """A hit without a reason is a rumour; an answer without its gaps is a promise."""
    page = re.sub(r"\s+", " ", search(served, analyst)[1])
    for words in (
        "surname sounds alike; first name typed wrong",
        "Burglary, C/1",
        "Part in it: Suspect",
        "Searched 2 of 4 sources",
        "No agreement covers this purpose.",
        "May be the same, kept apart",
        "Entry 4712 of the record",
        "a name <strong>jhon smyth",
    ):
        assert words in page, words


def test_organisations_stand_under_a_heading_of_their_own(served, analyst, monkeypatch) -> None:
    """A firm among people is taken for somebody; its records are put together by its name, not by links."""
    hits = tuple(found.hit("organisation", "PLUM LTD", n) for n in (1, 2))
    firm = replace(found.ANSWER.found[1], kind="organisation", key="PLUM LTD", title="PLUM LTD", hits=hits)
    answer = replace(found.ANSWER, found=(*found.ANSWER.found, firm))
    monkeypatch.setattr(find, "search", lambda caller, text: answer)
    page = re.sub(r"\s+", " ", search(served, analyst)[1])
    part = page.partition('<h2 id="organisation">Organisations</h2>')[2].partition("</section>")[0]
    assert "PLUM LTD" in part and "2 records name it." in part and "by links" not in part and "/desk/profile/" in part


def test_nothing_is_said_in_the_same_words_whatever_is_hidden(served, analyst, monkeypatch) -> None:
    """Other words for hidden records would tell that there are some."""
    monkeypatch.setattr(find, "search", lambda caller, text: replace(found.ANSWER, found=()))
    assert "Nothing you may see matches." in search(served, analyst)[1]


def test_outside_the_working_context_the_page_is_the_refusal(served, analyst, monkeypatch) -> None:
    """Being stopped must look like being stopped, not like finding nothing."""

    def refuse(caller: object, text: str) -> None:
        raise RefusedError("refused-by-rule", "No.", reasons=[Reason("no-grant", "Not for this.", "the panel", "Ask.")])

    monkeypatch.setattr(find, "search", refuse)
    assert "Stopped by a rule" in search(served, analyst)[1]


def test_an_address_opens_for_nobody_else_and_not_when_it_was_tampered_with(served, analyst) -> None:
    """A link in a chat must not open what its sender looked up."""
    address, _ = search(served, analyst)
    other = served.client("analyst-2")
    for client, there in ((other, address), (analyst, address[:-4] + "AAAA"), (analyst, "/desk/profile/é")):
        lapsed = client.get(there)
        assert lapsed.status_code == 404 and "leads nowhere any more" in lapsed.text
    stranger = served.client().get(address)
    assert stranger.status_code == 303 and stranger.headers["location"].startswith("/sign-in")


def test_sealed_addresses_lapse_and_do_not_tell_by_their_length() -> None:
    """A plate and a name of nearly the same length look alike."""
    links = Links(b"k" * 32, "session", NOW)
    plate, name = (links.seal("search", {"text": t}) for t in ("AB12CDE", "smith, john"))
    assert len(plate) == len(name) and plate != links.seal("search", {"text": "AB12CDE"})
    assert links.open("search", plate) == {"text": "AB12CDE"}
    for held, kind in (
        (replace(links, now=NOW + LASTS + timedelta(seconds=1)), "search"),
        (replace(links, session="another"), "search"),
        (replace(links, key=b"x" * 32), "search"),
        (links, "profile"),
    ):
        with pytest.raises(MissingError, match="leads nowhere"):
            held.open(kind, plate)


def test_what_a_source_wrote_is_shown_as_text_wherever_it_stands(served, analyst, monkeypatch) -> None:
    """A name is a place to put a script into."""
    evil = replace(found.JOHN, title="<script>x</script>", connections=(found.link("phone", "t", "<b>0770</b>", 1),))
    monkeypatch.setattr(find, "profile", lambda caller, kind, key: evil)
    _, page = chart(served, analyst)
    assert "<script>x" not in page and "<b>0770" not in page and "&lt;b&gt;0770" in page


def test_warnings_come_before_anything_else_and_contested_ones_say_so(served, analyst) -> None:
    """At a door the first line is the only one that is read."""
    person = next(a for a in addresses(search(served, analyst)[1]) if a.startswith("/desk/profile/"))
    door = send(served, analyst, "/desk/incident", what="14 mill road")[1]
    for page, next_part in ((analyst.get(person).text, "Names and birth dates"), (door, "Who is on record here")):
        assert page.index("carries a knife") < page.index(next_part)
        assert "Contested, not yet decided" in page
    assert "1 child on record here" in door


def test_opening_links_leads_to_another_chart_and_the_one_before_stays(served, analyst) -> None:
    """Back takes a step back: that is all that undo is."""
    there, page = chart(served, analyst)
    jane = re.search(r'<option value="([^"]+)">Jane DOE', page)
    assert jane and "07700 900123" not in page
    opened, page = send(served, analyst, there, act="open", point=jane[1])
    assert opened != there and "07700 900123" in page
    assert "07700 900123" not in analyst.get(there).text
    choose = {t: re.search(rf'<option value="([^"]+)">{t}', page)[1] for t in ("14 Mill", "07700")}  # type: ignore[index]
    _, way = send(served, analyst, opened, act="way", start=choose["14 Mill"], end=choose["07700"])
    assert "3 steps:" in way
    _, fewer = send(served, analyst, opened, act="filter", keep=["phone"], since="2026-01-01", to="")
    assert "07700 900123" in fewer and "14 Mill Road" not in fewer
    assert "Choose whom or what" in send(served, analyst, opened, act="open")[1]
    assert "That is no day" in send(served, analyst, opened, act="filter", since="yesterday")[1]


def test_a_file_runs_nothing_says_where_it_comes_from_and_holds_no_child(served, analyst) -> None:
    """A file travels further than anybody meant it to."""
    there, _ = chart(served, analyst)
    table = send(served, analyst, f"{there}/file", form="csv")[1]
    assert "John SMITH" in table and "Kim LEE" not in table and "Missing, M/9" not in table
    assert "# Numbered to,analyst-1" in table and "# Not searched" in table and "2 left out" in table
    drawn = ElementTree.fromstring(send(served, analyst, f"{there}/file", form="graphml")[1])
    labels = [d.text for d in drawn.iter() if d.get("key") == "label"]
    assert "John SMITH" in labels and "Kim LEE" not in labels and "Alex POE" not in labels
    picture = send(served, analyst, f"{there}/file", form="svg")[1]
    assert ElementTree.fromstring(picture) is not None and "Numbered to: analyst-1" in picture
    assert (
        "John SMITH" in picture and "Kim LEE" not in picture and "href" not in picture and "data-token" not in picture
    )
    listed = send(served, analyst, "/desk/check-list", lines="AB12 CDE", form="csv")[1]
    rows = [row for row in csv.reader(io.StringIO(listed)) if row and not row[0].lstrip("\ufeff").startswith("#")]
    assert rows[-2][1] == "'=HYPERLINK(1)" and len({len(row) for row in rows}) == 1
    found_in = send(served, analyst, search(served, analyst)[0] + "/file", form="json")[1]
    assert "AB12 CDE" in found_in and "J SMITH" not in found_in.partition('"rows"')[2].partition("John")[0]


def test_my_downloads_say_which_file_is_whose_and_take_my_word_that_one_is_deleted(served, analyst) -> None:
    """A file that nobody remembers cannot be called back."""
    before = analyst.get("/desk/downloads").text.count("I have deleted it")
    send(served, analyst, "/desk/check-list", lines="AB12 CDE", form="xlsx")
    page = analyst.get("/desk/downloads").text
    assert page.count("I have deleted it") == before + 1 and "Checked list, XLSX" in page
    number = re.findall(r'name="number" value="(\d+)"', page)[0]
    ended = send(served, analyst, "/desk/downloads", number=number)[1]
    assert f"Copy {number}: you said that it is deleted" in ended and ended.count("I have deleted it") == before
    refused = analyst.post(
        "/desk/downloads", data={"number": 1, "csrf": served.token(analyst)["x-csrf-token"]}, headers=OWN
    )
    assert refused.status_code == 404


def test_a_recalled_file_is_on_the_first_page_of_the_day(served, analyst, monkeypatch) -> None:
    """A recall that waits on a page nobody opens reaches nobody."""
    assert "files that you took out" not in analyst.get("/desk").text
    one = find_copies.Download(7, "analyst-1", "search", "csv", 1, "", "", "", "", "", "recalled", "erased", "", "")
    monkeypatch.setattr(find_copies, "my_downloads", lambda caller: find_copies.Downloads((one,)))
    assert "1 file that you took out was recalled" in analyst.get("/desk").text
    assert "a record in it was erased" in analyst.get("/desk/downloads").text


def test_a_file_is_looked_at_mapped_kept_with_the_case_joined_and_deleted(served, analyst) -> None:
    """Three pages from a spreadsheet in an inbox to an answer, and one press until it is gone again."""
    sheet = write_book([Sheet("S", ("Reg", "Religion"), [["AB12 CDE", "x"]])])
    token = served.token(analyst)["x-csrf-token"]
    brought = {"file": ("who.xlsx", sheet)}
    page = analyst.post("/desk/case-files", data={"csrf": token}, files=brought, headers=OWN).text
    assert "A column with such a name is not kept." in page and 'value="plate" selected' in page and "AB12 CDE" in page
    draft = re.findall(r'name="draft" value="([^"]+)"', page)[0]
    there, kept = send(served, analyst, "/desk/case-files/keep", draft=draft, means=["plate", ""])
    assert "AB12 CDE" in kept and "Religion" not in kept and there in analyst.get("/desk/case-files").text
    joined = send(served, analyst, f"{there}/join", column=0)[1]
    assert "Entered as a combination" in joined and "John SMITH" in joined
    assert "This case has no file." in send(served, analyst, f"{there}/delete")[1]
    assert analyst.get(there).status_code == 404
    bad = analyst.post("/desk/case-files", data={"csrf": token}, files={"file": ("x.exe", b"MZ")}, headers=OWN)
    assert bad.status_code == 422 and 'id="file-error"' in bad.text
    listed = analyst.post("/desk/check-list", data={"csrf": token}, files=brought, headers=OWN).text
    assert "AB12 CDE" in listed and "Your list, line by line" in listed


def test_what_the_words_may_name_is_shown_apart_and_judged_with_a_reason(served, analyst, monkeypatch) -> None:
    """A guess that stands among the facts is read as one."""
    words = replace(found.fact(9, "Left in XY34 ZZZ."), about="words", table="incident_text", record_id="9" * 32)
    page = replace(found.JOHN, sections=(Section("words", "In the words of the reports", (words,)),))
    monkeypatch.setattr(find, "profile", lambda caller, kind, key: page)
    person = next(a for a in addresses(search(served, analyst)[1]) if a.startswith("/desk/profile/"))
    there = next(a for a in addresses(analyst.get(person).text) if a.endswith("/suggestions"))
    told = analyst.get(there).text
    assert "<mark>XY34 ZZZ</mark>" in told and "They are no facts" in told and "Nobody has said yet" in told
    span = {"table": "incident_text", "record": "9" * 32, "start": 8, "end": 16, "kind": "plate"}
    headers, token = OWN, served.token(analyst)["x-csrf-token"]
    for said, status in (("confirmed:named-clearly", 404), ("confirmed:misread", 422)):  # there is no such text
        assert analyst.post(there, data=span | {"said": said, "csrf": token}, headers=headers).status_code == status


def test_a_list_that_is_too_long_says_so_at_the_field_and_keeps_what_was_typed(served, analyst, monkeypatch) -> None:
    """Two hundred plates are not typed in twice."""

    def too_long(caller: object, lines: object) -> None:
        raise LimitError("list-too-long", "At most 200 lines.", do="Send two lists.")

    monkeypatch.setattr(find, "check_list", too_long)
    page = send(served, analyst, "/desk/check-list", lines="AB12 CDE")[1]
    assert 'id="lines-error"' in page and "At most 200 lines. Send two lists." in page and "AB12 CDE</textarea>" in page
    assert "Write at least one line" in send(served, analyst, "/desk/check-list", lines=" \n ")[1]


def test_programs_are_told_what_the_pages_say_and_ask_in_the_body(served, analyst) -> None:
    """An address with a name in it would be in every log on the way."""
    token = served.token(analyst)

    def ask(path: str, **body: object) -> dict:
        answer = analyst.post(f"/api/v1/{path}", json=body, headers=token)
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert ask("search", text="jhon smyth")["found"][0]["why"] == ["surname sounds alike", "first name typed wrong"]
    assert ask("profile", kind="person", key="john")["warnings"][0]["contested"] is True
    assert ask("incident-page", what="14 mill road")["people"][1]["child"] is True
    assert ask("check-list", lines=["AB12 CDE"])["rows"][0]["outcome"] == "found"
    john, jane = ({"kind": "person", "key": key} for key in ("john", "jane"))
    drawn = ask("link-chart", opened=[john, jane], way=[john, {"kind": "phone", "key": "tel-1"}])
    assert drawn["way"] == [["person", "john"], ["person", "jane-2"], ["phone", "tel-1"]]
    refused = analyst.post("/api/v1/profile", json={"kind": "ghost", "key": "x"}, headers=token)
    assert refused.status_code == 422 and refused.json()["code"] == "form-incomplete"
    described = TestClient(analyst.app, base_url=BASE).get("/api/v1/openapi.json").json()
    assert not [p for p in described["paths"] if "{" in p and "search" in p]


def test_a_request_about_a_record_is_answered_on_a_page_and_names_each_place(served: DeskSite) -> None:
    """Whoever answers requests has no terminal; what was typed is kept when something is missing."""
    served.built.plant({"asked-about": burglaries(1, 900)})
    officer = served.client("data-protection-officer-1", "op-erasure")
    assert "/desk/records" in officer.get("/desk").text
    key = f"incident:{record(900)}"
    wanting = send(served, officer, "/desk/records", act="contest", key=key)[1]
    assert "Say why, in a sentence." in wanting and key in wanting
    done = send(served, officer, "/desk/records", act="contest", key=key, reason="She was never there, she says.")[1]
    assert "incident, contested" in done and "lake/incident: current and past versions" in done
    refused = send(served, served.client("analyst-1"), "/desk/records", act="lift", key=key, reason="It is in the way.")
    assert "role" in refused[1] and "/desk/records" not in served.client("analyst-1").get("/desk").text
