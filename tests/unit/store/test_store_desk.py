"""The desk database holds and orders things alike on SQLite and PostgreSQL, and its own rules hold by themselves."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peelian.core.errors import InvalidError, RefusedError
from peelian.core.ids import new_ulid
from peelian.core.time import from_micros, to_micros
from peelian.model.finding import Assessment, Finding
from peelian.model.label import Label
from peelian.store import tables
from peelian.store.desk import (
    Account,
    CommitMade,
    Erasure,
    FileSeen,
    Registration,
    Session,
    WorkingContext,
    migrate,
)
from peelian.store.grant import ERASE, READ, WRITE, Mint
from peelian.store.lineage import Lineage, Thing

WRITES = Mint().grant(WRITE, tables.METADATA.tables)
READS = Mint().grant(READ, tables.METADATA.tables)


def key(n: int) -> str:
    """Make something of the form of a public key."""
    return f"{n:064x}"


def test_migrations_make_what_the_tables_declare(desk):
    """Declared in one place and made in another, the two drift apart unless something compares them."""
    with desk.engine.connect() as con:
        context = MigrationContext.configure(con, opts={"compare_type": True})
        assert compare_metadata(context, tables.METADATA) == []
        made = {c["name"] for t in tables.METADATA.tables for c in sa.inspect(con).get_check_constraints(t)}
    declared = {
        str(c.name) for t in tables.METADATA.tables.values() for c in t.constraints if isinstance(c, sa.CheckConstraint)
    }
    assert made == declared


def test_migrating_again_changes_nothing(desk, clock):
    """Every start migrates; a start must not lose anything."""
    desk.add_account(WRITES, Account("analyst-1", key(1), clock.now()))
    migrate(desk.engine)
    assert [a.id for a in desk.accounts(READS)] == ["analyst-1"]


def test_accounts_sessions_and_contexts_come_back_as_they_went_in(desk, clock):
    """Who signed in, with what, until when and for which operation decides every access."""
    account = Account("analyst-1", key(1), clock.now() + timedelta(microseconds=1))
    session = Session(new_ulid(clock), account.id, key(2), clock.now(), clock.now() + timedelta(hours=8))
    context = WorkingContext(
        new_ulid(clock), session.id, "op-7", "burglary-prevention", None, clock.now(), session.expires_at
    )
    desk.add_account(WRITES, account)
    desk.open_session(WRITES, session)
    desk.open_context(WRITES, context)
    assert desk.account(READS, account.id) == account
    assert desk.session(READS, session.id) == session
    assert desk.context(READS, context.id) == context
    assert desk.sessions(READS, account.id) == [session]
    assert desk.contexts(READS, session.id) == [context]
    assert desk.account(READS, "nobody") is None
    clock.move(hours=1)
    desk.close_context(WRITES, context.id, clock.now())
    desk.close_session(WRITES, session.id, clock.now())
    desk.disable_account(WRITES, account.id, clock.now())
    assert desk.session(READS, session.id) == replace(session, closed_at=clock.now())
    assert desk.context(READS, context.id) == replace(context, closed_at=clock.now())
    assert desk.account(READS, account.id) == replace(account, disabled_at=clock.now())


def test_an_emergency_context_opens_without_an_operation_and_is_joined_later(desk, clock):
    """Danger to life may open without a reference; nothing else may."""
    desk.add_account(WRITES, Account("officer-1", key(1), clock.now()))
    session = Session(new_ulid(clock), "officer-1", key(2), clock.now(), clock.now() + timedelta(hours=8))
    desk.open_session(WRITES, session)
    until = session.expires_at
    emergency = WorkingContext(new_ulid(clock), session.id, None, "danger-to-life", None, clock.now(), until, True)
    desk.open_context(WRITES, emergency)
    desk.join_operation(WRITES, emergency.id, "op-9")
    assert desk.context(READS, emergency.id).joined_operation == "op-9"
    [found] = desk.contexts(READS, session.id)
    assert found == replace(emergency, joined_operation="op-9") and found.emergency is True
    with pytest.raises(InvalidError) as refused:
        desk.open_context(WRITES, replace(emergency, id=new_ulid(clock), emergency=False))
    assert refused.value.code == "desk-row-refused"


@pytest.mark.parametrize(
    "change",
    [
        {"id": "x" * 65},
        {"public_key": "abc"},
        {"public_key": key(5) + "0"},
        {"id": "taken"},
        {"public_key": key(1)},
    ],
)
def test_the_database_itself_refuses_what_the_tables_forbid(desk, clock, change):
    """SQLite keeps what a declared length forbids unless a CHECK says otherwise."""
    desk.add_account(WRITES, Account("taken", key(1), clock.now()))
    with pytest.raises(InvalidError) as refused:
        desk.add_account(WRITES, Account(**({"id": "new", "public_key": key(2), "created_at": clock.now()} | change)))
    assert refused.value.code == "desk-row-refused"
    assert len(desk.accounts(READS)) == 1


def test_a_session_of_nobody_is_refused(desk, clock):
    """Foreign keys are off in SQLite unless switched on for each connection."""
    with pytest.raises(InvalidError):
        desk.open_session(
            WRITES, Session(new_ulid(clock), "nobody", key(1), clock.now(), clock.now() + timedelta(hours=1))
        )


def test_labels_come_back_and_never_change(desk):
    """A label's number stands for its content for ever."""
    labels = [Label(frozenset({p, "burglary-prevention"}), markings=frozenset({"m"}), source="s") for p in "abc"]
    desk.put_labels(WRITES, {x.label_id: x for x in labels[:2]})
    desk.put_labels(WRITES, {x.label_id: x for x in labels})
    assert desk.labels(READS) == {x.label_id: x for x in labels}


