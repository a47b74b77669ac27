"""Which blocking rules a release gets, by how many records it is trained for."""

from __future__ import annotations

from peelian.resolve.features import make_features
from peelian.resolve.shape import BLOCKING, WIDE, sql_of_names
from peelian.resolve.train import learn_stops, rules_for
from tests.support.people_rows import row, table


def test_a_release_for_a_town_reaches_furthest():
    """Where few meet, a slip in every part of a name and a date can still be looked for."""
    assert rules_for(200) == rules_for(2_000_000) == (*BLOCKING, *WIDE)


def test_a_release_for_many_millions_compares_nobody_for_a_name_alone():
    """Among ten million the strangers who share the sounds of a name are most of all pairs, and none can be joined."""
    assert rules_for(5_000_000) == BLOCKING
    many = rules_for(10_000_000)
    assert set(BLOCKING) - set(many) == {rule for rule in BLOCKING if sql_of_names(rule[1])} != set()


def test_a_release_without_rules_of_names_has_no_common_names_to_stop():
    """It is learnt as any other; looking for values of a rule that is not there is no error."""
    features = make_features(table([row("a", surname="Kowalski"), row("b", surname="Kowalski")]), {})
    assert learn_stops(features, rules_for(10_000_000))["key"] == ()
