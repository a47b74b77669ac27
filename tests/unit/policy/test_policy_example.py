"""Writing a charter from the example: valid on whatever day it is written."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.core.errors import InvalidError
from peelian.policy.charter_folder import END_WEEKDAYS, months_after
from peelian.policy.example import sunset_after, write_example
from peelian.policy.rules import Rulebook
from tests.support.charters import CHARTER, rulebook

TRIANGLE = {"type": "Polygon", "coordinates": [[[0.1, 51.0], [0.2, 51.0], [0.2, 51.1], [0.1, 51.0]]]}


@pytest.mark.parametrize("starts_on", [date(2026, 11, 22), date(2026, 12, 30), date(2027, 6, 1), date(2028, 2, 29)])
def test_the_example_is_valid_on_any_day(tmp_path, starts_on):
    """`peelian init` on New Year's Eve must not write a charter that is refused on New Year's Day."""
    made = write_example(
        tmp_path / "charter",
        starts_on,
        template=CHARTER,
        area_geojson=TRIANGLE,
        code_hashes={"hotspots": "a" * 64},
        force_id="metropolitan",
        force_name='The "Met": all of it',
    )
    assert made.force.id == "metropolitan"
    assert made.force.name == 'The "Met": all of it'
    assert made.areas["study-area"].geojson == TRIANGLE
    assert {made.mandates[m].code_hash for m in ("hotspots", "assess-hotspots")} == {"a" * 64}
    assert made.mandates["source-police-uk"].label["force"] == "metropolitan"
    assert all(m.starts_at.date() in {starts_on, starts_on - timedelta(days=1)} for m in made.mandates.values())
    assert all(o.opens_at < o.closes_at for o in made.operations.values())


def test_the_rules_are_the_same_in_every_copy(tmp_path):
    """The published proofs are about the rules in force; a copy with a word changed has another hash."""
    made = write_example(tmp_path / "charter", date(2027, 3, 4), template=CHARTER)
    assert Rulebook(made).policy_hash == rulebook().policy_hash


def test_a_charter_is_never_overwritten(tmp_path):
    """A charter in force is amended in public."""
    (tmp_path / "x").write_text("")
    with pytest.raises(InvalidError) as caught:
        write_example(tmp_path, date(2027, 3, 4), template=CHARTER)
    assert caught.value.code == "charter-exists"


def test_an_area_that_is_no_area_is_refused(tmp_path):
    """What the caller gives is checked like any other charter."""
    with pytest.raises(InvalidError) as caught:
        write_example(
            tmp_path / "c", date(2027, 3, 4), template=CHARTER, area_geojson={"type": "Point", "coordinates": []}
        )
    assert caught.value.code == "charter-invalid"


@given(st.dates(date(2024, 1, 1), date(2060, 1, 1)))
def test_a_sunset_is_a_working_midweek_day_within_twelve_months(starts_on):
    """PL-20, for every day a mandate may start on."""
    ends_on = sunset_after(starts_on)
    assert ends_on.weekday() in END_WEEKDAYS
    assert starts_on < ends_on <= months_after(starts_on, 12)
    assert (months_after(starts_on, 12) - ends_on).days <= 18  # a Monday 6 January goes back to Thursday 19 December
    assert not ((ends_on.month, ends_on.day) >= (12, 24) or (ends_on.month, ends_on.day) <= (1, 2))
