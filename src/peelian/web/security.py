"""What holds for every answer and every request, whatever page it is."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
    """

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str], secure: bool, body_max: int) -> None:
        self.app, self.hosts, self.body_max = app, hosts, body_max
        self.headers = dict(HEADERS)
        if secure:
            self.headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = self._refused(Headers(scope=scope))
        app = refused or self.app
        await app(scope, self._counted(receive), self._guarded(scope, send))

    def _refused(self, headers: Headers) -> PlainTextResponse | None:
        host = headers.get("host", "").rsplit(":", 1)[0].strip("[]") if headers.get("host") else ""
        if self.hosts and host not in self.hosts:
            return PlainTextResponse("This server does not answer under that name.\n", 421)
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self.body_max:
            return PlainTextResponse("What you sent is too large.\n", 413)
        return None

    def _counted(self, receive: Receive) -> Receive:
        """Count what really comes: a length may be absent or untrue."""
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            return {"type": "http.disconnect"} if seen > self.body_max else message

        return counted

    def _guarded(self, scope: Scope, send: Send) -> Send:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        return guarded
