"""Papers through the gate: who may write and read them, that they stand as written, and that the record says so."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from peelian.core.errors import ExpiredError, InvalidError, LimitError, RefusedError, TamperedError
from peelian.gate import opening
from peelian.gate.acts.papers import papers_by
from peelian.model.paper import KINDS, PUBLIC_KINDS, Paper
from peelian.store.desk import open_desk
from tests.support.gate import Built, build, codes
from tests.support.postgres import fresh_database, postgres

__all__ = ["postgres"]

OFFICER, SERGEANT, PATROL = "neighbourhood-officer-1", "response-sergeant-1", "op-patrol-planning"
VIEW = {"cells": [4, 8, 15], "sure": "fairly"}


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    """Make a deployment of its own, with every mandate adopted."""
    made = build(tmp_path)
    yield made
    made.gate.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """Make one deployment for the tests that change nothing, since all is refused."""
    made = build(tmp_path_factory.mktemp("papers"))
    yield made
    made.gate.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Built]:
    """Make a deployment whose desk is on each engine in turn."""
    if request.param == "sqlite":
        made = build(tmp_path)
        yield made
        made.gate.close()
        return
    with fresh_database(request.getfixturevalue("postgres")) as url:
        monkeypatch.setattr(opening, "open_desk", lambda path: open_desk(url))
        made = build(tmp_path)
        yield made
        made.gate.close()


def mark(built: Built, person: str = OFFICER, about: str = "finding-1", **more: object) -> Paper:
    """Have somebody write down their own view."""
    return built.gate.post_paper(built.at_work(person, PATROL), "hotspots", "own-view", about, VIEW, **more)


def edit(built: Built, statement: str, **values: object) -> int:
    """Edit the desk database as somebody with the disk would."""
    with built.house.desk.engine.connect().execution_options(peelian_writes=True) as con, con.begin():
        return con.execute(sa.text(statement), values).rowcount


def test_a_paper_is_read_as_it_was_written_in_every_process_and_after_a_restart(either: Built) -> None:
    """What an officer marked before the reveal has to be the same the next day, whoever serves it."""
    written = mark(either, expires_at=either.clock.now() + timedelta(hours=8))
    officer = either.at_work(OFFICER, PATROL)
    assert either.gate.papers(officer, "", "own-view", mine=True) == [written]
    other = either.reopen()
    try:
        assert other.papers(officer, "", "own-view", about="finding-1", mine=True) == [written]
    finally:
        other.close()  # remembers the head: the next one starts from that memory
    third = either.reopen()
    try:
        assert third.papers(officer, "", "own-view", mine=True) == [written]
        assert written.digest == written.true_digest
        assert (written.author, written.role, written.tool) == (OFFICER, "neighbourhood-officer", "hotspots")
    finally:
        third.close()


def test_newest_come_first_and_no_more_than_asked_for(either: Built) -> None:
    """A page shows the last few; which those are must not hang on the engine."""
    for n in range(4):
        mark(either, about=f"finding-{n}")
        either.clock.move(minutes=1)
    officer = either.at_work(OFFICER, PATROL)
    found = either.gate.papers(officer, "", "own-view", mine=True, limit=3)
    assert [p.about for p in found] == ["finding-3", "finding-2", "finding-1"]
    assert [p.about for p in either.gate.papers(officer, "", "own-view", about="finding-0", mine=True)] == ["finding-0"]


def test_writing_is_an_entry_that_names_nobody_in_public(built: Built) -> None:
    """The record shows that a view was marked; who marked it, and what, is not for the street."""
    written = mark(built)
    leaf = built.leaves()[written.entry]
    assert (leaf["op"], leaf["tool"], leaf["decision"]) == ("own-view-marked", "hotspots", "allow")
    assert OFFICER not in json.dumps(leaf)
    body = built.bodies("own-view-marked")[-1]
    assert (body["actor"], body["digest"], body["kind"]) == (OFFICER, written.digest, "own-view")
    assert "cells" not in json.dumps(body), (
        "the words stay in the desk: they end with their retention, the record stays"
    )


REFUSED = {
    "wrong role: an analyst": ("analyst-1", PATROL, "hotspots", {"not-a-decider"}),
    "wrong role and purpose: an official": (
        "official-1",
        "op-oversight",
        "hotspots",
        {"not-a-decider", "role-not-in-mandate", "purpose-not-in-mandate"},
    ),
    "wrong purpose: on the response shift": (OFFICER, "op-response", "hotspots", {"purpose-not-in-mandate"}),
    "wrong mandate: the duty to look": (
        OFFICER,
        "op-response",
        "danger-to-life",
        {"mandate-not-for-this"},
    ),
    "no mandate": (OFFICER, PATROL, "", {"no-mandate"}),
    "a mandate nobody wrote": (OFFICER, PATROL, "patrol-anywhere", {"no-mandate"}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_who_may_not_mark_a_view_is_refused_and_nothing_is_kept(name: str, shared: Built) -> None:
    """A refusal that leaves a trace of the paper would be half a yes."""
    person, operation, mandate, expected = REFUSED[name]
    with pytest.raises(RefusedError) as refused:
        shared.gate.post_paper(shared.at_work(person, operation), mandate, "own-view", "finding-1", VIEW)
    assert expected <= codes(refused.value)
    assert set(shared.bodies("refusal")[-1]["reasons"]) == codes(refused.value)
    assert shared.bodies("own-view-marked") == []
    assert edit(shared, "UPDATE papers SET about = about") == 0, "no row was written"


def test_without_a_working_context_nothing_is_marked(shared: Built) -> None:
    """Purpose and reason come from an operation that is open with the officer on it."""
    with pytest.raises(RefusedError) as refused:
        shared.gate.post_paper(shared.sign_in(OFFICER), "hotspots", "own-view", "finding-1", VIEW)
    assert "operation-missing" in codes(refused.value)


def test_an_emergency_marks_nothing(shared: Built) -> None:
    """Danger to life opens look-ups, and is no way round a shift."""
    officer = shared.sign_in(OFFICER)
    shared.gate.set_context(officer, "", emergency_purpose="danger-to-life")
    with pytest.raises(RefusedError) as refused:
        shared.gate.post_paper(officer, "danger-to-life", "own-view", "finding-1", VIEW)
    assert "emergency-not-for-this" in codes(refused.value)


def test_an_untrained_officer_marks_a_view_and_decides_no_plan(tmp_path: Path) -> None:
    """Anybody who walks may say where they would go; acting on the tool takes having caught it being wrong."""
    built = build(tmp_path)
    try:
        while built.gate.who(built.at_work(OFFICER, PATROL)).actor.trained:
            built.clock.move(days=30)
            built.held.clear()
        mark(built)
        with pytest.raises(RefusedError) as refused:
            built.gate.post_paper(built.at_work(OFFICER, PATROL), "hotspots", "plan", "finding-1", {})
        assert codes(refused.value) == {"untrained-decision"}
    finally:
        built.gate.close()


def test_an_expired_mandate_takes_no_plan(built: Built) -> None:
    """Everything ends by itself, between the officer's own view and the decision too."""
    mark(built)
    built.clock.move(days=400)
    with pytest.raises(RefusedError) as refused:
        built.gate.post_paper(built.sign_in(OFFICER), "hotspots", "plan", "finding-1", {})
    assert "mandate-expired" in codes(refused.value)


