"""Reading an archive: order, progress, interruption, resumption, bad files among good ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peelian.core.errors import InvalidError
from peelian.ingest.catalogue import FOLDER, open_source
from peelian.ingest.check import check_source
from peelian.ingest.contract import load_contract
from peelian.ingest.run import Reading, read_slices
from peelian.ingest.safe_zip import list_memory
from peelian.ingest.slice import merge_warnings, slice_schema
from peelian.model.record import TABLES
from tests.support.ingest import (
    OPTIONS,
    OUTCOMES,
    identities,
    outcome_row,
    read_files,
    street_csv,
    street_row,
    to_csv,
    to_zip,
)

MONTHS = [f"2024-{m:02d}" for m in range(1, 7)]
FILES = {f"{m}/{m}-northmere-street.csv": street_csv(20 + i, Month=m) for i, m in enumerate(MONTHS)}


def test_slices_come_in_order_with_the_declared_schema():
    """The store commits them one by one; order and shape are a promise."""
    parts = read_files(FILES)
    assert [p.slice_id for p in parts] == [f"police_uk/northmere/street/{m}" for m in MONTHS]
    assert all(p.tables["incident"].schema == slice_schema(TABLES["incident"]) for p in parts)


def test_threads_give_the_same_rows_in_the_same_order(tmp_path):
    """Two cores must not give another lake than one."""
    archive = to_zip(tmp_path / "a.zip", FILES)
    one, two = (
        [
            (p.slice_id, p.tables["incident"])
            for p in read_slices(open_source("police_uk"), archive, replace(OPTIONS, threads=n))
        ]
        for n in (1, 2)
    )
    assert one == two


def test_progress_counts_files_bytes_and_rows_and_does_not_guess():
    """A bar that says two minutes for an hour is worse than none."""
    told = []
    ticks = iter(range(100))
    reading = Reading(
        open_source("police_uk"), list_memory(FILES), OPTIONS, progress=told.append, timer=lambda: next(ticks) / 2
    )
    list(reading)
    assert [p.files_done for p in told] == [1, 2, 3, 4, 5, 6]
    assert (told[-1].bytes_done, told[-1].rows) == (sum(map(len, FILES.values())), reading.counts.read)
    assert told[0].remaining_s is None
    assert told[2].remaining_s == pytest.approx(1.5, rel=0.15)
    assert told[-1].remaining_s == 0
    assert told[-1].rows_per_s == pytest.approx(reading.counts.read / 3)


def test_a_reading_can_be_stopped_and_taken_up_again():
    """A night's load that is interrupted at half goes on at half."""
    source = open_source("police_uk")
    committed = {}
    first = []
    for part in Reading(source, list_memory(FILES), replace(OPTIONS, threads=2)):
        first.append(part)
        committed[part.slice_id] = part.fingerprint
        if len(first) == 3:
            break
    again = Reading(source, list_memory(FILES), OPTIONS, seen=committed)
    rest = list(again)
    assert again.slices_skipped == 3
    assert identities([*first, *rest]) == identities(read_files(FILES))


def test_a_slice_is_read_again_when_anything_that_decides_its_rows_changes():
    """Skipping is safe only for the same bytes under the same rules."""
    source = open_source("police_uk")
    name = f"{MONTHS[0]}/{MONTHS[0]}-northmere-street.csv"
    (part,) = read_files({name: FILES[name]})
    seen = {part.slice_id: part.fingerprint}

    def n_read(files=None, options=OPTIONS, of=source):
        return len(list(Reading(of, list_memory(files or {name: FILES[name]}), options, seen=seen)))

    assert n_read() == 0
    assert n_read(options=replace(OPTIONS, read_at=5, threads=2)) == 0
    assert n_read({name: street_csv(21, Month=MONTHS[0])}) == 1
    assert n_read(options=replace(OPTIONS, epsg=32630)) == 1
    assert n_read(of=replace(source, contract=replace(source.contract, hash="other"))) == 1


