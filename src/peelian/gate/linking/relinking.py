"""Making links again in the same run that corrected, shut or erased the records they ended in.

Nothing here has an authority of its own. Whoever answers the request asks for it under the duty to link, for the
purpose they work on, and the rules let that purpose do no more than go on from the last run with its release. An edge
is a pure function of two records and the release, so what comes out is what linking everything from scratch gives.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from peelian.gate.findings.running import Program
from peelian.gate.house import House
from peelian.gate.linking.linking import Wanted, link_people
from peelian.gate.presence import Presence
from peelian.model.links import JOINING, PERSON_LINK
from peelian.store.lake import quote


@dataclass(frozen=True)
class Relinked:
    """What making links again came to.

    Parameters
    ----------
    entry, seq : int
        The combination's entry in the ledger, and the commit that wrote the edges.
    compared : int
        Records compared anew: those that were changed, and whatever else has come in since the last run.
    made : int
        Links over which the records that were asked about hang together with others now.
    questions : int
        Pairs of these records with others that wait for a reviewer.
    """

    entry: int
    seq: int
    compared: int
    made: int
    questions: int


def relink(house: House, presence: Presence, mandate_id: str, program: Program, record_ids: Iterable[str]) -> Relinked:
    """Go on from the last run of linking and say what became of the links of some records.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded. Links that were cut stay cut until the next run.
    """
    linked = link_people(house, presence, mandate_id, program, Wanted(again=True))
    made, questions = _ends(house, linked.entry, sorted(set(record_ids)))
    return Relinked(linked.entry, linked.seq, linked.compared, made, questions)


def _ends(house: House, entry: int, record_ids: list[str]) -> tuple[int, int]:
    """Count the edges that end in some records: those that join, and those that wait."""
    if not record_ids:
        return 0, 0
    grant, done = house.grant("read", PERSON_LINK.name, entry=entry), house.head.follow().done
    name, listed = house.engine.relation(grant, PERSON_LINK.name, done, None), ", ".join(map(quote, record_ids))
    joins = f"reason IN ({', '.join(map(quote, JOINING))})"
    [row] = house.engine.run(
        f'SELECT count(*) FILTER (WHERE {joins}) AS made, count(*) AS n FROM "{name}" '
        f"WHERE record_a IN ({listed}) OR record_b IN ({listed})"
    ).to_pylist()
    return row["made"], row["n"] - row["made"]
