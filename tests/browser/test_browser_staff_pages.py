"""Every page of the desk and of the panel's room in a browser, found by its own links, as each role meets it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from peelian.app.publishing import register
from tests.support.crawl import broken, crawl
from tests.support.pages import DESKTOP, check_names, enter, follow, look_over
from tests.support.served import Served, serving_copy

INSIDE = ("/desk", "/panel", "/passphrase")

SEEN: set[str] = set()
"""What pages that were looked at are made of."""


@pytest.fixture(scope="module")
def staffed(demonstration: Path, tmp_path_factory: pytest.TempPathFactory):
    """Serve a demonstration with its register: the desk's pages lead there."""
    folder = tmp_path_factory.mktemp("staffed") / "copy"
    with serving_copy(demonstration, folder, refresh=register.refresh) as served:
        served.site.publish()
        yield served


def work_on(page: Page, served: Served, title: str) -> None:
    """Choose what to work on, as people do."""
    page.goto(f"{served.url}/desk/context")
    page.get_by_label(title).check()
    follow(page.get_by_role("button", name="Work on this"))
    page.wait_for_url("**/desk")


@pytest.mark.parametrize(
    ("account", "operation", "least"),
    [
        ("response-sergeant-1", "Weekly patrol plan", 7),
        ("official-1", "Oversight of data tools", 7),
        ("system-administrator-1", "", 5),
        ("panel-member-1", "", 7),
        ("information-commissioner-1", "", 4),
    ],
)
def test_every_page_that_somebody_can_come_to_is_a_good_page(
    browser: Browser, staffed: Served, account: str, operation: str, least: int
) -> None:
    """A role that few people have is where a broken page stays broken."""
    wrong: list[str] = []
    with browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
        page.on("console", lambda m: wrong.append(f"{page.url}: {m.text}") if m.type == "error" else None)
        enter(page, staffed, account)
        home = page.url.removeprefix(staffed.url)
        if operation:
            work_on(page, staffed, operation)
        found = crawl(context.request, staffed.url, home, INSIDE)
        pages = [path for path, at in found.items() if at.html]
        assert len(pages) >= least, pages
        wrong += broken(found)
        wrong += [f"{path}: {at.doubled} twice" for path, at in found.items() if at.doubled]
        wrong += [f"{path}: a link is called {at.vague}" for path, at in found.items() if at.vague]
        for path in pages:
            page.goto(staffed.url + path)
            if page.locator("#map").count():
                expect(page.locator("#drawing")).to_be_hidden(timeout=20_000)  # the map has drawn itself
            name = re.sub(r"[0-9A-Z]{26}", "one", path.split("?")[0]).strip("/").replace("/", "-")
            try:
                look_over(page, f"{account}-{name}", SEEN)
                check_names(page)
            except AssertionError as error:
                wrong.append(str(error))
    assert not wrong, "\n".join(wrong)