def make_finding(clock, label_id, **changes):
    """Make a finding."""
    body = dict(
        id=new_ulid(clock), method="hotspots", code_hash=key(1), mandate="m-1", purpose="burglary-prevention", seq=3,
        question={"table": "incident"}, rows_digest=key(2), rows_read=10, parameters={"half_life_months": 12}, seed=0,
        result={"cells": [{"id": 1, "expected": 0.25}]}, base_rate={}, known_error={}, label_id=label_id,
        phase="private-beta", policy_hash=key(3), made_at="2026-11-22T09:00:00Z",
    )  # fmt: skip
    return Finding(**(body | changes))


def test_findings_and_assessments_keep_their_bytes(desk, clock):
    """A replay compares canonical bytes; storage may not change one of them."""
    label = Label(frozenset({"burglary-prevention"}))
    desk.put_labels(WRITES, {label.label_id: label})
    made = [make_finding(clock, label.label_id, seed=n) for n in range(3)]
    for finding in made:
        desk.add_finding(WRITES, finding, clock.now())
        clock.move(seconds=1)
    assert desk.finding(READS, made[0].id).canonical == made[0].canonical
    assert [f.id for f in desk.findings(READS, method="hotspots", limit=2)] == [made[2].id, made[1].id]
    assert desk.findings(READS, method="series") == []
    desk.set_finding_state(WRITES, made[0].id, "stale")
    assert desk.finding(READS, made[0].id) == replace(made[0], state="stale")
    assessment = Assessment(
        id=new_ulid(clock), method="hotspots", code_hash=key(1), mandate="m-1", seq=3, registered=key(4),
        registered_at_entry=7, design={"budget": [1, 2, 5]}, results={"hit_rate": 0.093}, warnings=("few",),
    )  # fmt: skip
    desk.add_assessment(WRITES, assessment, clock.now())
    assert desk.assessment(READS, assessment.id) == assessment
    assert desk.assessments(READS) == [assessment]
    registration = Registration(key(4), "hotspots", {"metrics": ["hit_rate"]}, 7, clock.now())
    desk.add_registration(WRITES, registration)
    assert desk.registration(READS, key(4)) == registration


