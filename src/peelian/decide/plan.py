"""A patrol plan: which places, whose idea each was, why, what would show that it was wrong, and its reference."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from peelian.core.errors import InvalidError
from peelian.decide.own_view import PLACES_MAX

CHOICES = {
    "tool": "Use the tool's places",
    "own": "Use my own places",
    "mix": "Use a mix: I choose from both",
}
"""What an officer may decide."""

REASONS = {
    "fits": "The tool's places fit what we know",
    "know-more": "We know something that the records do not show",
    "both": "Each covers what the other misses",
    "recent": "Something happened since the records end",
    "asked": "Residents or partners asked for it",
    "reach": "We cannot get to some of the places",
    "other": "Something else",
}
"""What an officer may give as the reason for a decision; one, with words."""

WORDS_MIN, WORDS_MAX = 10, 500

_REFERENCE = re.compile(r"H-(\d{4})-(\d{2})(\d{2})-(\d{2,4})")


def reference_of(on: date, number: int) -> str:
    """Write a plan's reference: the day its shift begins, and a number: ``H-2026-1127-03``."""
    assert number > 0, "plans are counted from one"
    return f"H-{on:%Y-%m%d}-{number:02d}"


def read_reference(text: str) -> str:
    """Read a reference as people write it (spaces, small letters, no hyphens); ``""`` when it is none."""
    tidy = re.sub(r"[\s/._-]+", "", text).upper()
    parts = re.fullmatch(r"H?(\d{4})(\d{4})(\d{2,4})", tidy)
    written = f"H-{parts[1]}-{parts[2]}-{parts[3]}" if parts else ""
    return written if _REFERENCE.fullmatch(written) else ""


@dataclass(frozen=True)
class ToolPlace:
    """What the tool says about one cell of its list."""

    cell: str
    rank: int
    expected: float
    low: float
    high: float
    sentence: str
    parts: tuple[tuple[str, float], ...] = ()  # what adds up to the expected count: period or kind, amount

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, without its parts, which stay with the finding."""
        return {"cell": self.cell, "rank": self.rank, "expected": self.expected, "low": self.low, "high": self.high}


def tool_places(result: Mapping[str, Any]) -> dict[str, ToolPlace]:
    """Take every place that the tool ranks out of its result, by cell, best first."""
    periods = result.get("periods", [])
    return {cell["id"]: _tool_place(cell, periods) for cell in result["cells"]}


def _tool_place(cell: Mapping[str, Any], periods: Sequence[str]) -> ToolPlace:
    return ToolPlace(
        cell["id"],
        int(cell["rank"]),
        float(cell["expected"]),
        float(cell["low"]),
        float(cell["high"]),
        str(cell.get("sentence", "")),
        _parts(cell, periods) if "here" in cell else (),
    )


PERIODS_SHOWN = 3


def _parts(cell: Mapping[str, Any], periods: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Name the months that count most and sum the others; the parts add up to the cell's figure."""
    order = sorted(range(len(periods)), key=lambda i: (-cell["here"][i], i))
    named = [(periods[i], float(cell["here"][i])) for i in order[:PERIODS_SHOWN]]
    others = sum(cell["here"][i] for i in order[PERIODS_SHOWN:])
    rest = [("other-months", others), ("nearby", sum(cell["nearby"])), ("anywhere", float(cell["anywhere"]))]
    return tuple((name, round(amount, 4)) for name, amount in [*named, *rest] if round(amount, 4))


def tool_choice(places: Mapping[str, ToolPlace]) -> tuple[str, ...]:
    """Return the cells that the tool would choose: as many as an officer may mark."""
    return tuple(sorted(places, key=lambda c: places[c].rank)[:PLACES_MAX])


