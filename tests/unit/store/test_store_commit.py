"""The commit protocol: one writer, an intent before, a done after, and nothing in between that anybody can see."""

from __future__ import annotations

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from peelian.core.errors import InvalidError, LimitError, TamperedError
from peelian.core.time import to_micros
from peelian.model.record import INCIDENT, OUTCOME
from peelian.store.commit import Writer, done_from_dict
from peelian.store.draft import Change
from peelian.store.grant import READ, WRITE
from peelian.store.twin import MAX_FILES
from tests.support.store import Small, hex_id, make_rows


@pytest.fixture
def small(tmp_path, clock):
    """Give a small lake."""
    return Small(tmp_path, clock)


def code_of(error):
    """Give an error's code."""
    return error.value.code


def test_a_commit_is_an_intent_then_a_done_with_number_vector_and_time(small, clock):
    """An outsider reads from the ledger alone what was written when, and which versions hold it."""
    small.replace("incident", make_rows(INCIDENT, range(3), "a"), {"a"})
    (intent, begun), (done, body) = small.journal.entries()
    assert (intent, done) == ("intent", "done")
    assert begun["seq"] == 1
    assert begun["base"] == {}
    assert body["changes"] == {"incident": Change(added=3).as_dict()}
    finished = done_from_dict(body)
    assert (finished.seq, to_micros(finished.at)) == (1, to_micros(clock.now()))
    assert finished.vector == {"incident": 1}
    assert small.journal.open_intent() is None


def test_rows_are_told_apart_as_same_added_changed_and_deleted(small):
    """The counts are what a data engineer checks a re-publication by."""
    first = small.replace("incident", make_rows(INCIDENT, range(10), "a"), {"a"})
    assert first == Change(added=10)
    again = small.replace("incident", make_rows(INCIDENT, range(10), "a"), {"a"})
    assert again == Change(same=10)
    assert again.kept == 10
    revised = pa.concat_tables(
        [
            make_rows(INCIDENT, range(3, 8), "a"),
            make_rows(INCIDENT, [8, 9], "a", version=1),
            make_rows(INCIDENT, [20], "a"),
        ]
    )
    change = small.replace("incident", revised, {"a"})
    assert change == Change(same=5, changed=2, deleted=3, added=1)
    assert change.kept == 8
    assert len(small.current("incident")) == 8


def test_an_unchanged_slice_writes_no_file_and_keeps_when_rows_were_first_recorded(small):
    """A re-run must be free, and must not pretend that it learned something today."""
    rows = make_rows(INCIDENT, range(10), "a")
    small.replace("incident", rows, {"a"})
    before = small.current("incident", "record_id, recorded_at, seq_from")
    later = rows.set_column(rows.schema.get_field_index("recorded_at"), "recorded_at", pa.array([9] * 10, pa.int64()))
    small.replace("incident", later, {"a"})
    assert small.current("incident", "record_id, recorded_at, seq_from") == before
    assert small.vector["incident"] == 1


@pytest.mark.parametrize("field", ["label_id", "expires_on"])
def test_a_new_label_or_expiry_makes_a_new_version(small, field):
    """A row whose handling changed must be handled the new way, although its content is the same."""
    rows = make_rows(INCIDENT, range(4), "a")
    small.replace("incident", rows, {"a"})
    value = pa.array([77] * 4, pa.int32()).cast(rows.schema.field(field).type)
    relabelled = rows.set_column(rows.schema.get_field_index(field), field, value)
    assert small.replace("incident", relabelled, {"a"}) == Change(changed=4)
    assert [r[1] for r in small.current("incident", f"record_id, {field}")] == value.to_pylist()


def test_a_vanished_row_is_gone_now_and_still_known_then(small):
    """A deletion at the source is a fact with a date, not a hole."""
    small.replace("incident", make_rows(INCIDENT, range(5), "a"), {"a"})
    small.replace("incident", make_rows(INCIDENT, range(3), "a"), {"a"})
    small.replace("incident", make_rows(INCIDENT, [], "a"), {"a"})
    assert [len(small.known_at("incident", s)) for s in (0, 1, 2, 3)] == [0, 5, 3, 0]
    assert small.current("incident") == []


