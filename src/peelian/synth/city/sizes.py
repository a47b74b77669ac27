"""How large a made-up city is, and how much is recorded in it."""

from __future__ import annotations

from dataclasses import dataclass

HISTORY_MONTHS = 36
READ_MONTHS = 12
"""Plate reads are kept a year, as the national ones are."""


@dataclass(frozen=True)
class Size:
    """What a size means. Counts are aimed at: what people's lives bring about comes on top or falls a little short.

    Parameters
    ----------
    name : str
        village, town, city or metropolis.
    people : int
        Living there, about.
    wards, boroughs : int
        Parts of the place; wards make up boroughs.
    cameras : int
        Plate readers.
    crimes, calls, stops, reports, detentions, safeguarding, orders, tenancies : int
        Events of each system over the whole history.
    reads : int
        Plate reads over :data:`READ_MONTHS`.
    """

    name: str
    people: int
    wards: int
    boroughs: int
    cameras: int
    crimes: int
    calls: int
    stops: int
    reports: int
    detentions: int
    safeguarding: int
    orders: int
    tenancies: int
    reads: int

    @property
    def gangs(self) -> int:
        """Return how many gangs there are; other groups are in proportion."""
        return max(1, round(self.people / 12_000))


SIZES: dict[str, Size] = {
    s.name: s
    for s in (
        Size("village", 2_000, 3, 1, 4, 1_400, 2_000, 300, 300, 250, 120, 90, 200, 10_000),
        Size("town", 20_000, 8, 2, 12, 13_500, 26_000, 3_000, 3_500, 2_500, 1_200, 900, 2_000, 100_000),
        Size(
            "city", 500_000, 72, 6, 120, 700_000, 3_480_000, 420_000, 250_000,
            80_000, 75_000, 25_000, 40_000, 20_000_000,
        ),
        Size(
            "metropolis", 2_000_000, 240, 16, 400, 2_700_000, 13_500_000, 1_600_000, 1_000_000,
            80_000, 75_000, 40_000, 160_000, 80_000_000,
        ),
    )
}  # fmt: skip
"""Custody (a workbook) and safeguarding (XML) stay below 200,000 rows: such exports are no larger."""
