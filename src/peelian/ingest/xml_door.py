"""XML -> the declared columns: one row an element, its attributes and children the cells, ``../`` before a parent's."""

from __future__ import annotations

from collections.abc import Sequence

from peelian.ingest.contract import ColumnRule
from peelian.ingest.door import Door
from peelian.ingest.flat_rows import FlatRows
from peelian.ingest.safe_xml import Element, read_elements


def read_xml(data: bytes, rules: Sequence[ColumnRule], part: str) -> Door:
    """Read the elements at a path below the document's root, e.g. ``report/person``.

    Raises
    ------
    InvalidError
        ``xml-document-type``, ``xml-damaged``, ``header-mismatch``, ``file-empty``.
    """
    return flatten_xml(data, part).door(rules)


def element_paths(data: bytes) -> list[str]:
    """Return the paths of elements, below the root, that have attributes or children with text."""
    found: dict[str, None] = {}

    def ended(element: Element, around: list[Element]) -> None:
        if around and element.cells:
            found["/".join([*(e.name for e in around[1:]), element.name])] = None

    read_elements(data, ended)
    return sorted(found)


def flatten_xml(data: bytes, part: str) -> FlatRows:
    """Collect the rows of a document."""
    path = part.split("/")
    rows = FlatRows()
    waiting: list[tuple[int, dict[str, str]]] = []  # rows whose parent has not ended: its own cells are not all read

    def ended(element: Element, around: list[Element]) -> None:
        here = [e.name for e in around[1:]] + [element.name]
        if here == path:
            waiting.append((element.line, dict(element.cells)))
        if here == path[:-1] or (not around and len(path) == 1):
            above = {} if len(path) == 1 else {f"../{k}": v for k, v in element.cells.items()}
            rows.n_around += 1
            for line, cells in waiting:
                rows.add(line, cells | above)
            waiting.clear()

    read_elements(data, ended)
    return rows