def test_an_expired_mandate_alone_is_an_authority_that_ended(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that says *ended* sends people to the fallback; one that says *refused* sends them to argue."""
    officer = built.at_work(OFFICER, PATROL)
    house, mandate = built.house, built.charter.mandates["hotspots"]
    ended = {**built.charter.mandates, "hotspots": replace(mandate, ends_at=built.clock.now())}
    monkeypatch.setattr(house, "charter", replace(built.charter, mandates=ended))
    adopted = replace(house.head.adopted["hotspots"], digest=ended["hotspots"].digest)
    monkeypatch.setitem(house.head.adopted, "hotspots", adopted)
    with pytest.raises(ExpiredError) as refused:
        built.gate.post_paper(officer, "hotspots", "own-view", "finding-1", VIEW)
    assert codes(refused.value) == {"mandate-expired"}


def test_a_stopped_tool_takes_no_paper_in_any_process(built: Built) -> None:
    """The panel's stop holds at the next decision, between marking and deciding too."""
    mark(built)
    other = built.reopen()
    try:
        built.panel_stops("hotspots")
        for kind in ("own-view", "plan", "plan-issued", "outcome"):
            with pytest.raises(RefusedError) as refused:
                other.post_paper(built.at_work(OFFICER, PATROL), "hotspots", kind, "finding-2", {})
            assert codes(refused.value) == {"mandate-halted"}
    finally:
        other.close()


def test_what_one_wrote_is_ones_own_to_read_when_the_tool_is_stopped(built: Built) -> None:
    """A stop is no reason to take from people what they wrote."""
    written = mark(built)
    built.panel_stops("hotspots")
    assert built.gate.papers(built.sign_in(OFFICER), "", "own-view", mine=True) == [written]


def test_nobody_reads_another_officers_own_view_but_who_measures(built: Built) -> None:
    """A sergeant who reads the marks of a constable gets marks that please the sergeant."""
    written = mark(built)
    for person, operation, mandate in (
        (SERGEANT, PATROL, "hotspots"),
        ("analyst-1", PATROL, "hotspots"),
        ("official-1", "op-oversight", "oversight"),
        ("panel-member-1", "op-oversight", "oversight"),
        ("data-protection-officer-1", "op-erasure", "erase-on-request"),
    ):
        reader = built.at_work(person, operation)
        with pytest.raises(RefusedError) as refused:
            built.gate.papers(reader, mandate, "own-view")
        assert "papers-not-for-this" in codes(refused.value)
        assert built.gate.papers(reader, mandate, "own-view", mine=True) == []
    assert built.gate.papers(built.at_work("model-owner-1"), "measure-use", "own-view") == [written]


def test_reading_what_others_wrote_is_an_entry_made_before_it_is_read(built: Built) -> None:
    """No unlogged access: what was looked at is in the record even when reading it then fails."""
    written = mark(built)
    edit(built, "DELETE FROM papers")
    with pytest.raises(TamperedError):
        built.gate.papers(built.at_work("model-owner-1"), "measure-use", "own-view")
    told = built.bodies("consultation")[-1]
    assert (told["actor"], told["papers"]) == ("model-owner-1", [written.digest])


def test_colleagues_read_the_plans_of_the_tool_they_work_under(built: Built) -> None:
    """A plan is for the shift that walks it; but it says what the tool said, so a decider's own view comes first."""
    officer, sergeant = built.at_work(OFFICER, PATROL), built.at_work(SERGEANT, PATROL)
    plan = built.gate.post_paper(officer, "hotspots", "plan", "finding-1.2026-11-23-evening", {"places": 3})
    assert built.gate.papers(built.at_work("analyst-1", PATROL), "hotspots", "plan") == [plan]
    assert built.gate.papers(sergeant, "hotspots", "plan") == []
    assert built.gate.papers(sergeant, "hotspots", "plan", mine=True) == []
    built.gate.post_paper(sergeant, "hotspots", "own-view", "finding-1.2026-11-24-evening", VIEW)
    assert built.gate.papers(sergeant, "hotspots", "plan") == [plan]
    assert [built.gate.count_plans(day) for day in ("2026-11-23", "2026-11-24")] == [1, 0]


def test_a_note_to_the_panel_is_read_by_the_panel_and_by_nobody_who_is_written_about(built: Built) -> None:
    """Who tells the panel that something is wrong must not be telling the official."""
    note = built.gate.post_paper(built.sign_in(OFFICER), "", "note-to-panel", "", {"words": "It is never right."})
    assert built.gate.papers(built.at_work("panel-member-2"), "oversight", "note-to-panel") == [note]
    with pytest.raises(RefusedError) as refused:
        built.gate.papers(built.at_work("official-1"), "oversight", "note-to-panel")
    assert codes(refused.value) == {"papers-not-for-this"}


def test_public_papers_are_read_without_a_key_and_private_ones_are_not_among_them(built: Built) -> None:
    """The street reads questions and answers, and never what was kept back."""
    member = built.at_work("panel-member-1")
    asked = built.gate.post_paper(member, "oversight", "question", "hotspots", {"words": "Why?"}, public=True)
    built.gate.post_paper(member, "oversight", "question", "hotspots", {"words": "Who?"})
    answered = built.gate.post_paper(
        built.at_work("official-1"), "oversight", "answer", asked.id, {"words": "Because."}, public=True
    )
    assert built.gate.public_papers("question") == [asked]
    assert built.gate.public_papers("answer", about=asked.id) == [answered]
    assert built.gate.public_papers("answer", about="another") == []


def test_a_row_made_public_in_the_desk_is_not_public(built: Built) -> None:
    """Publicity is what the record says, not a cell that somebody could edit."""
    mark(built)
    member = built.at_work("panel-member-1")
    built.gate.post_paper(member, "oversight", "question", "hotspots", {"words": "Who?"})
    edit(built, "UPDATE papers SET public = :yes", yes=True)
    assert built.gate.public_papers("question") == []
    assert built.gate.public_papers("own-view") == []


@pytest.mark.parametrize("kind", sorted(set(KINDS) - PUBLIC_KINDS))
def test_what_is_marked_decided_or_confided_is_never_public(kind: str, shared: Built) -> None:
    """One careless flag must not put an officer's own view on the register."""
    with pytest.raises(InvalidError) as refused:
        shared.gate.post_paper(shared.at_work(OFFICER, PATROL), "hotspots", kind, "finding-1", {}, public=True)
    assert refused.value.code == "paper-malformed"


EDITS = {
    "words": "body = '{\"cells\":[16]}'",
    "author": f"author = '{SERGEANT}'",
    "what it is about": "about = 'finding-2'",
    "instant": "made_at = made_at + 1",
    "end": "expires_at = 1",
    "public": "public = (1=1)",
    "digest": "digest = '" + "0" * 64 + "'",
}


def test_an_altered_paper_is_told_and_not_shown(either: Built) -> None:
    """An own view changed after the reveal would make every officer a prophet."""
    officer = either.at_work(OFFICER, PATROL)
    for n, change in enumerate(EDITS.values()):
        written = mark(either, about=f"view-{n}")
        assert edit(either, f"UPDATE papers SET {change} WHERE digest = :digest", digest=written.digest) == 1
        with pytest.raises(TamperedError) as altered:
            either.gate.papers(officer, "", "own-view", about=f"view-{n}", mine=True)
        assert altered.value.code == "paper-altered", change


def test_a_removed_paper_is_told(either: Built) -> None:
    """Else a view that turned out well could be kept and the others thrown away."""
    written = mark(either)
    assert edit(either, "DELETE FROM papers WHERE digest = :digest", digest=written.digest) == 1
    with pytest.raises(TamperedError):
        either.gate.papers(either.at_work(OFFICER, PATROL), "", "own-view", mine=True)


def test_a_row_with_its_digest_made_to_fit_is_told_too(either: Built) -> None:
    """Whoever changes the words can compute a digest; the record has the old one."""
    written = mark(either)
    forged = replace(written, body={"cells": [16]})
    forged = replace(forged, digest=forged.true_digest)
    edit(either, "UPDATE papers SET body = '{\"cells\":[16]}', digest = :digest", digest=forged.digest)
    with pytest.raises(TamperedError):
        either.gate.papers(either.at_work(OFFICER, PATROL), "", "own-view", mine=True)


def test_a_row_that_no_entry_made_is_shown_to_nobody(either: Built) -> None:
    """A question put into the desk by hand was never asked; and one half written when the power went neither."""
    member = either.at_work("panel-member-1")
    asked = either.gate.post_paper(member, "oversight", "question", "hotspots", {"words": "Why?"}, public=True)
    forged = replace(asked, id="0" * 26, body={"words": "All is well."})
    either.house.desk.add_paper(either.house.grant("write", "papers"), replace(forged, digest=forged.true_digest))
    assert either.gate.public_papers("question") == [asked]
    assert either.gate.papers(member, "oversight", "question") == [asked]
    assert papers_by(either.house, "question", "panel-member-1") == [asked]


def test_a_second_own_view_is_refused_and_so_it_stays_when_the_first_is_removed(either: Built) -> None:
    """Marking again after the reveal would be copying; removing the row does not undo the entry."""
    mark(either, once=True)
    with pytest.raises(RefusedError) as refused:
        mark(either, once=True)
    assert refused.value.code == "already-written"
    assert either.bodies("refusal")[-1]["reasons"] == ["already-written"]
    edit(either, "DELETE FROM papers")
    with pytest.raises(RefusedError):
        mark(either, once=True)
    assert len(either.bodies("own-view-marked")) == 1


def test_a_view_of_somebody_else_or_about_something_else_is_not_a_second_one(built: Built) -> None:
    """Each officer marks for themselves, each time."""
    mark(built, once=True)
    mark(built, person=SERGEANT, once=True)
    mark(built, about="finding-2", once=True)
    assert len(built.bodies("own-view-marked")) == 3


def test_of_two_doors_that_write_at_once_one_does(built: Built) -> None:
    """Two windows on one desk: the second must not slip in between looking and writing."""
    officer, results = built.at_work(OFFICER, PATROL), []
    doors = [built.reopen() for _ in range(3)]

    def write(gate) -> None:
        try:
            results.append(gate.post_paper(officer, "hotspots", "own-view", "finding-1", VIEW, once=True).digest)
        except RefusedError as error:
            results.append(error.code)

    threads = [threading.Thread(target=write, args=(gate,)) for gate in doors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for gate in doors:
        gate.close()
    assert sorted(r == "already-written" for r in results) == [False, True, True]
    assert len(built.bodies("own-view-marked")) == 1


def test_a_paper_whose_entry_could_not_be_written_was_never_written(built: Built, monkeypatch) -> None:
    """The power goes between the desk and the record: the officer marks again, and no ghost is left to read."""

    def fails(acts: object) -> list[int]:
        raise OSError("no space left")

    officer = built.at_work(OFFICER, PATROL)
    with monkeypatch.context() as patch:
        patch.setattr(built.house.recorder, "record", fails)
        with pytest.raises(OSError, match="no space"):
            mark(built, once=True)
    assert built.gate.papers(officer, "", "own-view", mine=True) == []
    written = mark(built, once=True)
    assert built.gate.papers(officer, "", "own-view", mine=True) == [written]


@pytest.mark.parametrize(
    ("kind", "about", "more"),
    [
        ("diary", "finding-1", {}),
        ("own-view", "Mrs Smith of 4 High Street", {}),
        ("own-view", "x" * 201, {}),
        ("own-view", "finding-1\n", {}),
    ],
)
def test_a_malformed_paper_is_not_written(kind: str, about: str, more: dict, shared: Built) -> None:
    """What a paper is about stands in the record: an id, never words about somebody."""
    with pytest.raises(InvalidError) as refused:
        shared.gate.post_paper(shared.at_work(OFFICER, PATROL), "hotspots", kind, about, VIEW, **more)
    assert refused.value.code == "paper-malformed"
    assert "Smith" not in str(refused.value)


def test_a_paper_ends_in_the_future_and_holds_no_heap_of_data(built: Built) -> None:
    """A plan that has ended when it is made is no plan, and a paper is no place to keep a table."""
    now = built.clock.now()
    for ends in (now, now - timedelta(days=1), (now + timedelta(days=1)).replace(tzinfo=None)):
        with pytest.raises(InvalidError):
            mark(built, expires_at=ends)
    with pytest.raises(LimitError) as refused:
        built.gate.post_paper(
            built.at_work(OFFICER, PATROL), "hotspots", "own-view", "finding-1", {"words": "x" * 300_000}
        )
    assert refused.value.code == "paper-too-long"


def test_checkers_check_and_officials_release_and_neither_does_the_others_work(built: Built) -> None:
    """Whoever lets something out must not be whoever says that it may go out."""
    checker, official = (built.at_work(p, "op-oversight") for p in ("publication-checker-1", "official-1"))
    built.gate.post_paper(checker, "publish-register", "release-check", "release-1", {"sufficient": True})
    built.gate.post_paper(official, "publish-register", "release", "release-1", {"counts": [10]}, public=True)
    for who, kind in ((checker, "release"), (official, "release-check")):
        with pytest.raises(RefusedError) as refused:
            built.gate.post_paper(who, "publish-register", kind, "release-1", {})
        assert codes(refused.value) <= {"not-an-official", "not-a-checker"}
