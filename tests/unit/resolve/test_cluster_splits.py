"""Chains of links part where they contradict themselves, at their weakest link, with the reason."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from peelian.core.errors import InvalidError
from peelian.resolve.cluster import Verdict, cluster
from peelian.resolve.contradict import one_slip, well_apart
from peelian.resolve.link import LINKS
from tests.support.people_rows import row, table

ONE, OTHER = date(1980, 5, 17), date(1991, 11, 2)


def links(*edges):
    """Give edges as a table: (a, b, weight) accepted, (a, b, weight, reason) held."""
    rows = [dict(zip(LINKS.names, (*e, "")[:4], strict=True)) for e in edges]
    return pa.Table.from_pylist(rows, schema=LINKS)


def at(day, hour=12):
    """Give an instant in June 2026."""
    return datetime(2026, 6, day, hour, tzinfo=UTC)


def test_a_chain_between_two_birth_dates_parts_at_its_weakest_link():
    """A row without a date of birth must not make one man of a father and a son."""
    people = table([row("a", birth_on=ONE), row("b"), row("c", birth_on=OTHER)])
    found = cluster(links(("a", "b", 9000), ("b", "c", 4000)), people)
    assert found.as_dict() == {"a": "a", "b": "a", "c": "c"}
    (held,) = found.held
    assert held.reasons == ("two-birth-dates",)
    assert held.records == ("a", "b", "c")
    other_way = cluster(links(("a", "b", 4000), ("b", "c", 9000)), people)
    assert other_way.as_dict() == {"a": "a", "b": "b", "c": "b"}


def test_a_record_that_fits_father_and_son_alike_is_joined_to_neither():
    """One name, one home, no date of birth: to guess is to give one of them the other's record."""
    people = table([row("f", birth_on=ONE), row("s", birth_on=OTHER), row("x"), row("y")])
    edges = links(("f", "x", 9000), ("s", "x", 8000), ("x", "y", 6000))
    found = cluster(edges, people)
    assert found.as_dict() == {"f": "f", "s": "s", "x": "x", "y": "x"}
    assert {h.reasons for h in found.held} == {("another-candidate",)}
    said = cluster(edges, people, [Verdict("1", same=("s", "x"))])
    assert said.as_dict() == {"f": "f", "s": "s", "x": "s", "y": "s"}
    alone = people.filter(pc.not_equal(people["record_id"], "s"))
    assert set(cluster(edges, alone).as_dict().values()) == {"f"}


def test_a_surname_and_a_home_join_nobody():
    """Mr or Mrs Khan of 9 Mill Road may be whoever lives there, be it that only one of them is known so far."""
    people = table([row("a", birth_on=ONE), row("x")])
    found = cluster(links(("a", "x", 9000, "household")), people)
    assert found.as_dict() == {"a": "a", "x": "x"}
    assert [(h.reasons, h.asked) for h in found.held] == [(("household",), True)]


def test_a_name_and_a_home_add_to_a_known_person_and_make_none():
    """Two records of one name in one home may be of a father and a son: a date of birth has to be known somewhere."""
    edges = links(("a", "b", 9000, "name-and-home"), ("b", "c", 9000))
    nobody_known = cluster(edges, table([row(r) for r in "abc"]))
    assert nobody_known.as_dict() == {"a": "a", "b": "b", "c": "b"}
    assert [(h.reasons, h.asked) for h in nobody_known.held] == [(("name-and-home",), True)]
    known = table([row("a"), row("b"), row("c", birth_on=ONE)])
    assert set(cluster(edges, known).as_dict().values()) == {"a"}


def test_nobody_is_asked_what_dates_of_birth_have_answered():
    """A queue that a force can work through holds only what a person can settle."""
    people = table([row("a", birth_on=ONE), row("b", birth_on=OTHER), row("c")])
    waits = links(("a", "b", 3000, "middle-weight"), ("a", "c", 3000, "middle-weight"))
    asked = {h.clusters: (h.asked, h.settled) for h in cluster(waits, people).held}
    assert asked == {("a", "b"): (False, True), ("a", "c"): (True, False)}


def test_a_slip_in_a_birth_date_parts_nobody():
    """Typing 18 for 17 is no second person."""
    people = table([row("a", birth_on=ONE), row("b"), row("c", birth_on=ONE.replace(day=18))])
    assert set(cluster(links(("a", "b", 9000), ("b", "c", 7000)), people).as_dict().values()) == {"a"}
    assert not well_apart(date(1980, 3, 4), date(1980, 4, 3))
    assert not well_apart(ONE, date(1988, 5, 17))
    assert well_apart(ONE, OTHER)
    assert one_slip("1980-05-17", "1980-05-71")


def test_nobody_is_met_after_death_or_before_birth():
    """A dead man's name is used by the living."""
    people = table([row("a", died_on=date(2020, 1, 1)), row("b", event_at=at(1))])
    assert cluster(links(("a", "b", 9000)), people).held[0].reasons == ("alive-after-death",)
    people = table([row("a", birth_on=date(2026, 8, 1)), row("b", event_at=at(1))])
    assert cluster(links(("a", "b", 9000)), people).held[0].reasons == ("impossible-age",)


def test_nobody_is_in_two_custody_suites_at_once():
    """Somebody gave somebody else's name."""
    stays = [{"suite": "North", "at_arrival": at(1, 1), "at_release": at(1, 9)},
             {"suite": "South", "at_arrival": at(1, 8), "at_release": at(1, 11)}]  # fmt: skip
    people = table([row("a", **stays[0]), row("b", **stays[1])])
    assert cluster(links(("a", "b", 9000)), people).held[0].reasons == ("two-suites-at-once",)
    later = {**stays[1], "at_arrival": at(1, 10)}
    assert not cluster(links(("a", "b", 9000)), table([row("a", **stays[0]), row("b", **later)])).held


def test_the_middle_band_is_asked_once_for_each_pair_of_clusters():
    """Reviewers see "these four may be one", not each edge."""
    people = table([row(r) for r in "abcd"])
    held = cluster(
        links(("a", "b", 9000), ("c", "d", 9000), ("a", "c", 2000, "middle-weight"), ("b", "d", 3000, "name-alone")),
        people,
    ).held
    assert [(h.records, h.reasons, h.weight_mbit) for h in held] == [
        (("a", "b", "c", "d"), ("middle-weight", "name-alone"), 3000)
    ]


def test_a_verdict_joins_and_parts_and_counts_only_where_all_of_it_is_seen():
    """What a reviewer saw may be more than this viewer may see."""
    people = table([row(r) for r in "abc"])
    edges = links(("a", "b", 9000))
    assert cluster(edges, people, [Verdict("1", apart=(("a",), ("b",)))]).as_dict() == {"a": "a", "b": "b", "c": "c"}
    assert cluster(edges, people, [Verdict("1", same=("b", "c"))]).as_dict()["c"] == "a"
    assert cluster(edges, people, [Verdict("1", same=("c", "hidden"))]).as_dict()["c"] == "c"
    both = [Verdict("1", same=("a", "c")), Verdict("2", apart=(("a",), ("c",)))]
    assert cluster(edges, people, both).as_dict()["c"] == "c"


def test_a_record_given_twice_is_refused():
    """Which of its versions is meant cannot be told."""
    with pytest.raises(InvalidError) as raised:
        cluster(links(), table([row("a"), row("a")]))
    assert raised.value.code == "record-twice"


def test_no_people_make_no_clusters():
    """An empty month is a month."""
    assert cluster(links(), table([])).as_dict() == {}