def test_a_finding_with_an_unknown_label_is_refused(desk, clock):
    """A finding whose label nobody can look up could be shown to anybody."""
    with pytest.raises(InvalidError):
        desk.add_finding(WRITES, make_finding(clock, 99), clock.now())


def test_as_known_on_a_day_is_the_last_commit_made_by_then(desk, clock):
    """What did the force know on the first of the month? The commit number is the answer."""
    days = []
    for seq in (1, 2, 3):
        days.append(clock.now())
        desk.add_commit(WRITES, CommitMade(seq, clock.now(), {"incident": seq}))
        clock.move(days=1)
    assert desk.seq_at(READS, days[0] - timedelta(microseconds=1)) is None
    assert [desk.seq_at(READS, d) for d in days] == [1, 2, 3]
    assert desk.seq_at(READS, days[1] + timedelta(hours=23)) == 2
    assert [c.vector for c in desk.commits(READS)] == [{"incident": s} for s in (1, 2, 3)]


def test_an_interrupted_ingest_knows_which_slices_it_has(desk, clock):
    """Resuming must neither skip a slice nor do one twice."""
    for name in ("2019-02", "2019-01", "2019-01"):
        desk.add_file_seen(WRITES, FileSeen("police_uk", key(1), name, 4, clock.now()))
    assert desk.slices_seen(READS, "police_uk", key(1)) == {"2019-01": 4, "2019-02": 4}
    assert desk.file_seen(READS, "police_uk", key(1), "2019-03") is None


def test_an_erasure_is_kept_with_its_receipt_and_without_whom_it_was_about(desk, clock):
    """The record that something was erased may not bring it back."""
    erasure = Erasure(new_ulid(clock), "request-17", clock.now())
    desk.add_erasure(WRITES, erasure)
    desk.advance_erasure(WRITES, erasure.id, "deleted")
    assert desk.erasures(READS) == [replace(erasure, state="deleted")]
    receipt = {"rows": {"stop": 3}, "cannot": ["paper"]}
    desk.advance_erasure(WRITES, erasure.id, "finished", clock.now(), receipt)
    assert desk.erasures(READS) == [replace(erasure, state="finished", finished_at=clock.now(), receipt=receipt)]
    columns = {c.name for c in tables.erasures.columns}
    assert not any("subject" in c or "record" in c for c in columns)


def test_lineage_finds_everything_that_rests_on_a_record(desk):
    """A correction must reach every finding, and every decision made on one of those."""
    lineage = Lineage(desk)
    record, other = Thing("record", key(1)[-32:]), Thing("record", key(2)[-32:])
    finding, decision = Thing("finding", "f1"), Thing("decision", "d1")
    lineage.rests_on(WRITES, finding, [record, other])
    lineage.rests_on(WRITES, finding, [record])
    lineage.rests_on(WRITES, decision, [finding])
    lineage.rests_on(WRITES, record, [decision])  # a loop must end
    assert lineage.sources(READS, finding) == sorted([record, other])
    assert lineage.dependants(READS, [other]) == sorted([finding, decision, record])
    assert lineage.dependants(READS, [Thing("record", "unknown")]) == []
    assert lineage.forget(WRITES, [record]) == 2
    assert lineage.dependants(READS, [other]) == sorted([finding, decision])


