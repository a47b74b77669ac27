"""What a contract says becomes of a row, and what becomes of a row that does not fit it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from peelian.core.errors import InvalidError
from peelian.ingest.catalogue import FOLDER, find_sources, of_contract, open_source
from peelian.ingest.check import check_source
from peelian.ingest.contract import load_contract
from peelian.ingest.safe_zip import list_memory
from peelian.model.record import TABLES
from tests.support.systems import (
    crime,
    crime_files,
    person,
    read_system,
    report,
    reports,
    rows_of,
    sample,
    set_aside,
    vehicle,
)

SYSTEMS = sorted(name for name in find_sources() if name not in ("incidents", "plans", "police_uk"))


QUICK = ("crime", "intelligence")


@pytest.mark.parametrize("name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.soak) for n in SYSTEMS])
def test_every_system_keeps_the_promises_of_a_source(name):
    """What is promised of sources is checked of each: order, names, undeclared columns, ids."""
    assert check_source(open_source(name), sample(name)) == []


def test_a_crime_becomes_an_incident_with_its_words_apart():
    """The words name people; whoever plans patrols reads the crime and not them."""
    slices = read_system(
        "crime", crime_files([crime("C1", summary="Mrs Owusu's ring was taken."), crime("C2", summary="", to="")])
    )
    one, two = rows_of(slices, "incident")
    assert (one["offence"], one["mo"], one["month"], one["precision"]) == ("burglary", "FDR|JEM", 24316, "interval")
    assert two["precision"] == "exact" and two["at_end"] - two["at_start"] == 60_000_000
    assert datetime.fromtimestamp(one["at_start"] / 1e6, UTC) == datetime(2026, 5, 2, 7, tzinfo=UTC)  # 08:00 in London
    assert one["_event_on"] == date(2026, 5, 2) and one["force"] == "northmere" and one["easting_m"] == 60000.0
    [text] = rows_of(slices, "incident_text")
    assert text["text"].startswith("Mrs Owusu") and text["event_ref"] == "C1" and text["record_id"] == one["record_id"]
    assert "burglary-prevention" not in text["_purposes"] and "_purposes" not in one


def test_a_person_is_what_the_system_wrote_with_the_event_s_day():
    """A row about a person has no date of its own: kept longer than its crime, it would be kept against the law."""
    files = crime_files([crime("C1")], [person("C1", part="CONV", nominal="N1"), person("C1", "1", nominal="N1")])
    one, two = rows_of(read_system("crime", files), "incident_person")
    assert (one["role"], one["role_stated"], one["_role_class"]) == ("convicted", "CONV", "offender-side")
    assert two["_role_class"] == "victim-side" and one["_event_on"] == date(2026, 5, 2)
    assert one["aliases"] == "Em|Manny" and one["phones"] == "06092916500|06092916501"
    assert one["birth_on"] == date(1991, 3, 4)
    assert one["subject_id"] == two["subject_id"] != one["record_id"]  # the system's own number, and one person


def test_persons_without_a_number_are_nobody_else():
    """Two strangers of one name must not be erased for each other."""
    files = crime_files([crime("C1")], [person("C1"), person("C1", "1")])
    one, two = rows_of(read_system("crime", files), "incident_person")
    assert one["subject_id"] == one["record_id"] != two["subject_id"]


@pytest.mark.parametrize(
    ("change", "reason", "column"),
    [
        ({"dob": "31/02/1990"}, "not-a-day", "dob"),
        ({"dob": "1990-03-31"}, "not-a-day", "dob"),
        ({"part": "BYSTANDER"}, "code-unknown", "part"),
        ({"part": ""}, "required-empty", "part"),
        ({"line": "first"}, "not-a-number", "line"),
        ({"crime_no": "C9"}, "event-missing", "crime_no"),
    ],
)
def test_a_row_that_does_not_fit_waits_with_its_reason_and_without_its_values(change, reason, column):
    """Nothing is dropped without a word, and quarantine is no second store of people."""
    others = [person("C1", str(i)) for i in range(1, 9)]
    slices = read_system("crime", crime_files([crime("C1")], [person("C1", **change), *others]))
    assert set_aside(slices) == [(reason, column, 2)]
    told = str([part.quarantine.to_pylist() for part in slices]) + str([part.warnings for part in slices])
    assert "Owusu" not in told and all(value not in told for value in change.values() if value)


@pytest.mark.parametrize("change", [{"recorded": "2026-02-31 10:00"}, {"from": "02/05/2026"}, {"offence": "BURGLARY"}])
def test_a_time_that_no_clock_shows_is_no_time(change):
    """An engine reads 31 February as 3 March; a crime would move."""
    slices = read_system("crime", crime_files([crime("C1", **change), *(crime(f"C{i}") for i in range(2, 9))]))
    assert len(set_aside(slices)) == 1 and len(rows_of(slices, "incident")) == 7


def test_a_row_comes_in_once_its_event_does():
    """Exports of one night are not always of one moment; what waits is not lost."""
    early = read_system(
        "crime", crime_files([crime("C1")], [person("C1"), *(person("C1", str(i)) for i in range(2, 9)), person("C2")])
    )
    assert ("event-missing", "crime_no", 10) in set_aside(early)
    late = read_system("crime", crime_files([crime("C1"), crime("C2")], [person("C1"), person("C2")]))
    assert set_aside(late) == [] and len(rows_of(late, "incident_person")) == 2


def test_a_delivery_without_its_events_is_refused():
    """People without their crimes would all be set aside, and the crimes would look withdrawn."""
    files = crime_files([crime("C1")], [person("C1")])
    [part] = read_system("crime", {"crime_persons.csv": files["crime_persons.csv"]})
    assert part.refused == "file-beside-missing"


def test_exact_copies_are_counted_and_rows_that_differ_are_all_kept():
    """A system writes a row twice; it also writes two different rows under one number."""
    slices = read_system("crime", crime_files([crime("C1"), crime("C1"), crime("C1", offence="ROBB")]))
    rows = rows_of(slices, "incident")
    assert sorted(r["offence"] for r in rows) == ["burglary", "robbery"] and len({r["record_id"] for r in rows}) == 2
    assert sum(part.counts.duplicate for part in slices) == 1


def test_sealed_and_graded_reports_say_so_in_every_row():
    """A sealed report whose subjects could be looked up would not be sealed."""
    files = reports(
        report("I1", sealed=True, handling="C", vehicles=[{"part": "USED", "vrm": "JO24 GLW"}]), report("I2")
    )
    slices = read_system("intelligence", files)
    for table in ("intelligence", "intelligence_text", "intelligence_person", "intelligence_vehicle"):
        first = rows_of(slices, table)[0]
        assert first["_markings"] == "sealed-case" and first["_handling"] == "C", table
    assert rows_of(slices, "intelligence_person")[1]["_markings"] in (None, "")


def test_what_passed_between_somebody_and_their_lawyer_is_marked():
    """Material that may not be used must not first be read by whoever looks for it."""
    slices = read_system(
        "intelligence", reports(report("I1", text="LEGALLY PRIVILEGED: said to her solicitor."), report("I2"))
    )
    one, two = rows_of(slices, "intelligence_text")
    assert one["_markings"] == "privileged-material" and not two["_markings"]
    assert rows_of(slices, "intelligence_person")[0]["_markings"] == "privileged-material"


def test_what_is_about_ethnicity_or_sex_goes_to_the_sealed_table_alone():
    """Red line 2: a protected characteristic is readable by an assessment and nobody else."""
    for name in SYSTEMS:
        for kind in load_contract(FOLDER / name).files:
            for rule in kind.columns:
                said = rule.name.casefold()
                if any(word in said for word in ("ethnic", "sex", "religion", "gender")):
                    assert rule.dropped or all(TABLES[t.split(".")[0]].sealed for t in rule.targets)
    slices = read_system("stop_search", {p.name: p.read_bytes() for p in sample("stop_search").iterdir()})
    assert rows_of(slices, "stop_equality")[0]["sex"] in ("Male", "Female")
    assert all(row["role"] == "other" and row["_role_class"] == "none" for row in rows_of(slices, "stop_person"))
    assert len(rows_of(slices, "stop_vehicle")) < len(rows_of(slices, "stop"))  # a search without a car has no car


def test_of_a_partner_only_the_agreed_fields_are_parsed():
    """Debts, benefits and ethnicity stand in the same file; they never get past the door."""
    slices = read_system("housing", {"tenancies.csv": (sample("housing") / "tenancies.csv").read_bytes()})
    rows = rows_of(slices, "tenancy")
    assert {c for row in rows for c, v in row.items() if v is not None} & set(TABLES["tenancy"].column_names) == {
        "address", "tenancy_from", "cuckooing_concern", "vulnerable_tenant"
    }  # fmt: skip
    dropped = slices[0].counts.dropped_columns
    assert {"tenant", "arrears", "benefit", "ethnicity", "postcode"} == set(dropped)


def test_a_source_is_a_folder_and_nothing_else(tmp_path):
    """Connecting one more system must not need a programmer."""
    folder = tmp_path / "fleet_tracker"
    folder.mkdir()
    text = (FOLDER / "anpr" / "source.yml").read_text().replace("source: anpr", "source: fleet_tracker")
    (folder / "source.yml").write_text(text)
    assert find_sources(tmp_path)["fleet_tracker"] == folder
    assert open_source("fleet_tracker", folders=[tmp_path]).contract.source == "fleet_tracker"
    (tmp_path / "anpr").mkdir()
    (tmp_path / "anpr" / "source.yml").write_text(text)
    with pytest.raises(InvalidError, match="source-twice"):
        find_sources(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("event: [at]", "event: [att]", 'no kept column "att"'),
        ("event: [at]", "event: []", "from which day"),
        ("keep: plate_read.camera", "keep: plate_read.lens", "is no column of"),
        ("shape: records", "shape: magic", '"shape" is one of'),
        ("key: [camera, at, plate]", "key: [camera, att]", 'no kept column "att"'),
        ("form: epoch-ms", "codes: lenses", "no list of codes"),
    ],
)
def test_a_contract_that_names_what_is_not_there_is_refused_with_its_line(tmp_path, old, new, what):
    """A misspelt column would be silently empty for years."""
    text = (FOLDER / "anpr" / "source.yml").read_text()
    assert old in text
    (tmp_path / "source.yml").write_text(text.replace(old, new))
    with pytest.raises(InvalidError, match=what) as found:
        load_contract(tmp_path)
    assert found.value.facts["line"] > 0


def test_a_vehicle_s_role_is_kept_and_told():
    """A car that was taken and one that was used are not one suspicion."""
    files = crime_files([crime("C1")], vehicles=[vehicle("C1", part="TAKEN"), vehicle("C1", "1", part="USED")])
    assert [v["role"] for v in rows_of(read_system("crime", files), "incident_vehicle")] == ["taken", "used"]
    assert of_contract(open_source("crime").contract).reads("crimes.csv") and list_memory(files).files
