"""The index finds records by token, and what a session may not see changes nothing it gets back."""

from __future__ import annotations

import random

import pytest

from peelian.core.errors import RefusedError
from peelian.store.grant import ERASE, READ, WRITE, Mint
from peelian.store.index import IndexEntry, SearchIndex
from peelian.store.residue import find_residue
from tests.support.store import hex_id

READS, WRITES, ERASES = (Mint().grant(w, ["index"]) for w in (READ, WRITE, ERASE))


@pytest.fixture
def index(tmp_path, clock):
    """Give an empty index of four shards."""
    return SearchIndex(tmp_path / "index", clock, n_shards=4)


def entries(n, *, label=lambda i: 1 + i % 3):
    """Make entries that all have the token ``street``."""
    return [IndexEntry(hex_id(i), label(i), ("street", f"n{i % 10}", f"unique-{i}")) for i in range(n)]


def test_records_are_found_by_all_their_tokens_in_the_order_of_their_ids(index):
    """An order that depended on the index's insides would differ between two builds of one index."""
    made = entries(300)
    assert index.add(WRITES, made) == 300
    wanted = sorted(e.record_id for e in made if "n3" in e.tokens)
    assert index.search(READS, ["street", "n3"], {1, 2, 3}, 1000) == wanted
    assert index.search(READS, ["street", "n3"], {1, 2, 3}, 5) == wanted[:5]
    assert index.search(READS, ["n3", "n4"], {1, 2, 3}, 5) == []
    assert index.search(READS, [], {1}, 5) == []
    assert index.search(READS, ["street"], (), 5) == []


def test_what_may_not_be_seen_changes_neither_hits_nor_limit_nor_order(tmp_path, clock):
    """The label filter runs before the top-k: hidden records must not push visible ones out, nor leave a gap."""
    rng = random.Random(7)
    for trial in range(5):
        seen = [e for e in entries(200) if e.label_id == 1]
        hidden = [e for e in entries(200) if e.label_id != 1]
        both = seen + hidden
        rng.shuffle(both)
        with_hidden = SearchIndex(tmp_path / f"{trial}-with", clock, n_shards=2)
        without = SearchIndex(tmp_path / f"{trial}-without", clock, n_shards=2)
        with_hidden.add(WRITES, both)
        without.add(WRITES, seen)
        for limit in (1, 3, 7, 500):
            assert with_hidden.search(READS, ["street"], {1}, limit) == without.search(READS, ["street"], {1}, limit)


def test_a_record_added_again_is_found_once_and_by_its_new_label(index):
    """A row that was relabelled may not be found under the old label any more."""
    index.add(WRITES, entries(20))
    changed = IndexEntry(hex_id(3), 9, ("street", "moved"))
    index.add(WRITES, [changed])
    assert index.search(READS, ["street"], {1, 2, 3, 9}, 100) == sorted(hex_id(i) for i in range(20))
    assert index.search(READS, ["moved"], {9}, 100) == [hex_id(3)]
    assert index.search(READS, ["unique-3"], {1, 2, 3, 9}, 100) == []


def test_an_erased_record_is_in_no_file_of_the_index(index):
    """A deleted document's terms stay in the index's files; a rebuilt shard has never heard of them."""
    made = entries(100)
    index.add(WRITES, made)
    target = made[17]
    assert find_residue(index.folder, ["unique-17"]) != []
    left = [e for e in made if e != target]
    shards = index.erase(ERASES, [target.record_id], lambda s: [e for e in left if index.shard_of(e.record_id) == s])
    assert shards == [index.shard_of(target.record_id)]
    assert find_residue(index.folder, ["unique-17", target.record_id]) == []
    assert index.search(READS, ["street"], {1, 2, 3}, 1000) == sorted(e.record_id for e in left)


def test_another_process_sees_what_was_added_and_what_was_erased(index, clock):
    """The web desk and the command line open the same index."""
    other = SearchIndex(index.folder, clock, n_shards=4)
    assert other.search(READS, ["street"], {1}, 10) == []
    made = entries(10, label=lambda i: 1)
    index.add(WRITES, made)
    assert len(other.search(READS, ["street"], {1}, 100)) == 10
    clock.move(seconds=1)
    index.erase(ERASES, [made[0].record_id], lambda s: [e for e in made[1:] if index.shard_of(e.record_id) == s])
    assert len(other.search(READS, ["street"], {1}, 100)) == 9


def test_a_build_that_was_interrupted_leaves_the_old_shard_in_use(index):
    """A kill while a shard is rebuilt must leave it findable, and its remains must be swept."""
    index.add(WRITES, entries(10, label=lambda i: 1))

    def fails(shard):
        yield entries(1)[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.erase(ERASES, [hex_id(0)], fails)
    assert len(index.search(READS, ["street"], {1}, 100)) == 10
    assert len(list(index.folder.glob("making-*"))) == 1
    index.sweep()
    assert list(index.folder.glob("making-*")) == []
    assert len(index.search(READS, ["street"], {1}, 100)) == 10


def test_the_index_wants_a_grant(index):
    """A search that bypassed the gate would bypass its labels and its log."""
    other = Mint().grant(ERASE, ["incident"])
    for call in (
        lambda g: index.search(g, ["a"], {1}, 1),
        lambda g: index.add(g, entries(1)),
        lambda g: index.erase(g, [hex_id(1)], lambda s: []),
    ):
        for grant in (None, other):
            with pytest.raises(RefusedError):
                call(grant)
