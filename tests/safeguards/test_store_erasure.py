"""Promise: who is erased is erased, from every file of the deployment, and the search that says so can be trusted."""

from __future__ import annotations

import shutil
import threading
from contextlib import suppress
from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa
import pytest

from peelian.core.time import FixedClock
from peelian.model.record import TABLES
from peelian.store.commit import Writer
from peelian.store.deployment import create_deployment
from peelian.store.desk import open_desk
from peelian.store.draft import Change
from peelian.store.erase import Eraser
from peelian.store.grant import ERASE, READ, WRITE, Mint
from peelian.store.index import IndexEntry, SearchIndex
from peelian.store.keys import SubjectKeys
from peelian.store.lake import HISTORY, Lake
from peelian.store.leases import Leases
from peelian.store.lineage import Lineage, Thing
from peelian.store.residue import find_residue
from peelian.store.tables import METADATA
from peelian.store.tombstones import Tombstones
from tests.support.journals import FileJournal
from tests.support.store import hex_id, make_rows

WHO, RECORD = 7, 7  # the subject to be erased, and the record about that subject
SUBJECT = hex_id("subject", WHO)
FEW = ("stop_person", "stop_equality")


def shape(spec):
    """Say what the store can tell of a table: tables that differ in the names of their columns alone are kept alike."""
    return spec.sealed, frozenset((c.kind, c.personal, c.protected) for c in spec.columns)


SHAPES = {shape(spec): name for name, spec in reversed(TABLES.items())}
EVERY_SHAPE = tuple(name for name in TABLES if name in {*SHAPES.values(), *FEW})


def planted(table, column, version):
    """Make a value that occurs nowhere by chance."""
    return f"Qzx{hex_id(table, column, version)[:12]}Planted"


class World:
    """A deployment with data in every place that the store has."""

    def __init__(self, folder, clock, tables=EVERY_SHAPE):
        self.tables = tables
        self.place = create_deployment(folder, jurisdiction="GB-EAW", allowed={"GB-EAW"}, clock=clock)
        self.clock = clock
        self.lake = Lake(self.place.lake, n_buckets=4, tables={t: TABLES[t] for t in tables})
        self.keys = SubjectKeys(self.place.keys)
        self.tombstones = Tombstones(self.place.keys)
        self.writer = Writer(self.lake, self.place.writer_lock, tombstones=self.tombstones, wait_s=0.2)
        self.journal = FileJournal(self.place.ledger / "journal")
        self.leases = Leases(self.place.leases, clock)
        self.desk = open_desk(self.place.desk)
        self.index = SearchIndex(self.place.index, clock, n_shards=4)
        everything = {*tables, *METADATA.tables, "index"}
        self.reads, self.writes, self.erases = (Mint().grant(w, everything) for w in (READ, WRITE, ERASE))
        self.eraser = Eraser(
            self.writer, self.leases, self.desk, self.tombstones, self.index, self.entries, self.keys, self.place.tmp
        )

    def rows(self, table, version, *, secret=True):
        """Make forty rows; those of the subject are full of planted values, one more row of the record is not."""
        spec = TABLES[table]
        numbers = range(40)
        text = [c.name for c in spec.columns if c.kind == "text"]
        plant = {c: lambda i, c=c: planted(table, c, version) if secret and i == WHO else f"{c} {i}" for c in text}
        plant |= {
            c.name: lambda i: 91827364.5 + version if secret and i == WHO else float(i)
            for c in spec.columns
            if c.kind == "float"
        }
        subjects = lambda i: hex_id("subject", i)  # noqa: E731
        mine = make_rows(spec, numbers, "s", version=version, values=plant, subject=subjects)
        shared = make_rows(spec, [RECORD], "s", version=version, subject=lambda i: hex_id("subject", "other"))
        return pa.concat_tables([mine, shared])

    def publish(self, version):
        """Publish every table in one commit."""
        with self.writer.begin(self.writes, self.journal, self.clock) as transaction:
            return [transaction.replace_slices(t, self.rows(t, version), {"s"}) for t in self.tables]

    def entries(self, shard):
        """Give the index's entries of a shard from the current rows, as the gate does."""
        found = {}
        for record, subject, label, role in self.read("stop_person", "record_id, subject_id, label_id, role"):
            if self.index.shard_of(record) == shard:
                keys = found[record].keys if record in found else ""
                found[record] = IndexEntry(record, label, f"{keys} {role} {subject}".strip())
        return list(found.values())

    def read(self, table, columns, seq=None):
        """Read a table, now or as known at a commit."""
        done = self.journal.last_done()
        if seq is None:
            scan = self.lake.scan_sql(self.reads, table, done.vector[table])
        else:
            scan = self.lake.known_at_sql(self.reads, table, done.vector, seq)
        with duckdb.connect(config={"threads": 1}) as con:
            return con.sql(f"SELECT {columns} FROM ({scan}) ORDER BY ALL").fetchall()

    def fill(self):
        """Put the subject everywhere the store keeps anything."""
        for version in (1, 2):
            self.publish(version)
        with suppress(InterruptedError), self.writer.begin(self.writes, self.journal, self.clock) as transaction:
            transaction.append("stop_person", self.rows("stop_person", 9))  # an abandoned commit's files...
            transaction._draft("stop_person").flush()
            shutil.copytree(self.lake.path("stop_person"), self.place.folder / "orphans")
            raise InterruptedError
        for path in (self.place.folder / "orphans").rglob("*.parquet"):  # ...left by a kill
            target = self.lake.path("stop_person") / path.relative_to(self.place.folder / "orphans")
            target.parent.mkdir(exist_ok=True, parents=True)
            if not target.exists():
                shutil.copy(path, target)
        shutil.rmtree(self.place.folder / "orphans")
        for shard in range(4):
            self.index.build(self.writes, shard, self.entries(shard))
        Lineage(self.desk).rests_on(self.writes, Thing("finding", "f-1"), [Thing("record", hex_id(RECORD))])
        Lineage(self.desk).rests_on(self.writes, Thing("finding", "f-2"), [Thing("subject", SUBJECT)])
        Lineage(self.desk).rests_on(self.writes, Thing("finding", "f-3"), [Thing("record", hex_id(1))])
        self.keys.get_or_create(SUBJECT)
        (self.place.tmp / "duckdb_temp_storage.tmp").write_text(planted("stop_person", "role", 2))

    def values(self):
        """List every planted value and the subject's id."""
        texts = [(t, c.name) for t in self.tables for c in TABLES[t].columns if c.kind == "text"]
        values = [planted(t, c, v) for t, c in texts for v in (1, 2)]
        values += ["91827365.5", "91827366.5"] if "stop" in self.tables else []
        return [*values, planted("stop_person", "role", 9), SUBJECT]