def test_a_slice_is_replaced_without_touching_other_slices(small):
    """A source re-publishes one month; the others stay as they are."""
    small.replace("incident", make_rows(INCIDENT, range(5), "a"), {"a"})
    small.replace("incident", make_rows(INCIDENT, range(5), "b"), {"b"})
    small.replace("incident", make_rows(INCIDENT, [], "a"), {"a"})
    assert [r[0] for r in small.current("incident")] == ["b"] * 5


def test_one_commit_takes_many_slices_and_tables_at_once(small):
    """An archive of three years is one commit: all of it or nothing of it."""
    with small.writer.begin(small.grant(WRITE), small.journal, small.clock) as transaction:
        for month in range(36):
            rows = make_rows(INCIDENT, range(month * 10, month * 10 + 10), f"m{month}")
            transaction.replace_slices("incident", rows, {f"m{month}"})
        transaction.append("outcome", make_rows(OUTCOME, range(7), "o"))
        assert transaction.commit() == 1
    assert len(small.current("incident")) == 360
    assert len(small.current("outcome")) == 7
    assert len(small.lake.files(small.grant(READ), "incident", small.vector["incident"])) == small.n_buckets
    assert [k for k, _ in small.journal.entries()] == ["intent", "done"]


def test_the_same_slice_twice_in_one_commit_leaves_the_second(small):
    """A file that names a month twice must not double it, nor make versions nobody could have seen."""
    with small.writer.begin(small.grant(WRITE), small.journal, small.clock) as transaction:
        transaction.replace_slices("incident", make_rows(INCIDENT, range(10), "a"), {"a"})
        second = make_rows(INCIDENT, range(5, 12), "a", version=1)
        assert transaction.replace_slices("incident", second, {"a"}) == Change(added=2, changed=5, deleted=5)
    assert [r[1] for r in small.current("incident")] == sorted(hex_id(i) for i in range(5, 12))
    assert small.known_at("incident", 1) == [r[:3] for r in small.current("incident")]
    assert "incident_history" not in small.lake.names()


def test_rows_that_are_not_as_declared_are_refused_and_leave_nothing(small):
    """Undeclared columns never reach the disk; a row without an id could never be erased."""
    good = make_rows(INCIDENT, range(3), "a")
    bad = {
        "rows-not-as-declared": [
            good.append_column("religion", pa.array(["x"] * 3)),
            good.drop_columns(["expires_on"]),
            good.set_column(good.schema.get_field_index("label_id"), "label_id", pa.nulls(3, pa.int64())),
        ],
        "record-repeated": [pa.concat_tables([good, good])],
        "row-outside-slice": [make_rows(INCIDENT, range(3), "b")],
        "record-id-malformed": [
            good.set_column(good.schema.get_field_index("record_id"), "record_id", pa.array(["A" * 32, "1", "2"])),
            good.set_column(good.schema.get_field_index("record_id"), "record_id", pa.array([c * 32 for c in "FGz"])),
        ],
    }
    for code, tables in bad.items():
        for rows in tables:
            with pytest.raises(InvalidError) as refused:
                small.replace("incident", rows, {"a"})
            assert code_of(refused) == code
    assert small.journal.last_done() is None
    assert [b["reason"] for k, b in small.journal.entries() if k == "abandoned"] == [c for c in bad for _ in bad[c]]
    assert not list(small.lake.folder.rglob("*.parquet"))


def test_a_repeated_record_in_two_slices_or_about_two_people_is_fine(small):
    """Crime references do repeat across months, and a record may be about several people."""
    small.replace("incident", make_rows(INCIDENT, range(3), "a"), {"a"})
    both = [make_rows(INCIDENT, range(3), "b", subject=lambda i, k=k: hex_id("person", k, i)) for k in range(2)]
    assert small.replace("incident", pa.concat_tables(both), {"b"}) == Change(added=6)
    assert len(small.current("incident")) == 9


