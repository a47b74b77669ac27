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
from peelian.decide.practice_records import RECORD_FAULTS, record_case
from peelian.gate.examiner import Recipe

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
_RECORDS = Kind("Would you act on what is read out to you?", RECORD_FAULTS, record_case)
KINDS: Mapping[str, Kind] = {
    "hotspots": _PLACES,
    "stop_person": _PEOPLE,
    "stop_equality": _PEOPLE,
    "incident_person": _RECORDS,
}
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


def make_set(subject: str, recipe: Recipe) -> PracticeSet:
    """Make a practice set about one of :data:`KINDS`; every fault there is comes up before any comes up twice."""
    kind, draw = _kind(subject), Draw(recipe.seed)
    wrong = max(1, round(recipe.cases * recipe.share_wrong))
    faults = draw.shuffled(list(kind.faults))
    truth = draw.shuffled([faults[i % len(faults)] for i in range(wrong)] + [SOUND] * (recipe.cases - wrong))
    made = (kind.make(draw, n + 1, "" if fault == SOUND else fault, recipe.on) for n, fault in enumerate(truth))
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

    def sheet(self, subject: str, recipe: Recipe) -> dict[str, object]:
        """Return what is shown."""
        return make_set(subject, recipe).sheet()

    def mark(
        self, subject: str, recipe: Recipe, answers: Sequence[str]
    ) -> tuple[dict[str, int], list[dict[str, object]]]:
        """Return the marks and the review."""
        made = make_set(subject, recipe)
        return mark_set(made, answers), review(made, answers)

    def truth(self, subject: str, recipe: Recipe) -> list[str]:
        """Return the answers; asked for by the gate alone, in a demonstration."""
        return list(make_set(subject, recipe).truth)


def _kind(subject: str) -> Kind:
    if subject not in KINDS:
        raise MissingError(
            "practice-missing",
            "There is no practice set for this.",
            why="Only what has a practice set can be trained for.",
            do=f"Use one of: {', '.join(sorted(KINDS))}.",
        )
    return KINDS[subject]
