"""What is written reads back the same, and every proof that is made is accepted, for random trees and texts."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.core.errors import InvalidError, TamperedError
from peelian.ledger import journal, shelf, tree, verify
from peelian.ledger.entry import DECISIONS, OPERATIONS, PublicLeaf, read_leaf
from peelian.ledger.note import Signer, read_secret
from peelian.ledger.payload import open_payload, seal
from peelian.ledger.tree import ENTRIES, Edge, Tile

LEAVES = [tree.leaf_hash(b"%d" % i) for i in range(2000)]
SIZES = st.one_of(st.integers(0, 70), st.sampled_from([255, 256, 257, 511, 512, 513, 1024, 1999, 2000]))
NAMES = st.from_regex(r"[a-z0-9./-]{1,20}", fullmatch=True)
WORDS = st.one_of(st.just(""), st.from_regex(r"[a-z][a-z0-9._/@-]{0,20}", fullmatch=True))
HASHES = st.one_of(st.just(""), st.binary(min_size=32, max_size=32).map(bytes.hex))


def node(level: int, n: int) -> bytes:
    """Hash of a perfect subtree of the test tree, computed the plain way."""
    return tree.root_of(LEAVES[n << level : (n + 1) << level])


def recursive_root(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if len(hashes) < 2:
        return hashes[0] if hashes else tree.EMPTY_ROOT
    k = tree.split(len(hashes))
    return tree.node_hash(recursive_root(hashes[:k]), recursive_root(hashes[k:]))


@given(SIZES)
def test_three_ways_to_a_root_agree(size):
    """Row by row, by the RFC's recursion, and by stored nodes: one tree."""
    edge = Edge()
    list(edge.extend(LEAVES[:size]))
    assert tree.root_of(LEAVES[:size]) == recursive_root(LEAVES[:size]) == tree.tree_hash(size, node) == edge.root()


@given(SIZES, st.data())
def test_a_tree_grown_in_steps_is_the_tree_grown_at_once(size, data):
    """A log is published many times on its way; its tiles must not show it."""
    steps = sorted(data.draw(st.lists(st.integers(0, size), max_size=5)))
    tiles: dict[Tile, bytes] = {}
    edge = Edge()
    for start, end in zip([0, *steps], [*steps, size], strict=True):
        edge = Edge.load(edge.size, tiles.__getitem__)
        tiles |= dict(edge.extend(LEAVES[start:end]))
        tiles |= dict(edge.unfinished())
    assert edge.root() == tree.root_of(LEAVES[:size])
    wanted = {t: b"".join(LEAVES[t.n * 256 : t.n * 256 + t.width]) for t in tree.tiles_of(size)}
    assert wanted.items() <= tiles.items()
    reader = verify.TileReader(lambda path: tiles[tree.parse_tile_path(path)], size)
    if size:
        assert tree.tree_hash(size, reader.node) == edge.root()


@given(st.integers(1, 300), st.data())
def test_every_inclusion_proof_is_accepted_and_no_other(size, data):
    """A receipt must hold for its own entry and index, and for none else."""
    index = data.draw(st.integers(0, size - 1))
    proof, root = tree.prove_inclusion(index, size, node), tree.root_of(LEAVES[:size])
    tree.verify_inclusion(index, size, LEAVES[index], root, proof)
    other = data.draw(st.integers(0, size - 1).filter(lambda i: i != index)) if size > 1 else size
    for wrong in (
        (other, size, LEAVES[index], root, proof),
        (index, size, LEAVES[size], root, proof),
        (index, size, LEAVES[index], LEAVES[0], proof) if size > 1 else (index, size, LEAVES[0], LEAVES[1], proof),
        (index, size, LEAVES[index], root, [*proof, root]),
        (index, size, LEAVES[index], root, proof[1:] if proof else [root]),
    ):
        with pytest.raises(TamperedError):
            tree.verify_inclusion(*wrong)


@given(st.integers(1, 300), st.data())
def test_every_consistency_proof_is_accepted_and_no_other(new, data):
    """A witness must say yes to honest growth and no to anything else."""
    old = data.draw(st.integers(1, new))
    old_root, new_root = tree.root_of(LEAVES[:old]), tree.root_of(LEAVES[:new])
    proof = tree.prove_consistency(old, new, node)
    tree.verify_consistency(old, new, old_root, new_root, proof)
    for wrong in (
        (old, new, tree.root_of(LEAVES[1 : old + 1]), new_root, proof),
        (old, new, old_root, tree.root_of(LEAVES[1 : new + 1]), proof),
        (old, new, old_root, new_root, [*proof, new_root]),
        (new + 1, new, old_root, new_root, proof),
    ):
        with pytest.raises(TamperedError):
            tree.verify_consistency(*wrong)


@given(st.integers(1, 300), st.data())
def test_every_subtree_proof_is_accepted(size, data):
    """Subtrees are what inclusion and consistency have in common."""
    level = data.draw(st.integers(0, size.bit_length() - 1))
    start = data.draw(st.integers(0, (size - 1) >> level)) << level
    end = min(size, start + data.draw(st.integers(1, 1 << level)))
    if not tree.is_subtree(start, end):
        return
    part, root = tree.root_of(LEAVES[start:end]), tree.root_of(LEAVES[:size])
    proof = tree.prove_subtree(start, end, size, node)
    tree.verify_subtree(start, end, size, part, root, proof)


@given(st.integers(ENTRIES, 63), st.integers(0, 10**10), st.integers(1, 256))
def test_tile_paths_read_back(level, n, width):
    """One tile, one path: a second spelling would escape a cache or a filter."""
    tile = Tile(level, n, width)
    assert tree.parse_tile_path(tile.path) == tile


