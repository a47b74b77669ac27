"""The data contract of a source: ``source.yml``, read strictly, with file and line of every mistake.

A column that the contract does not keep is never parsed, let alone stored. See ``docs/formats/source-yml.md``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from peelian.core.canonical import digest
from peelian.ingest.located_yaml import Located, Where, load_located
from peelian.model.record import TABLES

_SLUG = re.compile(r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$")
_SOURCE_KEYS = frozenset(
    "source title publisher licence licence_url address lawful_basis cadence label time_zone points forces "
    "offences outcomes files".split()
)
_FILE_KEYS = frozenset(
    "table companions file_name slice retention_class expires_from same_rows columns asserts".split()
)
_COLUMN_KEYS = frozenset("keep aliases reason purposes required personal protected drop".split())
_ASSERT_KEYS = frozenset("check column at_least at_most otherwise reason".split())
_LABEL_KEYS = frozenset("role_class basis handling markings".split())
_POINT_KEYS = frozenset("lon_min lon_max lat_min lat_max far_times far_least_m".split())
CHECKS = ("rows", "rejected_share", "empty_share", "month_differs_share", "doubted_points_share")
OTHERWISE = ("refuse", "warn")
SAME_ROWS = ("drop", "keep", "drop-when-referenced")


@dataclass(frozen=True)
class ColumnRule:
    """One column of the source: kept under a name with reason and purposes, or dropped with a reason.

    Parameters
    ----------
    name : str
        As the source spells it; matched without case, spaces, underscores and hyphens.
    keep : str
        ``table.column`` of the model, or ``""`` when the column only helps to place the row (or is dropped).
    dropped : bool
        True when the contract leaves the column at the door.
    """

    name: str
    keep: str = ""
    dropped: bool = False
    aliases: tuple[str, ...] = ()
    reason: str = ""
    purposes: tuple[str, ...] = ()
    required: bool = False
    personal: bool = False
    protected: bool = False
    line: int = 0
    own_name: bool = True  # False once a mapping file says which of a table's columns is meant

    @property
    def spellings(self) -> tuple[str, ...]:
        """Return the names under which a file may hold this column."""
        return (self.name, *self.aliases) if self.own_name else self.aliases


@dataclass(frozen=True)
class Assertion:
    """A bound that a file must keep, and what happens otherwise: ``refuse`` the file, or ``warn``."""

    check: str
    column: str = ""
    at_least: float | None = None
    at_most: float | None = None
    otherwise: str = "refuse"
    reason: str = ""

    def holds(self, value: float) -> bool:
        """Say whether a measured value keeps the bound."""
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


@dataclass(frozen=True)
class FileKind:
    """One kind of file of a source, e.g. ``street``, and the table its rows go to."""

    name: str
    table: str
    companions: tuple[str, ...]
    file_name: str  # regular expression with groups ``month`` and ``force``; "" when any name will do
    slice: str  # template: {force} {month} {kind} {name}
    retention_class: str
    expires_from: str  # "month end", "day of event"
    same_rows: str  # exact copies: drop, keep, drop-when-referenced
    columns: tuple[ColumnRule, ...]
    asserts: tuple[Assertion, ...]

    @property
    def kept(self) -> tuple[ColumnRule, ...]:
        """Return the columns that pass the door."""
        return tuple(c for c in self.columns if not c.dropped)

    @property
    def tables(self) -> tuple[str, ...]:
        """Return every table a file of this kind feeds."""
        return (self.table, *self.companions)


@dataclass(frozen=True)
class Points:
    """What counts as a believable point: a box in degrees, and how far from its neighbours is too far.

    A point is far when its distance from the file's median point exceeds ``max(far_least_m, far_times * q90)``,
    with q90 the 90th percentile of those distances.
    """

    lon_min: float = -180.0
    lon_max: float = 180.0
    lat_min: float = -90.0
    lat_max: float = 90.0
    far_times: float = 3.0
    far_least_m: float = 30_000.0


@dataclass(frozen=True)
class Contract:
    """A source's contract, as loaded. ``hash`` names it in fingerprints and in the ledger."""

    source: str
    title: str
    publisher: str
    licence: str
    licence_url: str
    address: str
    lawful_basis: str
    cadence: str
    time_zone: str
    label: Mapping[str, object]
    points: Points
    forces: Mapping[str, str]  # name as the source words it -> force id
    offences: Mapping[str, str]  # label as the source words it -> offence id
    outcomes: Mapping[str, Mapping[str, str]]  # file kind -> label as stated -> canonical id
    files: tuple[FileKind, ...]
    hash: str = ""
    folder: Path = field(default=Path(), compare=False)

    def kind(self, name: str) -> FileKind:
        """Return the named file kind. Raises KeyError."""
        for kind in self.files:
            if kind.name == name:
                return kind
        raise KeyError(name)


