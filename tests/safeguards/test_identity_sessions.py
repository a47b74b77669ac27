"""Nobody acts as somebody else: what is worth nothing without a key, tried one by one."""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.app.caller import Place, at_door
from peelian.app.session import set_context, show_context, sign_in
from peelian.core.errors import ExpiredError, InvalidError, RefusedError
from peelian.core.time import SystemClock
from peelian.gate.identity import Credential, request_sign_in
from peelian.people.keyring import Keyring
from tests.support.walk import Walk, call, found, listing, new_walk

ANALYST, OFFICER = "analyst-1", "neighbourhood-officer-1"


@pytest.fixture
def walk(tmp_path):
    """Give a deployment in which one analyst is signed in and at work."""
    return new_walk(tmp_path / "w", ANALYST)


@pytest.fixture
def other(walk, tmp_path):
    """Give a second user of the same deployment: a key folder with the officer's account key and nothing else."""
    home = tmp_path / "other-home"
    target = home / walk.keys.name / "accounts"
    target.mkdir(parents=True)
    shutil.copy(walk.keys / "accounts" / f"{OFFICER}.pem", target)
    return Walk(walk.folder, home)


def steal(walk: Walk, other: Walk, **changed: object) -> Path:
    """Copy the analyst's session file into the other's key folder, with changes; None takes a field out."""
    body = json.loads((walk.keys / "sessions" / f"{ANALYST}.json").read_text()) | changed
    target = other.keys / "sessions" / f"{ANALYST}.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps({k: v for k, v in body.items() if v is not None}))
    return target


def test_a_user_without_the_key_cannot_act_as_another(walk, other):
    """``--as`` picks a session that the caller holds; it never makes one."""
    before = listing(other.home)
    told = other.run("context", "show", "--json", as_=ANALYST)
    assert (told.code, told.error["code"]) == (5, "not-signed-in")
    assert listing(other.home) == before
    assert walk.run("context", "show", as_=ANALYST).ok()


def test_nobody_signs_in_for_an_account_whose_key_they_do_not_hold(other):
    """Otherwise the name would be the key."""
    told = other.run("sign-in", ANALYST, "--json")
    assert (told.code, told.error["code"]) == (4, "account-key-missing")


def test_signing_in_with_ones_own_key_under_another_name_is_refused_and_recorded(walk, other):
    """Renaming a key file is the first thing anybody would try."""
    accounts = other.keys / "accounts"
    shutil.copy(accounts / f"{OFFICER}.pem", accounts / f"{ANALYST}.pem")
    wrong = other.run("sign-in", ANALYST, "--json")
    shutil.copy(accounts / f"{OFFICER}.pem", accounts / "nobody-7.pem")
    unknown = other.run("sign-in", "nobody-7", "--json")
    assert (wrong.code, wrong.error["code"]) == (5, "sign-in-refused")
    assert wrong.error == unknown.error  # the words do not tell whether an account exists
    assert not (other.keys / "sessions").exists()
    entries = walk.json("ledger", "show", "--last", 2)["entries"]
    assert [(e["op"], e["decision"]) for e in entries] == [("refusal", "refuse")] * 2


@pytest.mark.parametrize("taken", ["key", "session", "account", "expires_at"])
def test_a_stolen_session_file_without_one_of_its_parts_is_worth_nothing(walk, other, taken):
    """The number of a session is no secret: it stands in every entry its holder makes."""
    steal(walk, other, **{taken: None})
    told = other.run("context", "show", "--json", as_=ANALYST)
    assert (told.code, told.error["code"], told.raised) == (3, "session-file-damaged", None)


def test_a_session_number_with_another_key_is_refused(walk, other):
    """Each call is signed anew, so knowing the number and bringing a key of one's own gains nothing."""
    steal(walk, other, key=Ed25519PrivateKey.generate().private_bytes_raw().hex())
    told = other.run("context", "show", "--json", as_=ANALYST)
    assert (told.code, told.error["code"]) == (5, "session-not-proved")
    invented = other.run("context", "show", "--json", as_=ANALYST)
    steal(walk, other, session="01M80000000000000000000000", key=Ed25519PrivateKey.generate().private_bytes_raw().hex())
    unknown = other.run("context", "show", "--json", as_=ANALYST)
    assert invented.error == unknown.error


