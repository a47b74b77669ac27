"""The clock that a stop starts: by when its tool's owner owes the public an answer, and whether they are late."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from peelian.model.paper import Paper
from peelian.model.stop import PANEL, Stop

SOON = timedelta(days=7)
"""From so long before it is due, an answer is called due soon."""


@dataclass(frozen=True)
class AnswerClock:
    """Whether somebody who owes an answer has given it.

    Parameters
    ----------
    asked_at, due_at : datetime
    answered_at : datetime or None
        When the first answer was written.
    now : datetime
    """

    asked_at: datetime
    due_at: datetime
    answered_at: datetime | None
    now: datetime

    @property
    def state(self) -> str:
        """Return ``answered``, ``answered late``, ``late``, ``due soon`` or ``waiting``."""
        if self.answered_at is not None:
            return "answered late" if self.answered_at > self.due_at else "answered"
        if self.now > self.due_at:
            return "late"
        return "due soon" if self.due_at - self.now <= SOON else "waiting"

    @property
    def days_left(self) -> int:
        """Return the days until it is due, a begun one counted; nought or less when it is over."""
        return -((self.now - self.due_at) // timedelta(days=1))

    @property
    def days_late(self) -> int:
        """Return by how many days, begun ones counted, the answer is or was late."""
        over = (self.answered_at or self.now) - self.due_at
        return max(0, -(-over // timedelta(days=1)))


def clock_of(asked_at: datetime, answer_days: int, answers: Iterable[Paper], now: datetime) -> AnswerClock:
    """Return the clock of a stop or a question.

    Parameters
    ----------
    answers : iterable of Paper
        Answers about it; the first counts, later ones add to it.
    """
    first = min((a.made_at for a in answers), default=None)
    return AnswerClock(asked_at, asked_at + timedelta(days=answer_days), first, now)


def owes_answer(stop: Stop) -> bool:
    """Say whether a stop starts the clock: the panel's does; an owner who stops their own tool answers to nobody."""
    return stop.whose == PANEL
