"""A system's own number of a person is typed by somebody: a slip of it must not make two people one."""

from __future__ import annotations

from datetime import UTC, date

import pytest

from peelian.find.compose import leave_out_slips, own_number_edges
from peelian.find.material import Material, filed_apart

BORN, OTHER = date(2001, 12, 2), date(2007, 6, 14)


def person(record_id, surname, born=BORN, *, forenames="John", subject="n1", source="crime"):
    """Make a record of somebody, as one system filed it."""
    return {"record_id": record_id, "surname": surname, "forenames": forenames, "birth_on": born,
            "subject_id": subject, "_source": source, "_basis": "fact", "_handling": "P"}  # fmt: skip


@pytest.mark.parametrize(
    ("other", "apart"),
    [
        (person("b", "KELLINGSHAW", OTHER, forenames="L"), True),
        (person("b", "KELLINGSHAW", BORN, forenames="L"), False),  # married, perhaps; the birth date agrees
        (person("b", "DRAYGERSMITH", OTHER), False),  # a slip of the date, perhaps
        (person("b", "KELLINGSHAW", None, forenames="L"), False),  # nothing speaks against the number
    ],
)
def test_another_birth_date_and_no_name_in_common_are_two_people(other, apart):
    """One of the two alone is how records of one person differ every day."""
    assert filed_apart(person("a", "DRAYGERSMITH"), other) is apart


def test_whom_a_number_was_given_by_a_slip_stands_apart_from_both_sides():
    """A victim of theft stood on a suspect's page because somebody typed the suspect's number."""
    material = Material(date(2026, 11, 22), UTC)
    slip = person("c", "KELLINGSHAW", OTHER, forenames="L")
    material.add("incident_person", [person("a", "DRAYGERSMITH"), slip, person("b", "DRAYGERSMITH"),
                                     person("d", "KELLINGSHAW", OTHER, forenames="Lisa")])  # fmt: skip
    assert own_number_edges(material) == [("a", "b"), ("c", "d")]


def test_a_page_leaves_out_whom_the_number_was_given_by_a_slip_and_says_so():
    """Whoever reads a page takes everything on it for one person."""
    material = Material(date(2026, 11, 22), UTC)
    sure = [person("a", "DRAYGERSMITH")]
    material.add(
        "incident_person", [*sure, person("b", "DRAYGERSMITH"), person("c", "KELLINGSHAW", OTHER, forenames="L")]
    )
    material.add("call_person", [person("d", "KELLINGSHAW", OTHER, forenames="L", source="calls")])
    assert leave_out_slips(material, sure) is True
    assert [r["record_id"] for _, r in material.people()] == ["a", "b", "d"]
    assert leave_out_slips(material, sure) is False
