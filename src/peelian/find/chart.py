"""A chart of links: who and what is connected with whom, by which record, drawn out of profiles that were opened.

Nothing is in a chart but what an opened profile says, so nothing is in it that its viewer may not see. A chart is a
value: opening another profile, looking around somebody, or filtering gives another chart.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from peelian.core.canonical_forms import (
    canonical_address,
    canonical_firm,
    canonical_phone,
    canonical_plate,
    canonical_postcode,
)
from peelian.core.name_keys import fold_name
from peelian.find.answer import Connection, Fact, Profile

KINDS = ("person", "organisation", "vehicle", "phone", "address", "event")
"""What a point of a chart can be, in the order in which they are listed."""

POINTS_MAX = 200
"""Points that are drawn: more is a picture, no chart. What is left over is counted, and stays in the profiles."""

ADULT = 18

NO_PLATE = "(no plate)"
"""What stands for the plate of a vehicle of which none is on record: two of those are not one vehicle."""

PAIR = 2
"""Whom an event ties together is at least a pair."""

Name = tuple[str, str]
"""A kind and the key of a profile of that kind."""


@dataclass(frozen=True)
class Point:
    """Somebody or something in a chart.

    Parameters
    ----------
    opened : bool
        Whether its own profile was opened, so that every link of it that may be seen is here.
    child : bool or None
        Whether it is a person under 18 today; None where no birth date says.
    """

    kind: str
    key: str
    title: str
    opened: bool = False
    child: bool | None = None

    @property
    def name(self) -> Name:
        """Return what tells this point from every other."""
        return self.kind, self.key


@dataclass(frozen=True)
class Tie:
    """One record that connects two points, and the sentence that says how."""

    one: Name
    other: Name
    because: str
    fact: Fact

    @property
    def ends(self) -> frozenset[Name]:
        """Return both ends."""
        return frozenset((self.one, self.other))


@dataclass(frozen=True)
class Chart:
    """Points, the first of them the one that it began with, and the ties between them.

    Parameters
    ----------
    left_out : tuple of (str, int)
        How many points of each kind were left out because there were more than :data:`POINTS_MAX`.
    goes_by : mapping of Name to Name
        Other names under which a point may be asked for -> its own.
    """

    points: tuple[Point, ...]
    ties: tuple[Tie, ...]
    left_out: tuple[tuple[str, int], ...] = ()
    goes_by: Mapping[Name, Name] = field(default_factory=dict, repr=False)

    @property
    def cut(self) -> int:
        """Return how many points were left out."""
        return sum(n for _, n in self.left_out)

    def point(self, name: Name) -> Point | None:
        """Return the point that goes by a name."""
        own = self.goes_by.get(name, name)
        return next((p for p in self.points if p.name == own), None)

    def pairs(self) -> dict[tuple[Name, Name], tuple[Tie, ...]]:
        """Return the ties between each two points, in the order of the points."""
        rank = {p.name: i for i, p in enumerate(self.points)}
        found: dict[tuple[Name, Name], list[Tie]] = defaultdict(list)
        for tie in self.ties:
            first, second = sorted((tie.one, tie.other), key=rank.__getitem__)
            found[first, second].append(tie)
        return {pair: tuple(found[pair]) for pair in sorted(found, key=lambda p: (rank[p[0]], rank[p[1]]))}


@dataclass(frozen=True)
class Around:
    """What of somebody's links is wanted: of these kinds, in this time; everything where nothing is said."""

    kinds: frozenset[str] = frozenset()
    from_on: date | None = None
    until_on: date | None = None

    def takes(self, link: Connection) -> bool:
        """Say whether a link is wanted. One without a day is, unless a time is asked for."""
        return (not self.kinds or link.kind in self.kinds) and in_time(link.fact, self.from_on, self.until_on)


def in_time(fact: Fact, from_on: date | None, until_on: date | None) -> bool:
    """Say whether a fact is of a day from the first to the last; one without a day is of no time that is asked for."""
    if from_on is None and until_on is None:
        return True
    return fact.on is not None and (from_on is None or fact.on >= from_on) and (until_on is None or fact.on <= until_on)


def draw_chart(
    opened: Sequence[tuple[Name, Profile]],
    today: date,
    *,
    around: Mapping[Name, Around] | None = None,
    without: Collection[Name] = (),
    most: int | None = POINTS_MAX,
) -> Chart:
    """Put together a chart of the profiles that were opened, in that order.

    Parameters
    ----------
    opened : sequence of (Name, Profile)
        What was asked for, and what came; a profile may answer to another key than the one asked for.
    around : mapping of Name to Around
        Of which of those only some links are wanted.
    without : collection of Name
        Points that were taken out by hand.
    most : int or None
        Points that are left; None for all of them.
    """
    drawing = _Drawing(today, _known_as(opened), frozenset(without))
    for _, profile in opened:
        drawing.add_opened(profile)
    for asked, profile in opened:
        wanted = (around or {}).get(asked, Around())
        for link in links_of(profile):
            if wanted.takes(link):
                drawing.add_link((profile.kind, profile.key), link)
    whole = Chart(tuple(drawing.points.values()), tuple(drawing.ties.values()), (), drawing.goes_by)
    return whole if most is None else thin_chart(whole, most)