def test_the_public_halves_that_the_deployment_keeps_open_nothing(walk, other):
    """Whoever copies the desk database has every public key and not one session."""
    session = json.loads((walk.keys / "sessions" / f"{ANALYST}.json").read_text())
    public = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(session["key"])).public_key().public_bytes_raw()
    assert public.hex().encode() in (walk.folder / "desk.db").read_bytes()
    steal(walk, other, key=public.hex())
    assert other.run("context", "show", "--json", as_=ANALYST).error["code"] == "session-not-proved"


def test_no_private_key_of_a_person_lies_in_the_deployment(walk):
    """Else its administrator could be anybody."""
    ring = Keyring(walk.home, walk.keys.name)
    keys = [ring.session(ANALYST).key, *(ring.account_key(a) for a in ring.accounts())]
    raw = [key.private_bytes_raw() for key in keys]
    secrets = [*raw, *(r.hex().encode() for r in raw), *(base64.b64encode(r) for r in raw)]
    for path in (p for p in walk.folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        assert not [s for s in secrets if s in data], path


def test_key_files_are_for_their_owner_alone(walk):
    """Other users of the same computer are the likeliest thieves."""
    for path in (p for p in walk.keys.rglob("*") if p.is_file()):
        assert path.stat().st_mode & 0o077 == 0, path
    assert walk.keys.stat().st_mode & 0o077 == 0


def test_a_session_ends_with_the_shift_and_its_key_is_forgotten(walk):
    """A terminal left open over night must not work the next day."""

    class Later(SystemClock):
        def now(self):
            return super().now() + timedelta(hours=12, seconds=5)

    place = Place(walk.folder, walk.home, ANALYST, Later())
    with at_door(place) as caller, pytest.raises(ExpiredError) as caught:
        show_context(caller)
    assert caught.value.code == "session-ended"
    with pytest.raises(ExpiredError), at_door(place) as caller:
        show_context(caller)
    assert not (walk.keys / "sessions" / f"{ANALYST}.json").exists()
    assert walk.run("context", "show", "--json", as_=ANALYST).error["code"] == "not-signed-in"


def test_an_altered_end_in_the_session_file_does_not_lengthen_it(walk):
    """The end that counts is on record, not in the holder's file."""
    path = walk.keys / "sessions" / f"{ANALYST}.json"
    body = json.loads(path.read_text())
    path.write_text(json.dumps(body | {"expires_at": body["expires_at"] + 10**12}))

    class Later(SystemClock):
        def now(self):
            return super().now() + timedelta(hours=13)

    with pytest.raises(ExpiredError), at_door(Place(walk.folder, walk.home, ANALYST, Later())) as caller:
        show_context(caller)


def test_a_signed_out_session_is_over_even_for_who_kept_its_key(walk):
    """Signing out must mean something on a shared computer."""
    kept = (walk.keys / "sessions" / f"{ANALYST}.json").read_bytes()
    walk.run("sign-out", as_=ANALYST).ok()
    assert walk.run("context", "show", "--json", as_=ANALYST).error["code"] == "not-signed-in"
    (walk.keys / "sessions" / f"{ANALYST}.json").write_bytes(kept)
    told = walk.run("context", "show", "--json", as_=ANALYST)
    assert (told.code, told.error["code"]) == (6, "session-ended")


def test_a_signed_request_for_one_deployment_opens_no_other(walk, tmp_path):
    """The same people work in several deployments."""
    second = found(tmp_path / "second")
    with at_door(Place(second.folder, second.home)) as caller:
        key = Keyring(walk.home, walk.keys.name).account_key(ANALYST)
        request, _ = request_sign_in(ANALYST, key, caller.gate.clock.now(), walk.keys.name)
        for forged in (request, replace(request, deployment=caller.deployment.id)):
            with pytest.raises(RefusedError) as caught:
                caller.gate.open_session(forged)
            assert caught.value.code == "sign-in-refused"


def test_an_old_request_to_sign_in_is_not_taken_again(walk):
    """A request that was overheard must be stale soon."""
    with at_door(Place(walk.folder, walk.home)) as caller:
        key = caller.keyring.account_key(ANALYST)
        request, _ = request_sign_in(ANALYST, key, caller.gate.clock.now() - timedelta(minutes=5), caller.deployment.id)
        with pytest.raises(RefusedError):
            caller.gate.open_session(request)


def test_an_account_that_was_never_enrolled_cannot_be_made_by_signing_in(walk, tmp_path):
    """Enrolment is an act of the deployment; holding some key is not."""
    home = tmp_path / "stranger"
    ring = Keyring(home, walk.keys.name)
    ring.save_account_key("analyst-9", Ed25519PrivateKey.generate())
    told = call("sign-in", "analyst-9", "--in", walk.folder, "--json", home=home)
    assert told.error["code"] == "sign-in-refused"


def test_a_locked_key_opens_with_its_passphrase_alone(walk, tmp_path):
    """A stolen key folder should not be a stolen identity."""
    home = tmp_path / "locked"
    ring = Keyring(home, walk.keys.name)
    ring.save_account_key(ANALYST, Keyring(walk.home, walk.keys.name).account_key(ANALYST), "correct horse")
    locked = Walk(walk.folder, home)
    assert locked.run("sign-in", ANALYST, "--json").error["code"] == "account-key-locked"
    wrong = locked.run("sign-in", ANALYST, "--json", PEELIAN_PASSPHRASE="wrong horse")
    assert wrong.error["code"] == "account-key-locked"
    locked.run("sign-in", ANALYST, PEELIAN_PASSPHRASE="correct horse").ok()


def test_the_working_context_belongs_to_one_session_and_is_inherited_by_it_alone(walk, other):
    """What somebody works on says nothing about what the person beside them does."""
    assert walk.json("context", "show", as_=ANALYST)["purpose"] == "burglary-prevention"
    other.run("sign-in", OFFICER).ok()
    assert other.json("context", "show")["purpose"] is None
    walk.run("sign-in", ANALYST).ok()
    assert walk.json("context", "show", as_=ANALYST)["purpose"] is None


def test_two_credentials_in_one_process_stay_apart(walk):
    """Nothing in a running process stands for the current user."""
    walk.run("sign-in", OFFICER).ok()
    with at_door(Place(walk.folder, walk.home)) as caller:
        mine, theirs = (caller.keyring.session(a) for a in (OFFICER, ANALYST))
        assert caller.gate.who(Credential(mine.session_id, mine.key)).actor.id == OFFICER
        assert caller.gate.who(Credential(theirs.session_id, theirs.key)).actor.id == ANALYST
        with pytest.raises(RefusedError):
            caller.gate.who(Credential(theirs.session_id, mine.key))


def test_a_damaged_account_key_is_told_and_changes_nothing(walk):
    """A file cut off by a full disk is no proof of anything."""
    path = walk.keys / "accounts" / f"{OFFICER}.pem"
    path.write_bytes(path.read_bytes()[:60])
    with at_door(Place(walk.folder, walk.home)) as caller, pytest.raises(InvalidError):
        sign_in(caller, OFFICER)


def test_an_emergency_needs_no_operation_and_is_marked(walk):
    """When a life is in danger nobody fills in a form; afterwards everybody can see it."""
    walk.run("sign-in", OFFICER).ok()
    with at_door(Place(walk.folder, walk.home, OFFICER)) as caller:
        told = set_context(caller, "", emergency_purpose="danger-to-life")
    assert told["emergency"] is True
    refused = walk.run("context", "set", "--emergency", "burglary-prevention", "--json", as_=OFFICER)
    assert refused.code == 5