def test_a_bad_file_does_not_stop_the_good_ones_nor_replace_anything():
    """One damaged month in five years: the rest comes in, the old month stays."""
    bad = "2024-03/2024-03-northmere-street.csv"
    parts = read_files(FILES | {bad: FILES[bad][:-30]})
    assert [p.refused for p in parts] == ["", "", "file-truncated", "", "", ""]
    refused = parts[2]
    assert (dict(refused.tables), refused.fingerprint) == ({}, "")
    assert refused.slice_id == "police_uk/northmere/street/2024-03"
    (row,) = refused.quarantine.to_pylist()
    assert (row["reason"], row["file_name"], row["line"]) == ("file-truncated", bad, 23)
    assert refused.warnings[0].code == "file-refused"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file-empty"),
        (b"Crime ID,Month\n", "header-mismatch"),
        (to_csv([]), "assertion-failed"),
        (to_csv([outcome_row(1)], OUTCOMES), "header-mismatch"),
        (to_csv([street_row(i, Month="?") for i in range(5)]), "assertion-failed"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(data, code):
    """Loading nothing in place of a month would withdraw the month."""
    (part,) = read_files({"2024-01-northmere-street.csv": data})
    assert (part.refused, dict(part.tables)) == (code, {})


def test_a_file_refused_for_its_rows_says_which_rows_and_why(tmp_path):
    """Whoever maps their own export needs the column to mend; "a quarter was set aside" leaves them guessing."""
    file = tmp_path / "2024-01-northmere-street.csv"
    file.write_bytes(to_csv([street_row(i, Month="?" if i > 1 else "2024-01") for i in range(5)]))
    with pytest.raises(InvalidError) as caught:
        list(read_slices(open_source("police_uk"), file, OPTIONS))
    assert caught.value.code == "assertion-failed"
    assert "(month) in 3, first line 4" in caught.value.what.lower()
    assert "?" not in caught.value.what


def test_a_single_bad_file_is_an_error(tmp_path):
    """Whoever points at one file wants to hear it, not read a count."""
    (tmp_path / "2024-01-northmere-street.csv").write_bytes(b"")
    with pytest.raises(InvalidError) as caught:
        list(read_slices(open_source("police_uk"), tmp_path / "2024-01-northmere-street.csv", OPTIONS))
    assert caught.value.code == "file-empty"


def test_files_of_no_declared_kind_are_counted_and_left():
    """An archive carries a readme; it must not stop, nor be read as crimes."""
    reading = Reading(
        open_source("police_uk"), list_memory(FILES | {"README.txt": b"x", "n.csv": b"a,b\n1,2\n"}), OPTIONS
    )
    assert len(list(reading)) == 6
    assert [(w.code, w.count) for w in reading.warnings] == [("file-not-known", 1), ("file-not-known", 1)]
    assert [(w.code, w.count) for w in merge_warnings(reading.warnings)] == [("file-not-known", 2)]


def test_nothing_to_read_is_an_error(tmp_path):
    """A wrong path must not look like a clean load."""
    for files in ({"README.txt": b"x"}, {}):
        with pytest.raises(InvalidError) as caught:
            read_files(files)
        assert caught.value.code == "nothing-to-read"
    (tmp_path / "n.csv").write_bytes(b"a,b\n1,2\n")
    with pytest.raises(InvalidError) as caught:
        list(read_slices(open_source("police_uk"), tmp_path / "n.csv", OPTIONS))
    assert caught.value.code == "nothing-to-read"


def test_the_same_file_twice_is_read_once():
    """Archives overlap; a copy says nothing new."""
    name = f"{MONTHS[0]}-northmere-street.csv"
    reading = Reading(
        open_source("police_uk"), list_memory({f"a/{name}": FILES[f"{MONTHS[0]}/{name}"]} | FILES), OPTIONS
    )
    assert len(list(reading)) == 6
    assert [w.code for w in reading.warnings] == ["file-repeated"]


def test_two_versions_of_one_slice_are_an_error():
    """Which of the two is right is not for the order of names to decide."""
    name = f"{MONTHS[0]}-northmere-street.csv"
    with pytest.raises(InvalidError) as caught:
        read_files({f"a/{name}": street_csv(3, Month=MONTHS[0])} | FILES)
    assert caught.value.code == "slice-claimed-twice"
    with pytest.raises(InvalidError) as caught:
        read_files({"x.csv": street_csv(3), "y.csv": street_csv(4)})
    assert caught.value.code == "slice-claimed-twice"


@pytest.mark.parametrize(
    ("name", "mapping"), [("police_uk", None), ("incidents", "northmere-crimes.yml"), ("plans", None)]
)
def test_every_source_keeps_the_promises_of_sources(name, mapping):
    """A new source is checked by the same list as the ones that came with the house."""
    sample = FOLDER / name / "sample"
    assert check_source(open_source(name, sample / mapping if mapping else None), sample) == []


def test_the_checker_finds_a_source_that_breaks_its_promises():
    """A checker that always says yes is theatre."""
    source = open_source("police_uk")

    def careless(door, context):
        shaped = source.shape(door, context)
        return replace(shaped, key=shaped.key.append_column("line", [shaped.lines]))

    problems = check_source(replace(source, shape=careless), FOLDER / "police_uk" / "sample")
    assert any("another order of rows" in p for p in problems)
    assert load_contract(FOLDER / "police_uk").source == "police_uk"
