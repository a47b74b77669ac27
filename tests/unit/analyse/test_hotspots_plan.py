"""From tables and parameters to a ranked plan, and what is said about odd data."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from peelian.analyse.hotspots import HOTSPOTS, run
from peelian.analyse.hotspots.explain import sentence, waterfall, waterfall_markdown
from peelian.core.canonical import canonical_bytes
from peelian.core.counts import starts_of_months
from peelian.core.errors import InvalidError
from tests.support import hotspot_town as town


@pytest.fixture(scope="module")
def result():
    """Run the method once."""
    return run({"incident": town.incidents()}, town.parameters())


def warned(prepared) -> dict[str, int]:
    """Give warnings as code and count."""
    return {w["code"]: w["count"] for w in prepared.warnings}


def test_result_is_plain_and_ranked(result):
    """What leaves the worker is canonical data, best place first."""
    assert canonical_bytes(result)
    expected = [c["expected"] for c in result["cells"]]
    assert expected == sorted(expected, reverse=True)
    assert [c["rank"] for c in result["cells"]] == list(range(1, len(expected) + 1))
    assert [b["budget"] for b in result["budgets"]] == [0.01, 0.02, 0.05]
    assert result["budgets"][-1]["cells"] == len(expected)


def test_each_cell_has_its_interval_around_it(result):
    """A number without its uncertainty is read as certain."""
    for cell in result["cells"]:
        assert cell["low"] <= cell["expected"] <= cell["high"]
        assert cell["count_low"] <= cell["count_high"]


def test_waterfall_ends_at_the_expected_count(result):
    """The reasons a person reads add up to the figure they were given, to the last digit."""
    for cell in result["cells"]:
        steps = waterfall(cell, result["periods"])
        assert float(steps[-1]["upto"]) == cell["expected"]
        assert str(cell["expected"]) in waterfall_markdown(cell, result["periods"])


def test_sentence_is_one_a_sergeant_would_read(result):
    """No jargon, no cell numbers, no false precision."""
    words = sentence(result["cells"][0], result["periods"])
    assert words.startswith("About ")
    assert "recorded here in the last twelve months" in words
    assert "c200-" not in words


def test_recorded_counts_are_the_records(result):
    """The counts shown beside a place can be checked against the records by hand."""
    table, cell = town.incidents(), result["cells"][0]
    east, north, month = (table[c].to_numpy() for c in ("easting_m", "northing_m", "month"))
    here = (east // 200 * 200 == cell["easting_m"]) & (north // 200 * 200 == cell["northing_m"])
    latest = int((here & (month == town.FIRST_MONTH + 28)).sum())
    assert cell["recorded"][0] == latest
    assert sum(cell["recorded"]) == int((here & (month < town.FIRST_MONTH + 29)).sum())


def test_repeated_records_count_once():
    """A file loaded twice must not double a street's crime."""
    table = town.incidents()
    twice = pa.concat_tables([table, table.slice(0, 100)])
    prepared = HOTSPOTS.prepare({"incident": twice}, town.parameters())
    assert warned(prepared)["repeated-record"] == 100
    assert prepared.counts.weight.sum() == table.num_rows


def test_other_offences_are_not_counted():
    """The method sees what was approved and nothing else, even when the view holds more."""
    table = town.incidents()
    mixed = table.set_column(1, "offence", pa.array([["burglary", "robbery"][i % 2] for i in range(table.num_rows)]))
    prepared = HOTSPOTS.prepare({"incident": mixed}, town.parameters())
    assert prepared.counts.weight.sum() == (table.num_rows + 1) // 2


def test_from_to_times_are_spread_and_known_when_over():
    """A burglary found in March was not known in February, though it may have happened then."""
    table = town.incidents(months=20)
    start = starts_of_months(table["month"].to_numpy())
    end = np.where(np.arange(len(start)) % 2 == 0, start + 45 * 86_400_000_000, start + 1)
    table = table.append_column("at_start", pa.array(start)).append_column("at_end", pa.array(end))
    prepared = HOTSPOTS.prepare({"incident": table}, town.parameters())
    assert prepared.counts.weight.sum() == pytest.approx(table.num_rows)
    assert (prepared.counts.known > prepared.counts.month).any()


def test_late_records_are_used_only_once_known():
    """As-known-at data: an assessment may not train on reports that came in later."""
    table = town.incidents()
    recorded = starts_of_months(table["month"].to_numpy() + np.where(np.arange(table.num_rows) % 5, 0, 4))
    table = table.append_column("recorded_at", pa.array(recorded))
    plain = HOTSPOTS.prepare({"incident": table}, town.parameters())
    known = HOTSPOTS.prepare({"incident": table}, town.parameters(as_known=True))
    target = town.FIRST_MONTH + 29
    used = [p.counts.weight[p.counts.usable(target, 0)].sum() for p in (plain, known)]
    assert used[1] < used[0]


def test_archives_read_years_later_cannot_say_what_was_known():
    """A bulk load stamps every row with today; taking that as date of knowledge would leave nothing to learn from."""
    table = town.incidents()
    table = table.append_column("recorded_at", pa.array(starts_of_months(table["month"].to_numpy() + 90)))
    prepared = HOTSPOTS.prepare({"incident": table}, town.parameters(as_known=True))
    assert warned(prepared)["recorded-late"] == table.num_rows
    assert HOTSPOTS.fit(prepared.grid, prepared.counts, town.FIRST_MONTH + 29, prepared.settings)


def test_snapped_points_are_pointed_out():
    """Points moved to a list of places make small cells look clever."""
    table = town.incidents()
    snapped = table.set_column(3, "easting_m", pa.array(np.round(table["easting_m"].to_numpy(), -3)))
    snapped = snapped.set_column(4, "northing_m", pa.array(np.round(table["northing_m"].to_numpy(), -3)))
    assert warned(HOTSPOTS.prepare({"incident": snapped}, town.parameters()))["points-shared"] > 0.9 * table.num_rows


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"polygon": None}, "parameter-invalid"),
        ({"cell_m": 5}, "parameter-invalid"),
        ({"budgets": [0.9]}, "parameter-invalid"),
        ({"lag_months": -1}, "parameter-invalid"),
        ({"offences": []}, "parameter-invalid"),
    ],
)
def test_settings_out_of_range_are_refused(changes, code):
    """A mistyped setting must stop the run, not bend it."""
    if changes.get("polygon", 0) is None:
        changes, code = {"polygon": {"type": "Point", "coordinates": [1, 2]}}, "polygon-invalid"
    with pytest.raises(InvalidError) as error:
        run({"incident": town.incidents(months=14)}, town.parameters(**changes))
    assert error.value.code == code


def test_missing_settings_and_columns_are_named():
    """The message says what to pass, not that something failed."""
    with pytest.raises(InvalidError, match="police_initiated"):
        run({"incident": town.incidents(months=14)}, {"polygon": town.polygon(), "cell_m": 200, "offences": ["b"]})
    with pytest.raises(InvalidError, match="northing_m"):
        run({"incident": town.incidents(months=14).drop_columns(["northing_m"])}, town.parameters())


def test_polygon_of_another_place_is_refused():
    """Most incidents outside the area means the wrong area: a budget of it would mean nothing."""
    table = town.incidents(months=14)
    far = table.set_column(3, "easting_m", pa.array(table["easting_m"].to_numpy() + 50_000))
    with pytest.raises(InvalidError) as error:
        run({"incident": far}, town.parameters())
    assert error.value.code == "points-outside"