def test_a_second_writer_waits_and_then_is_told_who_is_busy(small):
    """Two writers at once would each leave out the other's rows."""
    other = Writer(small.lake, small.writer.lock, wait_s=0.05)
    with small.writer.begin(small.grant(WRITE), small.journal, small.clock):
        with pytest.raises(LimitError) as busy, other.begin(small.grant(WRITE), small.journal, small.clock):
            pass
        assert code_of(busy) == "writer-busy"
    with other.begin(small.grant(WRITE), small.journal, small.clock) as transaction:
        assert transaction.seq == 2


def test_a_journal_that_cannot_write_stops_everything_before_a_row_is_written(small, monkeypatch):
    """If the entry cannot be written, nothing is opened."""

    def broken(body):
        raise OSError("no space left")

    monkeypatch.setattr(small.journal, "intent", broken)
    with pytest.raises(OSError, match="no space"):
        small.replace("incident", make_rows(INCIDENT, range(3), "a"), {"a"})
    assert not list(small.lake.folder.rglob("*.parquet"))


def test_a_done_that_was_written_stands_although_the_call_failed(small, monkeypatch):
    """The ledger says done; undoing the files then would lose an acknowledged commit."""
    real = small.journal.done

    def written_then_failed(body):
        real(body)
        raise OSError("interrupted")

    monkeypatch.setattr(small.journal, "done", written_then_failed)
    with pytest.raises(OSError, match="interrupted"):
        small.replace("incident", make_rows(INCIDENT, range(3), "a"), {"a"})
    monkeypatch.undo()
    assert len(small.current("incident")) == 3
    assert small.replace("incident", make_rows(INCIDENT, range(4), "a"), {"a"}) == Change(same=3, added=1)


def test_a_write_around_peelian_is_noticed(small):
    """Somebody with access to the folder adds rows with another engine: no commit accounts for them."""
    small.replace("incident", make_rows(INCIDENT, range(3), "a"), {"a"})
    path = str(small.lake.path("incident"))
    extra = pa.table(DeltaTable(path).to_pyarrow_table())
    write_deltalake(path, extra, mode="append")
    assert len(small.current("incident")) == 3, "readers keep to the ledger's vector"
    with pytest.raises(TamperedError) as noticed:
        small.replace("incident", make_rows(INCIDENT, range(4), "a"), {"a"})
    assert code_of(noticed) == "lake-moved"


def test_many_small_commits_do_not_make_a_reader_open_ever_more_files(small):
    """A daily feed for a year must read like one load."""
    for day in range(3 * MAX_FILES):
        small.replace("incident", make_rows(INCIDENT, range(day * 40, day * 40 + 40), f"d{day}"), {f"d{day}"})
    assert len(small.current("incident")) == 3 * MAX_FILES * 40
    files = small.lake.files(small.grant(READ), "incident", small.vector["incident"])
    assert len(files) <= small.n_buckets * MAX_FILES


def test_erasing_takes_out_every_version_of_one_subject_and_nothing_else(small):
    """Current data, superseded versions, every slice: one person's rows go, a shared record's other rows stay."""
    people = [lambda i, k=k: hex_id("person", k) for k in range(2)]
    for version in range(3):
        rows = [make_rows(INCIDENT, range(20), "a", version=version, subject=who) for who in people]
        small.replace("incident", pa.concat_tables(rows), {"a"})
    gone = small.erase("incident", subject_ids=[hex_id("person", 0)])
    assert gone == Change(erased=60)
    for seq in (1, 2, 3, 4):
        rows = small.known_at("incident", seq, "subject_id")
        assert rows == [(hex_id("person", 1),)] * 20
    assert small.erase("incident", record_ids=[hex_id(3)]) == Change(erased=3)
    assert len(small.current("incident")) == 19


def test_a_delete_rewrites_only_the_bucket_it_touches(small):
    """One person's erasure must not rewrite the whole table."""
    small.replace("incident", make_rows(INCIDENT, range(400), "a"), {"a"})
    before = set(small.lake.files(small.grant(READ), "incident", small.vector["incident"]))
    small.erase("incident", record_ids=[hex_id(7)])
    after = set(small.lake.files(small.grant(READ), "incident", small.vector["incident"]))
    assert len(before) == len(after) == small.n_buckets
    assert len(before - after) == 1
