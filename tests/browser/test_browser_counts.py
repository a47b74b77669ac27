"""Counts on their way out, in a browser: an official counts, two checkers look, the official releases."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support.pages import DESKTOP, enter, follow, look_at
from tests.support.served import Served, serving_copy

pytestmark = pytest.mark.soak


@pytest.fixture
def served(demonstration: Path, tmp_path: Path):
    """Give a served demonstration of one's own: what is released cannot be called back."""
    with serving_copy(demonstration, tmp_path / "copy") as served:
        yield served


def at_counts(browser: Browser, served: Served, account: str) -> Page:
    """Return somebody's page of counts, come to from their first page."""
    page = browser.new_context(viewport=DESKTOP).new_page()
    page.set_default_timeout(10_000)
    enter(page, served, account)
    page.goto(f"{served.url}/desk")
    follow(page.get_by_role("link", name="Counts for the public"))
    return page


def test_a_count_leaves_after_two_others_have_looked(browser: Browser, served: Served) -> None:
    """Whoever answers for the numbers has no terminal, and checks on the telephone between two meetings."""
    official = at_counts(browser, served, "official-1")
    look_at(official, "counts-none")
    official.get_by_label("Rows held, by source").check()
    follow(official.get_by_role("button", name="Count, and ask for checks"))
    look_at(official, "counts-table")
    follow(official.get_by_role("button", name="Release"))
    follow(official.get_by_role("button", name="Release"))
    assert "not been checked by enough people" in official.get_by_role("alert").inner_text()
    look_at(official, "counts-unchecked")

    for checker in ("publication-checker-1", "publication-checker-2"):
        page = at_counts(browser, served, checker)
        follow(page.get_by_role("link", name="Rows held, by source"))
        page.get_by_label("Yes").check()
        follow(page.get_by_role("button", name="Check your answers"))
        look_at(page, "counts-check-answers")
        follow(page.get_by_role("button", name="Put this in the record"))
        page.get_by_text("What you said about the table is in the record").wait_for()

    official.goto(f"{served.url}/desk/counts")
    follow(official.get_by_role("link", name="Rows held, by source"))
    follow(official.get_by_role("button", name="Release"))
    follow(official.get_by_role("button", name="Release"))
    official.get_by_text("The table is public.").wait_for()
    look_at(official, "counts-released")
