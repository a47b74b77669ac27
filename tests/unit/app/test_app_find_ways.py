"""A way through the records opens the nearest pages first, shows only what is on it, and knows when to stop."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from peelian.app.finding import find, find_ways
from peelian.app.finding.chart_wanted import Wanted
from peelian.app.finding.find_chart import draw_chart
from peelian.core.errors import LimitError
from tests.support.found import TODAY, link, profile

A, Z = ("person", "a"), ("person", "z")


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Give somebody who looks, and note what they open."""
    chain = {"a": ["p1", "p2"], "p2": ["a", "q1"], "q1": ["p2", "z"], "z": ["q1", "r1"], "p1": ["a"], "r1": ["z"]}
    opened: list[str] = []

    def profiles(caller: object, names: list[tuple[str, str]]) -> list:
        opened.extend(key for _, key in names)
        made = {key: [link("person", to, to.upper(), i) for i, to in enumerate(chain.get(key, []))] for _, key in names}
        return [profile(kind, key, key.upper(), *made[key]) if key in chain else None for kind, key in names]

    monkeypatch.setattr(find, "profiles", profiles)
    monkeypatch.setattr(find_ways, "zone_of", lambda caller: UTC)
    clock = SimpleNamespace(now=lambda: datetime(2026, 11, 22, tzinfo=UTC))
    return SimpleNamespace(gate=SimpleNamespace(clock=clock), opened=opened, profiles=profiles)


def test_a_way_is_found_over_people_whom_nobody_had_opened_and_only_they_are_opened(caller) -> None:
    """Opening everybody to find who stands between two is what a chart of thousands comes from."""
    wanted = find_ways.find_way(caller, Wanted.begin(A), A, Z)
    assert wanted.way == (A, Z) and [name for name, _ in wanted.opened] == [A, ("person", "q1")]
    names = [name for name, _ in wanted.opened]
    chart = draw_chart(list(zip(names, caller.profiles(caller, names), strict=True)), TODAY)
    assert [key for _, key in find_ways.shortest_path(chart, A, Z)] == ["a", "p2", "q1", "z"]


def test_a_search_for_a_way_stops_and_says_after_how_many_pages(caller, monkeypatch) -> None:
    """A search without an end is a search of everybody."""
    with pytest.raises(LimitError, match="over 7 pages"):
        find_ways.find_way(caller, Wanted.begin(A), A, ("person", "nobody"))
    assert len(caller.opened) == len(set(caller.opened)), "no page is opened twice"
    monkeypatch.setattr(find_ways, "PAGES_MAX", 2)
    with pytest.raises(LimitError, match="over 2 pages"):
        find_ways.find_way(caller, Wanted.begin(A), A, Z)
