"""What looks like data that nobody declared is told before anything is kept."""

from __future__ import annotations

import pytest

from peelian.ingest.catalogue import open_source
from peelian.ingest.csv_door import read_csv
from peelian.ingest.scanner import scan
from tests.support.systems import CRIMES, PERSONS, crime, person, read_system, sample, to_text


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


SNEAKED = {
    "NI_Number": "scan-personal-column",
    "NINO": "scan-personal-column",
    "e-mail": "scan-personal-column",
    "HomePhone": "scan-personal-column",
    "Instagram handle": "scan-personal-column",
    "religiousBelief": "scan-special-column",
    "Eth": "scan-special-column",
    "NHS no": "scan-special-column",
    "mental_state": "scan-special-column",
    "Country-of-Birth": "scan-special-column",
    "What this person's religion is, as far as anybody at the desk could tell": "scan-special-column",
}


@pytest.mark.parametrize(("name", "code"), SNEAKED.items())
def test_a_column_s_name_is_seen_through(name, code):
    """Publishers spell as they like, and a long name is never told in full: it could hold anything."""
    found = flags([crime("C1") | {name: "x"}], [*CRIMES, name])
    [(told, where)] = found
    assert told == code and (where == name or where.startswith(f"column {len(CRIMES) + 1} ("))


SLIPPED = {
    "scan-personal-values": ("street", "QQ 12 34 56 C lives here"),
    "scan-special-words": ("street", "opposite the flat of the man with HIV"),
    "scan-free-text": ("mo", "came in by the back and took what he could find"),
}


@pytest.mark.parametrize("code", SLIPPED)
def test_what_slips_into_a_column_that_is_openly_kept_is_told(code):
    """A street is kept for planning; a neighbour's illness in it would be, too."""
    column, said = SLIPPED[code]
    assert flags([crime("C1", **{column: said})])[code, column] == 1


def test_numbers_that_nothing_takes_are_told_in_free_text_and_in_names_as_well():
    """A national insurance number in a summary, or typed where the alias belongs, is still on file."""
    assert flags([crime("C1", summary="Gave QQ-12-34-56-C as proof.")]) == {("scan-personal-values", "summary"): 1}
    kind = open_source("crime").contract.kind("people")
    rows = [person("C1", alias="a.b@c.org"), person("C2", surname="Christian", forenames="Gay", tel="06092 916500")]
    told = scan(read_csv(to_text(PERSONS, rows), kind.columns), kind)
    assert [(w.code, w.count) for w in told] == [("scan-personal-values", 1)]
    assert told[0].what.endswith("Column: alias.")


def test_nothing_is_told_of_an_honest_export():
    """A scanner that cries at every export is switched off in the head of whoever reads it."""
    for source in ("crime", "custody", "intelligence", "command_control", "anpr", "stop_search", "safeguarding"):
        files = {path.name: path.read_bytes() for path in sample(source).iterdir()}
        assert [w.code for part in read_system(source, files) for w in part.warnings if w.code[:4] == "scan"] == []
