"""Practice: sets of made-up cases that are begun, sat and marked at the gate, and make somebody trained.

Nobody brings their own marks. The gate draws the seed, has the set made and marked, and enters the marks; whether they
are enough is decided on every call by what the charter in force asks. Whoever sits a set never has its seed.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from peelian.core.errors import InvalidError, MissingError, Reason, RefusedError
from peelian.core.ids import new_ulid
from peelian.core.time import iso
from peelian.gate import presence
from peelian.gate.door import Gate
from peelian.gate.entries import Act
from peelian.gate.examiner import Examiner, Recipe
from peelian.gate.identity import Credential
from peelian.gate.judging import circumstances, insist
from peelian.gate.memory.practice_record import ATTEMPT_LASTS, Attempt, Marked
from peelian.gate.room import Room
from peelian.policy.floor_law import PracticeSet
from peelian.store.locks import exclusive

LOCK_WAIT_S = 30


@dataclass(frozen=True)
class Outcome:
    """A set that was handed in: marks, whether they are enough, and what was right in each case."""

    marked: Marked
    terms: PracticeSet
    passed: bool
    review: tuple[Mapping[str, object], ...]

    def as_dict(self) -> dict[str, object]:
        """Return the outcome as plain data."""
        m = self.marked
        return {
            "attempt": m.attempt,
            "subject": m.subject,
            "passed": self.passed,
            "holds_until": self.marked.holds_until(self.terms).isoformat() if self.passed else None,
            "cases": m.cases,
            "right": m.right,
            "wrong_shown": m.wrong_shown,
            "caught": m.caught,
            "false_alarms": m.false_alarms,
            "must_catch": self.terms.must_catch,
            "must_keep": self.terms.must_keep,
            "demonstration": m.demonstration,
            "review": [dict(row) for row in self.review],
        }


_TAKING_IN = ("source", "sharing")
_UNSEEN = ("link-people",)
"""Duties under which rows go to a machine and before nobody's eyes: nobody can be misled by them."""


