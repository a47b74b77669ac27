"""Signing in with a browser: by passphrase, by a link made elsewhere, by a token; and being known on each request.

The server keeps nothing that lets it act for somebody who is not there. A passphrase unlocks the account's key for the
moment it takes to sign one request; a cookie unlocks the session's key for the length of one page.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.app.caller import Caller, Place
from peelian.core.errors import ExpiredError, MissingError, RefusedError
from peelian.core.time import Clock, SystemClock, iso
from peelian.gate.door import Gate
from peelian.gate.identity import (
    Credential,
    SignInLater,
    later_from_dict,
    request_sign_in,
    request_sign_in_later,
)
from peelian.gate.rooms.wicket import Holder, Try, Wicket, wicket_of
from peelian.people.keyring import HeldSession, Keyring, OneSession
from peelian.people.limits import REMEMBERED, network_of, too_often, wait_until
from peelian.people.links import LINK_PATH, check_way, lifetime_of, link_spent
from peelian.people.passphrases import SERVICE_COST, Cost, check_passphrase, lock_key
from peelian.people.proof import PassphraseProof, ProofOfIdentity
from peelian.people.web_session import (
    IDLE_END,
    TOUCH_EVERY,
    Cookie,
    Secret,
    cookie_for,
    cookie_name,
    has_ended,
    is_own_request,
    new_secret,
    no_cookie,
    secret_of,
)
from peelian.store.deployment import Deployment
from peelian.store.desk import Session
from peelian.store.web_rows import WebSession

__all__ = ["LINK_PATH", "Cookie", "Visit", "cookie_name", "is_own_request", "no_cookie", "visit_of"]


class Door(Protocol):
    """What signing in needs of a served deployment (:class:`peelian.app.served.Site`)."""

    place: Place
    deployment: Deployment

    @property
    def gate(self) -> Gate:
        """The open door."""
        ...


@dataclass(frozen=True)
class Visit:
    """Somebody signed in, for one request.

    Parameters
    ----------
    caller : Caller
        Acts as the account; holds the session's key while the request lasts.
    account : str
    roles : frozenset of str
        As the charter in force has them.
    secret : Secret
        What the cookie brought.
    row : WebSession
    """

    caller: Caller
    account: str
    roles: frozenset[str]
    secret: Secret = field(repr=False)
    row: WebSession = field(repr=False)

    @cached_property
    def csrf(self) -> str:
        """Return the token that goes into each form of this page."""
        return self.secret.form_token()

    def takes(self, token: str) -> bool:
        """Say whether a form's token belongs to this session."""
        return self.secret.is_form_token(token)


# Signing in


def sign_in_web(
    site: Door,
    account_id: str,
    passphrase: str,
    address: str,
    *,
    tls: bool,
    replacing: str | None = None,
    cost: Cost = SERVICE_COST,
) -> Cookie:
    """Sign somebody in with a passphrase.

    Parameters
    ----------
    address : str
        Where the request comes from, as the connection says; never as a header says.
    replacing : str or None
        The cookie that the request brought; what it opened ends. A session never starts with a secret that was brought.

    Raises
    ------
    RefusedError
        ``sign-in-refused``: the same answer, after the same work, for a wrong passphrase and an unknown account.
    LimitError
        ``sign-in-too-often``.
    """
    wicket = wicket_of(site.gate)
    if not (account_id.isascii() and account_id.isprintable() and len(account_id) <= 64):
        account_id = "(not an account)"  # refused in the usual way, without what was typed going any further
    tried = _begin_try(site, wicket, account_id, address)
    proof = PassphraseProof(account_id, passphrase, wicket.locked_key(account_id), wicket.harden, cost)
    session, key = _prove(site, wicket, proof)
    wicket.end_try(tried)
    return _let_in(site, session, key, tls=tls, replacing=replacing)


def _begin_try(site: Door, wicket: Wicket, account_id: str, address: str) -> Try:
    now = site.gate.clock.now()
    tried = wicket.begin_try(account_id, network_of(address), lambda found: wait_until(found, now), REMEMBERED)
    if not isinstance(tried, Try):
        raise too_often(tried, now)
    return tried


