"""What was found next day, place by place: useful, not, or could not go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peelian.core.errors import InvalidError

FOUND = {"useful": "Useful", "not": "Not useful", "no-go": "Could not go"}
"""What may be said of a place."""

NOTE_MAX = 300


@dataclass(frozen=True)
class Outcome:
    """What an officer said of each place of a plan, and whether what would have shown it wrong came true."""

    found: Mapping[str, str]
    wrong: str
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"found": dict(self.found), "wrong": self.wrong, "note": self.note}


def read_outcome(cells: Sequence[str], said: Mapping[str, str], wrong: str, note: str = "") -> Outcome:
    """Take what was filled in, or say what is wrong with it.

    Parameters
    ----------
    cells : sequence of str
        The plan's cells; each needs an answer.
    said : mapping of str to str
        Cell -> a key of :data:`FOUND`.
    wrong : str
        ``yes``, ``no`` or ``unknown``: did what would have shown the plan wrong come true.

    Raises
    ------
    InvalidError
        ``outcome-incomplete``, ``note-too-long``.
    """
    if any(said.get(cell) not in FOUND for cell in cells) or wrong not in {"yes", "no", "unknown"}:
        raise InvalidError(
            "outcome-incomplete",
            "Answer for each place, and for what would have shown the plan wrong.",
            why="A plan with half its outcomes would be counted as better or worse than it was.",
            do='Pick one answer a line. "Could not go" is an answer too.',
        )
    if len(note.strip()) > NOTE_MAX:
        raise InvalidError(
            "note-too-long",
            f"Keep the note under {NOTE_MAX + 1} characters.",
            why="Long notes tend to name people. What you learned of people goes into its own record.",
            do="Shorten it, and name nobody.",
        )
    return Outcome({cell: said[cell] for cell in cells}, wrong, note.strip())
