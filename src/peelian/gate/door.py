"""The one door: whatever reads or writes data is a method of :class:`Gate`.

Each one asks who is there, whether they may, and records it, before anything is opened. There is no other way in, no
flag that skips a step, and no user who is above it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from peelian.core.canonical import digest
from peelian.core.errors import RefusedError
from peelian.core.time import Clock
from peelian.gate import presence, reading, writing
from peelian.gate.acts import holdings, office, papers, publicity, reasons, stops, why
from peelian.gate.acts.asking import ask_purpose, enter_stopped
from peelian.gate.acts.emergencies import Declared, declared, late_emergencies, settle
from peelian.gate.acts.handing_over import handed_over
from peelian.gate.acts.own_entries import Attendance, OwnDay, OwnEntry, attendance, own_day, own_entries
from peelian.gate.acts.reasons import Lot
from peelian.gate.acts.released import released_plans
from peelian.gate.acts.source_ages import SourceAge, source_ages
from peelian.gate.corrections import erasing
from peelian.gate.desk_facts import DeskFacts, QueueFacts, desk_facts, queue_facts
from peelian.gate.findings import keeping, replaying, running
from peelian.gate.findings.leads import list_findings
from peelian.gate.findings.replaying import Begun, Replayed
from peelian.gate.findings.running import Program, Ran
from peelian.gate.house import House
from peelian.gate.identity import Credential, SignIn
from peelian.gate.lead import Lead
from peelian.gate.linking.link_engine import link_engine
from peelian.gate.memory.emergency_record import Emergency
from peelian.gate.memory.head import Event
from peelian.gate.presence import Presence
from peelian.gate.sandbox.worker import Progress
from peelian.gate.shown_papers import enter_shown_papers, shown_since
from peelian.gate.view import View
from peelian.gate.writing import Delivery, Written
from peelian.model.finding import Assessment, Finding
from peelian.model.mandate import Mandate
from peelian.model.paper import Paper
from peelian.model.question import Question
from peelian.model.stop import Proposal, Stop
from peelian.policy.charter import Charter, Operation
from peelian.store.desk import Registration, Session, WorkingContext


class Gate:
    """The door of one deployment, for one process.

    Each call takes a :class:`~peelian.gate.identity.Credential` and proves it anew; the working context on record says
    purpose, operation and reason. A refusal carries every reason and is recorded.
    """

    def __init__(self, house: House) -> None:
        self._house = house

    # Who

    def open_session(self, request: SignIn) -> Session:
        """Sign in."""
        return presence.open_session(self._house, request)

    def close_session(self, credential: Credential) -> None:
        """Sign out."""
        presence.close_session(self._house, credential)

    def who(self, credential: Credential) -> Presence:
        """Say who the caller is, with roles and working context as they are now."""
        return presence.meet(self._house, credential)

    def set_context(
        self, credential: Credential, operation_id: str, *, emergency_purpose: str = ""
    ) -> tuple[WorkingContext, Operation | None]:
        """Set what the caller works on; later calls inherit purpose, reference and reason from it."""
        met = self.who(credential)
        return office.set_context(self._house, met, operation_id, emergency_purpose=emergency_purpose)

    def ask_purpose(self, credential: Credential, purpose: str) -> None:
        """Ask to work for a purpose without an operation for it; the answer is no, with every reason."""
        ask_purpose(self._house, self.who(credential), purpose)

    def enter_stopped(self, credential: Credential, mandate_id: str, asked: str, error: RefusedError) -> None:
        """Enter that a stage refused somebody the next step, by a red line that stands before any rule is asked."""
        enter_stopped(self._house, self.who(credential), mandate_id, asked, error)

    def handed_over(self, credential: Credential, limit: int = 10) -> list[Paper]:
        """Read the notes of the operation that the caller works on."""
        return handed_over(self._house, self.who(credential), limit)

    # Data

    def view(self, credential: Credential, mandate_id: str, question: Question) -> View:
        """Open a minimised view."""
        return reading.open_view(self._house, self.who(credential), mandate_id, question)

    def post_rows(self, credential: Credential, mandate_id: str, deliveries: Sequence[Delivery]) -> Written:
        """Write what a source delivered, as one commit."""
        return writing.post_deliveries(self._house, self.who(credential), mandate_id, deliveries)

    def fingerprints(self, credential: Credential, mandate_id: str, table: str = "") -> dict[str, str]:
        """Return the slices of a source and the fingerprint that each was last written from."""
        return writing.fingerprints(self._house, self.who(credential), mandate_id, table)

    def check_run(self, credential: Credential, mandate_id: str, program: Program) -> None:
        """Say no to a run before anything is looked at for it."""
        running.check_run(self._house, self.who(credential), mandate_id, program)

    def run(
        self,
        credential: Credential,
        mandate_id: str,
        program: Program,
        questions: Mapping[str, Question],
        parameters: Mapping[str, object],
        *,
        threads: int = 2,
        progress: Progress | None = None,
    ) -> Ran:
        """Run a method, or the assessment of one, on views, in workers."""
        met = self.who(credential)
        return running.run_method(
            self._house, met, mandate_id, program, questions, parameters, threads=threads, progress=progress
        )

    def latest_assessment(self, method: str) -> Assessment | None:
        """Return the newest assessment of a method; assessments are public."""
        return keeping.latest_assessment(self._house, method)

    def post_finding(
        self,
        credential: Credential,
        mandate_id: str,
        finding: Mapping[str, object],
        aggregate: str,
        run: int,
    ) -> Finding:
        """Keep what a run of this process found; ``run`` is its entry."""
        return keeping.post_finding(self._house, self.who(credential), mandate_id, finding, aggregate, run)

    def finding(self, credential: Credential, finding_id: str) -> Finding:
        """Read a finding back, if this caller may see its label."""
        return keeping.read_finding(self._house, self.who(credential), finding_id)

    def findings(self, credential: Credential, method: str | None = None, limit: int = 20) -> list[Lead]:
        """List the newest findings that this caller may read."""
        return list_findings(self._house, self.who(credential), method, limit)

    def own_entries(self, credential: Credential, since: datetime) -> list[OwnEntry]:
        """Read what the record says of the caller, and of nobody else."""
        return own_entries(self._house, self.who(credential), since)

    def own_day(self, credential: Credential, day_began: datetime) -> OwnDay:
        """Read what the record says of the caller since the day began, and of this session if it began before."""
        return own_day(self._house, self.who(credential), day_began)

    def desk_facts(self, credential: Credential, day_began: datetime) -> DeskFacts:
        """Gather what the first page of the desk rests on."""
        return desk_facts(self._house, self.who(credential), day_began)

    def queue_facts(
        self, credential: Credential, mandate_id: str, method: str, kinds: Sequence[str], limit: int = 20
    ) -> QueueFacts:
        """Gather what a queue of decisions rests on: findings of a method, if one is named, and one's own papers."""
        return queue_facts(self._house, self.who(credential), mandate_id, method, kinds, limit)

    def attendance(self, credential: Credential) -> Attendance:
        """Say when the caller signed in, and the time before."""
        return attendance(self._house, self.who(credential))

    def source_ages(self, credential: Credential) -> list[SourceAge]:
        """Say how old each source is, and what of it the caller could look into now."""
        return source_ages(self._house, self.who(credential))

    def register(
        self, credential: Credential, mandate_id: str, method: str, promise: Mapping[str, object]
    ) -> Registration:
        """Enter what an assessment will measure before it runs."""
        return office.register(self._house, self.who(credential), mandate_id, method, promise)

    def post_assessment(self, credential: Credential, mandate_id: str, assessment: Assessment, run: int) -> None:
        """Keep the assessment that a run of this process made; ``run`` is its entry."""
        keeping.post_assessment(self._house, self.who(credential), mandate_id, assessment, run)

    def erase(self, credential: Credential, mandate_id: str, *subject_ids: str) -> dict[str, object]:
        """Erase a subject physically, or what several systems call the same person."""
        return erasing.erase(self._house, self.who(credential), mandate_id, *subject_ids)

    # Papers

    def post_paper(
        self,
        credential: Credential,
        mandate_id: str,
        kind: str,
        about: str,
        body: Mapping[str, object],
        *,
        public: bool = False,
        expires_at: datetime | None = None,
        once: bool = False,
    ) -> Paper:
        """Write a paper; it never changes, and with ``once`` there is one by this author about this thing."""
        met = self.who(credential)
        return papers.post_paper(
            self._house, met, mandate_id, kind, about, body, public=public, expires_at=expires_at, once=once
        )

    def papers(
        self,
        credential: Credential,
        mandate_id: str,
        kind: str,
        *,
        about: str | None = None,
        mine: bool = False,
        limit: int = 200,
    ) -> list[Paper]:
        """Read papers, newest first: one's own with ``mine``, else those of others where a mandate needs it."""
        met = self.who(credential)
        return papers.read_papers(self._house, met, mandate_id, kind, about=about, mine=mine, limit=limit)

    def count_plans(self, day: str) -> int:
        """Count the plans for the shifts of a day, whoever made them: the next reference is one more."""
        return papers.count_plans(self._house, day)

    def released_plans(self) -> list[Mapping[str, Any]]:
        """Return the public part of every plan whose delay has passed; anybody may ask."""
        return released_plans(self._house)

    def own_papers(
        self, credential: Credential, mandate_id: str, kinds: Sequence[str], limit: int = 200
    ) -> dict[str, list[Paper]]:
        """Read one's own papers of several kinds, each judged as by itself; who is there is proved once."""
        met = self.who(credential)
        return {k: papers.read_papers(self._house, met, mandate_id, k, mine=True, limit=limit) for k in kinds}

    def public_papers(self, kind: str, *, about: str | None = None) -> list[Paper]:
        """Return the public papers of a kind, newest first."""
        return papers.public_papers(self._house, kind, about=about)

    def release_mark(self, proposal_id: str, said: object) -> str:
        """Return a digest of something about one release, keyed by this deployment's secret: 32 hex digits.

        A public paper may carry it: whoever holds the paper can try no value against it, neither the few people who may
        have made a table nor numbers that were not let out. It is compared here alone, where the secret is.
        """
        return self._house.keys.mark(f"release\x00{proposal_id}\x00{digest(said)}")

    # Office

    def adopt_charter(self, credential: Credential, new: Charter) -> None:
        """Put another charter into force; judged by the one that is in force now."""
        office.adopt_charter(self._house, self.who(credential), new)

    def act_on_mandate(self, credential: Credential, mandate_id: str, act: str, reason: str = "") -> Mandate:
        """Adopt or end a mandate; stop one's own tool; lift a stop that its owner made."""
        return office.act_on_mandate(self._house, self.who(credential), mandate_id, act, reason)

    # Emergencies

    def emergencies(self, credential: Credential, *, look_ups: bool = False) -> list[Declared]:
        """Return the emergencies of a year, newest first, for those who supervise; with look-ups it is entered."""
        return declared(self._house, self.who(credential), look_ups=look_ups)

    def settle_emergency(self, credential: Credential, emergency_id: str, operation_id: str, reason: str) -> Emergency:
        """Say what an emergency belonged to: an operation that was open then, or none."""
        return settle(self._house, self.who(credential), emergency_id, operation_id, reason)

    def late_emergencies(self) -> int:
        """Count a year's emergencies that no supervisor judged within a day; for disclosure control."""
        return late_emergencies(self._house)

    # Panel

    def propose_stop(
        self, credential: Credential, mandate_id: str, reason: str, begins_at: datetime | None = None
    ) -> Proposal:
        """Put a stop before the panel; it takes effect when enough members have signed."""
        return stops.propose_stop(self._house, self.who(credential), mandate_id, reason, begins_at)

    def propose_lift(self, credential: Credential, stop_id: str, reason: str) -> Proposal:
        """Put the lifting of the panel's stop before the panel."""
        return stops.propose_lift(self._house, self.who(credential), stop_id, reason)

    def sign_for_panel(self, credential: Credential, proposal_id: str, signatures: Mapping[str, str]) -> Proposal:
        """Add members' signatures (account -> base64) to a proposal; with enough of them it is carried out."""
        return stops.sign(self._house, self.who(credential), proposal_id, signatures)

    def proposals(self, credential: Credential) -> list[Proposal]:
        """Return what was put before the panel, newest first."""
        return stops.proposals(self._house, self.who(credential))

    def stops(self) -> list[Stop]:
        """Return every stop there was, newest first; public."""
        return stops.stops(self._house)

    def results(self, credential: Credential, mandate_id: str) -> list[Lead]:
        """Return which results there are, for the panel; not what they say."""
        return replaying.results(self._house, self.who(credential), mandate_id)

    def replay(
        self,
        credential: Credential,
        mandate_id: str,
        finding_id: str,
        program_of: Callable[[Finding], Program],
        parameters_of: Callable[[Finding], Mapping[str, object]],
        tell: Callable[[str], None] = lambda step: None,
        number: str = "",
    ) -> Replayed:
        """Make a result again for the panel; what leaves is whether it is the same."""
        met = self.who(credential)
        return replaying.replay(self._house, met, mandate_id, finding_id, program_of, parameters_of, tell, number)

    def begin_replay(self, credential: Credential, mandate_id: str, finding_id: str) -> str:
        """Enter that a result is to be made again; return the number under which its outcome is found."""
        return replaying.begin_replay(self._house, self.who(credential), mandate_id, finding_id)

    def own_replays(self, credential: Credential) -> list[Begun]:
        """Return what the caller began to make again in the last days, and how it came out."""
        return replaying.own_replays(self._house, self.who(credential))

    def draw_reasons(self, credential: Credential, mandate_id: str, count: int) -> Lot:
        """Draw reasons by lot from the log, without who gave them or about whom."""
        return reasons.draw_reasons(self._house, self.who(credential), mandate_id, count)

    def reopen_lot(self, credential: Credential, mandate_id: str, number: str) -> Lot:
        """Open a lot again that the caller drew and has not rated."""
        return reasons.reopen_lot(self._house, self.who(credential), mandate_id, number)

    def who_may(self, purpose: str, table: str) -> list[dict[str, object]]:
        """Say for each role under each mandate whether somebody in it could open a table; public."""
        return why.who_may(self._house, purpose, table)

    def enrolled_key(self, account_id: str) -> str:
        """Return the public key that the record has enrolled for an account, hex; ``""`` for none."""
        return self._house.head.follow().accounts.get(account_id, "")

    def why(self, credential: Credential, purpose: str, table: str, columns: Sequence[str] = ()) -> dict[str, object]:
        """Explain a yes or no for every mandate."""
        return why.explain(self._house, self.who(credential), purpose, table, columns)

    def mandates(self, subject: str, target: str) -> list[Mandate]:
        """Name the mandates of the charter for something; public objects, whether in force or not."""
        found = [m for m in self._house.charter.mandates.values() if (m.subject, m.target) == (subject, target)]
        return sorted(found, key=lambda m: m.id)

    def read_log(self, credential: Credential, mandate_id: str, last: int) -> list[dict[str, object]]:
        """Read the sealed part of the newest entries, for a purpose that the law allows; entered like any other."""
        return office.read_log(self._house, self.who(credential), mandate_id, last)

    def mandate_states(self) -> dict[str, str]:
        """Say of each mandate of the charter whether it is in force; public."""
        return office.mandate_states(self._house)

    # The public: no session, no data

    def public_acts(self) -> list[dict[str, object]]:
        """Return the acts of office in the record, oldest first."""
        return publicity.public_acts(self._house)

    def head_of_record(self) -> dict[str, object]:
        """Return the published checkpoint, the log's key and the witnesses."""
        return publicity.head_of_record(self._house)

    def proof_of(self, entry: int) -> list[str] | None:
        """Return an entry's audit path under the published checkpoint; None while it is not published yet."""
        return publicity.proof_of(self._house, entry)

    def count_entries(self) -> dict[tuple[str, ...], int]:
        """Count the record's public leaves, as anybody can."""
        return publicity.count_entries(self._house)

    def last_taken_in(self) -> dict[str, str]:
        """Return the day on which each source was last taken in, by its mandate."""
        return publicity.last_taken_in(self._house)

    def link_rates(self) -> dict[str, Any]:
        """Return the model release that people are linked with, and how often it was found wrong, by group.

        ``unlocked`` is there where the settings have linking done in a process that is not locked.
        """
        rates = publicity.link_rates(self._house)
        return rates if not rates or link_engine(self._house.deployment).locked else rates | {"unlocked": True}

    def sign_status(self, facts: str, valid_until: datetime) -> str:
        """Sign what is so now, over the published facts with this digest; the gate words all of it."""
        return publicity.sign_status(self._house, facts, valid_until)

    def enter_shown_papers(self) -> list[str]:
        """Enter which tools' impact papers the register now shows for the first time; the days of PL-13 count so."""
        return enter_shown_papers(self._house)

    def papers_shown_since(self, tool: str) -> datetime | None:
        """Say since when a tool's impact papers, as they are now, have been public; None if never."""
        self._house.head.follow()
        return shown_since(self._house, tool)

    def publish_head(self) -> None:
        """Sign and publish the record's head, so that what was entered can be proved to outsiders."""
        self._house.ledger.publish()

    def count_holdings(self, credential: Credential, mandate_id: str) -> list[dict[str, object]]:
        """Count rows by source and table, for the duty to publish; true counts, for disclosure control."""
        return holdings.count_holdings(self._house, self.who(credential), mandate_id)

    def events(self) -> list[Event]:
        """Return what happened to mandates, rules and evidence, oldest first; public."""
        return list(self._house.head.follow().events)

    @property
    def in_force(self) -> bool:
        """Whether the charter that this door was opened with is the one in force now."""
        return self._house.head.follow().charter_hash == self._house.charter.hash

    @property
    def policy_hash(self) -> str:
        """The hash of the rules in force: what proofs speak of, and what every entry of the record names."""
        return self._house.rulebook.policy_hash

    @property
    def charter(self) -> Charter:
        """The charter, which is public."""
        return self._house.charter

    @property
    def clock(self) -> Clock:
        """A clock that never runs behind the ledger."""
        return self._house.clock

    def close(self) -> None:
        """Publish the ledger's head and close."""
        self._house.close()
