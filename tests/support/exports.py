"""Exports in every format, held as plain rows: read a sample, change it as a system's night would, write it again."""

from __future__ import annotations

import csv
import io
import json
import random
import sqlite3
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from peelian.core.workbook import Sheet, write_book
from peelian.ingest.catalogue import open_source
from peelian.ingest.contract import ColumnRule
from peelian.ingest.run import Reading
from peelian.ingest.safe_zip import list_memory
from peelian.ingest.slice import Slice
from peelian.ingest.source import Source
from peelian.ingest.table_door import parts_of, read_names, read_table
from tests.support.ingest import kind_of
from tests.support.systems import OPTIONS, sample, to_text

Row = dict[str, object]
Rows = list[Row]
Export = dict[tuple[str, str], Rows]
"""File and part (sheet, table) -> rows. A row of JSON or XML holds the rows inside it as a list of rows."""


def read_sample(source: str) -> Export:
    """Read a source's own made-up sample."""
    return {
        (path.name, part): rows
        for path in sorted(sample(source).iterdir())
        for part, rows in _READERS.get(path.suffix, _read_parts)(path).items()
    }


def _read_csv(path: Path) -> dict[str, Rows]:
    text = path.read_text(encoding="utf-8-sig")
    separator = max(",;\t", key=text.splitlines()[0].count)
    return {"": list(csv.DictReader(io.StringIO(text), delimiter=separator))}  # type: ignore[arg-type]


def _read_json(path: Path) -> dict[str, Rows]:
    return {"": [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]}


def _read_xml(path: Path) -> dict[str, Rows]:
    def row(element: ElementTree.Element) -> Row:
        inner: dict[str, Rows] = {}
        for child in element:
            inner.setdefault(child.tag, []).append(row(child))
        return {**element.attrib, **inner}

    root = ElementTree.fromstring(path.read_bytes())
    return {root[0].tag: [row(element) for element in root]}


def _read_parquet(path: Path) -> dict[str, Rows]:
    return {"": pq.read_table(path).to_pylist()}


def _read_parts(path: Path) -> dict[str, Rows]:
    """Read a workbook's sheets or a database's tables through the door itself, every column as text."""
    data, found = path.read_bytes(), {}
    for part in parts_of(path.name, data):
        rules = [ColumnRule(name) for name in read_names(path.name, data, part)]
        found[part] = read_table(path.name, data, kind_of(rules, part)).table.to_pylist()
    return found


_READERS: Mapping[str, Callable[[Path], dict[str, Rows]]] = {
    ".csv": _read_csv, ".jsonl": _read_json, ".xml": _read_xml, ".parquet": _read_parquet,
}  # fmt: skip


def write_export(export: Export, like: Export, separator: str = ",") -> dict[str, bytes]:
    """Write an export. What each file and part is like, its columns and their types, the whole of it tells."""
    files: dict[str, dict[str, Rows]] = {}
    for (name, part), rows in export.items():
        files.setdefault(name, {})[part] = rows
    return {
        name: _WRITERS[Path(name).suffix](parts, {p: r for (n, p), r in like.items() if n == name}, separator)
        for name, parts in files.items()
    }


def _columns(rows: Iterable[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _write_csv(parts: Mapping[str, Rows], like: Mapping[str, Rows], separator: str) -> bytes:
    return to_text(_columns(like[""]), parts[""], separator)  # type: ignore[arg-type]


def _write_json(parts: Mapping[str, Rows], like: Mapping[str, Rows], separator: str) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in parts[""]).encode()


def _write_xml(parts: Mapping[str, Rows], like: Mapping[str, Rows], separator: str) -> bytes:
    root = ElementTree.Element("export")

    def add(around: ElementTree.Element, tag: str, row: Row) -> None:
        texts = {k: str(v) for k, v in row.items() if v is not None and not isinstance(v, list)}
        element = ElementTree.SubElement(around, tag, texts)
        for inner, rows in row.items():
            for one in rows if isinstance(rows, list) else ():
                add(element, inner, one)

    for part, rows in parts.items():
        for one in rows:
            add(root, part, one)
    return ElementTree.tostring(root, encoding="utf-8")


def _write_parquet(parts: Mapping[str, Rows], like: Mapping[str, Rows], separator: str) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(parts[""], pa.Table.from_pylist(like[""]).schema), out)
    return out.getvalue()


