"""The sealed side of the ledger is for ever: nothing that a file's author wrote may get into it by way of a header."""

from __future__ import annotations

from peelian.app.intake.sources import _delivery
from tests.support.ingest import STREET, STREET_FILE, read_files, street_row, to_csv

PERSON = "Zqxw Victoria Example"


def test_a_column_named_after_a_person_does_not_enter_the_record():
    """A table with a column a person would put names where no erasure reaches; only how many columns is entered."""
    rows = [street_row(i) | {PERSON: "x"} for i in range(3)]
    slices = read_files({STREET_FILE: to_csv(rows, [*STREET, PERSON])})
    entered = [_delivery(part).counts for part in slices]
    assert any(PERSON in part.counts.dropped_columns for part in slices), "the engineer is told"
    assert PERSON not in str(entered)
    assert entered[0]["columns_left"] >= 1
    assert entered[0]["cells_left"] >= 3
