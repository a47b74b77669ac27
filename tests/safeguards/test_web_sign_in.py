"""Signing in with a browser: nobody acts as another, what is stolen opens nothing, what is left really ends."""

from __future__ import annotations

import json
import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from peelian.app.session import set_context
from peelian.app.signing import (
    accounts,
    change_passphrase,
    make_link,
    make_token,
    see_link,
    set_passphrase,
    sign_in_web,
    sign_out,
    use_link,
    use_token,
    visit_of,
)
from peelian.core.errors import InvalidError, LimitError, MissingError, PeelianError, RefusedError
from peelian.gate.identity import Credential, later_from_dict
from peelian.gate.rooms.wicket import wicket_of
from peelian.people import passphrases
from peelian.people.links import LINK_PATH
from peelian.people.web_session import IDLE_END, Secret, new_secret
from tests.support.signing import CHEAP, HERE, WORDS, Served, served


@pytest.fixture
def site(tmp_path: Path) -> Served:
    """A deployment whose people hold their keys."""
    return served(tmp_path)


@pytest.fixture
def staffed(site: Served) -> Served:
    """The same, with two people who have set a passphrase."""
    site.enrol("analyst-1")
    site.enrol("official-1", "another lantern dry friday")
    return site


def said(error: PeelianError) -> dict[str, object]:
    """Return everything that a person is told."""
    return error.as_dict() | {"text": str(error)}


def refused(site: Served, account: str, words: str, address: str = HERE) -> dict[str, object]:
    """Fail to sign in and return what was said."""
    with pytest.raises(RefusedError) as caught:
        site.sign_in(account, words, address)
    return said(caught.value)


# Getting in


def test_a_passphrase_opens_a_session_of_ones_own(staffed: Served):
    """The main way in: the page then acts as that person, under that person's roles, and as nobody else."""
    visit = visit_of(staffed, staffed.sign_in().value)
    assert visit is not None and (visit.account, visit.roles) == ("analyst-1", frozenset({"analyst"}))
    set_context(visit.caller, "op-patrol-planning")
    assert staffed.gate.who(visit.caller.credential).actor.id == "analyst-1"
    with pytest.raises(RefusedError) as caught:
        visit.caller.keyring.session("official-1")
    assert caught.value.code == "not-signed-in"
    with pytest.raises(MissingError):
        visit.caller.keyring.account_key("analyst-1")


def test_every_failed_sign_in_is_told_the_same_and_entered_in_the_record(staffed: Served):
    """An answer that differs tells a stranger which accounts there are."""
    before = len(staffed.built.bodies("refusal"))
    answers = [
        refused(staffed, "analyst-1", "wrong words altogether"),
        refused(staffed, "nobody-1", WORDS),
        refused(staffed, "neighbourhood-officer-1", WORDS),  # has no passphrase
        refused(staffed, "panel-member-1", WORDS),  # can have none
        refused(staffed, "official-1", WORDS),  # somebody else's
        refused(staffed, "../../etc/passwd\n\0é", WORDS, "192.0.2.1"),
        refused(staffed, "\ud800", "\udfff" * 20, "192.0.2.2"),
    ]
    assert all(answer == answers[0] for answer in answers)
    entered = staffed.built.bodies("refusal")[before:]
    assert len(entered) == len(answers)
    assert "nobody-1" not in json.dumps(entered), "what a stranger types is not kept: it may be a passphrase"


def test_every_failed_sign_in_takes_the_same_work(staffed: Served, monkeypatch: pytest.MonkeyPatch):
    """So does an answer that comes sooner. Counted in the work done, which a busy machine does not blur."""
    spent: list[tuple[int, int, int]] = []
    real = passphrases.hash_secret_raw

    def counted(secret, salt, passes, memory, lanes, length, kind):
        spent.append((passes, memory, lanes))
        return real(secret, salt, passes, memory, lanes, length, kind)

    monkeypatch.setattr(passphrases, "hash_secret_raw", counted)
    for account in ("analyst-1", "nobody-1", "neighbourhood-officer-1", "panel-member-1"):
        size = staffed.built.house.ledger.size()
        refused(staffed, account, "wrong words altogether")
        assert staffed.built.house.ledger.size() == size + 1
    assert spent == [(CHEAP.passes, CHEAP.memory_kib, CHEAP.lanes)] * 4


