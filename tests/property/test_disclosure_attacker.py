"""Disclosure control against an attacker who tries every table that fits with what left."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.publish.disclosure_control import Cell, Limits, disclose, known_from, leaks, round_count, shown

limits = st.builds(Limits, st.integers(1, 12), st.integers(1, 10))


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 10_000)), limits)
def test_a_table_shows_nothing_small_and_adds_up_from_what_it_shows(counts: dict[str, int], rules: Limits) -> None:
    """A total from true counts would give away the one cell that was held back."""
    table = disclose(counts, rules)
    assert table.total == sum(v for v in table.cells.values() if v is not None)
    for name, value in table.cells.items():
        assert (value is None) == (counts[name] < rules.suppress_below)
        assert value is None or abs(value - counts[name]) * 2 <= rules.round_to


@given(st.integers(0, 500), limits)
def test_rounding_twice_is_rounding_once(count: int, rules: Limits) -> None:
    """A figure copied from one page to another must not drift."""
    once = round_count(count, rules)
    assert round_count(once, rules) == once


@given(st.integers(0, 200), limits)
def test_what_a_cell_tells_is_exactly_the_counts_that_look_the_same(count: int, rules: Limits) -> None:
    """If the interval were too wide, leaks would be missed; if too narrow, imagined."""
    told = known_from(Cell("x", {}, count), rules)
    same = [n for n in range(600) if shown(n, rules) == shown(count, rules)]
    assert [told.low, told.high] == [same[0], same[-1]]


SMALL = Limits(4, 3)
UNITS = ("a", "b", "c")
groups = st.sets(st.sampled_from(UNITS), min_size=1).map(frozenset)


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[st.integers(0, 5)] * 3), st.lists(groups, max_size=3), st.lists(groups, min_size=1, max_size=2))
def test_no_small_group_is_narrowed_that_the_check_lets_through(
    truth: tuple[int, ...], earlier: list[frozenset[str]], fresh: list[frozenset[str]]
) -> None:
    """The attacker here tries every table of counts there is; the check must not know less."""
    counts = dict(zip(UNITS, truth, strict=True))

    def cell(group: frozenset[str]) -> Cell:
        return Cell("x", {"unit": group}, sum(counts[u] for u in group))

    known, new = [known_from(cell(g), SMALL) for g in earlier], [known_from(cell(g), SMALL) for g in fresh]
    found = {(leak.low, leak.high, frozenset(leak.cell.where.get("unit", ()))) for leak in leaks(new, known, SMALL)}
    for unit in UNITS:
        before = _possible(unit, known)
        after = _possible(unit, [*known, *new])
        narrowed = after[1] < SMALL.suppress_below and after not in (before, (0, SMALL.suppress_below - 1))
        if narrowed:
            assert any(low >= after[0] and high <= after[1] for low, high, _ in found), (unit, before, after, found)


def _possible(unit: str, known: list) -> tuple[int, int]:
    """Try every table of counts that fits, and give the least and the greatest of one unit."""
    reach = range(0, 19)
    held = sorted({u for b in known for u in b.cell.where["unit"]})
    if unit not in held:
        return (0, 10**9)
    fits = []
    for tried in product(reach, repeat=len(held)):
        table = dict(zip(held, tried, strict=True))
        if all(b.low <= sum(table[u] for u in b.cell.where["unit"]) <= b.high for b in known):
            fits.append(table[unit])
    return (min(fits), max(fits))
