"""An Excel workbook (ECMA-376), written straight from columns: text in cells, dates as Excel's own numbers."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.synth.city.columns import Texts, glue, numbers

_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/styles.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>{sheets}</Types>'
)
_SHEET_TYPE = (
    '<Override PartName="/xl/worksheets/sheet{n}.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
)
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{rows}</Relationships>'
)
_STYLES = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<styleSheet xmlns="{_MAIN}">'
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
        for part, text in _parts(names).items():
            book.writestr(_entry(part), text)
        for n, name in enumerate(names, start=1):
            with book.open(_entry(f"xl/worksheets/sheet{n}.xml"), "w", force_zip64=True) as out:
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


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _parts(names: list[str]) -> dict[str, str]:
    count = range(1, len(names) + 1)
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(count, names, strict=True)
    )
    inner = [
        f'<Relationship Id="rId{n}" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in count
    ]
    inner.append(f'<Relationship Id="rId{len(names) + 1}" Type="{_DOCUMENT}/styles" Target="styles.xml"/>')
    outer = f'<Relationship Id="rId1" Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/>'
    return {
        "[Content_Types].xml": _TYPES.format(sheets="".join(_SHEET_TYPE.format(n=n) for n in count)),
        "_rels/.rels": _RELATIONS.format(rows=outer),
        "xl/workbook.xml": f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<workbook xmlns="{_MAIN}" '
        f'xmlns:r="{_DOCUMENT}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(rows="".join(inner)),
        "xl/styles.xml": _STYLES,
    }


def _sheet(table: pa.Table, kinds: Mapping[str, str]):
    head = "".join(_cell_text(_letter(k), "1", name) for k, name in enumerate(table.column_names))
    yield (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{_MAIN}"><sheetData>'
        f'<row r="1">{head}</row>'
    ).encode()
    for start in range(0, table.num_rows, _AT_ONCE):
        piece = table.slice(start, _AT_ONCE)
        row = numbers(np.arange(start + 2, start + 2 + piece.num_rows))
        cells = [
            _cells(_letter(k), row, piece[name].combine_chunks(), kinds.get(name, TEXT))
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


def _letter(k: int) -> str:
    assert k < 26, "a sheet of this writer has at most 26 columns"
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[k]