def test_an_account_that_left_the_charter_or_was_disabled_gets_in_no_more(staffed: Served):
    """A passphrase does not outlive the office."""
    house = staffed.built.house
    house.desk.disable_account(house.grant("write", "accounts"), "analyst-1", staffed.built.clock.now())
    assert refused(staffed, "analyst-1", WORDS) == refused(staffed, "nobody-1", WORDS)


# Guessing


def test_guessing_is_slowed_and_a_restart_does_not_help(staffed: Served):
    """Counts lie in the database: killing the server does not give a guesser new tries."""
    for _ in range(5):
        refused(staffed, "analyst-1", "wrong words altogether")
    size = staffed.built.house.ledger.size()
    again = staffed.built.reopen()
    try:
        staffed.built.gate, old = again, staffed.built.gate
        with pytest.raises(LimitError) as caught:
            staffed.sign_in()  # the right words: a try that comes too soon is not looked at
        assert caught.value.code == "sign-in-too-often"
        assert staffed.built.house.ledger.size() == size, "and fills neither the record nor the table"
    finally:
        staffed.built.gate = old
        again.close()


def test_the_limit_is_the_same_for_accounts_that_do_not_exist(staffed: Served):
    """Otherwise the limit itself would tell which accounts there are."""
    told = []
    for account in ("analyst-1", "nobody-1"):
        for _ in range(5):
            refused(staffed, account, "wrong words altogether", f"192.0.2.{len(told) + 1}")
        with pytest.raises(LimitError) as caught:
            staffed.sign_in(account, "wrong words altogether", f"192.0.2.{len(told) + 1}")
        told.append(said(caught.value))
    assert told[0] == told[1]


def test_a_stranger_elsewhere_does_not_lock_the_owner_out(staffed: Served):
    """Anybody can type somebody's account name: the owner at their own desk still gets in within a minute."""
    for n in range(40):
        with suppress(LimitError):
            refused(staffed, "analyst-1", "wrong words altogether", f"198.51.100.{n}")
    staffed.built.clock.at += timedelta(seconds=61)
    assert visit_of(staffed, staffed.sign_in(address="192.0.2.9").value)


def test_slips_are_forgotten_once_one_gets_in(staffed: Served):
    """A person who mistypes twice every morning is never made to wait."""
    for _ in range(4):
        for _ in range(3):
            refused(staffed, "analyst-1", "wrong words altogether")
        staffed.sign_in()


def test_a_burst_of_guesses_at_once_gets_no_more_tries_than_a_patient_one(staffed: Served):
    """Tries are counted before they are looked at: fifty at the same instant are not fifty free guesses."""

    def guess(n: int) -> str:
        try:
            staffed.sign_in("analyst-1", f"wrong words number {n}")
        except PeelianError as error:
            return error.code
        return "in"

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(guess, range(50)))
    assert answers.count("sign-in-refused") == 5 and answers.count("sign-in-too-often") == 45


def test_the_table_of_failures_names_nobody(staffed: Served):
    """It would otherwise be a list of who works when, and from where."""
    refused(staffed, "analyst-1", "wrong words altogether", "192.0.2.77")
    with sqlite3.connect(staffed.deployment.folder / "desk.db") as con:
        rows = repr(con.execute("SELECT * FROM sign_in_failures").fetchall())
    assert rows != "[]" and "analyst" not in rows and "192.0.2" not in rows


# What is stolen


