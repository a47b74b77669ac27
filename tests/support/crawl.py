"""Walking a site by its own links, as a reader would who leaves nothing out; without a browser, so it costs little."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

from playwright.sync_api import APIRequestContext

VAGUE = {"here", "click here", "more", "read more", "link", "this", "this page", "details"}
"""What no link may be called: somebody who listens to the links alone learns nothing from it."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.names: list[str] = []
        self._open: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep where a link leads, what has a name of its own, and what a page needs."""
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
            self._open = []
        elif tag in ("link", "script", "img") and (given.get("href") or given.get("src")):
            self.links.append(given.get("href") or given["src"])

    def handle_data(self, data: str) -> None:
        """Keep what a link says."""
        if self._open is not None:
            self._open.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Close a link."""
        if tag == "a" and self._open is not None:
            self.names.append(" ".join("".join(self._open).split()))
            self._open = None


@dataclass
class Found:
    """What answers at an address, and what it leads to."""

    status: int
    html: str = ""
    ids: set[str] = field(default_factory=set)
    doubled: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    vague: list[str] = field(default_factory=list)


def crawl(
    request: APIRequestContext, url: str, begin: str, inside: tuple[str, ...], most: int = 150
) -> dict[str, Found]:
    """Follow every link from an address; read the pages whose path begins with one of ``inside``, ask for the rest.

    Returns
    -------
    dict
        Path (with its query) -> what is there. Addresses of other sites are left alone.
    """
    found: dict[str, Found] = {}
    waiting = [begin]
    while waiting:
        path = waiting.pop(0)
        if path in found:
            continue
        assert len(found) < most, f"the links of {begin} never end: {sorted(found)[-5:]}"
        found[path] = _ask(request, url, path, whole=urlsplit(path).path.startswith(inside))
        waiting += [to for to, _ in found[path].links if to not in found]
    return found


def _ask(request: APIRequestContext, url: str, path: str, *, whole: bool) -> Found:
    answer = request.fetch(url + path, method="GET" if whole else "HEAD")
    if not whole or "text/html" not in answer.headers.get("content-type", ""):
        return Found(answer.status)
    html = answer.text()
    reader = _Reader()
    reader.feed(html)
    ids = set(reader.ids)
    links = [to for link in reader.links if (to := _inside(url, answer.url, link))]
    vague = [name for name in reader.names if name.lower().strip(".:") in VAGUE]
    return Found(answer.status, html, ids, [i for i in ids if reader.ids.count(i) > 1], links, vague)


def _inside(url: str, page: str, link: str) -> tuple[str, str] | None:
    """Return an address of this site as path and fragment; none for another site's."""
    whole, fragment = urldefrag(urljoin(page, link))
    return (whole.removeprefix(url) or "/", fragment) if whole.startswith(url) else None


def broken(found: dict[str, Found]) -> list[str]:
    """Return every link that leads nowhere: to no page, or to no such place on it."""
    wrong = []
    for page, at in found.items():
        for to, fragment in dict.fromkeys(at.links):
            there = found.get(to)
            if there is None or there.status != 200:
                wrong.append(f"{page} -> {to}: {there and there.status}")
            elif fragment and there.html and fragment not in there.ids:
                wrong.append(f"{page} -> {to}#{fragment}: no such place")
    return wrong
