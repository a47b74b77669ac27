"""How decisions turned out, at the command line: for whoever has the duty, and held back while it rests on too few."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.walk import Walk, new_walk


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Give a deployment with a model owner and an analyst signed in."""
    folder: Path = tmp_path_factory.mktemp("measure")
    return new_walk(folder / "walk", "model-owner-1", "analyst-1")


def test_too_few_plans_are_held_back(walk):
    """A share of two plans would tell each officer how the other one did."""
    told = walk.json("measure", "decisions", as_="model-owner-1")
    assert told["suppressed"] is True
    assert not any("value" in share for share in told.values() if isinstance(share, dict))


def test_whoever_has_not_the_duty_measures_nothing(walk):
    """Measures of decisions in anybody's hands become a ranking of officers."""
    told = walk.run("measure", "decisions", "--json", as_="analyst-1")
    assert told.error["code"] == "refused-by-rule" and not told.out