@given(st.text(alphabet="tile/x0123.p-", max_size=30))
def test_a_path_that_is_read_is_the_only_spelling(path):
    """Leading zeroes, missing x and the like are refused."""
    try:
        assert tree.parse_tile_path(path).path == path
    except InvalidError as error:
        assert error.code == "tile-path-malformed"


@given(st.lists(st.binary(max_size=300), max_size=40))
def test_entry_bundles_read_back(entries):
    """What is published is what was logged."""
    assert verify.split_bundle(shelf.join_bundle(entries)) == entries


@given(st.lists(st.tuples(st.integers(0, 2**60), st.binary(max_size=80)), max_size=40))
def test_private_bundles_read_back(records):
    """Instants and sealed payloads come back in their order."""
    kept = [journal.Kept(i, at, b"", payload) for i, (at, payload) in enumerate(records)]
    assert shelf.split_private(shelf.join_private(kept)) == records


@given(st.integers(0, 2**50), st.lists(st.tuples(st.binary(max_size=80), st.binary(max_size=80)), min_size=1))
def test_journal_frames_read_back_and_no_cut_one_does(first, pairs):
    """A torn frame must never pass for a whole one."""
    entries = [journal.Entry(leaf, private) for leaf, private in pairs]
    frame = journal.encode_frame(first, 7, entries)
    assert journal.frame_at(frame + b"more", 0) == len(frame)
    assert [journal.Entry(k.leaf, k.private) for k in journal.decode_frame(frame, 0)] == entries
    for cut in {0, 1, 20, len(frame) // 2, len(frame) - 1}:
        assert journal.frame_at(frame[:cut], 0) == 0


@given(
    st.uuids().map(str) | st.just(""),
    st.integers(0, 2**40),
    st.integers(0, 2**40),
    st.integers(0, 2**60),
    st.booleans(),
)
def test_marks_read_back_and_no_damaged_one_does(boot, segment, following, at, healthy):
    """The mark says what was promised; a garbled one must be seen as none."""
    mark = journal.Mark(boot, segment, 100, following, at, healthy)
    data = journal.encode_mark(mark)
    assert journal.decode_mark(data) == mark
    assert journal.decode_mark(data[:-1]) is None
    assert journal.decode_mark(data[:10] + b"?" + data[11:]) in (None, mark)


@given(NAMES, st.binary(min_size=32, max_size=32), st.booleans())
def test_keys_read_back(name, seed, for_witness):
    """Public and private keys are exchanged as lines of text."""
    make = Signer.generate_witness if for_witness else Signer.generate
    signer = make(name, random_bytes=lambda n: seed)
    assert verify.read_vkey(signer.vkey) == signer.verifier
    assert read_secret(signer.secret) == signer


@given(NAMES, st.integers(0, 2**62), st.binary(min_size=32, max_size=32))
def test_signed_checkpoints_read_back(origin, size, root):
    """What the log signs is what everybody reads."""
    signer = Signer(origin, bytes(32))
    text = verify.Checkpoint(origin, size, root).text
    content = verify.Note(text, (signer.sign(text),)).content.encode()
    checkpoint = verify.open_checkpoint(content, signer.verifier)
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == (origin, size, root)
    assert verify.read_note(content).content.encode() == content


@given(NAMES, st.datetimes(datetime(1970, 1, 2), datetime(2999, 1, 1)))
def test_cosignatures_hold_for_their_text_and_second_only(name, at):
    """A cosignature says who saw what, and when."""
    witness = Signer(name, bytes(range(32)), verify.COSIGNATURE_V1)
    line = witness.cosign("origin\n1\nroot\n", at.replace(tzinfo=UTC))
    assert verify.read_signature(line.line[:-1]) == line
    second = witness.verifier.check(b"origin\n1\nroot\n", line.signature)
    assert second == int(at.replace(tzinfo=UTC).timestamp())
    later = (second + 1).to_bytes(8, "big") + line.signature[8:]
    with pytest.raises(TamperedError):
        witness.verifier.check(b"origin\n1\nroot\n", later)


@given(
    st.integers(0, 2**60),
    st.lists(st.binary(min_size=32, max_size=32), max_size=5),
    st.binary(max_size=50),
)
def test_receipts_read_back(index, proof, extra):
    """A receipt is kept for years and read by other programs."""
    receipt = verify.Receipt(index, tuple(proof), "origin\n1\nroot\n\n— name c2ln\n".encode(), extra)
    assert verify.read_receipt(receipt.content) == receipt


@given(
    st.sampled_from(sorted(OPERATIONS)), st.dates(), WORDS, WORDS, HASHES, st.sampled_from(sorted(DECISIONS)), HASHES
)
def test_public_leaves_read_back(op, day, purpose, tool, policy, decision, commitment):
    """The public reads the log with this."""
    leaf = PublicLeaf(op, day, purpose, tool, policy, decision, commitment)
    assert read_leaf(leaf.canonical) == leaf
    assert isinstance(leaf.day, date)


@given(
    st.dictionaries(
        NAMES, st.tuples(st.binary(max_size=60), st.lists(st.sampled_from("abcd"), min_size=1, max_size=3)), max_size=4
    ),
    st.sets(st.sampled_from("abcd")),
)
def test_a_part_opens_exactly_when_all_its_keys_stand(parts, destroyed):
    """Destroying one subject's key must erase what speaks of that subject, and nothing else."""
    keys = {name: name.encode() * 32 for name in "abcd"}
    commitment, sealed = seal(parts, keys)
    standing = {name: key for name, key in keys.items() if name not in destroyed}
    wanted = {name: content for name, (content, needs) in parts.items() if not destroyed & set(needs)}
    assert open_payload(sealed, standing, commitment=commitment) == wanted
