"""What may be shown of a count, and what a patient reader could work out from several releases."""

from __future__ import annotations

import pytest

from peelian.core.errors import LimitError, RefusedError
from peelian.publish.disclosure_control import (
    Cell,
    Limits,
    disclose,
    entry_cell,
    in_words,
    insist_on_safety,
    keep_safe,
    known_exactly,
    known_from,
    leaks,
    log_counts,
    merge_log,
    round_count,
)

LIMITS = Limits(8, 5)


def of(count: int, **where: str) -> Cell:
    """Count look-ups of a group."""
    return Cell("look-ups", {d: frozenset(v.split()) for d, v in where.items()}, count)


def test_the_example_of_the_specification_comes_out_as_written() -> None:
    """The promise PL-31 is written with these very figures."""
    table = disclose({"a": 3, "b": 8, "c": 16, "d": 23}, LIMITS)
    assert list(table.cells.values()) == [None, 10, 15, 25]
    assert table.total == 50


def test_a_held_back_count_is_told_in_words() -> None:
    """A blank would read as nought."""
    assert in_words(None, LIMITS) == "fewer than 8"
    assert in_words(10, LIMITS) == "about 10"


def test_halves_round_upwards_in_whole_numbers() -> None:
    """Banker's rounding would differ from what the page says."""
    assert [round_count(n, Limits(1, 10)) for n in (4, 5, 14, 15, 25)] == [0, 10, 10, 20, 30]


def test_two_overlapping_releases_that_differ_by_few_are_refused() -> None:
    """The second release would tell of the few who are in one and not in the other."""
    first = [known_from(of(40, month="jan feb"), LIMITS)]
    with pytest.raises(RefusedError) as refused:
        insist_on_safety([of(42, month="jan feb mar")], first, LIMITS)
    assert refused.value.code == "disclosure-by-difference"
    assert "mar" in refused.value.reasons[0].what


def test_a_release_that_differs_by_many_may_leave() -> None:
    """A rule that refuses everything would only end in nothing being published."""
    first = [known_from(of(40, month="jan feb"), LIMITS)]
    insist_on_safety([of(90, month="jan feb mar")], first, LIMITS)


def test_the_record_of_use_counts_as_a_release() -> None:
    """Rounded figures by role beside an exact public total give the smaller role away."""
    log = [known_exactly(Cell("entries", {"op": frozenset({"consultation"})}, 13))]
    by_role = [Cell("entries", {"op": frozenset({"consultation"}), "role": frozenset({"analyst"})}, 10)]
    found = leaks([known_from(c, LIMITS) for c in by_role], log, LIMITS)
    assert [(leak.low, leak.high) for leak in found] == [(1, 5)]


def test_what_the_record_shows_by_itself_is_no_new_leak() -> None:
    """The record is public whatever the register prints; only what a release adds can be held back."""
    log = [known_exactly(entry_cell({"op": "refusal"}, 2))]
    assert leaks([known_from(entry_cell({"op": "refusal"}, 2), LIMITS)], log, LIMITS) == []


def test_three_releases_together_are_seen_through() -> None:
    """Neither pair of them tells anything; the three do."""
    known = [known_from(of(20, ward="a b"), LIMITS), known_from(of(20, ward="b c"), LIMITS)]
    assert leaks([known_from(of(9, ward="b"), LIMITS)], known, LIMITS) == []
    fresh = [known_from(of(22, ward="a b c"), LIMITS)]
    assert leaks(fresh, known, LIMITS) != []


def test_a_release_in_too_fine_groups_is_refused_not_waved_through() -> None:
    """What cannot be checked does not leave."""
    cells = [of(9, **{d: f"v{i}" for d in "abcd"}) for i in range(9)]
    with pytest.raises(LimitError) as refused:
        insist_on_safety(cells, [], LIMITS)
    assert refused.value.code == "disclosure-too-fine"


def test_the_record_is_counted_from_its_public_part() -> None:
    """What anybody can count is what releases are held against."""
    leaf = {"day": "2026-11-16", "op": "consultation", "purpose": "oversight", "tool": "", "decision": "allow"}
    counted = log_counts([leaf, leaf, leaf | {"op": "refusal", "decision": "refuse"}])
    assert sorted(b.cell.count for b in counted) == [1, 2]
    assert [b.cell.count for b in merge_log(counted, ["op"])] == [2, 1]


def test_an_earlier_release_that_contradicts_the_new_one_stops_it() -> None:
    """A figure that cannot be true with another published one is a mistake to find, not to add to."""
    first = [known_from(of(40, month="jan feb"), LIMITS)]
    with pytest.raises(RefusedError) as refused:
        insist_on_safety([of(20, month="jan feb mar")], first, LIMITS)
    assert refused.value.code == "disclosure-unchecked"


def test_a_whole_is_not_shown_with_all_its_parts_but_a_small_one() -> None:
    """Forty plans, twenty-three of one kind and twelve of another: the reader takes away and has the last five."""
    parts = {"all": of(40, kind="a b c"), "a": of(23, kind="a"), "b": of(12, kind="b")}
    kept = keep_safe({n: known_from(c, LIMITS) for n, c in parts.items()}, [], LIMITS)
    assert kept == ["all", "a", "b"], "rounded, the rest lies between nought and nine"
    parts |= {"b": of(18, kind="b")}
    assert keep_safe({n: known_from(c, LIMITS) for n, c in parts.items()}, [], LIMITS) == ["all", "a"]


def test_nearly_all_of_a_whole_is_held_back() -> None:
    """Forty of forty tells that nobody was otherwise, which is a small group too."""
    both = {"all": of(40, kind="a b"), "a": of(40, kind="a")}
    assert keep_safe({n: known_from(c, LIMITS) for n, c in both.items()}, [], LIMITS) == ["all"]
