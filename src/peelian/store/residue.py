"""Searching a deployment for values that should not be there any more: every file, and inside what files encode.

A value deleted from a table may live on in a Parquet page, in a dictionary nobody refers to, in Delta's log, in a
free page or the write-ahead log of SQLite, in a term dictionary, in a compressed file. This looks in all of them. It
proves nothing about a disk's unallocated blocks, backups or paper; the erasure's receipt names those.

It opens whole files and needs no grant from the gate for it: it answers *whether* given values occur, never what
else is there, and it is run by the erasure itself and by its tests.
"""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import zipfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import tantivy

from peelian.core.errors import InvalidError

_CHUNK = 16 << 20
_AT_ONCE = 50_000  # values


@dataclass(frozen=True, order=True)
class Trace:
    """A place where one of the values was found. Says which by number, never by value."""

    path: str
    where: str
    needle: int


class Needles:
    """Values that are looked for, in the forms in which they may be written down."""

    def __init__(self, values: Collection[str]) -> None:
        if not values or min(len(v) for v in values) < 4:
            raise InvalidError(
                "needle-too-short",
                "A residue search was asked for a value of fewer than four characters, or for none.",
                why="So short a value occurs by chance, and finding it says nothing.",
                do="Search for ids, or for values that are unmistakable.",
            )
        self.values = list(values)
        self.plain = [v.encode() for v in self.values]
        self.raw = [(i, form) for i, v in enumerate(self.values) for form in _forms(v)]
        self.longest = max(len(form) for _, form in self.raw)

    def in_bytes(self, data: bytes) -> set[int]:
        """Say which values occur in some bytes."""
        return {i for i, form in self.raw if form in data}

    def in_text(self, text: str) -> set[int]:
        """Say which values occur in a text."""
        return {i for i, v in enumerate(self.values) if v in text}

    def in_array(self, column: pa.ChunkedArray) -> set[int]:
        """Say which values occur in a column, dictionary entries that no row refers to included."""
        return {i for part in _joined(column) for i, v in enumerate(self.plain) if v in part}


def find_residue(folder: Path, values: Collection[str], opened: Iterable[tuple[str, bytes]] = ()) -> list[Trace]:
    """Search every file below a folder for some values.

    Parameters
    ----------
    folder : Path
        What is searched: usually a whole deployment.
    values : collection of str
        Unmistakable values, at least four characters each. Numbers as they print.
    opened : iterable of (str, bytes), optional
        Names of sealed files and what is in them, from whoever holds the keys: sealed, they would tell nothing.

    Returns
    -------
    list of Trace
        Where they are; empty when they are nowhere.
    """
    needles = Needles(values)
    found = set()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
        name = path.relative_to(folder).as_posix()
        found |= {Trace(name, where, i) for where, i in _search_file(path, needles)}
    for meta in sorted(folder.rglob("meta.json")):
        name = meta.parent.relative_to(folder).as_posix()
        found |= {Trace(name, where, i) for where, i in _search_index(meta.parent, needles)}
    found |= {Trace(name, "opened", i) for name, plain in opened for i in needles.in_bytes(plain)}
    return sorted(found)


def _forms(value: str) -> list[bytes]:
    """Write a value as it may lie in a file: plain, as two-byte text, escaped for JSON, in hex."""
    escaped = json.dumps(value)[1:-1].encode()
    return list({value.encode(): 0, value.encode("utf-16-le"): 0, escaped: 0, value.encode().hex().encode(): 0})


def _search_file(path: Path, needles: Needles) -> Iterator[tuple[str, int]]:
    with path.open("rb") as file:
        head = file.read(16)
        file.seek(0)
        for i in _in_stream(file, needles):
            yield "bytes", i
    if head.startswith(b"PAR1"):
        yield from _search_parquet(path, needles)
    elif head.startswith(b"SQLite format 3\x00"):
        yield from _search_sqlite(path, needles)
    elif head.startswith(b"\x1f\x8b"):
        with gzip.open(path) as unpacked:
            yield from (("gzip", i) for i in _in_stream(unpacked, needles))
    elif head.startswith(b"PK\x03\x04"):
        yield from _search_zip(path, needles)
    elif head.startswith(b"ARROW1"):
        table = pa.ipc.open_file(path).read_all()
        yield from (("arrow", i) for c in table.columns for i in needles.in_array(c))


