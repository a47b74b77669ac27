"""The index finds records by token, and what a session may not see changes nothing it gets back."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from peelian.core.errors import RefusedError
from peelian.model.search import AnyOf
from peelian.store.grant import ERASE, READ, WRITE, Mint
from peelian.store.index import IndexEntry, SearchIndex, Visible
from peelian.store.residue import find_residue
from tests.support.store import hex_id

READS, WRITES, ERASES = (Mint().grant(w, ["index"]) for w in (READ, WRITE, ERASE))


@pytest.fixture
def index(tmp_path, clock):
    """Give an empty index of four shards."""
    return SearchIndex(tmp_path / "index", clock, n_shards=4)


def entries(n, *, label=lambda i: 1 + i % 3):
    """Make entries that all have the token ``street``."""
    return [IndexEntry(hex_id(i), label(i), f"w:street n:n{i % 10} w:unique{i}") for i in range(n)]


def fill(index, made):
    """Build every shard from entries."""
    for shard in range(index.n_shards):
        index.build(WRITES, shard, [e for e in made if index.shard_of(e.record_id) == shard])


def find(index, keys, labels, limit, *, today=20_000):
    """Search for all of some keys; returns record ids."""
    wanted = [AnyOf((k,)) for k in keys]
    return [r for _, r in index.search(READS, wanted, Visible(labels, {0}, today), limit)]


def test_records_are_found_by_all_their_keys_in_the_order_of_their_ids(index):
    """An order that depended on the index's insides would differ between two builds of one index."""
    made = entries(300)
    fill(index, made)
    wanted = sorted(e.record_id for e in made if "n:n3 " in e.keys)
    assert find(index, ["w:street", "n:n3"], {1, 2, 3}, 1000) == wanted
    assert find(index, ["w:street", "n:n3"], {1, 2, 3}, 5) == wanted[:5]
    assert find(index, ["n:n3", "n:n4"], {1, 2, 3}, 5) == []
    assert find(index, [], {1}, 5) == []
    assert find(index, ["w:street"], (), 5) == []


def test_keys_are_found_one_letter_off_and_by_pattern(index):
    """Half-remembered names and half-seen plates are the ordinary case at night."""
    plates = ["v:AB12CDE", "v:AB12CDF", "v:XB12CDE", "v:AB99ZZZ"]
    fill(index, [IndexEntry(hex_id(i), 1, f"{k} n:jon") for i, k in enumerate(plates)])
    seen = Visible({1}, {0}, 20_000)
    near = index.search(READS, [AnyOf(near=("v:AB12CDE",))], seen, 10)
    assert {r for _, r in near} == {hex_id(0), hex_id(1), hex_id(2)}
    like = index.search(READS, [AnyOf(like=("v:AB*2CD?",))], seen, 10)
    assert {r for _, r in like} == {hex_id(0), hex_id(1)}
    assert index.search(READS, [AnyOf(like=("v:[A-Z]+.*",))], seen, 10) == []
    assert len(index.search(READS, [AnyOf(near=("n:jhon",))], seen, 10)) == 4


def test_what_has_expired_is_not_found(index):
    """A row whose time is over must be gone from answers on the day, not when somebody cleans up."""
    fill(index, [IndexEntry(hex_id(i), 1, "w:street", expires=100 + i) for i in range(5)])
    assert len(find(index, ["w:street"], {1}, 10, today=99)) == 5
    assert sorted(find(index, ["w:street"], {1}, 10, today=103)) == [hex_id(4)]


def test_what_may_not_be_seen_changes_neither_hits_nor_limit_nor_order(tmp_path, clock):
    """Label, table and expiry run before the top-k: hidden records must not push visible ones out, nor leave a gap."""
    rng = random.Random(7)
    for trial in range(3):
        seen = [e for e in entries(200) if e.label_id == 1]
        hidden = [e for e in entries(200) if e.label_id == 2]
        hidden += [replace(e, table=1, label_id=1) for e in entries(50)]
        hidden += [IndexEntry(hex_id("old", i), 1, "w:street", expires=19_000) for i in range(20)]
        both = seen + hidden
        rng.shuffle(both)
        with_hidden = SearchIndex(tmp_path / f"{trial}-with", clock, n_shards=2)
        without = SearchIndex(tmp_path / f"{trial}-without", clock, n_shards=2)
        fill(with_hidden, both)
        fill(without, seen)
        for limit in (1, 3, 7, 500):
            assert find(with_hidden, ["w:street"], {1}, limit) == find(without, ["w:street"], {1}, limit)


def test_rows_come_back_whole_and_only_those_that_may_be_seen(index):
    """A row that is kept beside the index must be as hidden as its keys are: by label, table and day."""
    made = [replace(e, row=f"row {i}".encode()) for i, e in enumerate(entries(150))]
    made += [IndexEntry(hex_id("old"), 1, "w:street", expires=19_000, row=b"old"), IndexEntry(hex_id("none"), 1, "w:x")]
    fill(index, made)
    seen, keys = Visible({1, 2}, {0}, 20_000), [(0, e.record_id) for e in made]
    wanted = sorted(e.row for e in made[:150] if e.label_id in (1, 2))
    assert sorted(index.rows_of(READS, keys, seen)) == wanted
    assert sorted(index.rows_by(READS, ["w:street", "w:unique7"], seen)) == wanted
    assert index.rows_of(READS, keys, Visible((), {0}, 20_000)) == index.rows_by(READS, [], seen) == []
    assert index.rows_of(READS, keys, Visible({1}, {1}, 20_000)) == []
    index.update(WRITES, [(0, made[0].record_id)], [replace(made[0], row=b"changed")])
    assert index.rows_of(READS, keys[:1], seen) == [b"changed"]


