"""A source: its contract, and the function that shapes its rows."""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from peelian.ingest.contract import Contract, FileKind
from peelian.ingest.door import Door
from peelian.ingest.shape import Context, Shaped

WGS84 = 4326

Shape = Callable[[Door, Context], Shaped]
"""How a source's rows become records: pure, texts in, arrays out."""


@dataclass(frozen=True)
class Source:
    """A source ready to read.

    Parameters
    ----------
    contract : Contract
    shape : callable
        ``shape(door, context) -> Shaped``; pure.
    name : str
        Stands for ``{name}`` in slice ids: the source's id, or the mapping file's name.
    epsg : int
        Reference system of the coordinates in the files.
    suffixes : tuple of str
        Endings of file names that this source reads.
    mapping_hash : str
        Hash of the mapping file, ``""`` without one.
    """

    contract: Contract
    shape: Shape
    name: str
    epsg: int = WGS84
    suffixes: tuple[str, ...] = (".csv", ".csv.gz")
    mapping_hash: str = ""

    def reads(self, base_name: str) -> bool:
        """Say whether a file's ending is one this source reads."""
        return base_name.lower().endswith(self.suffixes) and not base_name.startswith(".")


def fill_slice_id(kind: FileKind, known: dict[str, str]) -> str:
    """Write a slice's id from the contract's template; ``""`` when a part of it is not known yet.

    Parameters
    ----------
    known : dict of str to str
        Some of ``force month kind name file``.
    """
    wanted = {field for _, field, _, _ in string.Formatter().parse(kind.slice) if field}
    if not all(known.get(field) for field in wanted):
        return ""
    return kind.slice.format(**{field: known[field] for field in wanted})


def file_stem(base_name: str) -> str:
    """Return a file's name without its endings."""
    return PurePosixPath(base_name).name.split(".")[0]
