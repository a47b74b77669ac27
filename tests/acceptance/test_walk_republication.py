"""A source publishes its months again with changes: versions, tombstones, and the answer as it was known."""

from __future__ import annotations

import pytest

from peelian.app.caller import Place, at_door
from peelian.core.canonical import digest
from peelian.model.question import Question
from tests.support.walk import Walk, archive, at_metres, new_walk, street_row

ANALYST = "analyst-1"
COUNTS = ("added", "changed", "deleted", "same")


def rows(numbers, **changes):
    """Make street rows with a reference and a place each."""
    return [street_row(i, **at_metres(30.0 * i, 20.0 * i)) | changes for i in numbers]


def known(walk: Walk, seq: int | None = None) -> list[dict]:
    """Ask through the door what is on record, now or as known at a commit."""
    question = Question(
        "incident", ("record_id", "month", "outcome"), order_by=(("record_id", "asc"),), known_at_seq=seq
    )
    with at_door(Place(walk.folder, walk.home, ANALYST)) as caller:
        return caller.gate.view(caller.credential, "hotspots", question).rows.to_pylist()


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Take in a first edition, then a second with five changed, three vanished and four new rows."""
    folder = tmp_path_factory.mktemp("editions")
    walk = new_walk(folder / "w", "data-engineer-1", ANALYST)
    first = archive(folder / "one.zip", rows(range(40)))
    charged = rows(range(5), **{"Last outcome category": "Awaiting court outcome"})
    second = archive(folder / "two.zip", charged + rows(range(5, 37)) + rows(range(100, 104)))
    told = [walk.ingest("police-uk", first)]
    before = known(walk)
    told.append(walk.ingest("police-uk", second))
    return walk, first, second, told, before


def test_changed_vanished_and_new_rows_are_counted_as_such(story):
    """Published months are revised for years; a count that hides it misleads."""
    _, _, _, (one, two), _ = story
    assert [one[k] for k in COUNTS] == [40, 0, 0, 0]
    assert [two[k] for k in COUNTS] == [4, 5, 3, 32]
    assert (one["read"], two["read"]) == (40, 41)


def test_the_record_now_is_what_the_newest_edition_says(story):
    """Forty and four, less three."""
    walk, *_ = story
    now = known(walk)
    assert len(now) == 41
    assert sum("court" in str(r["outcome"]) for r in now) == 5


def test_as_known_at_the_first_commit_gives_the_first_answer(story):
    """A decision of last month is judged by what was known last month."""
    walk, _, _, _, before = story
    assert digest(known(walk, 1)) == digest(before)
    assert len(known(walk, 1)) == 40
    assert known(walk, 2) == known(walk)


def test_taking_the_same_edition_in_again_changes_nothing(story):
    """Idempotent, and quick: the file is not even read."""
    walk, _, second, _, _ = story
    again = walk.ingest("police-uk", second)
    assert [again[k] for k in COUNTS] == [0, 0, 0, 0]
    assert (again["skipped_slices"], again["commits"]) == (1, 0)


def test_an_older_edition_taken_in_again_is_a_version_like_any_other(story, tmp_path):
    """What vanished may come back; nothing that was known in between is lost."""
    walk, first, second, _, before = story
    between = known(walk)
    back = walk.ingest("police-uk", first)
    assert [back[k] for k in COUNTS] == [3, 5, 4, 32]
    assert digest(known(walk)) == digest(before)
    assert digest(known(walk, 2)) == digest(between)
    forth = walk.ingest("police-uk", second)
    assert [forth[k] for k in COUNTS] == [4, 5, 3, 32]
    assert digest(known(walk)) == digest(between)


def test_a_month_that_a_later_archive_leaves_out_stays_as_it_was(story, tmp_path):
    """An archive of May says nothing about April."""
    walk, *_ = story
    n = len(known(walk))
    april = archive(tmp_path / "april.zip", rows(range(200, 210), Month="2024-04"), month="2024-04")
    told = walk.ingest("police-uk", april)
    assert [told[k] for k in COUNTS] == [10, 0, 0, 0]
    assert len(known(walk)) == n + 10
