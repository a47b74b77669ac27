"""Excel workbooks (.xlsx) -> the declared columns of a sheet, without a spreadsheet library.

A workbook is a zip of XML files. Members are unpacked in memory within bounds and read by :mod:`safe_xml`, so that a
workbook can neither unfold into gigabytes nor name files. Formulas are never worked out: the value that was saved with
them counts. Dates are numbers that a style calls dates; they come out as ISO 8601.

References
----------
ECMA-376, Office Open XML, part 1: 18.3 (worksheets), 18.8.30 (numFmt), 18.17.4.1 (dates).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from peelian.core.errors import InvalidError, LimitError
from peelian.ingest.contract import ColumnRule
from peelian.ingest.door import Door
from peelian.ingest.flat_rows import FlatRows
from peelian.ingest.safe_xml import Element, read_elements
from peelian.ingest.safe_zip import Limits, list_packed

LIMITS = Limits(file_bytes_max=512 << 20, total_bytes_max=2 << 30, depth_max=0, files_max=10_000)
"""How far a workbook and its members may unpack."""

_LINE_MAX = 1_048_576  # rows that a sheet can have

_BUILT_IN_DATES = frozenset({*range(14, 23), *range(45, 48)})  # ECMA-376 18.8.30
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_COLUMN = re.compile(r"^([A-Z]{1,3})")
_EPOCH = datetime(1899, 12, 30)  # day 0 of the 1900 system, its leap-year slip of 1900 allowed for
_EPOCH_1904 = datetime(1904, 1, 1)


def read_workbook(data: bytes, rules: Sequence[ColumnRule], sheet: str) -> Door:
    """Read one sheet; its first row that holds anything is the header.

    Raises
    ------
    InvalidError
        ``workbook-damaged``, ``sheet-missing``, ``header-mismatch``, ``file-empty``.
    LimitError
        ``workbook-too-large``.
    """
    return _rows(_Workbook(data), sheet).door(rules)


def sheet_names(data: bytes) -> list[str]:
    """Return the names of a workbook's sheets."""
    return list(_Workbook(data).sheets)


def sheet_columns(data: bytes, sheet: str) -> list[str]:
    """Return the header of a sheet."""
    return list(_rows(_Workbook(data), sheet).names)


@dataclass(frozen=True)
class _Styles:
    dates: frozenset[int]  # numbers of cell styles that show days or times


class _Workbook:
    """The parts of a workbook that say what its cells mean."""

    def __init__(self, data: bytes) -> None:
        try:
            self._members = {inlet.name: inlet for inlet in list_packed(data, LIMITS).files}
        except (InvalidError, LimitError) as error:
            raise _damaged() from error
        self.epoch = _EPOCH
        self.sheets = self._sheets()
        self.strings = self._strings()
        self.styles = self._styles()

    def member(self, name: str) -> bytes:
        """Unpack a member within bounds."""
        try:
            return self._members[name].read()
        except (KeyError, InvalidError) as error:
            raise _damaged() from error
        except LimitError as error:
            raise InvalidError(
                "workbook-too-large",
                "A part of the workbook unpacks further than any honest one.",
                why="Such files are made to exhaust the machine that reads them.",
                do="Export it as CSV or Parquet.",
            ) from error

    def _sheets(self) -> dict[str, str]:
        """Return the member that holds each sheet."""
        named: dict[str, str] = {}
        places: dict[str, str] = {}

        def sheet(element: Element, around: list[Element]) -> None:
            if element.name == "sheet":
                named[element.attributes.get("name", "")] = element.attributes.get("id", "")
            if element.name == "workbookPr" and element.attributes.get("date1904") in ("1", "true"):
                self.epoch = _EPOCH_1904

        def relation(element: Element, around: list[Element]) -> None:
            if element.name == "Relationship":
                target = element.attributes.get("Target", "")
                places[element.attributes.get("Id", "")] = target.lstrip("/") if target[:1] == "/" else f"xl/{target}"

        read_elements(self.member("xl/workbook.xml"), sheet)
        read_elements(self.member("xl/_rels/workbook.xml.rels"), relation)
        return {name: places[key] for name, key in named.items() if key in places}

    def _strings(self) -> list[str]:
        """Return the texts that cells share, by number."""
        if "xl/sharedStrings.xml" not in self._members:
            return []
        texts: list[str] = []
        pieces: list[str] = []

        def text(element: Element, around: list[Element]) -> None:
            if element.name == "t" and not any(e.name == "rPh" for e in around):  # rPh: how it is pronounced
                pieces.append("".join(element.pieces))
            if element.name == "si":
                texts.append("".join(pieces))
                pieces.clear()

        read_elements(self.member("xl/sharedStrings.xml"), text)
        return texts

    def _styles(self) -> _Styles:
        """Find which cell styles show days or times."""
        if "xl/styles.xml" not in self._members:
            return _Styles(frozenset())
        own: dict[int, str] = {}
        formats: list[int] = []

        def style(element: Element, around: list[Element]) -> None:
            if element.name == "numFmt":
                own[_whole(element.attributes.get("numFmtId", "0"))] = element.attributes.get("formatCode", "")
            if element.name == "xf" and around and around[-1].name == "cellXfs":
                formats.append(_whole(element.attributes.get("numFmtId", "0")))

        read_elements(self.member("xl/styles.xml"), style)
        dates = {n for n, code in own.items() if re.search(r"[ymdhs]", _LITERAL.sub("", code), re.IGNORECASE)}
        return _Styles(frozenset(i for i, n in enumerate(formats) if n in dates | _BUILT_IN_DATES))