@dataclass(frozen=True)
class Compared:
    """Two lists of places beside each other."""

    own: tuple[str, ...]
    tool: tuple[str, ...]

    @property
    def both(self) -> tuple[str, ...]:
        """Return the cells that both named, in the tool's order."""
        return tuple(c for c in self.tool if c in self.own)

    @property
    def either(self) -> tuple[str, ...]:
        """Return the cells that one or both named: both, then the officer's own, then the tool's."""
        own_only = [c for c in self.own if c not in self.tool]
        return (*self.both, *own_only, *(c for c in self.tool if c not in self.own))

    def whose(self, cell: str) -> str:
        """Return ``both``, ``own``, ``tool`` or ``""``."""
        own, tool = cell in self.own, cell in self.tool
        return "both" if own and tool else "own" if own else "tool" if tool else ""


def places_chosen(choice: str, compared: Compared, picked: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the cells of a decision.

    Raises
    ------
    InvalidError
        ``choice-missing``, ``mix-empty``, ``mix-too-long``, ``mix-unknown``.
    """
    if choice not in CHOICES:
        raise InvalidError(
            "choice-missing",
            "Choose whose places to use.",
            why="Nothing is chosen for you: a plan is a person's decision.",
            do="Pick the tool's, yours, or a mix.",
        )
    if choice != "mix":
        return compared.tool if choice == "tool" else compared.own
    return _mixed(compared, picked)


def _mixed(compared: Compared, picked: Sequence[str]) -> tuple[str, ...]:
    if not picked:
        raise InvalidError(
            "mix-empty", "Tick the places of your mix.", why="A mix of nothing is no plan.", do="Tick one to five."
        )
    if len(set(picked)) > PLACES_MAX:
        raise InvalidError(
            "mix-too-long",
            f"A plan has at most {PLACES_MAX} places.",
            why="More than that cannot be walked in one shift, nor compared.",
            do="Untick some.",
        )
    if not set(picked) <= set(compared.either):
        raise InvalidError(
            "mix-unknown",
            "A mix is made of your places and the tool's.",
            why="A place that neither of you named has no reason on record.",
            do="Tick places from the table.",
        )
    return tuple(c for c in compared.either if c in picked)


@dataclass(frozen=True)
class Decision:
    """What was decided, why, and what would show that it was wrong."""

    choice: str
    cells: tuple[str, ...]
    reason: str
    words: str
    wrong_if: str

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "choice": self.choice,
            "cells": list(self.cells),
            "reason": self.reason,
            "words": self.words,
            "wrong_if": self.wrong_if,
        }


def read_decision(filled: Mapping[str, Any], compared: Compared) -> Decision:
    """Take what was filled in, or say what is wrong with it.

    Parameters
    ----------
    filled : mapping
        ``choice picked reason words wrong_if``.

    Raises
    ------
    InvalidError
        Of :func:`places_chosen`; ``reason-not-given``, ``words-too-few``, ``words-too-many``, ``wrong-if-missing``.
    """
    cells = places_chosen(str(filled.get("choice", "")), compared, filled.get("picked", ()))
    reason, words, wrong_if = (str(filled.get(name, "")).strip() for name in ("reason", "words", "wrong_if"))
    if reason not in REASONS:
        raise InvalidError(
            "reason-not-given",
            "Pick the reason that fits best.",
            why="Reasons are counted and published, so that people can see how plans are decided.",
            do="Pick one reason, then say it in your words.",
        )
    _check_words(words, wrong_if)
    return Decision(str(filled["choice"]), cells, reason, words, wrong_if)


def _check_words(words: str, wrong_if: str) -> None:
    if len(words) < WORDS_MIN:
        raise InvalidError(
            "words-too-few",
            "Say the reason in your own words.",
            why="The panel reads a sample of reasons. One word tells nobody why.",
            do="Write a short sentence. Name nobody.",
        )
    if len(wrong_if) < WORDS_MIN:
        raise InvalidError(
            "wrong-if-missing",
            "Say what would tell us that this plan was wrong.",
            why="A plan that nothing could prove wrong cannot be learned from.",
            do='For example: "two burglaries on the streets we left out".',
        )
    if max(len(words), len(wrong_if)) > WORDS_MAX:
        raise InvalidError(
            "words-too-many",
            f"Keep each answer under {WORDS_MAX + 1} characters.",
            why="Long texts tend to name people, and are not read.",
            do="Shorten it.",
        )