def test_a_stolen_desk_opens_nothing(staffed: Served, tmp_path: Path):
    """PL-15: reading the database must not let anybody act as somebody, not even somebody who is signed in."""
    cookie = staffed.sign_in()
    link = make_link(staffed.caller, "panel-member-1", 10)
    stolen = sqlite3.connect(staffed.deployment.folder / "desk.db")
    [browser] = stolen.execute("SELECT id_hash, session_id, account_id, sealed_key, csrf FROM web_sessions").fetchall()
    [waiting] = stolen.execute("SELECT id_hash, body FROM sign_in_links").fetchall()
    locked = json.loads(stolen.execute("SELECT body FROM account_secrets").fetchone()[0])
    stolen.close()

    assert visit_of(staffed, browser[0]) is None, "the row's name is not the cookie"
    for secret in (Secret(bytes.fromhex(browser[0])), new_secret()):
        assert secret.open(browser[3], f"browser\n{browser[1]}\n{browser[2]}") is None
        assert (
            not secret.is_form_token(Secret(bytes.fromhex(browser[0])).form_token()) or secret.value.hex() == browser[0]
        )
    body = json.loads(waiting[1])
    assert Secret(bytes.fromhex(waiting[0])).open(body["sealed_key"], "link") is None
    request = later_from_dict(body["request"])
    with pytest.raises(RefusedError):  # the request alone opens a session that nobody has the key of
        staffed.gate.who(Credential(request.session_public_key.hex(), staffed.built.keys["analyst-1"]))
    guess = {"account_id": "analyst-1", "deployment": staffed.deployment.id, "cost": CHEAP}
    unlocked = passphrases.unlock_key(locked, WORDS, harden=lambda stretched: stretched, **guess)  # type: ignore[arg-type]
    assert unlocked is None, "even the right words do not open it without the keys folder"
    kept = (staffed.deployment.folder / "desk.db").read_bytes()
    assert cookie.value.encode() not in kept and str(link["path"]).removeprefix(LINK_PATH).encode() not in kept


def test_rows_written_into_the_desk_open_nothing(staffed: Served):
    """Whoever can write the database still cannot make a session: the ledger knows whose keys are whose."""
    cookie = staffed.sign_in()
    with sqlite3.connect(staffed.deployment.folder / "desk.db") as con:
        con.execute("UPDATE web_sessions SET account_id = 'official-1'")
    assert visit_of(staffed, cookie.value) is None, "a row moved to another account does not open"


def test_no_account_key_is_ever_kept_in_the_clear(staffed: Served):
    """The server signs for nobody who is not there."""
    visit_of(staffed, staffed.sign_in().value)
    kept = staffed.everything_kept()
    for account in ("analyst-1", "official-1"):
        raw = staffed.built.keys[account].private_bytes_raw()
        assert raw not in kept and raw.hex().encode() not in kept


def test_a_panel_members_key_never_reaches_the_server(site: Served, monkeypatch: pytest.MonkeyPatch):
    """PL-17: the panel's keys are made and kept off the force's machines; signing in must not change that."""
    with pytest.raises(RefusedError) as caught:
        site.enrol("panel-member-1")
    assert caught.value.code == "key-stays-home"
    with pytest.raises(RefusedError):
        site.enrol("information-commissioner-1")
    link = make_link(site.caller, "panel-member-1", 10)
    use_link(site, str(link["path"]).removeprefix(LINK_PATH), HERE, tls=False)
    token = make_token(site.keyring, "panel-member-2", site.built.clock, 10)
    use_token(site, str(token["token"]), HERE, tls=False)
    kept = site.everything_kept()
    with sqlite3.connect(site.deployment.folder / "desk.db") as con:
        assert con.execute("SELECT count(*) FROM account_secrets").fetchone() == (0,)
        assert con.execute("SELECT count(*) FROM web_sessions").fetchone() == (2,)
    for account in ("panel-member-1", "panel-member-2"):
        raw = site.built.keys[account].private_bytes_raw()
        assert raw not in kept and raw.hex().encode() not in kept


# Cookies and endings


