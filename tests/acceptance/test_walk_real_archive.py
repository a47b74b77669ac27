"""A real archive of one small force, from the zip to a forecast, counted beside a plain reading of its files."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest

from tests.support.walk import Walk, call

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def archive(real_data) -> Path:
    """Give the archive of the City of London, the smallest territorial force."""
    path = real_data / "police_uk" / "city-of-london-2018-2019.zip"
    if not path.is_file():
        pytest.skip("the archive of the City of London is not among the real data here")
    return path


@pytest.fixture(scope="module")
def counted(archive) -> dict[str, int]:
    """Count the archive's rows by kind with the standard library alone."""
    n = {"street": 0, "outcomes": 0, "stop-and-search": 0, "burglary": 0}
    with zipfile.ZipFile(archive) as holder:
        for name in holder.namelist():
            kind = next((k for k in n if name.endswith(f"-{k}.csv")), None)
            if kind is None:
                continue
            with holder.open(name) as raw:
                for row in csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")):
                    n[kind] += 1
                    n["burglary"] += row.get("Crime type") == "Burglary" and bool(row["Longitude"])
    return n


@pytest.fixture(scope="module")
def walk(archive, tmp_path_factory) -> Walk:
    """Found a deployment on an area derived from the archive itself."""
    folder = tmp_path_factory.mktemp("real")
    area = folder / "area.geojson"
    call("area", "derive", archive, "--before", "2019-07", "--out", area, home=folder / "home").ok()
    call("init", folder / "d", "--area", area, "--force-id", "city-of-london", home=folder / "home").ok()
    walk = Walk(folder / "d", folder / "home")
    walk.train()
    walk.enter("data-engineer-1", "analyst-1")
    return walk


def test_every_row_of_a_real_archive_is_accounted_for(walk, archive, counted):
    """The counts that the door prints are those of somebody who never heard of the door."""
    told = walk.ingest("police-uk", archive)
    assert told["read"] == counted["street"] + counted["outcomes"] + counted["stop-and-search"]
    assert told["read"] == told["kept"] + told["duplicate"] + told["quarantined"]
    assert told["added"] == told["kept"]
    assert told["files_refused"] == []
    again = walk.ingest("police-uk", archive)
    assert (again["added"], again["changed"], again["deleted"]) == (0, 0, 0)


def test_a_forecast_from_real_burglaries_rests_on_those_in_the_files(walk, counted):
    """One method, one area, and the number of rows it was made from."""
    finding = walk.json("analyse", "hotspots", as_="analyst-1")
    assert 0.95 * counted["burglary"] <= finding["rows_read"] <= counted["burglary"] + 50
    again = walk.json("replay", finding["id"], "--threads", 1, as_="analyst-1")
    assert again["same"] is True
