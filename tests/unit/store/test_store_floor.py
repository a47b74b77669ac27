"""The floor's tables: papers keep their words, a link is used once, and a failed attempt counts for a while."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from peelian.core.errors import InvalidError, RefusedError
from peelian.core.ids import new_ulid
from peelian.model.paper import KINDS, Paper
from peelian.store import desk as desk_module
from peelian.store import paper_rows, tables
from peelian.store.desk import Account, Session, migrate, open_desk
from peelian.store.grant import READ, WRITE, Mint
from peelian.store.web_rows import AccountSecret, SignInFailure, SignInLink, WebSession

WRITES = Mint().grant(WRITE, tables.METADATA.tables)
READS = Mint().grant(READ, tables.METADATA.tables)


def key(n: int) -> str:
    """Make something of the form of a hash."""
    return f"{n:064x}"


def paper(clock, **changes) -> Paper:
    """Make a paper with its true digest."""
    values = {
        "id": new_ulid(clock), "kind": "own-view", "about": "finding-1", "tool": "hotspots", "mandate": "hotspots",
        "author": "neighbourhood-officer-1", "role": "neighbourhood-officer", "purpose": "burglary-prevention",
        "made_at": clock.now(), "expires_at": None, "public": False, "body": {"cells": [3, 1, 2], "note": "Ümläut"},
    }  # fmt: skip
    made = Paper(**(values | changes))
    return replace(made, digest=made.true_digest)


@pytest.fixture
def session(desk, clock) -> Session:
    """Give somebody who is signed in."""
    desk.add_account(WRITES, Account("analyst-1", key(1), clock.now()))
    made = Session(new_ulid(clock), "analyst-1", key(2), clock.now(), clock.now() + timedelta(hours=8))
    desk.open_session(WRITES, made)
    return made


def test_the_newest_migration_is_the_one_that_opening_looks_for():
    """Opening skips the migration tool when the number matches: a number left behind would leave tables unmade."""
    versions = Path(desk_module.__file__).parent / "migrations" / "versions"
    newest = max(versions.glob("v*.py"))
    assert re.search(r'(?m)^revision = "(.*)"$', newest.read_text()).group(1) == desk_module._NEWEST


def test_a_desk_of_the_first_form_is_brought_to_the_newest_and_keeps_what_it_had(tmp_path, clock, monkeypatch):
    """A force upgrades a deployment that is in use."""
    monkeypatch.setattr(desk_module, "_is_newest", lambda engine: True)
    old = open_desk(tmp_path / "desk.db")
    migrate(old.engine, "0001")
    old.add_account(WRITES, Account("analyst-1", key(1), clock.now()))
    old.close()
    monkeypatch.undo()
    new = open_desk(tmp_path / "desk.db")
    assert [a.id for a in new.accounts(READS)] == ["analyst-1"]
    assert new.papers(READS, [key(1)]) == {}
    new.close()


def test_a_paper_comes_back_as_it_went_in_with_its_digest_still_true(desk, clock):
    """What somebody wrote is what the ledger's digest is over, on both engines, to the microsecond."""
    first = paper(clock, expires_at=clock.now() + timedelta(microseconds=1))
    other = paper(clock, kind="plan", public=True, about="", purpose="")
    desk.add_paper(WRITES, first)
    desk.add_paper(WRITES, other)
    back = desk.papers(READS, [first.digest, other.digest, key(9)])
    assert back == {first.digest: first, other.digest: other}
    assert all(p.true_digest == p.digest for p in back.values())
    assert type(back[first.digest].public) is bool


def test_a_paper_is_kept_once(desk, clock):
    """Two papers of one id would let one of them be shown and the other meant."""
    first = paper(clock)
    desk.add_paper(WRITES, first)
    for twin in (first, replace(first, digest=key(3))):
        with pytest.raises(InvalidError) as refused:
            desk.add_paper(WRITES, twin)
        assert refused.value.code == "desk-row-refused"


