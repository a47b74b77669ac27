"""What is taken out of a look-up is numbered to its holder, says where it comes from, and can be called back."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, timedelta

import pytest

from peelian.app.finding import find, find_copies, find_files
from peelian.core.errors import InvalidError, MissingError, PeelianError, RefusedError
from peelian.gate.acts import papers
from peelian.gate.looking.copies import TAKEN, Taken
from peelian.gate.rooms.copy_room import copy_room
from peelian.ingest.workbook_door import sheet_names
from peelian.store.residue import find_residue
from tests.support.find_site import PEOPLE
from tests.support.gate import codes, record
from tests.support.people import at_work, caller_of, person

FORMULA = '=HYPERLINK("http://x.invalid","Mill")'
HOLDER = "response-sergeant-1"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build a deployment with people in it, one of whom an attacker named."""
    people = [*PEOPLE["incident_person"], person(7, surname="Mallory", forenames=FORMULA, birth_on=date(1970, 1, 1))]
    made = at_work(tmp_path_factory.mktemp("copies"), PEOPLE | {"incident_person": people})
    yield made
    made.gate.close()


@pytest.fixture(scope="module")
def sergeant(built):
    """Return a sergeant who works on safeguarding."""
    return caller_of(built)


def officer(built):
    """Return the data protection officer at work."""
    return caller_of(built, "data-protection-officer-1", "op-erasure")


def take(caller, words: str, form: str = "json"):
    """Search, and take the answer as a file."""
    return find_files.hand_over(caller, find_files.leaving_answer(caller, find.search(caller, words)), form)


def told(made) -> dict[str, list[str]]:
    """Return what a JSON copy says of where it comes from."""
    said: dict[str, list[str]] = {}
    for one in json.loads(made.body)["where_this_comes_from"]:
        said.setdefault(one["what"], []).append(one["says"])
    return said


def state(caller, number: int) -> tuple[str, str]:
    """Return what became of a copy."""
    return next((d.state, d.cause) for d in find_copies.my_downloads(caller).rows if d.number == number)


def test_a_file_says_whose_it_is_what_for_out_of_what_and_until_when(built, sergeant):
    """A spreadsheet on a desk that says none of this is an informal list, whatever it began as."""
    made = take(sergeant, "john smith")
    said = told(made)
    assert said["Copy number"] == [str(made.copy.number)] and said["Numbered to"] == [HOLDER]
    assert said["Mandate"] == ["find-safeguarding"] and said["Looked up for"] and said["Delete by"]
    sources = find.search(sergeant, "john smith").coverage.sources
    assert sum(n.startswith(("Searched: ", "Not searched: ")) for n in said) == len(sources) > 5
    assert made.name == f"search-{made.copy.number}.json" and json.loads(made.body)["rows"]
    taken = [e for e in built.leaves() if e["op"] == "copy-taken"]
    assert len(taken) == 1 and not set(taken[0]) & {"records", "holder"}
    assert made.copy.expires_at - made.copy.taken_at == timedelta(days=14)


def test_the_record_keeps_nothing_of_a_file_that_a_value_could_be_tried_against(built, sergeant):
    """A plain digest of one row is that row, for whoever has the time to guess; the salt leaves with the file alone."""
    made = take(sergeant, "john smith")
    [salt], body = told(made)["Salt of this file"], json.loads(made.body)
    kept = papers.words_of(built.house, built.house.head.follow().papers.find(TAKEN))[0].body["content"]
    head, rows = list(body["rows"][0]), [list(row.values()) for row in body["rows"]]
    assert find_files.commitment(salt, head, rows) == kept != find_files.commitment("", head, rows)
    assert find_residue(built.deployment.folder, [salt]) == []


def test_a_workbook_is_read_by_our_own_door_and_runs_nothing(sergeant):
    """A name that begins like a formula must open as that name, in every program."""
    made = take(sergeant, "mallory", "xlsx")
    assert sheet_names(made.body) == ["Where this comes from", "Found"]
    with zipfile.ZipFile(io.BytesIO(made.body)) as book:
        sheet = book.read("xl/worksheets/sheet2.xml").decode()
        assert 'quotePrefix="1"' in book.read("xl/styles.xml").decode()
    assert "<f" not in sheet and "=HYPERLINK(" in sheet and sheet.count('t="inlineStr"') == sheet.count("<c ")
    line = take(sergeant, "mallory", "csv").body.decode("utf-8-sig").splitlines()[-1]
    assert "'=HYPERLINK" in line and ",=HYPERLINK" not in line


def test_no_child_and_nobody_of_unknown_age_is_in_a_file(built, sergeant):
    """A file goes where nobody watches; a child's name in it cannot be taken back."""
    names = {r["record_says"] for r in json.loads(take(sergeant, "NM/1/26").body)["rows"]}
    assert "John SMITH" in names and not names & {"Kim LEE", "Alex POE"}
    table = find.check_list(sergeant, ["Kim Lee 01/02/2012"])
    made = find_files.hand_over(sergeant, find_files.leaving_list(sergeant, table), "json")
    assert table.rows[0].found and [r["found"] for r in json.loads(made.body)["rows"]] == [""]
    assert any("under 18" in note for note in told(made)["Note"])
    before = len(built.leaves())
    for number in (3, 5):
        with pytest.raises(RefusedError) as caught:
            page = find.profile(sergeant, "person", f"incident_person:{record(number)}")
            find_files.leaving_profile(sergeant, page)
        assert caught.value.code == "child-stays"
    assert sum(e["op"] == "refusal" for e in built.leaves()[before:]) == 2


