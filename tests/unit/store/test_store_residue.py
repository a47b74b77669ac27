"""The residue search finds a value wherever a file may keep it; a search that misses a place proves nothing."""

from __future__ import annotations

import gzip
import sqlite3
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from peelian.core.errors import InvalidError
from peelian.store.residue import find_residue

VALUE = "Zyxwv Qqqplanted"


def parquet(path, **options):
    """Write a Parquet file whose text column has the value among others, so that it is compressed."""
    words = [VALUE if i == 500 else f"word {i % 7}" for i in range(1000)]
    pq.write_table(pa.table({"n": range(1000), "word": words}), path, compression="zstd", **options)


def unreferenced(path):
    """Write a Parquet file whose dictionary page holds the value, with no row that refers to it."""
    coded = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0]), pa.array(["a", "b", VALUE]))
    pq.write_table(pa.table({"word": coded}), path, compression="zstd")


def nested(path):
    """Write a Parquet file in which the value lies in a list in a struct, as in a Delta checkpoint."""
    pq.write_table(pa.table({"add": [{"path": "p", "tags": [{"k": VALUE}]}]}), path, compression="zstd")


def number(path):
    """Write a Parquet file with a number."""
    pq.write_table(pa.table({"x": [1.5, 918273.25]}), path, compression="zstd", use_dictionary=False)


def sqlite(path, *, delete=False):
    """Write an SQLite file; deleted rows stay in free pages unless secure_delete is on."""
    con = sqlite3.connect(path)
    con.execute("PRAGMA secure_delete=OFF")
    con.execute("CREATE TABLE t (word TEXT)")
    con.executemany("INSERT INTO t VALUES (?)", [(VALUE,), ("other",)])
    con.commit()
    if delete:
        con.execute("DELETE FROM t WHERE word <> 'other'")
        con.commit()
    con.close()


def zipped(path):
    """Write a zip file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.csv", f"a,b\n1,{VALUE}\n" * 3)


def arrow(path):
    """Write a compressed Arrow file."""
    table = pa.table({"word": [VALUE] * 50})
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_file(path, table.schema, options=options) as out:
        out.write_table(table)


PLACES = {
    "text": lambda p: p.write_text(f"... {VALUE} ..."),
    "utf-16": lambda p: p.write_bytes(VALUE.encode("utf-16-le")),
    "across a chunk": lambda p: p.write_bytes(b"." * ((16 << 20) - 5) + VALUE.encode()),
    "gzip": lambda p: p.write_bytes(gzip.compress(f"... {VALUE} ...".encode() * 9)),
    "zip": zipped,
    "parquet": parquet,
    "parquet without dictionary": lambda p: parquet(p, use_dictionary=False),
    "parquet dictionary nobody refers to": unreferenced,
    "parquet nested": nested,
    "sqlite": sqlite,
    "sqlite free page": lambda p: sqlite(p, delete=True),
    "arrow": arrow,
}


@pytest.mark.parametrize("place", PLACES)
def test_a_value_is_found_wherever_a_file_may_keep_it(tmp_path, place):
    """Each of these is a way in which "deleted" data stays on a disk."""
    folder = tmp_path / "deployment"
    (folder / "deep").mkdir(parents=True)
    (folder / "harmless.txt").write_text("nothing here")
    assert find_residue(folder, [VALUE]) == []
    PLACES[place](folder / "deep" / "file")
    found = find_residue(folder, ["nowhere at all", VALUE])
    assert {t.path for t in found} == {"deep/file"}
    assert {t.needle for t in found} == {1}


def test_a_number_is_found_as_it_prints(tmp_path):
    """A coordinate tells where somebody lives as well as an address does."""
    number(tmp_path / "x.parquet")
    assert [t.where for t in find_residue(tmp_path, ["918273.25"])] == ["column x"]


def test_the_search_names_places_and_never_the_value(tmp_path):
    """A report of residue that quoted it would be residue."""
    parquet(tmp_path / "x.parquet")
    assert VALUE not in repr(find_residue(tmp_path, [VALUE]))


@pytest.mark.parametrize("values", [[], ["abc"], ["long enough", ""]])
def test_a_value_too_short_to_mean_anything_is_refused(tmp_path, values):
    """Three letters occur everywhere; finding them says nothing, and an empty search finds nothing everywhere."""
    with pytest.raises(InvalidError) as refused:
        find_residue(tmp_path, values)
    assert refused.value.code == "needle-too-short"
