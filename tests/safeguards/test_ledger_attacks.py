"""Everything an insider might do to a log after the fact, and the code it is caught with."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest

from peelian.core.errors import MissingError, PeelianError, TamperedError
from peelian.core.time import FixedClock
from peelian.ledger import tree
from peelian.ledger.checkpoint import add_cosignatures, sign_checkpoint
from peelian.ledger.fetch import folder_fetch
from peelian.ledger.log import Entry, Ledger
from peelian.ledger.note import Signer
from peelian.ledger.payload import open_payload, seal
from peelian.ledger.shelf import join_bundle
from peelian.ledger.verify import Checkpoint, open_checkpoint, split_bundle, verify_log, verify_receipt
from tests.support.ledger_disks import QuickDisk

SIGNER = Signer("log.example/attacked", bytes(range(32)))
STRANGER = Signer("log.example/attacked", bytes(32))
CLOCK = FixedClock(datetime(2026, 11, 22, 9, tzinfo=UTC))
WITNESS = Signer.generate_witness("witness.example/w", random_bytes=lambda n: b"w" * n)
SIZE = 600


def grown(folder, leaves, *, start=0):
    """Make (or let grow) a ledger of these leaves."""
    if start:
        ledger = Ledger.open(folder, signer=SIGNER, clock=CLOCK, disk=QuickDisk())
    else:
        ledger = Ledger.create(folder, origin=SIGNER.name, signer=SIGNER, clock=CLOCK, disk=QuickDisk())
    ledger.append([Entry(leaf, b"private") for leaf in leaves])
    ledger.publish()
    ledger.close()
    return folder


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """Give a log of 600 entries that nobody has touched."""
    return grown(tmp_path_factory.mktemp("honest") / "ledger", [b"act %04d" % i for i in range(SIZE)])


@pytest.fixture
def log(honest, tmp_path):
    """Give a copy of it to do things to."""
    return shutil.copytree(honest, tmp_path / "ledger")


def verdict(folder, **wanted):
    """Verify a folder from outside."""
    return verify_log(folder_fetch(folder), **{"vkey": SIGNER.vkey, **wanted})


def codes(folder, **wanted):
    """Give the codes of all problems found; an attack that goes unseen gives none."""
    found = verdict(folder, **wanted)
    assert found.ok is not bool(found.problems)
    return {problem.code for problem in found.problems}


def rebuilt(folder, leaves, signer=SIGNER):
    """Write a whole log of other leaves in place, tiles and all, and sign it: what an insider with the key can do."""
    shutil.rmtree(folder / "tile")
    edge, n = tree.Edge(), 0
    files = dict(edge.extend([tree.leaf_hash(leaf) for leaf in leaves]))
    files |= dict(edge.unfinished())
    for n in range(-(-len(leaves) // 256)):
        part = leaves[n * 256 : n * 256 + 256]
        files[tree.Tile(tree.ENTRIES, n, len(part))] = join_bundle(part)
    for tile, data in files.items():
        path = folder / tile.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    checkpoint = sign_checkpoint(SIGNER.name, len(leaves), edge.root(), signer)
    (folder / "checkpoint").write_text(checkpoint.note.content)
    return checkpoint


def leaves_of(folder):
    """Read all leaves from the bundles."""
    return [
        leaf for tile in tree.tiles_of(SIZE, tree.ENTRIES) for leaf in split_bundle((folder / tile.path).read_bytes())
    ]


def checkpoint_of(folder) -> Checkpoint:
    """Open the checkpoint of a folder."""
    return open_checkpoint((folder / "checkpoint").read_bytes(), SIGNER.verifier)


def test_an_untouched_log_is_accepted(log):
    """A verifier that cries wolf is soon ignored."""
    seen = []
    found = verdict(log, progress=lambda done, total: seen.append((done, total)))
    assert (found.ok, found.size, found.problems) == (True, SIZE, ())
    assert found.root == checkpoint_of(log).root
    assert seen == [(256, SIZE), (512, SIZE), (600, SIZE)]
    assert not found.first_use


def test_a_key_taken_from_the_log_itself_is_marked_as_such(log):
    """Trust on first use is trust in whoever runs the log: it must be said."""
    found = verdict(log, vkey=None)
    assert found.ok and found.first_use and found.vkey == SIGNER.vkey


def test_an_edited_entry_is_found_and_named(log):
    """Changing one word of one entry is the oldest fraud."""
    path = log / "tile/entries/001"
    path.write_bytes(path.read_bytes().replace(b"act 0300", b"act 9300"))
    found = verdict(log)
    assert [(p.code, p.where) for p in found.problems] == [("leaf-edited", "entry 300")]
    ledger = Ledger.open(log, signer=None, clock=CLOCK)
    with pytest.raises(TamperedError) as edited:
        list(ledger.read(300, 301))
    assert edited.value.code == "entry-edited"
    with pytest.raises(TamperedError):
        ledger.receipt(300)


def test_an_entry_edited_with_its_leaf_hash_is_found(log):
    """A forger who knows the format changes the hash too; the tile above gives it away."""
    bundle, tile = log / "tile/entries/001", log / "tile/0/001"
    hashes = tile.read_bytes().replace(tree.leaf_hash(b"act 0300"), tree.leaf_hash(b"act 9300"))
    tile.write_bytes(hashes)
    bundle.write_bytes(bundle.read_bytes().replace(b"act 0300", b"act 9300"))
    assert codes(log) == {"tile-edited", "root-mismatch"}


def test_a_deleted_entry_is_found(log):
    """Taking one entry out of a file leaves the file short."""
    path = log / "tile/entries/001"
    leaves = split_bundle(path.read_bytes())
    path.write_bytes(join_bundle(leaves[:44] + leaves[45:]))
    assert codes(log) == {"tile-malformed"}


def test_a_bundle_cut_in_the_middle_of_an_entry_is_found(log):
    """Half a file is not a log."""
    path = log / "tile/entries/001"
    path.write_bytes(path.read_bytes()[:-3])
    assert codes(log) == {"bundle-malformed"}


def test_a_log_that_forgot_an_entry_and_was_rebuilt_is_found(log):
    """Without the key, no rebuilding reaches the signed root."""
    signed = (log / "checkpoint").read_text()
    leaves = leaves_of(log)
    rebuilt(log, leaves[:300] + leaves[301:] + [b"filler"])
    (log / "checkpoint").write_text(signed)
    assert codes(log) == {"root-mismatch"}


def test_swapped_tiles_and_bundles_are_found(log):
    """Every file may be genuine and the order still a lie."""
    for kind in ("0", "entries"):
        one, other = log / f"tile/{kind}/000", log / f"tile/{kind}/001"
        first = one.read_bytes()
        one.write_bytes(other.read_bytes())
        other.write_bytes(first)
    assert codes(log) == {"tile-edited", "root-mismatch"}
    one.write_bytes(first)
    assert "leaf-edited" in codes(log)


@pytest.mark.parametrize("path", ["tile/entries/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"])
def test_a_missing_file_is_found(log, path):
    """What is not shown cannot be checked, and is not taken on trust."""
    (log / path).unlink()
    found = verdict(log)
    assert next((p.code, p.where) for p in found.problems) == ("log-file-missing", path)


@pytest.mark.parametrize("length", [0, 1, 20, 60, 90, 150])
def test_a_truncated_checkpoint_is_refused(log, length):
    """A cut-off promise is none."""
    content = (log / "checkpoint").read_bytes()
    (log / "checkpoint").write_bytes(content[:length])
    assert codes(log) <= {"note-malformed", "checkpoint-malformed", "signature-missing"}
    assert codes(log)
    with pytest.raises(PeelianError):
        Ledger.open(log, signer=SIGNER, clock=CLOCK)


def test_a_missing_checkpoint_is_told_from_an_empty_folder(log, tmp_path):
    """Deleting the promise must not look like there never was one."""
    (log / "checkpoint").unlink()
    assert codes(log) == {"checkpoint-missing"}
    with pytest.raises(MissingError) as missing:
        Ledger.open(log, signer=SIGNER, clock=CLOCK)
    assert missing.value.code == "ledger-missing"


def test_a_checkpoint_with_another_size_or_root_is_refused(log):
    """The signature covers every line."""
    content = (log / "checkpoint").read_text()
    for changed in (content.replace("\n600\n", "\n599\n"), content.replace(SIGNER.name, "log.example/others", 1)):
        (log / "checkpoint").write_text(changed)
        assert codes(log) == {"signature-wrong"}


def test_a_log_signed_by_a_stranger_is_refused(log):
    """A perfect log under another key is another log."""
    rebuilt(log, leaves_of(log), signer=STRANGER)
    assert codes(log) == {"signature-missing"}
    with pytest.raises(TamperedError) as wrong:
        Ledger.open(log, signer=SIGNER, clock=CLOCK)
    assert wrong.value.code == "signature-missing"


def test_opening_with_the_wrong_key_is_refused(log):
    """A ledger must not go on under a key its readers do not know."""
    with pytest.raises(TamperedError) as wrong:
        Ledger.open(log, signer=Signer("log.example/attacked", b"x" * 32), clock=CLOCK)
    assert wrong.value.code == "signature-missing"


def test_a_checkpoint_of_another_log_under_the_same_key_is_refused(log):
    """One key must not speak for two logs."""
    here = checkpoint_of(log)
    other = sign_checkpoint("log.example/other", here.size, here.root, SIGNER)
    (log / "checkpoint").write_text(other.note.content)
    assert codes(log) == {"origin-wrong"}


def test_a_folder_put_back_to_yesterday_is_caught_by_whoever_kept_a_checkpoint(log, tmp_path):
    """A backup restored over the log hides a day; it is consistent with itself, so memory must help."""
    yesterday = shutil.copytree(log, tmp_path / "yesterday")
    grown(log, [b"today"], start=SIZE)
    today = checkpoint_of(log)
    assert codes(yesterday) == set()
    assert codes(yesterday, seen=today) == {"log-rolled-back"}
    assert codes(log, seen=checkpoint_of(yesterday)) == set()


def test_a_fork_is_caught_by_whoever_kept_a_checkpoint(log, tmp_path):
    """Two histories for two audiences, both signed, both whole: only comparing them shows it."""
    fork = shutil.copytree(log, tmp_path / "fork")
    grown(log, [b"for the public"], start=SIZE)
    grown(fork, [b"for the panel"], start=SIZE)
    assert codes(log) == codes(fork) == set()
    assert codes(fork, seen=checkpoint_of(log)) == {"log-forked"}
    grown(fork, [b"more"], start=SIZE)
    assert codes(fork, seen=checkpoint_of(log)) == {"log-forked"}


def test_an_insider_with_the_key_cannot_rewrite_what_was_witnessed(log):
    """Whoever holds the key can sign anything, but not make a witness sign it."""
    seen = checkpoint_of(log)
    leaves = leaves_of(log)
    rebuilt(log, [*leaves[:300], b"nothing to see here", *leaves[301:]])
    assert codes(log) == set()
    assert codes(log, witnesses=[WITNESS.vkey]) == {"witness-missing"}
    assert codes(log, quorum=lambda cosigned: bool(cosigned)) == {"quorum-unmet"}
    assert codes(log, seen=seen) == {"log-forked"}


def test_a_cosignature_moved_from_another_checkpoint_is_refused(log):
    """A witness's word is about one tree head."""
    here = checkpoint_of(log)
    line = WITNESS.cosign(here.text.replace("600", "599"), CLOCK.now())
    (log / "checkpoint").write_text(add_cosignatures(here, [line]).note.content)
    assert codes(log, witnesses=[WITNESS.vkey]) == {"signature-wrong"}
    good = add_cosignatures(here, [WITNESS.cosign(here.text, CLOCK.now())])
    (log / "checkpoint").write_text(good.note.content)
    found = verdict(log, witnesses=[WITNESS.vkey])
    assert found.ok
    assert [(w.name, w.at) for w in found.witnesses] == [(WITNESS.name, CLOCK.now())]


