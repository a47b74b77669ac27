"""The wicket: the small door for people who come with a browser.

It keeps what signing in on the web needs, and none of it opens anything by itself: account keys locked with their
holders' passphrases, session keys sealed under a secret that only the browser has, links, and how often somebody
failed. Whoever comes through still stands before the gate with a session of their own, proved on every call.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from peelian.core.errors import Reason, RefusedError
from peelian.core.ids import new_ulid
from peelian.gate import presence
from peelian.gate.acts.office import OVERSEERS
from peelian.gate.door import Gate
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.identity import Credential, SignInLater
from peelian.store.desk import Session
from peelian.store.web_rows import AccountSecret, SignInFailure, SignInLink, WebSession

OpenAt = Callable[[Mapping[str, Sequence[datetime]]], datetime]
"""From the failures counted under each heading, says from when a try is looked at."""


@dataclass(frozen=True)
class Holder:
    """Somebody who may sign in, as the charter has it: no name, only the account and what its holder does."""

    account_id: str
    roles: tuple[str, ...]
    titles: tuple[str, ...]
    own_key_only: bool


@dataclass(frozen=True)
class Try:
    """A try to sign in that is being looked at, noted as a failure until it succeeds."""

    ids: tuple[str, ...]
    pair: str


class Wicket:
    """What a server keeps so that people can sign in with a browser.

    Parameters
    ----------
    house : House
        The opened deployment.
    """

    def __init__(self, house: House) -> None:
        self._house = house

    # Accounts and their locked keys

    def holders(self) -> list[Holder]:
        """List who may sign in; public."""
        house = self._house
        house.head.follow()
        people = [p for p in house.charter.people.values() if p.id in house.head.accounts]
        titles = {role.id: role.title for role in house.charter.roles.values()}
        return [
            Holder(p.id, tuple(sorted(p.roles)), tuple(titles[r] for r in sorted(p.roles)), bool(p.roles & OVERSEERS))
            for p in sorted(people, key=lambda p: p.id)
        ]

    def harden(self, stretched: bytes) -> bytes:
        """Mix a stretched passphrase with the deployment's secret, which is kept apart from the desk database."""
        return hmac.new(self._secret(b"passphrases"), stretched, sha256).digest()

    def locked_key(self, account_id: str) -> Mapping[str, object] | None:
        """Return an account's locked key; none for those whose key is never kept here."""
        house = self._house
        person = house.charter.people.get(account_id)
        asked = account_id if person else "-"  # the same look-up for a name that nobody has, whatever was typed
        found = house.desk.account_secret(house.grant("read", "account_secrets"), asked)
        return found.body if found and person and not person.roles & OVERSEERS else None

    def keep_locked_key(self, credential: Credential, locked: Mapping[str, object]) -> str:
        """Keep the caller's own key, locked with a passphrase; returns the account.

        Raises
        ------
        RefusedError
            ``key-stays-home`` for those who watch the force's systems.
        """
        house, met = self._house, presence.meet(self._house, credential)
        if met.actor.roles & OVERSEERS:
            self._refuse_keeping(met)
        house.recorder.record([Act("passphrase-set", "sign-in", "", "record", met.who())])
        secret = AccountSecret(met.actor.id, locked, house.clock.now())
        house.desk.put_account_secret(house.grant("write", "account_secrets"), secret)
        return met.actor.id

    def _refuse_keeping(self, met: presence.Presence) -> None:
        body = met.who() | {"asked": "keep a key", "reasons": ["key-stays-home"]}
        self._house.recorder.record([Act("refusal", "sign-in", met.purpose, "refuse", body, met.reason)])
        what = "Whoever watches the force's systems keeps their key away from them."
        raise RefusedError(
            "key-stays-home",
            "This account's key is never kept here, not even locked.",
            why=f"{what} The refusal is recorded.",
            do="Sign in with a link made on your own machine: peelian sign-in-link ACCOUNT --in DIR.",
            reasons=[Reason("key-stays-home", what, "the elected body", "Make a link on your own machine.")],
        )

    # Tries

    def begin_try(self, account_id: str, network: str, open_at: OpenAt, remembered: timedelta) -> Try | datetime:
        """Note a try before it is looked at, or say from when one will be.

        Parameters
        ----------
        account_id : str
            As typed: counted whether or not there is such an account.
        network : str
            What counts as one address.
        """
        house, now = self._house, self._house.clock.now()
        grant = house.grant("write", "sign_in_failures")
        house.desk.drop_sign_in_failures(grant, before=now - remembered)
        counted = {
            "pair": self._name("pair", f"{account_id}\n{network}"),
            "account": self._name("account", account_id),
            "address": self._name("address", network),
        }
        tries = [SignInFailure(new_ulid(house.clock), who, now) for who in counted.values()]
        opens = house.desk.begin_sign_in_try(
            grant, tries, now - remembered, lambda found: open_at(dict(zip(counted, found, strict=True)))
        )
        return opens if opens > now else Try(tuple(t.id for t in tries), counted["pair"])

    def end_try(self, tried: Try) -> None:
        """Forget a try that succeeded, and earlier slips of the same person at the same place."""
        grant = self._house.grant("write", "sign_in_failures")
        self._house.desk.end_sign_in_try(grant, tried.ids)
        self._house.desk.forget_sign_in_failures(grant, tried.pair)

    def refuse_sign_in(self) -> None:
        """Enter that somebody was not let in."""
        presence.refuse_sign_in(self._house)

    # Browsers

    def open_browser(self, session: Session, row_id: str, sealed_key: str) -> WebSession:
        """Keep a signed-in browser's row."""
        house, now = self._house, self._house.clock.now()
        row = WebSession(row_id, session.account_id, session.id, sealed_key, "", now, now, session.expires_at)
        house.desk.add_web_session(house.grant("write", "web_sessions"), row)
        return row

    def browser(self, row_id: str) -> WebSession | None:
        """Return the row of the browser that knows its name."""
        return self._house.desk.web_session(self._house.grant("read", "web_sessions"), row_id)

    def see_browser(self, row_id: str) -> None:
        """Note that somebody was there."""
        now = self._house.clock.now()
        self._house.desk.see_web_session(self._house.grant("write", "web_sessions"), row_id, now)

    def forget_browser(self, row_id: str) -> None:
        """Delete a browser's row; what it sealed is gone."""
        self._house.desk.drop_web_session(self._house.grant("write", "web_sessions"), row_id)

    def forget_other_browsers(self, credential: Credential) -> int:
        """Delete the rows of the caller's other browsers; returns how many."""
        house, met = self._house, presence.meet(self._house, credential)
        rows = house.desk.web_sessions(house.grant("read", "web_sessions"), met.actor.id)
        others = [row for row in rows if row.session_id != met.session_id]
        for row in others:
            self.forget_browser(row.id_hash)
            house.desk.close_session(house.grant("write", "sessions"), row.session_id, house.clock.now())
        return len(others)

    def sweep(self, idle: timedelta) -> int:
        """Delete the rows of browsers that nobody uses any more, and of links that are over."""
        house, now = self._house, self._house.clock.now()
        house.desk.drop_sign_in_links(house.grant("write", "sign_in_links"), ended_before=now)
        grant = house.grant("write", "web_sessions")
        return house.desk.drop_ended_web_sessions(grant, now=now, idle_since=now - idle)

    # Links

    def keep_link(self, request: SignInLater, row_id: str, sealed_key: str) -> None:
        """Keep a request to sign in later with the session's key sealed under the link's secret."""
        house, now = self._house, self._house.clock.now()
        body = {"request": request.as_dict(), "sealed_key": sealed_key}
        link = SignInLink(row_id, request.account_id, body, now, request.until)
        house.desk.add_sign_in_link(house.grant("write", "sign_in_links"), link)

    def link(self, row_id: str) -> SignInLink | None:
        """Return a link that is still good."""
        house = self._house
        found = house.desk.sign_in_link(house.grant("read", "sign_in_links"), row_id)
        return found if found and found.used_at is None and house.clock.now() < found.expires_at else None

    def use_link(self, row_id: str) -> SignInLink | None:
        """Use a link up; one caller gets it, everybody else nothing."""
        house = self._house
        return house.desk.use_sign_in_link(house.grant("write", "sign_in_links"), row_id, house.clock.now())

    def open_session_later(self, request: SignInLater) -> Session:
        """Open the one session that a request asked for beforehand."""
        return presence.open_session_later(self._house, request)

    def _name(self, heading: str, of: str) -> str:
        """Return the name under which failures are counted: the table holds no account and no address."""
        return hmac.new(self._secret(b"failures"), f"{heading}\n{of}".encode(), sha256).hexdigest()

    def _secret(self, use: bytes) -> bytes:
        return hmac.new(self._house.keys.log_key(), b"peelian/wicket/v1/" + use, sha256).digest()


def wicket_of(gate: Gate) -> Wicket:
    """Return the wicket beside a gate."""
    return Wicket(gate._house)
