"""Difficulty is honest: what makes the made-up city hard is what was written wrongly, and it can be switched off."""

from __future__ import annotations

import pytest

from benchmarks.evaluation.city_errors import compare


@pytest.mark.soak
def test_switching_the_errors_off_raises_every_score():
    """A score that does not rise was held down by something that nobody documented."""
    written, clean = compare("village", 1829)
    assert clean["blocking_recall"] > written["blocking_recall"]
    for score in ("pairwise", "clustered"):
        assert clean[score]["f1"] > written[score]["f1"] + 0.005
        assert clean[score]["missed_merge_rate"] < 0.2 * written[score]["missed_merge_rate"]
