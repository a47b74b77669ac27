"""The lake reads exactly what was declared, from exactly the files of one version."""

from __future__ import annotations

import json
from dataclasses import replace

import deltalake
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from peelian.core.errors import InvalidError, MissingError, TamperedError
from peelian.model.record import INCIDENT, STOP_EQUALITY, STOP_PERSON, TABLES, Column, TableSpec
from peelian.store import lake
from peelian.store.grant import READ
from peelian.store.lake import Lake, arrow_schema
from tests.support.store import Small, hex_id, make_rows

NOTE = TableSpec("note", (Column("word", "text"), Column("n", "int")))


@pytest.fixture
def small(tmp_path, clock):
    """Give a small lake."""
    return Small(tmp_path, clock)


def test_a_table_nothing_was_committed_to_reads_as_empty_with_its_declared_columns(small):
    """A first query before the first load is not an error, and its columns are known."""
    scan = small.lake.scan_sql(small.grant(READ), "incident", None)
    with duckdb.connect(config={"threads": 1}) as con:
        table = con.sql(scan).to_arrow_table()
    assert table.num_rows == 0
    assert table.schema.names == arrow_schema(INCIDENT).names
    assert table.schema.types == arrow_schema(INCIDENT).types


def test_an_undeclared_table_does_not_exist(small):
    """Undeclared data does not exist in Peelian."""
    with pytest.raises(MissingError) as missing:
        small.lake.spec("salaries")
    assert missing.value.code == "table-undeclared"


def test_a_reader_of_an_old_version_sees_that_version_and_no_newer_file(small):
    """Readers open the vector of the last done, never latest."""
    small.replace("incident", make_rows(INCIDENT, range(10), "a"), {"a"})
    version = small.vector["incident"]
    small.replace("incident", make_rows(INCIDENT, range(10, 30), "b"), {"b"})
    n = "SELECT count(*) FROM ({})"
    assert small.query(n.format(small.lake.scan_sql(small.grant(READ), "incident", version))) == [(10,)]
    assert len(small.current("incident")) == 30


@pytest.mark.parametrize("large_rows", [0, 10**9])
def test_records_are_found_by_id_in_their_buckets_as_in_the_whole_table(small, monkeypatch, large_rows):
    """Looking in fewer files must never lose a record, nor find one of an older version."""
    monkeypatch.setattr(lake, "LARGE_ROWS", large_rows)
    rows = make_rows(INCIDENT, range(40), "a")
    small.replace("incident", rows, {"a"})
    version, ids = small.vector["incident"], rows["record_id"].to_pylist()
    small.replace("incident", make_rows(INCIDENT, range(40, 50), "b"), {"b"})

    def found(wanted, at):
        parts = small.lake.id_scans(small.grant(READ), "incident", at, wanted)
        listed = [(scan, ", ".join(f"'{i}'" for i in own) or "NULL") for scan, own in parts]
        return {r for scan, own in listed
                for (r,) in small.query(f"SELECT record_id FROM ({scan}) WHERE record_id IN ({own})")}  # fmt: skip

    assert found(ids[5:25], version) == set(ids[5:25])
    later = make_rows(INCIDENT, range(40, 50), "b")["record_id"].to_pylist()
    assert found([ids[3], later[0], hex_id("nobody")], version) == {ids[3]}
    assert found([ids[3], later[0]], small.vector["incident"]) == {ids[3], later[0]}
    assert found([], version) == found(ids[:3], None) == set()


def test_old_rows_do_not_vanish_when_a_column_is_added(tmp_path, clock):
    """Without the declared schema an evolved column, or the rows without it, silently disappears."""
    before = Small(tmp_path, clock, tables={"note": NOTE})
    before.replace("note", make_rows(NOTE, range(50), "a"), {"a"})
    wider = replace(NOTE, columns=(*NOTE.columns, Column("shade", "text")))
    after = Small(tmp_path, clock, tables={"note": wider})
    assert after.current("note", "n, shade")[:2] == [(0, None), (1, None)]
    after.replace("note", make_rows(wider, range(50, 60), "b"), {"b"})
    rows = after.current("note", "n, word, shade")
    assert len(rows) == 60
    assert rows[0] == (0, "0", None)
    assert rows[55] == (55, "55", "55")
    # rewriting an old file under the new schema, and moving old rows to history, keeps them whole
    after.replace("note", make_rows(wider, range(1, 50), "a", values={"shade": lambda i: None}), {"a"})
    assert after.known_at("note", 1, "n, word, shade") == [(i, str(i), None) for i in range(50)]


def test_a_column_nobody_declares_any_more_is_not_shown(tmp_path, clock):
    """A column taken out of the contract must not be reachable by its old name."""
    before = Small(tmp_path, clock, tables={"note": NOTE})
    before.replace("note", make_rows(NOTE, range(5), "a"), {"a"})
    narrower = replace(NOTE, columns=NOTE.columns[:1])
    after = Small(tmp_path, clock, tables={"note": narrower})
    scan = after.lake.scan_sql(after.grant(READ), "note", after.vector["note"])
    with pytest.raises(duckdb.BinderException):
        after.query(f"SELECT n FROM ({scan})")
    assert len(after.current("note")) == 5