def test_a_session_never_starts_with_a_secret_that_was_brought(staffed: Served):
    """Session fixation: a cookie that a stranger planted must not become a signed-in one, and an old one ends."""
    planted = new_secret().text
    first = staffed.sign_in(replacing=planted)
    assert first.value != planted and visit_of(staffed, planted) is None
    second = staffed.sign_in(replacing=first.value)
    assert second.value != first.value and visit_of(staffed, first.value) is None
    assert visit_of(staffed, second.value)


def test_signing_out_ends_the_gates_session_too(staffed: Served):
    """Deleting a cookie is not signing out: the key that it opened must be worth nothing afterwards."""
    cookie = staffed.sign_in()
    visit = visit_of(staffed, cookie.value)
    assert visit is not None
    credential = visit.caller.credential
    cleared = sign_out(staffed, cookie.value, tls=False)
    assert cleared.max_age_s == 0 and visit_of(staffed, cookie.value) is None
    with pytest.raises(PeelianError) as caught:
        staffed.gate.who(credential)
    assert caught.value.code == "session-ended"
    sign_out(staffed, cookie.value, tls=False)  # twice does no harm
    sign_out(staffed, None, tls=False)


@pytest.mark.parametrize("away", [IDLE_END, timedelta(hours=12)])
def test_a_session_that_nobody_uses_ends_by_itself(staffed: Served, away: timedelta):
    """A browser left open overnight is not a door; what it opened at the gate ends with it."""
    cookie = staffed.sign_in()
    visit = visit_of(staffed, cookie.value)
    assert visit is not None
    staffed.built.clock.at += away
    assert visit_of(staffed, cookie.value) is None
    with pytest.raises(PeelianError) as caught:
        staffed.gate.who(visit.caller.credential)
    assert caught.value.code == "session-ended"


def test_a_session_in_use_goes_on_and_is_noted_once_a_minute(staffed: Served):
    """People who work all morning are not thrown out, and a click is not a write."""
    cookie = staffed.sign_in()
    for _ in range(5):
        staffed.built.clock.at += timedelta(minutes=50)
        assert visit_of(staffed, cookie.value)


def test_old_rows_are_swept(staffed: Served):
    """What nobody will use again is not kept."""
    staffed.sign_in()
    make_link(staffed.caller, "official-1", 5)
    staffed.built.clock.at += timedelta(hours=2)
    staffed.sign_in()
    with sqlite3.connect(staffed.deployment.folder / "desk.db") as con:
        assert con.execute("SELECT count(*) FROM web_sessions").fetchone() == (1,)
        assert con.execute("SELECT count(*) FROM sign_in_links").fetchone() == (0,)


def test_a_changed_passphrase_ends_the_other_browsers(staffed: Served):
    """Who changes it because somebody saw it wants that somebody out."""
    other, mine = staffed.sign_in(), staffed.sign_in()
    visit = visit_of(staffed, mine.value)
    assert visit is not None
    with pytest.raises(RefusedError):
        change_passphrase(staffed, visit, "wrong words altogether", "new lantern old monday", HERE, cost=CHEAP)
    with pytest.raises(InvalidError):
        change_passphrase(staffed, visit, WORDS, "short", HERE, cost=CHEAP)
    changed = change_passphrase(staffed, visit, WORDS, "new lantern old monday", HERE, cost=CHEAP)
    assert changed["browsers_ended"] == 1
    assert visit_of(staffed, other.value) is None and visit_of(staffed, mine.value)
    refused(staffed, "analyst-1", WORDS)
    assert staffed.sign_in(words="new lantern old monday")


def test_nobody_sets_a_passphrase_for_an_account_whose_key_they_do_not_hold(staffed: Served, tmp_path: Path):
    """A passphrase locks one's own key; without the key there is nothing to lock."""
    stranger = Served(staffed.built, staffed.place, tmp_path / "elsewhere")
    with pytest.raises(MissingError):
        set_passphrase(stranger.caller, "analyst-1", WORDS, cost=CHEAP)


# Links and tokens


