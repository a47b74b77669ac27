"""A link that signs one person in once: made on the person's own machine, used up by a button, good for minutes.

The account's key signs, where it lives, a request to open one session later. The row that waits at the server holds
that request and the session's private key sealed under the link's secret; the account's key never goes there.
"""

from __future__ import annotations

import ipaddress
from datetime import timedelta

from peelian.core.errors import InvalidError, MissingError, RefusedError

MINUTES_MAX = 12 * 60
"""The longest that a link may wait: a shift."""

LINK_PATH = "/sign-in/link/"


def lifetime_of(minutes: int) -> timedelta:
    """Return how long a link waits.

    Raises
    ------
    InvalidError
        ``link-lifetime``.
    """
    if not 1 <= minutes <= MINUTES_MAX:
        raise InvalidError(
            "link-lifetime",
            f"A link waits between 1 and {MINUTES_MAX} minutes.",
            why="Whoever has the link is taken for you until it is used or over.",
            do="Ask for a few minutes, and for another link when you need one.",
        )
    return timedelta(minutes=minutes)


def check_way(client: str, *, tls: bool) -> None:
    """Refuse to use up a link over a connection that others can read: TLS, or this machine itself.

    Raises
    ------
    RefusedError
        ``link-in-the-open``.
    """
    if not (tls or is_loopback(client)):
        raise RefusedError(
            "link-in-the-open",
            "A sign-in link is not taken over a connection that others can read.",
            why="Whoever reads the link on its way could use it first.",
            do="Open it on the machine that serves, or over TLS.",
        )


def is_loopback(client: str) -> bool:
    """Say whether an address is this machine's own."""
    try:
        ip = ipaddress.ip_address(client.split("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return ip.is_loopback


def link_spent() -> MissingError:
    """Build the one answer to a link that was used, is over, or never was."""
    return MissingError(
        "link-spent",
        "This link does not sign anybody in.",
        why="A link works once and for a short while; this one was used, is over, or was never made.",
        do="Make another: peelian sign-in-link ACCOUNT --in DIR.",
    )
