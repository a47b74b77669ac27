"""The data contract of a source: ``source.yml``, read strictly, with file and line of every mistake.

A column that the contract does not keep is never parsed, let alone stored. See ``docs/formats/source-yml.md``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from peelian.core.canonical import digest
from peelian.ingest.located_yaml import Located, Where, load_located
from peelian.model.record import TABLES

_SLUG = re.compile(r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$")
_SOURCE_KEYS = frozenset(
    "source title publisher licence licence_url address lawful_basis cadence label time_zone points forces "
    "offences outcomes files shape epsg codes partner".split()
)
_FILE_KEYS = frozenset(
    "table companions file_name slice retention_class expires_from same_rows columns asserts part separator key "
    "subject event recorded joined label always derive changed".split()
)
_COLUMN_KEYS = frozenset(
    "keep aliases reason purposes required personal protected drop form codes beside stated several digits split "
    "check".split()
)
_ASSERT_KEYS = frozenset("check column at_least at_most otherwise reason".split())
_LABEL_KEYS = frozenset("role_class basis handling markings".split())
_POINT_KEYS = frozenset("lon_min lon_max lat_min lat_max far_times far_least_m".split())
SHAPES = ("records", "incidents", "plans", "police_uk")
"""Ways to shape rows. A source with ``shape: records`` needs no code: its contract says it all."""

CHECKS = ("rows", "rejected_share", "empty_share", "month_differs_share", "doubted_points_share")
EXPIRES_FROM = ("month end", "day of event", "end of event", "day of taking in")
SAID = ("role_class", "basis", "handling", "markings", "purposes")
"""What rows may say of their own label, within what their mandate covers."""
DERIVATIONS = {"month": 1, "end": 2, "precision": 2}
"""Columns worked out from others, and from how many."""
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
    also: tuple[str, ...] = ()  # further targets of the same value
    form: str = ""  # strptime form of days and times, "epoch-ms", or "" for ISO 8601
    codes: str = ""  # name of the contract's list that turns the system's words into Peelian's
    beside: tuple[str, ...] = ()  # columns that stand before it in a word of two parts, joined by /
    stated: str = ""  # target of the system's own word
    several: str = ""  # what stands between several values of one cell
    digits: bool = False  # a telephone number: digits and a leading plus alone
    split: tuple[str, tuple[str, ...]] = ("", ())  # where to cut a cell in two, and the targets of its parts
    check: str = ""  # regular expression that every value fits

    @property
    def targets(self) -> tuple[str, ...]:
        """Return every ``table.column`` that takes something of this column."""
        said = (self.keep, *self.also, self.stated, *self.split[1])
        return tuple(target for target in said if target)

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
class Joined:
    """Columns that another kind of file of the source holds about the same event.

    Parameters
    ----------
    file : str
        The other kind.
    mine, theirs : str
        The column here and there that says which event.
    take : mapping of str to str
        Name here -> their column.
    """

    file: str
    mine: str
    theirs: str
    take: Mapping[str, str]


@dataclass(frozen=True)
class Saying:
    """What a row says of its own label, and how that is told.

    Parameters
    ----------
    of : str
        ``role_class``, ``basis``, ``handling``, ``markings`` or ``purposes``.
    column : str
        The column whose cells say it; ``""`` when all rows say the same or their role does.
    by_role : bool
        The role of the person in the row says it (DPA 2018 s.38).
    always : str
        What every row says.
    meanings : mapping of str to str
        Cell, without case -> what it says.
    words : mapping of str to list of str
        What is said -> words of which one, found in the cell, says it.
    tables : tuple of str
        Tables whose rows say it; empty for all of the kind.
    """

    of: str
    column: str = ""
    by_role: bool = False
    always: str = ""
    meanings: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Derived:
    """A column worked out from others: the ``month`` of an instant; the ``end`` and ``precision`` of start and end."""

    put: str
    how: str
    of: tuple[str, ...]


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
    part: str = ""  # sheet of a workbook, table of a database, list inside JSON objects, element of XML
    separator: str = ","
    key: tuple[str, ...] = ()  # columns that name a row
    subject: str = ""  # column with the system's own number for a person
    event: tuple[str, ...] = ()  # columns with the day that retention counts from; the first that is filled
    recorded: str = ""  # column that says when the system wrote the row
    joined: Joined | None = None
    label: tuple[Saying, ...] = ()
    always: Mapping[str, object] = field(default_factory=dict)  # target -> value
    derive: tuple[Derived, ...] = ()
    changed: str = ""  # column of a database's table that says when a row was last changed

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
    shape: str = ""
    epsg: int = 4326
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # list -> label as stated -> Peelian's word
    partner: bool = False  # another body's data: comes in under a sharing mandate alone
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
        shape=_shape(doc, data),
        epsg=int(_numbers(doc, ("epsg",), {"epsg": data.get("epsg", 4326)}, frozenset({"epsg"}))["epsg"]),
        codes={
            name: _names(doc, ("codes", name), labels)
            for name, labels in _mapping(doc, ("codes",), data.get("codes", {})).items()
        },
        partner=bool(data.get("partner", False)),
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
        expires_from=_one_of(doc, data, "expires_from", at, EXPIRES_FROM),
        same_rows=_one_of(doc, data, "same_rows", at, SAME_ROWS),
        columns=tuple(_column(doc, (*at, "columns", c)) for c in _mapping(doc, (*at, "columns"), data.get("columns"))),
        asserts=tuple(
            _assertion(doc, (*at, "asserts", i), a)
            for i, a in enumerate(_list(doc, (*at, "asserts"), data.get("asserts", [])))
        ),
        **_of_records(doc, at, data),
    )
    _check_targets(doc, at, kind)
    if kind.key:
        _check_records(doc, at, kind)
    return kind


def _shape(doc: Located, data: dict[str, object]) -> str:
    """Return how rows are shaped: as the source says, or as its own name does."""
    return _one_of(doc, {"shape": data.get("shape", data["source"])}, "shape", (), SHAPES)


def _of_records(doc: Located, at: Where, data: dict[str, object]) -> dict[str, Any]:
    """Read what only sources with ``shape: records`` say of a kind of file."""
    texts = {k: str(data.get(k, "")) for k in ("part", "subject", "recorded", "changed")}
    lists = {k: tuple(str(c) for c in _list(doc, (*at, k), data.get(k, []))) for k in ("key", "event")}
    separator = str(data.get("separator", ","))
    if len(separator) != 1:
        raise doc.mistake((*at, "separator"), "a separator is one character.")
    return {
        **texts,
        **lists,
        "separator": separator,
        "joined": _joined(doc, (*at, "joined"), data["joined"]) if "joined" in data else None,
        "label": tuple(
            _saying(doc, (*at, "label", i), raw)
            for i, raw in enumerate(_list(doc, (*at, "label"), data.get("label", [])))
        ),
        "always": _mapping(doc, (*at, "always"), data.get("always", {})),
        "derive": tuple(
            _derived(doc, (*at, "derive", i), raw)
            for i, raw in enumerate(_list(doc, (*at, "derive"), data.get("derive", [])))
        ),
    }


def _joined(doc: Located, at: Where, raw: object) -> Joined:
    data = _mapping(doc, at, raw, frozenset({"file", "mine", "theirs", "take"}))
    texts = {k: _text(doc, data, k, at) for k in ("file", "mine", "theirs")}
    if texts["file"] not in doc.data["files"]:  # type: ignore[index]
        raise doc.mistake((*at, "file"), f'no kind of file "{texts["file"]}" is declared.')
    return Joined(**texts, take={k: str(v) for k, v in _mapping(doc, (*at, "take"), data.get("take")).items()})


def _saying(doc: Located, at: Where, raw: object) -> Saying:
    data = _mapping(doc, at, raw, frozenset({"of", "column", "by", "always", "is", "words", "tables"}))
    of = _one_of(doc, data, "of", at, SAID)
    told = [key for key in ("by", "always", "is", "words") if key in data]
    if len(told) != 1 or (told[0] in ("is", "words")) != bool(data.get("column")):
        raise doc.mistake(at, "a row says something by its role, always, or by a column that is or has words.")
    if told == ["by"] and (data["by"] != "role" or of != "role_class"):
        raise doc.mistake((*at, "by"), "only the class of a role is told by the role.")
    always = data.get("always", "")
    words = _mapping(doc, (*at, "words"), data.get("words", {}))
    return Saying(
        of=of,
        column=str(data.get("column", "")),
        by_role="by" in data,
        always="|".join(str(v) for v in always) if isinstance(always, list) else str(always),
        meanings={str(k).casefold(): str(v) for k, v in _mapping(doc, (*at, "is"), data.get("is", {})).items()},
        words={k: tuple(str(w) for w in _list(doc, (*at, "words", k), v)) for k, v in words.items()},
        tables=tuple(str(t) for t in _list(doc, (*at, "tables"), data.get("tables", []))),
    )


def _derived(doc: Located, at: Where, raw: object) -> Derived:
    data = _mapping(doc, at, raw, frozenset({"put", "how", "of"}))
    of = tuple(str(c) for c in _list(doc, (*at, "of"), data.get("of")))
    how = _one_of(doc, data, "how", at, tuple(DERIVATIONS))
    if len(of) != DERIVATIONS[how]:
        raise doc.mistake((*at, "of"), f'"{how}" is worked out from {DERIVATIONS[how]} columns.')
    return Derived(_text(doc, data, "put", at), how, of)


def _check_records(doc: Located, at: Where, kind: FileKind) -> None:
    """Check that every column that is named is one: a misspelt one would be silently empty."""
    known = {rule.name for rule in kind.kept} | set(kind.joined.take if kind.joined else ())
    named = [*kind.key, *kind.event, kind.subject, kind.recorded, kind.changed, *(s.column for s in kind.label)]
    named += [name for rule in kind.kept for name in rule.beside]
    named += [kind.joined.mine] if kind.joined else []
    for name in filter(None, named):
        if name not in known:
            raise doc.mistake(at, f'no kept column "{name}" is declared.')
    for target in (*kind.always, *(d.put for d in kind.derive), *(c for d in kind.derive for c in d.of)):
        table, _, column = target.partition(".")
        if table not in kind.tables or column not in TABLES[table].column_names:
            raise doc.mistake(at, f'"{target}" is no column of {" or ".join(kind.tables)}.')
    for rule in kind.kept:
        if rule.codes and rule.codes not in _mapping(doc, ("codes",), doc.data.get("codes", {})):  # type: ignore[attr-defined]
            raise doc.mistake((*at, "columns", rule.name, "codes"), f'there is no list of codes "{rule.codes}".')
    if not kind.event and kind.expires_from != "day of taking in":
        raise doc.mistake(at, "rows say from which day they are kept: event names the columns with that day.")


def _column_of_records(doc: Located, at: Where, data: dict[str, object]) -> dict[str, Any]:
    """Read what only sources with ``shape: records`` say of a column."""
    texts = {k: str(data.get(k, "")) for k in ("form", "codes", "stated", "several", "check")}
    split = _mapping(doc, (*at, "split"), data.get("split", {}), frozenset({"at", "into"}))
    into = tuple(str(t) for t in _list(doc, (*at, "split", "into"), split.get("into", [])))
    if split and len(into) != 2:
        raise doc.mistake((*at, "split"), "a cell is cut in two, and each part has a target.")
    return {
        **texts,
        "beside": tuple(str(c) for c in _list(doc, (*at, "beside"), data.get("beside", []))),
        "digits": bool(data.get("digits", False)),
        "split": (str(split.get("at", "")), into),
    }


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
    kept = data.get("keep", "")
    keep, *also = kept if isinstance(kept, list) else [kept]
    return ColumnRule(
        name,
        keep=str(keep),
        also=tuple(str(target) for target in also),
        aliases=tuple(str(a) for a in _list(doc, (*at, "aliases"), data.get("aliases", []))),
        reason=_text(doc, data, "reason", at),
        purposes=_purposes(doc, data, at),
        required=bool(data.get("required", False)),
        personal=bool(data.get("personal", False)),
        protected=bool(data.get("protected", False)),
        line=line,
        **_column_of_records(doc, at, data),
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
        for target in rule.targets:
            _check_target(doc, where, rule, kind, target)
    for assertion in kind.asserts:
        if assertion.column and fold(assertion.column) not in spelled:
            raise doc.mistake((*at, "asserts"), f'no column "{assertion.column}" is declared.')


def _check_target(doc: Located, where: Where, rule: ColumnRule, kind: FileKind, target: str) -> None:
    table, _, name = target.partition(".")
    if table not in kind.tables or name not in TABLES[table].column_names:
        raise doc.mistake((*where, "keep"), f'"{target}" is no column of {" or ".join(kind.tables)}.')
    column = TABLES[table].column(name)
    if (column.personal, column.protected) != (rule.personal, rule.protected):
        raise doc.mistake(where, f'"{target}" has personal: {column.personal}, protected: {column.protected}.')


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