@pytest.fixture(scope="module")
def erased(tmp_path_factory):
    """Erase one subject from a deployment; give it with what was found before and the receipt."""
    world = World(tmp_path_factory.mktemp("erasure") / "d", FixedClock(datetime(2026, 11, 22, tzinfo=UTC)))
    world.fill()
    before = find_residue(world.place.folder, world.values())
    receipt = world.eraser.erase(
        world.erases, world.journal, world.clock, subject_ids=[SUBJECT], backups_until=date(2027, 2, 1)
    )
    return world, before, receipt


def test_the_search_finds_every_planted_value_before_the_erasure(erased):
    """A search that finds nothing proves nothing unless it has found everything."""
    world, before, _ = erased
    assert {t.needle for t in before} == set(range(len(world.values())))
    places = {t.path.split("/")[0] for t in before}
    assert {"lake", "index", "tmp"} <= places
    assert any(p.startswith("desk.db") for p in places)
    lake = {t.path.split("/")[1] for t in before if t.path.startswith("lake/")}
    assert lake == {n for t in EVERY_SHAPE for n in (t, t + HISTORY)}


def test_no_file_of_the_deployment_holds_any_value_afterwards(erased):
    """Every Parquet page and dictionary, Delta's log, SQLite's pages and log, the index's terms, temporary files."""
    world, _, _ = erased
    assert find_residue(world.place.folder, world.values()) == []


def test_the_row_of_another_person_in_the_same_record_is_still_there(erased):
    """Erasing one subject of a shared record redacts that subject's row, not the record."""
    world, _, _ = erased
    for table in EVERY_SHAPE:
        rows = world.read(table, "record_id, subject_id")
        assert len(rows) == 40
        assert (hex_id(RECORD), hex_id("subject", "other")) in rows