def thin_chart(chart: Chart, most: int = POINTS_MAX) -> Chart:
    """Leave points out until no more are left than can be read, and count them by kind.

    Whoever is open stays; then those who are tied to most of the others, then those with most and newest records.
    """
    if len(chart.points) <= most:
        return chart
    weight = _weights(chart)
    order = sorted(chart.points, key=lambda p: weight[p.name])
    kept = {p.name for p in order[:most]}
    gone = Counter(p.kind for p in chart.points if p.name not in kept)
    return replace(
        chart,
        points=tuple(p for p in chart.points if p.name in kept),
        ties=tuple(t for t in chart.ties if t.one in kept and t.other in kept),
        left_out=tuple((kind, gone[kind]) for kind in KINDS if gone[kind]),
    )


def _weights(chart: Chart) -> dict[Name, tuple[bool, int, int, int, int]]:
    """Return by what points are put in order of how much they are wanted in a chart; the least comes first."""
    ends: dict[Name, set[Name]] = defaultdict(set)
    records: Counter[Name] = Counter()
    newest: dict[Name, int] = defaultdict(int)
    for tie in chart.ties:
        on = tie.fact.on.toordinal() if tie.fact.on else 0
        for here, there in ((tie.one, tie.other), (tie.other, tie.one)):
            ends[here].add(there)
            records[here] += 1
            newest[here] = max(newest[here], on)
    return {
        p.name: (not p.opened, -len(ends[p.name]), -records[p.name], -newest[p.name], rank)
        for rank, p in enumerate(chart.points)
    }


def links_of(profile: Profile) -> Iterator[Connection]:
    """Give what a profile is connected with: other people and things, and a person's own phones and addresses."""
    yield from (link for link in profile.connections if link.key != NO_PLATE)
    for section in profile.sections if profile.kind in ("person", "organisation") else ():
        for fact in section.facts:
            if fact.about in ("phone", "address") and fact.says:
                yield Connection(
                    fact.about, fact.says, fact.says, f"this {profile.kind}'s {fact.about}, by a record", fact
                )


def _known_as(opened: Sequence[tuple[Name, Profile]]) -> dict[Name, Name]:
    """Return by which other names opened profiles go: what was asked for, and each record that is about the person."""
    known: dict[Name, Name] = {}
    for asked, profile in opened:
        name = (profile.kind, profile.key)
        known[asked] = name
        if profile.kind == "person":
            own = (f for facts in (profile.names, profile.born, *_sections(profile)) for f in facts)
            known |= {("person", f"{f.table}:{f.record_id}"): name for f in own if f.table.endswith("_person")}
    return known


def _sections(profile: Profile) -> Iterator[tuple[Fact, ...]]:
    return (section.facts for section in profile.sections)


class _Drawing:
    """A chart under way."""

    def __init__(self, today: date, known_as: dict[Name, Name], without: frozenset[Name]) -> None:
        self.today, self.known_as, self.without = today, known_as, without
        self.points: dict[Name, Point] = {}
        self.ties: dict[tuple[object, ...], Tie] = {}
        self.alike: dict[tuple[object, ...], Name] = {}
        self.goes_by: dict[Name, Name] = dict(known_as)

    def add_opened(self, profile: Profile) -> None:
        name = (profile.kind, profile.key)
        if name not in self.without:
            child = profile.under_18 if profile.kind == "person" and (profile.born or profile.under_18) else None
            self.points[name] = Point(profile.kind, profile.key, profile.title, True, child)
            if profile.kind != "person":
                self.alike[_alike(profile.kind, profile.key, None)] = name

    def add_link(self, here: Name, link: Connection) -> None:
        there = self.name_of(link)
        if here not in self.points or there == here or there in self.without:
            return
        self.goes_by[link.kind, link.key] = there
        if there not in self.points:
            self.points[there] = Point(there[0], there[1], link.title, False, self._child(link))
        one, other = sorted((here, there))
        # The profiles of both ends tell the same tie, each in its own words.
        where = link.fact.event or (link.fact.table, link.fact.record_id)
        told = (one, other, link.fact.source, where, link.fact.on)
        whose = f"{link.title}: " if link.kind in ("person", "organisation") else ""  # whose part in it is told
        self.ties.setdefault(told, Tie(one, other, whose + link.because, link.fact))

    def name_of(self, link: Connection) -> Name:
        """Return the point that a link leads to: the same for each spelling of it."""
        name = self.known_as.get((link.kind, link.key), (link.kind, link.key))
        if name in self.points:
            return name
        if link.kind == "person" and link.born_on is None:
            return name
        same = _alike(link.kind, link.title if link.kind == "person" else link.key, link.born_on)
        return self.alike.setdefault(same, name)

    def _child(self, link: Connection) -> bool | None:
        return None if link.kind != "person" or link.born_on is None else age_on(link.born_on, self.today) < ADULT


