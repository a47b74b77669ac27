"""What people found of suggestions from free text: that a span was confirmed or rejected, and for which reason.

A suggestion is kept nowhere: it is recognised anew whenever the text is shown, to whoever may see the text. What is
kept of a judgement names no record and quotes no text: it is about a hash of both, which only somebody who has the
text before them can make again. Text that changes, or is erased, takes what was judged of it with it. A judgement has
the labels of what its author saw, and tells nothing to whoever may not see all of that.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from peelian.core.canonical import digest
from peelian.core.errors import InvalidError, MissingError
from peelian.gate import presence as presences
from peelian.gate.acts import papers
from peelian.gate.door import Gate
from peelian.gate.identity import Credential
from peelian.gate.judging import circumstances
from peelian.gate.looking import watched
from peelian.gate.reading import visible_labels
from peelian.gate.room import Room
from peelian.gate.rooms.searching import Look

KIND = "suggestion"
TEXT_TABLES = ("incident_text", "intelligence_text", "call_text")
THINGS = ("plate", "phone", "address", "name")

CONFIRMED = "confirmed"
_RECORD = re.compile("[0-9a-f]{32}")

REASONS = {
    CONFIRMED: ("named-clearly", "fits-the-event", "checked-elsewhere"),
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
    about: str = ""
    is_one: frozenset[str] = frozenset()

    def names(self, record: str) -> bool:
        """Say whether it was found that the span names somebody of a record."""
        return _is_one(self.about, record) in self.is_one


@dataclass(frozen=True)
class Basis:
    """What a judgement rests on.

    Parameters
    ----------
    known : mapping of str to collection of str
        Table -> records that were on record under the span, as far as its author could see.
    is_one : collection of str
        Records of the one person among those that a name was found to be of.
    """

    known: Mapping[str, Collection[str]]
    is_one: Collection[str] = ()


class SuggestRoom(Room):
    """Judging suggestions at one deployment's gate."""

    def check(self, ref: SpanRef, verdict: str, reason: str) -> None:
        """Refuse what is no judgement before anything is looked up.

        Raises
        ------
        InvalidError
            ``suggestion-malformed``.
        """
        fits = ref.table in TEXT_TABLES and ref.kind in THINGS and reason in REASONS.get(verdict, ())
        if not fits or not 0 <= ref.start < ref.end:
            raise _malformed()

    def of_others(self, credential: Credential, words: Iterable[str]) -> list[str]:
        """Leave out what is about the caller, of words that a text names: nobody looks themselves up by a page."""
        return watched.of_others(self._house, presences.meet(self._house, credential), words)

    def text(self, look: Look, ref: SpanRef) -> str:
        """Return the text that a span is of.

        Raises
        ------
        MissingError
            ``suggestion-missing``: there is no such text, or none that the caller may see.
        """
        rows = look.read(ref.table, ("text",), [ref.record]).to_pylist()
        text = str(rows[0].get("text") or "") if rows else ""
        if ref.end > len(text):
            raise _missing()
        return text

    def judge(self, credential: Credential, look: Look, ref: SpanRef, said: tuple[str, str], basis: Basis) -> None:
        """Enter what somebody found of a span of a text that they may see: verdict and reason.

        Raises
        ------
        RefusedError, ExpiredError
            With every reason; recorded.
        InvalidError
            ``suggestion-malformed``.
        MissingError
            ``suggestion-missing``.
        """
        verdict, reason = said
        self.check(ref, verdict, reason)
        text = self.text(look, ref)
        about = about_span(ref, text)
        seen = _labels_of(look, {ref.table: [ref.record]}) | _labels_of(look, basis.known)
        body: dict[str, object] = {"kind": ref.kind, "verdict": verdict, "reason": reason, "seen": sorted(seen)}
        if verdict == CONFIRMED and basis.is_one:
            body["is_one"] = sorted(_is_one(about, record) for record in basis.is_one)
        met = presences.meet(self._house, credential)
        papers.post_paper(self._house, met, look.mandate_id, KIND, about, body)

    def any_judged(self) -> bool:
        """Say whether anything was ever judged here: without it no text need be looked at for it."""
        return next(self._house.head.follow().papers.find(KIND), None) is not None

    def judged(
        self, credential: Credential, mandate_id: str, spans: Iterable[tuple[SpanRef, str]]
    ) -> dict[SpanRef, SpanJudged]:
        """Return what was last found of spans by somebody who saw nothing then that the caller may not see now.

        Whoever has a text before them may know what was judged of it, if it was judged by what they may see too.
        """
        house, met = self._house, presences.meet(self._house, credential)
        labels = visible_labels(house, met, circumstances(house, met, mandate_id))
        index, found = house.head.follow().papers, {}
        for ref, text in spans:
            about = about_span(ref, text)
            for known in index.find(KIND, about=about):
                [paper] = papers.words_of(house, [known])
                if labels >= set(paper.body.get("seen", ())):
                    said = (str(paper.body["verdict"]), str(paper.body["reason"]))
                    is_one = frozenset(paper.body.get("is_one", ()))
                    found[ref] = SpanJudged(*said, paper.author, paper.made_at, about, is_one)
                    break
        return found


def _labels_of(look: Look, known: Mapping[str, Collection[str]]) -> set[int]:
    """Return the labels of records that this look may show: what was seen when something was judged."""
    labels, found = look._labels(), set[int]()
    for table, records in sorted(known.items()):
        if not records or not labels or not look.opens(table):
            continue
        assert all(_RECORD.fullmatch(r) for r in records), "ids come from the index or from rows"
        name = look.house.engine.relation(look._grant(table), table, look.done, None)
        rows = look.house.engine.run(
            f'SELECT DISTINCT label_id FROM "{name}" WHERE record_id IN ({_listed(records)}) '
            f"AND label_id IN ({', '.join(map(str, sorted(labels)))}) ORDER BY label_id"
        )
        found |= {int(label) for label in rows.column("label_id").to_pylist()}
    return found


def _listed(records: Collection[str]) -> str:
    return ", ".join(f"'{record}'" for record in sorted(records))


def _is_one(about: str, record: str) -> str:
    """Return what says that a span names somebody of a record, to whoever has both and to nobody else."""
    return digest({"about": about, "record": record})


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