def link_of(site: Served, account: str = "panel-member-1", minutes: int = 10) -> str:
    """Make a link and return its secret part."""
    return str(make_link(site.caller, account, minutes)["path"]).removeprefix(LINK_PATH)


def test_a_link_says_whom_it_signs_in_and_does_so_once(site: Served):
    """Looking at a link must not use it up: mail scanners and previews look."""
    link = link_of(site)
    for _ in range(3):
        assert see_link(site, link)["account"] == "panel-member-1"
    visit = visit_of(site, use_link(site, link, HERE, tls=False).value)
    assert visit is not None and visit.account == "panel-member-1"
    for again in (lambda: see_link(site, link), lambda: use_link(site, link, HERE, tls=False)):
        with pytest.raises(MissingError) as caught:
            again()
        assert caught.value.code == "link-spent"


@pytest.mark.parametrize("kind", ["link", "token"])
def test_of_many_who_use_a_link_at_once_exactly_one_gets_in(site: Served, kind: str):
    """Otherwise whoever copies the link on its way gets in beside its owner, unnoticed."""
    if kind == "link":
        what, use = link_of(site), use_link
    else:
        what, use = str(make_token(site.keyring, "panel-member-1", site.built.clock, 10)["token"]), use_token

    def race(n: int) -> str:
        try:
            return use(site, what, f"127.0.0.{n + 1}", tls=False).value
        except PeelianError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(race, range(8)))
    winners = [a for a in answers if visit_of(site, a)]
    assert len(winners) == 1 and answers.count("link-spent") == 7


def test_a_link_ends(site: Served):
    """A link found in an old message signs nobody in."""
    link, token = link_of(site), str(make_token(site.keyring, "panel-member-1", site.built.clock, 10)["token"])
    site.built.clock.at += timedelta(minutes=10)
    for use, what in ((use_link, link), (use_token, token)):
        with pytest.raises(MissingError):
            use(site, what, HERE, tls=False)
    assert not [b for b in site.built.bodies("session-opened") if b["actor"] == "panel-member-1"]


def test_a_link_is_good_again_where_nobody_listens(site: Served):
    """Opened over plain HTTP from elsewhere it is refused, and not used up."""
    link = link_of(site)
    with pytest.raises(RefusedError) as caught:
        use_link(site, link, "192.0.2.1", tls=False)
    assert caught.value.code == "link-in-the-open"
    with pytest.raises(RefusedError):
        use_token(site, "peelian-sign-in-x", "192.0.2.1", tls=False)
    assert use_link(site, link, "192.0.2.1", tls=True).secure


def test_a_token_is_not_good_twice_even_when_the_desk_is_put_back(site: Served):
    """Restoring yesterday's database must not revive what was used: the ledger remembers the session's key."""
    token = str(make_token(site.keyring, "panel-member-1", site.built.clock, 10)["token"])
    use_token(site, token, HERE, tls=False)
    with sqlite3.connect(site.deployment.folder / "desk.db") as con:
        con.execute("DELETE FROM sign_in_links")
    with pytest.raises(MissingError):
        use_token(site, token, HERE, tls=False)


@pytest.mark.parametrize("change", ["account", "until", "deployment", "session_key", "key"])
def test_a_token_that_was_changed_signs_nobody_in(site: Served, change: str):
    """Nobody turns their own token into somebody else's, or makes it last."""
    token = str(make_token(site.keyring, "analyst-1", site.built.clock, 10)["token"])
    other = str(make_token(site.keyring, "official-1", site.built.clock, 10)["token"])
    mark = "peelian-sign-in-"

    def opened(text: str) -> dict:
        return json.loads(urlsafe_b64decode(text.removeprefix(mark) + "=="))

    body, theirs = opened(token), opened(other)
    if change == "key":
        body["key"] = theirs["key"]
    else:
        body["request"][change] = theirs["request"][change] if change != "until" else body["request"]["until"] + 1
        body["request"]["deployment"] = "elsewhere" if change == "deployment" else body["request"]["deployment"]
    forged = mark + urlsafe_b64encode(json.dumps(body).encode()).decode().rstrip("=")
    with pytest.raises(MissingError):
        use_token(site, forged, HERE, tls=False)
    assert visit_of(site, use_token(site, token, HERE, tls=False).value)