def _write_workbook(parts: Mapping[str, Rows], like: Mapping[str, Rows], separator: str) -> bytes:
    heads = {part: _columns(rows) for part, rows in like.items()}
    return write_book([Sheet(p, tuple(h), [[r.get(c) for c in h] for r in parts[p]]) for p, h in heads.items()])


def _write_sqlite(parts: Mapping[str, Rows], like: Mapping[str, Rows], separator: str) -> bytes:
    with sqlite3.connect(":memory:") as con:
        for part, rows in like.items():
            columns = _columns(rows)
            con.execute(f"CREATE TABLE {part} ({', '.join(columns)})")
            marks = ", ".join("?" * len(columns))
            con.executemany(f"INSERT INTO {part} VALUES ({marks})", [[r.get(c) for c in columns] for r in parts[part]])
        con.commit()
        data = con.serialize()
    con.close()
    return data


_WRITERS: Mapping[str, Callable[[Mapping[str, Rows], Mapping[str, Rows], str], bytes]] = {
    ".csv": _write_csv, ".jsonl": _write_json, ".xml": _write_xml, ".parquet": _write_parquet,
    ".xlsx": _write_workbook, ".db": _write_sqlite,
}  # fmt: skip


def next_night(export: Export, chance: random.Random) -> Export:
    """Return an export as another night may find it: rows gone, come, doubled, changed, spoilt, in another order."""
    return {where: _changed(rows, chance) for where, rows in export.items()}


def _changed(rows: Sequence[Row], chance: random.Random) -> Rows:
    kept = chance.sample(rows, chance.randint((len(rows) + 1) // 2, len(rows))) if rows else []
    kept += [chance.choice(kept)] if kept and chance.random() < 0.3 else []
    return [_touched(row, rows, chance) for row in kept]


def _touched(row: Row, others: Sequence[Row], chance: random.Random) -> Row:
    """Change a row now and then: a cell as another row has it, a cell spoilt, rows inside it gone."""
    row = {k: _changed(v, chance) if _has_rows(v) else v for k, v in row.items()}  # type: ignore[arg-type]
    cells = [k for k, v in row.items() if not isinstance(v, list)]
    if cells and chance.random() < 0.4:
        name = chance.choice(cells)
        row[name] = chance.choice(others).get(name)
    if cells and chance.random() < 0.1 and isinstance(row[name := chance.choice(cells)], str):
        row[name] = "??"
    return row


def _has_rows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


class Lake:
    """What a store does with slices: replaces each whole. Empty tables replace nothing."""

    def __init__(self, source: str | Source):
        self.source = open_source(source) if isinstance(source, str) else source
        self.rows: dict[str, set[tuple[str, ...]]] = {}
        self.seen: dict[str, str] = {}

    def load(self, files: Mapping[str, bytes]) -> Lake:
        """Take in an export, skipping what is here unchanged."""
        for part in Reading(self.source, list_memory(files), OPTIONS, seen=self.seen):
            if part.tables:
                self.rows[part.slice_id] = _whole(part)
                self.seen[part.slice_id] = part.fingerprint
        return self

    def all_rows(self) -> set[tuple[str, ...]]:
        """Give everything about every row: ids, hashes, day and label."""
        return set().union(*self.rows.values())


def _whole(part: Slice) -> set[tuple[str, ...]]:
    beside = ("record_id", "subject_id", "row_hash", "_event_on", "_role_class", "_handling", "_markings", "_purposes")
    return {
        (name, *(str(row.get(column)) for column in beside))
        for name, table in (part.tables | {"quarantine": part.quarantine}).items()
        for row in table.to_pylist()
    }


def assert_nights_equal_a_rebuild(source: str | Source, history: Iterable[Mapping[str, bytes]]) -> Lake:
    """Take in night after night and insist that what is held is what one reading of the last export of each part says.

    A part that is refused as a whole stays as it was; every other is exactly what the export says.
    """
    lake = Lake(source)
    for files in history:
        before = dict(lake.rows)
        lake.load(files)
        assert lake.rows == before | Lake(lake.source).load(files).rows
    return lake
