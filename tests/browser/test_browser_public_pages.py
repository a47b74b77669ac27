"""Every public page in a browser, found by the site's own links, as all its readers meet it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from peelian.app.publishing import register
from tests.support.crawl import Found, broken, crawl
from tests.support.pages import DESKTOP, check_names, look_over, tab_to
from tests.support.served import Served, serving_copy

STAFF = ("/sign-in", "/desk", "/panel", "/passphrase", "/api/")


@pytest.fixture(scope="module")
def public(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a demonstration whose register is kept up."""
    folder = tmp_path_factory.mktemp("public") / "copy"
    with serving_copy(demonstration, folder, refresh=register.refresh) as served:
        served.site.publish()
        yield served


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Give one reader's browser to the whole file."""
    with browser.new_context(viewport=DESKTOP) as context:
        yield context


@pytest.fixture(scope="module")
def found(public: Served, context: BrowserContext) -> dict[str, Found]:
    """Give every address of the site that its links lead to."""
    return crawl(context.request, public.url, "/", ("/",))


@pytest.fixture(scope="module")
def pages(found: dict[str, Found]) -> list[str]:
    """Give the public pages among them."""
    return [path for path, at in found.items() if at.html and not path.startswith(STAFF)]


@pytest.fixture(scope="module")
def said() -> dict[str, list[str]]:
    """Keep what each page says to a reader whose browser runs scripts."""
    return {}


def test_every_link_of_the_register_answers(found: dict[str, Found], pages: list[str]) -> None:
    """A register whose proofs are behind dead links proves nothing."""
    assert len(pages) > 25
    assert broken(found) == []
    assert {path: at.doubled for path, at in found.items() if at.doubled} == {}, "each id once"
    assert {path: at.vague for path, at in found.items() if at.vague} == {}, "links say where they lead"


def test_every_public_page_is_a_good_page(
    public: Served, context: BrowserContext, pages: list[str], said: dict[str, list[str]]
) -> None:
    """Whoever reads with a screen reader, a keyboard, a phone or large letters reads all of it."""
    page, seen, wrong = context.new_page(), set[str](), []
    page.on("console", lambda m: wrong.append(f"{page.url}: {m.text}") if m.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    page.on("request", lambda r: None if r.url.startswith((public.url, "data:", "blob:")) else wrong.append(r.url))
    titles: dict[str, str] = {}
    for path in pages:
        page.goto(public.url + path)
        try:
            look_over(page, "register-" + (path.strip("/").replace("/", "-") or "home"), seen)
            check_names(page)
        except AssertionError as error:
            wrong.append(str(error))
        wrong += [f"{path} is called {page.title()!r}, as {titles[page.title()]} is"] if page.title() in titles else []
        titles[page.title()] = path
        said[path] = _words(page)
    page.close()
    assert not wrong, "\n".join(wrong)


def test_the_register_reads_the_same_without_scripts(
    public: Served, browser: Browser, context: BrowserContext, pages: list[str], said: dict[str, list[str]]
) -> None:
    """Reading needs no program: what scripts add to a page is a check of what it says, never a part of it."""
    scripted = context.new_page()
    for path in [p for p in pages if p not in said]:  # none are left when every page has been looked at before
        scripted.goto(public.url + path)
        said[path] = _words(scripted)
    scripted.close()
    with browser.new_context(viewport=DESKTOP, java_script_enabled=False) as plain:
        page = plain.new_page()
        for path in pages:
            page.goto(public.url + path)
            assert _words(page) == said[path], path


def _words(page: Page) -> list[str]:
    """Return what stands on a page, but for the places where a script says what it found."""
    page.evaluate("document.querySelectorAll('[data-verify-record], [data-entry]').forEach(e => e.remove())")
    return page.locator("body").inner_text().split()


def test_a_reader_comes_from_the_front_page_to_the_proof_by_keyboard_alone(public: Served, desktop: Page) -> None:
    """From what the police use, to how well it works, to a check of the record: with Tab and Enter."""
    page = desktop
    page.goto(public.url)
    tab_to(page, "Skip to main content")
    page.keyboard.press("Enter")
    tab_to(page, "Seven questions about")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tools/*/")
    tab_to(page, "Public record")
    page.keyboard.press("Enter")
    page.wait_for_url("**/record/")
    page.locator("[data-verify-record][data-result=good]").wait_for()
    tab_to(page, "The line, and its proof")
    page.keyboard.press("Enter")
    assert page.locator("details[open] pre").first.is_visible()