def test_a_column_whose_type_changed_is_refused(tmp_path, clock):
    """Reading recorded rows under another type would change what was recorded."""
    Small(tmp_path, clock, tables={"note": NOTE}).replace("note", make_rows(NOTE, [1], "a"), {"a"})
    changed = TableSpec("note", (Column("word", "text"), Column("n", "float")))
    with pytest.raises(InvalidError) as refused:
        Small(tmp_path, clock, tables={"note": changed}).replace("note", make_rows(changed, [1], "a"), {"a"})
    assert refused.value.code == "column-type-changed"


@pytest.mark.parametrize("mode", ["deletion-vectors", "column-mapping"])
def test_a_table_with_features_that_would_be_misread_is_refused(small, mode):
    """With deletion vectors deleted rows come back; with column mapping columns are mixed up."""
    small.replace("incident", make_rows(INCIDENT, [1], "a"), {"a"})
    log = small.lake.path("incident") / "_delta_log"
    version = small.vector["incident"] + 1
    protocol = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": [], "writerFeatures": []}
    if mode == "deletion-vectors":
        protocol["readerFeatures"] = protocol["writerFeatures"] = ["deletionVectors"]
        actions = [{"protocol": protocol}]
    else:
        meta = next(json.loads(x) for x in (log / f"{0:020}.json").read_text().splitlines() if "metaData" in x)
        meta["metaData"]["configuration"]["delta.columnMapping.mode"] = "name"
        actions = [{"protocol": {"minReaderVersion": 2, "minWriterVersion": 5}}, meta]
    (log / f"{version:020}.json").write_text("\n".join(map(json.dumps, actions)))
    with pytest.raises((InvalidError, TamperedError)) as refused:
        small.lake.files(small.grant(READ), "incident", version)
    assert refused.value.code in ("table-feature-unknown", "lake-damaged")


def test_a_version_that_is_not_there_is_reported_as_damage(small):
    """The ledger says it was committed; silence here would be an answer from nothing."""
    small.replace("incident", make_rows(INCIDENT, [1], "a"), {"a"})
    with pytest.raises(TamperedError) as damaged:
        small.lake.files(small.grant(READ), "incident", 99)
    assert damaged.value.code == "lake-damaged"


def test_deltas_log_holds_no_value_of_any_domain_column(small):
    """Per-file statistics in Delta's log outlive an erasure [measured]; ours are of surrogates alone."""
    for spec in (INCIDENT, STOP_PERSON, STOP_EQUALITY):
        planted = {c.name: (lambda i: "PLANTED-VALUE") for c in spec.columns if c.kind == "text"}
        planted |= {c.name: (lambda i: 918273645) for c in spec.columns if c.kind in ("int", "instant")}
        planted |= {c.name: (lambda i: 918273645.25) for c in spec.columns if c.kind == "float"}
        small.replace(spec.name, make_rows(spec, range(20), "a", values=planted), {"a"})
        DeltaTable(str(small.lake.path(spec.name))).create_checkpoint()
        for path in (small.lake.path(spec.name) / "_delta_log").iterdir():
            text = str(pq.read_table(path).to_pylist()) if path.suffix == ".parquet" else path.read_text()
            assert "PLANTED" not in text
            assert "918273645" not in text


def test_foreign_writers_are_told_to_keep_statistics_of_surrogates_only(small):
    """Another engine that writes to the table obeys the table's own property."""
    small.replace("incident", make_rows(INCIDENT, [1], "a"), {"a"})
    config = DeltaTable(str(small.lake.path("incident"))).metadata().configuration
    assert config["delta.dataSkippingStatsColumns"] == "label_id,seq_from"


def test_other_engines_read_the_lake_as_delta(small):
    """No lock-in: the current rows are those of the open format, bucket included."""
    small.replace("incident", make_rows(INCIDENT, range(100), "a"), {"a"})
    rows = pa.table(
        deltalake.QueryBuilder()
        .register("t", DeltaTable(str(small.lake.path("incident"))))
        .execute("SELECT record_id, bucket FROM t ORDER BY record_id")
        .read_all()
    )
    assert rows["record_id"].to_pylist() == sorted(hex_id(i) for i in range(100))
    assert all(int(r[-4:], 16) % 4 == b for r, b in zip(*rows.to_pydict().values(), strict=True))


def test_files_are_clustered_by_label_and_readable_by_their_owner_alone(small):
    """A viewer who may see one label skips the rest; another user of the computer reads nothing."""
    rows = [make_rows(INCIDENT, range(k, 400, 4), "s", label_id=label) for k, label in enumerate((9, 3, 7, 5))]
    small.replace("incident", pa.concat_tables(rows), {"s"})
    files = small.lake.files(small.grant(READ), "incident", small.vector["incident"])
    assert len(files) == 4
    for file in files:
        labels = pq.read_table(file, columns=["label_id"], partitioning=None)["label_id"].to_pylist()
        assert labels == sorted(labels)
        assert not (small.lake.path("incident") / file).stat().st_mode & 0o077


def test_a_lake_is_cut_into_a_power_of_two(tmp_path):
    """Buckets are read from an id's digits."""
    with pytest.raises(AssertionError):
        Lake(tmp_path, n_buckets=10)
    assert set(TABLES) == set(Lake(tmp_path).tables)