def test_a_record_that_changed_is_found_once_and_by_its_new_label(index):
    """A row that was relabelled may not be found under the old label any more, nor one that is gone at all."""
    fill(index, entries(20))
    changed = IndexEntry(hex_id(3), 9, "w:street w:moved")
    index.update(WRITES, [(0, hex_id(3)), (0, hex_id(4))], [changed])
    left = sorted(hex_id(i) for i in range(20) if i != 4)
    assert find(index, ["w:street"], {1, 2, 3, 9}, 100) == left
    assert find(index, ["w:moved"], {9}, 100) == [hex_id(3)]
    assert find(index, ["w:unique3"], {1, 2, 3, 9}, 100) == []


def test_an_erased_record_is_in_no_file_of_the_index(index):
    """A deleted document's terms stay in the index's files; a rebuilt shard has never heard of them."""
    made = [replace(e, row=f"row of unmistakable{i}".encode()) for i, e in enumerate(entries(100))]
    fill(index, made)
    target = made[17]
    assert {t.where for t in find_residue(index.folder, ["unique17"])} >= {"terms of keys"}
    assert {t.where for t in find_residue(index.folder, ["unmistakable17"])} == {"bytes"}
    left = [e for e in made if e != target]
    shards = index.erase(ERASES, [target.record_id], lambda s: [e for e in left if index.shard_of(e.record_id) == s])
    assert shards == [index.shard_of(target.record_id)]
    assert find_residue(index.folder, ["unique17", "unmistakable17", target.record_id]) == []
    assert find(index, ["w:street"], {1, 2, 3}, 1000) == sorted(e.record_id for e in left)


def test_an_erasure_that_was_killed_before_the_index_is_finished_by_the_next(index):
    """Once the rows are gone nobody knows any more which shards knew them: they are noted before."""
    made = entries(100)
    fill(index, made)
    target = made[17]
    index.announce(ERASES, [target.record_id])
    left = [e for e in made if e != target]
    shards = index.erase(ERASES, [], lambda s: [e for e in left if index.shard_of(e.record_id) == s])
    assert shards == [index.shard_of(target.record_id)]
    assert find_residue(index.folder, ["unique17"]) == []
    assert index.erase(ERASES, [], lambda s: []) == []


def test_another_process_sees_what_was_added_and_what_was_erased(index, clock):
    """The web desk and the command line open the same index."""
    other = SearchIndex(index.folder, clock, n_shards=4)
    assert find(other, ["w:street"], {1}, 10) == []
    made = entries(10, label=lambda i: 1)
    fill(index, made[:5])
    assert len(find(other, ["w:street"], {1}, 100)) == 5
    index.update(WRITES, [], made[5:])
    assert len(find(other, ["w:street"], {1}, 100)) == 10
    clock.move(seconds=1)
    index.erase(ERASES, [made[0].record_id], lambda s: [e for e in made[1:] if index.shard_of(e.record_id) == s])
    assert len(find(other, ["w:street"], {1}, 100)) == 9


def test_a_build_that_was_interrupted_leaves_the_old_shard_in_use(index):
    """A kill while a shard is rebuilt must leave it findable, and its remains must be swept."""
    fill(index, entries(10, label=lambda i: 1))

    def fails(shard):
        yield entries(1)[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.erase(ERASES, [hex_id(0)], fails)
    assert len(find(index, ["w:street"], {1}, 100)) == 10
    assert len(list(index.folder.glob("making-*"))) == 1
    index.sweep()
    assert list(index.folder.glob("making-*")) == []
    assert len(find(index, ["w:street"], {1}, 100)) == 10


def test_the_index_says_what_it_knows(index):
    """A search that is behind must say so, so somebody has to know how far it has come."""
    assert index.state() is None
    index.note(WRITES, {"seq": 3})
    assert index.state() == {"seq": 3}
    (index.folder / "state.json").write_text("[1")
    assert index.state() is None


def test_the_index_wants_a_grant(index):
    """A search that bypassed the gate would bypass its labels and its log."""
    other = Mint().grant(ERASE, ["incident"])
    for call in (
        lambda g: index.search(g, [AnyOf(("w:a",))], Visible({1}, {0}, 1), 1),
        lambda g: index.rows_of(g, [(0, hex_id(1))], Visible({1}, {0}, 1)),
        lambda g: index.rows_by(g, ["w:a"], Visible({1}, {0}, 1)),
        lambda g: index.build(g, 0, entries(1)),
        lambda g: index.update(g, [], entries(1)),
        lambda g: index.note(g, {}),
        lambda g: index.announce(g, [hex_id(1)]),
        lambda g: index.erase(g, [hex_id(1)], lambda s: []),
    ):
        for grant in (None, other):
            with pytest.raises(RefusedError):
                call(grant)
