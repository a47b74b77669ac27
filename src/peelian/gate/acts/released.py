"""Plans of which the areas have become public: by the delay the charter sets, and by nobody's act.

A plan says when it is decided which part of it becomes public, and from when. Here that part is told once the instant
has come, and nothing else of the paper is. A charter that lengthens the delay lengthens it for plans already made too;
one that shortens it does not bring an earlier promise forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from peelian.core.time import from_micros
from peelian.gate.acts.papers import words_of
from peelian.gate.house import House


def released_plans(house: House) -> list[Mapping[str, Any]]:
    """Return the public part of every plan whose delay has passed, newest first; anybody may ask.

    Raises
    ------
    TamperedError
        ``paper-altered``.
    """
    house.head.follow()
    now, delay = house.clock.now(), timedelta(days=house.charter.publication.plan_delay_days)
    bodies = [paper.body for paper in words_of(house, house.head.papers.find("plan"))]
    return [
        body["public"]
        for body in bodies
        if now >= max(from_micros(body["public_from"]), from_micros(body["expires_at"]) + delay)
    ]
