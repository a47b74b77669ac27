"""What data.police.uk publishes, and each of its real oddities: handled, and counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from peelian.core.errors import InvalidError
from peelian.core.time import from_micros, iso
from tests.support.ingest import (
    OPTIONS,
    OUTCOMES,
    OUTCOMES_FILE,
    STOP,
    STOP_FILE,
    STREET_FILE,
    incidents,
    outcome_row,
    read_files,
    read_one,
    stop_row,
    street_csv,
    street_row,
    to_csv,
)


def read_street(*rows, name=STREET_FILE, **options):
    """Read street rows as one file."""
    return read_one(to_csv(rows), name, replace(OPTIONS, **options))


def test_a_street_row_becomes_an_incident():
    """The nouns downstream are built on these columns."""
    part = read_street(street_row(1, **{"Crime type": "Possession of weapons"}))
    (row,) = incidents(part)
    assert part.slice_id == "police_uk/northmere/street/2024-05"
    assert (row["offence"], row["force"], row["precision"]) == ("possession-of-weapons", "northmere", "month")
    assert row["month"] == 12 * 2024 + 4
    assert (iso(from_micros(row["at_start"])), iso(from_micros(row["at_end"]))) == (
        "2024-04-30T23:00:00Z",  # May begins at British summer midnight
        "2024-05-31T23:00:00Z",
    )
    assert row["_event_on"] == date(2024, 5, 31)
    assert (row["outcome"], row["area_code"]) == ("Under investigation", "E01090001")
    assert row["recorded_at"] == OPTIONS.read_at
    assert len(row["record_id"]) == len(row["row_hash"]) == 32


def test_points_are_projected_to_the_national_grid():
    """Cells are cut in metres; a point in the wrong place is a patrol in the wrong street."""
    # Caister water tower, 52 39 28.8282 N, 1 42 57.8663 E, is E 651409.903 N 313177.270: Ordnance Survey, A guide to
    # coordinate systems in Great Britain. Without downloaded grids the transformation is right to about 3 m.
    part = read_street(street_row(1, Longitude="1.716074", Latitude="52.658008"))
    (row,) = incidents(part)
    assert abs(row["easting_m"] - 651_409.9) < 4
    assert abs(row["northing_m"] - 313_177.3) < 4


def test_the_target_reference_system_is_a_parameter():
    """Another country has another grid."""
    (row,) = incidents(read_street(street_row(1), epsg=32630))
    assert 600_000 < row["easting_m"] < 700_000
    with pytest.raises(InvalidError) as caught:
        read_street(street_row(1), epsg=4326)
    assert caught.value.code == "reference-system-unfit"
    with pytest.raises(InvalidError) as caught:
        read_street(street_row(1), epsg=999_999)
    assert caught.value.code == "reference-system-unknown"


def test_rows_without_an_id_are_all_kept():
    """Two reports of anti-social behaviour in one street are two reports."""
    blank = street_row(1, **{"Crime ID": "", "Crime type": "Anti-social behaviour"})
    part = read_street(blank, blank, blank)
    assert (part.counts.kept, part.counts.duplicate) == (3, 0)
    assert len({r["record_id"] for r in incidents(part)}) == 3
    assert part.counts.quirks["empty-reference"] == 3


def test_an_exact_copy_of_a_row_with_an_id_is_left_out():
    """One crime listed twice is one crime."""
    part = read_street(street_row(1), street_row(1), street_row(2))
    assert (part.counts.read, part.counts.kept, part.counts.duplicate) == (3, 2, 1)
    assert part.counts.quirks["repeated-reference"] == 2


def test_one_id_with_two_outcomes_is_kept_twice():
    """What differs is not ours to choose between."""
    part = read_street(street_row(1), street_row(1, **{"Last outcome category": "Offender fined"}))
    assert (part.counts.kept, part.counts.quirks["repeated-reference"]) == (2, 2)


def test_a_new_outcome_changes_the_row_and_not_its_id():
    """A revision is a version of the same record, or history would be lost."""
    old, new = (incidents(read_street(street_row(1, **{"Last outcome category": o})))[0] for o in ("A", "B"))
    assert old["record_id"] == new["record_id"]
    assert old["row_hash"] != new["row_hash"]


def test_a_new_outcome_does_not_rename_a_row_without_id():
    """Place and offence make the key, the outcome does not."""
    old, new = (
        incidents(read_street(street_row(1, **{"Crime ID": "", "Last outcome category": o})))[0] for o in ("A", "B")
    )
    assert old["record_id"] == new["record_id"]


def test_rows_without_coordinates_are_kept_without_a_point():
    """The crime happened, wherever it was."""
    part = read_street(street_row(1, Longitude="", Latitude=""), street_row(2, Latitude=""), street_row(3))
    assert [r["easting_m"] is None for r in incidents(part)] == [True, True, False]
    assert (part.counts.quirks["no-point"], part.counts.quirks["half-point"]) == (1, 1)


def test_points_outside_the_declared_box_are_not_believed():
    """Zero, zero lies in the Gulf of Guinea."""
    part = read_street(street_row(1, Longitude="0", Latitude="0"), street_row(2))
    assert [r["easting_m"] is None for r in incidents(part)] == [True, False]
    assert part.counts.quirks["point-outside"] == 1


def test_points_far_from_all_others_are_not_believed():
    """One point 300 km away would stretch every map and take a cell of the budget."""
    rows = [street_row(i) for i in range(40)] + [street_row(99, Longitude="-4.1", Latitude="50.4")]
    part = read_street(*rows)
    assert part.counts.quirks["point-far"] == 1
    assert [r["easting_m"] is None for r in incidents(part)].count(True) == 1
    assert incidents(part)[-1]["area_code"] is not None


def test_points_outside_the_callers_bounds_are_not_kept():
    """A force that knows its own ground says so."""
    part = read_street(street_row(1), bounds_m=(0.0, 0.0, 1000.0, 1000.0))
    assert part.counts.quirks["point-outside"] == 1


def test_a_coordinate_that_is_no_number_turns_the_row_away():
    """Text where a number should be means that the columns are shifted."""
    part = read_street(*(street_row(i) for i in range(9)), street_row(9, Longitude="Mill Lane"))
    assert (part.counts.kept, part.counts.quarantined) == (9, 1)
    (row,) = part.quarantine.to_pylist()
    assert (row["line"], row["reason"], row["column_name"]) == (11, "not-a-number", "Longitude")


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("Month", "", "required-empty"),
        ("Month", "May 2024", "not-a-month"),
        ("Month", "2024-13", "not-a-month"),
        ("Month", "0024-05", "not-a-month"),
        ("Crime type", "", "required-empty"),
        ("Latitude", "nan", "not-a-number"),
        ("Latitude", "inf", "not-a-number"),
    ],
)
def test_rows_that_cannot_be_understood_are_set_aside_with_the_reason(column, value, reason):
    """Never silently dropped: the line and the column are known, the value is not repeated."""
    part = read_street(*(street_row(i) for i in range(9)), street_row(9, **{column: value}))
    assert part.quarantine.select(["line", "reason", "column_name"]).to_pylist() == [
        {"line": 11, "reason": reason, "column_name": column}
    ]


def test_a_row_of_another_month_keeps_its_own():
    """The row knows better than the file's name; that they differ is counted."""
    part = read_street(street_row(1), street_row(2), street_row(3, Month="2024-04"))
    assert sorted(r["month"] for r in incidents(part)) == [24291, 24292, 24292]
    assert part.counts.quirks["month-differs"] == 1


