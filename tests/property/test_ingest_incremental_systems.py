"""Night after night gives what one reading gives: rows late, corrected, doubled, deleted, in any order."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.exports import Lake, assert_nights_equal_a_rebuild, next_night, read_sample, write_export
from tests.support.systems import crime, crime_files, order, orders_db, party, person, report, reports, subject

SYSTEMS = (
    "crime", "custody", "intelligence", "command_control", "anpr", "stop_search", "safeguarding", "courts", "housing",
)  # fmt: skip
FEW = settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Few values each, so that numbers repeat, people wait for their crime, and days change: the hard cases are common.
numbers = st.sampled_from(["C1", "C2", "C3"])
crimes = st.lists(
    st.builds(
        lambda no, day, offence: crime(no, recorded=f"2026-05-0{day} 18:30", offence=offence),
        numbers, st.integers(1, 3), st.sampled_from(["BURG-DW", "ROBB", "??"]),
    ),
    min_size=6, max_size=9,
)  # fmt: skip
persons = st.lists(
    st.builds(
        lambda no, line, part, nominal: person(no, str(line), part=part, nominal=nominal),
        numbers, st.integers(0, 2), st.sampled_from(["VICT", "SUSP"]), st.sampled_from(["", "N1"]),
    ),
    max_size=8,
)  # fmt: skip
exports = st.builds(crime_files, crimes, persons)
intelligence = st.lists(
    st.builds(
        lambda no, sealed, n: report(f"I{no}", sealed=sealed, subjects=[subject(name=f"WHITE, {i}") for i in range(n)]),
        st.integers(1, 3), st.booleans(), st.integers(0, 2),
    ),
    min_size=1, max_size=5,
).map(lambda rows: reports(*rows))  # fmt: skip
court = st.builds(
    lambda orders, parties: {"orders.db": orders_db(orders, parties)},
    st.lists(st.builds(order, st.sampled_from(["O1", "O2"]), st.sampled_from(["CB", "NMO"])), min_size=1, max_size=3),
    st.lists(st.builds(party, st.sampled_from(["O1", "O2", "O3"]), st.integers(0, 1)), min_size=1, max_size=4),
)


SEPARATORS = {"command_control": ";"}


def _nights_of(system, chance, nights):
    """Let random nights pass over a system's own sample, and write each as the system would."""
    whole = read_sample(system)
    return [write_export(next_night(whole, chance), whole, SEPARATORS.get(system, ",")) for _ in range(nights)]


def _check_system(system, chance, nights):
    lake = assert_nights_equal_a_rebuild(system, _nights_of(system, chance, nights))
    whole = read_sample(system)
    said = lake.load(write_export(whole, whole, SEPARATORS.get(system, ","))).all_rows()
    assert {row[0] for row in said} >= {t for k in lake.source.contract.files for t in k.tables}


@pytest.mark.parametrize("system", SYSTEMS)
def test_nights_of_each_system_equal_a_rebuild(system):
    """Nine systems, nine formats and manners; one promise."""
    _check_system(system, random.Random(system), nights=3)


@pytest.mark.soak
@pytest.mark.parametrize("system", SYSTEMS)
@settings(FEW, max_examples=50)
@given(chance=st.randoms(use_true_random=False), nights=st.integers(1, 6))
def test_many_nights_of_each_system_equal_a_rebuild(system, chance, nights):
    """A slip that shows once in hundreds of nights shows every year."""
    _check_system(system, chance, nights)


@FEW
@given(st.lists(exports, min_size=1, max_size=4))
def test_nights_of_crimes_and_their_people_equal_a_rebuild(history):
    """A crime whose day is corrected takes its people with it, though their own file did not change."""
    assert_nights_equal_a_rebuild("crime", history)


@FEW
@given(st.lists(intelligence, min_size=1, max_size=3))
def test_nights_of_reports_equal_a_rebuild(history):
    """A report that is sealed later must be sealed everywhere, as if it had been from the start."""
    assert_nights_equal_a_rebuild("intelligence", history)


@FEW
@given(st.lists(court, min_size=1, max_size=3))
def test_nights_of_a_database_equal_a_rebuild(history):
    """An order that is lifted takes back what it said of the people it bound."""
    assert_nights_equal_a_rebuild("courts", history)


@FEW
@given(crimes, persons, st.randoms(use_true_random=False))
def test_the_order_of_rows_decides_nothing(some_crimes, some_persons, chance: random.Random):
    """Two rows under one number come in any order, and a person's day is that of the same crime each time."""
    mixed = crime_files(chance.sample(some_crimes, len(some_crimes)), chance.sample(some_persons, len(some_persons)))
    one, other = (Lake("crime").load(files).all_rows() for files in (crime_files(some_crimes, some_persons), mixed))
    plain = {row for row in one if row[0] != "quarantine"}
    assert plain == {row for row in other if row[0] != "quarantine"}
