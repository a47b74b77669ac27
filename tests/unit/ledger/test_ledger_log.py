"""The ledger from inside: what goes in comes out, in order, with proof."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from peelian.core.errors import InvalidError, LimitError, MissingError, RefusedError, StoppedError, TamperedError
from peelian.core.time import FixedClock
from peelian.ledger import log as log_module
from peelian.ledger.fetch import folder_fetch
from peelian.ledger.log import Entry, Ledger
from peelian.ledger.note import Signer
from peelian.ledger.verify import verify_log, verify_receipt
from tests.support.ledger_disks import QuickDisk

SIGNER = Signer("log.example/unit", bytes(range(32)))
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def clock():
    """Give a clock to move."""
    return FixedClock(NOW)


@pytest.fixture
def ledger(tmp_path, clock):
    """Give an empty ledger."""
    return Ledger.create(tmp_path / "l", origin=SIGNER.name, signer=SIGNER, clock=clock, disk=QuickDisk())


def numbered(start, end):
    """Make entries that say which they are."""
    return [Entry(b"leaf %d" % i, b"private %d" % i) for i in range(start, end)]


def test_an_empty_ledger_has_a_checkpoint_that_verifies(ledger):
    """The first promise is that there was nothing before the first entry."""
    assert (ledger.size(), ledger.checkpoint().size, list(ledger.read())) == (0, 0, [])
    assert verify_log(folder_fetch(ledger.folder), vkey=SIGNER.vkey).ok
    assert ledger.publish().size == 0


def test_entries_come_out_as_they_went_in_published_or_not(ledger):
    """A reader must not have to know what has been published."""
    assert ledger.append(numbered(0, 300)) == list(range(300))
    ledger.publish()
    assert ledger.append(numbered(300, 302)) == [300, 301]
    ledger.publish()
    assert ledger.append(numbered(302, 305)) == [302, 303, 304]
    assert ledger.append([]) == []
    wanted = [(i, b"leaf %d" % i, b"private %d" % i) for i in range(305)]
    assert list(ledger.read()) == wanted
    assert list(ledger.read(250, 260)) == wanted[250:260]
    assert list(ledger.read(299, 304)) == wanted[299:304]
    assert list(ledger.read(303)) == wanted[303:]
    assert list(ledger.read(305)) == list(ledger.read(7, 7)) == []


def test_a_follower_reads_each_entry_once_whatever_steps_it_takes(ledger):
    """The gate reads what is new on every call: reading all that is unpublished each time would grow without bound."""
    for size in range(1, 41):
        ledger.append(numbered(sum(range(size)), sum(range(size + 1))))  # frames of 1, 2, 3 ... entries
        if size % 13 == 0:
            ledger.publish()
    wanted = [(i, b"leaf %d" % i, b"private %d" % i) for i in range(820)]
    for step in (1, 7, 100):
        followed = [kept for at in range(0, 820, step) for kept in ledger.read(at, min(at + step, 820))]
        assert followed == wanted
    assert list(ledger.read(700, 705)) == wanted[700:705]  # back again, behind where the follower is
    list(ledger.read(0, 820))
    mark = ledger._journal.mark()
    assert ledger._journal._left_off == (mark.segment, 820, mark.length)


def test_reading_goes_on_while_entries_are_published(ledger):
    """A long read must not break because somebody publishes meanwhile."""
    ledger.append(numbered(0, 10))
    ledger.publish()
    ledger.append(numbered(10, 600))
    reading = ledger.read()
    seen = [next(reading)[0]]
    ledger.publish()
    ledger.append(numbered(600, 900))
    ledger.publish()
    seen += [index for index, _, _ in reading]
    assert seen == list(range(600))


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 513])
def test_a_receipt_for_every_corner_of_the_tree_is_accepted(ledger, size):
    """Tile borders are where proofs go wrong."""
    ledger.append(numbered(0, size))
    checkpoint = ledger.publish()
    for index in {0, size // 2, size - 1}:
        assert verify_receipt(ledger.receipt(index), b"leaf %d" % index, vkey=SIGNER.vkey) == checkpoint


def test_there_is_no_receipt_before_publication(ledger):
    """A receipt proves that others could see the entry."""
    ledger.append(numbered(0, 1))
    for index in (0, 1, -1):
        with pytest.raises(InvalidError) as early:
            ledger.receipt(index)
        assert early.value.code == "not-yet-published"


def test_publishing_often_and_seldom_gives_the_same_tree(tmp_path, clock):
    """The tree depends on the entries, not on when they were published."""
    roots = []
    for name, step in (("often", 7), ("seldom", 600)):
        ledger = Ledger.create(tmp_path / name, origin=SIGNER.name, signer=SIGNER, clock=clock, disk=QuickDisk())
        for start in range(0, 600, step):
            ledger.append(numbered(start, min(600, start + step)))
            ledger.publish()
        assert verify_log(folder_fetch(ledger.folder), vkey=SIGNER.vkey).ok
        roots.append(ledger.checkpoint().root)
    assert roots[0] == roots[1]


def test_outgrown_partial_files_and_published_segments_are_swept(ledger):
    """A ledger published every minute must not leave a file for each."""
    for start in range(0, 260, 20):
        ledger.append(numbered(start, start + 20))
        ledger.publish()
    assert not (ledger.folder / "tile/0/000.p").exists()
    assert not (ledger.folder / "tile/entries/000.p").exists()
    assert not (ledger.folder / "private/000.p").exists()
    assert len([p for p in (ledger.folder / "journal").iterdir() if p.name.isdigit()]) == 1
    assert not list(ledger.folder.rglob(".*.new"))


def test_instants_never_run_backwards(ledger, clock):
    """Turning the computer's clock back must not revive an expired mandate."""
    ledger.append(numbered(0, 1))
    clock.move(days=-1)
    ledger.append(numbered(1, 2))
    assert ledger.last_instant() == NOW
    clock.move(days=3)
    ledger.append(numbered(2, 3))
    assert ledger.last_instant() == NOW + timedelta(days=2)
    ats = [kept.at for kept in ledger.read_kept()]
    assert ats == sorted(ats)


