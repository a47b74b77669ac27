"""What signing in on the web keeps: sessions of a browser, one-time links, wrapped account keys, failed attempts.

Nothing here opens anything by itself. A browser's secret, a link's token and a passphrase are never stored, only their
hashes and what is sealed under them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from peelian.core.time import from_micros, to_micros
from peelian.store import tables as t
from peelian.store.grant import READ, WRITE, Grant, need
from peelian.store.rows import Rows, json_text


@dataclass(frozen=True)
class WebSession:
    """A browser that is signed in. ``id_hash``: SHA-256 of the secret in its cookie."""

    id_hash: str
    account_id: str
    session_id: str
    sealed_key: str = field(repr=False)  # the session's private key, sealed under the cookie's secret
    csrf: str = field(repr=False)
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class SignInLink:
    """A link that signs somebody in once. ``id_hash``: SHA-256 of its token; ``body``: what is sealed under it."""

    id_hash: str
    account_id: str
    body: Mapping[str, Any] = field(repr=False)
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True)
class AccountSecret:
    """An account's key, wrapped under its holder's passphrase: how it was wrapped, and the sealed bytes."""

    account_id: str
    body: Mapping[str, Any] = field(repr=False)
    made_at: datetime


@dataclass(frozen=True)
class SignInFailure:
    """One failed attempt. ``who_hash``: keyed hash of the account asked for, or of the address it came from."""

    id: str
    who_hash: str
    at: datetime


class WebRows(Rows):
    """What the desk does for signing in on the web."""

    # Browsers that are signed in

    def add_web_session(self, grant: Grant, session: WebSession) -> None:
        """Enter a browser that has signed in."""
        self._insert(grant, t.web_sessions, session)

    def web_session(self, grant: Grant, id_hash: str) -> WebSession | None:
        """Return a browser's session."""
        return next(iter(self._find(grant, WebSession, t.web_sessions.c.id_hash, id_hash)), None)

    def web_sessions(self, grant: Grant, account_id: str) -> list[WebSession]:
        """List an account's browsers, newest first."""
        w = t.web_sessions.c
        order = [w.created_at.desc(), w.id_hash.asc()]
        return self._list(grant, WebSession, t.web_sessions, w.account_id == account_id, order=order)

    def see_web_session(self, grant: Grant, id_hash: str, at: datetime) -> None:
        """Note when a browser was last there."""
        self._update(grant, t.web_sessions, t.web_sessions.c.id_hash == id_hash, seen_at=to_micros(at))

    def drop_web_session(self, grant: Grant, id_hash: str) -> None:
        """Forget a browser."""
        self._delete(grant, t.web_sessions, t.web_sessions.c.id_hash == id_hash)

    def drop_web_sessions(self, grant: Grant, account_id: str) -> int:
        """Forget every browser of an account; returns how many there were."""
        return self._delete(grant, t.web_sessions, t.web_sessions.c.account_id == account_id)

    def drop_ended_web_sessions(self, grant: Grant, *, now: datetime, idle_since: datetime) -> int:
        """Forget the browsers whose time is over, or which were last there before an instant."""
        w = t.web_sessions.c
        over = sa.or_(w.expires_at <= to_micros(now), w.seen_at < to_micros(idle_since))
        return self._delete(grant, t.web_sessions, over)

    # Links that sign somebody in once

    def add_sign_in_link(self, grant: Grant, link: SignInLink) -> None:
        """Enter a link."""
        self._insert(grant, t.sign_in_links, link)

    def sign_in_link(self, grant: Grant, id_hash: str) -> SignInLink | None:
        """Return a link, used or not."""
        return self._one(grant, SignInLink, t.sign_in_links, t.sign_in_links.c.id_hash == id_hash)

    def use_sign_in_link(self, grant: Grant, id_hash: str, at: datetime) -> SignInLink | None:
        """Use a link up; returns it to the one caller who did, and None to everybody else.

        One statement finds and marks it, so that of two at once only one has it.
        """
        need(grant, WRITE, "sign_in_links")
        k = t.sign_in_links.c
        fresh = sa.and_(k.id_hash == id_hash, k.used_at.is_(None), k.expires_at > to_micros(at))
        with self._writing() as con:
            used = con.execute(sa.update(t.sign_in_links).where(fresh).values(used_at=to_micros(at))).rowcount
        return self.sign_in_link(grant, id_hash) if used else None

    def drop_sign_in_links(self, grant: Grant, *, ended_before: datetime) -> int:
        """Forget the links that ended before an instant."""
        ended = t.sign_in_links.c.expires_at < to_micros(ended_before)
        return self._delete(grant, t.sign_in_links, ended)

    # Account keys, wrapped under passphrases

    def put_account_secret(self, grant: Grant, secret: AccountSecret) -> None:
        """Keep an account's wrapped key in place of the one before."""
        need(grant, WRITE, "account_secrets")
        s = t.account_secrets
        values = {"body": json_text(secret.body), "made_at": to_micros(secret.made_at)}
        with self._writing() as con:
            if not con.execute(sa.update(s).where(s.c.account_id == secret.account_id).values(**values)).rowcount:
                con.execute(sa.insert(s), [{"account_id": secret.account_id, **values}])

    def account_secret(self, grant: Grant, account_id: str) -> AccountSecret | None:
        """Return an account's wrapped key."""
        return self._one(grant, AccountSecret, t.account_secrets, t.account_secrets.c.account_id == account_id)

    def drop_account_secret(self, grant: Grant, account_id: str) -> None:
        """Forget an account's wrapped key."""
        self._delete(grant, t.account_secrets, t.account_secrets.c.account_id == account_id)

    # Failed attempts to sign in

    def begin_sign_in_try(
        self,
        grant: Grant,
        tries: Sequence[SignInFailure],
        since: datetime,
        open_at: Callable[[Sequence[Sequence[datetime]]], datetime],
    ) -> datetime:
        """Note a try before it is looked at, unless it comes too soon; in one transaction, so that none slip past.

        Parameters
        ----------
        tries : sequence of SignInFailure
            One for each thing that is counted; kept as failures until :meth:`end_sign_in_try`.
        since : datetime
            Older failures do not count.
        open_at : callable
            From the failures of each, says from when a try is looked at.

        Returns
        -------
        datetime
            What ``open_at`` said; later than the try's own instant when it was not noted.
        """
        need(grant, WRITE, "sign_in_failures")
        f = t.sign_in_failures.c
        with self._writing() as con:
            found = []
            for one in tries:
                where = sa.and_(f.who_hash == one.who_hash, f.at >= to_micros(since))
                found.append([from_micros(at) for at in con.scalars(sa.select(f.at).where(where).order_by(f.at.asc()))])
            opens = open_at(found)
            if tries and opens <= tries[0].at:
                rows = [{"id": one.id, "who_hash": one.who_hash, "at": to_micros(one.at)} for one in tries]
                con.execute(sa.insert(t.sign_in_failures), rows)
        return opens

    def end_sign_in_try(self, grant: Grant, ids: Sequence[str]) -> None:
        """Take back the notes of a try that succeeded."""
        self._delete(grant, t.sign_in_failures, t.sign_in_failures.c.id.in_(ids))

    def add_sign_in_failure(self, grant: Grant, failure: SignInFailure) -> None:
        """Note a failed attempt."""
        self._insert(grant, t.sign_in_failures, failure)

    def sign_in_failures(self, grant: Grant, who_hash: str, since: datetime) -> int:
        """Count the failed attempts since an instant."""
        need(grant, READ, "sign_in_failures")
        f = t.sign_in_failures.c
        count = sa.select(sa.func.count()).where(f.who_hash == who_hash, f.at >= to_micros(since))
        with self._reading() as con:
            return int(con.scalar(count) or 0)

    def forget_sign_in_failures(self, grant: Grant, who_hash: str) -> int:
        """Forget somebody's failed attempts, once one has succeeded."""
        return self._delete(grant, t.sign_in_failures, t.sign_in_failures.c.who_hash == who_hash)

    def drop_sign_in_failures(self, grant: Grant, *, before: datetime) -> int:
        """Forget the failed attempts before an instant."""
        return self._delete(grant, t.sign_in_failures, t.sign_in_failures.c.at < to_micros(before))
