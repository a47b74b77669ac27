"""Opening a deployment's door: ledger, keys, lake, desk and rules of one folder, checked against each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from peelian.core.canonical import digest_bytes
from peelian.core.errors import InvalidError
from peelian.core.time import Clock
from peelian.gate.acts import office
from peelian.gate.door import Gate
from peelian.gate.engine import Engine
from peelian.gate.entries import Act, Recorder
from peelian.gate.examiner import Examiner
from peelian.gate.house import SIGNING_KEY, House
from peelian.gate.memory.head import HeadClock
from peelian.gate.memory.recall import check_memory, recall_head
from peelian.gate.witnessing import WitnessCheck, read_terms
from peelian.ledger.log import Ledger
from peelian.ledger.note import Signer
from peelian.policy.charter import Charter
from peelian.policy.rules import Rulebook
from peelian.store.commit import Writer
from peelian.store.deployment import Deployment
from peelian.store.desk import Account, open_desk
from peelian.store.keys import SubjectKeys
from peelian.store.lake import Lake
from peelian.store.leases import Leases
from peelian.store.tombstones import Tombstones


def found_gate(
    deployment: Deployment,
    charter: Charter,
    accounts: Mapping[str, bytes],
    *,
    clock: Clock,
    origin: str,
    examiner: Examiner | None = None,
) -> Gate:
    """Open a new deployment for the first time: make its ledger, put its charter into force, enrol the first accounts.

    Parameters
    ----------
    accounts : mapping of str to bytes
        Person of the charter -> Ed25519 public key. Private halves stay with their holders.
    origin : str
        The log's name for ever.
    """
    strangers = sorted(set(accounts) - set(charter.people))
    if strangers:
        raise InvalidError(
            "account-without-person",
            f"{len(strangers)} accounts are for nobody the charter names.",
            why="An account belongs to a person of the charter.",
            do="Name the person in charter/people.yml first.",
        )
    signer = Signer.generate(origin)
    signer.save(deployment.keys / SIGNING_KEY)
    Ledger.create(deployment.ledger, origin=origin, signer=signer, clock=clock).close()
    house = _open_house(deployment, charter, clock=clock, threads=2, examiner=examiner)
    _note_settings(house)
    office.found(house)
    enrolled = {account_id: public_key.hex() for account_id, public_key in sorted(accounts.items())}
    bodies = [{"account": account_id, "key": key} for account_id, key in enrolled.items()]
    house.recorder.record([Act("account-enrolled", "sign-in", "", "record", body) for body in bodies])
    for account_id, key in enrolled.items():
        account = Account(account_id, key, house.clock.now())
        house.desk.add_account(house.grant("write", "accounts"), account)
    return Gate(house)


def open_gate(
    deployment: Deployment, charter: Charter, *, clock: Clock, threads: int = 2, examiner: Examiner | None = None
) -> Gate:
    """Open a deployment's door; a commit that was begun and never finished is undone first.

    Raises
    ------
    TamperedError
        When the ledger does not verify, or the lake is not what the ledger says.
    RefusedError
        ``charter-not-in-force`` on the first call, when the charter in the folder is not the adopted one.
    """
    house = _open_house(deployment, charter, clock=clock, threads=threads, examiner=examiner)
    house.head.follow()
    _note_settings(house)
    if house.head.intent is not None:
        house.writer.recover(house.journal())
    return Gate(house)


def check_remembered(folder: Path, clock: Clock) -> str:
    """Hold what a deployment remembers of its record against the record; opens nothing else and writes nothing.

    Returns what :func:`peelian.gate.memory.recall.check_memory` does; ``no keys`` where the keys are elsewhere.
    """
    keys = folder / "keys"
    if not (keys / SIGNING_KEY).is_file():
        return "no keys"
    ledger = Ledger.open(folder / "ledger", signer=None, clock=clock)
    try:
        return check_memory(ledger, SubjectKeys(keys).log_key(), folder / "tmp")
    finally:
        ledger.close()


def _open_house(
    deployment: Deployment, charter: Charter, *, clock: Clock, threads: int, examiner: Examiner | None = None
) -> House:
    terms = read_terms(deployment.settings)
    signer = Signer.load(deployment.keys / SIGNING_KEY)
    ledger = Ledger.open(deployment.ledger, signer=signer, clock=clock, witnesses=terms.witnesses)
    keys = SubjectKeys(deployment.keys)
    rulebook = Rulebook(charter, region=deployment.jurisdiction)
    head = recall_head(ledger, keys.log_key(), deployment.tmp).follow()
    tombstones = Tombstones(deployment.keys)
    lake = Lake(deployment.lake, deployment.n_buckets, threads)
    floor = HeadClock(clock, head)
    return House(
        deployment=deployment,
        charter=charter,
        rulebook=rulebook,
        ledger=ledger,
        head=head,
        recorder=Recorder(ledger, keys, floor, rulebook.policy_hash, _merged(charter)),
        lake=lake,
        writer=Writer(lake, deployment.writer_lock, tombstones=tombstones),
        desk=open_desk(deployment.desk),
        keys=keys,
        tombstones=tombstones,
        leases=Leases(deployment.leases, floor),
        engine=Engine(lake, deployment.tmp, threads),
        clock=floor,
        witnesses_ok=WitnessCheck(ledger, terms, floor, _minimum(charter), force_names(charter)),
        examiner=examiner,
    )


def _minimum(charter: Charter) -> int:
    """Return how many outside witnesses the charter asks for; a demonstration is let off, and says so."""
    return 0 if charter.force.demonstration else charter.panel.witnesses_min


def force_names(charter: Charter) -> frozenset[str]:
    """Return what the force calls itself, in lower case."""
    return frozenset({charter.force.id.casefold(), charter.force.name.casefold()})


def _note_settings(house: House) -> None:
    """Enter that the settings are other than they were, before anything is opened under them.

    They are a file that anyone with the disk can edit, and they say how many witnesses it takes: a quorum of none
    would let methods run unseen. It cannot be done without a public entry on the day.
    """
    given = house.deployment.settings
    settings = digest_bytes(json.dumps(given, sort_keys=True, default=str).encode())
    if settings != house.head.settings:
        terms = read_terms(given)
        body = {
            "settings": settings,
            "before": house.head.settings,
            "jurisdiction": house.deployment.jurisdiction,
            "quorum": terms.quorum,
            "gap_seconds": int(terms.gap.total_seconds()),
            "witnesses": sorted(terms.witnesses.vkeys),
        }
        house.recorder.record([Act("settings-loaded", "settings", "", "record", body)])
        house.head.follow()


def _merged(charter: Charter) -> dict[str, str]:
    """Name the heading under which each purpose is published; rare and sensitive ones are merged under ``other``.

    The public log is itself a release (PL-11): a day with one entry for a rare purpose would tell a story.
    """
    open_subjects = {"source", "method", "assessment"}
    common = {p for m in charter.mandates.values() if m.subject in open_subjects for p in m.purposes}
    safety = {p.id for p in charter.purposes.values() if p.safety}
    return {p: p for p in common - safety}