def _prove(site: Door, wicket: Wicket, proof: ProofOfIdentity) -> tuple[Session, Ed25519PrivateKey]:
    signed = proof.sign_in(site.gate.clock.now(), site.deployment.id)
    if signed is None:
        wicket.refuse_sign_in()
        raise _not_accepted()
    request, key = signed
    try:
        return site.gate.open_session(request), key
    except RefusedError as error:
        raise (_not_accepted() if error.code == "sign-in-refused" else error) from None


def _not_accepted() -> RefusedError:
    return RefusedError(
        "sign-in-refused",
        "That account and passphrase do not go together.",
        why="One of them is mistyped, or the account has no passphrase here. That it was tried is recorded.",
        do="Try again. To set a passphrase, use your key: peelian passphrase set ACCOUNT --in DIR.",
    )


def _let_in(site: Door, session: Session, key: Ed25519PrivateKey, *, tls: bool, replacing: str | None) -> Cookie:
    if replacing:
        sign_out(site, replacing, tls=tls)
    wicket, secret = wicket_of(site.gate), new_secret()
    wicket.sweep(IDLE_END)
    wicket.open_browser(session, secret.row_id, secret.seal(key, _bound_to(session.id, session.account_id)))
    return cookie_for(secret, tls=tls, now=site.gate.clock.now(), ends_at=session.expires_at)


def _bound_to(session_id: str, account_id: str) -> str:
    return f"browser\n{session_id}\n{account_id}"


# Being signed in


def visit_of(site: Door, cookie: str | None) -> Visit | None:
    """Return the visit that a cookie opens; None for none, for one that has ended, and for one that is not ours."""
    secret = secret_of(cookie)
    wicket = wicket_of(site.gate)
    row = wicket.browser(secret.row_id) if secret else None
    if secret is None or row is None:
        return None
    key = secret.open(row.sealed_key, _bound_to(row.session_id, row.account_id))
    now = site.gate.clock.now()
    if key is None or has_ended(row.seen_at, row.expires_at, now):
        _end(site, row, key)
        return None
    if now - row.seen_at >= TOUCH_EVERY:
        wicket.see_browser(row.id_hash)
    person = site.gate.charter.people.get(row.account_id)
    return Visit(_caller(site, row, key), row.account_id, person.roles if person else frozenset(), secret, row)


def _caller(site: Door, row: WebSession, key: Ed25519PrivateKey) -> Caller:
    held = HeldSession(row.session_id, row.account_id, site.deployment.id, row.expires_at, key)
    return Caller(site.place, site.deployment, site.gate, OneSession(held))


def sign_out(site: Door, cookie: str | None, *, tls: bool) -> Cookie:
    """End what a cookie opened: the gate's session and the browser's row. Return the cookie that clears it."""
    secret = secret_of(cookie)
    row = wicket_of(site.gate).browser(secret.row_id) if secret else None
    if secret and row:
        _end(site, row, secret.open(row.sealed_key, _bound_to(row.session_id, row.account_id)))
    return no_cookie(tls=tls)


def _end(site: Door, row: WebSession, key: Ed25519PrivateKey | None) -> None:
    wicket_of(site.gate).forget_browser(row.id_hash)
    if key is None:
        return
    try:
        site.gate.close_session(Credential(row.session_id, key))
    except (ExpiredError, RefusedError):  # it had ended already, or its holder left the charter
        return


# Links and tokens: the account's key stays where it is


def make_link(caller: Caller, account_id: str, minutes: int, passphrase: str | None = None) -> dict[str, object]:
    """Make a link that signs its holder in once, with the account's key in the caller's own key folder.

    Returns
    -------
    dict
        ``account``, ``path`` (goes behind the server's address), ``until``.
    """
    assert isinstance(caller.keyring, Keyring), "links are made where the account's key is"
    request, session_key = _ask_later(caller.keyring, account_id, caller.gate.clock, minutes, passphrase)
    secret = new_secret()
    wicket_of(caller.gate).keep_link(request, secret.row_id, secret.seal(session_key, _link_bound(request)))
    return {"account": account_id, "path": LINK_PATH + secret.text, "until": iso(request.until)}


