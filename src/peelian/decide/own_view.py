"""The own view: up to five places that an officer would go to, each with a word why, written before the reveal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peelian.core.errors import InvalidError

PLACES_MAX = 5
WORDS_MAX = 120

WHYS = {
    "repeat": "The same homes were hit again",
    "told": "Residents or partners told us",
    "seen": "I have seen it on patrol",
    "easy": "Easy to get in or away",
    "recent": "Something happened there this week",
    "last-year": "It was bad at this time last year",
    "other": "Something else",
}
"""What an officer may give as the reason for a place; one each."""


@dataclass(frozen=True)
class Marked:
    """One place marked, why, and a few words more."""

    cell: str
    why: str
    words: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return it as plain data."""
        return {"cell": self.cell, "why": self.why, "words": self.words}


@dataclass(frozen=True)
class OwnView:
    """An officer's own view for one shift, in the order it was marked."""

    marked: tuple[Marked, ...]

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the cells."""
        return tuple(m.cell for m in self.marked)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"places": [m.as_dict() for m in self.marked]}


def own_view_from(body: Mapping[str, Any]) -> OwnView:
    """Build an own view from a paper's body."""
    return OwnView(tuple(Marked(p["cell"], p["why"], p.get("words", "")) for p in body["places"]))


def read_own_view(cells: Sequence[str], whys: Sequence[str], words: Sequence[str], known: Collection[str]) -> OwnView:
    """Take what was filled in, or say what is wrong with it.

    Parameters
    ----------
    cells, whys, words : sequence of str
        In parallel: the cell, a key of :data:`WHYS`, and a few words.
    known : collection of str
        The cells of the study area.

    Raises
    ------
    InvalidError
        ``own-view-empty``, ``own-view-too-long``, ``place-unknown``, ``why-missing``, ``words-too-long``.
    """
    check_places(cells, known)
    pairs = zip(cells, [*whys, *[""] * len(cells)], [*words, *[""] * len(cells)], strict=False)
    return OwnView(tuple(_marked(cell, why.strip(), text.strip()) for cell, why, text in pairs))


def check_places(cells: Sequence[str], known: Collection[str]) -> None:
    """Refuse no place, more than five, the same one twice, and places outside the area."""
    if not cells:
        raise InvalidError(
            "own-view-empty",
            "Mark at least one place where you would go.",
            why="Your own view comes first. Without one there is nothing to compare the tool with.",
            do="Tap the map or tick a street.",
        )
    if len(set(cells)) > PLACES_MAX:
        raise InvalidError(
            "own-view-too-long",
            f"Mark at most {PLACES_MAX} places.",
            why="The tool names as many. Who marks everything has chosen nothing.",
            do="Untick the ones that matter least.",
        )
    if len(set(cells)) != len(cells) or not set(cells) <= set(known):
        raise InvalidError(
            "place-unknown",
            "One of the places is outside the area, or is there twice.",
            why="A plan stays within the area that the permission names.",
            do="Choose places from the map or the list.",
        )


def _marked(cell: str, why: str, words: str) -> Marked:
    if why not in WHYS or (why == "other" and not words):
        raise InvalidError(
            "why-missing",
            "Say why for each place.",
            why="A word why is what we compare with later, when we ask who was right.",
            do="Pick a reason for each place. For something else, say what.",
        )
    if len(words) > WORDS_MAX:
        raise InvalidError(
            "words-too-long",
            f"Keep the words for a place under {WORDS_MAX + 1} characters.",
            why="A few words are read; many are not, and they tend to name people.",
            do="Shorten them, and name nobody.",
        )
    return Marked(cell, why, words)
