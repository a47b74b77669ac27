"""What the words of a report name, once a person has confirmed it: ties on pages, charts and lines of time.

A tie is made anew each time out of the text and of what was judged of it, for whoever may see both. Text that is
corrected, restricted or erased takes its ties with it, and none of them is on record anywhere: no search, count or tool
knows them, and above all not what says which records are of one person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from peelian.app.caller import Caller
from peelian.app.desk import zone_of
from peelian.core.local_time import day_words
from peelian.core.search_keys import word_keys
from peelian.find.answer import Connection, Coverage, Fact, Profile, Section
from peelian.find.material import Material, event_table, full_name, name_of
from peelian.find.parse import parse_question
from peelian.find.recognise import Span, name_shaped, recognise, recognise_names
from peelian.find.steps import steps_for
from peelian.gate.rooms.searching import Look
from peelian.gate.rooms.suggesting import CONFIRMED, TEXT_TABLES, SpanJudged, SpanRef, suggest_room
from peelian.model.pole import PERSON_TABLES
from peelian.model.record import TABLES
from peelian.model.search import AnyOf, Sought, Step

PAGES: Mapping[str, str] = {"plate": "vehicle", "phone": "phone", "address": "address", "name": "person"}
"""What a span is -> what page shows it."""

WORDS = "In the words of the reports"

_TEXTS_MAX = 60
"""Texts looked at for one plate or number."""

_CANDIDATES = 20
"""Records looked at for the one that a name was confirmed to be of."""

Confirmed = tuple[Fact, Span, SpanJudged]


# What the words on a page name


def with_named(caller: Caller, look: Look, page: Profile) -> Profile:
    """Add to a page what its words name, where a person has confirmed it."""
    confirmed = list(_confirmed(caller, look, page))
    if not confirmed:
        return page
    there = {(link.kind, link.key) for link in page.connections} | {(page.kind, page.key)}
    made = [tie for one in confirmed for tie in _tie(caller, look, one) if (tie.kind, tie.key) not in there]
    return replace(page, connections=(*page.connections, *dict.fromkeys(made)))


def _confirmed(caller: Caller, look: Look, page: Profile) -> Iterator[Confirmed]:
    """Give the spans of a page's words that were found to be so, by somebody who saw what the caller may see too."""
    room = suggest_room(caller.gate)
    texts = [f for s in page.sections for f in s.facts if f.about == "words" and f.table in TEXT_TABLES]
    if not texts or not room.any_judged():
        return
    spans = [(fact, span) for fact in dict.fromkeys(texts) for span in spans_of(fact.says)]
    asked = [(ref_of(fact, span), fact.says) for fact, span in spans]
    found = room.judged(caller.credential, look.mandate_id, asked)
    for fact, span in spans:
        judged = found.get(ref_of(fact, span))
        if judged is not None and judged.verdict == CONFIRMED:
            yield fact, span, judged


# The other way: what a vehicle or a phone is named in


def named_elsewhere(caller: Caller, look: Look, kind: str, key: str) -> Profile | None:
    """Return what a page gains by the words that name its plate or number; None where no person has confirmed any.

    Words are found as they are usually written: a number broken up in another way is tied on the page of its report.
    """
    if not suggest_room(caller.gate).any_judged():
        return None
    material = _texts_with(caller, look, spellings(kind, key))
    facts = tuple(material.fact("words", str(row.get("text") or ""), t, row) for t, row in material.of(*TEXT_TABLES))
    words = Profile(PAGES[kind], key, key, Coverage(), sections=(Section("words", WORDS, facts),))
    named = {fact: (fact, span, judged) for fact, span, judged in _confirmed(caller, look, words) if span.key == key}
    if not named:
        return None
    kept = {(fact.source, fact.event_ref): one for fact, one in named.items()}
    people = [(t, r, kept.get((str(r["_source"]), str(r.get("event_ref"))))) for t, r in material.people()]
    links = tuple(_tie_to(caller, material, t, r, one) for t, r, one in people if one is not None)
    return replace(words, sections=(Section("words", WORDS, tuple(named)),), connections=links)


