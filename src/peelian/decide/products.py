"""What leaves the building: a plan as a page to print, as CSV and as GeoJSON, each copy numbered to its recipient.

Every copy, and every row of it, carries the mandate, the known error, the expiry and what to do instead; a row that
was cut out and passed on still says so. The check code ties a copy to the record: what it says can be compared.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from peelian.core.canonical import canonical_bytes
from peelian.core.csv_safe import safe_cell
from peelian.core.errors import InvalidError
from peelian.core.time import iso

FORMATS = {"print": "Page to print", "csv": "Table (CSV)", "geojson": "Map (GeoJSON)"}
RECIPIENT_MAX = 40

_RECIPIENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./-]*")


@dataclass(frozen=True)
class PlannedPlace:
    """One place of a plan as it leaves: name, square, whose idea, and the tool's figures where it has any."""

    number: int
    name: str
    cell: str
    easting_m: float
    northing_m: float
    cell_m: float
    whose: str
    expected: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Product:
    """Everything a copy of a plan says."""

    reference: str
    force: str
    title: str
    shift: str
    offences: tuple[str, ...]
    month: str
    places: tuple[PlannedPlace, ...]
    decided_by: str  # office and account, as the charter shows them
    choice: str
    mandate: str
    mandate_ends_at: datetime
    known_error: str
    fallback: str
    begins_at: datetime
    expires_at: datetime
    demonstration: bool = False


@dataclass(frozen=True)
class Copy:
    """One numbered copy for one recipient."""

    reference: str
    number: int
    form: str
    recipient: str
    issued_at: datetime
    nonce: str

    @property
    def label(self) -> str:
        """Return the copy's number as it is printed, e.g. ``H-2026-1127-03 copy 2``."""
        return f"{self.reference} copy {self.number}"


def read_recipient(text: str) -> str:
    """Take a recipient: a call sign or a team, never a description of somebody.

    Raises
    ------
    InvalidError
        ``recipient-missing``.
    """
    tidy = " ".join(text.split())
    if not tidy or len(tidy) > RECIPIENT_MAX or not _RECIPIENT.fullmatch(tidy):
        raise InvalidError(
            "recipient-missing",
            "Say who this copy is for.",
            why="Each copy is numbered to its recipient, so that a lost one can be told from the others.",
            do=f"Give a call sign or a team, at most {RECIPIENT_MAX} letters and figures.",
        )
    return tidy


def check_code(product: Product, copy: Copy) -> str:
    """Return the short code printed on a copy: over everything it says, and its nonce, which stays on record.

    Forty bits: enough that nobody makes up a copy that fits, since each try asks the record.
    """
    said = canonical_bytes({"product": asdict(product), "copy": asdict(copy)})
    letters = base64.b32encode(hashlib.sha256(said).digest()).decode()[:8]
    return f"{letters[:4]}-{letters[4:]}"


CSV_COLUMNS = (
    "plan", "copy", "recipient", "valid_from", "expires_at", "number", "place", "square", "easting_m", "northing_m",
    "square_side_m", "whose_idea", "expected", "expected_low", "expected_high", "offences", "permission",
    "permission_ends_at", "known_error", "if_the_tool_is_off", "check_code", "note",
)  # fmt: skip


def plan_csv(product: Product, copy: Copy) -> bytes:
    """Write a copy as CSV (RFC 4180, UTF-8): every row stands on its own, and no cell runs as a formula."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, CSV_COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for place in product.places:
        writer.writerow({k: safe_cell(v) for k, v in _row(product, copy, place).items()})
    return out.getvalue().encode("utf-8")


def _row(product: Product, copy: Copy, place: PlannedPlace) -> dict[str, object]:
    return {
        "plan": product.reference,
        "copy": copy.number,
        "recipient": copy.recipient,
        "valid_from": iso(product.begins_at),
        "expires_at": iso(product.expires_at),
        "number": place.number,
        "place": place.name,
        "square": place.cell,
        "easting_m": place.easting_m,
        "northing_m": place.northing_m,
        "square_side_m": place.cell_m,
        "whose_idea": place.whose,
        "expected": place.expected,
        "expected_low": place.low,
        "expected_high": place.high,
        "offences": " ".join(product.offences),
        "permission": product.mandate,
        "permission_ends_at": iso(product.mandate_ends_at),
        "known_error": product.known_error,
        "if_the_tool_is_off": product.fallback,
        "check_code": check_code(product, copy),
        "note": "Demonstration. Not for use on real patrols." if product.demonstration else "",
    }


Ring = Sequence[Sequence[float]]


def plan_geojson(product: Product, copy: Copy, rings: Mapping[str, Ring]) -> bytes:
    """Write a copy as GeoJSON.

    Parameters
    ----------
    rings : mapping of str to ring
        Each square's outline, closed, longitude and latitude in degrees, WGS 84.

    References
    ----------
    RFC 7946: WGS 84 (4), longitude first (3.1.1), counterclockwise outer rings (3.1.6), bounding box (5).
    """
    features = [_feature(product, copy, place, rings[place.cell]) for place in product.places]
    points = [p for place in product.places for p in rings[place.cell]]
    out: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if points:
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        out["bbox"] = [min(xs), min(ys), max(xs), max(ys)]
    return (json.dumps(out, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _feature(product: Product, copy: Copy, place: PlannedPlace, ring: Ring) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": place.cell,
        "geometry": {"type": "Polygon", "coordinates": [counterclockwise(ring)]},
        "properties": _row(product, copy, place),
    }


def counterclockwise(ring: Ring) -> list[list[float]]:
    """Return a closed ring in the order that RFC 7946, section 3.1.6, asks of outer rings."""
    points = [[float(x), float(y)] for x, y in ring]
    if points[0] != points[-1]:
        points.append(points[0])
    doubled = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(points))
    return points if doubled > 0 else points[::-1]
