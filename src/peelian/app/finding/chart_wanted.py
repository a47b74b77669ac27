"""What somebody wants a chart of, and how: everything that is needed to draw it again, and the steps that led there.

Every change gives another value; those before it and those taken back are kept beside it, so that each can be undone
and done again. Nothing here looks anything up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from peelian.core.errors import InvalidError, LimitError
from peelian.find.chart import KINDS, Around, Name
from peelian.find.layout import SHAPES

FILTERED = tuple(kind for kind in KINDS if kind != "event")
"""Kinds to filter by; events are drawn or not."""

ENDS = 2
"""A way has two ends, and so has a link."""

OPEN_MAX = 12
"""Profiles that are open in one chart: each is a look-up of its own."""

STEPS_MAX = 20
"""Steps that can be taken back."""

NOTES_MAX, NOTE_LETTERS = 40, 200
"""Notes on one chart, and letters of one."""

PLACED_MAX = 60
"""Points that were put somewhere by hand."""

LABELS = ("all", "opened")
"""Whose names are written beside the points: everybody's, or only of those whose links are open and that are marked."""


@dataclass(frozen=True)
class Note:
    """What somebody wrote beside a point (one name) or a link (two)."""

    on: tuple[Name, ...]
    says: str


@dataclass(frozen=True)
class Style:
    """How a chart looks.

    Parameters
    ----------
    shape : str
        One of :data:`~peelian.find.layout.SHAPES`.
    labels : str
        One of :data:`LABELS`.
    plain : bool
        Without colours, for a printer without any.
    marked : tuple of Name
        Points that are made to stand out.
    placed : tuple of (Name, int, int)
        Points that were put somewhere by hand, in units of the picture.
    """

    shape: str = SHAPES[0]
    labels: str = LABELS[0]
    plain: bool = False
    marked: tuple[Name, ...] = ()
    placed: tuple[tuple[Name, int, int], ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What somebody wants a chart of: everything that is needed to draw it again.

    Parameters
    ----------
    opened : tuple of (Name, Around)
        Whose links are open, and which of them; the first is where it began.
    kinds : frozenset of str
        What is shown; everything when empty.
    way : tuple of Name
        The two ends of the way that is asked for, or none.
    without : tuple of Name
        Points that were taken out by hand.
    """

    opened: tuple[tuple[Name, Around], ...]
    kinds: frozenset[str] = frozenset()
    from_on: date | None = None
    until_on: date | None = None
    events: bool = False
    way: tuple[Name, ...] = ()
    without: tuple[Name, ...] = ()
    notes: tuple[Note, ...] = ()
    style: Style = field(default_factory=Style)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for an address that says nothing and for keeping."""
        opened = [[*name, sorted(a.kinds), _iso(a.from_on), _iso(a.until_on)] for name, a in self.opened]
        style = self.style
        return {
            "opened": opened,
            "kinds": sorted(self.kinds),
            "times": [_iso(self.from_on), _iso(self.until_on)],
            "events": self.events,
            "way": _plain(self.way),
            "without": _plain(self.without),
            "notes": [[_plain(note.on), note.says] for note in self.notes],
            "style": [style.shape, style.labels, style.plain],
            "marked": _plain(style.marked),
            "placed": [[*name, x, y] for name, x, y in style.placed],
        }

    @staticmethod
    def of_dict(told: Mapping[str, Any]) -> Wanted:
        """Read what :meth:`as_dict` wrote."""
        shape, labels, plain = told["style"]
        placed = tuple(((kind, key), x, y) for kind, key, x, y in told["placed"])
        return Wanted(
            tuple(((k, key), Around(frozenset(ks), _day(f), _day(u))) for k, key, ks, f, u in told["opened"]),
            frozenset(told["kinds"]),
            _day(told["times"][0]),
            _day(told["times"][1]),
            bool(told["events"]),
            _names(told["way"]),
            _names(told["without"]),
            tuple(Note(_names(on), says) for on, says in told["notes"]),
            Style(shape, labels, bool(plain), _names(told["marked"]), placed),
        )

    @staticmethod
    def begin(name: Name) -> Wanted:
        """Begin with somebody or something."""
        return Wanted(((name, Around()),))


def _plain(names: Iterable[Name]) -> list[list[str]]:
    return [list(name) for name in names]


def _names(told: Iterable[Sequence[str]]) -> tuple[Name, ...]:
    return tuple((kind, key) for kind, key in told)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


# Steps


@dataclass(frozen=True)
class Board:
    """A chart that is being worked on: as it is wanted now, as it was before, and what was taken back.

    Parameters
    ----------
    saved : str
        Under which number it was opened or last kept; empty for one that never was.
    """

    now: Wanted
    before: tuple[Wanted, ...] = ()
    after: tuple[Wanted, ...] = ()
    saved: str = ""

    @staticmethod
    def begin(name: Name) -> Board:
        """Begin with somebody or something."""
        return Board(Wanted.begin(name))

    def step(self, changed: Wanted) -> Board:
        """Go on to another chart; what had been taken back is gone. No change is no step."""
        if changed == self.now:
            return self
        return replace(self, now=changed, before=(*self.before, self.now)[-STEPS_MAX:], after=())

    def undo(self) -> Board:
        """Take the last step back; nothing happens where there is none."""
        if not self.before:
            return self
        return replace(self, now=self.before[-1], before=self.before[:-1], after=(self.now, *self.after))

    def redo(self) -> Board:
        """Take again the step that was taken back last."""
        if not self.after:
            return self
        return replace(self, now=self.after[0], before=(*self.before, self.now), after=self.after[1:])

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data: what a step did not change is told once."""
        told = [w.as_dict() for w in (self.now, *self.before, *self.after)]
        changed = [{k: v for k, v in one.items() if v != told[0][k]} for one in told[1:]]
        return {"now": told[0], "steps": changed, "before": len(self.before), "saved": self.saved}

    @staticmethod
    def of_dict(told: Mapping[str, Any]) -> Board:
        """Read what :meth:`as_dict` wrote."""
        steps = [Wanted.of_dict({**told["now"], **changed}) for changed in told["steps"]]
        n = int(told["before"])
        return Board(Wanted.of_dict(told["now"]), tuple(steps[:n]), tuple(steps[n:]), str(told["saved"]))


# Changing what is wanted


def take_around(wanted: Wanted, name: Name, around: Around) -> Wanted:
    """Open the links of one more, or others of somebody whose links are open already.

    Raises
    ------
    InvalidError
        ``chart-kind-unknown``: an event has no links of its own, or the kind is none.
    LimitError
        ``chart-open-max``.
    """
    if name[0] not in FILTERED:
        raise kind_unknown()
    opened = {**dict(wanted.opened), name: around}
    if len(opened) > OPEN_MAX:
        raise LimitError(
            "chart-open-max",
            f"The links of at most {OPEN_MAX} are open in one chart.",
            why="Each is a look-up of its own, and is recorded; and more cannot be read.",
            do="Close the links of somebody, or begin another chart with whoever matters now.",
        )
    return replace(wanted, opened=tuple(opened.items()), without=tuple(n for n in wanted.without if n != name))


def kind_unknown() -> InvalidError:
    """Return what is said of a kind that no link leads to: an event has none of its own."""
    return InvalidError(
        "chart-kind-unknown",
        "Links are opened of a person, organisation, vehicle, phone or address.",
        do="Choose one of those.",
    )


def close_links(wanted: Wanted, name: Name) -> Wanted:
    """Close somebody's links again; whoever the chart began with stays open."""
    return replace(wanted, opened=(wanted.opened[0], *(one for one in wanted.opened[1:] if one[0] != name)))


def take_out(wanted: Wanted, name: Name) -> Wanted:
    """Take a point out of the chart; whoever it began with stays."""
    if name == wanted.opened[0][0]:
        raise InvalidError(
            "chart-begins-there",
            "A chart keeps whom it began with.",
            do="Begin another chart with somebody else, or open others and leave this one be.",
        )
    return replace(close_links(wanted, name), without=tuple(dict.fromkeys((*wanted.without, name))), way=())


def all_back(wanted: Wanted) -> Wanted:
    """Put back whatever was taken out by hand or filtered away."""
    return replace(wanted, without=(), kinds=frozenset(), from_on=None, until_on=None)


def take_filter(
    wanted: Wanted, kinds: Sequence[str], from_on: date | None, until_on: date | None, *, events: bool
) -> Wanted:
    """Show some kinds and some time only; every kind, or none, is no filter."""
    kept = frozenset(kinds) & frozenset(FILTERED)
    kept = frozenset() if len(kept) == len(FILTERED) else kept
    return replace(wanted, kinds=kept, from_on=from_on, until_on=until_on, events=events, way=())


def take_times(wanted: Wanted, from_on: date | None, until_on: date | None) -> Wanted:
    """Show another time, and leave the rest as it is."""
    return replace(wanted, from_on=from_on, until_on=until_on)


def take_way(wanted: Wanted, start: Name, end: Name) -> Wanted:
    """Ask for the shortest way between two."""
    return replace(wanted, way=(start, end))


def take_note(wanted: Wanted, on: Sequence[Name], says: str) -> Wanted:
    """Write something beside a point or a link; nothing takes what was there away.

    Raises
    ------
    LimitError
        ``chart-note-max``.
    """
    about = tuple(sorted(on)) if len(on) == ENDS else tuple(on)
    kept = tuple(note for note in wanted.notes if note.on != about)
    words = " ".join(says.split())
    if len(words) > NOTE_LETTERS or (words and len(kept) >= NOTES_MAX):
        raise LimitError(
            "chart-note-max",
            f"A chart has at most {NOTES_MAX} notes, of at most {NOTE_LETTERS} letters each.",
            why="A note is a few words beside a picture; findings belong into the case, where they are disclosed.",
            do="Shorten it, or take another note away.",
        )
    return replace(wanted, notes=(*kept, Note(about, words)) if words else kept)


def take_mark(wanted: Wanted, name: Name) -> Wanted:
    """Make a point stand out, or let it be like the others again."""
    marked = wanted.style.marked
    kept = tuple(n for n in marked if n != name) if name in marked else (*marked, name)
    return replace(wanted, style=replace(wanted.style, marked=kept))


def take_style(wanted: Wanted, shape: str, labels: str, *, plain: bool) -> Wanted:
    """Let the chart look another way; a new shape forgets what was placed by hand."""
    now = wanted.style
    shape, labels = shape if shape in SHAPES else now.shape, labels if labels in LABELS else now.labels
    placed = now.placed if shape == now.shape else ()
    return replace(wanted, style=replace(now, shape=shape, labels=labels, plain=plain, placed=placed))


def take_places(wanted: Wanted, placed: Iterable[tuple[Name, int, int]]) -> Wanted:
    """Leave points where they were put by hand."""
    where = {name: (x, y) for name, x, y in wanted.style.placed} | {name: (x, y) for name, x, y in placed}
    kept = tuple((name, x, y) for name, (x, y) in list(where.items())[-PLACED_MAX:])
    return replace(wanted, style=replace(wanted.style, placed=kept))


def take_day(text: str) -> date | None:
    """Read a day as a browser's field sends it; none when nothing was filled in.

    Raises
    ------
    InvalidError
        ``day-not-understood``.
    """
    try:
        return _day(text.strip())
    except ValueError:
        raise InvalidError(
            "day-not-understood", "That is no day.", do="Write it as 2026-11-22, or choose it from the calendar."
        ) from None
