"""Columns of text in bulk: picking, joining and patching them without a loop over rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.synth.city.streams import Bools, Ints

Texts: TypeAlias = Any  # a pyarrow.StringArray; pyarrow ships no types


def pick(table: Texts | Sequence[str], at: Ints) -> Texts:
    """Return the table's text at each position."""
    source = table if isinstance(table, pa.Array) else pa.array(list(table), pa.string())
    return source.take(pa.array(at))


def glue(between: str, *parts: Texts | str) -> Texts:
    """Join columns, or constants, into one, row by row."""
    return pc.binary_join_element_wise(*parts, between)


def glue_filled(between: str, *parts: Texts) -> Texts:
    """Join columns row by row, leaving out what is empty."""
    joined = parts[0]
    for part in parts[1:]:
        both = pc.and_(pc.not_equal(joined, ""), pc.not_equal(part, ""))
        joined = glue("", joined, pc.if_else(both, between, ""), part)
    return joined


def patched(texts: Texts, where: Bools, change: Callable[[list[str]], list[str]]) -> Texts:
    """Return the column with the rows of a mask changed by a function over lists."""
    if not where.any():
        return texts
    mask = pa.array(where)
    return pc.replace_with_mask(texts, mask, pa.array(change(texts.filter(mask).to_pylist()), texts.type))


def placed(texts: Texts, where: Bools, others: Texts) -> Texts:
    """Return the column with the rows of a mask taken from another column of the same length."""
    return pc.if_else(pa.array(where), others, texts) if where.any() else texts


def either(where: Bools, yes: Texts | str, no: Texts | str) -> Texts:
    """Return ``yes`` where the mask holds, ``no`` elsewhere."""
    return pc.if_else(pa.array(where), yes, no)


def numbers(values: Ints) -> Texts:
    """Write whole numbers."""
    return pa.array(values).cast(pa.string())


def numbered(prefix: str, values: Ints, digits: int) -> Texts:
    """Write whole numbers with leading zeros behind a prefix."""
    return glue("", prefix, pc.utf8_lpad(numbers(values), digits, "0"))


def no_texts(n: int) -> Texts:
    """Return n empty texts."""
    return pa.repeat(pa.scalar(""), n)


def gathered(pieces: Texts, group: Ints, n_groups: int, between: str) -> Texts:
    """Join texts that belong to one group, in their order; groups without any are empty.

    Parameters
    ----------
    pieces : pyarrow.StringArray
        In order of ``group``.
    group : ndarray of int
        Group of each piece, ascending.
    n_groups : int
        How many groups there are.
    """
    offsets = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=n_groups))]).astype(np.int32)
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), pieces), between)
