"""Fifty people at the desk at once on this machine's cores, beside a bare page of the same framework; page by page.

The hardest case: nobody reads, each asks for the next page as soon as the last has come. The askers run in a process
of their own. Each page of the desk is judged by the gate and holds what the record says of its reader; the bare page
says hello. Both are served by the same server with the same number of threads.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from benchmarks.bench_pages import Visitor
from peelian.app.caller import Caller, Place
from peelian.app.demo.walk import demo
from peelian.app.served import Site
from peelian.app.serving import Address, in_background, listen
from peelian.app.signing import make_link
from peelian.people.keyring import Keyring

USERS = 50
SECONDS = 12.0
PAGES = ("/desk", "/desk/patrol-places", "/desk/look-ups", "/desk/search", "/desk/context", "/api/v1/tools")
PEOPLE = {
    "analyst-1": "op-patrol-planning",
    "analyst-2": "op-patrol-planning",
    "neighbourhood-officer-1": "op-patrol-planning",
}
ROUNDS = 40


def run() -> list[dict]:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder) / "demo" / "deployment", Path(folder) / "keys")
        demo(place.folder.parent, place.home, data=None, area=None, tell=lambda text: None)
        with Site(place) as site, in_background(site, Address(port=0)) as url, _hello() as bare:
            site.keep()
            cookies = [_enter(url, site, account) for account in _spread(USERS)]
            return [*_alone(url, cookies[0], bare), *_together(url, cookies, bare)]


def _spread(count: int) -> list[str]:
    people = list(PEOPLE)
    return [people[n % len(people)] for n in range(count)]


def _enter(url: str, site: Site, account: str) -> str:
    """Sign somebody in and put them to work; return their cookie."""
    keyring = Keyring(site.place.home, site.deployment.id)
    place = Place(site.place.folder, site.place.home, account, site.place.clock)
    caller = Caller(place, site.deployment, site.gate, keyring)
    visitor = Visitor(url)
    visitor.ask(str(make_link(caller, account, 5)["path"]), "POST")
    token = json.loads(visitor.ask("/api/v1/session")[1])["csrf"]
    headers = {
        "Cookie": visitor.cookie,
        "Origin": visitor.origin,
        "X-CSRF-Token": token,
        "Content-Type": "application/json",
    }
    visitor.connection.request("PUT", "/api/v1/context", json.dumps({"operation": PEOPLE[account]}), headers)
    assert visitor.connection.getresponse().status == 200
    return visitor.cookie


def _alone(url: str, cookie: str, bare: str) -> Iterator[dict]:
    hello = statistics.median(_times(bare, "/", ""))
    for page in PAGES:
        times = _times(url, page, cookie)
        p95 = sorted(times)[int(0.95 * len(times))]
        ratio = statistics.median(times) / hello
        yield _told(f"{page}, one reader, 95 of 100 within", p95 * 1e3, "ms", ratio, "a bare page", 200.0)


def _times(url: str, page: str, cookie: str) -> list[float]:
    visitor = Visitor(url)
    visitor.cookie, times = cookie, []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        status, _, _ = visitor.ask(page)
        times.append(time.perf_counter() - begun)
        assert status == 200, f"{page}: {status}"
    return times[ROUNDS // 10 :]


def _together(url: str, cookies: Sequence[str], bare: str) -> Iterator[dict]:
    hello = _load(bare, [""] * len(cookies), ["/"])
    desk = _load(url, cookies, PAGES)
    ratio = desk["p95"] / hello["p95"]
    name = f"{len(cookies)} people at once, every page, 95 of 100 within"
    yield _told(name, desk["p95"], "s", ratio, "a bare page, as many people", 1.0)
    yield _told("pages a second then", desk["rate"], "1/s", desk["rate"] / hello["rate"], "a bare page, as many people")


def _load(url: str, cookies: Sequence[str], pages: Sequence[str]) -> dict[str, float]:
    """Have another process ask, so that asking does not take the server's own time."""
    given = json.dumps({"url": url, "cookies": list(cookies), "pages": list(pages), "seconds": SECONDS})
    done = subprocess.run([sys.executable, "-m", __spec__.name if __spec__ else "benchmarks.bench_desk", "--ask"],
                          input=given, capture_output=True, text=True, check=True)  # fmt: skip
    return json.loads(done.stdout)


def _ask(url: str, cookies: Sequence[str], pages: Sequence[str], seconds: float) -> dict[str, float]:
    """Ask from as many threads as there are people; the first second counts for nothing."""
    times: list[tuple[float, float]] = []
    begins, failed = time.perf_counter(), []

    def work(number: int, cookie: str) -> None:
        visitor, turn = Visitor(url), number
        visitor.cookie = cookie
        while (begun := time.perf_counter()) < begins + seconds:
            status, _, _ = visitor.ask(pages[turn % len(pages)])
            times.append((begun, time.perf_counter() - begun))
            failed.extend([status] if status != 200 else [])
            turn += 1

    threads = [threading.Thread(target=work, args=(n, c)) for n, c in enumerate(cookies)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, f"{len(failed)} pages failed: {sorted(set(failed))}"
    counted = sorted(t for begun, t in times if begun > begins + 1)
    return {"p95": counted[int(0.95 * len(counted))], "rate": len(counted) / (seconds - 1)}


@contextmanager
def _hello() -> Iterator[str]:
    """Serve one bare page."""
    app = FastAPI()

    @app.get("/")
    def hello() -> dict[str, str]:
        return {"hello": "world"}

    with listen(Address(port=0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def _told(name: str, value: float, unit: str, ratio: float, beside: str, aim: float | None = None) -> dict:
    ok = aim is None or value <= aim
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "ratio": ratio,
        "beside": beside,
        "aim": aim,
        "ok": ok,
    }


if __name__ == "__main__":
    if "--ask" in sys.argv:
        print(json.dumps(_ask(**json.load(sys.stdin))))
    else:
        for row in run():
            print(row)