def test_the_last_instant_survives_publication_and_a_power_cut(ledger, clock):
    """The clock's floor is read from disk, or a reboot would lower it."""
    clock.move(days=5)
    ledger.append(numbered(0, 2))
    ledger.publish()
    (ledger.folder / "journal" / "mark").unlink()
    early = FixedClock(NOW)
    reader = Ledger.open(ledger.folder, signer=None, clock=early)
    assert reader.last_instant() == NOW + timedelta(days=5)
    writer = Ledger.open(ledger.folder, signer=SIGNER, clock=early)
    assert writer.last_instant() == NOW + timedelta(days=5)


def test_a_reader_reads_a_folder_it_may_not_write(ledger, clock):
    """An inspector gets a copy on read-only media."""
    ledger.append(numbered(0, 3))
    ledger.publish()
    ledger.append(numbered(3, 5))
    (ledger.folder / "journal" / "mark").unlink()
    before = sorted(p for p in ledger.folder.rglob("*"))
    reader = Ledger.open(ledger.folder, signer=None, clock=clock)
    assert reader.size() == 5
    assert [index for index, _, _ in reader.read()] == [0, 1, 2, 3, 4]
    assert sorted(p for p in ledger.folder.rglob("*")) == before
    for act in (lambda: reader.append(numbered(5, 6)), reader.publish):
        with pytest.raises(RefusedError) as refused:
            act()
        assert refused.value.code == "ledger-read-only"


def test_a_ledger_is_made_once_and_opened_only_where_there_is_one(ledger, tmp_path, clock):
    """Starting over would be the simplest way to forget."""
    with pytest.raises(InvalidError) as exists:
        Ledger.create(ledger.folder, origin=SIGNER.name, signer=SIGNER, clock=clock)
    assert exists.value.code == "ledger-exists"
    with pytest.raises(MissingError) as missing:
        Ledger.open(tmp_path, signer=SIGNER, clock=clock)
    assert missing.value.code == "ledger-missing"


def test_an_entry_too_long_for_the_format_is_refused_before_anything_is_written(ledger, monkeypatch):
    """A length of 65,536 would be written as 0."""
    ledger.append([Entry(b"x" * 65535)])
    monkeypatch.setattr(log_module, "PRIVATE_BYTES_MAX", 100)
    for entry in (Entry(b"x" * 65536), Entry(b"", b"x" * 101)):
        with pytest.raises(LimitError) as long:
            ledger.append([entry])
        assert long.value.code == "entry-too-long"
    assert ledger.size() == 1


def test_a_closed_ledger_takes_nothing_more(ledger):
    """What is written after the end would be acknowledged to nobody."""
    ledger.close()
    with pytest.raises(StoppedError):
        ledger.append(numbered(0, 1))


def test_private_payloads_lie_apart_from_what_is_served(ledger):
    """Whoever serves `checkpoint` and `tile/` must not serve a payload by accident."""
    ledger.append([Entry(b"public leaf", b"SEALED")])
    ledger.publish()
    ledger.append([Entry(b"public leaf", b"SEALED")])
    for path in ledger.folder.rglob("*"):
        if path.is_file() and b"SEALED" in path.read_bytes():
            assert path.relative_to(ledger.folder).parts[0] in ("private", "journal")
    for name in ("private", "journal"):
        assert (ledger.folder / name).stat().st_mode & 0o077 == 0


def test_lost_private_payloads_leave_a_log_that_verifies_and_says_what_is_lost(ledger):
    """The public log is the promise; the private side is an aid."""
    ledger.append(numbered(0, 3))
    ledger.publish()
    path = ledger.folder / "private/000.p/3"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(TamperedError) as damaged:
        list(ledger.read())
    assert damaged.value.code == "private-damaged"
    os.unlink(path)
    with pytest.raises(MissingError) as missing:
        list(ledger.read())
    assert missing.value.code == "private-missing"
    assert verify_log(folder_fetch(ledger.folder), vkey=SIGNER.vkey).ok


def test_a_forked_child_appends_beside_its_parent(ledger):
    """Worker processes are forked; a shared lock or file position would let them overwrite each other."""
    ledger.append(numbered(0, 1))
    child = os.fork()
    if child == 0:
        try:
            ledger.append([Entry(b"child")])
        finally:
            os._exit(0)
    ledger.append([Entry(b"parent")])
    os.waitpid(child, 0)
    assert sorted(leaf for _, leaf, _ in ledger.read()) == [b"child", b"leaf 0", b"parent"]
