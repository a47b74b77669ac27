"""Files of a folder as answers: kept in memory while they do not change, squeezed once, tagged by what they hold."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from fastapi.responses import Response

TYPES = {
    ".atom": "application/atom+xml",
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".geojson": "application/geo+json",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
}
"""What is what; anything else is handed over as bytes to keep, never to show."""

KEPT_MAX = 2_000_000
"""Bytes of a file that is kept in memory."""

KEPT_FILES = 500


@dataclass(frozen=True)
class Kept:
    """A file as last read."""

    stamp: tuple[int, int]
    body: bytes
    squeezed: bytes | None
    tag: str
    kind: str


class Shelf:
    """The files of one folder.

    Parameters
    ----------
    folder : callable
        Says which folder; asked each time, as a published site is replaced whole.
    caching : str
        What browsers are told about keeping the files.
    """

    def __init__(self, folder: Callable[[], Path], caching: str) -> None:
        self._folder, self._caching = folder, caching
        self._kept: dict[Path, Kept] = {}
        self._lock = threading.Lock()

    def answer(self, request: Request, path: str) -> Response | None:
        """Answer with a file, or with its ``index.html`` for a folder; none when there is no such thing here."""
        file = _inside(self._folder(), path)
        if file is None:
            return None
        kept = self._read(file)
        headers = {"ETag": kept.tag, "Cache-Control": self._caching, "Vary": "Accept-Encoding"}
        if kept.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        body = kept.body
        if kept.squeezed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            body = kept.squeezed
            headers["Content-Encoding"] = "gzip"
        return Response(body, headers=headers, media_type=kept.kind)

    def _read(self, file: Path) -> Kept:
        about = file.stat()
        stamp = (about.st_mtime_ns, about.st_size)
        with self._lock:
            kept = self._kept.get(file)
        if kept is None or kept.stamp != stamp:
            kept = _keep(file, stamp)
            if len(kept.body) <= KEPT_MAX:
                self._remember(file, kept)
        return kept

    def _remember(self, file: Path, kept: Kept) -> None:
        with self._lock:
            while len(self._kept) >= KEPT_FILES:
                del self._kept[next(iter(self._kept))]
            self._kept[file] = kept


def _keep(file: Path, stamp: tuple[int, int]) -> Kept:
    body = file.read_bytes()
    kind = TYPES.get(file.suffix, "application/octet-stream")
    squeezed = gzip.compress(body, 6, mtime=0) if kind != "application/octet-stream" and len(body) > 500 else None
    return Kept(stamp, body, squeezed, f'"{hashlib.sha256(body).hexdigest()[:24]}"', kind)


def _inside(folder: Path, path: str) -> Path | None:
    """Return the file that a path names inside a folder; none for a way out of it, a hidden file, or nothing."""
    parts = path.split("/")
    if "\\" in path or "\0" in path or any(p.startswith(".") for p in parts if p):
        return None
    root = folder.resolve()
    file = (root / path).resolve()
    try:
        if file.is_dir() and (path == "" or path.endswith("/")):
            file = file / "index.html"
        return file if file.is_file() and file.is_relative_to(root) else None
    except OSError:  # a name longer than any file can have
        return None
