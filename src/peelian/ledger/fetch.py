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


class UrlFetch:
    """Read a log from a web address (its *prefix*), over one connection that is kept open.

    Follows no redirects: a log lives where it says it does.

    Parameters
    ----------
    address : str
        The log's prefix, ``http://`` or ``https://``.
    timeout_s : float
        How long to wait for an answer.
    """

    def __init__(self, address: str, *, timeout_s: float = 20.0) -> None:
        url = urlsplit(address)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise InvalidError(
                "address-malformed",
                "A log's address must begin with http:// or https://.",
                why="Only a web address or a folder can be read.",
                do="Give the log's prefix, the part before /checkpoint.",
            )
        make = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        self._connection = make(url.hostname, url.port, timeout=timeout_s)
        self._prefix = url.path.rstrip("/")

    def __call__(self, path: str) -> bytes:
        """Fetch one file of the log."""
        try:
            return self._get(path)
        except (OSError, http.client.HTTPException):
            self.close()  # a kept connection may have been dropped meanwhile: once more on a fresh one
        try:
            return self._get(path)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise _unreachable(path) from error

    def _get(self, path: str) -> bytes:
        # tlog-tiles, "Log entries": clients SHOULD include gzip and identity
        headers = {"Accept-Encoding": "gzip, identity", "User-Agent": "peelian"}
        self._connection.request("GET", f"{self._prefix}/{path}", headers=headers)
        response = self._connection.getresponse()
        data = response.read(BYTES_MAX + 1)
        if not response.isclosed():
            self.close()  # something is left to read: this connection is of no more use
        if response.status in (404, 410):
            raise _missing(path)
        if response.status != 200:
            raise _unreachable(path)
        if response.getheader("Content-Encoding") == "gzip":
            data = _unzip(data)
        if len(data) > BYTES_MAX:
            raise _too_long(path)
        return data

    def close(self) -> None:
        """Close the connection; the next fetch opens another."""
        self._connection.close()


def url_fetch(address: str, *, timeout_s: float = 20.0) -> UrlFetch:
    """Read a log from a web address."""
    return UrlFetch(address, timeout_s=timeout_s)


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


def _too_long(path: str) -> LimitError:
    return LimitError(
        "fetch-too-long",
        "A file of the log is longer than any file of a log can be.",
        why="Reading on could fill the memory.",
        do="Check the address; this is not a log, or not an honest one.",
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
