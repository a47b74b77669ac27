"""Keys are made once, named by nobody's id, and gone when destroyed."""

from __future__ import annotations

import sqlite3
import stat
import threading

import numpy as np
import pyarrow as pa
import pytest

from peelian.core.errors import LimitError, MissingError
from peelian.store.keys import SECRETS, SubjectKeys, make_secrets, pepper, read_secret
from peelian.store.residue import find_residue
from peelian.store.tombstones import Tombstones
from tests.support.store import hex_id


@pytest.fixture
def folder(tmp_path):
    """Give a keys folder with its secrets."""
    make_secrets(tmp_path / "keys")
    return tmp_path / "keys"


def test_secrets_are_made_once_and_for_their_owner_alone(folder):
    """A secret that changed would orphan every id; one that others may read is none."""
    before = [read_secret(folder, n) for n in SECRETS]
    make_secrets(folder)
    assert [read_secret(folder, n) for n in SECRETS] == before
    assert len(set(before)) == len(SECRETS)
    assert pepper(folder) == before[1]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE((folder / n).stat().st_mode) for n in SECRETS} == {0o600}


@pytest.mark.parametrize("damage", [lambda p: p.unlink(), lambda p: p.write_bytes(b"short")])
def test_a_missing_or_damaged_secret_is_never_replaced(folder, damage):
    """A new pepper would make every record look new."""
    damage(folder / "pepper")
    with pytest.raises(MissingError) as missing:
        pepper(folder)
    assert missing.value.code == "secret-missing"


def test_a_subject_has_one_key_for_ever_whoever_asks_first(folder):
    """Two keys for one subject would leave half of the log readable after the erasure."""
    stores = [SubjectKeys(folder) for _ in range(4)]
    found = []
    threads = [threading.Thread(target=lambda s=s: found.append(s.get_or_create("subject-1"))) for s in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found[0]) == 32
    assert stores[0].get_or_create("subject-2") != found[0]
    assert stores[0].by_name(stores[0].name("subject-1")) == found[0]
    for store in stores:
        store.close()


def test_a_destroyed_key_is_nowhere_in_the_folder(folder):
    """Destroying the key is the erasure of what it seals: the bytes must be gone, write-ahead log included."""
    keys = SubjectKeys(folder)
    for n in range(50):
        keys.get_or_create(f"other-{n}")
    key = keys.get_or_create("subject-1")
    raw = lambda: b"".join(p.read_bytes() for p in sorted(folder.iterdir()))  # noqa: E731
    assert key in raw()
    assert keys.destroy("subject-1") is True
    assert key not in raw()
    assert keys.get("subject-1") is None
    assert keys.destroy("subject-1") is False
    assert keys.get("other-7") is not None
    keys.close()


def test_the_key_store_does_not_say_whose_keys_it_has(folder):
    """A list of the subjects in the log would be a list of the people looked at."""
    keys = SubjectKeys(folder)
    keys.get_or_create("subject-of-interest")
    keys.close()
    assert find_residue(folder, ["subject-of-interest"]) == []


def test_tombstones_know_a_row_when_they_see_it_and_name_nobody(folder):
    """What was erased must not come back with the next publication, and the memory of it must not say who it was."""
    stones = Tombstones(folder)
    records = pa.chunked_array([pa.array([hex_id(i) for i in range(1000)])])
    subjects = pa.chunked_array([pa.array([hex_id("p", i) for i in range(1000)])])
    assert not stones.among(records, subjects).any()
    stones.add([(hex_id(3), hex_id("p", 3)), (hex_id(4), ""), (hex_id(5), hex_id("p", 6))])
    stones.add([(hex_id(4), "")])
    assert np.flatnonzero(stones.among(records, subjects)).tolist() == [3, 4]
    assert stones.count() == 3
    stones.close()
    assert find_residue(folder, [hex_id(3), hex_id("p", 3), hex_id(4)]) == []
    again = Tombstones(folder)
    assert np.flatnonzero(again.among(records, subjects)).tolist() == [3, 4]
    again.close()


def test_an_erasure_is_not_called_finished_while_a_reader_keeps_the_log(folder):
    """The deleted key is still in the write-ahead log then; saying "destroyed" would be a lie."""
    keys = SubjectKeys(folder)
    keys.get_or_create("subject-1")
    keys._con.execute("PRAGMA busy_timeout=50")
    reader = sqlite3.connect(folder / "subjects.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM keys").fetchone()
    with pytest.raises(LimitError) as busy:
        keys.destroy("subject-1")
    assert busy.value.code == "log-in-use"
    reader.close()
    keys.destroy("subject-1")
    assert keys.get("subject-1") is None
    assert (folder / "subjects.db-wal").stat().st_size == 0
    keys.close()
