"""How well pairs are found: the count must be right before anybody believes it."""

from __future__ import annotations

from datetime import date

import pytest

from peelian.app.pairs_measured import measure
from peelian.assess.pairs import Setting, Somebody, measure_pairs
from peelian.core.errors import MissingError

PEOPLE = [
    Somebody(
        f"Given{chr(97 + n // 20)}{chr(97 + n % 20)}", f"Sur{chr(97 + n % 26)}{chr(97 + n // 26)}",
        date(1960 + n % 40, 1 + n % 12, 1 + n % 28), f"{n // 2} Mill Road", "NM1 4AB", f"+4477009{n:05d}", n // 2,
        (f"AB{n % 90 + 10}CD{chr(65 + n // 90)}",),
    )
    for n in range(400)
]  # fmt: skip
SURE = Setting(staff=30, asked=60, looks_per_resident=0.0, p_late=0, p_misspelt=0, p_undeclared=0, p_chance=0)


def test_without_chance_every_lead_is_right_and_every_pair_is_found():
    """What is missed or wrong must come from what was planted, not from the counting."""
    told = measure_pairs(PEOPLE, within_days=14, seed=1, setting=SURE)
    assert told["planted"] > 10 and told["synthetic"] is True
    assert told["all"]["precision"] == 1.0 and told["all"]["recall"] > 0.9


def test_what_cannot_be_found_is_counted_as_missed():
    """A measure that leaves out the hard ones flatters."""
    late = measure_pairs(PEOPLE, within_days=14, seed=1, setting=Setting(**{**SURE.__dict__, "p_late": 1.0}))
    assert late["planted"] > 10 and late["all"]["recall"] < 0.2


def test_the_same_seed_says_the_same():
    """A figure that cannot be made again is an anecdote."""
    assert measure_pairs(PEOPLE, within_days=7, seed=5) == measure_pairs(PEOPLE, within_days=7, seed=5)


def test_no_truth_no_figure(tmp_path):
    """Pairs are planted among made-up people alone."""
    with pytest.raises(MissingError) as caught:
        measure(tmp_path)
    assert caught.value.code == "truth-missing"
