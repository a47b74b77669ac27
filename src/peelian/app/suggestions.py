"""Suggestions from free text: what the words on a page may name, each with its span and why, until a person says.

They are made anew each time and stand on a page of their own. No link, count, search, chart, file or tool knows them,
confirmed or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from peelian.app import find
from peelian.app.caller import Caller
from peelian.find.answer import Coverage, Fact, Found, Profile
from peelian.find.recognise import Span, name_shaped, recognise, recognise_names, same_name
from peelian.gate.searching import LINES_MAX, look_room
from peelian.gate.suggesting import REASONS, TEXT_TABLES, SpanJudged, SpanRef, suggest_room

__all__ = ["REASONS", "SpanRef", "Suggested", "Suggestion", "judge", "suggest"]

_PAGES = {"plate": "vehicle", "phone": "phone", "address": "address", "name": "person"}


@dataclass(frozen=True)
class Suggestion:
    """One thing that a text may name.

    Parameters
    ----------
    ref : SpanRef
        Which span of which text.
    before, says, after : str
        The text, with the span in the middle.
    known : tuple of Found
        What is on record under that name or number, as far as the caller may see; it may be something else.
    judged : SpanJudged or None
        What somebody found of it.
    """

    ref: SpanRef
    kind: str
    before: str
    says: str
    after: str
    why: str
    fact: Fact
    known: tuple[Found, ...] = ()
    judged: SpanJudged | None = None


@dataclass(frozen=True)
class Suggested:
    """What the words on a page may name: the page's title, suggestions, and how many names were not asked for."""

    title: str
    suggestions: tuple[Suggestion, ...]
    coverage: Coverage
    not_asked: int = 0

    def state(self, verdict: str) -> tuple[Suggestion, ...]:
        """Return those that were found to be so; with ``""`` those of which nobody has said anything."""
        return tuple(s for s in self.suggestions if (s.judged.verdict if s.judged else "") == verdict)


def suggest(caller: Caller, kind: str, key: str) -> Suggested:
    """Recognise what the texts on a page may name; each thing is looked up, and the look-ups are recorded.

    What the page already says of the event is not suggested again.
    """
    page = find.profile(caller, kind, key)
    texts = [f for s in page.sections for f in s.facts if f.about == "words" and f.table in TEXT_TABLES]
    texts = list({(f.table, f.record_id): f for f in texts}.values())
    plain = [(fact, span) for fact in texts for span in recognise(fact.says)]
    shaped = [name for fact in texts for name in name_shaped(fact.says)]
    wanted = list(dict.fromkeys([*(span.says for _, span in plain), *shaped]))
    table = find.check_list(caller, wanted[:LINES_MAX]) if wanted else None
    found = {row.text: row.found for row in table.rows} if table else {}
    names = [n for n in shaped if any(f.kind == "person" and same_name(n, f.title) for f in found.get(n, ()))]
    named = [(fact, span) for fact in texts for span in recognise_names(fact.says, names)]
    made = [_made(fact, span, found.get(span.says, ())) for fact, span in (*plain, *named)]
    fresh = [s for s in made if not _known_already(page, s)]
    judged = suggest_room(caller.gate).judged(caller.credential, [(s.ref, s.fact.says) for s in fresh])
    told = sorted((_with(s, judged.get(s.ref)) for s in fresh), key=lambda s: (s.ref.table, s.ref.record, s.ref.start))
    return Suggested(page.title, tuple(told), page.coverage, max(0, len(wanted) - LINES_MAX))


def judge(caller: Caller, ref: SpanRef, verdict: str, reason: str) -> None:
    """Say of a suggestion that it is so, or not, and why.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    InvalidError
        ``suggestion-malformed``.
    MissingError
        ``suggestion-missing``.
    """
    mandate = look_room(caller.gate).mandate_for(caller.credential)
    suggest_room(caller.gate).judge(caller.credential, mandate, ref, verdict, reason)


def _made(fact: Fact, span: Span, found: Sequence[Found]) -> Suggestion:
    known = [f for f in found if f.kind == _PAGES[span.kind] and (span.kind != "name" or same_name(span.says, f.title))]
    ref = SpanRef(fact.table, fact.record_id, span.start, span.end, span.kind)
    before, after = fact.says[: span.start], fact.says[span.end :]
    return Suggestion(ref, span.kind, before, span.says, after, span.why, fact, tuple(known))


def _with(one: Suggestion, judged: SpanJudged | None) -> Suggestion:
    return Suggestion(one.ref, one.kind, one.before, one.says, one.after, one.why, one.fact, one.known, judged)


def _known_already(page: Profile, one: Suggestion) -> bool:
    """Say whether the page is about it, or records it as a connection of the same event."""
    if one.kind == "name":
        titles = [page.title, *(f.says for f in page.names)]
        titles += [c.title for c in page.connections if c.kind == "person" and c.fact.event == one.fact.event]
        return any(same_name(one.says, title) for title in titles)
    key = next(s.key for s in recognise(one.says))
    said = [page.key, *(c.key for c in page.connections if c.kind == _PAGES[one.kind])]
    return key in {next((s.key for s in recognise(k)), k) for k in said}
