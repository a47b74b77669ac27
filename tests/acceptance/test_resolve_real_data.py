"""Published data sets with a known truth: linked as Peelian links, measured by somebody else's answer."""

from __future__ import annotations

import pytest

from peelian.app.linking.resolve_testing import DATASETS, assess_resolving
from peelian.core.errors import MissingError
from peelian.resolve.published import read_published


@pytest.mark.realdata
@pytest.mark.parametrize(("dataset", "f1"), [("febrl1", 0.985), ("febrl3", 0.99)])
def test_saturated_data_sets_stay_at_their_ceiling(real_data, dataset, f1):
    """Whoever cannot link these cannot link anything."""
    figures = assess_resolving(real_data, dataset, random_pairs=100_000)
    assert figures["clustered"]["f1"] >= f1
    assert figures["clustered"]["precision"] >= 0.99


@pytest.mark.realdata
@pytest.mark.soak
def test_historical_people_are_linked_better_than_by_the_documented_settings(real_data):
    """Fifty thousand rows with the errors of real sources: issue 4 asks for these figures."""
    figures = assess_resolving(real_data, "historical_50k")
    assert figures["clustered"]["f1"] >= 0.88
    assert figures["clustered"]["precision"] >= 0.97
    assert figures["blocking_recall"] >= 0.90
    assert {"female", "male"} <= set(figures["groups"]["sex"])


@pytest.mark.realdata
@pytest.mark.parametrize("dataset", DATASETS)
def test_every_published_data_set_is_read_whole_and_its_truth_kept_apart(real_data, dataset):
    """Who could see the truth while linking would have measured nothing."""
    published = read_published(real_data, dataset)
    assert published.people.num_rows == published.truth.num_rows > 900
    assert "person" not in published.people.column_names


def test_a_data_set_that_is_not_there_is_said_to_be_missing(tmp_path):
    """Published data is not part of the product."""
    with pytest.raises(MissingError) as raised:
        read_published(tmp_path, "febrl1")
    assert raised.value.code == "dataset-missing"