def test_earlier_answers_have_forgotten_the_subject_too(erased):
    """As known last year must not include somebody erased since; the receipt says how many rows are gone."""
    world, _, receipt = erased
    for seq in (1, 2, receipt.seq):
        assert len(world.read("stop_person", "record_id", seq)) == 40
    assert receipt.rows == dict.fromkeys(EVERY_SHAPE, 2)


def test_the_receipt_says_what_was_done_what_rests_on_it_and_what_cannot_be_done(erased):
    """Honest about backups and paper, and without an id of the person."""
    world, _, receipt = erased
    body = receipt.as_dict()
    assert receipt.records == 1
    assert receipt.keys_destroyed == 1
    assert receipt.dependants == (Thing("finding", "f-1"), Thing("finding", "f-2"))
    assert any("2027-02-01" in c for c in receipt.cannot)
    assert any("paper" in c for c in receipt.cannot)
    assert any(p.startswith("lake/stop_person_history") for p in receipt.places)
    assert any(p.startswith("index") for p in receipt.places)
    assert any(p.startswith("desk") for p in receipt.places)
    assert SUBJECT not in str(body)
    assert hex_id(RECORD) not in str(body)
    assert world.keys.get(SUBJECT) is None


def test_deltas_log_is_one_checkpoint_and_one_entry(erased):
    """Older entries keep statistics and names of files that held the subject."""
    world, _, _ = erased
    for name in world.lake.names():
        files = sorted(p.name for p in (world.lake.path(name) / "_delta_log").iterdir() if p.is_file())
        assert len(files) == 3, files
        assert files[0].endswith(".checkpoint.parquet")
        assert files[0][:20] == files[1][:20]
        used = set(world.lake.snapshot(name, world.journal.last_done().vector[name]).paths)
        assert {
            p.relative_to(world.lake.path(name)).as_posix() for p in world.lake.path(name).rglob("bucket=*/*")
        } == used


def test_a_source_that_publishes_the_record_again_does_not_bring_it_back(erased):
    """police.uk publishes its months again and again; an erasure has to outlast that."""
    world, _, _ = erased
    for change in world.publish(2):
        assert change == Change(same=40, suppressed=1)
    assert find_residue(world.place.folder, world.values()) == []


def test_an_interrupted_erasure_is_finished_by_asking_again(tmp_path, clock):
    """A kill after the rows are out of every answer leaves old files on the disk; nobody may call that erased."""
    world = World(tmp_path / "d", clock, FEW)
    world.fill()
    scrub = world.eraser.scrub
    world.eraser.scrub = lambda *a: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        world.eraser.erase(world.erases, world.journal, clock, subject_ids=[SUBJECT])
    assert find_residue(world.place.folder, world.values()) != []
    world.eraser.scrub = scrub
    world.eraser.erase(world.erases, world.journal, clock, subject_ids=[SUBJECT])
    assert find_residue(world.place.folder, world.values()) == []


def test_an_erasure_waits_for_a_reader_and_no_longer_than_its_lease(tmp_path, clock):
    """A reader that hangs must not keep a person's data for ever."""
    world = World(tmp_path / "d", clock, FEW)
    world.fill()
    with world.leases.hold(60):
        thread = threading.Thread(
            target=world.eraser.erase, args=(world.erases, world.journal, clock), kwargs={"subject_ids": [SUBJECT]}
        )
        thread.start()
        thread.join(timeout=1.5)
        assert thread.is_alive()
        assert find_residue(world.place.lake, world.values()) != []
        clock.move(seconds=61)
        thread.join(timeout=60)
        assert not thread.is_alive()
    assert find_residue(world.place.folder, world.values()) == []


def test_erasing_a_record_takes_everybody_in_it(tmp_path, clock):
    """Where the record itself is unlawful, all of it goes."""
    world = World(tmp_path / "d", clock, FEW)
    world.publish(1)
    receipt = world.eraser.erase(world.erases, world.journal, clock, record_ids=[hex_id(RECORD)])
    assert receipt.rows == dict.fromkeys(FEW, 2)
    assert world.publish(1)[0] == Change(same=39, suppressed=2)


def test_every_shape_that_a_table_has_is_among_those_tested():
    """A new table is covered here without anybody remembering to add it."""
    assert {shape(TABLES[t]) for t in EVERY_SHAPE} == {shape(spec) for spec in TABLES.values()}
    assert set(FEW) < set(EVERY_SHAPE)
