"""The search index: records by key, behind a small seam.

A hit gives back a table and a record id; the row itself, kept beside (:mod:`peelian.store.row_file`), is given out by
key alone, and whoever shows it asks the gate. Label, table and expiry are part of every query, so they act before the
top-k, the limit and ties; every hit scores the same and the order is by record id. What a session may not see
therefore changes neither the hits, nor their number, nor their order.

Sharded by record id, so that an erasure rebuilds one small shard: a deleted document's terms stay in tantivy's
segments until a merge that nobody can ask for.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import tantivy

from peelian.core.ids import new_ulid
from peelian.core.time import Clock
from peelian.model.search import ANY_ONE, ANY_RUN, AnyOf
from peelian.store.grant import ERASE, READ, WRITE, Grant, need
from peelian.store.row_file import NOWHERE, RowReader, RowWriter

STATE = "state.json"
"""File that says up to which commit the index knows what was written, and by which form of keys."""

_HEAP = 64_000_000
_HEAP_BUILD = 256_000_000
"""A shard that is built in one piece is asked in one piece: two segments hold most words twice, and are asked twice."""

_NAME = re.compile(r"[0-9]{3}-[0-9A-Z]{26}")
_TABLE_BITS = 6
_FOREVER = 2**31
_AT_FIRST = 64
_ONE_BY_ONE = 64
"""Up to so many terms are asked one by one."""


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One record as the index sees it.

    Parameters
    ----------
    keys : str
        What it is found by, between blanks.
    table : int
        Number of its table, 0 to 63.
    expires : int
        Day on which it is gone, counted from 1970-01-01.
    row : bytes
        The row, in whatever form the gate reads it back; empty to keep none.
    """

    record_id: str
    label_id: int
    keys: str
    table: int = 0
    expires: int = _FOREVER
    row: bytes = b""


Key = tuple[int, str]
"""Table number and record id."""

Rebuild = Callable[[int], Iterable[IndexEntry]]
"""Gives the entries of one shard again, from the current records: those that were erased are not among them."""


@dataclass(frozen=True)
class Visible:
    """What a session may see, as far as the index knows: labels, tables, and the day it is."""

    labels: Collection[int]
    tables: Collection[int]
    today: int


@dataclass(frozen=True, slots=True)
class _Shard:
    """One shard as this process has it open, and when it was written last."""

    index: tantivy.Index
    rows: RowReader
    written: int


