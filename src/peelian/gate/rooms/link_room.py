"""The room beside a gate in which records of people are linked, and links are looked at and judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager

import pyarrow as pa

from peelian.core.canonical import digest
from peelian.core.errors import MissingError
from peelian.gate import presence as presences
from peelian.gate.door import Gate
from peelian.gate.findings.running import Program
from peelian.gate.identity import Credential
from peelian.gate.linking.link_engine import LinkEngine, link_engine
from peelian.gate.linking.link_measuring import measure_links
from peelian.gate.linking.linking import Linked, Wanted, judge_linking, link_people
from peelian.gate.linking.models import keep_release, read_release
from peelian.gate.linking.relinking import Relinked, relink
from peelian.gate.room import Room
from peelian.gate.rooms.link_verdicts import Judged, Judgement, post_verdict, withdraw_verdict
from peelian.gate.rooms.linked import LinkedRecords, linked_in
from peelian.gate.rooms.searching import Asked, Look, LookRoom
from peelian.model.pole import PERSON_TABLES


class LinkRoom(Room):
    """Linking at one deployment's gate."""

    def link(self, credential: Credential, mandate_id: str, program: Program, wanted: Wanted) -> Linked:
        """Find which records are of one person, and keep the edges; nobody is shown a row."""
        return link_people(self._house, presences.meet(self._house, credential), mandate_id, program, wanted)

    def relink(self, credential: Credential, mandate_id: str, program: Program, record_ids: Iterable[str]) -> Relinked:
        """Make links again after records were corrected, shut or erased; only numbers come out."""
        return relink(self._house, presences.meet(self._house, credential), mandate_id, program, record_ids)

    def measure(
        self, credential: Credential, mandate_id: str, program: Program, truth: Mapping[str, pa.Table]
    ) -> Mapping[str, object]:
        """Hold the links of the last run against a truth that is brought along; only figures come out."""
        return measure_links(self._house, presences.meet(self._house, credential), mandate_id, program, truth)

    def freeze(self, credential: Credential, mandate_id: str, program: Program, document: Mapping[str, object]) -> str:
        """Freeze a model release that was trained elsewhere; return its hash."""
        met = presences.meet(self._house, credential)
        judge_linking(self._house, met, mandate_id, program, digest(document))
        return keep_release(self._house, met, mandate_id, document)

    def release(self, release: str = "") -> Mapping[str, object]:
        """Return a frozen release: that of the last run where none is named. It holds no record.

        Raises
        ------
        MissingError, TamperedError
            ``release-missing``, ``release-altered``.
        """
        return read_release(self._house, release or self.release_in_use)

    @property
    def release_in_use(self) -> str:
        """Hash of the release that records are linked with; ``""`` before the first run."""
        return self._house.head.follow().links.release

    @property
    def has_linked(self) -> bool:
        """Whether records have ever been linked here; if not, there are no links to make again."""
        return self._house.head.follow().links.made is not None

    @property
    def engine(self) -> LinkEngine:
        """What this deployment compares records on."""
        return link_engine(self._house.deployment)

    def looking(
        self, credential: Credential, mandate_id: str, wanted: Mapping[str, Iterable[str]], asked: Asked
    ) -> AbstractContextManager[Look]:
        """Open a look over tables of people, as for looking somebody up."""
        return LookRoom(self._house).look(credential, mandate_id, wanted, asked)

    def linked(self, credential: Credential, mandate_id: str, record_ids: Iterable[str]) -> LinkedRecords:
        """Return what hangs together with some records, for this viewer, under one look of its own."""
        wanted = {table: ("record_id",) for table in PERSON_TABLES}
        with self.looking(credential, mandate_id, wanted, Asked("linked", ("",))) as look:
            return linked_in(look, record_ids)

    def judge(self, credential: Credential, look: Look, given: Judgement) -> Judged:
        """Enter what somebody found about records that a look has shown them."""
        return post_verdict(self._house, presences.meet(self._house, credential), look, given)

    def withdraw(self, credential: Credential, look: Look, verdict_id: str, reason: str) -> Judged:
        """Take a verdict back."""
        return withdraw_verdict(self._house, presences.meet(self._house, credential), look, verdict_id, reason)

    def mandate_for(self, target: str) -> str:
        """Name the mandate of a duty: of several the first.

        Raises
        ------
        MissingError
            ``link-mandate-missing``.
        """
        found = sorted(m.id for m in self._house.charter.mandates.values() if (m.subject, m.target) == ("duty", target))
        if not found:
            raise MissingError(
                "link-mandate-missing",
                "The charter has no mandate for linking records, or none for judging links.",
                why="Everything runs under a mandate that expires to off.",
                do="Have one written in charter/mandates and adopted.",
            )
        return found[0]


def link_room(gate: Gate) -> LinkRoom:
    """Return the room beside a gate in which records are linked."""
    return LinkRoom(gate._house)
