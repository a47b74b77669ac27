"""The disk fails, or the power does, at every single step; then we look what is left."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from peelian.core.errors import PeelianError, StoppedError
from peelian.core.time import FixedClock
from peelian.ledger.fetch import folder_fetch
from peelian.ledger.log import Entry, Ledger
from peelian.ledger.note import Signer
from peelian.ledger.verify import Checkpoint, verify_log
from tests.support.ledger_disks import FaultDisk, PowerCut, PowerCutDisk, QuickDisk

SIGNER = Signer("log.example/faults", bytes(range(32)))
ORIGIN = SIGNER.name


class Promises:
    """What the ledger has acknowledged and published, remembered outside it."""

    def __init__(self) -> None:
        self.entries: dict[int, Entry] = {}
        self.published: Checkpoint | None = None
        self.made = False
        self.count = 0

    def some(self, n: int) -> list[Entry]:
        self.count += n
        return [Entry(b"leaf %d" % i, b"private %d" % i) for i in range(self.count - n, self.count)]

    def append(self, ledger: Ledger, n: int) -> None:
        entries = self.some(n)
        for index, entry in zip(ledger.append(entries), entries, strict=True):
            assert index not in self.entries, "an index is given out once"
            self.entries[index] = entry

    def publish(self, ledger: Ledger) -> None:
        self.published = ledger.publish()


def clock() -> FixedClock:
    """Give a clock that stands still."""
    return FixedClock(datetime(2026, 11, 22, 9, tzinfo=UTC))


def open_ledger(folder: Path, promises: Promises, disk) -> Ledger:
    """Open the ledger, or make it where it was never made whole."""
    if promises.made or (folder / "checkpoint").exists():
        return Ledger.open(folder, signer=SIGNER, clock=clock(), disk=disk or QuickDisk())
    ledger = Ledger.create(folder, origin=ORIGIN, signer=SIGNER, clock=clock(), disk=disk or QuickDisk())
    promises.made = True
    return ledger


def story(folder: Path, promises: Promises, disk) -> None:
    """Make a ledger, append and publish across tile borders, open it again, go on."""
    ledger = open_ledger(folder, promises, disk)
    promises.append(ledger, 2)
    promises.append(ledger, 1)
    promises.publish(ledger)
    promises.append(ledger, 300)
    promises.publish(ledger)
    promises.append(ledger, 1)
    ledger.close()
    ledger = open_ledger(folder, promises, disk)
    promises.append(ledger, 2)
    promises.publish(ledger)
    promises.append(ledger, 3)
    ledger.close()


def check_nothing_is_lost(folder: Path, promises: Promises, disk=None) -> None:
    """Open what is left and hold it against every promise."""
    ledger = open_ledger(folder, promises, disk)
    kept = {index: Entry(leaf, private) for index, leaf, private in ledger.read()}
    assert promises.entries.items() <= kept.items(), "an acknowledged entry is gone or changed"
    assert sorted(kept) == list(range(ledger.size()))
    before = ledger.checkpoint()
    if promises.published:
        assert before.size >= promises.published.size
    promises.append(ledger, 1)
    promises.publish(ledger)
    found = verify_log(folder_fetch(folder), vkey=SIGNER.vkey, seen=before)
    assert found.ok, found.problems
    assert found.size == ledger.size() == len(kept) + 1
    for number, leaf, _ in ledger.read():
        assert kept.get(number, Entry(leaf)).leaf == leaf
    ledger.close()


def steps_of_the_story(tmp_path: Path) -> int:
    """Count the steps on the disk that the story takes."""
    disk = FaultDisk()
    story(tmp_path / "count", Promises(), disk)
    return disk.steps


@pytest.mark.parametrize("how", ["before", "after", "torn"])
def test_nothing_acknowledged_is_lost_when_any_write_or_sync_fails(tmp_path, how):
    """A failed fsync must never turn into a look-up that happened and is not in the log."""
    for step in range(steps_of_the_story(tmp_path)):
        folder, promises, disk = tmp_path / f"{how}-{step}", Promises(), FaultDisk(step, how)
        with pytest.raises((StoppedError, OSError)):
            story(folder, promises, disk)
        check_nothing_is_lost(folder, promises)


@pytest.mark.parametrize("how", ["lost", "torn", "kept"])
def test_nothing_acknowledged_is_lost_when_the_power_fails_at_any_step(tmp_path, how):
    """Bytes in the kernel's memory are not a record: only what was synced may be promised."""
    for step in range(steps_of_the_story(tmp_path)):
        root = tmp_path / f"{how}-{step}"
        root.mkdir()
        folder, promises, disk = root / "ledger", Promises(), PowerCutDisk(root, step)
        with pytest.raises(PowerCut):
            story(folder, promises, disk)
        disk.restore(how, random.Random(step))
        check_nothing_is_lost(folder, promises, PowerCutDisk(root, boot_name="second"))


