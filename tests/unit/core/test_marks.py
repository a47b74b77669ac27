"""Marks: what was typed, what a record says and what somebody declared must come to the same."""

from __future__ import annotations

from datetime import date

import pytest

from peelian.core.marks import declared_marks, kind_of, person_marks, read_typed, row_marks, thing_marks

BORN = date(1988, 4, 12)


@pytest.mark.parametrize(
    ("typed", "mark"),
    [
        ("AB12 CDE", "plate:AB12CDE"),
        ("blue ford ab12cde", "plate:AB12CDE"),
        ("ring 07700 900123", "phone:+447700900123"),
        ("+44 7700 900 123", "phone:+447700900123"),
        ("14 Mill Rd., NM1 4AB", "address:14 mill road NM1 4AB"),
        ("14 Mill Rd", "place:14 mill road"),
        ("SMITH, John", "name:john smith"),
        ("john smith 12/04/88", "person:john smith 1988-04-12"),
        ("1988-04-12 smith, john", "person:john smith 1988-04-12"),
    ],
)
def test_what_is_typed_is_recognised_however_it_is_written(typed, mark):
    """A block that a blank gets round is none."""
    assert mark in read_typed(typed).marks


@pytest.mark.parametrize("typed", ["", "?", "zz", "12/99/1988", "x" * 5_000, "0" * 300, "\u0000 \ud800"[:1]])
def test_anything_may_be_typed(typed):
    """What somebody pastes must never stop the gate."""
    assert len(read_typed(typed).marks) < 60


def test_a_record_and_a_declaration_share_their_marks():
    """The officer, the record and the question are about one person."""
    row = {"forenames": "John Paul", "surname": "Smith", "birth_on": BORN, "address": "14 Mill Road",
           "postcode": "nm14ab", "phones": "07700 900123|", "plate": None, "subject_id": "s"}  # fmt: skip
    said = row_marks(row)
    assert person_marks("John", "Smith", BORN) & said == {"person:john smith 1988-04-12"}
    assert declared_marks(thing_marks("address", "14 Mill Road, NM1 4AB")) & said
    assert thing_marks("phone", "+44 7700 900123") <= said and {kind_of(m) for m in said} == {
        "person", "address", "phone", "subject",
    }  # fmt: skip


def test_a_street_of_the_same_name_in_another_town_is_another_place():
    """There is a Mill Road everywhere."""
    mine = declared_marks(thing_marks("address", "14 Mill Road, NM1 4AB"))
    assert not mine & read_typed("14 mill road ZZ1 1AA").marks
    assert not mine & row_marks({"address": "14 Mill Road", "postcode": "ZZ1 1AA"})
    assert mine & read_typed("14 mill road").marks and mine & row_marks({"address": "14 mill rd", "postcode": ""})


def test_a_name_alone_is_nobody_in_a_record():
    """Two people of one name are two people."""
    assert row_marks({"forenames": "John", "surname": "Smith", "birth_on": None}) == frozenset()
