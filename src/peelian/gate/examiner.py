"""What the gate asks of whoever makes and marks practice sets: the gate holds the seeds, the examiner the cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol


@dataclass(frozen=True)
class Recipe:
    """What one set is made from: the same recipe makes the same set.

    Parameters
    ----------
    cases : int
        How many.
    share_wrong : float
        Share of them in which something is wrong.
    seed : bytes
        Secret of the attempt.
    on : date
        The day it was begun.
    """

    cases: int
    share_wrong: float
    seed: bytes = field(repr=False)
    on: date


class Examiner(Protocol):
    """Makes and marks practice sets from a seed."""

    @property
    def subjects(self) -> frozenset[str]:
        """Name what there are sets for."""
        ...

    def sheet(self, subject: str, recipe: Recipe) -> dict[str, object]:
        """Return what the person who sits it is shown."""
        ...

    def mark(
        self, subject: str, recipe: Recipe, answers: Sequence[str]
    ) -> tuple[dict[str, int], list[dict[str, object]]]:
        """Return the marks, and what was right in each case."""
        ...

    def truth(self, subject: str, recipe: Recipe) -> list[str]:
        """Return the answers."""
        ...
