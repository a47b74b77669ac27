"""Canonical bytes: one value, one spelling, one hash."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.core.canonical import canonical_bytes, digest, digest_bytes, plain
from peelian.core.errors import InvalidError

SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e15, 1e15) | st.text()
VALUES = st.recursive(SCALARS, lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(), v, max_size=4))


@given(VALUES)
def test_canonical_bytes_read_back_as_the_same_value(value):
    """A hash over bytes that mean something else would be no evidence."""
    assert json.loads(canonical_bytes(value)) == value


@given(st.dictionaries(st.text(), SCALARS, min_size=2), st.randoms())
def test_the_order_of_keys_does_not_count(value, shuffle):
    """Two machines build the same mapping in different orders and must agree on its hash."""
    keys = list(value)
    random.Random(shuffle.random()).shuffle(keys)
    assert digest({k: value[k] for k in keys}) == digest(value)


def test_the_rfcs_example_comes_out_byte_for_byte():
    """Other people's verifiers compute the same bytes (RFC 8785, section 3.2.2 and 3.2.3)."""
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical_bytes(value) == expected.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53 + 1, b"bytes", object()])
def test_what_json_cannot_say_is_refused(value):
    """An improvised spelling would hash differently elsewhere."""
    with pytest.raises(InvalidError) as caught:
        canonical_bytes({"x": value})
    assert caught.value.code == "not-canonical"


def test_a_refusal_does_not_repeat_the_value():
    """The value may be somebody's name."""
    with pytest.raises(InvalidError) as caught:
        canonical_bytes({"name": b"Ada Ashdown"})
    assert "Ashdown" not in str(caught.value) and "Ashdown" not in str(caught.value.as_dict())


def test_dates_enums_sets_and_tuples_become_plain():
    """Frozen values are full of them, and each has one spelling."""

    class Phase(Enum):
        PILOT = "pilot"

    value = {"on": date(2026, 1, 2), "at": datetime(2026, 1, 2, 3, tzinfo=UTC), "phase": Phase.PILOT, "of": (1, 2)}
    assert plain(value) == {"on": "2026-01-02", "at": "2026-01-02T03:00:00Z", "phase": "pilot", "of": [1, 2]}
    assert plain(frozenset({"b", "a"})) == ["a", "b"]


def test_digest_is_over_the_canonical_bytes():
    """Anybody can compute it with two tools of their own."""
    assert digest({"a": 1}) == digest_bytes(b'{"a":1}')
