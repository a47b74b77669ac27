"""The pages: how soon there is one, how long each takes, how much is sent, beside a plain server of the same bytes."""

from __future__ import annotations

import gzip
import http.client
import http.server
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from peelian.app.caller import Caller, Place
from peelian.app.demo.walk import demo
from peelian.app.publishing.register import refresh
from peelian.app.served import Site
from peelian.app.serving import Address, in_background
from peelian.app.signing import make_link
from peelian.people.keyring import Keyring

ROUNDS = 60
PUBLIC = ("/", "/tools/", "/tools/hotspots/", "/record/", "/red-lines/", "/who-may-see/")
DESK = ("/desk", "/desk/patrol-places", "/desk/look-ups", "/desk/search", "/desk/context")
WEIGHT_MAX = 60_000
"""Bytes that a public page may weigh in all, squeezed, style sheet and scripts included."""


class Visitor:
    """A browser that keeps its connection and its cookie, and nothing else."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.netloc, timeout=30)
        self.origin, self.cookie = f"{parts.scheme}://{parts.netloc}", ""

    def ask(self, path: str, method: str = "GET") -> tuple[int, bytes, http.client.HTTPMessage]:
        """Ask for a page; return status, what was sent, and the headers."""
        headers = {"Accept-Encoding": "gzip", "Cookie": self.cookie}
        if method == "POST":
            headers["Origin"] = self.origin
        try:
            self.connection.request(method, path, headers=headers)
            answer = self.connection.getresponse()
        except http.client.RemoteDisconnected:  # it had been idle for too long
            self.connection.close()
            self.connection.request(method, path, headers=headers)
            answer = self.connection.getresponse()
        body = answer.read()
        given = answer.headers.get("set-cookie")
        self.cookie = given.split(";")[0] if given else self.cookie
        return answer.status, body, answer.headers


def run() -> list[dict]:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder) / "demo" / "deployment", Path(folder) / "keys")
        demo(place.folder.parent, place.home, data=None, area=None, tell=lambda text: None)
        with Site(place, refresh) as site:
            site.publish()
            with in_background(site, Address(port=0)) as url:
                found = [*_speeds(url, site), *_weights(url)]
        return [*_start(place), *found]


def _start(place: Place) -> list[dict]:
    """Start the command three times; the best start, and the first page after it."""
    starts, pages = zip(*(_started(place) for _ in range(3)), strict=True)
    return [
        _told("start of the server, until it says where it is", min(starts), "s"),
        _told("first page after that", min(pages), "s", aim=1.0),
    ]


def _started(place: Place) -> tuple[float, float]:
    begun = time.perf_counter()
    command = [sys.executable, "-c", "from peelian.cli import main; main()", "serve", "--port", "0", "--in"]
    server = subprocess.Popen([*command, str(place.folder)], stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    assert server.stdout is not None
    url = server.stdout.readline().split(" at ")[1].strip()
    said = time.perf_counter()
    assert Visitor(url).ask("/")[0] == 200
    shown = time.perf_counter()
    server.terminate()
    server.communicate(timeout=30)
    return said - begun, shown - said


def _speeds(url: str, site: Site) -> list[dict]:
    public, staff = Visitor(url), Visitor(url)
    account = "analyst-1"
    caller = Caller(site.place, site.deployment, site.gate, Keyring(site.place.home, site.deployment.id))
    staff.ask(str(make_link(caller, account, 5)["path"]), "POST")
    shown = {path: _times(public, path) for path in PUBLIC}
    opened = {path: _times(staff, path) for path in DESK}
    with _plain(site.public) as plain_url:
        plain = {path: _times(Visitor(plain_url), path, fresh=True) for path in PUBLIC[:1]}
    worst = max(shown, key=lambda p: _p95(shown[p]))
    slow = max(opened, key=lambda p: _p95(opened[p]))
    ratio = statistics.median(shown["/"]) / statistics.median(plain["/"])
    return [
        _told(f"slowest public page ({worst}), 95 of 100 within", _p95(shown[worst]) * 1e3, "ms", aim=200),
        _told(f"slowest desk page ({slow}), 95 of 100 within", _p95(opened[slow]) * 1e3, "ms", aim=200),
        _told("front page", statistics.median(shown["/"]) * 1e3, "ms", ratio=ratio, beside="a plain file server"),
    ]


def _times(visitor: Visitor, path: str, *, fresh: bool = False) -> list[float]:
    times = []
    for _ in range(ROUNDS):
        if fresh:  # a plain server closes each connection
            visitor.connection.close()
        begun = time.perf_counter()
        status, _, _ = visitor.ask(path)
        times.append(time.perf_counter() - begun)
        assert status == 200, f"{path}: {status}"
    return times[ROUNDS // 10 :]


def _p95(times: list[float]) -> float:
    return sorted(times)[int(0.95 * len(times))]


@contextmanager
def _plain(folder: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, directory=str(folder), **kwargs)  # type: ignore[arg-type]

        def log_message(self, format: str, *args: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def _weights(url: str) -> list[dict]:
    visitor, told = Visitor(url), []
    for path in PUBLIC:
        _, page, headers = visitor.ask(path)
        html = (gzip.decompress(page) if headers.get("content-encoding") == "gzip" else page).decode()
        parts = set(re.findall(r'(?:href|src)="([^"]+\.(?:css|js|mjs|svg))"', html))
        weight = len(page) + sum(len(visitor.ask(_absolute(path, part))[1]) for part in parts)
        told.append(_told(f"weight of {path}", weight / 1e3, "kB", aim=WEIGHT_MAX / 1e3))
    return told


def _absolute(page: str, part: str) -> str:
    return part if part.startswith("/") else str(Path(os.path.normpath(Path(page) / part)))


def _told(name: str, value: float, unit: str, **more: object) -> dict:
    told = {"name": name, "value": round(value, 3), "unit": unit, "ratio": None, "beside": "", "aim": None} | more
    aim = told["aim"]
    return told | {"ok": not isinstance(aim, (int, float)) or value <= aim}


if __name__ == "__main__":
    for row in run():
        print(row)
