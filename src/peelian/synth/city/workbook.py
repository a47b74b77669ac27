"""An Excel workbook (ECMA-376), written straight from columns: text in cells, dates as Excel's own numbers."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.core.workbook import MAIN, book_parts, letter, packed
from peelian.synth.city.columns import Texts, glue, numbers

_STYLES = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<styleSheet xmlns="{MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>'
    '<fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf/><xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="164" applyNumberFormat="1"/>'
    "</cellXfs></styleSheet>"
)
_AT_ONCE = 20_000

TEXT, DAY_CELL, INSTANT_CELL, NUMBER = "text", "day", "instant", "number"


def write_workbook(path: Path, sheets: Mapping[str, tuple[pa.Table, Mapping[str, str]]]) -> None:
    """Write sheets. The same sheets give the same bytes.

    Parameters
    ----------
    sheets : mapping of str to (pyarrow.Table, mapping of str to str)
        Columns of text, and for those that are not text their kind: ``day``, ``instant`` or ``number``. A date is the
        text of Excel's number: days since 1899-12-30. An empty text is an empty cell.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    names = list(sheets)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as book:
        for part, text in book_parts(names, _STYLES).items():
            book.writestr(packed(part), text)
        for n, name in enumerate(names, start=1):
            with book.open(packed(f"xl/worksheets/sheet{n}.xml"), "w", force_zip64=True) as out:
                for piece in _sheet(*sheets[name]):
                    out.write(piece)


def excel_days(days: np.ndarray, none: int) -> Texts:
    """Write days since 1970-01-01 as Excel's numbers; nothing for ``none``."""
    return pc.if_else(pa.array(days == none), "", numbers(np.where(days == none, 0, days) + 25_569))


def excel_minutes(minutes: np.ndarray, epoch_day: int) -> Texts:
    """Write minutes since midnight of a day as Excel's numbers; nothing for what is negative."""
    at = np.where(minutes < 0, 0, minutes) / 1440 + epoch_day + 25_569
    texts = pa.array(np.round(at, 6)).cast(pa.string())
    return pc.if_else(pa.array(minutes < 0), "", texts)


def _sheet(table: pa.Table, kinds: Mapping[str, str]):
    head = "".join(_cell_text(letter(k), "1", name) for k, name in enumerate(table.column_names))
    yield (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{MAIN}"><sheetData>'
        f'<row r="1">{head}</row>'
    ).encode()
    for start in range(0, table.num_rows, _AT_ONCE):
        piece = table.slice(start, _AT_ONCE)
        row = numbers(np.arange(start + 2, start + 2 + piece.num_rows))
        cells = [
            _cells(letter(k), row, piece[name].combine_chunks(), kinds.get(name, TEXT))
            for k, name in enumerate(table.column_names)
        ]
        lines = glue("", '<row r="', row, '">', *cells, "</row>")
        yield "".join(lines.to_pylist()).encode()
    yield b"</sheetData></worksheet>"


def _cells(letter: str, row: Texts, texts: Texts, kind: str) -> Texts:
    if kind == TEXT:
        safe = pc.replace_substring(pc.replace_substring(texts, "&", "&amp;"), "<", "&lt;")
        cell = glue("", f'<c r="{letter}', row, '" t="inlineStr"><is><t>', safe, "</t></is></c>")
    else:
        style = {DAY_CELL: ' s="1"', INSTANT_CELL: ' s="2"', NUMBER: ""}[kind]
        cell = glue("", f'<c r="{letter}', row, f'"{style}><v>', texts, "</v></c>")
    return pc.if_else(pc.equal(texts, ""), "", cell)


def _cell_text(letter: str, row: str, text: str) -> str:
    return f'<c r="{letter}{row}" t="inlineStr"><is><t>{text}</t></is></c>'