def _in_stream(file: io.BufferedIOBase | gzip.GzipFile, needles: Needles) -> set[int]:
    """Search a stream in chunks that overlap by the longest value."""
    found: set[int] = set()
    kept = b""
    while chunk := file.read(_CHUNK):
        found |= needles.in_bytes(kept + chunk)
        kept = chunk[-needles.longest :]
    return found


def _search_parquet(path: Path, needles: Needles) -> Iterator[tuple[str, int]]:
    schema = pq.read_schema(path)
    texts = [f.name for f in schema if pa.types.is_string(f.type) or pa.types.is_binary(f.type)]
    file = pq.ParquetFile(path, read_dictionary=texts)  # whole dictionary pages, not the entries in use
    for group in range(file.num_row_groups):
        rows = file.read_row_group(group)
        for name in rows.column_names:
            yield from ((f"column {name}", i) for i in needles.in_array(rows[name]))


def _texts(column: pa.ChunkedArray) -> Iterator[pa.Array]:
    """Give a column's values as text; structs and lists are taken apart."""
    for chunk in column.chunks:
        if pa.types.is_dictionary(chunk.type):
            yield from _texts(pa.chunked_array([chunk.dictionary]))
        elif pa.types.is_struct(chunk.type):
            for field in chunk.flatten():
                yield from _texts(pa.chunked_array([field]))
        elif pa.types.is_list(chunk.type) or pa.types.is_map(chunk.type):
            inner = pa.table({"v": chunk}).to_pylist()
            yield pa.array([json.dumps(r["v"], default=str) for r in inner])
        else:
            yield chunk.cast(pa.binary()) if pa.types.is_string(chunk.type) else chunk


def _joined(column: pa.ChunkedArray) -> Iterator[bytes]:
    """Give a column's values one after the other, thousands at a time: one look a value sought."""
    for values in _texts(column):
        written = (
            values if pa.types.is_binary(values.type) else values.cast(pa.string()).cast(pa.binary())
        ).drop_null()
        for start in range(0, len(written), _AT_ONCE):
            part = written.slice(start, _AT_ONCE)
            [one] = pc.binary_join(pa.ListArray.from_arrays([0, len(part)], part), b"\x00").to_pylist()
            yield one


def _search_sqlite(path: Path, needles: Needles) -> Iterator[tuple[str, int]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as con:
        con.text_factory = lambda b: b.decode("utf-8", "replace")
        for (table,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in con.execute(f'SELECT * FROM "{table}"'):
                for i in needles.in_text("\x00".join(map(_as_text, row))):
                    yield f"table {table}", i


def _as_text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _search_zip(path: Path, needles: Needles) -> Iterator[tuple[str, int]]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            with archive.open(member) as unpacked:
                yield from (("zip", i) for i in _in_stream(unpacked, needles))  # type: ignore[arg-type]


def _search_index(folder: Path, needles: Needles) -> Iterator[tuple[str, int]]:
    """Read a search index's term dictionaries: they are compressed, and keep the terms of deleted documents."""
    meta = json.loads((folder / "meta.json").read_text())
    searcher = tantivy.Index.open(str(folder)).searcher()
    texts = [f["name"] for f in meta["schema"] if f["type"] == "text"]
    for name in texts:
        terms = "\x00".join(term for term, _ in searcher.terms_with_prefix(name, ""))
        yield from ((f"terms of {name}", i) for i in needles.in_text(terms))
    everything = searcher.search(tantivy.Query.all_query(), max(1, searcher.num_docs), count=False)
    for _, address in everything.hits:
        stored = json.dumps(searcher.doc(address).to_dict(), default=str)
        yield from (("stored fields", i) for i in needles.in_text(stored))
