"""Month after month gives what one reading of everything gives; order never matters."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peelian.ingest.catalogue import open_source
from peelian.ingest.run import Reading
from peelian.ingest.safe_zip import list_memory
from tests.support.ingest import OPTIONS, STOP, STREET, identities, read_files, stop_row, street_row, to_csv

SOURCE = open_source("police_uk")
FEW = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Few values each, so that ids repeat, rows coincide and outcomes change: the hard cases are the common ones.
street = st.builds(
    lambda i, reference, outcome, place: street_row(
        i, **{"Crime ID": reference, "Last outcome category": outcome, "Longitude": place}
    ),
    st.integers(0, 2),
    st.sampled_from(["", "a" * 64, "b" * 64, "c" * 64]),
    st.sampled_from(["", "Under investigation", "Offender fined"]),
    st.sampled_from(["", "-1.05", "-1.050000", "-1.06"]),
)
stop = st.builds(
    lambda i, sex, outcome: stop_row(i, Gender=sex, Outcome=outcome),
    st.integers(0, 2),
    st.sampled_from(["Male", "Female", ""]),
    st.sampled_from(["Arrest", "Suspect arrested"]),
)
months = st.sampled_from(["2024-01", "2024-02", "2024-03"])


def street_file(month, rows):
    """Name and write one month of street rows."""
    return f"{month}-northmere-street.csv", to_csv([row | {"Month": month} for row in rows], STREET)


archives = st.dictionaries(months, st.lists(street, min_size=1, max_size=12), min_size=1, max_size=3).map(
    lambda by_month: dict(street_file(m, rows) for m, rows in by_month.items())
)


class Lake:
    """What a store does with slices: replaces each whole. Empty tables replace nothing."""

    def __init__(self):
        self.rows, self.seen = {}, {}

    def load(self, files):
        """Read an archive, skipping what is here unchanged."""
        for part in Reading(SOURCE, list_memory(files), OPTIONS, seen=self.seen):
            if part.tables:
                self.rows[part.slice_id] = identities([part])
                self.seen[part.slice_id] = part.fingerprint

    def all_rows(self):
        """Give the identities of all rows."""
        return set().union(*self.rows.values())


@FEW
@given(st.lists(archives, min_size=1, max_size=4))
def test_incremental_loading_equals_a_rebuild(history):
    """A force loads monthly for years; an auditor rebuilds from the last archives and must get the same rows."""
    lake, latest = Lake(), {}
    for files in history:
        lake.load(files)
        latest |= files
    rebuilt = Lake()
    rebuilt.load(latest)
    assert lake.all_rows() == rebuilt.all_rows()


@FEW
@given(archives, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_files_does_not_matter(files, chance: random.Random):
    """Publishers sort as they please; a new order must not look like a change."""
    shuffled = {}
    for name in chance.sample(sorted(files), len(files)):
        head, *lines = files[name].decode().splitlines()
        shuffled[name] = "\n".join([head, *chance.sample(lines, len(lines)), ""]).encode()
    assert identities(read_files(shuffled)) == identities(read_files(files))


@FEW
@given(st.lists(stop, min_size=1, max_size=15), st.randoms(use_true_random=False))
def test_the_order_of_stops_does_not_matter(rows, chance: random.Random):
    """Stops have no ids at all: content is all there is."""
    name = "2024-05-northmere-stop-and-search.csv"
    mixed = chance.sample(rows, len(rows))
    one, other = (read_files({name: to_csv(r, STOP)}) for r in (rows, mixed))
    assert identities(one) == identities(other)
    assert one[0].counts.as_dict() == other[0].counts.as_dict()


@FEW
@given(archives)
def test_every_row_has_an_id_of_its_own_and_every_line_is_accounted_for(files):
    """Two records under one id would overwrite each other in the lake."""
    parts = read_files(files)
    ids = [i for p in parts for t in p.tables.values() for i in t["record_id"].to_pylist()]
    assert len(ids) == len(set(ids))
    assert sum(p.counts.read for p in parts) == sum(f.count(b"\n") - 1 for f in files.values())


@FEW
@given(st.lists(street, min_size=1, max_size=10), st.lists(street, min_size=1, max_size=10))
def test_a_row_that_stays_keeps_its_id_when_others_come(rows, more):
    """A late crime must not rename the crimes around it: findings point at ids."""
    alone = [r for r in rows if r["Crime ID"]]
    kept = {r["Crime ID"]: r for r in alone if sum(q["Crime ID"] == r["Crime ID"] for q in rows + more) == 1}
    before = _ids(rows, kept)
    assert before == {k: v for k, v in _ids(rows + more, kept).items() if k in before}


def _ids(rows, of):
    name, data = street_file("2024-05", rows)
    (part,) = read_files({name: data})
    return {r["source_ref"]: r["record_id"] for r in part.tables["incident"].to_pylist() if r["source_ref"] in of}
