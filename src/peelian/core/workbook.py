"""An Excel workbook (ECMA-376), written as text cells: nothing in it can run, be linked, or be worked out.

Every cell is an inline string with Excel's own mark for "this is text" (``quotePrefix``): a text that begins like a
formula opens as that text, stays one when somebody edits it, and is changed by nothing. The same sheets give the same
bytes.

References
----------
ECMA-376, Office Open XML, part 1: 18.3.1.53 (is), 18.8.45 (xf, quotePrefix). XML 1.0, 2.2 (characters).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

ROWS_MAX = 1_048_576
CELL_MAX = 32_767
"""What a sheet and a cell of Excel can hold."""

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PROLOGUE = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPES = (
    _PROLOGUE + '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
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
_RELATIONS = (
    _PROLOGUE + '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    "{rows}</Relationships>"
)
_STYLES = (
    f'{_PROLOGUE}<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf/><xf numFmtId="49" quotePrefix="1" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Sheet:
    """One sheet: a heading row and rows of cells; None is an empty cell."""

    name: str
    head: tuple[str, ...]
    rows: Sequence[Sequence[object]]


def xml_text(text: str) -> str:
    """Leave out what no XML file can hold, such as control characters."""
    return _NOT_IN_XML.sub("", text)


def write_book(sheets: Sequence[Sheet]) -> bytes:
    """Write a workbook of text cells; a text longer than a cell can hold is cut, and ends in three dots."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for part, text in book_parts([sheet.name for sheet in sheets], _STYLES).items():
            book.writestr(packed(part), text)
        for n, sheet in enumerate(sheets, start=1):
            assert len(sheet.rows) < ROWS_MAX, "whoever hands a table over bounds it"
            book.writestr(packed(f"xl/worksheets/sheet{n}.xml"), "".join(_sheet(sheet)))
    return out.getvalue()


def packed(name: str) -> zipfile.ZipInfo:
    """Return a member's entry, always with the same day: what is written depends on what is in it alone."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def book_parts(names: Sequence[str], styles: str) -> dict[str, str]:
    """Return every part of a workbook but its sheets, by the name of the member."""
    count = range(1, len(names) + 1)
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(count, names, strict=True)
    )
    inner = [
        f'<Relationship Id="rId{n}" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in count
    ]
    inner.append(f'<Relationship Id="rId{len(names) + 1}" Type="{_DOCUMENT}/styles" Target="styles.xml"/>')
    outer = f'<Relationship Id="rId1" Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/>'
    return {
        "[Content_Types].xml": _TYPES.format(sheets="".join(_SHEET_TYPE.format(n=n) for n in count)),
        "_rels/.rels": _RELATIONS.format(rows=outer),
        "xl/workbook.xml": f'{_PROLOGUE}<workbook xmlns="{MAIN}" xmlns:r="{_DOCUMENT}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(rows="".join(inner)),
        "xl/styles.xml": styles,
    }


def letter(place: int) -> str:
    """Return the letters of a column, counted from 0: A, B, ... Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _sheet(sheet: Sheet) -> Iterator[str]:
    yield f'{_PROLOGUE}<worksheet xmlns="{MAIN}"><sheetData>'
    for n, cells in enumerate((sheet.head, *sheet.rows), start=1):
        yield f'<row r="{n}">{"".join(_cells(n, cells))}</row>'
    yield "</sheetData></worksheet>"


def _cells(row: int, cells: Iterable[object]) -> Iterator[str]:
    for place, value in enumerate(cells):
        text = xml_text("" if value is None else str(value))
        if len(text) > CELL_MAX:
            text = text[: CELL_MAX - 3] + "..."
        if text:
            said = escape(text)
            yield (f'<c r="{letter(place)}{row}" s="1" t="inlineStr"><is><t xml:space="preserve">{said}</t></is></c>')
