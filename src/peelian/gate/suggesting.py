"""What people found of suggestions from free text: that a span was confirmed or rejected, and for which reason.

A suggestion is kept nowhere: it is recognised anew whenever the text is shown, to whoever may see the text. What is
kept of a judgement names no record and quotes no text: it is about a hash of both, which only somebody who has the
text before them can make again. Text that changes, or is erased, takes what was judged of it with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from peelian.core.canonical import digest
from peelian.core.errors import InvalidError, MissingError
from peelian.gate import papers
from peelian.gate import presence as presences
from peelian.gate.door import Gate
from peelian.gate.house import House
from peelian.gate.identity import Credential
from peelian.gate.searching import Asked, LookRoom

KIND = "suggestion"
TEXT_TABLES = ("incident_text", "intelligence_text", "call_text")
THINGS = ("plate", "phone", "address", "name")

REASONS = {
    "confirmed": ("named-clearly", "fits-the-event", "checked-elsewhere"),
    "rejected": ("something-else", "somebody-else", "misread", "not-in-this-event"),
}
"""Verdict -> reasons to choose from: typed words would be one more place for names."""


@dataclass(frozen=True)
class SpanRef:
    """Which span of which text is meant, and what it was recognised as."""

    table: str
    record: str
    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class SpanJudged:
    """What somebody found of a span."""

    verdict: str
    reason: str
    author: str
    at: datetime


class SuggestRoom:
    """Judging suggestions at one deployment's gate.

    Parameters
    ----------
    house : House
        The opened deployment.
    """

    def __init__(self, house: House) -> None:
        self._house = house

    def judge(self, credential: Credential, mandate_id: str, ref: SpanRef, verdict: str, reason: str) -> None:
        """Enter what somebody found of a span of a text that they may see.

        Raises
        ------
        RefusedError, ExpiredError
            With every reason; recorded.
        InvalidError
            ``suggestion-malformed``.
        MissingError
            ``suggestion-missing``: there is no such text, or none that the caller may see.
        """
        fits = ref.table in TEXT_TABLES and ref.kind in THINGS and reason in REASONS.get(verdict, ())
        if not fits or not 0 <= ref.start < ref.end:
            raise _malformed()
        text = self._text(credential, mandate_id, ref)
        if ref.end > len(text):
            raise _missing()
        met = presences.meet(self._house, credential)
        body = {"kind": ref.kind, "verdict": verdict, "reason": reason}
        papers.post_paper(self._house, met, mandate_id, KIND, about_span(ref, text), body)

    def judged(self, credential: Credential, spans: Iterable[tuple[SpanRef, str]]) -> dict[SpanRef, SpanJudged]:
        """Return what was last found of spans; whoever has a text before them may know what was judged of it."""
        presences.meet(self._house, credential)
        index, found = self._house.head.follow().papers, {}
        for ref, text in spans:
            newest = next(index.find(KIND, about=about_span(ref, text)), None)
            if newest is not None:
                [paper] = papers.words_of(self._house, [newest])
                said = (str(paper.body["verdict"]), str(paper.body["reason"]))
                found[ref] = SpanJudged(*said, paper.author, paper.made_at)
        return found

    def _text(self, credential: Credential, mandate_id: str, ref: SpanRef) -> str:
        asked = Asked("suggestion", (f"{ref.table}:{ref.record}",))
        with LookRoom(self._house).look(credential, mandate_id, {ref.table: ("text",)}, asked) as look:
            rows = look.read(ref.table, ("text",), [ref.record]).to_pylist()
        if not rows:
            raise _missing()
        return str(rows[0].get("text") or "")


def suggest_room(gate: Gate) -> SuggestRoom:
    """Return the room beside a gate in which suggestions are judged."""
    return SuggestRoom(gate._house)


def about_span(ref: SpanRef, text: str) -> str:
    """Return what a judgement of a span is about: a hash that nobody makes who has not got the text."""
    place = [ref.table, ref.record, ref.start, ref.end, ref.kind]
    return digest({"place": place, "text": text})


def _malformed() -> InvalidError:
    return InvalidError(
        "suggestion-malformed",
        "This is no judgement of a suggestion.",
        why="It says which span of a text, whether it is confirmed or rejected, and one of the reasons for that.",
        do="Choose a reason that goes with the verdict.",
    )


def _missing() -> MissingError:
    return MissingError(
        "suggestion-missing",
        "There is no such text that you may see.",
        why="It has changed, is gone, or may not be shown for what you work on; the answer is always the same.",
        do="Look at the suggestions again.",
    )
