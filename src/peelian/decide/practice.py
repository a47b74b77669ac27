"""Practice sets: made-up cases with a known truth, in which a stated share of what the tool says is wrong.

Passing one is what "trained" means here (PL-16): not having sat through something, but having caught the wrong ones.
Cases follow from a seed, so a set can be made again and marked again; whoever sits it never has the seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from peelian.core.errors import InvalidError, MissingError
from peelian.decide.practice_draw import Case, Draw
from peelian.decide.practice_people import PEOPLE_FAULTS, people_case
from peelian.decide.practice_places import PLACE_FAULTS, place_case

SOUND = "sound"
"""The answer that a case can be relied on."""


@dataclass(frozen=True)
class Kind:
    """How cases about one sort of thing are made, and in which ways they can be wrong.

    Parameters
    ----------
    asks : str
        What each case asks.
    faults : mapping of str to str
        Fault id -> the words under which it can be chosen.
    """

    asks: str
    faults: Mapping[str, str]
    make: Callable[[Draw, int, str, date], Case]


_PLACES = Kind("Would you send a patrol on this?", PLACE_FAULTS, place_case)
_PEOPLE = Kind("Would you use this answer?", PEOPLE_FAULTS, people_case)
KINDS: Mapping[str, Kind] = {"hotspots": _PLACES, "stop_person": _PEOPLE, "stop_equality": _PEOPLE}
"""What there are practice sets for: methods, and tables about people."""


@dataclass(frozen=True)
class PracticeSet:
    """A set as it is marked: cases, and the fault of each (:data:`SOUND` for none)."""

    subject: str
    cases: tuple[Case, ...]
    truth: tuple[str, ...]

    def sheet(self) -> dict[str, object]:
        """Return what the person who sits it is shown: everything but the truth."""
        kind = _kind(self.subject)
        choices = [{"id": SOUND, "words": "Nothing is wrong with it"}]
        choices += [{"id": fault, "words": words} for fault, words in kind.faults.items()]
        cases = [case.as_dict() for case in self.cases]
        return {"subject": self.subject, "asks": kind.asks, "choices": choices, "cases": cases}


def make_set(subject: str, *, cases: int, share_wrong: float, seed: bytes, on: date) -> PracticeSet:
    """Make a practice set.

    Parameters
    ----------
    subject : str
        One of :data:`KINDS`.
    cases : int
        How many.
    share_wrong : float
        Share of them with a fault; every fault there is comes up before any comes up twice.
    seed : bytes
        Secret of the attempt: the same seed makes the same set.
    on : date
        The day it is sat: forecasts are for the month after.
    """
    kind, draw = _kind(subject), Draw(seed)
    wrong = max(1, round(cases * share_wrong))
    faults = draw.shuffled(list(kind.faults))
    truth = draw.shuffled([faults[i % len(faults)] for i in range(wrong)] + [SOUND] * (cases - wrong))
    made = (kind.make(draw, number + 1, "" if fault == SOUND else fault, on) for number, fault in enumerate(truth))
    return PracticeSet(subject, tuple(made), tuple(truth))


def mark_set(practice: PracticeSet, answers: Sequence[str]) -> dict[str, int]:
    """Mark the answers to a set.

    Returns
    -------
    dict
        ``cases``, ``right`` (of all), ``wrong_shown``, ``caught`` (of those: the fault was named), ``false_alarms``.

    Raises
    ------
    InvalidError
        ``answers-incomplete``.
    """
    known = {SOUND, *_kind(practice.subject).faults}
    if len(answers) != len(practice.truth) or not set(answers) <= known:
        raise InvalidError(
            "answers-incomplete",
            f"A set of {len(practice.truth)} cases needs as many answers, each one of those offered.",
            why="Leaving a case out would be an answer too.",
            do="Answer every case, then hand in.",
        )
    pairs = list(zip(practice.truth, answers, strict=True))
    return {
        "cases": len(pairs),
        "right": sum(t == a for t, a in pairs),
        "wrong_shown": sum(t != SOUND for t, _ in pairs),
        "caught": sum(t == a for t, a in pairs if t != SOUND),
        "false_alarms": sum(a != SOUND for t, a in pairs if t == SOUND),
    }


def review(practice: PracticeSet, answers: Sequence[str]) -> list[dict[str, object]]:
    """Say of each case what was right, once the set is handed in."""
    words = {SOUND: "Nothing was wrong with it"} | dict(_kind(practice.subject).faults)
    return [
        {"number": n, "answered": words[given], "truth": words[fault], "right": given == fault}
        for n, (fault, given) in enumerate(zip(practice.truth, answers, strict=True), start=1)
    ]


@dataclass(frozen=True)
class Examiner:
    """What the gate asks to make and mark sets: it holds the seeds, this holds the cases."""

    @property
    def subjects(self) -> frozenset[str]:
        """Name what there are sets for."""
        return frozenset(KINDS)

    def sheet(self, subject: str, *, cases: int, share_wrong: float, seed: bytes, on: date) -> dict[str, object]:
        """Return what is shown."""
        return make_set(subject, cases=cases, share_wrong=share_wrong, seed=seed, on=on).sheet()

    def mark(
        self, subject: str, answers: Sequence[str], *, cases: int, share_wrong: float, seed: bytes, on: date
    ) -> tuple[dict[str, int], list[dict[str, object]]]:
        """Return the marks and the review."""
        made = make_set(subject, cases=cases, share_wrong=share_wrong, seed=seed, on=on)
        return mark_set(made, answers), review(made, answers)

    def truth(self, subject: str, *, cases: int, share_wrong: float, seed: bytes, on: date) -> list[str]:
        """Return the answers; asked for by the gate alone, in a demonstration."""
        return list(make_set(subject, cases=cases, share_wrong=share_wrong, seed=seed, on=on).truth)


def _kind(subject: str) -> Kind:
    if subject not in KINDS:
        raise MissingError(
            "practice-missing",
            "There is no practice set for this.",
            why="Only what has a practice set can be trained for.",
            do=f"Use one of: {', '.join(sorted(KINDS))}.",
        )
    return KINDS[subject]
