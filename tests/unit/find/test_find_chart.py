"""A chart holds what opened profiles say, and nothing else; a timeline the same by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from peelian.find.answer import Fact, Section
from peelian.find.chart import (
    POINTS_MAX,
    Around,
    age_on,
    draw_chart,
    filter_chart,
    only_path,
    shortest_path,
    to_leave,
    with_events,
)
from peelian.find.layout import lay_out
from peelian.find.spots import gather_spots
from peelian.find.timeline import draw_timeline
from tests.support.found import JOHN, OPENED, TODAY, link, profile

CHART = draw_chart(OPENED, TODAY)
JOHN_, JANE_, TEL, CAR = ("person", "john"), ("person", "jane-2"), ("phone", "tel-1"), ("vehicle", "plate-1")


def names(chart):
    """Give the keys of a chart's points."""
    return [p.key for p in chart.points]


def test_a_chart_holds_each_point_once_under_the_name_it_answers_to():
    """Two points for one person would be two people to whoever looks."""
    assert names(CHART) == ["john", "jane-2", "plate-1", "place-1", "kim", "alex", "tel-1"]
    assert [p.key for p in CHART.points if p.opened] == ["john", "jane-2"]
    assert all(t.ends <= {p.name for p in CHART.points} for t in CHART.ties)
    assert len(CHART.pairs()[JOHN_, JANE_]) == 1, "the same record told from both sides is one tie"


def test_the_shortest_way_goes_over_the_fewest_links_and_is_always_the_same():
    """A longer way shown as the shortest sends an investigation to strangers."""
    assert shortest_path(CHART, ("address", "place-1"), TEL) == (("address", "place-1"), JOHN_, JANE_, TEL)
    assert shortest_path(CHART, TEL, ("phone", "unknown")) == ()
    assert shortest_path(CHART, JOHN_, JOHN_) == (JOHN_,)
    way = only_path(CHART, shortest_path(CHART, JOHN_, TEL))
    assert names(way) == ["john", "jane-2", "tel-1"] and len(way.ties) == 2


def test_looking_around_takes_only_the_kinds_and_the_time_asked_for():
    """Everything about everybody is what nobody can read."""
    only = draw_chart(OPENED, TODAY, around={JOHN_: Around(frozenset({"vehicle"})), ("person", "jane"): Around()})
    assert {"place-1", "kim", "alex"}.isdisjoint(names(only)) and "tel-1" in names(only)
    late = draw_chart(OPENED[:1], TODAY, around={JOHN_: Around(from_on=date(2026, 1, 1))})
    assert names(late) == ["john", "plate-1", "jane", "kim"], "what has no day is of no time that was asked for"
    assert names(draw_chart(OPENED, TODAY, without={JANE_})) == ["john", "plate-1", "place-1", "kim", "alex"]


def test_a_filter_keeps_whom_it_began_with_and_drops_who_is_left_alone():
    """A point that nothing ties to anything any more only says that something was hidden."""
    cars = filter_chart(CHART, {"vehicle"})
    assert names(cars) == ["john", "jane-2", "plate-1"]
    assert names(filter_chart(CHART, until_on=date(2024, 12, 31))) == ["john", "jane-2", "place-1"]
    assert filter_chart(CHART) == CHART


def test_events_become_points_between_those_whom_they_connect():
    """Who was in one event together is read off the event."""
    drawn = with_events(CHART)
    burglary = next(p for p in drawn.points if p.title == "Burglary, C/1")
    assert burglary.kind == "event"
    tied = {name for t in drawn.ties for name in t.ends if burglary.name in t.ends} - {burglary.name}
    assert tied == {JOHN_, JANE_, CAR}


def test_no_child_and_nobody_of_unknown_age_leaves_in_a_chart():
    """Runners are children and mostly victims; a file travels further than anybody meant it to."""
    leaving, stayed = to_leave(with_events(CHART))
    assert "kim" not in names(leaving) and "alex" not in names(leaving) and stayed == 2
    assert "Missing, M/9" not in [p.title for p in leaving.points], "nor does an event that tied nobody else"
    assert {"john", "jane-2", "plate-1"} <= set(names(leaving))
    child = draw_chart([(JOHN_, replace(JOHN, under_18=True))], TODAY)
    assert "john" not in names(to_leave(child)[0])


