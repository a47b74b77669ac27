"""Notes from one shift to the next reach the people on the operation, and nobody else."""

from __future__ import annotations

import pytest

from peelian.core.errors import InvalidError, RefusedError
from tests.support.gate import build, codes


@pytest.fixture
def built(tmp_path):
    """Give a deployment with one note on the operation that plans patrols."""
    made = build(tmp_path)
    made.gate.post_paper(made.at_work("neighbourhood-officer-1"), "", "hand-over", "op-patrol-planning", NOTE)
    yield made
    made.gate.close()


NOTE = {"note": "The gate at the allotments is open again."}


def test_whoever_is_on_the_operation_reads_the_note(built):
    """The next shift must not have to ask who was there before."""
    [note] = built.gate.handed_over(built.at_work("analyst-1"))
    assert note.body == NOTE and note.author == "neighbourhood-officer-1" and not note.public


def test_nobody_else_does_not_even_the_same_person_elsewhere(built):
    """A note belongs to the work it was written in, not to the person who wrote it."""
    for person in ("model-owner-1", "panel-member-1", "official-1", "data-engineer-1"):
        assert built.gate.handed_over(built.at_work(person)) == []
    assert built.gate.handed_over(built.at_work("neighbourhood-officer-1", "op-response")) == []


def test_without_a_context_there_are_no_notes_to_read(built):
    """Otherwise signing in would be enough to read what any shift wrote."""
    with pytest.raises(RefusedError) as refused:
        built.gate.handed_over(built.sign_in("analyst-1"))
    assert "not-on-operation" in codes(refused.value)


def test_a_note_is_about_the_operation_one_works_on(built):
    """A note slipped into somebody else's operation would be read there as theirs."""
    with pytest.raises(InvalidError, match="paper-malformed"):
        built.gate.post_paper(built.at_work("analyst-1"), "", "hand-over", "op-oversight", NOTE)


def test_the_common_door_for_papers_does_not_open_other_peoples_notes(built):
    """Two doors with one lock between them."""
    with pytest.raises(RefusedError):
        built.gate.papers(built.at_work("panel-member-1"), "oversight", "hand-over")
    with pytest.raises(RefusedError):
        built.gate.papers(built.at_work("analyst-2"), "hotspots", "hand-over")


def test_a_note_can_be_left_on_the_night_a_tool_is_stopped(built):
    """That is the night on which the next shift needs one."""
    built.gate.act_on_mandate(built.at_work("official-1"), "hotspots", "halt", "A test.")
    later = {"note": "Patrol places is stopped; we walk by last year's list."}
    built.gate.post_paper(built.at_work("analyst-1"), "", "hand-over", "op-patrol-planning", later)
    notes = built.gate.handed_over(built.at_work("neighbourhood-officer-1"))
    assert [n.body for n in notes] == [later, NOTE]


def test_reading_is_entered_once_and_each_new_note_again(built):
    """What a shift was told is on record; that they looked twice is not news."""
    reader = built.at_work("analyst-1")
    size = built.house.ledger.size()
    built.gate.handed_over(reader)
    built.gate.handed_over(reader)
    assert built.house.ledger.size() == size + 1
    assert (built.leaves()[-1]["op"], built.leaves()[-1]["tool"]) == ("consultation", "hand-over")
