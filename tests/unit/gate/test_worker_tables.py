"""Tables lose everything but their cells before a method gets them."""

import decimal
import random

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from peelian.core.errors import InvalidError
from peelian.gate.sandbox.tables import detach_table

SECRET = b"Jane Doe"
FLAT = [
    pa.bool_(), pa.int8(), pa.uint16(), pa.int32(), pa.int64(), pa.float16(), pa.float32(), pa.float64(),
    pa.date32(), pa.date64(), pa.time32("s"), pa.time64("us"), pa.timestamp("us", "UTC"), pa.duration("us"),
    pa.decimal128(10, 2), pa.decimal256(40, 2), pa.string(), pa.large_string(), pa.binary(), pa.binary(4), pa.null(),
]  # fmt: skip


def sent(table: pa.Table) -> bytes:
    """Return the bytes that go over the pipe."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def test_dictionary_of_filtered_rows_stays_behind():
    """A filter keeps the whole dictionary: each value of each hidden row would travel with it."""
    view = pa.table({"name": pa.array(["kept", "Jane Doe"]).dictionary_encode()}).slice(0, 1)
    assert SECRET in sent(view)
    assert SECRET not in sent(detach_table(view))
    assert detach_table(view).column("name").to_pylist() == ["kept"]


def test_value_under_a_null_stays_behind():
    """Setting a cell to null may only clear a bit and leave the value where it was."""
    full = pa.array(["kept", "Jane Doe", "kept"])
    hidden = pa.Array.from_buffers(full.type, 3, [pa.py_buffer(b"\x05"), *full.buffers()[1:]])
    view = pa.table({"name": hidden})
    assert view.column(0).to_pylist() == ["kept", None, "kept"]
    assert SECRET in sent(view)
    assert SECRET not in sent(detach_table(view))
    assert detach_table(view).equals(view)


def test_neighbours_of_a_slice_stay_behind():
    """Arrow pads what it sends to eight bytes, and pads a slice with its neighbours."""
    view = pa.table({"c": pa.array(list(b"xJane Doe"), pa.uint8())}).slice(0, 1)
    assert SECRET[:7] in sent(view)
    assert SECRET[:7] not in sent(detach_table(view))


def test_neighbours_within_a_byte_stay_behind():
    """Eight yes-or-no cells share a byte, and so do eight cells' nulls."""
    flags = pa.table({"b": pa.array([True] * 8)}).slice(0, 1)
    nulls = pa.table({"n": pa.array([None, *[1] * 7])}).slice(0, 1)
    assert detach_table(flags).column("b").chunk(0).buffers()[1].to_pybytes()[0] == 1
    assert detach_table(nulls).column("n").chunk(0).buffers()[0].to_pybytes()[0] == 0


def test_text_view_of_hidden_rows_stays_behind():
    """A text view keeps the buffers of all rows it was ever cut from."""
    view = pa.table({"n": pa.array(["kept", "Jane Doe of High Street"], pa.string_view())}).slice(0, 1)
    assert SECRET in sent(view)
    assert SECRET not in sent(detach_table(view))


def test_notes_on_schema_and_fields_stay_behind():
    """Engines write file names, index values and statistics there."""
    view = pa.table([[1]], schema=pa.schema([pa.field("x", pa.int64(), metadata={"n": "Jane Doe"})], {"m": "Jane Doe"}))
    assert SECRET in sent(view)
    assert SECRET not in sent(detach_table(view))


@pytest.mark.parametrize("kind", FLAT, ids=str)
def test_cells_are_unchanged_for_each_type(kind):
    """Taking away what is hidden must never change what is shown."""
    rng = random.Random(7)
    cells = [rng.choice([None, *samples(kind)]) for _ in range(200)]
    table = pa.table({"c": pa.chunked_array([pa.array(cells, kind), pa.array(cells[::-1], kind)])})
    for view in (table, table.slice(3, 150), table.filter(pa.array(rng.choices([True, False], k=400)))):
        out = detach_table(view)
        out.validate(full=True)
        assert out.equals(view)


def samples(kind: pa.DataType) -> list:
    """Return a few cells of a type."""
    if pa.types.is_boolean(kind):
        return [True, False]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return ["", "a", "Überlingen"]
    if pa.types.is_fixed_size_binary(kind):
        return [b"abcd", b"\0\0\0\0"]
    if pa.types.is_binary(kind):
        return [b"", b"a\0b"]
    if pa.types.is_decimal(kind):
        return [decimal.Decimal("1.25"), decimal.Decimal("-7.00")]
    if pa.types.is_null(kind):
        return [None]
    if pa.types.is_float16(kind):
        return [np.float16(0.5), np.float16(-3)]
    if pa.types.is_floating(kind):
        return [0.1, -0.0, 1e9]
    width = pa.int32() if kind.bit_width == 32 and pa.types.is_temporal(kind) else pa.int64()
    scale = 86_400_000 if pa.types.is_date64(kind) else 1
    return [pa.scalar(n * scale, width).cast(kind).as_py() for n in (0, 1, 77)]


def test_encoded_columns_become_plain():
    """Run lengths and codes are a matter of storage; the method sees the values."""
    runs = pc.run_end_encode(pa.array([5, 5, None, 9]))
    table = detach_table(pa.table({"r": runs, "d": pa.array(["a", "b", None, "a"]).dictionary_encode()}))
    assert table.to_pydict() == {"r": [5, 5, None, 9], "d": ["a", "b", None, "a"]}
    assert table.schema.types == [pa.int64(), pa.string()]


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.int64()), pa.struct([("a", pa.int64())]), pa.map_(pa.string(), pa.string())]
)
def test_nested_columns_are_refused(kind):
    """What cannot be shown to be clean is not sent."""
    with pytest.raises(InvalidError) as caught:
        detach_table(pa.table({"c": pa.nulls(1, kind)}))
    assert caught.value.code == "worker-column-type"


def test_table_that_is_alone_is_not_copied():
    """Views come straight from the engine; copying a hundred megabytes for nothing would be felt."""
    table = pa.table({"x": np.arange(1000), "s": [str(i) for i in range(1000)]})
    out = detach_table(table)
    assert out.column("x").chunk(0).buffers()[1].address == table.column("x").chunk(0).buffers()[1].address
    assert out.column("s").chunk(0).buffers()[2].address == table.column("s").chunk(0).buffers()[2].address
