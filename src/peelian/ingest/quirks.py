"""Oddities that real files have, by name, and why rows are turned away. See ``docs/reference/sources/quirks.md``."""

from __future__ import annotations

from collections.abc import Mapping

QUIRKS: Mapping[str, str] = {
    "byte-order-mark": "The file begins with a byte-order mark, which was left out.",
    "utf-16": "The file is UTF-16 and was read as such.",
    "windows-1252": "Lines that are not UTF-8 were read as Windows-1252.",
    "stray-header": "The header is repeated among the rows and was left out there.",
    "trailing-commas": "Rows have empty cells beyond the last column, which were left out.",
    "empty-reference": "Rows carry no reference of the source's own; they are told apart by place and content.",
    "repeated-reference": "Rows share one reference of the source's own; all that differ are kept.",
    "no-point": "Rows have no coordinates and are kept without a point.",
    "half-point": "Rows have one coordinate of two and are kept without a point.",
    "point-outside": "Coordinates lie outside the bounds the contract believes; the rows are kept without a point.",
    "point-far": "Coordinates lie far from all others of the file; the rows are kept without a point.",
    "month-differs": "Rows state another month than the file's name; the rows' own month is kept.",
    "outcome-renamed": "Outcome labels have a newer name; both are kept.",
    "outcome-unknown": "Outcome labels are not in the contract's list; they are kept as stated.",
    "offence-unknown": "Offence labels are not in the contract's list; they are kept under an id made from the label.",
    "flag-unreadable": "Cells that should say true or false say neither and are left empty.",
    "end-before-start": "Rows end before they start; the end is taken to be the start.",
    "archive-member-refused": "Members were left out: encrypted, a link, or with a name that hides a path.",
    "file-not-known": "Files are of no declared kind and were not read.",
    "file-repeated": "A file is in the archive twice, byte for byte; it was read once.",
    "file-refused": "The whole file was refused; what is stored from before stays as it is.",
    "scan-special-column": "A column's name speaks of a special category, or of another service's data.",
    "scan-personal-column": "A column that nobody declared has a name that speaks of people; it stays at the door.",
    "scan-special-words": "A column has words of special categories; free text is kept where only its purposes reach.",
    "scan-personal-values": "A column holds what looks like a person's number or address and was not declared for it.",
    "scan-free-text": "A column that is not declared as free text holds sentences.",
    "assertion-warned": "The file breaks a bound of the contract that only warns.",
}

REASONS: Mapping[str, str] = {
    "ragged-row": "the row has not as many cells as the header",
    "nul-byte": "the row holds a NUL byte",
    "undecodable": "the line is neither UTF-8 nor Windows-1252",
    "required-empty": "a required cell is empty",
    "not-a-month": "the month is not written as 2019-05",
    "not-an-instant": "the time cannot be read",
    "not-a-number": "the cell should be a number and is not",
    "not-an-object": "the line is not a JSON object",
    "force-unknown": "the contract has no force of that name",
    "not-a-day": "the cell should be a day and is not",
    "not-a-flag": "the cell should say yes or no and does not",
    "code-unknown": "the contract has no such code",
    "value-unfit": "the cell has not the form that the contract asks for",
    "event-missing": "the event that the row belongs to is not in the delivery",
    "event-day-missing": "nothing says from which day the row is to be kept",
}
