"""Where a log is read from: a folder, or a web address. Both give ``fetch(path) -> bytes`` for the verifier."""

from __future__ import annotations

import http.client
import zlib
from pathlib import Path
from urllib.parse import urlsplit

from peelian.core.errors import InvalidError, LimitError, MissingError
from peelian.ledger.verify import Fetch

BYTES_MAX = 256 * (2 + 65535)
"""The largest entry bundle there can be: no file of a log is longer."""


def folder_fetch(folder: Path) -> Fetch:
    """Read a log from its folder."""

    def fetch(path: str) -> bytes:
        try:
            return (folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise _missing(path) from None

    return fetch


def url_fetch(address: str, *, timeout_s: float = 20.0) -> Fetch:
    """Read a log from a web address (its *prefix*), over one connection that is kept open.

    Follows no redirects: a log lives where it says it does.
    """
    url = urlsplit(address)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise InvalidError(
            "address-malformed",
            "A log's address must begin with http:// or https://.",
            why="Only a web address or a folder can be read.",
            do="Give the log's prefix, the part before /checkpoint.",
        )
    make = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = make(url.hostname, url.port, timeout=timeout_s)
    prefix = url.path.rstrip("/")

    def fetch(path: str) -> bytes:
        for last_try in (False, True):
            try:
                return _get(connection, f"{prefix}/{path}", path)
            except (OSError, http.client.HTTPException) as error:
                connection.close()  # a kept connection may have been dropped meanwhile: once more on a fresh one
                if last_try:
                    raise _unreachable(path) from error
        raise AssertionError("unreachable")

    return fetch


def _get(connection: http.client.HTTPConnection, target: str, path: str) -> bytes:
    # tlog-tiles, "Log entries": clients SHOULD include gzip and identity
    connection.request("GET", target, headers={"Accept-Encoding": "gzip, identity", "User-Agent": "peelian"})
    response = connection.getresponse()
    data = response.read(BYTES_MAX + 1)
    if response.status in (404, 410):
        response.read()
        raise _missing(path)
    if response.status != 200:
        connection.close()
        raise _unreachable(path)
    if response.getheader("Content-Encoding") == "gzip":
        data = _unzip(data)
    if len(data) > BYTES_MAX:
        connection.close()
        raise LimitError(
            "fetch-too-long",
            "A file of the log is longer than any file of a log can be.",
            why="Reading on could fill the memory.",
            do="Check the address; this is not a log, or not an honest one.",
            facts={"path": path},
        )
    return data


def _unzip(data: bytes) -> bytes:
    """Unpack gzip, but no more than a log's file can hold."""
    try:
        return zlib.decompressobj(wbits=31).decompress(data, BYTES_MAX + 1)
    except zlib.error:
        return b""


def _missing(path: str) -> MissingError:
    return MissingError(
        "log-file-missing",
        "A file of the log is not there.",
        why="Entries that the checkpoint promises cannot be checked.",
        do="Check the address or folder; if it is right, part of the log was taken away.",
        facts={"path": path},
    )


def _unreachable(path: str) -> MissingError:
    return MissingError(
        "log-unreachable",
        "The log's address does not answer, or not with the file asked for.",
        why="A log that cannot be read cannot be checked.",
        do="Check the address and the network, and try again.",
        facts={"path": path},
    )
