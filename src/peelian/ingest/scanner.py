"""A look at what comes to the door: columns and words that seem to be what the contract does not say they are.

It guesses, by names of columns and by patterns, and is often wrong; so it decides nothing and is told to whoever takes
the file in. It counts rows and never holds what stood in them. Looked at are so many rows a file, evenly spread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.core.errors import Warned
from peelian.ingest.contract import FileKind
from peelian.ingest.door import Door
from peelian.ingest.quirks import QUIRKS
from peelian.model.record import TABLES

ROWS_LOOKED_AT = 20_000

_SPECIAL_NAME = re.compile(
    r"ethnic|\brace\b|racial|religio|faith|health|medic|diagnos|disab|sexual|orientation|gender|\bsex\b|trade.?union|"
    r"politic|biometric|\bdna\b|fingerprint|nationality|immigra|asylum|pregnan|benefit|welfare|school",
    re.IGNORECASE,
)
"""Names of columns that speak of a special category (DPA 2018 s.35(8)) or of other services' data (red line 11)."""

_SPECIAL_WORDS = (
    r"(?i)\b(hiv|pregnan\w*|diagnos\w*|schizo\w*|bipolar|dementia|autis\w*|medication|antidepress\w*|psychiatr\w*|"
    r"gay|lesbian|bisexual|transgender|muslim|christian|jewish|sikh|hindu|catholic|mosque|synagogue|asylum|"
    r"immigration status|overstay\w*|trade union|shop steward|roma|traveller community|universal credit)\b"
)
"""Words of special categories in free text. RE2: no look-around."""

_PERSONAL_VALUE = (
    r"[\w.+-]+@[\w-]+\.[\w.]+"  # an address of electronic mail
    r"|(^|[^0-9])(\+44\s?|0)[1-9]\d{2,4}[\s-]?\d{3}[\s-]?\d{3,4}($|[^0-9])"  # a telephone number
    r"|(?i)\b[a-ceghj-prstw-z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[a-d]\b"  # a national insurance number
    r"|(?i)\b(dob|d\.o\.b|born|date of birth)\b"
)


def scan(door: Door, kind: FileKind) -> tuple[Warned, ...]:
    """Return what seems to be special-category or undeclared personal data, with counts and never with values."""
    return tuple(Warned(code, f"{QUIRKS[code]} Column: {name}.", count) for code, name, count in _flags(door, kind))


def _flags(door: Door, kind: FileKind) -> Iterator[tuple[str, str, int]]:
    n = door.table.num_rows
    for name in door.undeclared:
        if _SPECIAL_NAME.search(name.replace("_", " ")):
            yield "scan-special-column", name, door.dropped_columns.get(name, n)
    rows = _some(door.table)
    for rule in kind.kept:
        texts = rows[rule.name]
        if rule.codes or not pa.types.is_string(texts.type):
            continue  # a code that nobody declared never passes
        if not rule.protected and _SPECIAL_NAME.search(rule.name.replace("_", " ")):
            yield "scan-special-column", rule.name, len(texts) - texts.null_count
        if _is_free_text(rule.targets) and (found := _count(texts, _SPECIAL_WORDS)):
            yield "scan-special-words", rule.name, found
        kept_openly = rule.targets and not (rule.personal or rule.protected)
        if kept_openly and (found := _count(texts, _PERSONAL_VALUE)):
            yield "scan-personal-values", rule.name, found


def _is_free_text(targets: tuple[str, ...]) -> bool:
    return any(t.endswith(".text") and TABLES[t.partition(".")[0]].column("text").personal for t in targets)


def _some(table: pa.Table) -> pa.Table:
    n = table.num_rows
    return (
        table if n <= ROWS_LOOKED_AT else table.take(pa.array(np.linspace(0, n - 1, ROWS_LOOKED_AT).astype(np.int64)))
    )


def _count(texts: pa.ChunkedArray, pattern: str) -> int:
    return int(pc.sum(pc.fill_null(pc.match_substring_regex(texts, pattern), False)).as_py() or 0)
