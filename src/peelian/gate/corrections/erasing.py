"""Erasing a subject: judged, entered, then physical, with a receipt that says what was rewritten and what cannot be.

Order matters: the entry that an erasure was asked for comes first, the destruction of the subject's ledger key last,
so that an interrupted erasure is finished by asking for it again and the ledger verifies at every moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import product

from peelian.core.canonical import digest
from peelian.core.errors import InvalidError, MissingError, Reason, RefusedError
from peelian.core.ids import new_ulid
from peelian.gate.amendments import held_of
from peelian.gate.corrections.case_erasing import erase_in_case_files, own_marks
from peelian.gate.corrections.link_ends import edges_of_subject
from peelian.gate.corrections.masking import mask_texts
from peelian.gate.corrections.reopening import findings_on, reopen
from peelian.gate.corrections.standing_erasing import end_about
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.judging import circumstances, insist
from peelian.gate.looking.copies import recall_copies, records_of
from peelian.gate.looking.indexing import index_lock, index_standing, keep_up, shard_entries
from peelian.gate.looking.kept_charts import forget_in_charts
from peelian.gate.looking.watched import IDENTITY, insist_of_others
from peelian.gate.presence import Presence
from peelian.store.desk import Erasure
from peelian.store.erase import Eraser, Receipt
from peelian.store.grant import Grant
from peelian.store.lake import HISTORY, quote

_SUBJECT = re.compile(r"[0-9a-f]{32}")
_BESIDE = ("lineage", "findings", "assessments", "erasures", "index")
"""What an erasure touches beside the lake's tables."""

BACKUP_DAYS = 35
"""How long backups last unless ``[backup] days`` in the settings says otherwise."""


def erase(house: House, presence: Presence, mandate_id: str, *subject_ids: str) -> dict[str, object]:
    """Erase every row of a subject, in every table, history, index, key and log that the deployment keeps.

    Parameters
    ----------
    *subject_ids : str
        The source's own person id or the record's, as the deployment keeps it: 32 hex digits, never a name. Several
        when several systems wrote of one person; who that is, whoever answers the request has found out.

    Returns
    -------
    dict
        ``reference``, ``rows`` by table, ``places`` rewritten, ``cannot`` (backups until a day, paper), ``dependants``,
        ``copies`` recalled, each with number and holder, ``findings`` re-opened, ``case_files`` and what was done in
        each, ``texts_masked``, and ``to_read``: the keys of texts that want a human eye.

    Raises
    ------
    InvalidError
        ``subject-malformed``.
    RefusedError
        ``record-held``, ``own-record``.
    MissingError
        ``subject-missing`` when no row of any table is about that subject.
    """
    _insist_named(subject_ids)
    now = circumstances(house, presence, mandate_id)
    verdict = house.rulebook.judge_act(presence.actor, now, "erase")
    insist(house, presence, verdict, "erase a subject", "erase", {"mandate": mandate_id})
    for subject_id in subject_ids:
        _insist_not_held(house, subject_id)
    insist_of_others(house, presence, mandate_id, _rows_about(house, subject_ids), "erase a subject")
    reference = new_ulid(house.clock)
    asked = presence.who() | {"mandate": mandate_id, "erasure": reference}
    act = Act("erasure", "erase", now.purpose, "allow", asked, presence.reason, subject_ids)
    [entry] = house.recorder.record([act])
    house.desk.add_erasure(house.grant("write", "erasures"), Erasure(reference, presence.operation_ref, now.now))
    grant = _erase_grant(house, entry)
    # First: afterwards nobody knows any more what the records went into, not even an erasure that is asked for again.
    records = [r for s in subject_ids for r in records_of(house, grant, s)]
    copies = recall_copies(house, presence, mandate_id, "erased", records)
    findings = findings_on(house, "subject_id", subject_ids)
    beside = {"findings": findings, "copies": [c.as_dict() for c in copies], "charts": forget_in_charts(house, records)}
    beside |= _in_what_people_keep(house, grant, subject_ids, entry)
    texts = mask_texts(house, grant, subject_ids)
    receipt = _erase(house, grant, subject_ids)
    reopen(house, findings)
    told = receipt.as_dict() | beside
    told |= {"texts_masked": len(texts.records), "texts_to_read": texts.to_read_count}
    house.desk.advance_erasure(house.grant("write", "erasures"), reference, "finished", house.clock.now(), told)
    house.recorder.record(
        [Act("key-destroyed", "erase", now.purpose, "record", {"erasure": reference, "receipt": digest(told)})]
    )
    if not receipt.rows:
        raise _nobody()
    return {"reference": reference, "entry": entry} | told | {"to_read": list(texts.to_read)}


