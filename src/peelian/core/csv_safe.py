"""Cells that a spreadsheet will not run: for every CSV that leaves the house."""

from __future__ import annotations

_STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_WIDE = {"\uff1d": "=", "\uff0b": "+", "\uff0d": "-", "\uff20": "@"}  # full-width forms that some programs fold


def safe_cell(value: object) -> object:
    """Return a value as a CSV cell that opens as text, never as a formula.

    Numbers, booleans and None pass unchanged, so do texts that are plain numbers such as ``-0.106453``. A text that
    begins like a formula gets a leading apostrophe, as OWASP advises; :func:`plain_cell` takes it off again.

    References
    ----------
    OWASP, CSV Injection, https://owasp.org/www-community/attacks/CSV_Injection
    """
    if not isinstance(value, str) or not value:
        return value
    first = value.lstrip(" \u00a0")[:1] or value[:1]
    if _WIDE.get(first, first) not in _STARTERS and not value.startswith("'"):
        return value
    return value if _is_number(value) else "'" + value


def plain_cell(value: object) -> object:
    """Take off the apostrophe that :func:`safe_cell` put on: its inverse."""
    if isinstance(value, str) and value.startswith("'"):
        return value[1:]
    return value


def _is_number(text: str) -> bool:
    """Say whether the text is digits with at most one sign and one point: nothing a spreadsheet would compute."""
    digits = text[1:] if text[:1] in "+-" else text
    whole, _, part = digits.partition(".")
    return digits.isascii() and (whole + part).isdigit()