def load_contract(folder: Path) -> Contract:
    """Load and check ``source.yml`` of a source's folder.

    Raises
    ------
    InvalidError
        ``declaration-invalid`` with file and line.
    MissingError
        ``declaration-missing``.
    """
    doc = load_located(folder / "source.yml")
    data = _mapping(doc, (), doc.data, allowed=_SOURCE_KEYS)
    texts = {k: _text(doc, data, k) for k in ("source", "title", "publisher", "licence", "lawful_basis", "cadence")}
    if not _SLUG.match(texts["source"]):
        raise doc.mistake(("source",), "a source's id is lower case words joined by - or _.")
    files = _mapping(doc, ("files",), data.get("files"))
    if not files:
        raise doc.mistake(("files",), "a source has at least one kind of file.")
    return Contract(
        **texts,
        licence_url=str(data.get("licence_url", "")),
        address=str(data.get("address", "")),
        time_zone=str(data.get("time_zone", "UTC")),
        label=_mapping(doc, ("label",), data.get("label"), allowed=_LABEL_KEYS),
        points=Points(**_numbers(doc, ("points",), data.get("points", {}), allowed=_POINT_KEYS)),
        forces=_names(doc, ("forces",), data.get("forces", {})),
        offences=_names(doc, ("offences",), data.get("offences", {})),
        outcomes={
            kind: _names(doc, ("outcomes", kind), names)
            for kind, names in _mapping(doc, ("outcomes",), data.get("outcomes", {})).items()
        },
        files=tuple(_file_kind(doc, name) for name in files),
        hash=digest(data),
        folder=folder,
    )


def _file_kind(doc: Located, name: str) -> FileKind:
    at: Where = ("files", name)
    data = _mapping(doc, at, doc.data["files"][name], allowed=_FILE_KEYS)  # type: ignore[index]
    companions = tuple(str(t) for t in _list(doc, (*at, "companions"), data.get("companions", [])))
    tables = (_text(doc, data, "table", at), *companions)
    for table in tables:
        if table not in TABLES:
            raise doc.mistake((*at, "table"), f'there is no table "{table}".')
    kind = FileKind(
        name=name,
        table=tables[0],
        companions=companions,
        file_name=_pattern(doc, data, (*at, "file_name")),
        slice=_text(doc, data, "slice", at),
        retention_class=_text(doc, data, "retention_class", at),
        expires_from=_one_of(doc, data, "expires_from", at, ("month end", "day of event")),
        same_rows=_one_of(doc, data, "same_rows", at, SAME_ROWS),
        columns=tuple(_column(doc, (*at, "columns", c)) for c in _mapping(doc, (*at, "columns"), data.get("columns"))),
        asserts=tuple(
            _assertion(doc, (*at, "asserts", i), a)
            for i, a in enumerate(_list(doc, (*at, "asserts"), data.get("asserts", [])))
        ),
    )
    _check_targets(doc, at, kind)
    return kind


def _column(doc: Located, at: Where) -> ColumnRule:
    raw: object = doc.data
    for step in at:
        raw = raw[step]  # type: ignore[index]
    data = _mapping(doc, at, raw, allowed=_COLUMN_KEYS)
    name = str(at[-1])
    line = doc.line(at)
    if "drop" in data:
        if set(data) - {"drop", "aliases"}:
            raise doc.mistake(at, f'column "{name}" is dropped, so it has a reason and nothing else.')
        return ColumnRule(name, dropped=True, reason=_text(doc, data, "drop", at), line=line)
    return ColumnRule(
        name,
        keep=str(data.get("keep", "")),
        aliases=tuple(str(a) for a in _list(doc, (*at, "aliases"), data.get("aliases", []))),
        reason=_text(doc, data, "reason", at),
        purposes=_purposes(doc, data, at),
        required=bool(data.get("required", False)),
        personal=bool(data.get("personal", False)),
        protected=bool(data.get("protected", False)),
        line=line,
    )


def _purposes(doc: Located, data: dict[str, object], at: Where) -> tuple[str, ...]:
    purposes = tuple(str(p) for p in _list(doc, (*at, "purposes"), data.get("purposes", [])))
    if not purposes:
        raise doc.mistake(at, f'column "{at[-1]}" is kept without a purpose.', "Name a purpose, or drop the column.")
    for purpose in purposes:
        if not _SLUG.match(purpose):
            raise doc.mistake((*at, "purposes"), "a purpose is named by its id in the charter.")
    return purposes