def test_more_problems_than_anyone_reads_stop_the_search(log):
    """A log destroyed from end to end must not fill the memory with complaints."""
    for path in (log / "tile/entries").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(b"act", b"act"[::-1]))
    assert len(verdict(log).problems) <= 20


def test_a_receipt_holds_for_its_entry_and_no_other(log):
    """A person affected keeps a receipt; it must prove exactly what happened to them."""
    ledger = Ledger.open(log, signer=None, clock=CLOCK)
    receipt = ledger.receipt(300)
    assert verify_receipt(receipt, b"act 0300", vkey=SIGNER.vkey).size == SIZE
    for leaf, text in ((b"act 0301", receipt), (b"act 0300", receipt.replace("index 300", "index 301"))):
        with pytest.raises(TamperedError) as wrong:
            verify_receipt(text, leaf, vkey=SIGNER.vkey)
        assert wrong.value.code == "proof-rejected"
    with pytest.raises(TamperedError) as wrong:
        verify_receipt(receipt, b"act 0300", vkey=STRANGER.vkey)
    assert wrong.value.code == "signature-missing"
    with pytest.raises(TamperedError) as wrong:
        verify_receipt(receipt, b"act 0300", vkey=SIGNER.vkey, witnesses=[WITNESS.vkey])
    assert wrong.value.code == "receipt-unwitnessed"


