"""A practice set in a browser: anybody who may sit one can, without scripts too, and learns what they missed."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.support.pages import enter, follow, look_at
from tests.support.served import Served


def test_somebody_sits_a_set_and_learns_what_they_missed(without_scripts: Page, served: Served) -> None:
    """A set that cannot be sat without scripts, or that gives no lesson, trains nobody."""
    page = without_scripts
    enter(page, served, "analyst-2")
    page.goto(f"{served.url}/desk/practice")
    own = page.get_by_role("region", name="Patrol places")
    assert own.get_by_text("Not trained").count() == 1
    follow(own.get_by_role("button", name="Begin a set"))
    page.wait_for_url(f"{served.url}/desk/practice/*")
    address = page.url
    for n in range(1, 21):
        expect(page).to_have_title(re.compile(f"Case {n} of 20"))
        if n == 2:
            follow(page.get_by_role("button", name="Next"))
            expect(page.get_by_role("alert"), "no case is left out by a slip").to_contain_text("There is a problem")
        page.get_by_label("Nothing is wrong with it").check()
        follow(page.get_by_role("button", name="Next"))
    expect(page.get_by_role("heading", name="Check your answers")).to_be_visible()
    follow(page.get_by_role("button", name="Change case 7"))
    expect(page.get_by_label("Nothing is wrong with it"), "what was answered is kept").to_be_checked()
    follow(page.get_by_role("button", name="Next"))
    follow(page.get_by_role("button", name="Hand in"))
    expect(page.get_by_role("heading", name="Not passed this time")).to_be_visible()
    expect(page.locator("table tbody tr"), "every case that was wrong, and what was wrong with it").to_have_count(6)
    page.goto(address)
    assert page.get_by_text("no such practice set open for you").count() >= 1, "it is handed in once"


def test_the_practice_pages_are_good_pages(desktop: Page, served: Served) -> None:
    """They are long: they must be readable on a phone, by ear and by keyboard."""
    enter(desktop, served, "analyst-2")
    desktop.goto(f"{served.url}/desk/practice")
    look_at(desktop, "practice")
    follow(desktop.get_by_role("region", name="Patrol places").get_by_role("button", name="set"))
    look_at(desktop, "practice-case")
    for n in range(1, 21):
        expect(desktop).to_have_title(re.compile(f"Case {n} of 20"))
        desktop.get_by_label("Nothing is wrong with it").check()
        follow(desktop.get_by_role("button", name="Next"))
    expect(desktop.get_by_role("heading", name="Check your answers")).to_be_visible()
    look_at(desktop, "practice-check")
    follow(desktop.get_by_role("button", name="Hand in"))
    expect(desktop.get_by_role("heading", name="Not passed this time")).to_be_visible()
    look_at(desktop, "practice-outcome")


def test_whoever_may_not_use_a_tool_is_told_so(desktop: Page, served: Served) -> None:
    """An empty page teaches."""
    enter(desktop, served, "data-engineer-1")
    desktop.goto(f"{served.url}/desk/practice")
    assert desktop.get_by_text("There is no practice set for what you do").is_visible()
    look_at(desktop, "practice-none")