@pytest.mark.parametrize(
    "rubbish", ["", "peelian-sign-in-", "peelian-sign-in-e30", "x" * 10_000, "peelian-sign-in-" + "W1tb" * 900]
)
def test_rubbish_is_told_what_a_used_link_is_told(site: Served, rubbish: str):
    """Forms are filled in by strangers too."""
    with pytest.raises(MissingError):
        use_token(site, rubbish, HERE, tls=False)
    with pytest.raises(MissingError):
        use_link(site, rubbish, HERE, tls=False)
    assert visit_of(site, rubbish) is None


@pytest.mark.parametrize(
    "change",
    [
        {"account": "a\0b"}, {"account": "\ud800"}, {"account": 7}, {"account": ["analyst-1"]}, {"account": "x" * 500},
        {"deployment": None}, {"deployment": "\ud800"}, {"at": 10**30}, {"until": "soon"}, {"until": -1},
        {"session_key": "zz"}, {"session_key": ""}, {"signature": ""}, {"signature": "00" * 64},
    ],
    ids=repr,
)  # fmt: skip
def test_a_token_of_any_form_is_told_what_a_used_one_is_told(site: Served, change: dict[str, object]):
    """What strangers send must reach no database in a form that breaks it, and no page that breaks."""
    token = str(make_token(site.keyring, "analyst-1", site.built.clock, 10)["token"])
    body = json.loads(urlsafe_b64decode(token.removeprefix("peelian-sign-in-") + "=="))
    body["request"] |= change
    forged = "peelian-sign-in-" + urlsafe_b64encode(json.dumps(body).encode()).decode().rstrip("=")
    with pytest.raises(MissingError) as caught:
        use_token(site, forged, HERE, tls=False)
    assert caught.value.code == "link-spent"


def test_strangers_tokens_delay_nobody_elsewhere(site: Served):
    """Rubbish pasted from one place must not keep the panel out at another."""
    for _ in range(6):
        with pytest.raises((MissingError, LimitError)):
            use_token(site, "peelian-sign-in-rubbish", "198.51.100.1", tls=True)
    with pytest.raises(LimitError):
        use_token(site, "peelian-sign-in-rubbish", "198.51.100.1", tls=True)
    token = str(make_token(site.keyring, "panel-member-1", site.built.clock, 10)["token"])
    assert visit_of(site, use_token(site, token, "192.0.2.1", tls=True).value)


def test_accounts_are_listed_by_what_their_holders_do(site: Served):
    """People find their account without a name being shown; the list is public in the charter anyway."""
    rows = {row["account"]: row for row in accounts(site.caller)["accounts"]}  # type: ignore[union-attr]
    assert rows["analyst-1"] == {
        "account": "analyst-1", "roles": ["analyst"], "titles": ["Analyst"], "own_key_only": False, "key_held": True,
    }  # fmt: skip
    assert rows["panel-member-1"]["own_key_only"]
    names = [p.display_name for p in site.gate.charter.people.values()]
    assert not any(name in json.dumps(rows) for name in names)


def test_the_default_cost_is_what_the_standard_asks_for():
    """RFC 9106, section 4: 64 MiB and three passes where memory is short."""
    assert (passphrases.SERVICE_COST.memory_kib, passphrases.SERVICE_COST.passes) == (65_536, 3)
    assert sign_in_web.__kwdefaults__["cost"] == passphrases.SERVICE_COST


def test_the_wicket_of_a_gate_lists_holders_only_with_a_key(site: Served):
    """An account without an enrolled key cannot sign in and is not offered."""
    assert {h.account_id for h in wicket_of(site.gate).holders()} == set(site.built.keys)
