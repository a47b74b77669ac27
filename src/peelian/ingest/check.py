"""Check a source: does it keep the promises that every source makes? In the way of scikit-learn's checkers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from peelian.core.errors import PeelianError
from peelian.ingest.run import Reading
from peelian.ingest.safe_zip import list_files, list_memory
from peelian.ingest.scanner import is_free_text
from peelian.ingest.shape import Options
from peelian.ingest.slice import Slice
from peelian.ingest.source import Source

_OPTIONS = Options(pepper=b"check", read_at=0, force="check-force", threads=1)
_UNDECLARED = "Religion"
_VALUE = "peelian-undeclared-value"
CONFIDENTIAL = ("privileged-material", "journalistic-material")
"""Markings that free text is given by its words: legal privilege and journalistic material are not for everybody."""


def check_source(source: Source, sample: Path) -> list[str]:
    """Return what is wrong with a source, in sentences; an empty list when it keeps its promises.

    Parameters
    ----------
    source : Source
        A contract and a reader, from :func:`peelian.ingest.catalogue.open_source` or of your own.
    sample : Path
        Folder of made-up files for it, one or more of each declared kind. Files that are not lines of text (workbooks,
        databases, Parquet, XML) are read and not rewritten, so less is checked of them.
    """
    files = {f.name: f.read() for f in list_files(sample).files if source.reads(f.base_name)} if sample.is_dir() else {}
    if not files:
        return ["the folder `sample` holds no file that can be read: put a small made-up one of each kind there."]
    problems: list[str] = [*_free_text_is_marked(source)]
    for check in (_sample_is_read, _order_does_not_matter, _undeclared_is_dropped, _names_are_matched, _ids_are_unique):
        try:
            problems += check(source, files)
        except PeelianError as error:
            problems.append(f"{check.__name__.strip('_')}: {error}")
    return problems


def _free_text_is_marked(source: Source) -> Iterator[str]:
    """Say where words of solicitors and journalists would come in under no marking (markings of the charter)."""
    for kind in source.contract.files:
        for table in {t.partition(".")[0] for rule in kind.kept for t in rule.targets if is_free_text(t)}:
            said = {m for s in kind.label if s.of == "markings" and table in (s.tables or kind.tables) for m in s.words}
            yield from (
                f"{kind.name} keeps free text in {table}, and no word of it is marked as {marking}."
                for marking in CONFIDENTIAL
                if marking not in said
            )


def _sample_is_read(source: Source, files: Mapping[str, bytes]) -> Iterator[str]:
    slices = _read(source, files)
    for part in slices:
        if part.refused:
            yield f"sample file {part.file_name} is refused: {part.refused}."
    filled = {name for part in slices for name, table in part.tables.items() if table.num_rows}
    for kind in source.contract.files:
        yield from (f"no row of the sample reaches table {t}." for t in kind.tables if t not in filled)


def _order_does_not_matter(source: Source, files: Mapping[str, bytes]) -> Iterator[str]:
    shuffled = _rewrite(files, lambda lines, _: [lines[0], *random.Random(7).sample(lines[1:], len(lines) - 1)])
    if _rows(_read(source, files)) != _rows(_read(source, shuffled)):
        yield "another order of rows gives other records."


def _undeclared_is_dropped(source: Source, files: Mapping[str, bytes]) -> Iterator[str]:
    added = _rewrite(
        files, lambda lines, mark: [f"{lines[0]}{mark}{_UNDECLARED}", *(f"{line}{mark}{_VALUE}" for line in lines[1:])]
    )
    slices = _read(source, added)
    if _rows(slices) != _rows(_read(source, files)):
        yield "an undeclared column changes the records."
    changed = [part for part in slices if part.counts.read and _is_csv(part.file_name)]
    if not all(part.counts.dropped_columns.get(_UNDECLARED) for part in changed):
        yield "an undeclared column is not counted."
    tables = [table for part in slices for table in (*part.tables.values(), part.quarantine)]
    if any(_VALUE in str(column) for table in tables for column in table.to_pydict().values()):
        yield "a value of an undeclared column passes the door."


def _names_are_matched(source: Source, files: Mapping[str, bytes]) -> Iterator[str]:
    shouted = _rewrite(files, lambda lines, _: [lines[0].upper().replace(" ", "_"), *lines[1:]])
    if _rows(_read(source, shouted)) != _rows(_read(source, files)):
        yield "a header in capitals and underscores gives other records."


def _ids_are_unique(source: Source, files: Mapping[str, bytes]) -> Iterator[str]:
    for part in _read(source, files):
        for name, table in part.tables.items():
            if len(set(table["record_id"].to_pylist())) != table.num_rows:
                yield f"two rows of {name} in {part.slice_id} have one id."


def _read(source: Source, files: Mapping[str, bytes]) -> list[Slice]:
    return list(Reading(source, list_memory(files), _OPTIONS))


def _rows(slices: list[Slice]) -> set[tuple[str, str, str]]:
    return {
        (name, *pair)
        for part in slices
        for name, table in part.tables.items()
        for pair in zip(table["record_id"].to_pylist(), table["row_hash"].to_pylist(), strict=True)
    }


def _rewrite(files: Mapping[str, bytes], change: Callable[[list[str], str], list[str]]) -> dict[str, bytes]:
    """Change CSV files line by line, told what parts their cells; files of other formats stay as they are."""
    return {
        name: "\n".join([*change(_lines(data), _mark(data)), ""]).encode() if _is_csv(name) else data
        for name, data in files.items()
    }


def _is_csv(name: str) -> bool:
    return name.lower().endswith(".csv")


def _lines(data: bytes) -> list[str]:
    return data.decode().splitlines()


def _mark(data: bytes) -> str:
    """Tell what parts the cells of a sample: whichever of the usual marks its header has most of."""
    header = _lines(data)[0]
    return max(",;\t|", key=header.count)
