"""A look at what comes to the door: columns and words that seem to be what the contract does not say they are.

It guesses, by names of columns and by patterns, and is often wrong; so it decides nothing and is told to whoever takes
the file in. It counts rows and never holds what stood in them. Looked at are so many rows a file, evenly spread.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.core.errors import Warned
from peelian.ingest.contract import ColumnRule, FileKind
from peelian.ingest.door import Door
from peelian.ingest.quirks import QUIRKS
from peelian.ingest.telling_names import SPECIAL, speaks_of
from peelian.model.record import TABLES

ROWS_LOOKED_AT = 20_000

_SPECIAL_WORDS = (
    r"(?i)\b(hiv|pregnan\w*|diagnos\w*|schizo\w*|bipolar|dementia|autis\w*|medication|antidepress\w*|psychiatr\w*|"
    r"gay|lesbian|bisexual|transgender|muslim|christian|jewish|sikh|hindu|catholic|mosque|synagogue|asylum|"
    r"immigration status|overstay\w*|trade union|shop steward|roma|traveller community|universal credit)\b"
)
"""Words of special categories in free text. RE2: no look-around."""

_IDENTIFIER = (
    r"[\w.+-]+@[\w-]+\.[\w.]+"  # an address of electronic mail
    r"|(?i)\b[a-z]{2}[\s-]?\d{2}[\s-]?\d{2}[\s-]?\d{2}[\s-]?[a-d]\b"  # a national insurance number
    r"|(?i)\bnhs\W{0,3}(no|num|number)?\W{0,3}\d{3}[\s-]?\d{3}[\s-]?\d{4}\b"  # a health service's number
)
"""What has no place in any column: nothing in the model takes it."""

_PERSONAL_VALUE = (
    _IDENTIFIER + r"|(^|[^0-9])(\+44\s?|0)[1-9]\d{2,4}[\s-]?\d{3}[\s-]?\d{3,4}($|[^0-9])"  # a telephone number
    r"|(?i)\b(dob|d\.o\.b|born|date of birth)\b"
)

_PROSE_WORDS, _PROSE_SHARE = 6, 0.05
_PROSE = rf"(?:\S+\s+){{{_PROSE_WORDS - 1},}}\S+"
"""A cell of so many words is prose; a column with such a share of it is free text, whatever it is called."""


def scan(door: Door, kind: FileKind) -> tuple[Warned, ...]:
    """Return what seems to be special-category or undeclared personal data, with counts and never with values."""
    return tuple(Warned(code, f"{QUIRKS[code]} Column: {name}.", count) for code, name, count in _flags(door, kind))


def _flags(door: Door, kind: FileKind) -> Iterator[tuple[str, str, int]]:
    n = door.table.num_rows
    for name in door.undeclared:
        what, _ = speaks_of(name)
        if what:
            yield f"scan-{what}-column", name, door.dropped_columns.get(name, n)
    rows = _some(door.table)
    for rule in kind.kept:
        texts = rows[rule.name]
        if not rule.codes and pa.types.is_string(texts.type):  # a code that nobody declared never passes
            yield from ((code, rule.name, count) for code, count in _in_column(rule, texts) if count)


def _in_column(rule: ColumnRule, texts: pa.ChunkedArray) -> Iterator[tuple[str, int]]:
    """Give each thing that a kept column seems to hold and should not, and in how many rows."""
    if not rule.protected and speaks_of(rule.name)[0] == SPECIAL:
        yield "scan-special-column", len(texts) - texts.null_count
    free, openly = any(map(is_free_text, rule.targets)), bool(rule.targets) and not (rule.personal or rule.protected)
    if free or openly:  # not in names of people: some are called Christian or Gay
        yield "scan-special-words", _count(texts, _SPECIAL_WORDS)
    if rule.targets and not rule.protected:
        yield "scan-personal-values", _count(texts, _PERSONAL_VALUE if openly else _IDENTIFIER)
    if not free:
        prose = _count(texts, _PROSE) if rule.targets else 0
        yield "scan-free-text", prose if prose > _PROSE_SHARE * len(texts) else 0


def is_free_text(target: str) -> bool:
    """Say whether a ``table.column`` takes words that may hold anything about anybody."""
    table, _, column = target.partition(".")
    return column == "text" and TABLES[table].column(column).personal


def _some(table: pa.Table) -> pa.Table:
    n = table.num_rows
    return (
        table if n <= ROWS_LOOKED_AT else table.take(pa.array(np.linspace(0, n - 1, ROWS_LOOKED_AT).astype(np.int64)))
    )


def _count(texts: pa.ChunkedArray, pattern: str) -> int:
    return int(pc.sum(pc.fill_null(pc.match_substring_regex(texts, pattern), False)).as_py() or 0)
