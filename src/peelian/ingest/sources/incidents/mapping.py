"""The mapping file: which column of a table is which field. See ``docs/formats/mapping-file.md``."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from peelian.core.canonical import digest
from peelian.ingest.contract import ColumnRule, Contract, FileKind, fold
from peelian.ingest.located_yaml import Located, load_located

_SLUG = re.compile(r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$")
_KEYS = frozenset(
    "mapping title publisher licence lawful_basis force epsg time_zone precision resolution_s republished".split()
) | {"columns", "drop"}
_TEXTS = ("title", "publisher", "licence", "lawful_basis", "force")
_FIELD_KEYS = frozenset({"from", "form", "always", "labels"})
_SLICES = {"whole": "incidents/{name}", "month": "incidents/{name}/{month}", "file": "incidents/{name}/{file}"}
_PLACE = frozenset({"x", "y"})
PRECISIONS = ("exact", "day", "month")


@dataclass(frozen=True)
class Field:
    """Where a field's values come from: columns by any of several names, or one value for all rows."""

    columns: tuple[str, ...] = ()
    form: str = ""  # strptime form of times, "" for ISO 8601
    always: str = ""
    labels: MappingOf[str, str] | None = None  # label as the table words it -> id


@dataclass(frozen=True)
class TableMapping:
    """A mapping file, as loaded."""

    name: str
    title: str
    publisher: str
    licence: str
    lawful_basis: str
    force: str
    epsg: int
    time_zone: str
    precision: str
    resolution_s: float
    republished: str
    fields: MappingOf[str, Field]
    drop: MappingOf[str, str]
    hash: str


def load_mapping(path: Path, contract: Contract) -> TableMapping:
    """Load and check a mapping file against the contract's fields.

    Raises
    ------
    InvalidError
        ``declaration-invalid`` with file and line.
    """
    doc = load_located(path)
    data = _mapping(doc, (), doc.data, _KEYS)
    texts = {key: _text(doc, data, key) for key in _TEXTS}
    name = _text(doc, data, "mapping")
    for key, value in (("mapping", name), ("force", texts["force"])):
        if not _SLUG.match(value):
            raise doc.mistake((key,), f'"{key}" is lower case words joined by - or _.')
    declared = {c.name for c in contract.files[0].columns}
    fields = {f: _field(doc, f, raw, declared) for f, raw in _mapping(doc, ("columns",), data.get("columns")).items()}
    _check_fields(doc, fields)
    return TableMapping(
        name=name,
        **texts,
        epsg=_whole(doc, data, "epsg", 4326),
        time_zone=_zone(doc, data),
        precision=_one_of(doc, data, "precision", PRECISIONS),
        resolution_s=_seconds(doc, data),
        republished=_one_of(doc, data, "republished", tuple(_SLICES)),
        fields=fields,
        drop={k: str(v) for k, v in _mapping(doc, ("drop",), data.get("drop", {})).items()},
        hash=digest(data),
    )


def bind(contract: Contract, mapping: TableMapping) -> Contract:
    """Return the contract for one table: its fields under the names that the table uses.

    Coordinates that the mapping names must be there: one mistyped name would leave every row without its place.
    """
    kind: FileKind = contract.files[0]
    kept = tuple(
        replace(
            rule,
            aliases=mapping.fields[rule.name].columns,
            own_name=False,
            required=rule.required or rule.name in _PLACE,
        )
        for rule in kind.columns
        if rule.name in mapping.fields and mapping.fields[rule.name].columns
    )
    dropped = tuple(ColumnRule(name, dropped=True, reason=reason) for name, reason in mapping.drop.items())
    bound = replace(kind, columns=(*kept, *dropped), slice=_SLICES[mapping.republished])
    about = {key: getattr(mapping, key) for key in ("title", "publisher", "licence", "lawful_basis", "time_zone")}
    return replace(contract, files=(bound,), **about)


def _field(doc: Located, name: str, raw: object, declared: set[str]) -> Field:
    at = ("columns", name)
    if name not in declared:
        raise doc.mistake(at, f'there is no field "{name}".', f"The fields are: {', '.join(sorted(declared))}.")
    if isinstance(raw, (str, list)):
        raw = {"from": raw}
    data = _mapping(doc, at, raw, _FIELD_KEYS)
    columns = data.get("from", [])
    names = tuple(str(c) for c in (columns if isinstance(columns, list) else [columns]))
    always = str(data.get("always", ""))
    if bool(names) == bool(always):
        raise doc.mistake(at, f'"{name}" comes `from` a column or is `always` one value: one of the two.')
    if always and name != "offence":
        raise doc.mistake(at, "only the offence can be the same for all rows.")
    if always and not _SLUG.match(always):
        raise doc.mistake((*at, "always"), "an offence is named by its id.")
    return Field(names, str(data.get("form", "")), always, _labels(doc, (*at, "labels"), data.get("labels")))


def _labels(doc: Located, at: tuple[str, ...], raw: object) -> dict[str, str] | None:
    if raw is None:
        return None
    meanings: dict[str, str] = {}
    for name, labels in _mapping(doc, at, raw).items():
        for label in labels if isinstance(labels, list) else [labels]:
            if meanings.setdefault(str(label), name) != name:
                raise doc.mistake((*at, name), "a label has two meanings.")
    return meanings


def _check_fields(doc: Located, fields: MappingOf[str, Field]) -> None:
    for needed in ("start", "offence"):
        if needed not in fields:
            raise doc.mistake(("columns",), f'the field "{needed}" is needed.')
    if ("x" in fields) != ("y" in fields):
        raise doc.mistake(("columns",), "x and y come together.")
    spelled: dict[str, str] = {}
    for name, field in fields.items():
        for column in field.columns:
            if spelled.setdefault(fold(column), name) != name:
                raise doc.mistake(("columns", name), "one column feeds two fields.")


def _mapping(
    doc: Located, at: tuple[str, ...], raw: object, allowed: frozenset[str] | None = None
) -> dict[str, object]:
    if not isinstance(raw, dict):
        raise doc.mistake(at, f'"{at[-1] if at else "the mapping file"}" is a mapping of keys to values.')
    for key in raw:
        if allowed is not None and key not in allowed:
            raise doc.mistake((*at, key), f'unknown key "{key}".', f"Known here: {', '.join(sorted(allowed))}.")
    return raw


def _text(doc: Located, data: dict[str, object], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value.strip():
        raise doc.mistake((key,), f'"{key}" is missing or empty.')
    return value.strip()


def _whole(doc: Located, data: dict[str, object], key: str, default: int) -> int:
    value = data.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise doc.mistake((key,), f'"{key}" is a whole number.')
    return value


def _seconds(doc: Located, data: dict[str, object]) -> float:
    value = data.get("resolution_s", 60)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 86_400:
        raise doc.mistake(("resolution_s",), '"resolution_s" is a number of seconds up to a day.')
    return float(value)


def _one_of(doc: Located, data: dict[str, object], key: str, choices: tuple[str, ...]) -> str:
    value = str(data.get(key, choices[0]))
    if value not in choices:
        raise doc.mistake((key,), f'"{key}" is one of: {", ".join(choices)}.')
    return value


def _zone(doc: Located, data: dict[str, object]) -> str:
    name = str(data.get("time_zone", "UTC"))
    try:
        ZoneInfo(name)
    except (ValueError, KeyError, OSError) as error:
        raise doc.mistake(("time_zone",), "time_zone is a name such as Europe/London.") from error
    return name