class SearchIndex:
    """Tantivy indexes in one folder, one a shard.

    Parameters
    ----------
    folder : Path
        The index's folder.
    clock : Clock
        Names the builds of a shard in order.
    n_shards : int
        Power of two up to 256.
    """

    def __init__(self, folder: Path, clock: Clock, n_shards: int = 16) -> None:
        assert 1 <= n_shards <= 256 and n_shards & (n_shards - 1) == 0, "a power of two"
        self.folder, self.clock, self.n_shards = folder, clock, n_shards
        self._open: dict[Path, _Shard] = {}
        self._listed: tuple[list[str], dict[int, Path]] = [], {}
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def shard_of(self, record_id: str) -> int:
        """Say which shard a record is in."""
        return int(record_id[-2:], 16) % self.n_shards

    def state(self) -> dict[str, object] | None:
        """Return what was noted of the index when it was last written; None when it never was, or cannot be read."""
        try:
            state = json.loads((self.folder / STATE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return state if isinstance(state, dict) else None

    def note(self, grant: Grant, state: dict[str, object]) -> None:
        """Note what the index now knows."""
        need(grant, WRITE, "index")
        fresh = self.folder / f"{STATE}.{os.getpid()}"
        fresh.write_text(json.dumps(state, sort_keys=True), encoding="utf-8")
        fresh.replace(self.folder / STATE)

    def build(self, grant: Grant, shard: int, entries: Iterable[IndexEntry]) -> int:
        """Build one shard anew from all its records; readers keep the old one until it is whole."""
        need(grant, WRITE, "index")
        return self._build(shard, entries)

    def update(self, grant: Grant, gone: Iterable[Key], entries: Iterable[IndexEntry]) -> int:
        """Take out records, and add others: one that changed is in both."""
        need(grant, WRITE, "index")
        out: dict[int, list[Key]] = {}
        for key in gone:
            out.setdefault(self.shard_of(key[1]), []).append(key)
        into: dict[int, list[IndexEntry]] = {}
        for entry in entries:
            into.setdefault(self.shard_of(entry.record_id), []).append(entry)
        for shard in sorted({*out, *into}):
            path = self._builds().get(shard)
            if path is None:
                self._build(shard, into.get(shard, ()))
            else:
                _write(self._shard(path).index, path, into.get(shard, ()), gone=out.get(shard, ()))
        return sum(len(found) for found in into.values())

    def search(self, grant: Grant, all_of: Sequence[AnyOf], visible: Visible, limit: int) -> list[Key]:
        """Find records that meet every one of ``all_of`` and are visible: in order of their ids, at most ``limit``."""
        need(grant, READ, "index")
        assert limit > 0, "a limit is positive"
        if not all_of or not all(all_of) or not visible.labels or not visible.tables:
            return []
        found: list[tuple[int, tantivy.Searcher, tantivy.DocAddress]] = []
        query: tantivy.Query | None = None
        for _, path in sorted(self._builds().items()):
            index = self._shard(path).index
            query = query or _query(index.schema, all_of, visible)
            searcher = index.searcher()
            found += [(rank, searcher, address) for rank, address in _first(searcher, query, limit)]
        found.sort(key=lambda hit: hit[0])
        keys = (_read_key(searcher.doc(address)["key"][0]) for _, searcher, address in found)
        return list(islice(dict.fromkeys(keys), limit))

    def rows_of(self, grant: Grant, keys: Iterable[Key], visible: Visible) -> list[bytes]:
        """Return the rows of some records, as far as they are visible: in no order, of one record all there are."""
        need(grant, READ, "index")
        by_shard: dict[int, list[str]] = {}
        for table, record_id in keys:
            if table in visible.tables:
                by_shard.setdefault(self.shard_of(record_id), []).append(_spell_key(table, record_id))
        builds, found = self._builds(), list[bytes]()
        for shard, spelt in sorted(by_shard.items() if visible.labels else ()):
            if shard in builds:
                found += _rows(self._shard(builds[shard]), "key", spelt, visible)
        return found

    def rows_by(self, grant: Grant, any_of: Sequence[str], visible: Visible) -> list[bytes]:
        """Return the rows of every record that has one of some keys, as far as they are visible: in no order."""
        need(grant, READ, "index")
        if not any_of or not visible.labels or not visible.tables:
            return []
        shards = (self._shard(path) for _, path in sorted(self._builds().items()))
        return [row for shard in shards for row in _rows(shard, "keys", any_of, visible)]

    def erase(self, grant: Grant, record_ids: Collection[str], rebuild: Rebuild) -> list[int]:
        """Build anew, from the records as they are now, every shard that may know some records; returns those shards.

        A deletion alone would leave their terms in tantivy's files. Shards that an erasure before this one announced
        and never came to are among them.
        """
        need(grant, ERASE, "index")
        self.announce(grant, record_ids)
        touched = sorted(self._announced())
        for shard in touched:
            if shard in self._builds():
                self._build(shard, rebuild(shard))
            self._mark(shard).unlink(missing_ok=True)
        self.sweep()
        return touched

    def announce(self, grant: Grant, record_ids: Collection[str]) -> None:
        """Note which shards are to be built anew, before the records themselves are gone and nobody knows them."""
        need(grant, ERASE, "index")
        built = self._builds()
        for shard in sorted({self.shard_of(r) for r in record_ids}):
            if shard in built:
                self._mark(shard).touch(mode=0o600)

    def sweep(self) -> None:
        """Delete builds that were superseded or never finished."""
        current = set(self._builds().values())
        for path in self.folder.iterdir():
            if path.is_dir() and path not in current:
                shutil.rmtree(path)

    def _mark(self, shard: int) -> Path:
        return self.folder / f"erase-{shard:03}"

    def _announced(self) -> list[int]:
        return [int(p.name.removeprefix("erase-")) for p in self.folder.glob("erase-*")]

    def _build(self, shard: int, entries: Iterable[IndexEntry]) -> int:
        """Build a shard beside the current one, then let its name take over; a kill leaves the old one in place."""
        name = f"{shard:03}-{new_ulid(self.clock)}"
        making, made = self.folder / f"making-{name}", self.folder / name
        making.mkdir(mode=0o700)
        n = _write(tantivy.Index(_schema(), str(making)), making, entries, heap=_HEAP_BUILD)
        old = sorted(self.folder.glob(f"{shard:03}-*"))
        os.rename(making, made)
        for path in old:
            self._open.pop(path, None)
            shutil.rmtree(path)
        return n

    def _builds(self) -> dict[int, Path]:
        """Return the current build of each shard, the newest that is whole; others are held open no longer."""
        names = sorted(name for name in os.listdir(self.folder) if _NAME.fullmatch(name))
        if names != self._listed[0]:
            self._listed = names, {int(name[:3]): self.folder / name for name in names}
        builds = self._listed[1]
        if len(self._open) > len(builds):
            for path in set(self._open) - set(builds.values()):
                self._open.pop(path, None)
        return builds

    def _shard(self, path: Path) -> _Shard:
        """Open a shard, or look at it again when another process has added to it."""
        written = os.stat(f"{path}/meta.json").st_mtime_ns
        known = self._open.get(path)
        if known is None:
            known = _Shard(tantivy.Index.open(str(path)), RowReader(path), written)
        elif known.written != written:
            known.index.reload()
            known = _Shard(known.index, known.rows, written)
        self._open[path] = known
        return known


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("keys", stored=False, tokenizer_name="whitespace", index_option="basic")
    builder.add_unsigned_field("label_id", indexed=True)
    builder.add_unsigned_field("table", indexed=True)
    builder.add_unsigned_field("expires", fast=True)
    builder.add_unsigned_field("at", stored=True)  # where its row stands in the file beside
    builder.add_unsigned_field("rank", fast=True)  # the order of record ids, as a number; ties by table
    return builder.build()


def _spell_key(table: int, record_id: str) -> str:
    return f"{table}:{record_id}"


def _read_key(spelt: str) -> Key:
    table, _, record_id = spelt.partition(":")
    return int(table), record_id


def _write(
    index: tantivy.Index, folder: Path, entries: Iterable[IndexEntry], *, gone: Iterable[Key] = (), heap: int = _HEAP
) -> int:
    n = 0
    with index.writer(heap_size=heap, num_threads=1) as writer, RowWriter(folder) as rows:
        for table, record_id in gone:
            writer.delete_documents_by_term("key", _spell_key(table, record_id))
        add = writer.add_document
        for entry in entries:
            add(_document(entry, rows.add(entry.row)))
            n += 1
        rows.settle()
        writer.commit()
        writer.wait_merging_threads()
    index.reload()
    return n


def _document(entry: IndexEntry, at: int) -> tantivy.Document:
    document = tantivy.Document()
    document.add_text("key", _spell_key(entry.table, entry.record_id))
    document.add_text("keys", entry.keys)
    document.add_unsigned("label_id", entry.label_id)
    document.add_unsigned("table", entry.table)
    document.add_unsigned("expires", entry.expires)
    document.add_unsigned("at", at)
    document.add_unsigned("rank", (int(entry.record_id[:14], 16) << _TABLE_BITS) | entry.table)
    return document


def _first(searcher: tantivy.Searcher, query: tantivy.Query, limit: int) -> list[tuple[int, tantivy.DocAddress]]:
    """Return the first hits in the order of their ids."""
    found = searcher.search(query, limit, count=False, order_by_field="rank", order=tantivy.Order.Asc)
    return list(found.hits)


def _rows(shard: _Shard, field: str, values: Sequence[str], visible: Visible) -> list[bytes]:
    """Return every row of a shard that has one of some terms in a field."""
    schema, searcher, limit = shard.index.schema, shard.index.searcher(), max(_AT_FIRST, 2 * len(values))
    wanted = [_one_of(schema, field, list(dict.fromkeys(values))), *_seen(schema, visible)]
    query = tantivy.Query.boolean_query([(tantivy.Occur.Must, q) for q in wanted])
    while len(hits := _first(searcher, query, limit)) == limit:
        limit *= 8
    places = (searcher.doc(address)["at"][0] for _, address in hits)
    return [shard.rows.read(at) for at in places if at != NOWHERE]


def _query(schema: tantivy.Schema, all_of: Sequence[AnyOf], visible: Visible) -> tantivy.Query:
    wanted = [*(_any_of(schema, group) for group in all_of), *_seen(schema, visible)]
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, q) for q in wanted])


