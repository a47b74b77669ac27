"""Why two records are linked: a sentence to read out, and the weight of each comparison, which add up exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from peelian.resolve.features import NEEDED, connect, make_features
from peelian.resolve.layout import lay_out, lay_pairs
from peelian.resolve.release import ModelRelease
from peelian.resolve.score import check_shape, scored_sql
from peelian.resolve.shape import LADDERS
from peelian.resolve.weigh import pairs_sql

HELD = {
    "name-alone": "Nothing but the name agrees, and nobody is taken for another on a name alone: a person decides.",
    "names-differ": "The names do not agree well enough, as with twins or a shared home: a person decides.",
    "generation-apart": "They were born as far apart as a parent and a child, who may share a name and a home. They "
    "are left apart unless a number of their own says that they are one.",
    "household": "A surname and a home, and no first name: it may be anybody of the family. A person decides.",
    "name-and-home": "A name and a home, and no date of birth: a parent and a child may be so called. It counts only "
    "where a date of birth is known of somebody it hangs together with; otherwise a person decides.",
    "other-name": "The first names differ and no date of birth agrees: two people of one home, left apart.",
    "middle-weight": "That is not enough to join them, and too much to leave them apart: a person decides.",
    "apart": "That is too little to suggest that they are one person.",
}
"""Why an edge is not accepted, in words."""


@dataclass(frozen=True)
class Part:
    """What one comparison found and weighs; ``kind`` is unknown, agrees, near or differs."""

    comparison: str
    title: str
    step: str
    says: str
    kind: str
    mbit: int


@dataclass(frozen=True)
class Explanation:
    """Why an edge weighs what it weighs.

    ``prior_mbit`` and the parts' ``mbit`` add up to ``weight_mbit``. ``reason`` is empty for an accepted edge, else
    the code of why it is held, or ``apart``.
    """

    parts: tuple[Part, ...]
    prior_mbit: int
    weight_mbit: int
    reason: str
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        parts = [vars(p) for p in self.parts]
        return {**vars(self), "parts": parts}

    def waterfall(self) -> list[tuple[str, int, int]]:
        """Return (what, its weight, total so far), from how rare a match is to the last comparison."""
        rows = [("before anything is compared", self.prior_mbit, self.prior_mbit)]
        for part in self.parts:
            rows.append((f"{part.title}: {part.says}", part.mbit, rows[-1][2] + part.mbit))
        return rows


def explain_link(a: Mapping[str, Any], b: Mapping[str, Any], release: ModelRelease) -> Explanation:
    """Explain the edge between two records, whether or not blocking would compare them.

    Parameters
    ----------
    a, b : mapping
        Two rows of the people table, with different record ids.
    release : ModelRelease
        The release under which they are or are not linked.
    """
    check_shape(release)
    rows = [{c: row.get(c) for c in NEEDED} for row in (a, b)]
    with connect(1) as con:
        features = make_features(pa.Table.from_pylist(rows, schema=_ROWS), release.stops, threads=1)
        lay_pairs(con, lay_out(con, features, release), np.array([0], np.int32), np.array([1], np.int32))
        con.execute(f"CREATE TEMP VIEW pairs AS {pairs_sql(release)}")
        (found,) = con.sql(scored_sql(release, "pairs")).to_arrow_table().to_pylist()
    parts = tuple(_part(i, found) for i in range(len(LADDERS)))
    weight = int(found["weight_mbit"])
    # INVARIANT: the parts add up to the whole.
    assert weight == release.prior_mbit + sum(p.mbit for p in parts)
    reason = "apart" if weight < release.review_mbit else str(found["reason"])
    return Explanation(parts, release.prior_mbit, weight, reason, _sentence(parts, weight, reason))


_ROWS = pa.schema([(c, pa.date32() if c == "birth_on" else pa.string()) for c in NEEDED])


def _part(i: int, found: Mapping[str, Any]) -> Part:
    ladder = LADDERS[i]
    step = ladder.steps[int(found[f"on_{ladder.name}"])]
    return Part(ladder.name, ladder.title, step.name, step.says, step.kind, int(found[f"mbit_{ladder.name}"]))


def _sentence(parts: tuple[Part, ...], weight: int, reason: str) -> str:
    """Say it as one would to somebody at a door."""
    alike = [p.says for p in parts if p.kind in ("agrees", "near")]
    against = [p.says for p in parts if p.kind == "differs"]
    unknown = [p.title for p in parts if p.kind == "unknown"]
    said = [_list(alike).capitalize() if alike else "Nothing that is known of both agrees"]
    said += [f"but {_list(against)}"] if against else []
    whole = ", ".join(said) + "."
    whole += f" Not known of both: {_list(unknown)}." if unknown else ""
    return " ".join((whole, _odds(weight), HELD.get(reason, ""))).strip()


def _odds(weight_mbit: int) -> str:
    """Say the odds in round numbers; the weight is kept to a thousandth of a bit, what it stands for is not so sure."""
    bits = min(20.0, max(-20.0, weight_mbit / 1000))
    many = float(f"{2 ** abs(bits):.1g}")
    if many < 2:
        return "By the model it is about as likely as not that they are one person."
    likely = f"{many:,.0f} to 1"
    return (
        f"By the model the odds are about {likely} {'that they are' if bits > 0 else 'against their being'} one person."
    )


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