def test_somebody_is_a_child_until_the_morning_of_their_eighteenth_birthday():
    """One day decides which page is shown."""
    assert age_on(date(2008, 11, 22), TODAY) == 18 and age_on(date(2008, 11, 23), TODAY) == 17


def test_whoever_several_records_are_about_is_one_point_when_a_birth_date_says_so() -> None:
    """The same woman twice in a picture is two women to whoever reads it; two of one name made one is worse."""
    born = date(1990, 2, 1)
    john = profile("person", "r:1", "John", link("person", "r:2", "Jane DOE", 1, born=born))
    kim = profile(
        "person",
        "r:9",
        "Kim",
        link("person", "r:3", "Jane Doe", 2, born=born),
        link("person", "r:4", "Jane DOE", 3),
        link("person", "r:5", "Jane DOE", 4, born=date(1961, 2, 1)),
    )
    chart = draw_chart([(("person", "r:1"), john), (("person", "r:9"), kim)], TODAY)
    assert names(chart) == ["r:1", "r:9", "r:2", "r:4", "r:5"]


def test_a_persons_phones_and_addresses_are_in_their_chart_however_they_are_spelt() -> None:
    """Two people who gave one number are linked by it."""
    one, other = (
        replace(profile("person", key, key), sections=(Section("s", "S", facts),))
        for key, facts in (
            ("a", (Fact("phone", "07700 900123", "crime"), Fact("address", "14 Mill Road, ZZ1 1AA", "crime"))),
            ("b", (Fact("phone", "+447700900123", "calls"), Fact("address", "14 Mill Rd, ZZ1 1AA", "calls"))),
        )
    )
    apart = Fact("address", "14 Mill Road, ZZ9 9ZZ", "calls")
    other = replace(other, sections=(*other.sections, Section("t", "T", (apart,))))
    chart = draw_chart([(("person", "a"), one), (("person", "b"), other)], TODAY)
    assert names(chart) == ["a", "b", "07700 900123", "14 Mill Road, ZZ1 1AA", "14 Mill Road, ZZ9 9ZZ"]
    assert shortest_path(chart, ("person", "a"), ("person", "b"))


def test_a_chart_stays_readable_and_counts_what_it_left_out():
    """Left out without a word would be a lie."""
    many = profile("person", "x", "X", *(link("phone", f"t{i}", f"0770 {i}", i) for i in range(POINTS_MAX + 40)))
    chart = draw_chart([(("person", "x"), many)], TODAY)
    assert len(chart.points) == POINTS_MAX and chart.cut == 41
    at = lay_out(chart, 800, 500)
    assert len(set(at.values())) > POINTS_MAX * 0.95 and all(0 <= x <= 800 and 0 <= y <= 500 for x, y in at.values())


def test_the_same_chart_always_looks_the_same():
    """Somebody who comes back finds things where they were."""
    assert lay_out(CHART, 800, 500) == lay_out(draw_chart(OPENED, TODAY), 800, 500)
    assert lay_out(draw_chart([(JOHN_, profile("person", "john", "J"))], TODAY), 800, 500) == {JOHN_: (400, 250)}


def test_a_timeline_tells_each_record_once_and_newest_first():
    """The same arrest told twice is two arrests to whoever reads in a hurry."""
    line = draw_timeline([p for _, p in OPENED])
    days = [m.on for m in line.moments]
    assert days == sorted(days, reverse=True) and line.undated == 1
    told = [(m.fact.table, m.fact.record_id, m.on) for m in line.moments]
    assert len(told) == len(set(told))
    assert line.last_on == date(2026, 9, 1) and line.first_on == date(2024, 1, 5)
    assert {m.fact.source for m in draw_timeline([JOHN], source="custody").moments} == {"custody"}
    assert [m.on for m in draw_timeline([JOHN], until_on=date(2024, 6, 1)).moments] == [date(2024, 1, 5)]


