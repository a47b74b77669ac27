"""The made-up town, read by the source it is written for: what is planted is what is found."""

from __future__ import annotations

import pytest

from peelian.ingest.catalogue import open_source
from peelian.ingest.run import read_slices
from peelian.ingest.shape import Options
from peelian.ingest.slice import Counts
from peelian.synth import make_town, write_town
from peelian.synth.planting import COPIES, REJECTED


@pytest.fixture(scope="module", params=["exact", "month"])
def read(request, tmp_path_factory):
    """Give a town and the slices read from its file."""
    town = make_town(months=12, burglaries=800, precision=request.param)
    files = write_town(tmp_path_factory.mktemp("town"), town)
    options = Options(pepper=b"p" * 32, read_at=1_790_000_000_000_000)
    return town, list(read_slices(open_source("incidents", files.mapping), files.incidents, options))


def test_quarantine_holds_exactly_the_lines_that_cannot_be_kept(read):
    """A row rejected for no reason is a victim nobody counts; one let in wrongly misleads a patrol."""
    town, slices = read
    found = sorted(line for part in slices for line in part.quarantine["line"].to_pylist())
    assert found == sorted(line for kind in REJECTED for line in town.planted[kind])


def test_every_row_of_the_file_is_accounted_for(read):
    """Read = kept + copies + set aside, with nothing lost on the way."""
    town, slices = read
    counts = sum((part.counts for part in slices), start=Counts())
    assert counts.read == len(town.rows)
    assert counts.duplicate == COPIES


def test_odd_rows_are_counted_by_name(read):
    """What is kept in spite of a fault is told, never silent."""
    town, slices = read
    quirks = sum((part.counts for part in slices), start=Counts()).quirks
    named = {"no-point": "no-point", "far-away": "point-far", "unknown-offence": "offence-unknown"}
    for kind, quirk in named.items():
        assert quirks[quirk] == len(town.planted[kind]), quirk


def test_names_and_notes_never_pass_the_door(read):
    """Who was wronged is nobody's business here; the columns are dropped, and no value of theirs is in any table."""
    town, slices = read
    words = {w for row in town.rows for w in (row["Victim Name"], row["Officer Note"])}
    kept = {
        v for p in slices for t in p.tables.values() for c in t.columns for v in c.to_pylist() if isinstance(v, str)
    }
    assert not words & kept
    dropped = sum((part.counts for part in slices), start=Counts()).dropped_columns
    assert {"Victim Name", "Officer Note"} <= set(dropped)
