"""Time is passed in, whole microseconds, and never runs behind what is known to have happened."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.core.intervals import Interval
from peelian.core.time import (
    FixedClock,
    FloorClock,
    SystemClock,
    from_micros,
    iso,
    month_of,
    month_start,
    to_micros,
)

INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))


@given(INSTANTS)
def test_an_instant_survives_the_way_to_disk_and_back(at):
    """An expiry that moves by a microsecond on each save would make replays differ."""
    assert from_micros(to_micros(at)) == at


def test_an_instant_is_the_same_in_every_zone():
    """A force and its mirror abroad must agree on when a mandate ended."""
    at = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=1)))
    assert to_micros(at) == to_micros(datetime(2026, 7, 1, 11, tzinfo=UTC))


def test_an_instant_without_a_zone_is_a_bug():
    """Guessing the zone would shift a whole night of offences."""
    with pytest.raises(AssertionError, match="time zone"):
        to_micros(datetime(2026, 7, 1, 12))


def test_iso_is_written_in_utc_with_a_z():
    """One spelling, since it is hashed."""
    assert iso(datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=1)))) == "2026-07-01T11:00:00Z"


@given(st.dates(date(1, 1, 1), date(9000, 1, 1)))
def test_a_month_number_gives_its_first_day_back(on):
    """Months are subtracted and added as numbers; a slip of one moves a forecast by a month."""
    assert month_start(month_of(on)) == on.replace(day=1)


@given(INSTANTS, INSTANTS)
def test_a_floor_clock_never_runs_behind_its_floor(system, floor):
    """Turning the computer's clock back must not revive an expired mandate."""
    now = FloorClock(FixedClock(system), floor).now()
    assert now >= floor and now in (system, floor)


def test_the_system_clock_is_aware():
    """Everything downstream asserts that instants have a zone."""
    assert SystemClock().now().tzinfo is UTC


def test_a_fixed_clock_stands_still_until_moved(clock):
    """A simulation owns its time."""
    before = clock.now()
    assert clock.now() == before
    clock.move(days=1)
    assert clock.now() - before == timedelta(days=1)


@given(INSTANTS, st.timedeltas(timedelta(0), timedelta(days=400)), INSTANTS)
def test_an_interval_holds_its_start_and_not_its_end(start, length, at):
    """A mandate that ends at ten is off at ten."""
    during = Interval(start, start + length)
    assert during.contains(at) == (start <= at < start + length)
    assert not during.contains(start + length)


def test_intervals_that_touch_do_not_overlap():
    """Two mandates in a row are two, with no moment under both."""
    a, b, c = (datetime(2026, 1, d, tzinfo=UTC) for d in (1, 2, 3))
    assert not Interval(a, b).overlaps(Interval(b, c))
    assert Interval(a, c).overlaps(Interval(b, None))
    assert Interval(b, None).overlaps(Interval(a, None))


def test_an_interval_does_not_end_before_it_starts():
    """Reversed dates are a bug, caught where they are made."""
    a, b = (datetime(2026, 1, d, tzinfo=UTC) for d in (1, 2))
    with pytest.raises(AssertionError, match="end before"):
        Interval(b, a)