def _alike(kind: str, text: str, born_on: date | None) -> tuple[object, ...]:
    """Return under what two points are one: canonical form, or one name and one birth date, as on the pages."""
    form = _CANONICAL.get(kind, fold_name)
    return kind, form(text) or text, born_on


def _canonical_place(text: str) -> str:
    """Write an address and its postcode: a street of one name is in many towns."""
    return f"{canonical_address(text)} {canonical_postcode(text.rpartition(',')[2])}"


_CANONICAL = {
    "address": _canonical_place,
    "organisation": canonical_firm,
    "phone": canonical_phone,
    "vehicle": canonical_plate,
}


def age_on(born_on: date, today: date) -> int:
    """Return somebody's age in whole years."""
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def with_events(chart: Chart) -> Chart:
    """Draw each event that ties rest on as a point of its own, between those whom it connects."""
    points = {p.name: p for p in chart.points}
    ties: list[Tie] = []
    for tie in chart.ties:
        event = ("event", f"{tie.fact.source} {tie.fact.event}")
        if not tie.fact.event or (event not in points and len(points) >= POINTS_MAX):
            ties.append(tie)  # too many points are no chart: the tie stays a line between the two
            continue
        points.setdefault(event, Point("event", event[1], tie.fact.event))
        ties += [Tie(event, tie.one, tie.because, tie.fact), Tie(event, tie.other, tie.because, tie.fact)]
    return replace(chart, points=tuple(points.values()), ties=tuple(dict.fromkeys(ties)))


def filter_chart(
    chart: Chart, kinds: Collection[str] = (), from_on: date | None = None, until_on: date | None = None
) -> Chart:
    """Keep points of some kinds and ties of some time; whoever is left without a tie goes, opened ones stay."""
    kept = {p.name for p in chart.points if not kinds or p.kind in kinds or p.opened}
    ties = tuple(t for t in chart.ties if t.ends <= kept and in_time(t.fact, from_on, until_on))
    tied = {name for t in ties for name in t.ends}
    return replace(chart, points=tuple(p for p in chart.points if p.opened or p.name in tied), ties=ties)


def shortest_path(chart: Chart, start: Name, end: Name) -> tuple[Name, ...]:
    """Return a way from one point to another over the fewest ties; empty when there is none.

    Of several equally short ones it is the one through points that came into the chart first, so that the same chart
    gives the same way.
    """
    near = neighbours(chart)
    start, end = (chart.goes_by.get(name, name) for name in (start, end))
    if start not in near or end not in near:
        return ()
    came_from: dict[Name, Name | None] = {start: None}
    waiting = deque([start])
    while waiting and end not in came_from:
        here = waiting.popleft()
        for there in near[here]:
            if there not in came_from:
                came_from[there] = here
                waiting.append(there)
    return _way_back(came_from, end)


def _way_back(came_from: Mapping[Name, Name | None], end: Name) -> tuple[Name, ...]:
    way: list[Name] = []
    here: Name | None = end if end in came_from else None
    while here is not None:
        way.append(here)
        here = came_from[here]
    return tuple(reversed(way))


def neighbours(chart: Chart) -> dict[Name, list[Name]]:
    """Return who is tied to whom, everybody in the order of the chart."""
    rank = {p.name: i for i, p in enumerate(chart.points)}
    near: dict[Name, set[Name]] = {p.name: set() for p in chart.points}
    for tie in chart.ties:
        near[tie.one].add(tie.other)
        near[tie.other].add(tie.one)
    return {name: sorted(others, key=rank.__getitem__) for name, others in near.items()}


def only_path(chart: Chart, path: Sequence[Name]) -> Chart:
    """Keep a way and the ties along it."""
    steps = {frozenset(step) for step in pairwise(path)}
    return replace(
        chart,
        points=tuple(p for p in chart.points if p.name in path),
        ties=tuple(t for t in chart.ties if t.ends in steps),
    )


def to_leave(chart: Chart) -> tuple[Chart, int]:
    """Return what of a chart may leave the building, and how many people stay behind.

    Nobody under 18 leaves in a chart, and nobody of whom no birth date says that they are not. Whoever is tied to
    nobody else any more goes too, and an event that connects nobody else.
    """
    stay = {p.name for p in chart.points if p.kind == "person" and p.child is not False}
    leaving = _without(chart, stay)
    near = neighbours(leaving)
    lonely = {p.name for p in leaving.points if p.kind == "event" and len(near[p.name]) < PAIR}
    return _without(leaving, lonely), len(stay)


def _without(chart: Chart, gone: Collection[Name]) -> Chart:
    ties = tuple(t for t in chart.ties if not t.ends & set(gone))
    tied = {name for t in ties for name in t.ends}
    kept = tuple(p for i, p in enumerate(chart.points) if p.name not in gone and (i == 0 or p.name in tied))
    return replace(chart, points=kept, ties=ties)
