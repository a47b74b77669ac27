"""A kept chart holds no row, shows whoever opens it what they may see then, and follows when a record is erased."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from peelian.app.corrections import amend
from peelian.app.finding import chart_pages, chart_wanted, find_chart, find_ways, kept_charts
from peelian.app.finding.chart_wanted import Board
from peelian.core.errors import InvalidError, MissingError, PeelianError
from peelian.find.chart import Around
from peelian.gate.rooms.chart_room import chart_room
from tests.support.find_site import JANE, PEOPLE
from tests.support.gate import codes
from tests.support.people import at_work, caller_of, person

NOTE = "Jane drives the blue Ford"
JOHN = ("person", "incident_person:" + person(1)["record_id"])
UNTIL = date(2026, 12, 20)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build a deployment with people in it."""
    made = at_work(tmp_path_factory.mktemp("charts"), PEOPLE)
    yield made
    made.gate.close()


def keep(caller, *, shared: bool = False, name: str = "Mill Road") -> Board:
    """Keep a chart of two whose links are open, with a note and a mark."""
    wanted = find_chart.Wanted.begin(JOHN)
    shown = find_chart.draw(caller, wanted)
    jane = next(p.name for p in shown.chart.points if p.title == "Jane DOE")
    wanted = chart_wanted.take_note(chart_wanted.take_around(wanted, jane, Around()), [jane], NOTE)
    wanted = chart_wanted.take_style(chart_wanted.take_mark(wanted, jane), "rings", "opened", plain=True)
    board = Board.begin(JOHN).step(wanted)
    return kept_charts.keep_chart(caller, board, find_chart.draw(caller, wanted), name, UNTIL, shared=shared)


def test_a_chart_comes_back_as_it_was_and_the_record_does_not_say_what_is_in_it(built):
    """Style that is lost on saving, and a list of names in a log, are both what people complain of."""
    caller = caller_of(built)
    kept = keep(caller)
    again = kept_charts.open_chart(caller, kept.saved)
    assert again.now == kept.now and again.now.style.shape == "rings" and again.now.style.plain
    shown = find_chart.draw(caller, again.now)
    assert [note.says for note in shown.written] == [NOTE] and shown.chart.point(again.now.style.marked[0])
    leaf = [e for e in built.leaves() if e["op"] == "search-saved"][-1]
    assert not {"chart", "name", "records"} & set(leaf)
    kept_charts.end_chart(caller, kept.saved)
    assert [(c.stands, c.name) for c in kept_charts.kept_charts(caller) if c.id == kept.saved] == [(False, "")]
    with pytest.raises(MissingError, match="no such chart"):
        kept_charts.open_chart(caller, kept.saved)


def test_nobody_opens_a_chart_that_is_not_theirs_or_for_other_work_and_all_hear_the_same(built):
    """Whether a chart exists is nobody else's to know."""
    sergeant, officer = caller_of(built), caller_of(built, "neighbourhood-officer-1", "op-safeguarding")
    own, shared = keep(sergeant), keep(sergeant, shared=True, name="For all")
    assert kept_charts.open_chart(officer, shared.saved).now == shared.now
    assert [c.name for c in kept_charts.kept_charts(officer)] == ["For all"]
    analyst = caller_of(built, "analyst-1", "op-investigation-1")
    told = set()
    for caller, chart in ((officer, own.saved), (analyst, shared.saved), (officer, "01" * 13)):
        with pytest.raises(MissingError) as refused:
            kept_charts.open_chart(caller, chart)
        told.add(str(refused.value))
    assert len(told) == 1 and kept_charts.kept_charts(analyst) == []
    with pytest.raises(MissingError):
        kept_charts.end_chart(officer, shared.saved)


def test_a_chart_ends_by_itself_and_never_later_than_it_may(built):
    """A list of people that nobody ends is what the red line on informal lists is about."""
    caller = caller_of(built)
    wanted = find_chart.Wanted.begin(JOHN)
    shown = find_chart.draw(caller, wanted)
    with pytest.raises(InvalidError) as refused:
        kept_charts.keep_chart(caller, Board(wanted), shown, "x", UNTIL + timedelta(days=400))
    assert refused.value.code == "standing-malformed"
    with pytest.raises(PeelianError) as stopped:
        kept_charts.keep_chart(caller_of(built, "data-engineer-1", "op-linking"), Board(wanted), shown, "x", UNTIL)
    assert codes(stopped.value)


def test_what_the_viewer_may_no_longer_see_is_gone_and_nothing_says_so(built):
    """The words on a chart must not tell that something is hidden, nor a chart fail because of it."""
    caller = caller_of(built)
    kept = keep(caller)
    gone = replace(kept.now, opened=(*kept.now.opened, (("phone", "07000 000000"), Around())))
    shown = find_chart.draw(caller, gone)
    assert len(shown.profiles) == 2 and shown.notes == find_chart.draw(caller, kept.now).notes
    with pytest.raises(MissingError, match="Nothing you may see matches"):
        find_chart.draw(caller, replace(gone, opened=gone.opened[-1:]))


