"""Rating reasons blind: what a rater is shown, what they may say, and the shares that are published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

RATINGS: Final[Mapping[str, str]] = {
    "fits": "It fits",
    "does-not-fit": "It does not fit",
    "cannot-tell": "I cannot tell",
}
"""What a rater may say."""

LOT = 20
"""How many are drawn."""


def count_ratings(ratings: Iterable[str]) -> dict[str, int]:
    """Count what raters said, each possible answer named; what nobody may say is not counted."""
    counted = Counter(r for r in ratings if r in RATINGS)
    return {rating: counted[rating] for rating in RATINGS}


def share_in_words(part: int, whole: int) -> str:
    """Say a share in tenths, which no small count can be worked out from: ``about 7 in 10``."""
    tenths = (20 * part + whole) // (2 * whole) if whole else 0
    return {0: "almost none", 10: "almost all"}.get(tenths, f"about {tenths} in 10")