def test_every_desk_function_wants_a_grant_for_its_table(desk, clock):
    """A function that forgot to ask would be a way around the gate."""
    wrong = Mint().grant(ERASE, ["nothing"])
    account = Account("a", key(1), clock.now())
    calls = {
        "add_account": (account,), "account": ("a",), "accounts": (), "disable_account": ("a", clock.now()),
        "open_session": (None,), "session": ("a",), "sessions": ("a",), "close_session": ("a", clock.now()),
        "open_context": (None,), "context": ("a",), "contexts": ("a",), "close_context": ("a", clock.now()),
        "join_operation": ("a", "b"), "put_labels": ({},), "labels": (),
        "add_finding": (make_finding(clock, 1), clock.now()), "last_seen": ("a",),
        "finding": ("a",), "findings": (), "finding_states": (), "set_finding_state": ("a", "b"),
        "delete_finding": ("a",),
        "add_registration": (None,),
        "add_assessment": (Assessment("a", "m", key(1), "m", 1, key(1), 1, {}, {}), clock.now()), "assessment": ("a",),
        "assessments": (), "registration": ("a",), "add_commit": (CommitMade(1, clock.now(), {}),), "commits": (),
        "seq_at": (clock.now(),), "add_erasure": (Erasure("a", "b", clock.now()),), "advance_erasure": ("a", "b"),
        "erasures": (), "add_file_seen": (FileSeen("a", "b", "c", 1, clock.now()),), "file_seen": ("a", "b", "c"),
        "slices_seen": ("a", "b"),
    }  # fmt: skip
    public = {n for n in vars(type(desk)) if not n.startswith("_")} - {
        "close",
        "writing",
        "reading",
        "scrub",
        "cannot_scrub",
    }
    assert public == set(calls), "a new function of the desk has to be in this list"
    for name, arguments in calls.items():
        if arguments == (None,):
            arguments = (
                {"open_session": Session, "open_context": WorkingContext, "add_registration": Registration}[name],
            )
            continue
        with pytest.raises(RefusedError) as refusal:
            getattr(desk, name)(wrong, *arguments)
        assert refusal.value.code == "grant-mismatch", name
    for name in ("writing", "reading"):
        with pytest.raises(RefusedError), getattr(desk, name)(wrong, "lineage"):
            pass


def test_writers_queue_and_none_is_lost(desk, clock):
    """Two processes that read, then write, would deadlock or lose one's work without the one-writer rule."""
    wide = Label(frozenset({"p"}))
    desk.put_labels(WRITES, {wide.label_id: wide})

    def post(start: int) -> None:
        for n in range(10):
            other = Label(frozenset({"p", f"{start}-{n}"}))
            desk.put_labels(WRITES, {other.label_id: other, wide.label_id: wide})

    threads = [threading.Thread(target=post, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(desk.labels(READS)) == 41


def test_both_engines_order_texts_by_code_point(desk, clock):
    """A locale that sorts a before B would make the same finding list differ between a laptop and the service."""
    names = ["b", "B", "a", "é", "_", "~", "Z-1", "z1", "10", "9"]
    for n, name in enumerate(names):
        desk.add_account(WRITES, Account(name, key(n), clock.now()))
    assert [a.id for a in desk.accounts(READS)] == sorted(names)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(micros=st.integers(-(2**52), 2**52))
def test_instants_come_back_to_the_microsecond(desk, clock, micros):
    """A float in the middle would lose the order of two events in one second."""
    digest = f"{micros & (2**64 - 1):064x}"
    at = from_micros(micros)
    if desk.registration(READS, digest) is None:
        desk.add_registration(WRITES, Registration(digest, "m", {}, 1, at))
    assert desk.registration(READS, digest).at == at
    assert to_micros(desk.registration(READS, digest).at) == micros


def test_what_was_deleted_is_scrubbed_from_the_desk(desk):
    """SQLite's write-ahead log and PostgreSQL's dead rows keep what was deleted until somebody sees to it."""
    lineage, thing = Lineage(desk), Thing("record", "qzxplantedrecordid")
    lineage.rests_on(WRITES, Thing("finding", "f"), [thing])
    lineage.forget(WRITES, [thing])
    done = desk.scrub(Mint().grant(ERASE, ["lineage"]))
    assert len(done) == 1
    assert len(desk.cannot_scrub) == (desk.engine.dialect.name == "postgresql")
    if desk.engine.dialect.name == "sqlite":
        files = list(Path(desk.engine.url.database).parent.glob("desk.db*"))
        assert len(files) >= 2
        assert not any(b"qzxplanted" in f.read_bytes() for f in files)
