"""What Spark links is what one machine links: tried where Spark and Java are, skipped plainly where they are not."""

from __future__ import annotations

import shutil
import sys

import pytest
import sqlglot

from peelian.core.errors import MissingError
from peelian.resolve.link import find_links
from peelian.resolve.shape import LADDERS
from peelian.resolve.spark import FitOnSpark, find_links_on_spark, spark_sql, start_spark
from peelian.resolve.train import train
from tests.support.people_rows import made_up_people, small_release

CONDITIONS = [step.when for ladder in LADDERS for step in ladder.steps if step.when]
ONLY_DUCKDB = ("list_", "starts_with(", "jaro_winkler_similarity(", " len(", "(len(", "[1]")


@pytest.fixture(scope="module")
def spark():
    """Start Spark once for all that needs it."""
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
    if shutil.which("java") is None:
        pytest.skip("there is no Java here")
    session = start_spark()
    yield session
    session.stop()


@pytest.mark.filterwarnings("ignore")
def test_spark_finds_the_same_edges_as_one_machine(spark):
    """A force that grows onto a cluster must not find other people to be one person for it."""
    people, _ = made_up_people(80, 5)
    links = find_links(people, small_release())
    assert links.num_rows > 50
    assert find_links_on_spark(spark, people.take(list(range(people.num_rows))[::-1]), small_release()).equals(links)
    touched = people["record_id"].to_pylist()[::9]
    some = find_links(people, small_release(), touched=touched)
    assert find_links_on_spark(spark, people, small_release(), touched=touched).equals(some)


@pytest.mark.soak
@pytest.mark.realdata
@pytest.mark.filterwarnings("ignore")
def test_spark_finds_the_same_edges_of_a_published_data_set_and_learns_about_the_same(spark, real_data):
    """What made-up people are too tidy for: five thousand records with the slips of real systems."""
    from peelian.resolve.published import read_published

    people = read_published(real_data, "febrl3").people
    release = train(people, random_pairs=300_000)
    assert find_links_on_spark(spark, people, release).equals(find_links(people, release))
    learnt = train(people, random_pairs=300_000, fit=FitOnSpark(spark))
    # Splink draws other random pairs on Spark: the prior is counted and is the same, the rest is about the same.
    assert set(learnt.versions) - set(release.versions) == {"pyspark"}
    assert abs(learnt.prior_mbit - release.prior_mbit) <= 1
    assert abs(learnt.weights["birth"]["same"].mbit - release.weights["birth"]["same"].mbit) < 500


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_comparison_can_be_asked_in_sparks_words(condition):
    """A step that Spark does not understand would be learnt by nobody."""
    said = spark_sql(condition)
    assert not [word for word in ONLY_DUCKDB if word in f" {said}"]
    sqlglot.parse_one(said, read="spark")


def test_without_spark_it_is_said_what_to_install(monkeypatch):
    """An import error in the night tells an operator nothing."""
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(MissingError) as raised:
        start_spark()
    assert raised.value.code == "spark-missing"