def test_an_event_is_told_once_with_what_each_record_says_of_it_under_it():
    """A burglary, somebody's part in it and its words are one line of a life, not three burglaries."""
    one = replace(JOHN.sections[0].facts[0], about="event", event_ref="C/1", on=date(2026, 3, 3), source="crime")
    own = replace(one, table="incident_person", record_id="own", role="suspect", says="Burglary, C/1 (suspect)")
    words = replace(one, table="incident_text", record_id="words", about="words", role="", says="Forced the window.")
    elsewhere = replace(words, source="custody", record_id="same number, another system")
    facts = replace(JOHN.sections[0], facts=(words, own, elsewhere, replace(own, event_ref="", record_id="alone")))
    line = draw_timeline([replace(JOHN, sections=(facts,), warnings=(), connections=())])
    told = [(m.fact.record_id, [part.fact.record_id for part in m.parts]) for m in line.moments]
    assert sorted(told) == [("alone", []), ("own", ["words"]), ("same number, another system", [])]


def test_what_is_left_out_of_a_large_chart_is_what_hangs_on_one_alone_and_is_counted_by_kind():
    """Thousands of lines are no chart; whom two of the open ones share is what somebody looked for."""
    shared = [link("phone", f"s{i}", f"0780 {i}", i) for i in range(20)]
    hubs = []
    for h in range(5):
        own = [link("address", f"a{h}-{i}", f"{i} Hub {h} Road, ZZ1 1AA", 100 + i) for i in range(1_000)]
        hubs.append((("person", f"h{h}"), profile("person", f"h{h}", f"Hub {h}", *own, *shared)))
    chart = draw_chart(hubs, TODAY)
    kinds = [p.kind for p in chart.points]
    assert len(chart.points) == POINTS_MAX and kinds.count("phone") == 20 and kinds.count("person") == 5
    assert chart.left_out == (("address", 5_000 - (POINTS_MAX - 25)),) and chart.cut == 5_000 - (POINTS_MAX - 25)
    assert all(t.ends <= {p.name for p in chart.points} for t in chart.ties)


def test_points_stay_where_somebody_put_them_and_inside_the_picture():
    """Whoever arranged a chart for an hour does not want to find it rearranged."""
    at = lay_out(CHART, 800, 500, placed=[(JOHN_, 700, 20), (("person", "jane"), -5, 900)])
    assert at[JOHN_] == (700, 20) and at[JANE_] == (0, 500), "and a point is found under every name it goes by"
    rings = lay_out(CHART, 800, 500, shape="rings")
    assert rings != lay_out(CHART, 800, 500) and len(set(rings.values())) == len(CHART.points)


def test_whose_part_in_an_event_it_was_is_said_and_never_left_to_be_guessed():
    """A victim's part read as the suspect's, on a line of time, ends in the wrong person's cell."""
    kim = link("person", "kim", "Kim LEE", 4, event="Burglary, C/1", source="safeguarding")
    kim = replace(kim, because="in the same event, as victim", fact=replace(kim.fact, role="victim"))
    john = replace(JOHN, connections=(kim,))
    [told] = [m for m in draw_timeline([john]).moments if m.fact.source == "safeguarding"]
    assert told.says == ("Kim LEE: in the same event, as victim",) and not told.fact.role
    [tie] = draw_chart([(JOHN_, john)], TODAY).ties
    assert tie.because == "Kim LEE: in the same event, as victim"


def test_places_are_told_once_an_event_and_by_who_was_in_it():
    """Three records of one burglary are one burglary on a map."""
    there = (452_300, 339_100)
    own = replace(JOHN.sections[0].facts[0], at_m=there, event="Burglary, C/1", source="crime", record_id="own")
    other = replace(JOHN.connections[0].fact, at_m=there, event="Burglary, C/1", record_id="other")
    facts = replace(JOHN.sections[0], facts=(own, replace(own, at_m=None, record_id="nowhere")))
    john = replace(JOHN, sections=(facts,), warnings=(), connections=(replace(JOHN.connections[0], fact=other),))
    found = gather_spots(draw_timeline([john]))
    assert [(s.number, s.at_m, len(s.moments)) for s in found.spots] == [(1, there, 1)]
    assert found.spots[0].moments[0].fact.role == "suspect" and found.nowhere == 1 and not found.left_out
