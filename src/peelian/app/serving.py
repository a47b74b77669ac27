"""Serving a deployment's pages until told to stop."""

from __future__ import annotations

import importlib
import ipaddress
import logging
import signal
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from cryptography import x509

from peelian.app.caller import Place
from peelian.app.served import Site
from peelian.core.errors import InvalidError, RefusedError

WEB = "peelian.web.app"
"""The face that is served, wired by name: the app imports no face."""

CONNECTIONS_MAX = 400
"""Connections at the same time; more are told to come back."""

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Address:
    """Where to listen.

    Parameters
    ----------
    host : str
        Address to bind. Anything but this machine itself needs a certificate.
    port : int
        0 picks a free one.
    certificate, key : Path or None
        TLS certificate chain and its private key, PEM.
    names : tuple of str
        Further names under which the site is reached; with a certificate, its own names count anyway.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    certificate: Path | None = None
    key: Path | None = None
    names: tuple[str, ...] = ()

    @property
    def secure(self) -> bool:
        """Whether it is reached by TLS."""
        return self.certificate is not None


def serve(
    place: Place,
    address: Address,
    *,
    refresh: Callable[[Site], None] | None = None,
    ready: Callable[[str, Site], None] = lambda url, site: None,
) -> None:
    """Serve until interrupted; the record's head is published as long as it runs, and once more at the end.

    Parameters
    ----------
    ready : callable
        Called once with the address under which people reach it, and the site.

    Raises
    ------
    RefusedError
        ``tls-needed`` for a host beyond this machine without a certificate.
    InvalidError
        ``certificate-unusable``.
    OSError
        When the port is taken.
    """
    hosts = names_of(address)
    with listen(address) as listening, Site(place, refresh) as site:
        app = importlib.import_module(WEB).create_app(site, hosts=hosts, secure=address.secure)
        server = Server(_config(app, address))
        server.on_start = lambda: _begin(site, _url(address, listening), ready)
        with _ended_by_signal():
            server.run(sockets=[listening])


@contextmanager
def in_background(site: Site, address: Address, **given: Any) -> Iterator[str]:
    """Serve an open site from a thread, for tests and benchmarks; gives the address under which it is reached.

    What is given beside is handed to the face.
    """
    hosts = names_of(address)
    with listen(address) as listening:
        app = importlib.import_module(WEB).create_app(site, hosts=hosts, secure=address.secure, **given)
        server, started = Server(_config(app, address)), threading.Event()
        server.on_start = started.set
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        if not started.wait(30):
            raise InvalidError("server-did-not-start", "The server did not start within half a minute.")
        try:
            yield _url(address, listening)
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def _ended_by_signal() -> Iterator[None]:
    """Take an interruption, or a polite end, as the usual way out: the door is closed after it."""
    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, signal.default_int_handler) if main else None
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        if main:
            signal.signal(signal.SIGTERM, before)


class Server(uvicorn.Server):
    """A server that says when it has started."""

    on_start: Callable[[], None] = staticmethod(lambda: None)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if self.started:
            self.on_start()


def _begin(site: Site, url: str, ready: Callable[[str, Site], None]) -> None:
    ready(url, site)
    site.keep()


def names_of(address: Address) -> frozenset[str]:
    """Return the names that the site answers to; requests for any other are refused (DNS rebinding).

    Raises
    ------
    RefusedError
        ``tls-needed``.
    """
    if not address.secure:
        if not is_loopback(address.host):
            raise RefusedError(
                "tls-needed",
                "Beyond this machine the pages are served over TLS only.",
                why="Sign-ins and what is looked up would otherwise be readable on the way.",
                do="Give --certificate and --key, or serve on 127.0.0.1.",
            )
        return LOOPBACK_NAMES | set(address.names)
    return certificate_names(address) | frozenset(address.names)


def is_loopback(host: str) -> bool:
    """Say whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def certificate_names(address: Address) -> frozenset[str]:
    """Return the names that a certificate was made for."""
    assert address.certificate is not None
    if address.key is None:
        raise InvalidError("key-not-named", "A certificate needs its private key.", do="Give --key as well.")
    try:
        [first, *_] = x509.load_pem_x509_certificates(address.certificate.read_bytes())
        names = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        raise InvalidError(
            "certificate-unusable",
            "The certificate's file holds no certificate with names in it.",
            why="The server answers only to the names that its certificate is for.",
            do="Give the PEM file of the whole chain, the site's own certificate first; or name the site with --name.",
        ) from None
    addresses = {str(ip) for ip in names.get_values_for_type(x509.IPAddress)}
    return frozenset(names.get_values_for_type(x509.DNSName)) | addresses


def _config(app: Any, address: Address) -> uvicorn.Config:
    log = logging.getLogger("peelian.web")
    if not log.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(Discreet("%(levelname)s %(message)s"))
        log.addHandler(handler)
        logging.getLogger("uvicorn.error").handlers = [handler]
        logging.getLogger("uvicorn.error").propagate = False
    tls = {"ssl_certfile": address.certificate, "ssl_keyfile": address.key} if address.secure else {}
    return uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,  # addresses and questions are personal; the record has what must be kept
        proxy_headers=False,  # where a request comes from is what the connection says
        server_header=False,
        ws="none",
        loop="asyncio",
        http="h11",
        h11_max_incomplete_event_size=16_384,
        limit_concurrency=CONNECTIONS_MAX,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=10,
        **tls,  # type: ignore[arg-type]
    )


class Discreet(logging.Formatter):
    """Writes where something broke and of what kind it was; an error's own message may hold a row's value."""

    def formatException(self, ei: Any) -> str:  # noqa: N802  # the library's name
        """Return the frames of an error, without its message."""
        kind, _, trace = ei
        frames = [f"  {Path(f.filename).name}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)]
        return "\n".join([getattr(kind, "__name__", "error"), *frames])


def listen(address: Address) -> socket.socket:
    """Bind. What connects inherits that small parts are sent at once: waiting for an echo would cost 40 ms an answer.

    The event loop sets that for sockets it has made itself, and passes over one that it is given.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listening = socket.create_server((address.host, address.port), family=family, backlog=CONNECTIONS_MAX)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _url(address: Address, listening: socket.socket) -> str:
    port = listening.getsockname()[1]
    host = min(address.names) if address.names else address.host
    if host in ("0.0.0.0", "::"):
        host = min(certificate_names(address))
    shown = f"[{host}]" if ":" in host else host
    usual = 443 if address.secure else 80
    return f"{'https' if address.secure else 'http'}://{shown}{'' if port == usual else f':{port}'}/"