def test_a_way_through_the_records_is_recorded_page_by_page_and_rests_on_what_may_be_seen(built):
    """A machine that opens pages for somebody opens them in that person's name."""
    caller = caller_of(built)
    before = len([e for e in built.leaves() if e["op"] == "consultation"])
    wanted = find_ways.find_way(caller, find_chart.Wanted.begin(JOHN), JOHN, ("vehicle", "XY34 ZZZ"))
    shown = find_chart.draw(caller, wanted)
    assert [shown.title_of(name) for name in shown.way] == ["John SMITH", "Jane DOE", "XY34ZZZ"]
    assert len([e for e in built.leaves() if e["op"] == "consultation"]) >= before + 4
    with pytest.raises(PeelianError) as stopped:
        find_ways.find_way(caller_of(built, "data-engineer-1", "op-linking"), wanted, JOHN, ("vehicle", "XY34 ZZZ"))
    assert codes(stopped.value)


def consultations(built):
    """Count the look-ups in the record."""
    return sum(e["op"] == "consultation" for e in built.leaves())


def test_a_step_looks_up_what_it_opens_and_shows_the_rest_again_under_one_entry(built):
    """Twelve entries for moving a point bury the one that matters; none at all would hide that it was seen again."""
    caller = caller_of(built)
    first = find_chart.draw(caller, find_chart.Wanted.begin(JOHN))
    two = chart_wanted.take_around(first.wanted, ("vehicle", "AB12 CDE"), Around())
    shown, before = find_chart.draw(caller, two), consultations(built)
    again = find_chart.draw(caller, chart_wanted.take_style(two, "rings", "all", plain=True))
    assert consultations(built) == before + 1, "judged and entered once"
    assert again.chart == shown.chart and again.line == shown.line


def test_what_is_shown_again_is_what_may_be_seen_at_that_moment(built, monkeypatch):
    """A page in memory must not outlive the right to see it, nor hide what came in since."""
    caller, wanted = caller_of(built), find_chart.Wanted.begin(JOHN)
    assert any(p.title == "Jane DOE" for p in find_chart.draw(caller, wanted).chart.points)
    officer, jane = caller_of(built, "data-protection-officer-1", "op-erasure"), PEOPLE["incident_person"][1]
    key = f"incident_person:{jane['record_id']}"
    amend.restrict(officer, key, "She was never there, she says.")
    assert all(p.title != "Jane DOE" for p in find_chart.draw(caller, wanted).chart.points)
    amend.lift(officer, key, "It was looked into, and stands.")
    assert any(p.title == "Jane DOE" for p in find_chart.draw(caller, wanted).chart.points)
    monkeypatch.setattr(chart_pages, "page_state", lambda *asked: ("nothing ever changes",))
    find_chart.draw(caller, wanted)
    amend.restrict(officer, key, "She was never there, she says.")
    gone = find_chart.draw(caller, wanted).chart.points
    amend.lift(officer, key, "It was looked into, and stands.")
    assert all(p.title != "Jane DOE" for p in gone), "the records themselves are read again, whatever else is known"


def test_pages_are_held_for_one_session_for_one_piece_of_work_and_not_for_long(built):
    """What one person looked up is no short cut for the next, nor for another purpose."""
    sergeant, wanted = caller_of(built), find_chart.Wanted.begin(JOHN)
    find_chart.draw(sergeant, wanted)
    officer = caller_of(built, "neighbourhood-officer-1", "op-safeguarding")
    for caller in (officer, caller_of(built, "analyst-1", "op-investigation-1")):
        before = consultations(built)
        find_chart.draw(caller, wanted)
        assert consultations(built) == before + 2, "a session of its own looks it up, and it is noted who was shown"
    built.clock.move(minutes=chart_pages.HELD_MINUTES)
    before = consultations(built)
    find_chart.draw(sergeant, wanted)
    assert consultations(built) == before + 2, "and after a while it is looked up anew"
    with pytest.raises(PeelianError):
        find_chart.draw(caller_of(built, "data-engineer-1", "op-linking"), wanted)


def test_erasing_somebody_takes_them_and_what_was_written_of_them_out_of_every_chart(built):
    """Erased from the records and alive in a chart is not erased."""
    caller = caller_of(built)
    kept = keep(caller, name="To be written anew")
    jane = [r["record_id"] for r in PEOPLE["incident_person"] if r.get("surname") == JANE["surname"]]
    officer = caller_of(built, "data-protection-officer-1", "op-erasure")
    for record_id in jane:
        receipt = officer.gate.erase(officer.credential, "erase-on-request", record_id)
        assert receipt["rows"]
    [left] = [c for c in kept_charts.kept_charts(caller) if c.name == "To be written anew"]
    board = kept_charts.open_chart(caller, left.id)
    assert left.id != kept.saved and [name for name, _ in board.now.opened] == [JOHN]
    assert not board.now.notes and not board.now.style.marked
    ended = next(c for c in chart_room(built.gate).charts(caller.credential) if c.saved.id == kept.saved)
    assert not ended.wanted and not ended.name
    assert "Jane DOE" not in [p.title for p in find_chart.draw(caller, board.now).chart.points]