@pytest.mark.parametrize("seed", range(25))
def test_nothing_acknowledged_is_lost_through_a_life_of_power_cuts(tmp_path, seed):
    """Recovery may itself be interrupted, and a killed process leaves another kind of mess; one seed replays it."""
    rng = random.Random(seed)
    root, promises = tmp_path / "life", Promises()
    root.mkdir()
    folder, disk = root / "ledger", PowerCutDisk(root, boot_name="run-0")
    for run in range(12):
        disk.dead, disk.cut_at = False, disk.steps + rng.randint(0, 60)
        with suppress(PowerCut):
            ledger = open_ledger(folder, promises, disk)
            while True:
                promises.append(ledger, rng.choice([1, 2, 5, 120]))
                if rng.random() < 0.5:
                    promises.publish(ledger)
        if rng.random() < 0.5:  # else only the process died: the kernel still has everything, and the same name
            disk.restore(rng.choice(["lost", "torn", "kept"]), rng)
            disk = PowerCutDisk(root, boot_name=f"run-{run + 1}")
    disk.restore("lost", rng)
    check_nothing_is_lost(folder, promises, PowerCutDisk(root, boot_name="last"))


def test_bytes_that_were_cut_off_do_not_come_back_with_the_power(tmp_path):
    """An entry that was never acknowledged must not return under an index that was given to another."""
    root, promises = tmp_path / "root", Promises()
    root.mkdir()
    folder, disk = root / "ledger", PowerCutDisk(root)
    first = open_ledger(folder, promises, disk)
    other = open_ledger(folder, promises, disk)
    promises.append(first, 2)

    def die(mark):
        raise OSError

    first._journal._write_mark = die  # synced, but never told anybody
    with pytest.raises(StoppedError):
        first.append([Entry(b"synced but never acknowledged")])
    other._journal.rotate()  # the first step of a publication that gets no further
    promises.append(other, 1)
    disk.restore("lost", random.Random(0))
    check_nothing_is_lost(folder, promises, PowerCutDisk(root, boot_name="second"))


def test_a_process_whose_sync_failed_writes_no_more(tmp_path):
    """After a failed fsync the kernel may show bytes that the disk never got: trying again would believe them."""
    disk, promises = FaultDisk(), Promises()
    ledger = open_ledger(tmp_path / "ledger", promises, disk)
    promises.append(ledger, 1)
    disk.fail_at, disk.how = disk.steps + 1, "before"  # the write works, the sync does not
    with pytest.raises(StoppedError) as stopped:
        ledger.append([Entry(b"lost")])
    assert stopped.value.code == "ledger-stopped"
    for act in (lambda: ledger.append([Entry(b"again")]), ledger.publish):
        with pytest.raises(StoppedError):
            act()
    again = open_ledger(tmp_path / "ledger", promises, None)
    assert [leaf for _, leaf, _ in again.read()] == [b"leaf 0"]
    again.close()


def test_another_process_goes_on_after_one_has_stopped(tmp_path):
    """One process's bad file handle must not silence the others, and its half-written entry must not stay."""
    disk, promises = FaultDisk(), Promises()
    first = open_ledger(tmp_path / "ledger", promises, disk)
    other = open_ledger(tmp_path / "ledger", promises, None)
    promises.append(first, 1)
    disk.fail_at, disk.how = disk.steps + 1, "before"
    with pytest.raises(StoppedError):
        first.append([Entry(b"never acknowledged")])
    assert other.size() == 1
    promises.append(other, 1)
    assert [leaf for _, leaf, _ in other.read()] == [b"leaf 0", b"leaf 1"]
    other.close()
    check_nothing_is_lost(tmp_path / "ledger", promises)


def test_opening_after_a_stop_verifies_every_entry(tmp_path):
    """What a failing disk did to old entries must be found before new ones are added."""
    disk, promises = FaultDisk(), Promises()
    ledger = open_ledger(tmp_path / "ledger", promises, disk)
    promises.append(ledger, 600)
    promises.publish(ledger)
    bundle = tmp_path / "ledger" / "tile" / "entries" / "000"
    bundle.write_bytes(bundle.read_bytes().replace(b"leaf 7\x00", b"leaf 8\x00"))
    open_ledger(tmp_path / "ledger", promises, None).close()  # a healthy opening looks at the edge only
    disk.fail_at = disk.steps + 1
    with pytest.raises(StoppedError):
        ledger.append([Entry(b"x")])
    with pytest.raises(PeelianError) as damaged:
        open_ledger(tmp_path / "ledger", promises, None)
    assert damaged.value.code == "ledger-damaged"
    assert damaged.value.facts["problem"] == "leaf-edited"
