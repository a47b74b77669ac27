"""A small real deployment for tests: folder, charter, ledger, desk, lake; its people's keys; rows planted by hand.

Everything is as in service but for two things: the clock stands still until it is moved, and :meth:`Built.plant` writes
rows with whatever labels a test needs, through the gate's own writer. No source file knows of this module.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.core.canonical import canonical_bytes
from peelian.core.errors import RefusedError
from peelian.core.time import FixedClock
from peelian.decide.practice import Examiner
from peelian.gate.door import Gate
from peelian.gate.entries import read_body
from peelian.gate.findings.running import Program, hash_code
from peelian.gate.identity import Credential, request_sign_in
from peelian.gate.opening import found_gate, open_gate
from peelian.gate.rooms.practising import practice_room
from peelian.gate.sandbox.worker import WorkerResult
from peelian.model.label import Label
from peelian.model.stop import Proposal, Stop
from peelian.policy.charter import Charter, load_charter
from peelian.policy.example import write_example
from peelian.policy.rules import MethodFacts
from peelian.store.deployment import Deployment, create_deployment, open_deployment
from peelian.store.lake import arrow_schema
from tests.support.trained import TRAINED

TEMPLATE = Path(__file__).resolve().parents[2] / "charter"
FOUNDED_ON = date(2026, 11, 23)
FOUNDED_AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
FAR_OFF = date(2036, 1, 1)
OPERATIONS = {
    "analyst-1": "op-patrol-planning",
    "analyst-2": "op-patrol-planning",
    "data-engineer-1": "op-loading",
    "model-owner-1": "op-assessment",
    "data-protection-officer-1": "op-erasure",
    "data-protection-officer-2": "op-erasure",
    "neighbourhood-officer-1": "op-patrol-planning",
    "panel-member-1": "op-oversight",
    "panel-member-2": "op-oversight",
    "panel-member-3": "op-oversight",
    "approver-1": "op-oversight",
    "official-1": "op-oversight",
    "information-commissioner-1": "op-lawfulness",
}
"""Where each person of the example works, unless a test says otherwise."""

OPEN_LABEL = Label(
    frozenset({"burglary-prevention", "method-assessment", "erasure-on-request", "danger-to-life"}),
    source="incidents",
    force="northmere",
)
"""What rows of the example's own incidents carry."""

METHOD_FOLDER = Path(__file__).resolve().parent / "gate_method"


def program(**changed: object) -> Program:
    """Return a run of the hotspots method as far as the gate looks at it; its code is :data:`METHOD_FOLDER`."""
    given: dict[str, object] = {
        "name": "hotspots",
        "target": "place",
        "inputs": frozenset({"incident.month", "incident.easting_m", "incident.northing_m", "incident.offence"}),
        "offences": frozenset({"burglary"}),
        "area": "study-area",
        "glass_box": True,
    }
    return Program(MethodFacts(**(given | changed)), (METHOD_FOLDER,), ("no-such-worker",))  # type: ignore[arg-type]


def worker_that(work: Callable[..., object]) -> Callable[..., WorkerResult]:
    """Stand in for the worker: ``work(tables, parameters)`` is done in this process."""

    def run(command: object, tables: object, parameters: object, **bounds: object) -> WorkerResult:
        return WorkerResult(canonical_bytes({"result": work(tables, parameters)}), {}, 0, 0, 0, 0, 0)

    return run


@dataclass
class Built:
    """A deployment, its people's keys, and its door."""

    deployment: Deployment
    charter: Charter
    clock: FixedClock
    keys: Mapping[str, Ed25519PrivateKey]
    gate: Gate
    held: dict[tuple[str, str], Credential] = field(default_factory=dict)

    @property
    def house(self):
        """Return what the gate holds, which only the gate's own tests look at."""
        return self.gate._house

    def sign_in(self, person: str, gate: Gate | None = None) -> Credential:
        """Sign somebody in with their own key."""
        request, key = request_sign_in(person, self.keys[person], self.clock.now(), self.deployment.id)
        return Credential((gate or self.gate).open_session(request).id, key)

    def at_work(self, person: str, operation: str | None = None) -> Credential:
        """Return a session of somebody in their working context, made once."""
        at = operation or OPERATIONS[person]
        if (person, at) not in self.held:
            credential = self.sign_in(person)
            self.gate.set_context(credential, at)
            self.held[person, at] = credential
        return self.held[person, at]

    def adopt(self, *mandates: str) -> None:
        """Adopt mandates, as the approver; all of the charter's when none is named."""
        approver = self.at_work("approver-1")
        for mandate in mandates or sorted(self.charter.mandates):
            self.gate.act_on_mandate(approver, mandate, "adopt-mandate")

    def signature(self, person: str, text: str) -> str:
        """Return somebody's signature of a text with their own key, base64."""
        return base64.b64encode(self.keys[person].sign(text.encode())).decode()

    def sign_for_panel(self, proposal: Proposal, *people: str, gate: Gate | None = None) -> Proposal:
        """Have members of the panel sign a proposal with their own keys, and hand the signatures in together."""
        signed = {p: self.signature(p, proposal.statement.text) for p in people}
        return (gate or self.gate).sign_for_panel(self.at_work(people[0]), proposal.id, signed)

    def panel_stops(self, mandate: str, reason: str = "It is not tested.", begins_at: datetime | None = None) -> Stop:
        """Stop a mandate as the panel: proposed by one member, signed by two."""
        proposal = self.gate.propose_stop(self.at_work("panel-member-1"), mandate, reason, begins_at)
        self.sign_for_panel(proposal, "panel-member-1", "panel-member-2")
        return next(s for s in self.gate.stops() if s.id == proposal.id)

    def panel_lifts(self, stop: Stop, reason: str = "It has been tested.") -> Proposal:
        """Lift the panel's stop with two signatures."""
        proposal = self.gate.propose_lift(self.at_work("panel-member-1"), stop.id, reason)
        return self.sign_for_panel(proposal, "panel-member-2", "panel-member-1")

    def train(self, trained: Mapping[str, Iterable[str]] = TRAINED) -> None:
        """Have people sit practice sets, answered from the truth as in a demonstration."""
        room = practice_room(self.gate)
        for person, subjects in trained.items():
            credential = self.sign_in(person)
            for subject in subjects:
                assert room.show(credential, room.begin(credential, subject).id).passed
            self.gate.close_session(credential)

    def plant(self, slices: Mapping[str, Iterable[Mapping[str, object]]], table: str = "incident") -> int:
        """Write rows with the labels and expiries they bring, one commit; each slice is replaced as a whole."""
        return plant(self.gate, table, slices)

    def plant_labels(self, labels: Iterable[Label]) -> None:
        """Put labels into the dictionary."""
        grant = self.house.grant("write", "labels")
        self.house.desk.put_labels(grant, {label.label_id: label for label in labels})
        self.house.forget_labels()

    def reopen(self) -> Gate:
        """Open the door a second time, as another process would."""
        charter = load_charter(self.deployment.charter)
        return open_gate(self.deployment, charter, clock=self.clock, threads=1, examiner=Examiner())

    def leaves(self) -> list[dict[str, object]]:
        """Return the public part of every entry."""
        return [json.loads(leaf) for _, leaf, _ in self.house.ledger.read()]

    def bodies(self, op: str = "") -> list[dict[str, object]]:
        """Return the ordinary private part of every entry, of one operation if named."""
        key = self.house.keys.log_key()
        entries = self.house.ledger.read()
        return [read_body(private, key) for _, leaf, private in entries if not op or json.loads(leaf)["op"] == op]