def with_words(page: Profile, gained: Profile | None) -> Profile:
    """Add to a page what it gains by words that name it."""
    if gained is None:
        return page
    there = {(link.kind, link.key) for link in page.connections}
    links = tuple(link for link in gained.connections if (link.kind, link.key) not in there)
    old = {f for s in page.sections for f in s.facts}
    words = tuple(replace(s, facts=tuple(f for f in s.facts if f not in old)) for s in gained.sections)
    sections = (*page.sections, *(s for s in words if s.facts))
    return replace(page, sections=sections, connections=(*page.connections, *links))


def spellings(kind: str, key: str) -> tuple[str, ...]:
    """Return how a plate or a number is usually written."""
    if kind == "plate":
        return key, f"{key[:-3]} {key[-3:]}"
    national = "0" + key.removeprefix("+44")
    return national, f"{national[:5]} {national[5:]}", f"{national[:5]} {national[5:8]} {national[8:]}"


def _texts_with(caller: Caller, look: Look, said: Sequence[str]) -> Material:
    """Read the texts that have some words in them, their events, and who was in those."""
    steps = tuple(
        Step("words", tuple(AnyOf((word,)) for word in word_keys(one)), frozenset(TEXT_TABLES)) for one in said
    )
    found = look.search(Sought(tuple(dict.fromkeys(steps)), limit=_TEXTS_MAX, enough=_TEXTS_MAX + 1)).spotted
    material = Material(caller.gate.clock.now().astimezone(zone_of(caller)).date(), zone_of(caller))
    for table in TEXT_TABLES:
        ids = [s.record_id for s in found if s.table == table]
        texts = look.read(table, TABLES[table].column_names, ids).to_pylist()
        material.add(table, texts)
        refs = {str(row.get("event_ref") or "") for row in texts}
        sources = {str(row["_source"]) for row in texts}
        event = event_table(table)
        for beside, column in ((event, "source_ref"), (f"{event}_person", "event_ref")):
            rows = look.among(beside, TABLES[beside].column_names, column, refs).to_pylist()
            material.add(beside, [row for row in rows if str(row["_source"]) in sources])
    return material


def _tie_to(caller: Caller, material: Material, table: str, row: Mapping[str, Any], one: Confirmed) -> Connection:
    fact = _told(caller, one)
    because = f"in an event that names it, as {row.get('role') or 'role not said'}; {fact.says}"
    return Connection(*name_of(table, row), full_name(row), because, fact, row.get("birth_on"))


# Spans and ties


def spans_of(text: str) -> Sequence[Span]:
    """Return every span of a text that could have been suggested."""
    names = (span for name in name_shaped(text) for span in recognise_names(text, [name]))
    return (*recognise(text), *names)


def ref_of(fact: Fact, span: Span) -> SpanRef:
    """Return by what a span of a text is known."""
    return SpanRef(fact.table, fact.record_id, span.start, span.end, span.kind)


def _told(caller: Caller, one: Confirmed) -> Fact:
    """Say where a tie comes from: the report, and who made what of its words."""
    fact, _, judged = one
    day = day_words(judged.at.astimezone(zone_of(caller)).date())
    says = f"read by machine in the words of {fact.event or 'a report'}, confirmed by a person on {day}"
    return replace(fact, about="named", says=says, role="")


def _tie(caller: Caller, look: Look, one: Confirmed) -> Iterator[Connection]:
    _, span, judged = one
    told = _told(caller, one)
    if span.kind != "name":
        yield Connection(PAGES[span.kind], span.key, span.says, told.says, told)
        return
    for table, row in _people_named(look, span, judged):
        yield Connection("person", f"{table}:{row['record_id']}", full_name(row), told.says, told, row.get("birth_on"))
        return  # one person, by whichever of their records comes first


def _people_named(look: Look, span: Span, judged: SpanJudged) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the records, of those that the caller may see, of whom a name was found to be."""
    asked = parse_question(span.says)
    if not asked or not judged.is_one:
        return
    spotted = look.search(steps_for(asked, limit=_CANDIDATES)).spotted
    wanted = sorted((s.table, s.record_id) for s in spotted if s.table in PERSON_TABLES and judged.names(s.record_id))
    for table, record in wanted:
        for row in look.read(table, ("forenames", "surname", "birth_on"), [record]).to_pylist():
            yield table, row
