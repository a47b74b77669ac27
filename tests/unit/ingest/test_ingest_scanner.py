"""What looks like data that nobody declared is told before anything is kept."""

from __future__ import annotations

from peelian.ingest.catalogue import open_source
from peelian.ingest.csv_door import read_csv
from peelian.ingest.scanner import scan
from tests.support.systems import CRIMES, crime, read_system, to_text


def flags(rows, columns=CRIMES):
    """Scan a file of crimes."""
    kind = open_source("crime").contract.kind("crimes")
    return {
        (w.code, w.what.rpartition(": ")[2].rstrip(".")): w.count
        for w in scan(read_csv(to_text(columns, rows), kind.columns), kind)
    }


def test_an_undeclared_column_about_a_special_category_is_told():
    """Somebody added a column to the export; it is dropped, and somebody should ask why it is sent at all."""
    columns = [*CRIMES, "victim_religion", "weather"]
    found = flags([crime("C1") | {"victim_religion": "x", "weather": "rain"}], columns)
    assert found == {("scan-special-column", "victim_religion"): 1}


def test_words_of_special_categories_in_free_text_are_counted():
    """Free text is where health and belief come in unasked."""
    rows = [crime("C1", summary="He is diabetic, diagnosed last year."), crime("C2", summary="A ring.")]
    assert flags(rows) == {("scan-special-words", "summary"): 1}


def test_a_person_s_number_in_a_column_that_is_not_about_people_is_told():
    """A street that holds a telephone number is a column that slipped, or a habit of the desk."""
    rows = [
        crime("C1", street="ring Anna 07700 900123"),
        crime("C2", street="Mill Road"),
        crime("C3", street="a.b@c.org"),
    ]
    assert flags(rows) == {("scan-personal-values", "street"): 2}


def test_what_is_flagged_is_told_without_its_values():
    """A warning that quotes what it warns of has leaked it."""
    data = to_text(CRIMES, [crime("C1", street="ring Anna 07700 900123", summary="She is pregnant.")])
    slices = read_system("crime", {"crimes.csv": data})
    told = str([part.warnings for part in slices])
    assert "scan-personal-values" in told and "scan-special-words" in told
    assert "900123" not in told and "Anna" not in told and "pregnant" not in told
