"""A folder that is watched is taken in when it is still, once; a new source begins with everything at the door."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from peelian.app.intake.deliveries import ingest_systems, watch
from peelian.app.intake.source_contracts import check, list_sources, new_source
from peelian.core.errors import InvalidError
from peelian.ingest.contract import load_contract
from tests.support.systems import sample


def looks(folder, happen):
    """Watch a folder for as many looks as things happen between them; return after which looks it was taken in."""
    taken, looked = [], [0]

    def sleep(_seconds):
        looked[0] += 1
        step = happen[looked[0] - 1]
        if step:
            step()

    rounds = len(happen) + 1
    for _ in watch(lambda: taken.append(looked[0]) or {}, folder, every_s=1.0, rounds=rounds, sleep=sleep):
        pass
    return taken


def test_a_file_that_is_still_being_written_is_left_alone(tmp_path):
    """Half an export would withdraw the other half."""
    file = tmp_path / "crimes.csv"

    def grow():
        file.write_bytes(b"x" * (file.stat().st_size + 10 if file.exists() else 10))

    assert looks(tmp_path, [grow, grow, grow, None, None, None]) == [4]


def test_what_is_taken_in_is_not_taken_in_again_until_it_changes(tmp_path):
    """A look a minute must not be a commit a minute."""
    (tmp_path / "a.csv").write_bytes(b"1")
    more = lambda: (tmp_path / "b.csv").write_bytes(b"2")  # noqa: E731
    assert looks(tmp_path, [None, None, more, None, None]) == [1, 4]


def test_an_empty_folder_is_waited_at(tmp_path):
    """The first export may come tomorrow."""
    assert looks(tmp_path, [None, None]) == []


def test_a_folder_that_is_a_link_is_not_part_of_a_delivery(tmp_path):
    """Whoever may write into the watched folder may not thereby choose what else of the machine is read."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "crime").symlink_to(sample("crime"), target_is_directory=True)
    nobody = SimpleNamespace(deployment=SimpleNamespace(folder=tmp_path / "house"))
    with pytest.raises(InvalidError) as caught:
        ingest_systems(nobody, tmp_path / "in")
    assert caught.value.code == "nothing-to-read"


@pytest.mark.parametrize(
    ("file", "kinds"),
    [
        ("custody/custody.xlsx", {"custody_detentions", "custody_people", "custody_markers"}),
        ("safeguarding/reports.xml", {"reports_report", "reports_report_person"}),
        ("crime", {"crimes", "crime_persons", "crime_vehicles"}),
    ],
)
def test_a_new_source_begins_with_every_column_at_the_door(tmp_path, file, kinds):
    """A column that comes in because nobody decided is the way that data grows."""
    source, _, name = file.partition("/")
    made = new_source("fleet_tracker", sample(source) / name if name else sample(source), tmp_path)
    contract = load_contract(tmp_path / "fleet_tracker")
    assert {kind.name for kind in contract.files} == kinds and made["contract"].endswith("source.yml")
    assert all(len(kind.kept) == 1 and not kind.kept[0].personal for kind in contract.files)


def test_a_contract_that_somebody_wrote_is_not_overwritten(tmp_path):
    """An afternoon's decisions about columns are not undone by a second try."""
    new_source("fleet_tracker", sample("housing"), tmp_path)
    with pytest.raises(InvalidError, match="source-there"):
        new_source("fleet_tracker", sample("housing"), tmp_path)
    with pytest.raises(InvalidError, match="source-name-unfit"):
        new_source("../fleet", sample("housing"), tmp_path)
    (tmp_path / "x.txt").write_text("no header")
    with pytest.raises(InvalidError, match="nothing-to-draft"):
        new_source("notes", tmp_path / "x.txt", tmp_path)


def test_a_source_without_a_sample_does_not_pass_the_check(tmp_path):
    """What was never read is not known to be read rightly."""
    new_source("fleet_tracker", sample("housing"), tmp_path)
    assert check(str(tmp_path / "fleet_tracker"), None)["problems"]
    (tmp_path / "fleet_tracker" / "sample" / "tenancies.csv").write_bytes(
        (sample("housing") / "tenancies.csv").read_bytes()
    )
    assert check(str(tmp_path / "fleet_tracker"), None)["problems"] == []


def test_every_source_is_listed_with_what_it_feeds():
    """Whoever asks what comes in should get one list."""
    listed = {row["source"]: row for row in list_sources(None)["sources"]}
    assert {"crime", "custody", "intelligence", "command_control", "anpr", "stop_search"} <= set(listed)
    assert listed["housing"]["partner"] and listed["housing"]["tables"] == ["tenancy"]