def test_a_file_under_a_wrong_months_name_is_refused():
    """Loaded, it would replace a good month by another one."""
    part = read_street(*(street_row(i, Month="2024-04") for i in range(5)))
    assert (part.refused, dict(part.tables), part.counts.files_refused) == ("assertion-failed", {}, 1)


def test_offences_nobody_listed_keep_an_id_and_are_counted():
    """The publisher adds categories; they must not vanish, nor pass unnoticed."""
    part = read_street(street_row(1, **{"Crime type": "Wheelie-bin  Theft!"}))
    assert incidents(part)[0]["offence"] == "wheelie-bin-theft"
    assert part.counts.quirks["offence-unknown"] == 1


def test_outcomes_become_outcome_rows_with_canonical_and_stated_labels():
    """Labels change name over the years; counting by them needs one name."""
    rows = [outcome_row(1), outcome_row(2, **{"Outcome type": "Offender cautioned"})]
    rows += [outcome_row(3, **{"Outcome type": "Sent to the moon"})]
    part = read_one(to_csv(rows, OUTCOMES), OUTCOMES_FILE)
    made = part.tables["outcome"].to_pylist()
    assert [(r["outcome"], r["outcome_stated"]) for r in made] == [
        ("charged", "Suspect charged"),
        ("caution", "Offender cautioned"),
        ("sent-to-the-moon", "Sent to the moon"),
    ]
    assert (part.counts.quirks["outcome-renamed"], part.counts.quirks["outcome-unknown"]) == (1, 1)
    assert part.counts.dropped_columns["Longitude"] == 3


def test_one_crime_with_two_outcomes_has_two_rows_and_copies_have_one():
    """An outcome listed twice says nothing more."""
    rows = [outcome_row(1), outcome_row(1), outcome_row(1, **{"Outcome type": "Offender fined"})]
    part = read_one(to_csv(rows, OUTCOMES), OUTCOMES_FILE)
    assert (part.counts.kept, part.counts.duplicate) == (2, 1)


def read_stops(*rows, name=STOP_FILE):
    """Read stop and search rows as one file."""
    return read_one(to_csv(rows, STOP), name)


def test_a_stop_is_parted_into_event_person_and_sealed_equality():
    """PL-03 and PL-18: who it was is apart from what happened, and characteristics are sealed."""
    part = read_stops(stop_row(1))
    stop, person, equality = (part.tables[t].to_pylist()[0] for t in ("stop", "stop_person", "stop_equality"))
    assert stop["record_id"] == person["record_id"] == equality["record_id"]
    assert len({stop["row_hash"], person["row_hash"], equality["row_hash"]}) == 3
    assert (person["role"], person["age_band"]) == ("other", "18-24")
    assert (equality["sex"], equality["ethnicity_officer_defined"]) == ("Female", "White")
    assert not {"sex", "age_band", "ethnicity_self_defined"} & set(stop)
    assert stop["_event_on"] == date(2024, 5, 2)


