"""What a page does with charts, files of a case, copies and suggestions, a command and a program do, under one gate."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from peelian.app.caller import at_door
from peelian.app.session import set_context, sign_in
from tests.support.desk_site import people_site
from tests.support.find_site import PEOPLE
from tests.support.people import person
from tests.support.walk import call

JOHN, JANE = (f"incident_person:{person(n)['record_id']}" for n in (1, 2))
UNTIL = "2026-12-20"
ENGINEER = ("data-engineer-1", "op-linking")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Serve a deployment with people in it."""
    with people_site(tmp_path_factory.mktemp("programs"), PEOPLE) as site:
        yield site


@pytest.fixture(scope="module")
def ask(desk):
    """Return how a program asks, as a sergeant or as somebody else."""
    clients = {}

    def asked(path, body=None, who=("response-sergeant-1", "op-safeguarding"), **sent):
        if who not in clients:
            client = desk.client(*who)
            clients[who] = client, desk.token(client)
        client, headers = clients[who]
        if body is None and not sent:
            return client.get(f"/api/v1/{path}", headers=headers)
        return client.post(f"/api/v1/{path}", headers=headers, **({"json": body} if body is not None else sent))

    return asked


@pytest.fixture(scope="module")
def run(desk, tmp_path_factory):
    """Run commands as people who have signed in, at the deployment's own time."""

    def place_of(folder, acting_as=None):
        return replace(desk.place, acting_as=acting_as)

    with pytest.MonkeyPatch.context() as patched:
        for module in ("chart", "case_files"):
            patched.setattr(f"peelian.cli.{module}.place_of", place_of)
        with at_door(place_of("", "response-sergeant-1")) as caller:
            sign_in(caller, "response-sergeant-1")
            set_context(caller, "op-safeguarding")
        home = tmp_path_factory.mktemp("home")
        yield lambda *args: call(*args, "--in", desk.place.folder, home=home)


def test_a_chart_is_drawn_searched_around_kept_and_taken_out_from_the_command_line(run, tmp_path):
    """What only a mouse can do is done by nobody at three in the morning, and tested by nobody."""
    sergeant = ("--as", "response-sergeant-1")
    first = run("chart", "show", f"person:{JOHN}", "--json", *sergeant).ok().json
    jane = next(p["key"] for p in first["points"] if p["title"] == "Jane DOE")
    only = (f"person:{JOHN}|vehicle|", "--open", "phone:+447700900123|person|2026-01-01..2026-12-31")
    only = (*only, "--mark", f"person:{jane}", "--note", f"person:{jane}=drives the Ford")
    way = ("--way", f"person:{JOHN}", "--way", "vehicle:XY34 ZZZ", "--far")
    told = run("chart", "show", *only, *way, "--keep", "Mill Road", "--until", UNTIL, *sergeant).ok()
    assert "Shortest way: John SMITH > Jane DOE > XY34ZZZ" in told.out and "Note: drives the Ford" in told.out
    number = re.findall("[0-9A-HJKMNP-TV-Z]{26}", told.err)[0]
    assert "Mill Road" in run("chart", "list", *sergeant).ok().out
    again = run("chart", "show", "--kept", number, "--json", *sergeant).ok().json
    assert again["opened"][1]["kinds"] == ["person"] and again["written"][0]["says"] == "drives the Ford"
    line = run("chart", "show", "--kept", number, "--as-what", "timeline", *sergeant).ok().out
    assert line.startswith("2026-") and "\n            Jane DOE: in the same event" in line
    out = tmp_path / "chart.graphml"
    run("chart", "show", "--kept", number, "--out", out, *sergeant).ok()
    assert b"graphml" in out.read_bytes() and b"Kim LEE" not in out.read_bytes(), "no child leaves in a file"
    assert run("chart", "end", number, *sergeant).ok() and run("chart", "show", "--kept", number, *sergeant).code == 4


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ((), "chart-begins-nowhere"),
        (("ghost:1",), "chart-kind-unknown"),
        ((f"person:{JOHN}", "--shape", "square"), "chart-look-unknown"),
        ((f"person:{JOHN}", "--as-what", "poem"), "chart-face-unknown"),
        ((f"person:{JOHN}", "--way", "phone:1"), "ends-not-chosen"),
        (("--kept", "01" * 13), "kept-chart-missing"),
        (("phone:07000 000000",), "nothing-to-show"),
    ],
)
def test_a_command_that_makes_no_chart_says_which_of_its_words_was_wrong(run, args, code):
    """A chart of something else than was meant is worse than none."""
    assert run("chart", "show", *args, "--json", "--as", "response-sergeant-1").error["code"] == code


def test_programs_draw_keep_open_and_end_charts_and_only_for_whom_the_gate_would(ask):
    """The same chart over the wire, and the same no."""
    begun = {"opened": [{"kind": "person", "key": JOHN, "kinds": ["person"]}]}
    drawn = ask("link-chart", begun | {"notes": [{"on": [{"kind": "person", "key": JOHN}], "says": "seen"}]}).json()
    assert {p["kind"] for p in drawn["points"]} == {"person"} and drawn["written"][0]["says"] == "seen"
    line = ask("link-chart/timeline", begun).json()
    assert len([m for m in line["moments"] if m["fact"]["event_ref"] == "NM/1/26"]) == 1, "an event is told once"
    spots = ask("link-chart/map", begun).json()["spots"]
    assert spots[0]["at_m"] == [452300, 339100] and len(spots[0]["moments"]) == 1
    kept = ask("kept-charts", begun | {"until": UNTIL, "name": "x"}).json()["id"]
    assert [c["id"] for c in ask("kept-charts").json() if c["stands"]] == [kept]
    assert ask("kept-charts/open", {"id": kept}).json()["opened"][0]["kinds"] == ["person"]
    for path, body in (("link-chart", begun), ("kept-charts/open", {"id": kept}), ("copies/link-chart", begun)):
        refused = ask(path, body, ENGINEER)
        assert refused.status_code in (403, 404) and refused.json()["code"], path
    assert ask("kept-charts/end", {"id": kept}).status_code == 204
    assert ask("kept-charts/open", {"id": kept}).status_code == 404