def test_a_page_and_a_list_leave_with_every_fact_and_its_source(sergeant):
    """A fact without its source and grade is a rumour by the time it is read."""
    page = find.profile(sergeant, "person", f"incident_person:{record(1)}")
    rows = json.loads(find_files.hand_over(sergeant, find_files.leaving_profile(sergeant, page), "json").body)["rows"]
    assert rows[0]["part"] == "warning" and all(r["source"] for r in rows)
    connected = {r["says"].partition(":")[0] for r in rows if r["part"] == "connected: person"}
    assert "Jane DOE" in connected and "Kim LEE" not in connected


def test_nobody_takes_a_copy_without_the_duty_to_look_things_up(built):
    """Whoever may not look may not carry."""
    taken = Taken("search", "csv", 0, "0" * 64, 1, {}, frozenset())
    room, analyst = copy_room(built.gate), built.at_work("analyst-1")
    for mandate in ("find-investigation", "hotspots", "nowhere"):
        with pytest.raises(RefusedError):
            room.take(analyst, mandate, taken)
    with pytest.raises(InvalidError) as caught:
        room.take(
            built.at_work(HOLDER, "op-safeguarding"), "find-safeguarding", Taken(**(taken.__dict__ | {"form": "exe"}))
        )
    assert caught.value.code == "copy-form-unknown"


def test_somebody_elses_copy_is_neither_seen_nor_ended(built, sergeant):
    """Whoever could end another's copies could hide that they are still about."""
    number = take(sergeant, "jane doe").copy.number
    other = caller_of(built, "neighbourhood-officer-1")
    assert find_copies.my_downloads(other).rows == ()
    with pytest.raises(MissingError) as caught:
        find_copies.end_download(other, number)
    assert caught.value.code == "copy-not-yours" and state(sergeant, number)[0] == "held"
    for act in (find_copies.all_downloads, lambda c: find_copies.recall(c, number)):
        with pytest.raises(RefusedError):
            act(sergeant)
    assert number in [d.number for d in find_copies.all_downloads(officer(built)).rows]


def test_a_copy_is_recalled_by_hand_and_ended_by_its_holder(built, sergeant):
    """A recall that nobody has to answer is a wish."""
    number = take(sergeant, "jane doe").copy.number
    assert find_copies.recall(officer(built), number).holder == HOLDER
    assert state(sergeant, number) == ("recalled", "by-hand")
    assert find_copies.end_download(sergeant, number).state == "ended"
    find_copies.end_download(sergeant, number)
    assert sum(e["op"] == "copy-ended" for e in built.leaves()) == 1
    with pytest.raises(MissingError) as caught:
        find_copies.recall(officer(built), number + 1)
    assert caught.value.code == "copy-unknown"


def test_without_witnesses_nothing_is_carried_out(built, sergeant, monkeypatch):
    """What left while nobody outside was watching could be denied afterwards."""
    answer = find.search(sergeant, "john smith")
    monkeypatch.setattr(built.house, "witnesses_ok", lambda: False)
    with pytest.raises(PeelianError) as caught:
        find_files.hand_over(sergeant, find_files.leaving_answer(sergeant, answer), "csv")
    assert "witnesses-lost" in codes(caught.value)


def test_an_erased_record_recalls_the_copies_it_went_into_and_no_others(built, sergeant):
    """Erasure that leaves the spreadsheet on the desk has erased nothing."""
    with_him, without = take(sergeant, "john smith").copy.number, take(sergeant, "jane doe").copy.number
    his = next(r for r in find.search(sergeant, "mallory").found[0].hits)
    with_mallory = take(sergeant, "mallory").copy.number
    assert his.record_id == record(7)
    credential = built.at_work("data-protection-officer-1")
    receipt = built.gate.erase(credential, "erase-on-request", record(7))
    assert {"number": with_mallory, "holder": HOLDER} in receipt["copies"]
    assert without not in [c["number"] for c in receipt["copies"]]
    assert state(sergeant, with_mallory) == ("recalled", "erased") and state(sergeant, without)[0] == "held"
    assert with_him not in [c["number"] for c in receipt["copies"]]
    assert not find_residue(built.deployment.folder, ["Mallory"])


def test_a_copy_whose_time_is_over_waits_to_be_deleted(built, sergeant):
    """Last, for it moves the clock."""
    number = take(sergeant, "jane doe").copy.number
    built.clock.move(days=15)
    built.held.clear()  # the session has ended long since
    shown = find_copies.my_downloads(caller_of(built))
    assert (
        number in [d.number for d in shown.waiting]
        and dict((d.number, d.state) for d in shown.rows)[number] == "expired"
    )
