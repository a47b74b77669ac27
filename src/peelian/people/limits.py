"""How often somebody may try to sign in: slow for a guesser, bearable for a person, the same for an unknown account.

Tries are counted for one account from one address, for one account from anywhere, and for one address. Nobody is
locked out for good: a wait ends by itself, and a try made while waiting is neither looked at nor counted.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from peelian.core.errors import LimitError

REMEMBERED = timedelta(hours=1)
"""How long a failed try counts; older ones are deleted."""


@dataclass(frozen=True)
class Limit:
    """So many tries are free; each one after them costs a wait, which doubles up to a longest."""

    free: int
    first_wait: timedelta
    longest_wait: timedelta

    def open_at(self, failures: Sequence[datetime], now: datetime) -> datetime:
        """Return from when the next try is looked at."""
        recent = sorted(at for at in failures if now - at < REMEMBERED)
        over = len(recent) - self.free
        if over < 0:
            return now
        return recent[-1] + min(self.first_wait * 2 ** min(over, 20), self.longest_wait)


LIMITS: Mapping[str, Limit] = {
    "pair": Limit(5, timedelta(seconds=15), timedelta(minutes=15)),
    # From anywhere: dearer to reach and shorter, so that a stranger cannot keep somebody out of their own account.
    "account": Limit(30, timedelta(seconds=5), timedelta(minutes=1)),
    "address": Limit(60, timedelta(seconds=5), timedelta(minutes=5)),
}
"""Counted for the account and the address together, for the account from anywhere, and for the address."""


def wait_until(failures: Mapping[str, Sequence[datetime]], now: datetime) -> datetime:
    """Return from when a try is looked at, given the failures counted under each of :data:`LIMITS`."""
    return max(limit.open_at(failures.get(name, ()), now) for name, limit in LIMITS.items())


def too_often(until: datetime, now: datetime) -> LimitError:
    """Build the refusal of a try that came too soon; the same for accounts that exist and that do not."""
    seconds = max(1, round((until - now).total_seconds()))
    return LimitError(
        "sign-in-too-often",
        "There were too many tries to sign in.",
        why="Passphrases are guarded against guessing: after a few failures each further try has to wait.",
        do=f"Try again in {_in_words(seconds)}. Nothing is locked for good.",
        facts={"wait_s": seconds},
    )


def network_of(address: str) -> str:
    """Return what counts as one address: all of an IPv6 subscriber's, since one person holds 2**64 of them."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False))


def _in_words(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes"
