"""What the hotspots method will not do, whoever asks (red lines 1 to 3, PL-15, PL-18)."""

from __future__ import annotations

from pathlib import Path

import pytest

import peelian.analyse.hotspots as hotspots
from peelian.analyse.check import check_method
from peelian.analyse.hotspots import HOTSPOTS, run
from peelian.assess import assess_hotspots
from peelian.core.errors import RefusedError
from peelian.model.record import TABLES
from tests.support import hotspot_town as town


def test_police_initiated_offences_are_refused_with_the_reason():
    """A record of where police looked, used to say where police should look, feeds on itself."""
    with pytest.raises(RefusedError) as error:
        run({"incident": town.incidents(months=14)}, town.parameters(offences=["burglary", "drugs"]))
    assert error.value.code == "offence-police-initiated"
    assert "patrols" in error.value.reasons[0].what
    assert error.value.reasons[0].owner == "charter/red_lines.yml"


def test_tiny_budgets_are_refused_with_the_reason():
    """A handful of cells makes any index look splendid; that is how it is gamed."""
    with pytest.raises(RefusedError) as error:
        run({"incident": town.incidents(months=14)}, town.parameters(budgets=[0.0005, 0.01]))
    assert error.value.code == "budget-too-small"
    assert "skill" in error.value.reasons[0].what


def test_every_reason_is_given_not_the_first():
    """Who mends one fault should not meet the next only afterwards."""
    with pytest.raises(RefusedError) as error:
        run({"incident": town.incidents(months=14)}, town.parameters(offences=["drugs"], budgets=[0.0001]))
    assert [r.code for r in error.value.reasons] == ["offence-police-initiated", "budget-too-small"]


def test_an_assessment_cannot_go_round_the_refusals():
    """Testing a forbidden use is the first step to having it."""
    with pytest.raises(RefusedError):
        assess_hotspots(
            {"incident": town.incidents(months=14)},
            town.parameters(offences=["public-order"], months=[town.FIRST_MONTH + 13]),
            method=HOTSPOTS,
        )


def test_its_target_is_a_place_and_it_reads_nothing_about_persons():
    """No score of a person can come out where nothing about a person goes in."""
    spec = check_method(Path(hotspots.__file__).parent)
    assert spec.target == "place"
    for table, columns in spec.reads.items():
        for name in columns:
            column = TABLES[table].column(name)
            assert not column.personal
            assert not column.protected


def test_a_method_that_runs_away_may_not_be_mandated():
    """The verdict is a rule fixed before the run, not a judgement after it."""
    result = assess_hotspots(
        {"incident": town.incidents()},
        town.parameters(
            months=[town.FIRST_MONTH + 28, town.FIRST_MONTH + 29], contestants=["last-year"], discovered_share=0.5
        ),
        method=HOTSPOTS,
    )
    assert result["feedback"]["verdict"] == "runs-away"
    assert not result["verdict"]["may_be_mandated"]
    assert any("run away" in reason for reason in result["verdict"]["reasons"])
