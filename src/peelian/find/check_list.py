"""A pasted list, line by line: found, not found, unsure, or not understood, and why."""

from __future__ import annotations

from collections.abc import Sequence

from peelian.find.answer import FOUND, NOT_FOUND, NOT_UNDERSTOOD, NOTHING, UNSURE, CheckRow, Found
from peelian.find.parse import Parsed

SURE_FROM = 900
"""From this strength on a line is called found; a weaker match is called unsure. The choice is ours."""

SHOWN = 5


def lines_of(text: str) -> tuple[str, ...]:
    """Split a pasted text into lines; empty ones and repeated ones are left out."""
    return tuple(dict.fromkeys(filter(None, (line.strip().strip(",;") for line in text.splitlines()))))


def check_line(number: int, text: str, asked: Parsed, found: Sequence[Found]) -> CheckRow:
    """Say what came of one line.

    A name alone never counts as found: no identity rests on a name.
    """
    kind = asked.understood[0].kind if asked else ""
    if not asked:
        return CheckRow(number, text, kind, NOT_UNDERSTOOD, ("This is no name, plate, number, address or reference.",))
    if not found:
        return CheckRow(number, text, kind, NOT_FOUND, (NOTHING,))
    best = found[0]
    name_alone = [u.kind for u in asked.understood] == ["name"]
    sure = best.strength >= SURE_FROM and not name_alone
    why = best.why if sure or not name_alone else (*best.why, "only a name: there may be others of this name")
    return CheckRow(number, text, kind, FOUND if sure else UNSURE, tuple(why), tuple(found[:SHOWN]))
