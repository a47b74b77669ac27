"""By what a page that was looked up could have changed since: a value that is compared, and shown to nobody.

It holds nothing of any row. Two that are equal say that the same look-up, made now, would rest on the same delivery,
index, links, verdicts, labels, permissions, flags and judgements, for the same person and the same work.
"""

from __future__ import annotations

from peelian.gate import presence as presences
from peelian.gate.acts.office import mandate_states
from peelian.gate.door import Gate
from peelian.gate.identity import Credential
from peelian.gate.judging import circumstances
from peelian.gate.looking.indexing import index_standing
from peelian.gate.looking.watched import own_marks
from peelian.gate.reading import visible_labels
from peelian.gate.rooms.suggesting import KIND


def page_state(gate: Gate, credential: Credential, mandate_id: str) -> tuple[object, ...]:
    """Return everything that a page for somebody rests on beside its own records, and beside the day."""
    house, met = gate._house, presences.meet(gate._house, credential)
    head = house.head.follow()
    now = circumstances(house, met, mandate_id)
    flags = frozenset(flag.id for flag in head.watch.flags.values() if flag.stands(now.now))
    judged = next(head.papers.find(KIND), None)
    open_now = frozenset(i for i, operation in house.charter.operations.items() if operation.is_open(now.now))
    return (
        (mandate_id, house.rulebook.labels_rest_on(met.actor, now), visible_labels(house, met, now)),
        head.done and (head.done.seq, dict(head.done.vector)),
        index_standing(house),
        head.links.as_dict(),
        dict(mandate_states(house)),
        (flags, open_now, judged and judged.entry, own_marks(house, met.actor.id)),
    )
