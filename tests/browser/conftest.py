"""A browser, a served demonstration, and people who sign in to it.

Write a test of a flow with ``desktop``, ``phone`` or ``without_scripts`` (a page each) and ``served``; sign in with
``enter(page, served, "analyst-1")``; look at where you are with ``look_at(page, "name")`` from ``tests.support.pages``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support.pages import DESKTOP, FLAGS, PHONE, SHOTS
from tests.support.served import Served, build_demo, serving_copy


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give a Chromium, or skip plainly where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((found for name in names if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium here: sudo apt-get install chromium fonts-liberation")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demonstration(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a demonstration, built once for all processes of the run. Copy it before changing anything.

    Without a browser none is built: nobody would look at it.
    """
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    return build_demo(shared)


@pytest.fixture(scope="session")
def served(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give a demonstration that is being served to this process alone."""
    with serving_copy(demonstration, tmp_path_factory.mktemp("served") / "copy") as served:
        yield served


@pytest.fixture
def desktop(browser: Browser) -> Iterator[Page]:
    """Give a page 1200 pixels wide."""
    yield from _page(browser.new_context(viewport=DESKTOP))


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """Give a page 360 pixels wide that is touched, not pointed at."""
    yield from _page(browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2))


@pytest.fixture
def without_scripts(browser: Browser) -> Iterator[Page]:
    """Give a page in a browser that runs no script."""
    yield from _page(browser.new_context(viewport=DESKTOP, java_script_enabled=False))


def _page(context: BrowserContext) -> Iterator[Page]:
    if SHOTS:
        SHOTS.mkdir(parents=True, exist_ok=True)
    page = context.new_page()
    page.set_default_timeout(10_000)
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert not broken, f"a script broke, or the page's own security policy stopped something: {broken}"