def _seen(schema: tantivy.Schema, visible: Visible) -> list[tantivy.Query]:
    """Write what a session may see as conditions."""
    days = tantivy.FieldType.Unsigned
    return [
        _one_of(schema, "label_id", sorted(visible.labels)),
        _one_of(schema, "table", sorted(visible.tables)),
        tantivy.Query.range_query(schema, "expires", days, lower_bound=visible.today, include_lower=False),
    ]


def _any_of(schema: tantivy.Schema, group: AnyOf) -> tantivy.Query:
    queries = [_one_of(schema, "keys", list(dict.fromkeys(group.exact)))] if group.exact else []
    queries += [tantivy.Query.fuzzy_term_query(schema, "keys", k, 1, True, False) for k in group.near]
    queries += [tantivy.Query.regex_query(schema, "keys", _pattern(k)) for k in group.like]
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, q) for q in queries]) if len(queries) > 1 else queries[0]


def _one_of(schema: tantivy.Schema, field: str, values: Sequence[str | int]) -> tantivy.Query:
    """Ask for one of several terms.

    A set of terms is read whole by tantivy, whatever else is asked; few terms are better asked one by one, so that the
    rarest condition leads [M].
    """
    if len(values) > _ONE_BY_ONE:
        return tantivy.Query.term_set_query(schema, field, list(values))
    queries = [tantivy.Query.term_query(schema, field, v, "basic") for v in values]
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, q) for q in queries]) if len(queries) > 1 else queries[0]


def _pattern(like: str) -> str:
    """Write a pattern with wildcards as a regular expression; whatever else it holds stands for itself."""
    spelt = {ANY_RUN: "[0-9A-Za-z+]*", ANY_ONE: "[0-9A-Za-z]"}
    return "".join(spelt.get(c, c if c.isalnum() else re.escape(c)) for c in like)