def make_token(
    keyring: Keyring, account_id: str, clock: Clock, minutes: int, passphrase: str | None = None
) -> dict[str, object]:
    """Make a token that signs its holder in once, without reaching the server: for those who keep keys elsewhere.

    It is typed or pasted into the sign-in page, never put into an address.
    """
    request, session_key = _ask_later(keyring, account_id, clock, minutes, passphrase)
    body = {"request": request.as_dict(), "key": session_key.private_bytes_raw().hex()}
    return {"account": account_id, "token": TOKEN_MARK + _packed(body), "until": iso(request.until)}


def token_from(
    home: Path, account_id: str, minutes: int, deployment: str | None = None, passphrase: str | None = None
) -> dict[str, object]:
    """Make a token from a key folder alone, on a machine that need not reach the deployment.

    Raises
    ------
    MissingError
        ``deployment-unnamed`` when the folder holds keys of several deployments, or of none.
    """
    known = sorted(p.name for p in home.glob("*") if (p / "accounts" / f"{account_id}.pem").is_file())
    if deployment is None and len(known) != 1:
        raise MissingError(
            "deployment-unnamed",
            f"Your key folder holds a key for that account for {len(known)} deployments.",
            why="A token is good for one deployment, which is part of what the key signs.",
            do="Name it with --deployment; it stands in the deployment's peelian.toml and on its sign-in page.",
        )
    return make_token(Keyring(home, deployment or known[0]), account_id, SystemClock(), minutes, passphrase)


TOKEN_MARK = "peelian-sign-in-"
"""What a token begins with, so that people and scanners know one when they see it."""

TOKEN_MAX = 4_000


