"""Limits that slow a guesser and spare a person; links that live minutes and travel only where nobody listens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from peelian.core.errors import InvalidError, RefusedError
from peelian.people.limits import LIMITS, REMEMBERED, network_of, too_often, wait_until
from peelian.people.links import MINUTES_MAX, check_way, is_loopback, lifetime_of

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_five_slips_cost_nothing():
    """People mistype."""
    assert wait_until({"pair": [NOW] * 4, "account": [NOW] * 4, "address": [NOW] * 4}, NOW) == NOW
    assert wait_until({"pair": [NOW] * 5}, NOW) > NOW


def test_a_guesser_gets_few_tries_a_day():
    """In a day: some two hundred tries from one address, a few thousand from everywhere together."""
    for name, most in (("pair", 250), ("account", 2_500)):
        tried: list[datetime] = []
        now, end = NOW, NOW + timedelta(days=1)
        while now < end:
            tried.append(now)
            now = max(wait_until({name: tried}, now), now + timedelta(seconds=1))
        assert len(tried) <= most, name


def test_nobody_is_locked_out_for_good():
    """Whatever a stranger does, the wait before the owner's next try has a stated longest, and all of it lapses."""
    many = [NOW - timedelta(seconds=s) for s in range(1000)]
    longest = max(limit.longest_wait for limit in LIMITS.values())
    assert wait_until(dict.fromkeys(LIMITS, many), NOW) <= NOW + longest
    assert wait_until(dict.fromkeys(LIMITS, many), NOW + REMEMBERED) == NOW + REMEMBERED
    assert wait_until({"account": many}, NOW) <= NOW + timedelta(minutes=1), "a stranger elsewhere delays by a minute"


def test_the_refusal_says_how_long_and_nothing_of_the_account():
    """The answer is the same whether the account exists."""
    told = too_often(NOW + timedelta(seconds=40), NOW)
    assert told.facts == {"wait_s": 40} and "40 seconds" in told.do


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("not an address", "unknown"),
    ],
)
def test_one_line_counts_as_one_address(address: str, counted: str):
    """Whoever has an IPv6 line has more addresses than we could count."""
    assert network_of(address) == counted


@pytest.mark.parametrize("minutes", [0, -1, MINUTES_MAX + 1])
def test_a_link_does_not_wait_for_ever(minutes: int):
    """Whoever holds an unused link is taken for its maker."""
    with pytest.raises(InvalidError) as caught:
        lifetime_of(minutes)
    assert caught.value.code == "link-lifetime"


def test_a_link_is_not_taken_where_others_can_read_it():
    """Whoever reads it on its way could use it first."""
    for client in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        check_way(client, tls=False)
    check_way("192.0.2.7", tls=True)
    for client in ("192.0.2.7", "10.0.0.1", "testclient", "", "::ffff:192.0.2.7"):
        assert not is_loopback(client)
        with pytest.raises(RefusedError) as caught:
            check_way(client, tls=False)
        assert caught.value.code == "link-in-the-open"
