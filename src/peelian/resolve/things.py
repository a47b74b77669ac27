"""Vehicles, telephones, addresses and firms: one thing is one canonical form, and what may be a misreading is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from peelian.core.canonical_forms import (
    canonical_address,
    canonical_firm,
    canonical_phone,
    canonical_plate,
    plate_confusion_key,
)
from peelian.core.errors import InvalidError

FORMS: Mapping[str, Callable[[str], str]] = {
    "plate": canonical_plate,
    "phone": canonical_phone,
    "address": canonical_address,
    "firm": canonical_firm,
}
ASKED: Mapping[str, Callable[[str], str]] = {"plate": plate_confusion_key}
"""Kinds of which two forms may be one thing misread, and the key under which those meet."""


@dataclass(frozen=True)
class Things:
    """``form_of``: as written to form, unusable texts left out; ``asked``: forms that may be one thing misread."""

    form_of: Mapping[str, str]
    asked: tuple[tuple[str, ...], ...]


def resolve_things(kind: str, written: Iterable[str]) -> Things:
    """Say which texts name the same plate, phone, address or firm.

    Raises
    ------
    InvalidError
        ``thing-unknown`` for another kind.
    """
    if kind not in FORMS:
        raise InvalidError(
            "thing-unknown",
            "There is no canonical form for this kind of thing.",
            why=f"Known are: {', '.join(sorted(FORMS))}.",
            do="Choose one of these.",
        )
    forms = {text: form for text in sorted(set(written)) if (form := FORMS[kind](text))}
    return Things(forms, _may_be_one(ASKED.get(kind), sorted(set(forms.values()))))


def _may_be_one(key: Callable[[str], str] | None, forms: list[str]) -> tuple[tuple[str, ...], ...]:
    if key is None:
        return ()
    groups: dict[str, list[str]] = {}
    for form in forms:
        groups.setdefault(key(form), []).append(form)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)