class PracticeRoom(Room):
    """Practice at one deployment's gate."""

    def begin(self, credential: Credential, subject: str) -> Attempt:
        """Begin a set, or go on with the one that is begun: nobody leafs through sets until one is easy.

        Raises
        ------
        MissingError
            ``practice-missing``.
        RefusedError
            ``refused-by-rule`` when no mandate lets a role of the caller's use this.
        """
        house, met = self._house, presence.meet(self._house, credential)
        terms = self._terms(subject)
        mandate = self._mandate_for(subject, met.actor.roles)
        now = circumstances(house, met, mandate)
        verdict = house.rulebook.judge_act(met.actor, now, "sit-practice")
        insist(house, met, verdict, "sit a practice set", subject, {"subject": subject, "mandate": mandate})
        with exclusive(house.deployment.tmp / "practice.lock", wait_s=LOCK_WAIT_S):  # of two at once one draws a set
            begun = house.head.follow().practice.open_attempt(met.actor.id, subject, house.clock.now())
            if begun is not None:
                return begun
            attempt = new_ulid(house.clock)
            body = met.who() | {"attempt": attempt, "subject": subject, "mandate": mandate}
            body |= {"cases": terms.cases, "share_wrong": terms.share_wrong}
            house.recorder.record([Act("practice-begun", subject, met.purpose, "record", body)])
            return house.head.follow().practice.begun[attempt]

    def sheet(self, credential: Credential, attempt_id: str) -> dict[str, object]:
        """Return the cases of a set that the caller has begun; not what is wrong with them."""
        attempt = self._own(presence.meet(self._house, credential), attempt_id)
        made = self._examiner().sheet(attempt.subject, self._recipe(attempt))
        until = iso(attempt.at + ATTEMPT_LASTS)
        return made | {"attempt": attempt.id, "until": until, "share_wrong": attempt.share_wrong}

    def hand_in(self, credential: Credential, attempt_id: str, answers: Sequence[str]) -> Outcome:
        """Hand a set in and have it marked; once."""
        met = presence.meet(self._house, credential)
        return self._mark(met, self._own(met, attempt_id), answers, demonstration=False)

    def show(self, credential: Credential, attempt_id: str) -> Outcome:
        """Answer a set from the truth, to show how the product works; in a demonstration alone, and said so.

        Raises
        ------
        RefusedError
            ``not-a-demonstration``.
        """
        house, met = self._house, presence.meet(self._house, credential)
        attempt = self._own(met, attempt_id)
        if not house.charter.force.demonstration:
            body = met.who() | {"asked": "answer a practice set from the truth", "reasons": ["not-a-demonstration"]}
            house.recorder.record([Act("refusal", attempt.subject, met.purpose, "refuse", body, met.reason)])
            what = "Only a demonstration, in which everybody is made up, may be answered from the truth."
            raise RefusedError(
                "not-a-demonstration",
                "Practice sets are answered by the person who is to be trained.",
                why=f"{what} The refusal is recorded.",
                do="Look at each case and answer it.",
                reasons=[Reason("not-a-demonstration", what, "the training lead", "Sit the set yourself.")],
            )
        truth = self._examiner().truth(attempt.subject, self._recipe(attempt))
        return self._mark(met, attempt, truth, demonstration=True)

    def standing(self, credential: Credential) -> list[dict[str, object]]:
        """Say for each set that the caller may sit how they stand: trained until when, or not."""
        house, met = self._house, presence.meet(self._house, credential)
        record, now = house.head.practice, house.clock.now()
        out = []
        for subject, terms in sorted(house.charter.practice.items()):
            if not self._mandate_for(subject, met.actor.roles):
                continue
            begun = record.open_attempt(met.actor.id, subject, now)
            until = record.counts_until(
                met.actor.id, subject, house.charter.practice, demonstration=house.charter.force.demonstration
            )
            out.append(
                {
                    "subject": subject,
                    "trained": subject in met.actor.trained,
                    "until": until.isoformat() if until else None,
                    "begun": begun.id if begun else None,
                    "cases": terms.cases,
                    "share_wrong": terms.share_wrong,
                    "valid_months": terms.valid_months,
                }
            )
        return out

    def counts(self) -> dict[str, dict[str, int]]:
        """Count sets handed in and passed, by subject; public as counts only, demonstrations apart."""
        house = self._house
        out = {s: {"sat": 0, "passed": 0, "demonstrations": 0} for s in sorted(house.charter.practice)}
        for m in house.head.follow().practice.marked.values():
            row, terms = out.get(m.subject), house.charter.practice.get(m.subject)
            if row is None or terms is None:
                continue
            if m.demonstration:
                row["demonstrations"] += 1
            else:
                row["sat"] += 1
                row["passed"] += m.passes(terms)
        return out

    def _mark(
        self, met: presence.Presence, attempt: Attempt, answers: Sequence[str], *, demonstration: bool
    ) -> Outcome:
        house = self._house
        marks, review = self._examiner().mark(attempt.subject, self._recipe(attempt), answers)
        body = met.who() | marks | {"attempt": attempt.id, "subject": attempt.subject, "mandate": attempt.mandate}
        body |= {"answers": list(answers), "demonstration": demonstration}
        house.recorder.record([Act("practice-marked", attempt.subject, met.purpose, "record", body)])
        marked = house.head.follow().practice.marked[attempt.id]
        terms = self._terms(attempt.subject)
        return Outcome(marked, terms, marked.passes(terms), tuple(review))

    def _own(self, met: presence.Presence, attempt_id: str) -> Attempt:
        record = self._house.head.practice
        attempt = record.begun.get(attempt_id)
        own = attempt is not None and attempt.actor == met.actor.id and attempt.id not in record.marked
        if attempt is None or not own or not attempt.is_open(self._house.clock.now()):
            raise MissingError(
                "practice-closed",
                "There is no such practice set open for you.",
                why="A set is handed in once, within a day, by whoever began it.",
                do="Begin another: peelian practice sit SUBJECT --in DIR.",
            )
        return attempt

    def _recipe(self, attempt: Attempt) -> Recipe:
        secret = b"peelian/practice/v1/" + attempt.id.encode()
        seed = hmac.new(self._house.keys.log_key(), secret, sha256).digest()
        return Recipe(attempt.cases, attempt.share_wrong, seed, attempt.at.date())

    def _terms(self, subject: str) -> PracticeSet:
        terms = self._house.charter.practice.get(subject)
        if terms is None or subject not in self._examiner().subjects:
            known = sorted(set(self._house.charter.practice) & self._examiner().subjects)
            raise MissingError(
                "practice-missing",
                "There is no practice set for this.",
                why="Only what has a practice set, here and in the charter's practice.yml, can be trained for.",
                do=f"Use one of: {', '.join(known)}.",
            )
        return terms

    def _mandate_for(self, subject: str, roles: frozenset[str]) -> str:
        """Return a mandate under which a role uses this, the method itself or a table it opens; none is ``""``."""
        mandates = sorted(self._house.charter.mandates.values(), key=lambda m: (m.subject != "method", m.id))
        about = [m for m in mandates if subject == m.target or subject in m.scope.tables]
        mine = [m for m in about if m.roles & roles and m.subject not in _TAKING_IN and m.target not in _UNSEEN]
        return mine[0].id if mine else ""

    def _examiner(self) -> Examiner:
        if self._house.examiner is None:
            raise InvalidError(
                "practice-not-here",
                "This process was opened without anybody who sets practice.",
                why="Sets are made and marked where they are sat.",
                do="Use peelian practice, or the pages.",
            )
        return self._house.examiner


def practice_room(gate: Gate) -> PracticeRoom:
    """Return the practice room beside a gate."""
    return PracticeRoom(gate._house)