def test_exact_copies_of_a_stop_are_left_out_and_counted():
    """The publisher's repeats would overstate searches by a few per cent."""
    part = read_stops(stop_row(1), stop_row(1), stop_row(1, Gender="Male"))
    assert (part.counts.kept, part.counts.duplicate) == (2, 1)
    assert len(set(part.tables["stop"]["record_id"].to_pylist())) == 2


def test_the_month_of_a_stop_is_the_local_one():
    """Half past eleven at night UTC on 30 April is May in London, and the file says so."""
    part = read_stops(stop_row(1, Date="2024-04-30T23:30:00+00:00"))
    assert part.tables["stop"]["month"].to_pylist() == [12 * 2024 + 4]
    assert "month-differs" not in part.counts.quirks


def test_times_without_an_offset_are_local():
    """Older exports leave the offset out."""
    part = read_stops(
        stop_row(1, Date="2024-05-03 10:00:00"), stop_row(2, Date="2024-05-03T10:00:00+01:00", Gender="Male")
    )
    at = part.tables["stop"]["at"].to_pylist()
    assert at[0] == at[1]


def test_outcomes_of_stops_that_changed_name_are_one():
    """A change of labels in 2017 must not look like a change of policing."""
    rows = [stop_row(1, Outcome="Suspect arrested"), stop_row(2, Outcome="Arrest"), stop_row(3, Outcome="")]
    part = read_stops(*rows)
    assert part.tables["stop"]["outcome"].to_pylist() == ["arrest", "arrest", None]
    assert part.tables["stop"]["outcome_stated"].to_pylist() == ["Suspect arrested", "Arrest", None]
    assert part.counts.quirks["outcome-renamed"] == 1


def test_flags_that_say_neither_are_left_empty_and_counted():
    """A guess would become a fact."""
    part = read_stops(*(stop_row(i, **{"Part of a policing operation": v}) for i, v in enumerate(["True", "", "?"])))
    assert part.tables["stop"]["part_of_operation"].to_pylist() == [True, None, None]
    assert part.counts.quirks["flag-unreadable"] == 1


def test_a_stop_without_a_time_is_set_aside():
    """Without it nothing can be counted by month, hour or place."""
    part = read_stops(*(stop_row(i) for i in range(9)), stop_row(9, Date=""), stop_row(10, Date="last night"))
    assert [(r["line"], r["reason"]) for r in part.quarantine.to_pylist()] == [
        (11, "required-empty"),
        (12, "not-an-instant"),
    ]


def test_a_file_under_any_name_is_placed_by_its_rows():
    """A custom download has a name of its own and several forces and months in one file."""
    rows = [street_row(1), street_row(2, Month="2024-06"), street_row(3, **{"Falls within": "Kent Police"})]
    parts = read_files({"download.csv": to_csv(rows)})
    assert [p.slice_id for p in parts if p.tables] == [
        "police_uk/kent/street/2024-05",
        "police_uk/northmere/street/2024-05",
        "police_uk/northmere/street/2024-06",
    ]
    assert [p.counts.kept for p in parts] == [1, 1, 1, 0]


def test_a_row_has_one_id_whatever_its_file_is_called():
    """Renaming a download must not make new records."""
    named = incidents(read_one(street_csv(3)))
    free = incidents(read_files({"download.csv": street_csv(3)})[0])
    assert [(r["record_id"], r["row_hash"]) for r in named] == [(r["record_id"], r["row_hash"]) for r in free]


def test_a_force_nobody_knows_sets_rows_aside_or_needs_the_caller():
    """A row without an owner has no mandate."""
    parts = read_files({"x.csv": to_csv([street_row(i) for i in range(9)] + [street_row(9, **{"Falls within": "?"})])})
    assert parts[-1].quarantine["reason"].to_pylist() == ["force-unknown"]
    stops = {"x.csv": to_csv([stop_row(1)], STOP)}
    assert read_files(stops)[0].refused == "force-unknown"
    assert read_files(stops, options=replace(OPTIONS, force="kent"))[0].slice_id == "police_uk/kent/stop/2024-05"


def test_ids_depend_on_the_pepper():
    """Public rows must not be findable among the records by hashing them."""
    one, other = (incidents(read_street(street_row(1), pepper=p))[0] for p in (b"a", b"b"))
    assert one["record_id"] != other["record_id"]
    assert one["row_hash"] != other["row_hash"]


def test_equal_characteristics_do_not_share_a_hash():
    """Else the hash would tell which people are alike to whoever sees it."""
    part = read_stops(stop_row(1), stop_row(2))
    hashes = part.tables["stop_equality"]["row_hash"].to_pylist()
    assert len(set(hashes)) == 2
