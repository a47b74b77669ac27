"""Suggestions from free text: what the words on a page may name, each with its span and why, until a person says.

They are made anew each time and stand on a page of their own. No search, link, count, chart, file or tool knows them.
What a person confirms is a tie on pages and charts from then on (:mod:`peelian.app.finding.named_in_words`), and
still nothing that a search, a count, a tool or the linking of records knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from peelian.app.caller import Caller
from peelian.app.finding import find
from peelian.app.finding.named_in_words import PAGES, ref_of
from peelian.core.errors import InvalidError
from peelian.find.answer import Coverage, Fact, Found, Profile
from peelian.find.recognise import Span, name_shaped, recognise, recognise_names, same_name
from peelian.gate.rooms.searching import LINES_MAX, look_room
from peelian.gate.rooms.suggesting import REASONS, TEXT_TABLES, Basis, SpanJudged, SpanRef, suggest_room

__all__ = ["REASONS", "SpanRef", "Suggested", "Suggestion", "judge", "suggest"]


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
    named_there = list(dict.fromkeys([*(span.says for _, span in plain), *shaped]))
    wanted = suggest_room(caller.gate).of_others(caller.credential, named_there)
    table = find.check_list(caller, wanted[:LINES_MAX]) if wanted else None
    found = {row.text: row.found for row in table.rows} if table else {}
    names = [n for n in shaped if any(f.kind == "person" and same_name(n, f.title) for f in found.get(n, ()))]
    named = [(fact, span) for fact in texts for span in recognise_names(fact.says, names)]
    made = [_made(fact, span, found.get(span.says, ())) for fact, span in (*plain, *named)]
    fresh = [s for s in made if not _known_already(page, s)]
    asked, mandate = [(s.ref, s.fact.says) for s in fresh], look_room(caller.gate).mandate_for(caller.credential)
    judged = suggest_room(caller.gate).judged(caller.credential, mandate, asked)
    told = sorted((_with(s, judged.get(s.ref)) for s in fresh), key=lambda s: (s.ref.table, s.ref.record, s.ref.start))
    return Suggested(page.title, tuple(told), page.coverage, max(0, len(wanted) - LINES_MAX))


def judge(caller: Caller, ref: SpanRef, verdict: str, reason: str, who: str = "") -> None:
    """Say of a suggestion that it is so, or not, and why.

    Parameters
    ----------
    who : str
        Key of whom a name is of, of those that are on record under it; where there is one alone it is that one.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    InvalidError
        ``suggestion-malformed``, ``suggestion-of-nobody``.
    MissingError
        ``suggestion-missing``.
    """
    room = suggest_room(caller.gate)
    room.check(ref, verdict, reason)
    with find.open_look(caller, "suggestion", (f"{ref.table}:{ref.record}",)) as look:
        says = room.text(look, ref)[ref.start : ref.end]
        found = find.on_record(caller, look, says, Coverage())
        records: dict[str, set[str]] = {}
        for hit in (hit for one in found for hit in one.hits):  # also what the page does not list: it could be known
            records.setdefault(hit.table, set()).add(hit.record_id)
        is_one = _is_one(ref, _known(ref.kind, says, found), who)
        room.judge(caller.credential, look, ref, (verdict, reason), Basis(records, is_one))


def _is_one(ref: SpanRef, known: Sequence[Found], who: str) -> frozenset[str]:
    """Return the records of the one person that a name is of; none where nobody said which of several."""
    people = known if ref.kind == "name" else ()
    chosen = [one for one in people if one.key == who] if who else list(people)
    if who and not chosen:
        raise InvalidError(
            "suggestion-of-nobody",
            "Nobody of that key is on record under that name, as far as you may see.",
            why="A name is tied to somebody who is on record under it, or to nobody.",
            do="Choose one of those that the suggestion shows.",
        )
    return frozenset(hit.record_id for hit in chosen[0].hits) if len(chosen) == 1 else frozenset()


def _known(kind: str, says: str, found: Sequence[Found]) -> list[Found]:
    return [f for f in found if f.kind == PAGES[kind] and (kind != "name" or same_name(says, f.title))]


def _made(fact: Fact, span: Span, found: Sequence[Found]) -> Suggestion:
    known = tuple(_known(span.kind, span.says, found))
    before, after = fact.says[: span.start], fact.says[span.end :]
    return Suggestion(ref_of(fact, span), span.kind, before, span.says, after, span.why, fact, known)


def _with(one: Suggestion, judged: SpanJudged | None) -> Suggestion:
    return Suggestion(one.ref, one.kind, one.before, one.says, one.after, one.why, one.fact, one.known, judged)


def _known_already(page: Profile, one: Suggestion) -> bool:
    """Say whether the page is about it, or records it as a connection of the same event."""
    on_page = [c for c in page.connections if c.fact.about != "named"]  # what was confirmed can be judged again
    if one.kind == "name":
        titles = [page.title, *(f.says for f in page.names)]
        titles += [c.title for c in on_page if c.kind == "person" and c.fact.event == one.fact.event]
        return any(same_name(one.says, title) for title in titles)
    key = next(s.key for s in recognise(one.says))
    said = [page.key, *(c.key for c in on_page if c.kind == PAGES[one.kind])]
    return key in {next((s.key for s in recognise(k)), k) for k in said}