def test_programs_take_numbered_copies_without_children_and_give_them_back(ask):
    """A way out that is not numbered is the way everybody takes."""
    book = ask("copies/check-list", {"lines": ["AB12 CDE"]})
    assert (
        book.status_code == 200 and book.content[:2] == b"PK" and "check-list-" in book.headers["content-disposition"]
    )
    chart = ask("copies/link-chart", {"opened": [{"kind": "person", "key": JOHN}], "form": "csv"}).text
    assert "Jane DOE" in chart and "Kim LEE" not in chart
    assert "AB12CDE" in ask("copies/search", {"text": "AB12 CDE", "form": "json"}).text
    child = ask("copies/profile", {"kind": "person", "key": f"incident_person:{person(3)['record_id']}"})
    assert (child.status_code, child.json()["code"]) == (403, "child-stays")
    mine = ask("copies").json()["rows"]
    assert {"check-list", "link-chart", "search"} <= {one["what"] for one in mine}
    assert ask("copies/ended", {"number": mine[0]["number"]}).json()["state"] == "ended"
    assert ask("copies/ended", {"number": 99_999}).status_code == 404
    assert ask("copies/all").status_code == 403 and ask("copies/recall", {"number": 1}).status_code == 403


def test_programs_bring_a_file_to_a_case_and_nobody_else_sees_it(ask, run):
    """A file that came by a program lives and dies with its case like any other."""
    csv = b"Reg,Religion\nAB12 CDE,x\nXX99 QQQ,y\n"
    sent = {"files": {"file": ("list.csv", csv, "text/csv")}}
    looked = ask("case-files/preview", **sent).json()
    assert looked["columns"] == [{"column": "Reg", "means": "plate"}, {"column": "Religion", "means": ""}]
    assert looked["flags"][0]["code"] == "scan-special-column"
    assert ask("case-files", **sent, data={"column": ["Religion=other"]}).json()["code"] == "case-column-special"
    kept = ask("case-files", **sent, data={"column": ["Reg=plate"]}).json()["id"]
    assert [f["id"] for f in ask("case-files").json()] == [kept]
    assert ask("case-files/open", {"id": kept}).json()["rows"] == [["AB12 CDE"], ["XX99 QQQ"]]
    joined = ask("case-files/join", {"id": kept, "column": "Reg"}).json()
    assert [r["outcome"] for r in joined["table"]["rows"]] == ["found", "not-found"] and joined["next"] is None
    assert ask("case-files/join", {"id": kept, "column": "Nothing"}).json()["code"] == "case-column-not-joined"
    assert ask("case-files/open", {"id": kept}, ENGINEER).status_code in (403, 404)
    assert "found" in run("case-file", "join", kept, "--column", "Reg", "--as", "response-sergeant-1").ok().out
    assert ask("case-files/delete", {"id": kept}).status_code == 204 and ask("case-files").json() == []


def test_a_file_is_as_large_on_the_desk_as_on_the_command_line_and_past_that_is_refused_with_its_reason(ask, desk):
    """Whoever is told no goes looking for a way around it; whoever is told why leaves out what is not needed."""

    def brought(size: int) -> dict:
        return {"file": ("list.csv", b"Reg,Remark\n" + b"AB12 CDE," + b"x" * size + b"\n", "text/csv")}

    assert ask("case-files/preview", files=brought(2_000_000)).json()["rows"] == 1
    for size in (5_400_000, 7_000_000):  # one that is read and found too large, and one that is not even read
        refused = ask("case-files/preview", files=brought(size))
        assert (refused.status_code, refused.json()["code"]) == (413, "upload-too-large")
    client = desk.client("response-sergeant-1", "op-safeguarding")
    headers = desk.token(client)
    page = client.post("/desk/case-files", files=brought(2_000_000), headers=headers)
    assert page.status_code == 200 and "AB12 CDE" in page.text
    page = client.post("/desk/case-files", files=brought(7_000_000), headers=headers)
    assert page.status_code == 413 and "more than 5 MiB" in page.text
    endless = client.post("/desk/check-list", content=iter([b"a" * 7_000_000]), headers=headers)
    assert endless.status_code in {403, 413, 422}
    assert ask("search", {"text": "x" * 1_100_000}).status_code == 413, "what takes no file takes no more than before"


def test_programs_judge_suggestions_and_answer_for_records_under_the_same_duties(ask):
    """A program is no way around the duty that a page asks for."""
    told = ask("suggestions", {"kind": "person", "key": JOHN}).json()["suggestions"]
    [plate] = [s for s in told if s["kind"] == "plate"]
    said = plate["ref"] | {"verdict": "confirmed", "reason": "named-clearly"}
    assert ask("suggestions/judged", said).status_code == 204
    assert ask("suggestions/judged", said | {"reason": "misread"}).json()["code"] == "suggestion-malformed"
    assert ask("suggestions/judged", said, ENGINEER).status_code in (403, 404)
    wanted = {"act": "restrict", "key": JOHN, "reason": "He says that he was never there."}
    assert ask("records/said", wanted).status_code == 403
    officer = ("data-protection-officer-1", "op-erasure")
    assert ask("records/said", wanted, officer).json()["kind"] == "restricted"
    lifted = ask("records/said", wanted | {"act": "lift"}, officer)
    assert lifted.status_code == 200, lifted.text
