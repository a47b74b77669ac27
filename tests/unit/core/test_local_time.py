"""Screens show the time on the wall; these hold the places where the wall and UTC disagree."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from peelian.core.local_time import (
    age_words,
    day_begins,
    day_words,
    instant_words,
    near_words,
    night_words,
    part_of_day,
)

LONDON = ZoneInfo("Europe/London")


def at(text: str) -> datetime:
    """Write an instant shortly."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_an_instant_is_told_in_the_time_on_the_wall():
    """An officer who reads 05:10 and looks at a clock that says 06:10 doubts every other figure too."""
    assert instant_words(at("2026-07-22T05:10"), LONDON) == "22 Jul 2026, 06:10"
    assert instant_words(at("2026-11-22T06:10"), LONDON) == "22 Nov 2026, 06:10"
    assert day_words(date(2026, 11, 2)) == "2 Nov 2026"


def test_a_near_instant_leaves_out_what_everybody_knows():
    """Seven dates in full on a phone are seven lines that nobody reads."""
    now = at("2026-07-22T08:00")
    assert near_words(at("2026-07-21T23:30"), now, LONDON) == "00:30"
    assert near_words(at("2026-07-21T22:30"), now, LONDON) == "21 Jul, 23:30"
    assert near_words(at("2025-07-21T22:30"), now, LONDON) == "21 Jul 2025, 23:30"


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2026-11-22T06:00", "21/22 Nov"),
        ("2026-11-22T17:59", "21/22 Nov"),
        ("2026-11-22T18:00", "22/23 Nov"),
        ("2026-11-22T00:10", "21/22 Nov"),
        ("2026-12-01T06:00", "30 Nov/1 Dec"),
        ("2027-01-01T06:00", "31 Dec/1 Jan"),
    ],
)
def test_a_night_is_named_by_both_its_days(now, words):
    """Last night means another night to whoever reads it at six in the evening."""
    assert night_words(at(now), LONDON) == words


@pytest.mark.parametrize(
    ("now", "part"),
    [("03:59", "evening"), ("04:00", "morning"), ("11:59", "morning"), ("12:00", "afternoon"), ("18:00", "evening")],
)
def test_greetings_change_when_people_say_they_do(now, part):
    """A night shift at three is still having its evening."""
    assert part_of_day(at(f"2026-11-22T{now}"), LONDON) == part


def test_a_day_begins_at_local_midnight_also_when_the_clocks_change():
    """A day must neither lose an hour of look-ups nor gain one."""
    assert day_begins(at("2026-10-25T12:00"), LONDON).astimezone(UTC) == at("2026-10-24T23:00")
    assert day_begins(at("2026-10-26T12:00"), LONDON).astimezone(UTC) == at("2026-10-26T00:00")


def test_ages_are_told_in_one_unit_and_never_run_ahead():
    """Saying two days when it is one and a half would call a source older than it is."""
    now = at("2026-11-22T12:00")
    told = [
        age_words(at(t), now) for t in ("2026-11-22T11:56", "2026-11-22T05:00", "2026-11-20T12:01", "2026-11-10T12:00")
    ]
    assert told == ["4 min", "7 h", "47 h", "12 days"]
    assert age_words(at("2026-11-22T12:05"), now) == "0 min"
