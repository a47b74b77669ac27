"""What was said about a record since its source wrote it: contested, restricted, corrected, masked, or held.

An amendment is a row beside the record, about the same subject, so that erasing the subject takes it along. A source
that delivers the record again meets it at the door: what was corrected stays corrected, what is contested stays so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from peelian.model.label import CONTESTED, RESTRICTED, STANDINGS, Label
from peelian.model.table import Column, TableSpec, text

CORRECTED, MASKED, HELD = "corrected", "masked", "held"
AMENDED_AS = frozenset({CONTESTED, RESTRICTED, CORRECTED, MASKED, HELD})

WITHHELD = "(withheld: an earlier version named somebody whose data were erased; it waits for somebody to read it)"
"""What stands for a text that was masked once and has come again in other words: nobody has looked at those yet."""

AMENDMENT = TableSpec(
    "amendment",
    (
        text("of"),  # the record's table
        text("record"),
        text("kind"),  # one of AMENDED_AS
        text("column_name"),  # what is corrected or masked
        text("value", personal=True),  # what stands there instead, as text
        text("source_hash"),  # the row hash of the version that this was said about
        text("under"),  # the mandate that holds it
        text("reason", personal=True),
        text("author"),
        Column("at", "instant"),
    ),
)


@dataclass(frozen=True)
class Amendment:
    """One thing said about one record's row."""

    record: str
    subject: str
    kind: str
    column: str = ""
    value: str | None = None
    source_hash: str = ""
    under: str = ""

    @property
    def id(self) -> str:
        """The amendment's own record id: there is one of a kind for a row, and one for each column of it."""
        return _hash("amendment", self.record, self.subject, self.kind, self.column)


def amended_label(label: Label, kinds: Iterable[str]) -> Label:
    """Return the label of a record with these amendments: its own, with the markings that say how things stand."""
    return replace(label, markings=(label.markings - STANDINGS) | (STANDINGS & set(kinds)))


def amended_row(row: Mapping[str, Any], amendments: Iterable[Amendment], kinds: Mapping[str, str]) -> dict[str, Any]:
    """Return a row as its source has it with what was corrected or masked since.

    A correction is of one version: once the source says something else of the record, that stands. A mask is not: a
    text that comes in other words is withheld until somebody has read it.

    Parameters
    ----------
    row : mapping
        With ``row_hash``, the source's.
    kinds : mapping of str to str
        Column -> kind, as declared.
    """
    changes: dict[str, Any] = {}
    for one in amendments:
        same = one.source_hash == row["row_hash"]
        if one.kind == CORRECTED and same:
            changes[one.column] = value_of(one.value, kinds[one.column])
        elif one.kind == MASKED:
            changes[one.column] = one.value if same else WITHHELD
    if not changes:
        return dict(row)
    said = [f"{column}={changes[column]}" for column in sorted(changes)]
    return dict(row) | changes | {"row_hash": _hash("amended", str(row["row_hash"]), *said)}


def value_of(said: str | None, kind: str) -> Any:
    """Turn a value written as text into one of a column's kind; raises ValueError when it is none."""
    return said if said is None else _MAKERS[kind](said)


def _yes_or_no(said: str) -> bool:
    if said.lower() not in ("true", "false"):
        raise ValueError
    return said.lower() == "true"


_MAKERS: Mapping[str, Callable[[str], Any]] = {
    "text": str,
    "bool": _yes_or_no,
    "int": int,
    "instant": int,
    "float": float,
    "day": date.fromisoformat,
}


def _hash(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]
