"""Which records are of one person: linking them, explaining a link, and judging what a machine cannot tell."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from peelian.app.caller import Caller
from peelian.app.linking.entities import WANTED, Entities, both_rows, compared_rows, entities_in, record_number
from peelian.app.linking.resolve_testing import SEEN
from peelian.app.methods import LINKING, MEASURING
from peelian.core.errors import InvalidError, MissingError
from peelian.gate.linking.link_engine import SPARK
from peelian.gate.linking.linking import Linked, Wanted
from peelian.gate.rooms.link_room import LinkRoom, link_room
from peelian.gate.rooms.link_verdicts import Judged, Judgement, counting
from peelian.gate.rooms.linked import waiting_in
from peelian.gate.rooms.searching import Asked, Look, look_room
from peelian.model.links import COMPARED
from peelian.model.pole import PERSON_TABLES
from peelian.resolve.cluster import Held
from peelian.resolve.contradict import REASONS
from peelian.resolve.explain import HELD, explain_link
from peelian.resolve.release import ModelRelease
from peelian.resolve.score import check_shape
from peelian.resolve.spark import require_spark

LINK, JUDGE = "link-people", "judge-links"
QUESTIONS_MAX = 100
"""Questions in a queue: what one person may be asked to look through at once."""

_WAITING_MAX = 150
_SHOWN = (*COMPARED, "event_ref", "role", "died_on", "subject_id")
_LOOKED_INTO = {
    **{t: tuple(dict.fromkeys((*WANTED.get(t, ()), *(_SHOWN if t in PERSON_TABLES else ())))) for t in WANTED},
    "warning": ("record_id", "about", "person_ref"),
}


def resolve(caller: Caller, *, train: bool = False, whole: bool = False, release: Path | None = None) -> Linked:
    """Find which records are of one person; what came or changed since the last run is compared, nobody sees a row.

    Parameters
    ----------
    train : bool
        Learn a new model release from the records; the first run does so by itself.
    whole : bool
        Compare everything anew, to the same result.
    release : Path, optional
        A file with a release that was trained elsewhere; it is frozen here and used.

    Raises
    ------
    MissingError
        ``spark-missing``, ``java-missing`` where the deployment is to link on Spark and cannot.
    """
    room = link_room(caller.gate)
    if room.engine.name == SPARK:
        require_spark(room.engine.java_home)
    mandate = caller.mandate("duty", LINK).id
    frozen = ""
    if release is not None:
        document = _read_release(release)
        frozen = room.freeze(caller.credential, mandate, LINKING, document)
    wanted = Wanted(release=frozen, train=train, whole=whole)
    return room.link(caller.credential, mandate, LINKING, wanted)


def _read_release(file: Path) -> Mapping[str, object]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidError(
            "release-file-unreadable",
            "That file holds no model release.",
            why=f"It is read as JSON ({type(error).__name__}).",
            do="Name a file out of `models/` of a deployment in which it was trained.",
        ) from error
    release = ModelRelease.from_dict(document)
    check_shape(release)
    return release.to_dict()


def say_linked(made: Linked) -> dict[str, Any]:
    """Return what a run did, as plain data."""
    return asdict(made) | {"waiting": dict(made.waiting), "change": made.change.as_dict()}


def measure(caller: Caller, truth: Path) -> dict[str, Any]:
    """Hold the links against the truth of a made-up city; nobody sees a record, figures alone come out.

    Parameters
    ----------
    truth : Path
        The city's folder ``truth``, or the city's.
    """
    folder = truth / "truth" if (truth / "truth").is_dir() else truth
    tables = {name: _truth_table(folder, name, columns) for name, columns in _TRUTH.items()}
    room, mandate = link_room(caller.gate), caller.mandate("duty", LINK).id
    figures = room.measure(caller.credential, mandate, MEASURING, tables)
    told = {"dataset": "made-up city", "synthetic": True, "seen": SEEN["made-up city"], "release": room.release_in_use}
    return told | dict(figures)


_TRUTH = {
    "mentions": ("system", "table", "event_ref", "line", "person_id"),
    "persons": ("person_id", "culture", "sex", "birth_on"),
}


def _truth_table(folder: Path, name: str, columns: Sequence[str]) -> pa.Table:
    try:
        return pq.read_table(folder / f"{name}.parquet", columns=list(columns))
    except (OSError, pa.ArrowInvalid) as error:
        raise MissingError(
            "truth-missing",
            f"There is no {name}.parquet of a made-up city there.",
            why="A truth to measure against exists for made-up data alone.",
            do="Name the folder that `peelian synth city` wrote.",
        ) from error


# Looking


@contextmanager
def _judging(caller: Caller, what: str) -> Iterator[tuple[LinkRoom, Look]]:
    room = link_room(caller.gate)
    mandate = caller.mandate("duty", JUDGE).id
    with room.looking(caller.credential, mandate, _LOOKED_INTO, Asked(what, ("",))) as look:
        yield room, look


def explain(caller: Caller, a: str, b: str) -> dict[str, Any]:
    """Say why two records are or are not linked: a sentence to read out, and weights that add up.

    Raises
    ------
    MissingError
        ``records-missing``, ``release-missing``.
    """
    a, b = record_number(a), record_number(b)
    room = look_room(caller.gate)
    with room.look(
        caller.credential, room.mandate_for(caller.credential), _LOOKED_INTO, Asked("explain", ("",))
    ) as look:
        rows, entities = both_rows(look, a, b), entities_in(look, [a, b])
    joined = entities.of.get(a) is not None and entities.of.get(a) == entities.of.get(b)
    told = _explained(caller, *rows)
    verdicts = [_verdict(v) for v in entities.verdicts if {a, b} <= v.records]
    return told | {"record_a": a, "record_b": b, "one_person": joined, "verdicts": verdicts}


def _explained(caller: Caller, a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
    room = link_room(caller.gate)
    found = explain_link(a, b, ModelRelease.from_dict(room.release()))
    rows = [{"what": what, "mbit": mbit, "total_mbit": total} for what, mbit, total in found.waterfall()]
    return {
        "sentence": found.sentence, "weight_mbit": found.weight_mbit, "reason": found.reason,
        "waterfall": rows, "release": room.release_in_use,
    }  # fmt: skip


def entity(caller: Caller, record: str) -> dict[str, Any]:
    """Say which records are of one person with this one, and what of them is in question."""
    record = record_number(record)
    with _judging(caller, "entity") as (_, look):
        found = entities_in(look, [record])
        rows = compared_rows(look, sorted(found.of))
    if record not in found.of:
        raise _nothing()
    name = found.of[record]
    members = found.clusters[name]
    held = [_question(h, found) for h in found.held if name in h.clusters and not h.settled]
    verdicts = [_verdict(v) for v in found.verdicts if v.records & set(members)]
    return {"entity": name, "records": [_record(r, rows[r]) for r in members], "held": held, "verdicts": verdicts}


# Judging


def may_judge(caller: Caller) -> bool:
    """Say whether the caller could be asked at all, for what they work on and in their role; opens nothing."""
    met = caller.gate.who(caller.credential)
    duties = caller.gate.mandates("duty", JUDGE)
    return any(met.purpose in m.purposes and m.roles & met.actor.roles for m in duties)


def questions(caller: Caller, limit: int = QUESTIONS_MAX) -> list[dict[str, Any]]:
    """List what waits for a reviewer, among what the caller may see: what would move most records comes first.

    How strong a link is takes no part in the order, so that it cannot be read from it.
    """
    with _judging(caller, "review-queue") as (_, look):
        found = entities_in(look, waiting_in(look, _WAITING_MAX))
        me = look.presence.actor.id
    open_ones = [h for h in found.held if h.asked and not _settled(h, found.verdicts, me)]

    def consequence(held: Held) -> tuple[int, int, tuple[str, str]]:
        sizes = [len(found.clusters[c]) for c in held.clusters]
        return -min(sizes), -sum(sizes), held.clusters

    told = [_question(h, found) for h in sorted(open_ones, key=consequence)]
    return told[:limit]


def _settled(held: Held, verdicts: Sequence[Judged], me: str) -> bool:
    """Say whether a question needs no further word of this reviewer."""
    about = [v for v in verdicts if set(held.records) == v.records]
    return any(v.author == me for v in about) or any(v.found == "not-same" for v in counting(about))


def hypothesis(caller: Caller, one: str, other: str) -> dict[str, Any]:
    """Show two clusters as one hypothesis, blind: the records side by side and why it is asked, no weight.

    Raises
    ------
    MissingError
        ``question-missing`` when nothing is in question between the two for this viewer.
    """
    one, other = record_number(one), record_number(other)
    with _judging(caller, "review") as (_, look):
        found = entities_in(look, [one, other])
        held = _held_between(found, one, other)
        rows = compared_rows(look, held.records)
        me = look.presence.actor.id
    records = [_record(r, rows[r]) | {"cluster": found.of[r]} for r in held.records]
    mine = [_verdict(v) for v in found.verdicts if v.author == me and v.records == set(held.records)]
    return _question(held, found) | {"records": records, "mine": mine}


def judge(caller: Caller, one: str, other: str, answer: str, reason: str) -> dict[str, Any]:
    """Enter what the caller found about a hypothesis, and only then tell the weights.

    Parameters
    ----------
    answer : str
        ``same``, ``not-same`` or ``cannot-tell``.
    """
    one, other = record_number(one), record_number(other)
    with _judging(caller, "review") as (room, look):
        found = entities_in(look, [one, other])
        held = _held_between(found, one, other)
        sides = tuple(found.clusters[c] for c in held.clusters)
        given = sides if answer == "not-same" else (held.records, ())
        judged = room.judge(caller.credential, look, Judgement(answer, given[0], given[1], held.records, reason))
        rows = compared_rows(look, held.records)
        strongest = _strongest(found, sides)
    told = _explained(caller, rows[strongest[0]], rows[strongest[1]]) if strongest else {}
    return _verdict(judged) | {"counts": judged.found != "same" or not judged.needs_two, "explained": told}


def unmerge(caller: Caller, record: str, others: Sequence[str], reason: str) -> dict[str, Any]:
    """Say that some records of an entity are of another person than the rest.

    Raises
    ------
    MissingError
        ``nothing-to-unmerge`` when they are not all of that entity, or are all of it, for this viewer.
    """
    record, others = record_number(record), [record_number(one) for one in others]
    with _judging(caller, "unmerge") as (room, look):
        found = entities_in(look, [record])
        members = set(found.clusters.get(found.of.get(record, ""), ()))
        apart = set(others)
        if not apart or not apart < members:
            raise MissingError(
                "nothing-to-unmerge",
                "Those are not some of the records of that entity, as you may see it.",
                why="An entity parts into some of its records and the rest; what is not of it is not in it.",
                do="List its records with `peelian review entity RECORD`.",
            )
        sides = (tuple(sorted(members - apart)), tuple(sorted(apart)))
        given = Judgement("not-same", *sides, tuple(sorted(members)), reason)
        return _verdict(room.judge(caller.credential, look, given))


def withdraw(caller: Caller, verdict: str, reason: str) -> dict[str, Any]:
    """Take a verdict back: everything is as it was before it."""
    with _judging(caller, "withdraw") as (room, look):
        return _verdict(room.withdraw(caller.credential, look, verdict, reason)) | {"withdrawn": True}


# Words


def _held_between(found: Entities, one: str, other: str) -> Held:
    wanted = {found.of.get(one), found.of.get(other)}
    held = next((h for h in found.held if set(h.clusters) == wanted), None)
    if held is None:
        raise MissingError(
            "question-missing",
            "Nothing is in question between those two that you may see.",
            why="It was never asked, has been settled, or rests on what is not open to you; the answer is the same.",
            do="Take a question from the list.",
        )
    return held


def _strongest(found: Entities, sides: tuple[tuple[str, ...], ...]) -> tuple[str, str] | None:
    """Return the heaviest edge between two clusters."""
    one, other = (set(side) for side in sides)
    edges = found.links.to_pylist()
    between = [e for e in edges if len({e["record_a"], e["record_b"]} & one) == 1
               and len({e["record_a"], e["record_b"]} & other) == 1]  # fmt: skip
    best = min(between, key=lambda e: (-e["weight_mbit"], e["record_a"], e["record_b"]), default=None)
    return (best["record_a"], best["record_b"]) if best else None


def _question(held: Held, found: Entities) -> dict[str, Any]:
    """Word what is asked, without any weight."""
    why = [REASONS.get(r) or HELD.get(r, r) for r in held.reasons]
    sides = [len(found.clusters[c]) for c in held.clusters]
    return {"one": held.clusters[0], "other": held.clusters[1], "reasons": list(held.reasons), "why": why,
            "sizes": sides}  # fmt: skip


def _record(record: str, row: Mapping[str, Any]) -> dict[str, Any]:
    born, died = row.get("birth_on"), row.get("died_on")
    plain = {c: row.get(c) or "" for c in (*COMPARED, "event_ref", "role") if c != "birth_on"}
    days = {"birth_on": born.isoformat() if born else "", "died_on": died.isoformat() if died else ""}
    return {"record": record, "table": row["table"], "source": row["source"]} | plain | days


def _verdict(judged: Judged) -> dict[str, Any]:
    return {
        "verdict": judged.id, "found": judged.found, "one": list(judged.one), "other": list(judged.other),
        "reason": judged.reason, "author": judged.author, "at": judged.at.isoformat(), "needs_two": judged.needs_two,
    }  # fmt: skip


def _nothing() -> MissingError:
    return MissingError(
        "no-such-record",
        "There is no record of that number that you may see.",
        why="It does not exist, or is not open to you for what you work on; the answer is the same.",
        do="Take the number from a page that shows you the record.",
    )