def plant(gate: Gate, table: str, slices: Mapping[str, Iterable[Mapping[str, object]]]) -> int:
    """Write rows with the labels and expiries they bring, through the gate's own writer."""
    house = gate._house
    schema = arrow_schema(house.lake.spec(table)).remove(
        arrow_schema(house.lake.spec(table)).get_field_index("seq_from")
    )
    rows = [whole(row, slice_id) for slice_id, some in slices.items() for row in some]
    given = pa.Table.from_pylist([{n: row.get(n) for n in schema.names} for row in rows], schema=schema)
    with house.writer.begin(house.grant("write", table), house.journal(), house.clock) as transaction:
        transaction.replace_slices(table, given, list(slices))
        seq = transaction.commit()
    house.head.follow()
    return seq


def whole(row: Mapping[str, object], slice_id: str) -> dict[str, object]:
    """Fill in what every row needs and the test does not care about."""
    record = str(row["record_id"])
    return {
        "subject_id": record,
        "slice_id": slice_id,
        "row_hash": _hash({k: v for k, v in row.items() if k not in ("label_id", "expires_on")}),
        "label_id": OPEN_LABEL.label_id,
        "expires_on": FAR_OFF,
        "recorded_at": 0,
    } | dict(row)


def _hash(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:32]


def record(number: int) -> str:
    """Return a record id in the form the store asks for."""
    return _hash(number)


def build(
    folder: Path,
    *,
    adopt: bool = True,
    settings: str = "",
    n_buckets: int = 1,
    clock: FixedClock | None = None,
    template: Path = TEMPLATE,
    code_hashes: Mapping[str, str] | None = None,
) -> Built:
    """Make a deployment in a folder, with the example charter in force and, if asked, its mandates adopted.

    Parameters
    ----------
    settings : str
        Added to ``peelian.toml``.
    template : Path
        Another charter than the example's.
    code_hashes : mapping of str to str, optional
        Code that mandates approve, beside that of the hotspots method.
    """
    clock = clock or FixedClock(FOUNDED_AT)
    example = load_charter(template)
    regions = example.jurisdiction
    deployment = create_deployment(
        folder / "force", jurisdiction=regions.home, allowed=regions.regions, clock=clock, n_buckets=n_buckets
    )
    hashes = {"hotspots": hash_code((METHOD_FOLDER,))} | dict(code_hashes or {})
    charter = write_example(deployment.charter, FOUNDED_ON, template=template, code_hashes=hashes)
    if settings:
        with deployment.config.open("a") as out:
            out.write(settings)
        deployment = open_deployment(deployment.folder, allowed=regions.regions)
    keys = {person: Ed25519PrivateKey.generate() for person in sorted(charter.people)}
    publics = {person: key.public_key().public_bytes_raw() for person, key in keys.items()}
    gate = found_gate(deployment, charter, publics, clock=clock, origin="northmere.invalid/log", examiner=Examiner())
    built = Built(deployment, charter, clock, keys, gate)
    built.plant_labels([OPEN_LABEL])
    if adopt:
        built.adopt()
        built.train()
    return built


def codes(error: RefusedError) -> set[str]:
    """Return the codes of a refusal's reasons."""
    return {r.code for r in error.reasons}


def burglaries(n: int, start: int = 0, **changed: object) -> list[dict[str, object]]:
    """Make incident rows that differ in month and place."""
    rows: Sequence[dict[str, object]] = [
        {
            "record_id": record(start + i),
            "force": "northmere",
            "offence": "burglary",
            "month": 24300 + i % 7,
            "easting_m": 500_000.0 + 100.0 * (i % 11),
            "northing_m": 200_000.0 + 100.0 * (i % 5),
            "place": f"Invented Street {i % 13}",
        }
        for i in range(n)
    ]
    return [row | changed for row in rows]
