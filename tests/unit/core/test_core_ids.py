"""Identifiers sort by time, look alike, and say nothing about a person."""

from __future__ import annotations

from peelian.core.ids import is_ulid, new_ulid


def test_ids_sort_by_the_time_they_were_made(clock):
    """Ties in ranked results go by id; ids that sort by time make that order mean something."""
    made = []
    for _ in range(50):
        made.append(new_ulid(clock))
        clock.move(milliseconds=1)
    assert made == sorted(made) and len(set(made)) == 50


def test_an_id_has_the_published_form(clock):
    """Other programs parse it."""
    made = new_ulid(clock, lambda n: b"\xff" * n)
    assert is_ulid(made) and made.endswith("Z" * 16)
    assert new_ulid(clock, lambda n: bytes(n)).endswith("0" * 16)


def test_the_specifications_own_example_comes_out(clock):
    """The example of the ULID specification: 01ARZ3NDEK stands for 1469922850259 milliseconds."""
    from peelian.core.time import FixedClock, from_micros

    assert new_ulid(FixedClock(from_micros(1_469_922_850_259_000))).startswith("01ARZ3NDEK")


def test_what_is_no_id_is_not_taken_for_one(clock):
    """A forged or mistyped reference must fail early, not match something."""
    good = new_ulid(clock)
    for bad in ("", good[:-1], good + "0", good.lower(), "8" + good[1:], good[:-1] + "U", f"{good}\n"):
        assert not is_ulid(bad)