def test_cutting_the_unpublished_end_is_found_when_the_ledger_is_opened(log):
    """What was acknowledged an hour ago is not yet in any checkpoint; it must be missed all the same."""
    ledger = Ledger.open(log, signer=SIGNER, clock=CLOCK, disk=QuickDisk())
    ledger.append([Entry(b"unpublished")])
    ledger.append([Entry(b"and another")])
    ledger.close()
    segment = max(p for p in (log / "journal").iterdir() if p.name.isdigit())
    whole = segment.read_bytes()
    segment.write_bytes(whole[:-5])
    with pytest.raises(TamperedError) as cut:
        Ledger.open(log, signer=SIGNER, clock=CLOCK)
    assert cut.value.code == "journal-cut"
    segment.write_bytes(whole.replace(b"unpublished", b"UNPUBLISHED"))
    (log / "journal" / "mark").unlink()  # as after a power cut
    with pytest.raises(TamperedError) as damaged:
        Ledger.open(log, signer=SIGNER, clock=CLOCK)
    assert damaged.value.code == "journal-damaged"
    segment.unlink()
    with pytest.raises(TamperedError) as cut:
        Ledger.open(log, signer=SIGNER, clock=CLOCK)
    assert cut.value.code == "journal-cut"


def test_a_log_moved_to_another_machine_is_verified_whole_when_opened(log):
    """A restored backup is where damage is least expected and most likely."""
    path = log / "tile/entries/000"
    path.write_bytes(path.read_bytes().replace(b"act 0007", b"act 9007"))
    (log / "journal" / "mark").unlink()
    with pytest.raises(TamperedError) as damaged:
        Ledger.open(log, signer=SIGNER, clock=CLOCK)
    assert (damaged.value.code, damaged.value.facts["problem"]) == ("ledger-damaged", "leaf-edited")