def _in_what_people_keep(
    house: House, grant: Grant, subject_ids: Sequence[str], entry: int
) -> dict[str, list[dict[str, object]] | int]:
    """Take somebody out of files of cases, and end the flags and saved searches that are about them."""
    marks = own_marks(house, grant, subject_ids)
    files = [one.as_dict() for one in erase_in_case_files(house, marks, entry)]
    return {"case_files": files, "standing": end_about(house, marks.sure, subject_ids)}


def _insist_named(subject_ids: Sequence[str]) -> None:
    if not subject_ids or not all(_SUBJECT.fullmatch(s) for s in subject_ids):
        raise InvalidError(
            "subject-malformed",
            "A subject is named by 32 hex digits.",
            why="Names and other personal values never go into a command line, where other programs can read them.",
            do="List the subjects of a table with `peelian subjects`.",
        )


def _nobody() -> MissingError:
    return MissingError(
        "subject-missing",
        "No row is about that subject.",
        why="It was never here, or has been erased before. Files, keys and log were swept all the same.",
        do="Check the number with `peelian subjects`.",
    )


def _rows_about(house: House, subject_ids: Sequence[str]) -> Iterator[dict[str, object]]:
    """Give what says whom the rows about some subjects are of, earlier versions among them."""
    done, listed = house.head.follow().done, ", ".join(quote(s) for s in subject_ids)
    for table, past in product(sorted(IDENTITY.keys() & set(house.lake.tables)), (False, True)):
        version = (done.vector if done else {}).get(table + HISTORY if past else table)
        scan = house.lake.scan_sql(house.grant("read", table), table, version, history=past)
        columns = ", ".join(f'"{c}"' for c in IDENTITY[table])
        yield from house.engine.run(f"SELECT {columns} FROM ({scan}) WHERE subject_id IN ({listed})").to_pylist()


def _insist_not_held(house: House, subject_id: str) -> None:
    """Refuse to erase what a mandate in force holds: a record may be restricted meanwhile, which shuts it to all."""
    held = sorted(held_of(house, subject_id))
    if held:
        raise RefusedError(
            "record-held",
            f"A record about that subject is held under {', '.join(held)}.",
            why="Somebody who may ask for it has asked for it to be kept; erasing it would destroy it for good.",
            do="Restrict it with `peelian record restrict`, and ask the owner of the mandate for an end.",
            reasons=[
                Reason("record-held", f"Mandate {m} holds it.", house.charter.mandates[m].owner, "Ask for an end.")
                for m in held
            ],
        )


def _erase_grant(house: House, entry: int) -> Grant:
    return house.grant("erase", *house.lake.tables, *_BESIDE, entry=entry)


def eraser_of(house: House, grant: Grant) -> Eraser:
    """Return what takes rows from the disk for good, here: with the index, the keys and the folder that engines use."""
    return Eraser(
        house.writer,
        house.leases,
        house.desk,
        house.tombstones,
        index=house.index,
        rebuild=lambda shard: shard_entries(house, grant, shard),
        keys=house.keys,
        tmp=house.deployment.tmp,
    )


def _erase(house: House, grant: Grant, subject_ids: Sequence[str]) -> Receipt:
    eraser, was = eraser_of(house, grant), index_standing(house)
    until = house.clock.now().date() + timedelta(days=_backup_days(house))
    with index_lock(house):
        edges = sorted({e for s in subject_ids for e in edges_of_subject(house, grant, s)})
        receipt = eraser.erase(
            grant, house.journal(), house.clock, subject_ids=subject_ids, record_ids=edges, backups_until=until
        )
    house.head.follow()
    house.engine.forget()
    keep_up(house, was)
    return receipt


def _backup_days(house: House) -> int:
    section = house.deployment.settings.get("backup", {})
    return int(section.get("days", BACKUP_DAYS)) if isinstance(section, dict) else BACKUP_DAYS