def test_more_papers_than_one_statement_takes_are_all_found(desk, clock, monkeypatch):
    """Engines bound the number of parameters; a measure reads thousands."""
    monkeypatch.setattr(paper_rows, "_CHUNK", 4)
    made = [paper(clock, about=f"finding-{n}") for n in range(10)]
    for p in made:
        desk.add_paper(WRITES, p)
    assert len(desk.papers(READS, [p.digest for p in made])) == 10


@pytest.mark.parametrize("change", [{"body": {"cells": []}}, {"author": "analyst-1"}, {"public": True}, {"about": "x"}])
def test_any_change_to_a_paper_changes_its_digest(clock, change):
    """The ledger holds the digest alone: all that matters has to be under it."""
    assert replace(paper(clock), **change).true_digest != paper(clock).digest


def test_every_kind_of_paper_is_judged_as_some_act():
    """A kind without an act would be written without being judged."""
    assert all(KINDS.values()) and len(set(KINDS.values())) == len(KINDS)


def test_a_paper_expires_at_its_instant(clock):
    """A plan of yesterday is not a plan."""
    until = clock.now() + timedelta(hours=1)
    assert not paper(clock, expires_at=until).expired(clock.now())
    assert paper(clock, expires_at=until).expired(until)
    assert not paper(clock).expired(until)


def test_a_browser_is_seen_and_forgotten(desk, clock, session):
    """Signing out has to leave nothing that a stolen database could use."""
    made = WebSession(key(7), "analyst-1", session.id, "sealed", "csrf", clock.now(), clock.now(), session.expires_at)
    desk.add_web_session(WRITES, made)
    clock.move(minutes=5)
    desk.see_web_session(WRITES, made.id_hash, clock.now())
    assert desk.web_session(READS, made.id_hash) == replace(made, seen_at=clock.now())
    assert [w.id_hash for w in desk.web_sessions(READS, "analyst-1")] == [made.id_hash]
    desk.drop_web_session(WRITES, made.id_hash)
    assert desk.web_session(READS, made.id_hash) is None


def test_browsers_that_idled_or_ended_are_forgotten_and_others_stay(desk, clock, session):
    """A screen left open in a van is not an open door."""
    now, hour = clock.now(), timedelta(hours=1)
    fresh = WebSession(key(1), "analyst-1", session.id, "k", "c", now, now + 3 * hour, now + 8 * hour)
    for made in (
        fresh,
        replace(fresh, id_hash=key(2), seen_at=now),
        replace(fresh, id_hash=key(3), expires_at=now + 3 * hour),
    ):
        desk.add_web_session(WRITES, made)
    assert desk.drop_ended_web_sessions(WRITES, now=now + 3 * hour, idle_since=now + 2 * hour) == 2
    assert desk.web_sessions(READS, "analyst-1") == [fresh]
    assert desk.drop_web_sessions(WRITES, "analyst-1") == 1


def test_a_link_is_used_once_and_never_late(desk, clock, session):
    """A link in somebody's mailbox must not sign in whoever finds it."""
    link = SignInLink(key(1), "analyst-1", {"request": "sealed"}, clock.now(), clock.now() + timedelta(minutes=10))
    desk.add_sign_in_link(WRITES, link)
    desk.add_sign_in_link(WRITES, replace(link, id_hash=key(2)))
    assert desk.use_sign_in_link(WRITES, key(1), clock.now()) == replace(link, used_at=clock.now())
    assert desk.use_sign_in_link(WRITES, key(1), clock.now()) is None
    assert desk.use_sign_in_link(WRITES, key(2), link.expires_at) is None
    assert desk.use_sign_in_link(WRITES, key(3), clock.now()) is None
    assert desk.drop_sign_in_links(WRITES, ended_before=link.expires_at + timedelta(seconds=1)) == 2
    assert desk.sign_in_link(READS, key(1)) is None


