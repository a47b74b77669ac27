"""Quarantine holds no values; what was set aside is tried again from the source."""

from __future__ import annotations

import pytest

from peelian.core.errors import MissingError
from peelian.ingest.catalogue import open_source
from peelian.ingest.replay import replay_quarantine
from peelian.ingest.run import read_slices
from tests.support.ingest import OPTIONS, identities, street_csv, street_row, to_csv, to_zip

GOOD = "2024-04/2024-04-northmere-street.csv"
BAD = "2024-05/2024-05-northmere-street.csv"
ROWS = [street_row(i) for i in range(9)] + [street_row(9, Latitude="fifty-four")]


@pytest.fixture
def archive(tmp_path):
    """Give an archive with one row that is set aside."""
    return to_zip(tmp_path / "a.zip", {GOOD: street_csv(3, Month="2024-04"), BAD: to_csv(ROWS)})


def quarantined(archive):
    """Read an archive and give its rows of quarantine."""
    parts = list(read_slices(open_source("police_uk"), archive, OPTIONS))
    return parts, [row for p in parts for row in p.quarantine.to_pylist()]


def test_only_the_files_named_in_quarantine_are_read_again(archive):
    """Replaying one line must not reload five years."""
    parts, rows = quarantined(archive)
    replay = replay_quarantine(open_source("police_uk"), archive, rows, OPTIONS)
    again = list(replay)
    assert [p.file_name for p in again] == [BAD]
    assert (replay.n_asked, replay.n_mended, replay.n_still) == (1, 0, 1)
    assert identities(again) == identities([parts[1]])


def test_a_mended_rule_brings_the_row_in_and_leaves_the_others_alone(archive, monkeypatch):
    """Good rows keep their ids, so that nothing downstream is disturbed."""
    parts, rows = quarantined(archive)
    words = {"fifty-four": 54.0}
    monkeypatch.setattr("peelian.ingest.shaping._number", lambda text: words.get(text) or float(text))
    replay = replay_quarantine(open_source("police_uk"), archive, rows, OPTIONS)
    (again,) = replay
    assert (replay.n_mended, replay.n_still, again.counts.kept) == (1, 0, 10)
    assert identities([parts[1]]) < identities([again])


def test_another_version_of_the_file_is_not_replayed(tmp_path, archive):
    """Line 11 of another file is another row."""
    _, rows = quarantined(archive)
    other = to_zip(tmp_path / "b.zip", {BAD: to_csv(ROWS[1:])})
    gone = to_zip(tmp_path / "c.zip", {GOOD: street_csv(3, Month="2024-04")})
    for path in (other, gone):
        with pytest.raises(MissingError) as caught:
            list(replay_quarantine(open_source("police_uk"), path, rows, OPTIONS))
        assert caught.value.code == "quarantine-source-gone"


def test_quarantine_holds_no_value_of_the_row(archive):
    """PL-02: what was not understood may be anything about anybody."""
    _, (row,) = quarantined(archive)
    assert "fifty-four" not in str(row)
    assert (row["line"], row["reason"], row["column_name"], row["file_name"]) == (11, "not-a-number", "Latitude", BAD)