def _packed(body: Mapping[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(body, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _ask_later(
    keyring: Keyring, account_id: str, clock: Clock, minutes: int, passphrase: str | None
) -> tuple[SignInLater, Ed25519PrivateKey]:
    lifetime, now = lifetime_of(minutes), clock.now()
    key = keyring.account_key(account_id, passphrase)
    return request_sign_in_later(account_id, key, now, now + lifetime, keyring.deployment)


def _link_bound(request: SignInLater) -> str:
    return f"link\n{request.account_id}\n{request.session_public_key.hex()}"


def see_link(site: Door, token: str) -> dict[str, object]:
    """Say whom a link would sign in, without using it up.

    Raises
    ------
    MissingError
        ``link-spent``.
    """
    secret = secret_of(token)
    found = wicket_of(site.gate).link(secret.row_id) if secret else None
    if found is None:
        raise link_spent()
    titles = [t for h in wicket_of(site.gate).holders() if h.account_id == found.account_id for t in h.titles]
    return {"account": found.account_id, "titles": titles, "until": iso(found.expires_at)}


def use_link(site: Door, token: str, address: str, *, tls: bool, replacing: str | None = None) -> Cookie:
    """Use a link up and sign its maker in. Of two who try at once, one gets in.

    Raises
    ------
    RefusedError
        ``link-in-the-open`` off this machine without TLS; the link stays good then.
    MissingError
        ``link-spent``.
    """
    check_way(address, tls=tls)
    secret = secret_of(token)
    used = wicket_of(site.gate).use_link(secret.row_id) if secret else None
    if secret is None or used is None:
        raise link_spent()
    request = later_from_dict(used.body["request"])
    key = secret.open(str(used.body["sealed_key"]), _link_bound(request))
    return _let_in_later(site, request, key, tls=tls, replacing=replacing)


def use_token(site: Door, token: str, address: str, *, tls: bool, replacing: str | None = None) -> Cookie:
    """Sign in the maker of a token, once.

    Raises
    ------
    RefusedError
        ``link-in-the-open``.
    MissingError
        ``link-spent``.
    LimitError
        ``sign-in-too-often``.
    """
    check_way(address, tls=tls)
    wicket = wicket_of(site.gate)
    # Nobody guesses a token. The limit is on what one address may have checked, and delays nobody elsewhere.
    tried = _begin_try(site, wicket, f"(token) {network_of(address)}", address)
    request, key = _unpacked(token)
    cookie = _let_in_later(site, request, key, tls=tls, replacing=replacing)
    wicket.end_try(tried)
    return cookie


def _unpacked(token: str) -> tuple[SignInLater, Ed25519PrivateKey]:
    text = "".join(token.split())
    try:
        if len(text) > TOKEN_MAX or not text.startswith(TOKEN_MARK):
            raise ValueError("token")
        packed = text.removeprefix(TOKEN_MARK)
        body = json.loads(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
        return later_from_dict(body["request"]), Ed25519PrivateKey.from_private_bytes(bytes.fromhex(body["key"]))
    except (ValueError, KeyError, TypeError, RecursionError, RefusedError):
        raise link_spent() from None


def _let_in_later(
    site: Door, request: SignInLater, key: Ed25519PrivateKey | None, *, tls: bool, replacing: str | None
) -> Cookie:
    if key is None or key.public_key().public_bytes_raw() != request.session_public_key:
        raise link_spent()
    try:
        session = wicket_of(site.gate).open_session_later(request)
    except RefusedError as error:
        raise (link_spent() if error.code == "sign-in-refused" else error) from None
    return _let_in(site, session, key, tls=tls, replacing=replacing)


# Passphrases


def set_passphrase(
    caller: Caller, account_id: str, passphrase: str, key_passphrase: str | None = None, *, cost: Cost = SERVICE_COST
) -> dict[str, object]:
    """Lock the account's key, which the caller must hold, with a passphrase and leave it at the desk.

    Raises
    ------
    InvalidError
        ``passphrase-weak``.
    RefusedError
        ``key-stays-home`` for those who watch the force's systems.
    """
    check_passphrase(passphrase, account_id)
    key = caller.keyring.account_key(account_id, key_passphrase)
    request, session_key = request_sign_in(account_id, key, caller.gate.clock.now(), caller.deployment.id)
    credential = Credential(caller.gate.open_session(request).id, session_key)
    _keep(caller.gate, caller.deployment, credential, account_id, key, passphrase, cost)
    caller.gate.close_session(credential)
    return {"account": account_id, "passphrase": "set"}


def change_passphrase(
    site: Door, visit: Visit, old: str, new: str, address: str, *, cost: Cost = SERVICE_COST
) -> dict[str, object]:
    """Lock the visitor's key with another passphrase; their other browsers are signed out.

    Raises
    ------
    InvalidError
        ``passphrase-weak``.
    RefusedError
        ``sign-in-refused`` when the old one does not open the key.
    """
    check_passphrase(new, visit.account)
    wicket = wicket_of(site.gate)
    tried = _begin_try(site, wicket, visit.account, address)
    proof = PassphraseProof(visit.account, old, wicket.locked_key(visit.account), wicket.harden, cost)
    key = proof.account_key(site.deployment.id)
    if key is None:
        wicket.refuse_sign_in()
        raise _not_accepted()
    wicket.end_try(tried)
    _keep(site.gate, site.deployment, visit.caller.credential, visit.account, key, new, cost)
    ended = wicket.forget_other_browsers(visit.caller.credential)
    return {"account": visit.account, "passphrase": "changed", "browsers_ended": ended}


def _keep(
    gate: Gate,
    deployment: Deployment,
    credential: Credential,
    account_id: str,
    key: Ed25519PrivateKey,
    passphrase: str,
    cost: Cost,
) -> None:
    wicket = wicket_of(gate)
    locked = lock_key(key, passphrase, account_id=account_id, deployment=deployment.id, harden=wicket.harden, cost=cost)
    wicket.keep_locked_key(credential, locked)


# Who may sign in


def accounts(caller: Caller) -> dict[str, object]:
    """List the accounts of the charter that may sign in, and which of their keys the caller holds."""
    held = set(caller.keyring.accounts()) if isinstance(caller.keyring, Keyring) else set()
    rows = [_account_row(h, held) for h in wicket_of(caller.gate).holders()]
    return {"accounts": rows, "demonstration": caller.gate.charter.force.demonstration}


def _account_row(holder: Holder, held: set[str]) -> dict[str, object]:
    return {
        "account": holder.account_id,
        "roles": list(holder.roles),
        "titles": list(holder.titles),
        "own_key_only": holder.own_key_only,
        "key_held": holder.account_id in held,
    }


def forget_browsers(site: Door, visit: Visit) -> int:
    """Sign the visitor's other browsers out; returns how many there were."""
    return wicket_of(site.gate).forget_other_browsers(visit.caller.credential)