def _rows(book: _Workbook, sheet: str) -> FlatRows:
    if sheet not in book.sheets:
        raise InvalidError(
            "sheet-missing",
            f'The workbook has no sheet "{sheet}".',
            why="Its rows would look as if they had been withdrawn.",
            do="Export it with all its sheets, or name the sheet in the contract (part).",
            facts={"sheet": sheet},
        )
    rows, header, cells = FlatRows(), dict[int, str](), dict[int, str]()

    def ended(element: Element, around: list[Element]) -> None:
        if element.name == "t" and len(around) > 1 and around[-1].name == "is":
            around[-2].texts["t"] = around[-2].texts.get("t", "") + "".join(element.pieces)
        elif element.name == "c":
            place, value = _place(element.attributes.get("r", ""), cells), _value(book, element)
            if value:
                cells[place] = value
        elif element.name == "row":
            if header and cells:
                rows.add(_line(element, rows), _named(header, cells))
            elif cells:
                header.update(cells)
                rows.names |= dict.fromkeys(header.values())
            cells.clear()

    read_elements(book.member(book.sheets[sheet]), ended)
    return rows


def _line(row: Element, rows: FlatRows) -> int:
    line = _whole(row.attributes.get("r", str(len(rows.rows) + 2)))
    if line > _LINE_MAX or len(rows.rows) >= _LINE_MAX:
        raise _damaged()
    return line


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise _damaged()
    return int(text)


def _named(header: dict[int, str], cells: dict[int, str]) -> dict[str, object]:
    return {header.get(place, f"column {place + 1}"): value for place, value in cells.items()}


def _place(reference: str, cells: dict[int, str]) -> int:
    """Return a cell's column from its reference, e.g. 27 from ``AB12``; without one it follows the last."""
    found = _COLUMN.match(reference)
    if not found:
        return max(cells, default=-1) + 1
    place = 0
    for letter in found[1]:
        place = 26 * place + ord(letter) - ord("A") + 1
    return place - 1


def _value(book: _Workbook, cell: Element) -> str:
    """Return a cell's value as text."""
    kind, raw = cell.attributes.get("t", "n"), cell.texts.get("v", "")
    try:
        if kind == "s":
            return book.strings[int(raw)].strip()
        if kind == "inlineStr":
            return cell.texts.get("t", "").strip()
        if kind == "b":
            return "true" if raw == "1" else "false"
        if kind != "n" or not raw:
            return "" if kind == "e" else raw.strip()
        return _number(book, int(cell.attributes.get("s", "0")), float(raw))
    except (ValueError, IndexError, OverflowError) as error:
        raise _damaged() from error


def _number(book: _Workbook, style: int, value: float) -> str:
    if style in book.styles.dates:
        at = book.epoch + timedelta(seconds=round(value * 86_400))
        return at.date().isoformat() if value == int(value) else at.isoformat()
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _damaged() -> InvalidError:
    return InvalidError(
        "workbook-damaged",
        "The file is no whole Excel workbook (.xlsx).",
        why="What is missing from it would look as if it had been withdrawn.",
        do="Save it again as .xlsx; the older .xls, and workbooks with a password, are not read.",
    )
