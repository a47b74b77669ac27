"""What people judged about links: written with the label of what they saw, read back by whoever may see that label.

A verdict is rows, not a paper: it names records, so it must be erased with them, expire with them and be hidden with
them. It can be taken back, and then everything is as it was before it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from peelian.core.errors import InvalidError, MissingError
from peelian.core.ids import is_ulid, new_ulid
from peelian.core.search_keys import JOINED, VERDICT
from peelian.core.time import from_micros, to_micros
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.judging import circumstances, insist
from peelian.gate.looking.indexing import index_standing, keep_up
from peelian.gate.presence import Presence
from peelian.gate.rooms.searching import Look
from peelian.model.label import combine_labels
from peelian.model.links import LINK_VERDICT
from peelian.model.pole import PERSON_TABLES
from peelian.policy.rules import Circumstances
from peelian.store.desk import CommitMade
from peelian.store.lake import arrow_schema

TABLE = LINK_VERDICT.name
DUTY = "judge-links"
FOUND = ("same", "not-same", "cannot-tell")
REASON_MIN, REASON_MAX = 10, 2000
RECORDS_MAX = 200
OFFENDER_SIDE = frozenset({"suspect", "convicted"})
_RECORD = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True)
class Judged:
    """One verdict.

    Parameters
    ----------
    id : str
        ULID.
    found : str
        ``same``, ``not-same`` or ``cannot-tell``.
    one, other : tuple of str
        Records; those of ``other`` were found to be another person than those of ``one``.
    reason, author : str
    at : datetime
    needs_two : bool
        A ``same`` that counts only once somebody else has found the same of the same records.
    """

    id: str
    found: str
    one: tuple[str, ...]
    other: tuple[str, ...]
    reason: str
    author: str
    at: datetime
    needs_two: bool

    @property
    def records(self) -> frozenset[str]:
        """Every record that it names."""
        return frozenset((*self.one, *self.other))


def counting(verdicts: Iterable[Judged]) -> tuple[Judged, ...]:
    """Return the verdicts that count: not those who cannot tell, nor a high-impact ``same`` that one alone found."""
    known = tuple(verdicts)
    people: dict[tuple[str, ...], set[str]] = {}
    for v in known:
        if v.found == "same":
            people.setdefault(v.one, set()).add(v.author)
    said = (v for v in known if v.found != "cannot-tell")
    return tuple(v for v in said if v.found != "same" or not v.needs_two or len(people[v.one]) > 1)


def verdicts_about(look: Look, record_ids: Collection[str]) -> tuple[Judged, ...]:
    """Return the verdicts that name any of some records and that the viewer may see, oldest first."""
    labels = look._labels()
    ids = sorted(r for r in record_ids if _RECORD.fullmatch(r))
    if not ids or not labels:
        return ()
    kept = look.kept(TABLE)
    naming = kept.by([TABLE], [JOINED + r for r in ids])
    verdicts = sorted({VERDICT + str(row["verdict_id"]) for _, row in naming or ()})
    rows = None if naming is None else kept.by([TABLE], verdicts)
    if rows is not None:
        return _gathered(sorted((r for _, r in rows), key=lambda r: (r["verdict_id"], r["side"], r["record"])))
    return _verdicts_in_lake(look, ids, labels)


def _verdicts_in_lake(look: Look, record_ids: Sequence[str], labels: Collection[int]) -> tuple[Judged, ...]:
    name = look.house.engine.relation(look._grant(TABLE), TABLE, look.done, None)
    ids, today = ", ".join(f"'{r}'" for r in record_ids), look.now.now.date().isoformat()
    sees = f"label_id IN ({', '.join(map(str, sorted(labels)))}) AND expires_on > DATE '{today}'"
    rows = look.house.engine.run(
        f'SELECT * FROM "{name}" WHERE {sees} AND verdict_id IN '
        f'(SELECT verdict_id FROM "{name}" WHERE record IN ({ids}) AND {sees}) ORDER BY verdict_id, side, record'
    )
    return _gathered(rows.to_pylist())


def _gathered(rows: Iterable[Mapping[str, object]]) -> tuple[Judged, ...]:
    by: dict[str, list[Mapping[str, object]]] = {}
    for row in rows:
        by.setdefault(str(row["verdict_id"]), []).append(row)
    return tuple(_judged(v, some) for v, some in sorted(by.items()))


def _judged(verdict_id: str, rows: Sequence[Mapping[str, object]]) -> Judged:
    first, at = rows[0], rows[0]["at"]
    assert isinstance(at, int)
    one, other = (tuple(str(r["record"]) for r in rows if r["side"] == side) for side in (0, 1))
    texts = {k: str(first[k]) for k in ("found", "reason", "author")}
    return Judged(verdict_id, texts["found"], one, other, texts["reason"], texts["author"], from_micros(at),
                  bool(first["needs_two"]))  # fmt: skip


@dataclass(frozen=True)
class Judgement:
    """What somebody wants to enter: what they found, of which records, shown among which, and why."""

    found: str
    one: tuple[str, ...]
    other: tuple[str, ...]
    shown: tuple[str, ...]
    reason: str


def check_judgement(given: Judgement) -> None:
    """Refuse what is no verdict.

    Raises
    ------
    InvalidError
        ``verdict-malformed``.
    """
    one, other, shown = map(frozenset, (given.one, given.other, given.shown))
    sides = bool(one) and bool(other) if given.found == "not-same" else len(one) > 1 and not other
    fits = given.found in FOUND and sides and not one & other and one | other <= shown
    fits = fits and len(shown) <= RECORDS_MAX and all(_RECORD.fullmatch(r) for r in shown)
    if not fits or not REASON_MIN <= len(given.reason.strip()) <= REASON_MAX:
        raise InvalidError(
            "verdict-malformed",
            "This is no verdict on records of people.",
            why="It says of records that were shown that they are of one person, that some are of another, or that one "
            f"cannot tell; and why, in {REASON_MIN} to {REASON_MAX} characters.",
            do="Say what you found, of which records, and why.",
        )


def post_verdict(house: House, presence: Presence, look: Look, given: Judgement) -> Judged:
    """Enter what somebody found about records that this look has shown them.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    InvalidError
        ``verdict-malformed``.
    MissingError
        ``record-missing`` when a record shown is not one that they may see; no word on which.
    """
    check_judgement(given)
    now = _judge(house, presence, look.mandate_id)
    seen = _rows_shown(look, given.shown)
    if seen is None:
        raise _record_missing()
    label = combine_labels([house.labels()[i] for i in seen.label_ids])
    assert label is not None, "rows seen for one purpose serve that purpose"
    judged = Judged(new_ulid(house.clock), given.found, tuple(sorted(given.one)), tuple(sorted(given.other)),
                    given.reason.strip(), presence.actor.id, now.now, seen.high_impact)  # fmt: skip
    told = presence.who() | {"mandate": look.mandate_id, "verdict": judged.id, "found": judged.found}
    told |= {"records": len(judged.records), "shown": len(given.shown)}
    act = Act("link-judged", DUTY, now.purpose, "allow", told, presence.reason)
    [entry] = house.recorder.record([act])
    house.desk.put_labels(house.grant("write", "labels", entry=entry), {label.label_id: label})
    _write(house, judged.id, _as_rows(judged, seen, label.label_id), entry)
    return judged


def withdraw_verdict(house: House, presence: Presence, look: Look, verdict_id: str, reason: str) -> Judged:
    """Take a verdict back: everything is as it was before it, and the record of use says that it was there.

    Raises
    ------
    MissingError
        ``verdict-missing``: it was never given, was taken back, or may not be seen; the answer is the same.
    """
    now = _judge(house, presence, look.mandate_id)
    known = _verdict(look, verdict_id)
    if known is None:
        raise MissingError(
            "verdict-missing",
            "There is no verdict of that number that you may see.",
            why="It was never given, was taken back, or rests on what is not open to you; the answer is the same.",
            do="Take the number from the page of the records it is about.",
        )
    told = presence.who() | {"mandate": look.mandate_id, "verdict": known.id, "found": "withdrawn"}
    act = Act("link-judged", DUTY, now.purpose, "allow", told, reason or presence.reason)
    [entry] = house.recorder.record([act])
    _write(house, known.id, [], entry)
    return known


def _judge(house: House, presence: Presence, mandate_id: str) -> Circumstances:
    now = circumstances(house, presence, mandate_id)
    verdict = house.rulebook.judge_act(presence.actor, now, DUTY)
    insist(house, presence, verdict, "judge links", DUTY, {"mandate": mandate_id})
    return now


def _verdict(look: Look, verdict_id: str) -> Judged | None:
    labels = look._labels()
    if not labels or not is_ulid(verdict_id):
        return None
    name = look.house.engine.relation(look._grant(TABLE), TABLE, look.done, None)
    rows = look.house.engine.run(
        f"SELECT * FROM \"{name}\" WHERE verdict_id = '{verdict_id}' "
        f"AND label_id IN ({', '.join(map(str, sorted(labels)))}) ORDER BY side, record"
    )
    return next(iter(_gathered(rows.to_pylist())), None)


@dataclass(frozen=True)
class _Shown:
    """The rows that a reviewer saw, as far as a verdict rests on them."""

    subjects: Mapping[str, str]  # record -> its subject
    label_ids: tuple[int, ...]
    expires_on: date
    high_impact: bool


def _rows_shown(look: Look, record_ids: Sequence[str]) -> _Shown | None:
    """Read what the verdict must carry of the rows; None unless every record is one that this viewer may see."""
    labels, tables = look._labels(), [t for t in PERSON_TABLES if look.opens(t)]
    if not labels or not tables:
        return None
    wanted = sorted(set(record_ids))
    grant, engine = look._grant(*tables), look.house.engine
    listed, ids = ", ".join(map(str, sorted(labels))), ", ".join(f"'{r}'" for r in wanted)
    columns = "record_id, subject_id, label_id, expires_on, role, person_ref"
    today = look.now.now.date().isoformat()
    parts = [
        f'SELECT {columns} FROM "{engine.relation(grant, t, look.done, None)}" WHERE record_id IN ({ids}) '
        f"AND label_id IN ({listed}) AND expires_on > DATE '{today}'"
        for t in tables
    ]
    rows = engine.run(f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY record_id, subject_id").to_pylist()
    if {str(r["record_id"]) for r in rows} != set(wanted):
        return None
    return _Shown(
        {str(r["record_id"]): str(r["subject_id"]) for r in rows},
        tuple(sorted({r["label_id"] for r in rows})),
        min(r["expires_on"] for r in rows),
        _is_high_impact({str(r["role"]) for r in rows}) or _has_warning(look, {str(r["person_ref"]) for r in rows}),
    )


def _is_high_impact(roles: Collection[str]) -> bool:
    """Say whether one person would be somebody who did something and somebody to whom something was done."""
    return bool(OFFENDER_SIDE & set(roles)) and "victim" in roles


def _has_warning(look: Look, references: Collection[str]) -> bool:
    """Say whether a warning that the viewer may see is about one of the people: others would be met in its light."""
    labels, known = look._labels(), sorted(r for r in references if r and r != "None")
    if not known or not labels or not look.opens("warning"):
        return False
    name = look.house.engine.relation(look._grant("warning"), "warning", look.done, None)
    ids = ", ".join("'" + r.replace("'", "''") + "'" for r in known)
    rows = look.house.engine.run(
        f"SELECT count(*) AS n FROM \"{name}\" WHERE about = 'person' AND person_ref IN ({ids}) "
        f"AND label_id IN ({', '.join(map(str, sorted(labels)))}) "
        f"AND expires_on > DATE '{look.now.now.date().isoformat()}'"
    )
    return bool(rows.column("n")[0].as_py())


def _as_rows(judged: Judged, seen: _Shown, label_id: int) -> list[dict[str, object]]:
    plain = {
        "verdict_id": judged.id, "found": judged.found, "reason": judged.reason, "author": judged.author,
        "at": to_micros(judged.at), "needs_two": judged.needs_two,
        "slice_id": f"{TABLE}/{judged.id}", "label_id": label_id, "expires_on": seen.expires_on,
        "recorded_at": to_micros(judged.at),
    }  # fmt: skip
    sides = ((0, judged.one), (1, judged.other))
    return [
        plain | {"record": r, "side": side, "record_id": _hash(f"{judged.id}|{r}"), "subject_id": seen.subjects[r]}
        | {"row_hash": _hash(f"{judged.id}|{r}|{side}")}
        for side, records in sides for r in records
    ]  # fmt: skip


def _write(house: House, verdict_id: str, rows: Sequence[Mapping[str, object]], entry: int) -> None:
    schema = arrow_schema(LINK_VERDICT)
    schema = schema.remove(schema.get_field_index("seq_from"))
    given = pa.Table.from_pylist([dict(r) for r in rows], schema=schema)
    was = index_standing(house)
    with house.writer.begin(house.grant("write", TABLE, entry=entry), house.journal(), house.clock) as transaction:
        transaction.replace_slices(TABLE, given, [f"{TABLE}/{verdict_id}"])
        seq = transaction.commit()
    done = house.head.follow().done
    assert done is not None and done.seq == seq, "the commit just made is the last one done"
    house.desk.add_commit(house.grant("write", "commits"), CommitMade(seq, done.at, done.vector))
    house.forget_labels()
    keep_up(house, was)


def _record_missing() -> MissingError:
    return MissingError(
        "record-missing",
        "Not every record that the verdict rests on is one that you may see.",
        why="A verdict carries the label of what its reviewer saw; the answer is the same whatever is in the way.",
        do="Judge what a page has shown you, while you work on the same thing.",
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
