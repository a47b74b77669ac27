"""Practice cases about places: a place that the forecast names, with its explanation, right or wrong in one way.

Everything on a case is made up. The arithmetic is in whole hundredths, so that what adds up adds up exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from peelian.core.time import month_of
from peelian.decide.practice_draw import Case, Draw, hundredths, month_words

PLACE_FAULTS: Mapping[str, str] = {
    "parts-do-not-add-up": "The parts do not add up to the figure",
    "police-initiated": "It counts an offence that police activity itself discovers",
    "outside-area": "The place lies outside the allowed area",
    "month-ahead": "It uses a month that has not happened yet",
    "range-misses-figure": "The range does not contain its own figure",
    "average-wrong": "The figure is not so many times the average as it says",
    "about-a-person": "It gives a person as a reason, not what was recorded at the place",
    "permission-over": "The permission ends before the month it is for",
}
"""Fault id -> the words under which it can be chosen."""

_STREETS = (
    "Alder Row", "Bakehouse Lane", "Canal Reach", "Dovecote Street", "Elm Rise", "Foundry Road", "Garrison Way",
    "Hopgarden Lane", "Ivy Terrace", "Jubilee Close", "Kiln Street", "Larch Avenue", "Maltings Court",
    "Nightingale Row", "Orchard Lane", "Priory Walk", "Quarry Road", "Ropewalk", "Saddler Street", "Tannery Yard",
)  # fmt: skip
_OFFENCES = ("Burglary", "Robbery", "Theft from the person", "Vehicle crime")
_INITIATED = ("Drugs", "Possession of weapons", "Public order")
_PEOPLE = (
    "A man known for burglary moved in last week.",
    "The family at the corner house has been in trouble before.",
    "Two young people who were stopped here in spring live nearby.",
)


@dataclass(frozen=True)
class _Place:
    """The figures of one place, in hundredths of an incident."""

    months: tuple[int, ...]
    recorded: tuple[int, ...]
    here: tuple[int, ...]
    nearby: tuple[int, ...]
    anywhere: int
    low: int
    high: int
    average: int
    inside_m: int

    @property
    def expected(self) -> int:
        return sum(self.here) + sum(self.nearby) + self.anywhere

    @property
    def times(self) -> int:
        """How many times the average, in tenths."""
        return round(10 * self.expected / self.average)


def place_case(draw: Draw, number: int, fault: str, on: date) -> Case:
    """Make a case about a place, with one fault of :data:`PLACE_FAULTS` or, with ``""``, none."""
    target = month_of(on) + 1
    place = _sound(draw, target)
    said, times, until = place.expected, place.times, target + draw.between(2, 9)
    offence = draw.pick(_OFFENCES)
    if fault == "parts-do-not-add-up":
        off = max(9, place.expected * draw.between(12, 30) // 100)
        said += draw.pick((-1, 1)) * off if said > 2 * off else off
        times = round(10 * said / place.average)
        place = replace(place, low=min(place.low, said - 5), high=max(place.high, said + 5))
    elif fault == "month-ahead":
        ahead = draw.between(0, 1)
        place = replace(place, months=(target + ahead, *place.months[1:]))
    elif fault == "range-misses-figure":
        place = _missing(draw, place)
    elif fault == "average-wrong":
        times = times * draw.pick((2, 3)) + draw.between(1, 4)
    elif fault == "police-initiated":
        offence = f"{offence} and {draw.pick(_INITIATED).lower()}"
    elif fault == "permission-over":
        until = target - 1
    outside = draw.between(20, 600) if fault == "outside-area" else 0
    aside = f" {draw.pick(_PEOPLE)}" if fault == "about-a-person" else ""
    return _worded(number, draw.pick(_STREETS), target, place, said, times, until, offence, outside, aside)


def _sound(draw: Draw, target: int) -> _Place:
    """Draw a place whose figures agree with each other."""
    months = tuple(target - 1 - i for i in range(6))
    recorded = tuple(draw.pick((0, 0, 1, 1, 2, 3)) for _ in months)
    fading = (14, 11, 9, 7, 6, 5)
    here = tuple(n * (weight + draw.between(-1, 2)) for n, weight in zip(recorded, fading, strict=True))
    nearby = tuple(draw.between(0, 6) for _ in months)
    anywhere = draw.between(2, 5)
    expected = sum(here) + sum(nearby) + anywhere
    low, high = expected * draw.between(40, 70) // 100, expected * draw.between(130, 190) // 100 + 1
    average = draw.between(6, 14)
    return _Place(months, recorded, here, nearby, anywhere, low, high, average, draw.between(15, 900))


def _missing(draw: Draw, place: _Place) -> _Place:
    """Move the range so that it lies wholly above or below its own figure."""
    width = max(6, place.high - place.low)
    if draw.below(2) and place.expected > 16:
        high = place.expected - draw.between(4, 8)
        return replace(place, low=max(0, high - width // 2), high=high)
    low = place.expected + draw.between(4, 12)
    return replace(place, low=low, high=low + width)


def _worded(
    number: int,
    street: str,
    target: int,
    place: _Place,
    said: int,
    times: int,
    until: int,
    offence: str,
    outside: int,
    aside: str,
) -> Case:
    edge = f"{outside} m outside its edge" if outside else f"{place.inside_m} m inside its edge"
    facts = (
        ("Forecast for", month_words(target)),
        ("Offences counted", offence),
        ("Allowed area", edge),
        ("Permission ends", f"15 {month_words(until)}"),
        ("Expected here", hundredths(said)),
        ("Range, 80 times in 100", f"{hundredths(place.low)} to {hundredths(place.high)}"),
        ("Average place", hundredths(place.average)),
        ("Times the average", f"{times // 10}.{times % 10}"),
    )
    rows = [
        (month_words(month), str(n), hundredths(h), hundredths(near))
        for month, n, h, near in zip(place.months, place.recorded, place.here, place.nearby, strict=True)
    ]
    rows.append(("Anywhere in the area", "", "", hundredths(place.anywhere)))
    caption = "What the figure is made of"
    head = ("When", "Recorded here", "Adds, from here", "Adds, from nearby")
    total = ("Expected", "", "", hundredths(said))
    says = f"About {hundredths(said)} expected, {times // 10}.{times % 10} times the average.{aside}"
    return Case(number, f"{street}, {month_words(target)}", facts, caption, head, tuple(rows), total, says)
