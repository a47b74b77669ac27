"""The charter's forms written as tables: which keys each file has, what each holds, and which may be left out."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from peelian.policy import floor_forms, forms
from peelian.policy.charter_folder import FILES

_FILES: dict[str, type[forms.Form]] = {
    **FILES,
    "mandates/*.yml": forms.MandateForm,
    "tools/*.yml": floor_forms.ToolForm,
}
_WORDS = {"str": "text", "int": "number", "float": "number", "bool": "true or false", "datetime": "day and time",
          "date": "day"}  # fmt: skip


def keys_in_words() -> str:
    """Return a table of keys for every file of a charter, as Markdown."""
    lines: list[str] = []
    for file, form in _FILES.items():
        lines += [f"### `{file}`", "", "| key | holds | may be left out |", "|---|---|---|"]
        lines += [f"| `{key}` | {holds} | {'yes' if free else ''} |" for key, holds, free in _keys(form, "")]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _keys(form: type[forms.Form], before: str) -> Iterator[tuple[str, str, bool]]:
    """Give each key with what it holds; those of inner forms follow, with dots."""
    for name, field in form.model_fields.items():
        inner, listed = _inner(field.annotation)
        key = before + name
        if inner is None:
            yield key, _holds(field.annotation) + _bounds(field), not field.is_required()
        else:
            yield key, "list of entries" if listed else "more keys", not field.is_required()
            yield from _keys(inner, f"{key}[]." if listed else f"{key}.")


def _inner(kind: Any) -> tuple[type[forms.Form] | None, bool]:
    """Return the form that a key holds, if it holds one, and whether it is a list of them."""
    if isinstance(kind, type) and issubclass(kind, forms.Form):
        return kind, False
    listed = get_origin(kind) is list
    found = [_inner(k)[0] for k in get_args(kind) if k is not type(None)]
    return next((f for f in found if f), None), listed


def _holds(kind: Any) -> str:
    """Name in words what a key holds."""
    origin = get_origin(kind)
    if origin is Literal:
        return "one of " + ", ".join(f"`{v}`" for v in get_args(kind))
    if origin is list:
        return f"list of: {_holds(get_args(kind)[0])}"
    if origin in (Union, types.UnionType):
        return " or ".join(_holds(k) for k in get_args(kind) if k is not type(None))
    if origin is not None:  # Annotated: the first is the kind, the others its bounds
        return _holds(get_args(kind)[0])
    return _WORDS[kind.__name__]


def _bounds(field: FieldInfo) -> str:
    """Say which numbers a key may hold."""
    signs = {"Ge": "at least", "Gt": "more than", "Le": "at most", "Lt": "less than"}
    said = [
        f"{words} {getattr(m, type(m).__name__.lower())}"
        for m in field.metadata
        if (words := signs.get(type(m).__name__))
    ]
    return ", " + ", ".join(said) if said else ""