def test_of_two_who_use_a_link_at_once_one_has_it(desk, clock, session):
    """Looking and then marking would let both in."""
    until = clock.now() + timedelta(minutes=10)
    desk.add_sign_in_link(WRITES, SignInLink(key(1), "analyst-1", {}, clock.now(), until))
    got, at = [], clock.now()
    threads = [threading.Thread(target=lambda: got.append(desk.use_sign_in_link(WRITES, key(1), at))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(link is not None for link in got) == 1


def test_a_new_wrapped_key_takes_the_place_of_the_old(desk, clock, session):
    """After a change of passphrase the old one must open nothing."""
    first = AccountSecret("analyst-1", {"sealed": "a", "kdf": {"m": 1}}, clock.now())
    desk.put_account_secret(WRITES, first)
    assert desk.account_secret(READS, "analyst-1") == first
    clock.move(minutes=1)
    second = AccountSecret("analyst-1", {"sealed": "b"}, clock.now())
    desk.put_account_secret(WRITES, second)
    assert desk.account_secret(READS, "analyst-1") == second
    desk.drop_account_secret(WRITES, "analyst-1")
    assert desk.account_secret(READS, "analyst-1") is None


def test_failed_attempts_count_for_a_while_and_by_whom(desk, clock):
    """A limit that one person's attempts could spend for everybody would lock the shift out."""
    began = clock.now()
    for who in (1, 1, 2):
        desk.add_sign_in_failure(WRITES, SignInFailure(new_ulid(clock), key(who), clock.now()))
        clock.move(minutes=1)
    assert desk.sign_in_failures(READS, key(1), began) == 2
    assert desk.sign_in_failures(READS, key(1), began + timedelta(minutes=1)) == 1
    assert desk.forget_sign_in_failures(WRITES, key(1)) == 2
    assert desk.sign_in_failures(READS, key(2), began) == 1
    assert desk.drop_sign_in_failures(WRITES, before=clock.now()) == 1


def test_nothing_on_the_floor_is_touched_without_a_grant_for_it(desk, clock, session):
    """A stage that reaches for the store by hand has no grant."""
    wrong, reads = Mint().grant(WRITE, ["labels"]), Mint().grant(READ, tables.METADATA.tables)
    link = SignInLink(key(1), "analyst-1", {}, clock.now(), clock.now() + timedelta(minutes=1))
    web = WebSession(key(7), "analyst-1", session.id, "k", "c", clock.now(), clock.now(), session.expires_at)
    for grant in (wrong, reads):
        for call in (
            lambda g: desk.add_paper(g, paper(clock)),
            lambda g: desk.add_web_session(g, web),
            lambda g: desk.see_web_session(g, key(7), clock.now()),
            lambda g: desk.drop_web_session(g, key(7)),
            lambda g: desk.drop_web_sessions(g, "analyst-1"),
            lambda g: desk.drop_ended_web_sessions(g, now=clock.now(), idle_since=clock.now()),
            lambda g: desk.add_sign_in_link(g, link),
            lambda g: desk.use_sign_in_link(g, key(1), clock.now()),
            lambda g: desk.drop_sign_in_links(g, ended_before=clock.now()),
            lambda g: desk.put_account_secret(g, AccountSecret("analyst-1", {}, clock.now())),
            lambda g: desk.drop_account_secret(g, "analyst-1"),
            lambda g: desk.add_sign_in_failure(g, SignInFailure(new_ulid(clock), key(1), clock.now())),
            lambda g: desk.forget_sign_in_failures(g, key(1)),
            lambda g: desk.drop_sign_in_failures(g, before=clock.now()),
        ):
            with pytest.raises(RefusedError) as refused:
                call(grant)
            assert refused.value.code == "grant-mismatch"
    for look in (
        lambda: desk.papers(wrong, [key(1)]),
        lambda: desk.web_session(wrong, key(7)),
        lambda: desk.web_sessions(wrong, "analyst-1"),
        lambda: desk.sign_in_link(wrong, key(1)),
        lambda: desk.account_secret(wrong, "analyst-1"),
        lambda: desk.sign_in_failures(wrong, key(1), clock.now()),
    ):
        with pytest.raises(RefusedError):
            look()
