"""From a question to steps for the index: strict ones first, looser ones when those find too little."""

from __future__ import annotations

from datetime import date

from peelian.core.search_keys import (
    BORN,
    BORN_IN,
    NAME,
    PHONE,
    PHONE_END,
    PLACE,
    PLATE,
    name_keys_of,
    phone_keys,
    plate_keys,
    postcode_keys,
    reference_keys,
    word_keys,
)
from peelian.find.parse import Parsed, as_like
from peelian.model.pole import PERSON_TABLES
from peelian.model.search import AnyOf, Sought, Step

PEOPLE = frozenset(PERSON_TABLES)
VEHICLES = frozenset({"incident_vehicle", "intelligence_vehicle", "call_vehicle", "stop_vehicle", "warning"})
TEXTS = frozenset({"incident_text", "intelligence_text", "call_text"})
EVENTS = frozenset({"incident", "custody", "intelligence", "call", "stop", "missing", "court_order"})
PLACES = PEOPLE | {"incident", "intelligence", "call", "stop", "missing", "warning", "tenancy"}


def steps_for(asked: Parsed, *, limit: int = 60) -> Sought:
    """Write the steps for a question."""
    steps = [
        *_exact_things(asked),
        *_people(asked),
        *_places(asked),
        *_loose_things(asked),
        *_words(asked),
    ]
    return Sought(tuple(steps), limit=limit)


def exactly(asked: Parsed, *, limit: int = 60) -> Sought:
    """Write the steps that look for exactly what was given: for pages about one person or thing."""
    people = [s for s in _people(asked) if s.name == "exact"]
    return Sought((*_exact_things(asked), *people, *_places(asked)), limit=limit, enough=limit + 1)


def _exact_things(asked: Parsed) -> list[Step]:
    steps = []
    if asked.references:
        steps += [Step("reference", (AnyOf(reference_keys(r)),)) for r in asked.references]
    if asked.plate:
        steps.append(Step("plate", (AnyOf(plate_keys(asked.plate)[:1]),), VEHICLES))
    if asked.phone and not asked.names:
        steps.append(Step("phone", (AnyOf((PHONE + asked.phone,)),), PEOPLE))
    return steps


def _loose_things(asked: Parsed) -> list[Step]:
    steps = []
    if asked.plate:
        steps.append(Step("plate-alike", (AnyOf(plate_keys(asked.plate)),), VEHICLES))
        steps.append(Step("plate-near", (AnyOf(near=plate_keys(asked.plate)[:1]),), VEHICLES))
    if asked.plate_like:
        steps.append(Step("plate-like", (AnyOf(like=(as_like(asked.plate_like, PLATE),)),), VEHICLES))
    if asked.phone_end:
        steps.append(Step("phone-end", (AnyOf((PHONE_END + asked.phone_end,)),), PEOPLE))
    return steps


def _people(asked: Parsed) -> list[Step]:
    if not (asked.names or asked.born_on):
        return []
    beside = _beside(asked)
    exact = tuple(AnyOf((NAME + n,)) for n in asked.names)
    alike = tuple(AnyOf((NAME + n, *name_keys_of(n))) for n in asked.names)
    near = tuple(AnyOf((NAME + n, *name_keys_of(n)), near=(NAME + n,)) for n in asked.names)
    born = (AnyOf((BORN + asked.born_on.isoformat(),)),) if asked.born_on else ()
    slipped = (AnyOf(slips_of(asked.born_on)),) if asked.born_on else ()
    # Before all that sounds alike: one part as it was typed, so that a cut among very many keeps the nearest.
    partly = [(*alike[:i], exact[i], *alike[i + 1 :]) for i in range(len(exact))] if len(exact) > 1 else []
    steps = [Step("exact", (*exact, *born, *beside), PEOPLE)]
    steps += [Step("partly", (*parts, *slipped, *beside), PEOPLE) for parts in partly]
    steps.append(Step("alike", (*alike, *slipped, *beside), PEOPLE))
    if asked.names:
        steps.append(Step("near", (*near, *slipped, *beside), PEOPLE))
        if beside:
            steps.append(Step("name-only", (*alike, *slipped), PEOPLE))
    if len(asked.names) > 1 and (born or beside):
        some = AnyOf(tuple(k for n in asked.names for k in (NAME + n, *name_keys_of(n))))
        steps.append(Step("half-a-name", (some, *born, *beside), PEOPLE))
    return steps


def _beside(asked: Parsed) -> tuple[AnyOf, ...]:
    """Return what else was said of a person."""
    groups = [AnyOf((PLACE + w,)) for w in asked.address.split()]
    groups += [AnyOf(postcode_keys(asked.postcode))] if asked.postcode else []
    groups += [AnyOf(phone_keys(asked.phone)[:1])] if asked.phone else []
    return tuple(groups)


def _places(asked: Parsed) -> list[Step]:
    if not (asked.address or asked.postcode) or asked.names:
        return []
    words = [AnyOf((PLACE + w,)) for w in asked.address.split()]
    code = [AnyOf(postcode_keys(asked.postcode))] if asked.postcode else []
    steps = (
        [Step("address", (*words, *code), PLACES)] if words else [Step("postcode", tuple(code), PEOPLE | {"tenancy"})]
    )
    if words and code:
        steps.append(Step("address-words", tuple(words), PLACES))
    return steps


def _words(asked: Parsed) -> list[Step]:
    keys = [k for n in asked.names for k in word_keys(n)]
    if not keys:
        return []
    all_of = tuple(AnyOf((k,)) for k in keys)
    return [Step("words", all_of, TEXTS | VEHICLES)]


def slips_of(on: date) -> tuple[str, ...]:
    """Give the keys of a birth date and of what it becomes by a slip: swapped day and month, or only the year right."""
    keys = [BORN + on.isoformat()]
    if on.day <= 12 and on.day != on.month:
        keys.append(BORN + on.replace(month=on.day, day=on.month).isoformat())
    return (*keys, f"{BORN_IN}{on.year}", *(BORN + d for d in _one_digit_off(on)))


def _one_digit_off(on: date) -> list[str]:
    """Give the days whose spelling differs from this one's in one digit."""
    text, out = on.isoformat(), []
    for i, c in enumerate(text):
        for d in "0123456789" if c.isdigit() else "":
            other = text[:i] + d + text[i + 1 :]
            if d != c and _is_day(other):
                out.append(other)
    return out


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False
