"""What one process holds of one deployment: charter, ledger, store, clock. Only the gate's own modules see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from peelian.core.errors import RefusedError
from peelian.core.time import Clock
from peelian.gate.engine import Engine
from peelian.gate.entries import Act, Recorder
from peelian.gate.examiner import Examiner
from peelian.gate.lead import Leads
from peelian.gate.memory.head import Head, LedgerJournal
from peelian.gate.memory.own_index import OwnIndex
from peelian.gate.memory.recall import remember_head
from peelian.gate.seen import Seen
from peelian.ledger.log import Ledger
from peelian.model.label import Label
from peelian.model.stop import Stop
from peelian.policy.charter import Charter
from peelian.policy.rules import Rulebook
from peelian.store.commit import Writer
from peelian.store.deployment import Deployment
from peelian.store.desk import Desk
from peelian.store.grant import Grant, Mint
from peelian.store.index import SearchIndex
from peelian.store.keys import SubjectKeys
from peelian.store.lake import Lake
from peelian.store.leases import Leases
from peelian.store.lineage import Lineage, Thing
from peelian.store.tombstones import Tombstones

SIGNING_KEY = "ledger.key"
"""File in ``keys/`` with the key that signs checkpoints."""


@dataclass
class House:
    """One deployment, opened.

    Parameters
    ----------
    deployment : Deployment
        Its places. Its id is part of what people sign to sign in; no worker may read its folder.
    clock : Clock
        Never runs behind the ledger.
    witnesses_ok : callable
        Asked before each decision.
    examiner : Examiner or None
        Sets and marks practice; without one nobody can sit a set in this process.
    """

    deployment: Deployment
    charter: Charter
    rulebook: Rulebook
    ledger: Ledger
    head: Head
    recorder: Recorder
    lake: Lake
    writer: Writer
    desk: Desk
    keys: SubjectKeys
    tombstones: Tombstones
    leases: Leases
    engine: Engine
    clock: Clock
    witnesses_ok: Callable[[], bool]
    examiner: Examiner | None = None
    mint: Mint = field(default_factory=Mint)
    _labels: tuple[int, dict[int, Label]] = (-1, {})
    leads: Leads = field(default_factory=Leads)
    own: OwnIndex = field(init=False)
    index: SearchIndex = field(init=False)
    _allowed: dict[object, frozenset[int]] = field(default_factory=dict)
    _counted: tuple[int, dict[tuple[str, ...], int]] = (0, {})
    _seen: dict[int, Seen] = field(default_factory=dict)  # runs of this process, by the entry of their combination

    def __post_init__(self) -> None:
        self.own = OwnIndex(self.ledger, self.keys.log_key())
        self.index = SearchIndex(self.deployment.index, self.clock)

    def ready(self) -> None:
        """Bring the head up to date and refuse when the charter on disk is not the one in force.

        Raises
        ------
        RefusedError
            ``charter-not-in-force``.
        """
        self.head.follow()
        if self.head.charter_hash != self.charter.hash:
            raise RefusedError(
                "charter-not-in-force",
                "The charter in the folder is not the one that was put into force.",
                why="A rule changes by a recorded act of the approving body, never by editing a file.",
                do="Restore the folder from register/charter, or have the new one adopted: peelian charter adopt.",
                facts={"in_force": self.head.charter_hash[:16], "in_folder": self.charter.hash[:16]},
            )

    def stop_on(self, mandate_id: str) -> Stop | None:
        """Return the stop that keeps a mandate of the charter from being used now, if there is one."""
        mandate = self.charter.mandates.get(mandate_id)
        return self.head.stop_on(mandate_id, self.clock.now(), mandate.use if mandate else "")

    def labels(self) -> dict[int, Label]:
        """Return the label dictionary as of the last commit."""
        seq = self.head.done.seq if self.head.done else 0
        if self._labels[0] != seq:
            self._labels = (seq, self.desk.labels(self.grant("read", "labels")))
        return self._labels[1]

    def forget_labels(self) -> None:
        """Drop the cached dictionary after adding to it."""
        self._labels = (-1, {})

    def grant(self, what: str, *tables: str, entry: int | None = None) -> Grant:
        """Mint a grant; only called after a judgement, or for the gate's own bookkeeping."""
        return self.mint.grant(what, tables, entry=entry)

    def journal(self) -> LedgerJournal:
        """Return the store's commit journal, kept in the ledger."""

        def enter(op: str, body: Mapping[str, object]) -> None:
            self.recorder.record([Act(op, "store", "", "record", body)])

        return LedgerJournal(self.head, enter)

    def rests_on(self, kind: str, derived_id: str, sources: Iterable[tuple[str, str]]) -> None:
        """Enter in lineage what a derived thing rests on."""
        things = [Thing(*source) for source in sources]
        grant = self.grant("write", "lineage")
        Lineage(self.desk).rests_on(grant, Thing(kind, derived_id), things)

    def close(self) -> None:
        """Sign and publish what has been entered, then close what is open."""
        self.ledger.publish()
        remember_head(self.head.follow(), self.deployment.tmp)
        self.engine.close()
        self.desk.close()
        self.keys.close()
        self.tombstones.close()
        self.ledger.close()
