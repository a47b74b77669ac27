"""What holds for every answer and every request, whatever page it is."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG = logging.getLogger("peelian.web")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",  # the map's own symbols
        "connect-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


_DIGITS_MAX = 15
"""A length of more digits is too large, and is not worked out."""


class Shield:
    """Refuses requests for other hosts and bodies that are too large; gives every answer its headers.

    Parameters
    ----------
    hosts : frozenset of str
        Names under which the site answers, without port; any when empty.
    secure : bool
        Whether the site is reached by TLS.
    body_max : int
        Bytes.
    files : mapping of str to int
        Addresses that take a file -> bytes that a request to them may have.
    too_large : callable
        Makes the answer to a request with too large a file.
    broken : callable
        Makes the answer to a request whose page broke.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: frozenset[str],
        secure: bool,
        body_max: int,
        files: Mapping[str, int],
        too_large: Callable[[Request], Response],
        broken: Callable[[Request], Response],
    ) -> None:
        self.app, self.hosts, self.body_max, self.broken = app, hosts, body_max, broken
        self.files, self.too_large = files, too_large
        self.headers = dict(HEADERS)
        if secure:
            self.headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        app = self._refused(scope) or self.app
        bare = scope["method"] == "HEAD"
        if bare:  # RFC 9110, 9.3.2: what GET would answer, without the body
            scope = {**scope, "method": "GET"}
        guarded = Guarded(send, self.headers, bare=bare)
        counted = Counted(receive, self._most(scope))
        try:
            await app(scope, counted, guarded)
        except Exception as error:
            if counted.over and not guarded.begun:
                await self._too_large(scope)(scope, receive, guarded)
                return
            LOG.error("%s", _where(error))  # not the address nor the error's own words: either may hold a value
            if guarded.begun:
                raise
            await self.broken(Request(scope))(scope, receive, guarded)

    def _most(self, scope: Scope) -> int:
        return self.files.get(scope["path"], self.body_max)

    def _too_large(self, scope: Scope) -> Response:
        if scope["path"] in self.files:
            return self.too_large(Request(scope))
        return PlainTextResponse("What you sent is too large.\n", 413)

    def _refused(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if self.hosts and _name(headers.get("host", "")) not in self.hosts:
            return PlainTextResponse("This server does not answer under that name.\n", 421)
        length = headers.get("content-length", "0")
        if not length.isdigit() or len(length) > _DIGITS_MAX or int(length) > self._most(scope):
            return self._too_large(scope)
        return None


class Counted:
    """Counts what really comes of a request: a length may be absent or untrue. Past the limit nothing more comes."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._most, self._seen = receive, most, 0

    @property
    def over(self) -> bool:
        """Say whether more came than may."""
        return self._seen > self._most

    async def __call__(self) -> Message:
        """Receive one part of the request."""
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.over else message


def _name(host: str) -> str:
    """Return the name in a ``Host`` header, without its port and an IPv6 address's brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _where(error: Exception) -> str:
    frames = [f"  {Path(f.filename).name}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    return "\n".join([f"a page broke: {type(error).__name__}", *frames[-12:]])


class Guarded:
    """Sends an answer on, with the headers that every answer has; of a bare one only those."""

    def __init__(self, send: Send, headers: Mapping[str, str], *, bare: bool = False) -> None:
        self._send, self._headers, self._bare = send, headers, bare
        self.begun = False

    async def __call__(self, message: Message) -> None:
        """Send one part of the answer."""
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
        elif self._bare:
            message = {**message, "body": b""}
        await self._send(message)
