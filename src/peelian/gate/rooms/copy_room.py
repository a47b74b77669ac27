"""The room in which copies are taken, listed, called back by hand and said to be deleted."""

from __future__ import annotations

from peelian.core.errors import InvalidError, LimitError, MissingError
from peelian.gate import presence as presences
from peelian.gate.acts import papers
from peelian.gate.door import Gate
from peelian.gate.identity import Credential
from peelian.gate.looking.copies import (
    ENDED,
    FORMS,
    RECALLED,
    RECORDS_MAX,
    TAKEN,
    NumberedCopy,
    Recalled,
    Taken,
    numbered,
    told_copies,
    until_of,
)
from peelian.gate.room import Room

_PAPERS_READ = 10_000


class CopyRoom(Room):
    """Taking copies, and what becomes of them, at one deployment's gate."""

    def take(self, credential: Credential, mandate_id: str, taken: Taken) -> NumberedCopy:
        """Enter a copy before anybody has it; return it with its number.

        Raises
        ------
        RefusedError, ExpiredError
            With every reason; recorded.
        InvalidError
            ``copy-form-unknown``.
        LimitError
            ``copy-too-large``.
        """
        house, met = self._house, presences.meet(self._house, credential)
        if taken.form not in FORMS:
            raise _form_unknown()
        if len(taken.records) > RECORDS_MAX:
            raise _too_large()
        body = {"what": taken.what, "form": taken.form, "rows": taken.rows, "content": taken.content}
        body |= {"records": len(taken.records), "sources": dict(taken.sources), "look": taken.look}
        paper = papers.post_paper(
            house, met, mandate_id, TAKEN, f"look/{taken.look}", body, expires_at=until_of(house, met)
        )
        house.rests_on(TAKEN, paper.id, [("record", r) for r in taken.records])
        return numbered(house, paper, ())

    def mine(self, credential: Credential) -> list[NumberedCopy]:
        """Return the caller's own copies, newest first, whatever they work on now."""
        house, met = self._house, presences.meet(self._house, credential)
        taken = papers.read_papers(house, met, "", TAKEN, mine=True, limit=_PAPERS_READ)
        return told_copies(house, taken)

    def all(self, credential: Credential, mandate_id: str) -> list[NumberedCopy]:
        """Return everybody's copies, newest first, for those whose duty it is to erase or to oversee; entered."""
        house, met = self._house, presences.meet(self._house, credential)
        return told_copies(house, papers.read_papers(house, met, mandate_id, TAKEN, limit=_PAPERS_READ))

    def end(self, credential: Credential, number: int) -> NumberedCopy:
        """Have the holder say that a copy is deleted, wherever it was kept; said twice it stays said once.

        Raises
        ------
        MissingError
            ``copy-not-yours``.
        """
        house, met = self._house, presences.meet(self._house, credential)
        mine = {c.number: c for c in self.mine(credential)}
        if number not in mine:
            raise _not_yours()
        if mine[number].state != "ended":
            papers.post_paper(house, met, "", ENDED, mine[number].id, {"number": number})
        return next(c for c in self.mine(credential) if c.number == number)

    def recall(self, credential: Credential, mandate_id: str, number: int) -> Recalled:
        """Call one copy back by hand, under the duty to erase.

        Raises
        ------
        RefusedError, ExpiredError
            With every reason; recorded.
        MissingError
            ``copy-unknown``.
        """
        met = presences.meet(self._house, credential)
        known = next((c for c in self.all(credential, mandate_id) if c.number == number), None)
        if known is None:
            raise _unknown()
        body = {"number": number, "holder": known.holder, "cause": "by-hand"}
        papers.post_paper(self._house, met, mandate_id, RECALLED, known.id, body)
        return Recalled(number, known.holder)


def copy_room(gate: Gate) -> CopyRoom:
    """Return the room beside a gate in which copies are taken."""
    return CopyRoom(gate._house)


def _form_unknown() -> InvalidError:
    return InvalidError(
        "copy-form-unknown",
        "Copies are taken in no such form.",
        why="A copy carries a number, its holder and where it comes from; that is written for each form by itself.",
        do="Use xlsx, csv or json; for a chart csv, graphml or svg.",
    )


def _too_large() -> LimitError:
    return LimitError(
        "copy-too-large",
        f"One copy rests on at most {RECORDS_MAX} records.",
        why="A file is for a case; a larger one is a copy of a system.",
        do="Ask for less of it.",
    )


def _not_yours() -> MissingError:
    return MissingError(
        "copy-not-yours",
        "You have no copy of that number.",
        why="Only its holder says that a copy is deleted; whether somebody else has one of that number is not said.",
        do="Look at your downloads for the number.",
    )


def _unknown() -> MissingError:
    return MissingError(
        "copy-unknown",
        "No copy of that number was ever taken.",
        why="A copy's number is its place in the record.",
        do="List the copies with `peelian downloads --all`.",
    )
