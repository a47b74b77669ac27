"""The search index: records by token, behind a small seam.

No text is stored: a hit gives back a record id and nothing else, whoever opens the record asks the gate. The label
filter is part of the query, so it acts before the top-k, the limit and ties; every hit scores the same and the order
is by record id. What a session may not see therefore changes neither the hits, nor their number, nor their order.

Sharded by record id, so that an erasure rebuilds one small shard: a deleted document's terms stay in tantivy's
segments until a merge that nobody can ask for.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import tantivy

from peelian.core.ids import new_ulid
from peelian.core.time import Clock
from peelian.store.grant import ERASE, READ, WRITE, Grant, need

_HEAP = 32_000_000


@dataclass(frozen=True)
class IndexEntry:
    """One record as the index sees it: its id, its label, and the tokens it is found by."""

    record_id: str
    label_id: int
    tokens: tuple[str, ...]


Rebuild = Callable[[int], Iterable[IndexEntry]]
"""Gives the entries of one shard again, from the current records: those that were erased are not among them."""


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
        self._open: dict[Path, tantivy.Index] = {}
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def shard_of(self, record_id: str) -> int:
        """Say which shard a record is in."""
        return int(record_id[-2:], 16) % self.n_shards

    def add(self, grant: Grant, entries: Iterable[IndexEntry]) -> int:
        """Add records; one that is there already is found once, by its new tokens and label."""
        need(grant, WRITE, "index")
        by_shard: dict[int, dict[str, IndexEntry]] = {}
        for entry in entries:
            by_shard.setdefault(self.shard_of(entry.record_id), {})[entry.record_id] = entry
        for shard, found in sorted(by_shard.items()):
            index = self._index(self._current(shard) or self._build(shard, ()))
            _write(index, found.values(), replacing=True)
        return sum(len(found) for found in by_shard.values())

    def search(self, grant: Grant, tokens: Sequence[str], labels: Collection[int], limit: int) -> list[str]:
        """Find records that have every token and one of the labels: ids in order, at most ``limit``."""
        need(grant, READ, "index")
        assert limit > 0, "a limit is positive"
        if not tokens or not labels:
            return []
        hits: list[str] = []
        for shard in range(self.n_shards):
            path = self._current(shard)
            if path:
                hits += _hits(self._index(path), tokens, sorted(labels), limit)
        return sorted(hits)[:limit]

    def erase(self, grant: Grant, record_ids: Collection[str], rebuild: Rebuild) -> list[int]:
        """Build anew, from the records as they are now, every shard that may know some records; returns those shards.

        A deletion alone would leave their terms in tantivy's files.
        """
        need(grant, ERASE, "index")
        shards = sorted({self.shard_of(r) for r in record_ids})
        touched = [s for s in shards if self._current(s)]
        for shard in touched:
            self._build(shard, rebuild(shard))
        return touched

    def sweep(self) -> None:
        """Delete builds that were superseded or never finished."""
        current = {self._current(s) for s in range(self.n_shards)}
        for path in self.folder.iterdir():
            if path not in current:
                shutil.rmtree(path)

    def _build(self, shard: int, entries: Iterable[IndexEntry]) -> Path:
        """Build a shard beside the current one, then let its name take over; a kill leaves the old one in place."""
        name = f"{shard:03}-{new_ulid(self.clock)}"
        making, made = self.folder / f"making-{name}", self.folder / name
        making.mkdir(mode=0o700)
        _write(tantivy.Index(_schema(), str(making)), entries, replacing=False)
        old = self._builds(shard)
        os.rename(making, made)
        for path in old:
            self._open.pop(path, None)
            shutil.rmtree(path)
        return made

    def _builds(self, shard: int) -> list[Path]:
        return sorted(self.folder.glob(f"{shard:03}-*"))

    def _current(self, shard: int) -> Path | None:
        builds = self._builds(shard)
        return builds[-1] if builds else None

    def _index(self, path: Path) -> tantivy.Index:
        if path not in self._open:
            self._open[path] = tantivy.Index.open(str(path))
        return self._open[path]


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("record_id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("tokens", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("label_id", indexed=True)
    builder.add_unsigned_field("rank", fast=True)  # the order of record ids, as a number
    return builder.build()


def _write(index: tantivy.Index, entries: Iterable[IndexEntry], *, replacing: bool) -> None:
    with index.writer(heap_size=_HEAP, num_threads=1) as writer:
        for entry in entries:
            if replacing:
                writer.delete_documents_by_term("record_id", entry.record_id)
            document = tantivy.Document()
            document.add_text("record_id", entry.record_id)
            document.add_unsigned("label_id", entry.label_id)
            document.add_unsigned("rank", int(entry.record_id[:16], 16) >> 1)
            for token in dict.fromkeys(entry.tokens):
                document.add_text("tokens", token)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
    index.reload()


def _hits(index: tantivy.Index, tokens: Sequence[str], labels: Sequence[int], limit: int) -> list[str]:
    schema = index.schema
    wanted = [tantivy.Query.term_query(schema, "tokens", t, "basic") for t in dict.fromkeys(tokens)]
    allowed = tantivy.Query.term_set_query(schema, "label_id", list(labels))
    query = tantivy.Query.boolean_query([(tantivy.Occur.Must, q) for q in (*wanted, allowed)])
    index.reload()  # another process may have added to it
    searcher = index.searcher()
    found = searcher.search(query, limit, count=False, order_by_field="rank", order=tantivy.Order.Asc)
    return [searcher.doc(address)["record_id"][0] for _, address in found.hits]