def test_publishing_on_top_of_altered_tiles_is_refused(log):
    """A log must never sign what does not contain what it signed before."""
    ledger = Ledger.open(log, signer=SIGNER, clock=CLOCK, disk=QuickDisk())
    tile = log / "tile/1/000.p/2"
    tile.write_bytes(bytes(64))
    ledger.append([Entry(b"one more")])
    with pytest.raises(TamperedError) as damaged:
        ledger.publish()
    assert damaged.value.code == "ledger-damaged"
    assert checkpoint_of(log).size == SIZE


def test_destroying_a_subjects_key_leaves_a_tree_that_verifies(tmp_path):
    """Erasure and an unforgeable log are both promised; neither may break the other."""
    folder = tmp_path / "ledger"
    keys = {"subject-a": b"a" * 32, "subject-b": b"b" * 32, "log": b"l" * 32}
    parts = {
        "about-a": (b"stopped and searched", ["subject-a"]),
        "about-both": (b"seen together", ["subject-a", "subject-b"]),
        "actor": (b"analyst-1", ["log"]),
    }
    commitment, sealed = seal(parts, keys)
    ledger = Ledger.create(folder, origin=SIGNER.name, signer=SIGNER, clock=CLOCK, disk=QuickDisk())
    ledger.append([Entry(commitment.encode(), sealed)])
    before = ledger.publish()
    receipt = ledger.receipt(0)

    del keys["subject-a"]  # erased: nobody holds it any more
    ((_, leaf, private),) = ledger.read()
    assert open_payload(private, keys, commitment=leaf.decode()) == {"actor": b"analyst-1"}
    everything = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    assert b"searched" not in everything and b"together" not in everything
    assert codes(folder, seen=before) == set()
    assert verify_receipt(receipt, leaf, vkey=SIGNER.vkey) == before
    ledger.append([Entry(b"key-destroyed")])
    ledger.publish()
    assert codes(folder, seen=before) == set()
    ledger.close()
