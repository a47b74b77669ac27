"""Night after night gives what one reading gives: rows late, corrected, doubled, deleted, in any order."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peelian.ingest.catalogue import open_source
from peelian.ingest.run import Reading
from peelian.ingest.safe_zip import list_memory
from tests.support.systems import OPTIONS, crime, crime_files, order, orders_db, party, person, report, reports, subject

FEW = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])

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


class Lake:
    """What a store does with slices: replaces each whole. Empty tables replace nothing."""

    def __init__(self, source: str):
        self.source = open_source(source)
        self.rows, self.seen = {}, {}

    def load(self, files):
        """Take in an export, skipping what is here unchanged."""
        for part in Reading(self.source, list_memory(files), OPTIONS, seen=self.seen):
            if part.tables:
                self.rows[part.slice_id] = _whole(part)
                self.seen[part.slice_id] = part.fingerprint
        return self

    def all_rows(self):
        """Give everything about every row: ids, hashes, day and label."""
        return set().union(*self.rows.values())


def _whole(part):
    beside = ("record_id", "subject_id", "row_hash", "_event_on", "_role_class", "_handling", "_markings", "_purposes")
    return {
        (name, *(str(row.get(column)) for column in beside))
        for name, table in (part.tables | {"quarantine": part.quarantine}).items()
        for row in table.to_pylist()
    }


def _same_as_a_rebuild(source, history):
    lake = Lake(source)
    for files in history:
        before = dict(lake.rows)
        lake.load(files)
        fresh = Lake(source).load(files)
        # A part that is refused as a whole stays as it was; every other is exactly what the export says.
        assert lake.rows == before | fresh.rows
    assert Lake(source).load(history[-1]).rows.items() <= lake.rows.items()


@FEW
@given(st.lists(exports, min_size=1, max_size=4))
def test_nights_of_crimes_and_their_people_equal_a_rebuild(history):
    """A crime whose day is corrected takes its people with it, though their own file did not change."""
    _same_as_a_rebuild("crime", history)


@FEW
@given(st.lists(intelligence, min_size=1, max_size=3))
def test_nights_of_reports_equal_a_rebuild(history):
    """A report that is sealed later must be sealed everywhere, as if it had been from the start."""
    _same_as_a_rebuild("intelligence", history)


@settings(FEW, max_examples=3)
@given(st.lists(court, min_size=1, max_size=3))
def test_nights_of_a_database_equal_a_rebuild(history):
    """An order that is lifted takes back what it said of the people it bound."""
    _same_as_a_rebuild("courts", history)


@FEW
@given(crimes, persons, st.randoms(use_true_random=False))
def test_the_order_of_rows_decides_nothing(some_crimes, some_persons, chance: random.Random):
    """Two rows under one number come in any order, and a person's day is that of the same crime each time."""
    mixed = crime_files(chance.sample(some_crimes, len(some_crimes)), chance.sample(some_persons, len(some_persons)))
    one, other = (Lake("crime").load(files).all_rows() for files in (crime_files(some_crimes, some_persons), mixed))
    plain = {row for row in one if row[0] != "quarantine"}
    assert plain == {row for row in other if row[0] != "quarantine"}