def _assertion(doc: Located, at: Where, raw: object) -> Assertion:
    data = _mapping(doc, at, raw, allowed=_ASSERT_KEYS)
    bounds = {k: data.get(k) for k in ("at_least", "at_most")}
    if all(v is None for v in bounds.values()):
        raise doc.mistake(at, "an assertion has a bound: at_least, at_most or both.")
    for key, value in bounds.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise doc.mistake((*at, key), "a bound is a number.")
    check = _one_of(doc, data, "check", at, CHECKS)
    if (check == "empty_share") != bool(data.get("column")):
        raise doc.mistake(at, "empty_share names a column, the other checks do not.")
    return Assertion(
        check=check,
        column=str(data.get("column", "")),
        at_least=bounds["at_least"],  # type: ignore[arg-type]
        at_most=bounds["at_most"],  # type: ignore[arg-type]
        otherwise=_one_of(doc, data, "otherwise", at, OTHERWISE),
        reason=_text(doc, data, "reason", at),
    )


def _check_targets(doc: Located, at: Where, kind: FileKind) -> None:
    spelled: dict[str, str] = {}
    for rule in kind.columns:
        where = (*at, "columns", rule.name)
        for name in (rule.name, *rule.aliases):
            if spelled.setdefault(fold(name), rule.name) != rule.name:
                raise doc.mistake(where, f'"{name}" also means column "{spelled[fold(name)]}".')
        if rule.keep:
            _check_target(doc, where, rule, kind)
    for assertion in kind.asserts:
        if assertion.column and fold(assertion.column) not in spelled:
            raise doc.mistake((*at, "asserts"), f'no column "{assertion.column}" is declared.')


def _check_target(doc: Located, where: Where, rule: ColumnRule, kind: FileKind) -> None:
    table, _, name = rule.keep.partition(".")
    if table not in kind.tables or name not in TABLES[table].column_names:
        raise doc.mistake((*where, "keep"), f'"{rule.keep}" is no column of {" or ".join(kind.tables)}.')
    column = TABLES[table].column(name)
    if (column.personal, column.protected) != (rule.personal, rule.protected):
        raise doc.mistake(where, f'"{rule.keep}" has personal: {column.personal}, protected: {column.protected}.')


def fold(name: str) -> str:
    """Fold a column name for matching: case, spaces, underscores, hyphens and full stops do not count."""
    return re.sub(r"[\s_.\-]+", "", name).casefold()


def _mapping(doc: Located, at: Where, raw: object, allowed: frozenset[str] | None = None) -> dict[str, object]:
    if not isinstance(raw, dict):
        raise doc.mistake(at, f'"{at[-1] if at else "the document"}" is a mapping of keys to values.')
    for key in raw:
        if allowed is not None and key not in allowed:
            raise doc.mistake((*at, key), f'unknown key "{key}".', f"Known here: {', '.join(sorted(allowed))}.")
    return raw


def _list(doc: Located, at: Where, raw: object) -> list[object]:
    if not isinstance(raw, list):
        raise doc.mistake(at, f'"{at[-1]}" is a list.')
    return raw


def _text(doc: Located, data: dict[str, object], key: str, at: Where = ()) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value.strip():
        raise doc.mistake((*at, key), f'"{key}" is missing or empty.')
    return value.strip()


def _one_of(doc: Located, data: dict[str, object], key: str, at: Where, choices: tuple[str, ...]) -> str:
    value = _text(doc, data, key, at)
    if value not in choices:
        raise doc.mistake((*at, key), f'"{key}" is one of: {", ".join(choices)}.')
    return value


def _pattern(doc: Located, data: dict[str, object], at: Where) -> str:
    text = str(data.get("file_name", ""))
    try:
        re.compile(text)
    except re.error as error:
        raise doc.mistake(at, "file_name is not a regular expression.") from error
    return text


def _numbers(doc: Located, at: Where, raw: object, allowed: frozenset[str]) -> dict[str, float]:
    data = _mapping(doc, at, raw, allowed)
    for key, value in data.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise doc.mistake((*at, key), f'"{key}" is a number.')
    return {k: float(v) for k, v in data.items()}  # type: ignore[arg-type]


def _names(doc: Located, at: Where, raw: object) -> dict[str, str]:
    """Read ``id: [label, label]`` into label -> id; one label has one meaning."""
    meanings: dict[str, str] = {}
    for name, labels in _mapping(doc, at, raw).items():
        for i, label in enumerate(_list(doc, (*at, name), labels)):
            if meanings.setdefault(str(label), name) != name:
                raise doc.mistake((*at, name, i), f'the label "{label}" has two meanings.')
    return meanings
