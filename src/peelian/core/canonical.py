"""Canonical bytes: one value, one spelling, one hash (RFC 8785, the JSON Canonicalization Scheme)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum

import rfc8785

from peelian.core.errors import InvalidError
from peelian.core.time import iso

Plain = object
"""Plain data: None, bool, int, float, str, dates, enums, and lists and mappings of those."""


def plain(value: Plain) -> Plain:
    """Turn dates, enums and tuples into what JSON has; numbers and strings stay."""
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(v) for v in value), key=str)
    return value


def canonical_bytes(value: Plain) -> bytes:
    """Write plain data as RFC 8785 canonical JSON.

    Raises
    ------
    InvalidError
        ``not-canonical`` for NaN, infinities, integers beyond 2**53 and types JSON does not have.
    """
    try:
        return rfc8785.dumps(plain(value))  # type: ignore[arg-type]
    except rfc8785.CanonicalizationError as error:
        raise InvalidError(
            "not-canonical",
            "A value cannot be written as canonical JSON.",
            why=f"RFC 8785 has no form for it ({type(error).__name__}).",
            do="Round floats, keep integers within 2**53, and pass plain data only.",
        ) from error


def digest(value: Plain) -> str:
    """Return the SHA-256 of the canonical bytes, 64 hex digits."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def digest_bytes(data: bytes) -> str:
    """Return the SHA-256 of some bytes, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()
