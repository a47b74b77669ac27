"""Linking records of people: judged, entered as a combination, done by a worker that sees nothing else.

What goes in are the records that the duty may read; what comes back are numbers: which two of the rows, how strongly,
and why an edge waits. The gate itself puts labels, expiries and hashes to them
(:mod:`peelian.gate.linking.link_rows`), so nobody hands edges in, and an edge can neither say more nor live longer
than the two records it joins.

Under one release an edge is a pure function of two records. So a run that compares only what has come or changed
since the last one, and keeps the edges between records that have not, writes exactly what a batch run would.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from peelian.core.errors import InvalidError
from peelian.gate.entries import Act
from peelian.gate.findings.running import Program, read_result
from peelian.gate.house import House
from peelian.gate.judging import circumstances, insist
from peelian.gate.linking.link_engine import LinkEngine, link_engine
from peelian.gate.linking.link_rows import (
    TABLE,
    Edges,
    Kept,
    Mask,
    People,
    edge_rows,
    kept_edges,
    read_people,
    touched_since,
)
from peelian.gate.linking.models import keep_release, read_release
from peelian.gate.looking.indexing import index_standing, keep_up
from peelian.gate.presence import Presence
from peelian.gate.sandbox.worker import run_in_worker
from peelian.model.links import COMPARED
from peelian.model.pole import PERSON_TABLES
from peelian.policy.rules import Circumstances, LinkingFacts
from peelian.store.commit import Done
from peelian.store.desk import CommitMade
from peelian.store.draft import Change

DUTY = "link-people"
PURPOSE = "record-linking"
"""What rows must serve for a machine to compare them, whoever causes it and for whatever purpose of their own."""

READ = frozenset(f"{table}.{column}" for table in PERSON_TABLES for column in COMPARED)
"""``table.column`` names that linking reads."""

EDGE = np.dtype([("a", "<i4"), ("b", "<i4"), ("mbit", "<i4"), ("reason", "<i4")])
"""One edge as a worker gives it back: places of two rows among those it was given, the weight, and which reason."""

_LEASE_S = 3600.0
_OUTPUT_MB = 512
_REASON = re.compile(r"[a-z][a-z0-9-]{0,40}|")
_REASONS_MAX = 20
_WEIGHT_MAX = 10_000_000


@dataclass(frozen=True)
class Wanted:
    """How linking is asked for.

    Parameters
    ----------
    release : str
        Hash of a frozen release; that of the last run where none is named.
    train : bool
        Train a release on these very records, freeze it and link with it. So does the first run of all.
    whole : bool
        Compare everything, not only what has come or changed.
    again : bool
        Make the links of the last run again where records have changed since, with its own release and nothing else.
    threads : int
    """

    release: str = ""
    train: bool = False
    whole: bool = False
    again: bool = False
    threads: int = 2


@dataclass(frozen=True)
class Linked:
    """What a run of linking did.

    Parameters
    ----------
    release : str
        Hash of the model release.
    entry, seq : int
        The combination's entry in the ledger, and the commit that wrote the edges.
    records, compared : int
        Records read, and those among them that had come or changed since the last run.
    edges, accepted : int
        Edges kept, and those among them that wait for nobody.
    waiting : mapping of str to int
        Edges that are not accepted, by reason.
    change : Change
        What the commit did to the table of edges.
    trained, whole : bool
        Whether the release was made in this run, and whether everything was compared.
    """

    release: str
    entry: int
    seq: int
    records: int
    compared: int
    edges: int
    accepted: int
    waiting: Mapping[str, int]
    change: Change
    trained: bool
    whole: bool


@dataclass(frozen=True)
class _Run:
    """A run that was judged and entered, and what it reads."""

    presence: Presence
    now: Circumstances
    mandate_id: str
    entry: int
    done: Done | None
    allowed: frozenset[int]
    people: People
    touched: Mask | None

    @property
    def compared(self) -> int:
        """Return how many records were compared with all others."""
        return self.people.size if self.touched is None else int(self.touched.sum())


@dataclass(frozen=True)
class _Found:
    """What the worker gave back."""

    edges: Edges
    reasons: tuple[str, ...]
    release: Mapping[str, object] | None


def link_people(house: House, presence: Presence, mandate_id: str, program: Program, wanted: Wanted) -> Linked:
    """Find which records are of one person, and keep the edges.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    MissingError, TamperedError
        ``release-missing``, ``release-altered``.
    InvalidError
        ``links-garbled`` when the worker gives back what cannot be edges; ``resolve-settings-invalid``.
    """
    engine = link_engine(house.deployment)
    asked = "" if wanted.train else wanted.release or house.head.follow().links.release
    judge_linking(house, presence, mandate_id, program, asked, again=_is_again(house, program, wanted, asked))
    document = read_release(house, asked) if asked else None
    detail = {"mandate": mandate_id, "code": program.code_hash, "release": asked, "tables": list(PERSON_TABLES)}
    act = Act("combination", DUTY, presence.purpose, "allow", presence.who() | detail | engine.entered, presence.reason)
    [entry] = house.recorder.record([act])
    house.ready()
    again = _is_again(house, program, wanted, asked)  # judged anew: a halt entered meanwhile comes first
    now = judge_linking(house, presence, mandate_id, program, asked, again=again)
    with house.leases.hold(_LEASE_S):
        run = _open(house, presence, now, mandate_id, asked, entry, whole=wanted.whole)
        old = None if run.touched is None else kept_edges(house, run.done, run.people, run.touched, entry)
    found = _compare(house, program, run, document, wanted.threads, engine)
    release = asked if found.release is None else keep_release(house, presence, mandate_id, found.release)
    rows = edge_rows(house, run.people, _together(found, old), release, PURPOSE, wanted.threads)
    seq, change = _commit(house, rows.table, entry)
    _note_made(house, run, release, seq)
    return Linked(release, entry, seq, run.people.size, run.compared, rows.table.num_rows, rows.accepted, rows.waiting,
                  change, trained=found.release is not None, whole=run.touched is None)  # fmt: skip


def _is_again(house: House, program: Program, wanted: Wanted, release: str) -> bool:
    """Say whether this run would go on from the last one: the same release, the same code, nothing from scratch."""
    made = house.head.follow().links.made
    same = made is not None and (made.release, made.code) == (release, program.code_hash)
    return same and wanted.again and not (wanted.train or wanted.whole)


def judge_linking(
    house: House,
    presence: Presence,
    mandate_id: str,
    program: Program,
    release: str,
    columns: frozenset[str] = READ,
    *,
    again: bool = False,
) -> Circumstances:
    """Judge whether records may be linked with a release, before anything is read; a refusal is recorded."""
    code = program.code_hash
    now = circumstances(house, presence, mandate_id, code_hash=code)
    facts = LinkingFacts(columns=columns, release=release, again=again)
    verdict = house.rulebook.judge_link(presence.actor, now, facts)
    insist(house, presence, verdict, "link records", DUTY, {"mandate": mandate_id, "code": code, "release": release})
    return now


def _open(
    house: House, presence: Presence, now: Circumstances, mandate_id: str, release: str, entry: int, *, whole: bool
) -> _Run:
    done = house.head.follow().done
    allowed = house.rulebook.comparable_labels(presence.actor, replace(now, purpose=PURPOSE), house.labels())
    people = read_people(house, done, allowed, now.now.date(), entry)
    made = house.head.links.made
    same = made is not None and (made.release, made.code) == (release, now.code_hash)
    touched = touched_since(people, made.read_seq, made.labels) if made and same and not whole else None
    return _Run(presence, now, mandate_id, entry, done, allowed, people, touched)


def _compare(
    house: House,
    program: Program,
    run: _Run,
    document: Mapping[str, object] | None,
    threads: int,
    engine: LinkEngine,
) -> _Found:
    """Let a worker compare; with everything touched where nothing is known of a run before."""
    size = run.people.size
    touched = pa.array(np.ones(size, bool) if run.touched is None else run.touched)
    if document is not None and run.touched is not None and not run.touched.any():
        return _Found(np.zeros(0, EDGE), (), None)
    worker = run_in_worker(
        program.command,
        {"people": run.people.compared.append_column("touched", touched)},
        {"release": document, **engine.parameters},
        timeout_s=program.timeout_s,
        memory_mb=program.memory_mb,
        output_mb=_OUTPUT_MB,
        threads=threads,
        private=[house.deployment.folder],
        locked=engine.locked,
    )
    return _read_found(read_result(worker.output, DUTY), size, trained=document is None)


def _read_found(result: Mapping[str, object], size: int, *, trained: bool) -> _Found:
    """Take what hostile code may have written: places of rows it was given, bounded weights, words from a short list.

    Raises
    ------
    InvalidError
        ``links-garbled``.
    """
    try:
        edges = np.frombuffer(base64.b64decode(str(result["edges"]), validate=True), EDGE)
        reasons, release = result["reasons"], result.get("release")
        made = release if isinstance(release, dict) else None
        words = _words_of(reasons)
        if words is not None and (made is not None) == trained and _are_edges(edges, size, len(words)):
            return _Found(edges, words, made)
    except (KeyError, ValueError, binascii.Error):
        pass
    raise InvalidError(
        "links-garbled",
        "Linking gave back something that cannot be edges between the records it was given.",
        why="What comes from a worker is never trusted; nothing was written.",
        do="Stop linking and have its code looked at.",
    )


def _words_of(reasons: object) -> tuple[str, ...] | None:
    if not isinstance(reasons, list) or len(reasons) > _REASONS_MAX:
        return None
    return tuple(reasons) if all(isinstance(r, str) and _REASON.fullmatch(r) for r in reasons) else None


def _are_edges(edges: Edges, size: int, n_reasons: int) -> bool:
    a, b = edges["a"].astype(np.int64), edges["b"].astype(np.int64)
    key = a * max(size, 1) + b
    return bool(
        np.all((a >= 0) & (a < b) & (b < size))
        and np.all(key[1:] > key[:-1])
        and np.all((edges["reason"] >= 0) & (edges["reason"] < n_reasons))
        and np.all(np.abs(edges["mbit"].astype(np.int64)) <= _WEIGHT_MAX)
    )


def _together(found: _Found, old: Kept | None) -> Kept:
    """Put what was found beside the edges that a run before had found and nothing has touched since."""
    a, b, mbit = (found.edges[c].astype(np.int64) for c in ("a", "b", "mbit"))
    fresh = Kept(a, b, mbit, np.array([*found.reasons, ""], object)[found.edges["reason"]])
    if old is None:
        return fresh
    a, b, mbit, reason = (np.concatenate(pair) for pair in zip(fresh.columns, old.columns, strict=True))
    return Kept(a, b, mbit, reason).where(np.lexsort((b, a)))


def _commit(house: House, rows: pa.Table, entry: int) -> tuple[int, Change]:
    was = index_standing(house)
    with house.writer.begin(house.grant("write", TABLE, entry=entry), house.journal(), house.clock) as transaction:
        change = transaction.replace_slices(TABLE, rows, [TABLE])
        seq = transaction.commit()
    done = house.head.follow().done
    assert done is not None and done.seq == seq, "the commit just made is the last one done"
    house.desk.add_commit(house.grant("write", "commits"), CommitMade(seq, done.at, done.vector))
    house.forget_labels()
    keep_up(house, was)
    return seq, change


def _note_made(house: House, run: _Run, release: str, seq: int) -> None:
    """Enter how far linking has come: the next run compares what has come or changed since."""
    read_seq = run.done.seq if run.done else 0
    body = run.presence.who() | {"mandate": run.mandate_id, "release": release, "code": run.now.code_hash}
    body |= {"read_seq": read_seq, "seq": seq, "run": run.entry, "labels": sorted(run.allowed)}
    house.recorder.record([Act("links-made", DUTY, run.now.purpose, "record", body)])
    house.head.follow()
